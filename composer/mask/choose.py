"""Which segmenter runs, and why that one."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from composer.errors import ModelUnavailable
from composer.mask.embedded import EmbeddedSegmenter, embedded_digest
from composer.mask.sam import EXTRA_MODULES, INSTALL_LINE, load_sam
from composer.mask.segment import Segmenter
from composer.weights import MODELS, find_weights, model_file, weight_folders

#: Flow and thresholds instead of the motion network; kept to compare with.
CLASSICAL = "classical"
#: Names that need no file.
BUILT_IN = ("embedded", CLASSICAL)


@dataclass(frozen=True)
class SegmenterChoice:
    """A segmenter that can be had on this machine.

    Args:
        name: embedded, classical, sam_vit_b, ...
        reason: one sentence.
        digest: changes when its answers may change.
        path: its weights, or None.
        device: cpu or cuda.
    """

    name: str
    reason: str
    digest: str
    path: Path | None = None
    device: str = "cpu"

    @property
    def learns(self) -> bool:
        """Whether motion comes from the network and the clip's own look; the classical path has neither."""
        return self.name != CLASSICAL

    def load(self) -> Segmenter:
        """Bring it into memory; seconds for a large one."""
        return EmbeddedSegmenter() if self.path is None else load_sam(self.path, name=self.name, device=self.device)


def choose_segmenter(
    name: str,
    *,
    weights: Path | None = None,
    device: str = "cpu",
    installed: Callable[[], bool] | None = None,
) -> SegmenterChoice:
    """Decide which segmenter runs; nothing is loaded yet.

    Args:
        name: auto, embedded, classical or the name of a model.
        weights: folder given by the user, or None.
        device: cpu or cuda.
        installed: says whether the sam extra is there; for tests.

    Returns:
        The choice with its reason. ``auto`` takes the largest Segment Anything that is here, else the embedded.

    Raises:
        ModelUnavailable: a model asked for by name is not here; the hint has the command that gets it.
    """
    has_extra = (installed or sam_is_installed)()
    if name in BUILT_IN:
        digest = embedded_digest() if name == "embedded" else f"{name}, outlined by {embedded_digest()}"
        return SegmenterChoice(name, f"the {name} segmenter was asked for", digest)
    folders = weight_folders(weights)
    if name == "auto":
        found = {model.name: find_weights(model, folders) for model in reversed(MODELS)}
        here = next((model for model, path in found.items() if path is not None), None)
        if here is not None and has_extra:
            slow = "; on a CPU it takes half a minute a frame, segmenter: embedded is quick" if device == "cpu" else ""
            return _sam(here, found[here], device, f"{here} and the sam extra are installed{slow}")
        return SegmenterChoice("embedded", _why_not_sam(here, has_extra=has_extra), embedded_digest())
    model = model_file(name)
    if not has_extra:
        raise ModelUnavailable(f"segmenter {name} needs the sam extra, which is not installed", hint=INSTALL_LINE)
    path = find_weights(model, folders)
    if path is None:
        looked = ", ".join(str(folder) for folder in folders)
        raise ModelUnavailable(
            f"the weights of {name} ({model.file}) are in none of {looked}", hint=f"run: composer models get {name}"
        )
    return _sam(name, path, device, f"{name} was asked for")


def sam_is_installed() -> bool:
    """Whether torch and segment-anything can be imported; imports neither."""
    return all(importlib.util.find_spec(module) is not None for module in EXTRA_MODULES)


def _sam(name: str, path: Path | None, device: str, reason: str) -> SegmenterChoice:
    return SegmenterChoice(name, reason, f"{name}:{model_file(name).sha256}:{device}", path, device)


def _why_not_sam(here: str | None, *, has_extra: bool) -> str:
    if here is not None:
        return f"{here} is here, but the sam extra is not installed ({INSTALL_LINE})"
    if has_extra:
        return "no Segment Anything weights are here (composer models get sam_vit_b fetches them)"
    return "the embedded segmenter needs no download; Segment Anything is not installed"
