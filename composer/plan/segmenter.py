"""Which segmenter runs, and why; what is asked for and not here is refused before the first frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from composer.errors import InputError, PlanError
from composer.mask.asking import Asking
from composer.mask.choose import BUILT_IN, choose_motion, choose_segmenter, named_model
from composer.mask.text_prompt import load_detector
from composer.plan.model import MattePlan, SegmenterPlan
from composer.recipe import LoadedRecipe

_DEVICES = re.compile(r"auto|cpu|mps|cuda(:\d+)?(,cuda:\d+)*")


def decide_segmenter(
    loaded: LoadedRecipe,
    mattes: Sequence[MattePlan],
    *,
    name: str,
    weights: Path | None,
    device: str,
    asking: Asking | None = None,
) -> SegmenterPlan:
    """The segmenter of a render; one that a matte asks for by itself is checked too.

    Args:
        loaded: the recipe, for messages.
        mattes: those that are used.
        name: auto, embedded, classical, or the name of a model.
        weights: folder that holds model files, or None for the usual places.
        device: cpu, cuda or auto.
        asking: on how many frames, and by how many workers.

    Raises:
        ModelUnavailable: a model that the command line asks for is not here.
        PlanError: a model that a matte asks for is not here.
    """
    device, asking = decide_device(device), asking or Asking()
    looking = [matte for matte in mattes if matte.spec.needs_analysis and matte.spec.flow != "alone"]
    if not looking:
        if name not in ("auto", *BUILT_IN):
            named_model(name)  # a name that nobody knows is a mistake also where none is needed
        if not any(matte.spec.needs_analysis for matte in mattes):
            return SegmenterPlan("none", "no matte needs one", device, weights, asking)
        alone = choose_motion(name)
        return SegmenterPlan(alone.name, alone.reason, device, weights, asking)
    for matte in looking:
        _check_override(loaded, matte, weights, device)
        _check_text(loaded, matte, weights, device)
    choice = choose_segmenter(name, weights=weights, device=device)
    return SegmenterPlan(choice.name, choice.reason, choice.device, weights, asking)


def _check_override(loaded: LoadedRecipe, matte: MattePlan, weights: Path | None, device: str) -> None:
    if matte.spec.segmenter is None:
        return
    try:
        choose_segmenter(matte.spec.segmenter, weights=weights, device=device)
    except InputError as error:
        place = ("mattes", matte.name, matte.spec.kind, "segmenter")
        raise loaded.marks.problem(place, error.message, hint=error.hint, kind=PlanError) from error


def _check_text(loaded: LoadedRecipe, matte: MattePlan, weights: Path | None, device: str) -> None:
    if matte.spec.text is None:
        return
    try:
        load_detector(weights, device)
    except InputError as error:
        raise loaded.marks.problem(
            ("mattes", matte.name, "text"), error.message, hint=error.hint, kind=PlanError
        ) from error


def decide_device(asked: str) -> str:
    """``auto`` is the graphics card where there is one; told without importing torch.

    Raises:
        InputError: no such device.

    Example:
        >>> decide_device("cuda:1")
        'cuda:1'
    """
    if not _DEVICES.fullmatch(asked):
        raise InputError(f"--device {asked}: unknown device", hint="known: auto, cpu, cuda, cuda:0, cuda:0,cuda:1, mps")
    if asked != "auto":
        return asked
    return "cuda" if any(Path("/dev").glob("nvidia[0-9]*")) else "cpu"
