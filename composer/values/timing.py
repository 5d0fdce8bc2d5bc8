"""Time: integer ticks and fractions, never bare floats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_MILLISECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*ms")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*s")
_FRAMES = re.compile(r"(\d+)\s*f")


@total_ordering
@dataclass(frozen=True, eq=False)
class Timestamp:
    """A moment as ticks of a time base; comparable across time bases.

    Args:
        pts: presentation time in ticks; may be negative.
        time_base: seconds per tick, > 0.
    """

    pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if self.time_base <= 0:
            raise ValueError(f"time_base: expected more than 0, got {self.time_base}")

    @property
    def seconds(self) -> Fraction:
        """The moment in seconds, exact."""
        return self.pts * self.time_base

    def rescaled(self, time_base: Fraction) -> Timestamp:
        """The nearest moment on another time base, halves up."""
        ticks = self.seconds / time_base
        return Timestamp((2 * ticks.numerator + ticks.denominator) // (2 * ticks.denominator), time_base)

    def __eq__(self, other: object) -> bool:
        return self.seconds == other.seconds if isinstance(other, Timestamp) else NotImplemented

    def __lt__(self, other: Timestamp) -> bool:
        return self.seconds < other.seconds

    def __hash__(self) -> int:
        return hash(self.seconds)


@dataclass(frozen=True)
class Span:
    """A half-open piece of time in seconds: start included, end not.

    Args:
        start: seconds, >= 0.
        end: seconds, > start; None means to the end of the shot.
    """

    start: Fraction = Fraction(0)
    end: Fraction | None = None

    def __post_init__(self) -> None:
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise ValueError(f"span: expected 0 <= start < end, got {self.start} .. {self.end}")

    def __contains__(self, seconds: Fraction) -> bool:
        return self.start <= seconds and (self.end is None or seconds < self.end)

    @property
    def is_whole(self) -> bool:
        """True when nothing is cut off."""
        return self.start == 0 and self.end is None


@dataclass(frozen=True)
class FrameRate:
    """Frames per second as a fraction; 29.97 is 30000/1001."""

    value: Fraction

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError(f"frame rate: expected more than 0, got {self.value}")

    @classmethod
    def parse(cls, text: str | float) -> FrameRate:
        """Read ``25``, ``30000/1001`` or ``29.97``; decimal NTSC rates become their fractions."""
        try:
            value = Fraction(str(text))
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"frame rate: expected a number such as 25 or 30000/1001, got {text!r}") from None
        ntsc = Fraction(round(value * 1001 / 1000) * 1000, 1001)
        return cls(ntsc if value.denominator != 1 and abs(ntsc - value) < Fraction(1, 100) else value)

    def __str__(self) -> str:
        return str(self.value)


#: Seconds that a frame may come after the time it is meant for: files such as Matroska's keep time in milliseconds, so
#: that at 30 frames a second frame 2 comes at 0.067 s and not at 2/30 s, counted from a first frame rounded likewise.
ROUNDED = Fraction(1, 1000)


@dataclass(frozen=True)
class Moment:
    """A time as a recipe writes it: seconds, or a frame count that a rate turns into seconds.

    Example:
        >>> Moment.parse("00:00:02.500").seconds_at(FrameRate(Fraction(25)))
        Fraction(5, 2)
        >>> Moment.parse("48f").seconds_at(FrameRate(Fraction(24)))
        Fraction(2, 1)
    """

    seconds: Fraction | None = None
    frames: int | None = None

    @classmethod
    def parse(cls, text: str | float) -> Moment:
        """Read ``2s``, ``2.5s``, ``50ms``, ``00:00:02.500``, ``48f`` or a bare number of seconds."""
        word = str(text).strip()
        if match := _SECONDS.fullmatch(word):
            return cls(seconds=Fraction(match[1]))
        if match := _MILLISECONDS.fullmatch(word):
            return cls(seconds=Fraction(match[1]) / 1000)
        if match := _FRAMES.fullmatch(word):
            return cls(frames=int(match[1]))
        if match := _CLOCK.fullmatch(word):
            hours, minutes, seconds = int(match[1] or 0), int(match[2]), Fraction(match[3])
            return cls(seconds=3600 * hours + 60 * minutes + seconds)
        if re.fullmatch(r"\d+(\.\d+)?", word):
            return cls(seconds=Fraction(word))
        raise ValueError(f"expected a time like 2s, 00:00:02.500 or 48f, got {word!r}")

    def times(self, count: int) -> Moment:
        """So many times as far; negative is as far back."""
        return Moment(
            None if self.seconds is None else self.seconds * count, None if self.frames is None else self.frames * count
        )

    def seconds_at(self, rate: FrameRate) -> Fraction:
        """The moment in seconds for footage of this rate."""
        return self.seconds if self.seconds is not None else Fraction(self.frames or 0) / rate.value
