"""Other moments of the footage: which are read along together, and how many pictures that keeps in memory."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from composer.effects.other import Other
from composer.errors import PlanError
from composer.plan.estimate import frame_bytes
from composer.plan.footage import duration
from composer.plan.model import OthersPlan, SourcePlan, Window
from composer.recipe import LoadedRecipe
from composer.values import ROUNDED, FrameRate, Size, Span

#: Bytes of pictures that one reading may keep, so that shifts near each other share it: 37 frames of 1920x1080.
#: More costs memory, less costs a decoder for every shift.
WINDOW_BYTES = 192 << 20
_READING_FRAMES = 12  # what a decoder keeps waiting, as in plan/estimate


def decide_others(loaded: LoadedRecipe, plate: SourcePlan, used: Span, *, size: Size, mattes: int) -> OthersPlan:
    """Which readings serve the moments that the edits ask for.

    Args:
        loaded: the recipe.
        plate: the footage, with the recipe's own start and stop.
        used: seconds since its first frame.
        size: of the picture that is worked on.
        mattes: how many are used.

    Raises:
        PlanError: an edit asks for a moment that the footage does not have.
    """
    rate = plate.info.rate
    asked: list[Other] = []
    warnings: list[str] = []
    for index, edit in enumerate(loaded.recipe.edits):
        asked += edit.others()
        for other in edit.others():
            words = _outside(other, plate, used)
            if words is not None and not _is_all(plate, used) and _outside(other, plate, _whole(plate)) is None:
                warnings.append(f"edits[{index}].{edit.kind}: {words}")
            elif words is not None:
                hint = "name a moment of the footage that the recipe uses"
                raise loaded.marks.problem(("edits", index, edit.kind), words, hint=hint, kind=PlanError)
    distinct = tuple(dict.fromkeys(asked))
    each = frame_bytes(size, plate.info.format) + mattes * size.width * size.height
    held = tuple(sorted((one for one in distinct if one.at is not None), key=lambda one: one.seconds_at(rate)))
    windows = windows_of((one for one in distinct if one.shift is not None), rate, most=max(1, WINDOW_BYTES // each))
    readings = len(windows) + bool(held)
    frames = readings * _READING_FRAMES + len(held) + sum(window.frames for window in windows)
    return OthersPlan(windows, held, frames * each, tuple(dict.fromkeys(warnings)))


def windows_of(shifts: Iterable[Other], rate: FrameRate, *, most: int) -> tuple[Window, ...]:
    """Shifts in groups near each other.

    Args:
        shifts: in any order.
        rate: of the footage.
        most: pictures that one group may keep.

    Example:
        >>> from composer.values import Moment
        >>> shifts = [Other(shift=Moment(frames=count)) for count in (5, -20, -2)]
        >>> [window.frames for window in windows_of(shifts, FrameRate(Fraction(25)), most=10)]
        [3, 10]
    """
    rising = sorted(shifts, key=lambda one: one.seconds_at(rate))
    groups: list[list[Other]] = []
    for other in rising:
        if groups and _kept([groups[-1][0], other], rate) <= most:
            groups[-1].append(other)
        else:
            groups.append([other])
    return tuple(Window(tuple(group), _kept(group, rate)) for group in groups)


def _kept(group: list[Other], rate: FrameRate) -> int:
    """Pictures from the earliest shift of a group to the latest, with one at either end."""
    return ceil((group[-1].seconds_at(rate) - group[0].seconds_at(rate)) * rate.value) + 3


def _is_all(plate: SourcePlan, used: Span) -> bool:
    """Whether all is used that the recipe uses."""
    return used.start == plate.start and used.end == plate.stop


def _whole(plate: SourcePlan) -> Span:
    return Span(plate.start, plate.stop)


def _outside(other: Other, plate: SourcePlan, used: Span) -> str | None:
    """What is wrong with a moment, in words; nothing where it is, or may be, in the used footage."""
    ends = [end for end in (used.end, duration(plate.info)) if end is not None]
    seconds = other.seconds_at(plate.info.rate)
    length: Fraction | None = min(ends) - used.start if ends else None
    if other.shift is not None:
        if length is not None and abs(seconds) >= length:
            return f"a shift of {float(seconds):g}s is longer than the footage, which is {float(length):.4g}s"
        return None
    first = used.start - plate.start
    if seconds < first - ROUNDED or (length is not None and seconds >= first + length):
        return f"the moment {float(seconds):g}s lies outside the used footage: it is not shown"
    return None
