"""What is named in words: a detector of transformers says where it is, a segmenter outlines it there.

Needs the ``text`` extra and the folder of a model such as OWLv2; nothing is ever downloaded here.

Source: Minderer et al., "Scaling Open-Vocabulary Object Detection", 2023; google/owlv2-base-patch16-ensemble is
Apache-2.0, some 620 MB.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from composer.errors import ModelUnavailable
from composer.mask.automatic import Mask, Proposal, shrunk, without_doubles
from composer.mask.segment import Segmenter
from composer.values import Box, Prompt, Size
from composer.weights import weight_folders

#: What must be importable, and how to get it.
EXTRA_MODULES = ("torch", "transformers")
INSTALL_LINE = 'pip install "composer-video[text]"'
#: The model that is looked for, a folder of this name among the weights, and where it is published.
MODEL, REPOSITORY = "owlv2-base-patch16-ensemble", "google/owlv2-base-patch16-ensemble"
#: Every such folder has these; weights in any other format are refused, since reading them can run code.
_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")


@dataclass(frozen=True)
class Words:
    """What is looked for.

    Args:
        text: in the user's words, such as ``red car``.
        score: detections that the model rates lower are left out, 0..1.
        min_area: share of the picture below which nothing is a thing.
        model: changes with the detector's answers.
    """

    text: str
    score: float
    min_area: float
    model: str


@dataclass(frozen=True)
class Detection:
    """Where the detector sees what was named.

    Args:
        box: in pixels of the picture.
        score: 0..1.
    """

    box: Box
    score: float


class Detector(Protocol):
    """Anything that finds what words name in a picture. It keeps no state between calls."""

    digest: str
    """Changes when its answers may change."""

    def detect(self, picture: NDArray[np.uint8], text: str) -> list[Detection]:
        """Where the words' things are in a (H, W, 3) uint8 RGB picture; any number of them, unsure ones too."""
        ...


class ZeroShotDetector:
    """A model of transformers' zero-shot object detection; read when first asked.

    Args:
        folder: its files.
        device: cpu, mps, cuda, or several such as cuda:0,cuda:1, of which the first is taken.
    """

    def __init__(self, folder: Path, device: str) -> None:
        self._folder, self._device = folder, device.partition(",")[0]
        self._pipeline: Any = None
        self.digest = f"{folder.name}:{(folder / 'model.safetensors').stat().st_size}"

    def detect(self, picture: NDArray[np.uint8], text: str) -> list[Detection]:
        """See ``Detector``."""
        if self._pipeline is None:
            self._pipeline = self._loaded()
        found = self._pipeline(Image.fromarray(picture), candidate_labels=[text], threshold=0.05)
        return [
            Detection(Box(*(float(one["box"][side]) for side in ("xmin", "ymin", "xmax", "ymax"))), float(one["score"]))
            for one in found
        ]

    def _loaded(self) -> Any:
        from transformers import pipeline  # noqa: PLC0415  # optional and slow to import

        try:
            return pipeline(
                "zero-shot-object-detection",
                model=str(self._folder),
                device=self._device,
                model_kwargs={"local_files_only": True, "use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnavailable(
                f"{self._folder} cannot be read as a detector: {str(error).splitlines()[0]}", hint=fetch_line()
            ) from error


def load_detector(
    weights: Path | None, device: str, *, installed: Callable[[], bool] | None = None
) -> ZeroShotDetector:
    """The detector for texts, if it is on this machine; nothing is loaded yet.

    Args:
        weights: folder given by the user, or None for the usual places.
        device: cpu, mps or cuda.
        installed: says whether the text extra is there; for tests.

    Raises:
        ModelUnavailable: the extra or the model is not here; the hint has the command that gets it.
    """
    if not (installed or text_is_installed)():
        raise ModelUnavailable("a text prompt needs the text extra, which is not installed", hint=INSTALL_LINE)
    folders = weight_folders(weights)
    for folder in (one / MODEL for one in folders):
        if all((folder / name).is_file() for name in _FILES):
            return ZeroShotDetector(folder, device)
    looked = ", ".join(str(folder) for folder in folders)
    raise ModelUnavailable(f"the folder {MODEL} of the text detector is in none of {looked}", hint=fetch_line())


def text_is_installed() -> bool:
    """Whether torch and transformers can be imported; imports neither."""
    return all(importlib.util.find_spec(module) is not None for module in EXTRA_MODULES)


def fetch_line() -> str:
    """The command that fetches the model; nothing is fetched without it."""
    target = weight_folders()[-1] / MODEL
    return f"run: hf download {REPOSITORY} --local-dir {target}, or point --weights at a folder that holds {MODEL}"


def by_text(
    detector: Detector, segmenter: Segmenter, picture: NDArray[np.uint8], words: Words, size: Size
) -> list[Proposal]:
    """Outline what words name in a picture.

    Args:
        detector: says where it is.
        segmenter: outlines it there.
        picture: (H, W, 3) uint8 RGB.
        words: what is looked for.
        size: of the masks, at most the picture's.

    Returns:
        The surest first, no two the same.
    """
    whole = Box.whole(Size(picture.shape[1], picture.shape[0]))
    seen = [Detection(one.box.intersected(whole), one.score) for one in detector.detect(picture, words.text)]
    sure = [one for one in seen if one.score >= words.score and not one.box.is_empty]
    if not sure:
        return []
    nothing = np.empty((0, 2), np.float32), np.empty(0, np.int8)
    prompts = [Prompt(*nothing, box=one.box) for one in sure]
    candidates = segmenter.predict(segmenter.embed(picture), prompts)
    masks: list[Mask] = [shrunk(candidate.logits > 0, size) for candidate in candidates]
    found = (Proposal(mask, one.score) for mask, one in zip(masks, sure, strict=True))
    return without_doubles((one for one in found if one.mask.mean() >= words.min_area), size)
