"""Which segmenter runs, and why that one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from composer.errors import InputError, ModelUnavailable
from composer.mask.embedded import EmbeddedSegmenter, embedded_digest
from composer.mask.naming import split_name
from composer.mask.sam import load_sam
from composer.mask.sam_parts import INSTALL_LINE, MOBILE_MODULES, SAM_MODULES, are_installed
from composer.mask.segment import Segmenter
from composer.weights import MODELS, ModelFile, find_weights, model_file, verify, weight_folders

#: Flow and thresholds instead of the motion network; kept to compare with.
CLASSICAL = "classical"
#: Segment Anything is asked on one frame in this many.
KEYFRAMES = 8
#: Names that need no file.
BUILT_IN = ("embedded", CLASSICAL)


@dataclass(frozen=True)
class SegmenterChoice:
    """A segmenter that can be had on this machine.

    Args:
        name: embedded, classical, mobile_sam, sam_vit_b, ...
        reason: one sentence.
        digest: changes when its answers may change.
        path: its weights, or None.
        device: cpu, cuda, or several such as cuda:0,cuda:1.
        resolution: side of the square it looks at pictures in, or None for its own.
    """

    name: str
    reason: str
    digest: str
    path: Path | None = None
    device: str = "cpu"
    resolution: int | None = None

    @property
    def learns(self) -> bool:
        """Whether motion comes from the network and the clip's own look; the classical path has neither."""
        return self.name != CLASSICAL

    @property
    def keyframes(self) -> int:
        """Frames from one that it is asked about to the next, where nobody says otherwise and nothing happens."""
        return 1 if self.name in (*BUILT_IN, "none") else KEYFRAMES

    def on(self, device: str) -> SegmenterChoice:
        """The same on one of its devices."""
        return replace(self, device=device)

    def load(self) -> Segmenter:
        """Bring it into memory, on the first of its devices; seconds for a large one.

        Raises:
            ModelUnavailable: its file is damaged or another one, or cannot be read.
        """
        if self.path is None:
            return EmbeddedSegmenter()
        verify(named_model(self.name)[0], self.path)
        first = self.device.partition(",")[0]
        return load_sam(self.path, name=self.name, device=first, resolution=self.resolution)


def choose_segmenter(
    name: str,
    *,
    weights: Path | None = None,
    device: str = "cpu",
    installed: Callable[[tuple[str, ...]], bool] = are_installed,
) -> SegmenterChoice:
    """Decide which segmenter runs; nothing is loaded yet.

    Args:
        name: auto, embedded, classical or the name of a model, such as sam_vit_b or mobile_sam@512.
        weights: folder given by the user, or None.
        device: cpu or cuda.
        installed: says whether modules of the sam extra are there; for tests.

    Returns:
        The choice with its reason. ``auto`` takes a Segment Anything that is here, the quickest on a CPU and the largest
        elsewhere, and else the embedded.

    Raises:
        InputError: a model is asked for at a resolution that it cannot have.
        ModelUnavailable: a model asked for by name is not here; the hint has the command that gets it.
    """
    if name in BUILT_IN:
        digest = embedded_digest() if name == "embedded" else f"{name}, outlined by {embedded_digest()}"
        return SegmenterChoice(name, f"the {name} segmenter was asked for", digest)
    folders = weight_folders(weights)
    if name == "auto":
        return _best_here(folders, device, installed)
    model, resolution = named_model(name)
    if not installed(_modules(model)):
        raise ModelUnavailable(f"segmenter {name} needs the sam extra, which is not installed", hint=INSTALL_LINE)
    path = find_weights(model, folders)
    if path is None:
        looked = ", ".join(str(folder) for folder in folders)
        raise ModelUnavailable(
            f"the weights of {model.name} ({model.file}) are in none of {looked}",
            hint=f"run: composer models download {model.name}",
        )
    return _sam(model, path, device, f"{name} was asked for", resolution)


def choose_motion(name: str) -> SegmenterChoice:
    """The choice where motion itself becomes the matte and nobody outlines it.

    Args:
        name: the segmenter that is asked for elsewhere; the classical path has motion of its own, all others share
            the network's and need not be here.
    """
    learns = name != CLASSICAL
    return SegmenterChoice("none" if learns else CLASSICAL, "flow: alone asks no segmenter", f"motion alone, {learns}")


def named_model(name: str) -> tuple[ModelFile, int | None]:
    """The model that a name means, and the resolution it is asked for at, or None for its own.

    Args:
        name: such as mobile_sam@512.

    Raises:
        InputError: no model can have that resolution.
        ModelUnavailable: no model is called so.
    """
    try:
        base, resolution = split_name(name)
    except ValueError as error:
        raise InputError(str(error)) from error
    return model_file(base), resolution


def _best_here(folders: tuple[Path, ...], device: str, installed: Callable[[tuple[str, ...]], bool]) -> SegmenterChoice:
    # The registry goes from quick to large.
    found = [(model, find_weights(model, folders)) for model in (MODELS if device == "cpu" else reversed(MODELS))]
    here = [(model, path) for model, path in found if path is not None]
    for model, path in here:
        if installed(_modules(model)):
            slow = "; on a CPU it takes seconds a frame, segmenter: embedded is quick" if device == "cpu" else ""
            return _sam(model, path, device, f"{model.name} and the sam extra are installed{slow}")
    has_extra = installed(SAM_MODULES)
    return SegmenterChoice("embedded", _why_not_sam([model.name for model, _ in here], has_extra), embedded_digest())


def _modules(model: ModelFile) -> tuple[str, ...]:
    return MOBILE_MODULES if model.name == "mobile_sam" else SAM_MODULES


def _sam(model: ModelFile, path: Path, device: str, reason: str, resolution: int | None = None) -> SegmenterChoice:
    name = model.name if resolution is None else f"{model.name}@{resolution}"
    kind = device.partition(",")[0].partition(":")[0]  # which of several cards answers makes no difference
    return SegmenterChoice(name, reason, f"{name}:{model.sha256}:{kind}", path, device, resolution)


def _why_not_sam(here: Sequence[str], has_extra: bool) -> str:  # noqa: FBT001  # one of two facts
    if here:
        return f"{here[0]} is here, but the sam extra is not installed ({INSTALL_LINE})"
    if has_extra:
        return "no Segment Anything weights are here (composer models download mobile_sam fetches the smallest)"
    return "the embedded segmenter needs no download; Segment Anything is not installed"
