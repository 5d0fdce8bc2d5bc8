"""What a click on a frame would take: its outline over the picture, and the recipe that asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from composer.errors import Cancelled, InputError
from composer.fields import Length, Time
from composer.mask.ask import Pointer
from composer.mask.choose import choose_segmenter
from composer.mask.cut import coverage
from composer.mask.draw import draw_objects
from composer.mask.pointing import OUTSIDE_HINT, PromptSource, outside
from composer.mask.shot import Shot
from composer.mask.summary import MatteSummary
from composer.render.stills import rgb_of
from composer.values import ROUNDED, Frame, Matte, Prompt

Picture = NDArray[np.uint8]

#: Quality below which another click is worth while.
UNSURE = 0.5
_PICK = re.compile(r"(?P<x>[\d.]+(?:\s*px)?)\s*,\s*(?P<y>[\d.]+(?:\s*px)?)(?:\s*@\s*(?P<at>\S+))?")


@dataclass(frozen=True, eq=False)
class Picked:
    """What was found where a frame was clicked.

    Args:
        picture: (H, W, 3) uint8 RGB, the frame with outline and clicks drawn in.
        matte: what would be taken.
        index: of the frame in the shot.
        area: share of the picture that it covers.
        quality: 0..1, the segmenter's own predicted overlap.
        segmenter: who drew the outline.
        recipe: the entry of ``mattes`` that asks for it, YAML.
    """

    picture: Picture
    matte: Matte
    index: int
    area: float
    quality: float
    segmenter: str
    recipe: str


def parse_picks(picks: Sequence[str], beside: Sequence[str] = ()) -> PromptSource:
    """Clicks as a command line spells them, as a prompt.

    Args:
        picks: ``x,y@time`` on the object, fractions of the picture or pixels; the time may be left out after the first.
        beside: the same, beside it.

    Raises:
        InputError: one cannot be read, or they do not mean one frame.

    Example:
        >>> parse_picks(["0.5,0.3@2s", "120px,80px"], ["0.1,0.1"]).model_dump(mode="json", exclude_defaults=True)
        {'points': [[0.5, 0.3], ['120px', '80px']], 'exclude': [[0.1, 0.1]], 'at': '2s'}
    """
    found = [(text, _PICK.fullmatch(text.strip())) for text in (*picks, *beside)]
    for text, match in found:
        if match is None:
            raise InputError(f"--pick {text}: expected x,y@time", hint="such as 0.5,0.3@2s, or 640px,200px@48f")
    times = list(dict.fromkeys(match["at"] for _, match in found if match is not None and match["at"]))
    if len(times) > 1:
        hint = "look at one frame at a time; what is put right at other times goes under corrections:"
        raise InputError(f"the clicks mean different frames: {' and '.join(times)}", hint=hint)
    try:
        places = [(_length(match["x"]), _length(match["y"])) for _, match in found if match is not None]
        at = Time.parse(times[0] if times else 0)
        on, off = places[: len(picks)], places[len(picks) :]
        return PromptSource.model_validate({"points": on, "exclude": off, "at": at})
    except ValueError as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise InputError(f"--pick: {said}", hint="such as --pick 0.5,0.3@2s") from error


def _length(text: str) -> Length:
    return Length.parse(text if text.endswith("px") else float(text))


def pick(
    shot: Shot,
    prompt: PromptSource,
    *,
    segmenter: str = "auto",
    weights: Path | None = None,
    device: str = "cpu",
    proxy: float = 1.0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Picked:
    """Ask the segmenter about one frame and draw its answer.

    Args:
        shot: the plate.
        prompt: the clicks; its time says which frame, its corrections are not asked.
        segmenter: auto, embedded, or the name of a model.
        weights: folder with model files; None looks in the usual places.
        device: cpu or cuda.
        proxy: scale of the shot against full size.
        cancelled: asked once a frame.

    Raises:
        InputError: a click lies outside the picture, or the footage ends before the time.
    """
    index, frame = _frame_at(shot, prompt, cancelled)
    clicks = prompt.clicks(frame.size, proxy=proxy)
    _check_inside(clicks, frame)
    choice = choose_segmenter(segmenter, weights=weights, device=device)
    candidate = Pointer(choice.load(), proxy).first(frame, prompt)
    matte = Matte(coverage(candidate.logits), 1, frame.at)
    drawn = _with_clicks(draw_objects(rgb_of(frame), [matte], MatteSummary()), clicks)
    area = float((matte.alpha > 127).mean())
    return Picked(drawn, matte, index, area, candidate.quality, choice.name, recipe_of(prompt))


def recipe_of(prompt: PromptSource, name: str = "picked") -> str:
    """The entry of a recipe's ``mattes`` for a prompt.

    Example:
        >>> print(recipe_of(parse_picks(["0.5,0.3@2s"])))
        mattes:
          picked: {prompt: {points: [[0.5, 0.3]], at: 2s}}
    """
    said = prompt.model_dump(mode="json", exclude_defaults=True)
    words = ", ".join(f"{key}: {_spelled(value)}" for key, value in said.items())
    return f"mattes:\n  {name}: {{prompt: {{{words}}}}}"


def _spelled(value: object) -> str:
    return f"[{', '.join(_spelled(one) for one in value)}]" if isinstance(value, list) else str(value)


def _frame_at(shot: Shot, prompt: PromptSource, cancelled: Callable[[], bool]) -> tuple[int, Frame]:
    """The frame that is shown at the prompt's time."""
    wanted = prompt.at.moment.seconds_at(shot.rate)
    shown: tuple[int, Frame] | None = None
    start = Fraction(0)
    for index, frame in enumerate(shot.frames()):
        if cancelled():
            raise Cancelled("stopped; nothing was written")
        start = frame.at.seconds if index == 0 else start
        if shown is not None and frame.at.seconds - start > wanted + ROUNDED:
            return shown
        shown = index, frame
    if shown is None or wanted >= shown[1].at.seconds - start + 1 / shot.rate.value:
        raise InputError(f"there is no frame at {prompt.at.spelled()}", hint="choose an earlier time for --pick")
    return shown


def _check_inside(clicks: Prompt, frame: Frame) -> None:
    place = outside(clicks, frame.size)
    if place is not None:
        raise InputError(
            f"the click at {place[0]:g},{place[1]:g} lies outside the picture, which is {frame.size}",
            hint=OUTSIDE_HINT,
        )


def _with_clicks(picture: Picture, clicks: Prompt) -> Picture:
    """Clicks on the object as rings, those beside it as crosses."""
    size = max(3, round(min(picture.shape[:2]) / 90))
    for (x, y), label in zip(clicks.points, clicks.labels, strict=True):
        place = (round(float(x)), round(float(y)))
        for ink, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            if label:
                cv2.circle(picture, place, size, ink, thick, cv2.LINE_AA)
            else:
                cv2.drawMarker(picture, place, ink, cv2.MARKER_TILTED_CROSS, 2 * size, thick, cv2.LINE_AA)
    return picture
