"""Which part of the plate is used."""

from __future__ import annotations

from fractions import Fraction

from composer.errors import PlanError
from composer.media import open_reader
from composer.plan.footage import duration
from composer.plan.model import SourcePlan
from composer.values import FrameRate, Moment, Span


def parse_span(text: str, rate: FrameRate) -> Span:
    """Read ``1s..4s``, ``1s..``, ``..48f``: start included, end not.

    Args:
        text: as ``--span`` takes it.
        rate: turns frames into seconds.

    Raises:
        PlanError: not a span.

    Example:
        >>> parse_span("12f..2s", FrameRate(Fraction(24)))
        Span(start=Fraction(1, 2), end=Fraction(2, 1))
    """
    first, dots, last = text.partition("..")
    try:
        if not dots:
            raise ValueError(f"expected start..end, got {text!r}")
        start = Moment.parse(first).seconds_at(rate) if first.strip() else Fraction(0)
        return Span(start, Moment.parse(last).seconds_at(rate) if last.strip() else None)
    except ValueError as error:
        raise PlanError(f"--span {text}: {error}", hint="write it like 1s..4s, 1s.. or 24f..48f") from error


def parse_moment(text: str, rate: FrameRate) -> Fraction:
    """Read a time such as ``2s`` or ``48f`` as seconds.

    Raises:
        PlanError: not a time.
    """
    try:
        return Moment.parse(text).seconds_at(rate)
    except ValueError as error:
        raise PlanError(str(error)) from error


def parse_frame_rate(text: str) -> FrameRate:
    """Read a frame rate such as ``25`` or ``30000/1001``.

    Raises:
        PlanError: not a rate.
    """
    try:
        return FrameRate.parse(text)
    except ValueError as error:
        raise PlanError(str(error)) from error


def used_span(plate: SourcePlan, asked: Span) -> Span:
    """The used part of the plate, in seconds since its first frame.

    Args:
        plate: with the recipe's own start and stop.
        asked: what ``--span`` takes of that, in seconds since the recipe's start.

    Raises:
        PlanError: no frame lies inside.
    """
    start = plate.start + asked.start
    ends = [end for end in (plate.stop, None if asked.end is None else plate.start + asked.end) if end is not None]
    length = duration(plate.info)
    last = min([*ends, length] if length is not None else ends, default=None)
    if last is not None and start >= last:
        words = f"the span begins at {float(asked.start):g}s, and there are {float(last - plate.start):.4g}s to use"
        raise PlanError(words, hint=f"{plate.path.name}: choose an earlier --span")
    used = Span(start, min(ends, default=None))
    if last is not None and not _holds_frame(plate, used, last):
        words = f"no frame begins between {float(asked.start):g}s and {float(last - plate.start):g}s"
        raise PlanError(words, hint=f"{plate.path.name}, {plate.info.rate} frames a second: choose a longer --span")
    return used


def _holds_frame(plate: SourcePlan, span: Span, end: Fraction) -> bool:
    """Whether any frame begins in a span; only where its rate says no is a file looked into, for it may be uneven."""
    if plate.timeline is not None:
        return len(plate.timeline.used(span)) > 0
    if _grid_count(span.start, end, plate.info.rate) > 0:
        return True
    with open_reader(plate.path, rate=plate.rate) as reader:
        return next(iter(reader.frames(span)), None) is not None


def _grid_count(start: Fraction, end: Fraction, rate: FrameRate) -> int:
    """How many frames of an even rate begin from a start up to an end."""
    return -int(-end * rate.value // 1) + int(-start * rate.value // 1)


def frame_count(plate: SourcePlan, span: Span) -> int | None:
    """Frames in a span as far as the header tells: exact for the whole clip, else from the rate."""
    length = duration(plate.info)
    if span.is_whole and plate.info.claimed.frames is not None:
        return plate.info.claimed.frames
    end = min([end for end in (span.end, length) if end is not None], default=None)
    if end is None:
        return None
    return max(1, _grid_count(span.start, end, plate.info.rate))
