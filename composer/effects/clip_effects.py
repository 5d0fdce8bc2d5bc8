"""MoviePy's effects: which can run on one frame, and why the others cannot.

MoviePy is imported when a recipe names one of them, and by nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.effects.filters import near
from composer.fields import Color
from composer.fields.animation import Animated
from composer.fields.arguments import Argument
from composer.values import FrameRate

Picture = NDArray[np.uint8]

#: Effects that make a picture of the picture and its time; how many pixels around one it looks at, or None for all.
SUPPORTED: dict[str, int | None] = {
    "BlackAndWhite": 0,
    "Blink": 0,
    "CrossFadeIn": 0,
    "CrossFadeOut": 0,
    "FadeIn": 0,
    "FadeOut": 0,
    "GammaCorrection": 0,
    "HeadBlur": None,
    "InvertColors": 0,
    "LumContrast": 0,
    "MaskColor": 0,
    "MirrorX": None,
    "MirrorY": None,
    "MultiplyColor": 0,
    "Painting": 4,
    "Rotate": None,
}
_SIZE, _OTHERS = "it changes the size of the picture", "it shows other moments of the footage"
_PLACE = "it moves a whole clip in a composition; use insert with keyframes"
#: Why the others cannot be used.
REFUSED = {
    "AccelDecel": "it changes the speed; use speed: of a source",
    "Crop": f"{_SIZE}; use output: {{frame: ...}}",
    "EvenSize": _SIZE,
    "Freeze": f"{_OTHERS}; use the effect freeze",
    "FreezeRegion": f"{_OTHERS}; use the effect freeze",
    "Loop": "it changes the duration; use loop: of a source",
    "MakeLoopable": "it changes the duration; use loop: of a source",
    "Margin": _SIZE,
    "MasksAnd": "it takes another clip; use mattes: {both: {intersection: [...]}}",
    "MasksOr": "it takes another clip; use mattes: {both: {union: [...]}}",
    "MultiplySpeed": "it changes the speed; use speed: of a source",
    "Resize": _SIZE,
    "Scroll": _SIZE,
    "SlideIn": _PLACE,
    "SlideOut": _PLACE,
    "SuperSample": f"{_OTHERS}; use the effect trail",
    "TimeMirror": f"{_OTHERS}; it plays them backwards",
    "TimeSymmetrize": f"{_OTHERS}; it plays them backwards",
}
#: Effects that count back from the end of the clip.
NEEDS_END = ("CrossFadeOut", "FadeOut")
_FUNCTIONS = {"HeadBlur": ("fx", "fy"), "Rotate": ("angle",)}
_AXES = {"fx": 1, "fy": 0}  # of the picture in which a place must lie: outside of it MoviePy fails
_COLORS = ("initial_color", "final_color", "color", "bg_color")
_SAME_SIZE = {"Rotate": {"expand": False}}  # MoviePy's default makes the picture larger


@dataclass(frozen=True)
class Moment:
    """When a frame is shown, as an effect sees it.

    Args:
        seconds: since the effect's own start.
        start: of the effect, since the start of the output.
        rate: the output's frame rate.
        length: seconds that the effect lasts, or None to the end of the output.
    """

    seconds: Fraction
    start: Fraction
    rate: FrameRate
    length: Fraction | None


def check_name(name: str) -> None:
    """Refuse an effect that MoviePy has not, or that cannot run on one frame.

    Raises:
        ValueError: with the reason or the nearest name.
    """
    if name in REFUSED:
        raise ValueError(f"{name} cannot be used on a frame: {REFUSED[name]}")
    if name not in SUPPORTED:
        raise ValueError(f"unknown effect {name!r}; {near(name, SUPPORTED)}")


def check_arguments(name: str, args: Mapping[str, Argument]) -> None:
    """Refuse arguments that the effect does not take, and values with which it fails or changes the size.

    Args:
        name: of a supported effect.
        args: by name.

    Raises:
        ValueError: naming the argument, or in MoviePy's words.
    """
    taken = inspect.signature(_class(name)).parameters
    for key in args:
        if key not in taken:
            raise ValueError(f"{name} takes no {key!r}; {near(key, taken) or 'it takes nothing'}")
    empty = inspect.Parameter.empty
    if missing := [key for key, one in taken.items() if one.default is empty and key not in args]:
        raise ValueError(f"{name} needs {' and '.join(missing)}")
    for moment in _moments(args):
        picture = np.full((12, 16, 3), 99, np.uint8)
        try:
            made = run(name, args, picture, moment)
        except Exception as error:
            raise ValueError(f"{name} fails with these arguments: {type(error).__name__}: {error}") from error
        if made.shape != picture.shape:
            raise ValueError(f"{name} cannot be used on a frame with these arguments: {_SIZE}")


def _moments(args: Mapping[str, Argument]) -> list[Moment]:
    """The effect's start, and every keyframe."""
    tables = [argument.value for argument in args.values() if isinstance(argument.value, Animated)]
    rate, length = FrameRate(Fraction(25)), Fraction(10)
    times = {moment.seconds_at(rate) for table in tables for moment in table.moments} | {Fraction(0)}
    return [Moment(time, Fraction(0), rate, length) for time in sorted(times)]


def run(name: str, args: Mapping[str, Argument], picture: Picture, moment: Moment) -> Picture:
    """One frame through an effect; where the effect makes it transparent it goes to black, as MoviePy writes it.

    Args:
        name: of a supported effect.
        args: by name, as ``check_arguments`` lets them pass.
        picture: (H, W, 3) uint8 RGB.
        moment: when it is shown.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    from moviepy import VideoClip  # noqa: PLC0415 - a guest: only recipes that name it wait for it

    length = None if moment.length is None else float(moment.length)
    clip = VideoClip(lambda _: picture, duration=length)
    spelled = {key: _spelled(name, key, argument, moment, picture) for key, argument in args.items()}
    effect = _class(name)(**{**_SAME_SIZE.get(name, {}), **spelled})
    made = effect.apply(clip)
    time = float(moment.seconds)
    shown = np.asarray(made.get_frame(time), np.float64)
    if made.mask is not None:
        shown = shown * np.asarray(made.mask.get_frame(time), np.float64)[..., None]
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def _spelled(name: str, key: str, argument: Argument, moment: Moment, picture: Picture) -> Any:
    """An argument as MoviePy takes it: colours as lists, keyframes as their value now or as functions of time."""
    if key in _FUNCTIONS.get(name, ()):
        return _over_time(argument, moment, picture.shape[_AXES[key]] if key in _AXES else None)
    value = argument.at(moment.start + moment.seconds, moment.rate)
    if key in _COLORS:
        return (
            list(Color.parse(value).rgb)
            if isinstance(value, str)
            else list(value)
            if isinstance(value, tuple)
            else value
        )
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _over_time(argument: Argument, moment: Moment, most: int | None) -> Callable[[float], Any]:
    """An argument as a function of the seconds since the effect's start; a place is held inside the picture."""

    def now(seconds: float) -> Any:
        value = argument.at(moment.start + Fraction(float(seconds)), moment.rate)
        return value if most is None or not isinstance(value, float) else min(max(value, 0.0), float(most))

    return now


def _class(name: str) -> Any:
    import moviepy.video.fx as effects  # noqa: PLC0415 - a guest

    return getattr(effects, name)
