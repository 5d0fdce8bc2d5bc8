"""Numbers that may change over time: a plain value, or a keyframe table with easing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Generic, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

from composer.fields.easing import CURVES, Ease
from composer.fields.scalars import Length, ParsedField, Point, lengths, number
from composer.values import FrameRate, Moment, Size

Value = TypeVar("Value")
Amount = TypeVar("Amount", float, NDArray[np.float64])


def eased(share: float, ease: Ease) -> float:
    """How far a value has come when ``share`` (0..1) of the time between two keyframes has passed.

    ``back`` and ``elastic`` pass beyond both ends on the way. Hold jumps at the end.

    Example:
        >>> eased(0.5, "linear"), eased(0.5, "in"), eased(0.5, "hold")
        (0.5, 0.25, 0.0)
    """
    return CURVES[ease](share)


@dataclass(frozen=True)
class Keyframes(ParsedField, Generic[Value]):
    """Values at moments; a plain value is one keyframe.

    Args:
        moments: times since the start of the output, rising; one entry for a plain value.
        values: one per moment.
        ease: how to go from each to the next.
    """

    moments: tuple[Moment, ...]
    values: tuple[Value, ...]
    ease: Ease = "linear"

    @classmethod
    def one(cls, raw: Any) -> Value:
        """Read one value."""
        raise NotImplementedError

    @classmethod
    def parse(cls, raw: Any) -> Any:
        """Read a value, or a table such as ``{0s: 0, 1s: 1, ease: in_out}``."""
        if not isinstance(raw, Mapping):
            return cls((Moment(seconds=Fraction(0)),), (cls.one(raw),))
        table = dict(raw)
        ease = table.pop("ease", "linear")
        if ease not in CURVES:
            raise ValueError(f"ease: expected one of {', '.join(CURVES)}, got {ease!r}")
        if not table:
            raise ValueError("expected at least one keyframe such as 0s: 1")
        moments = tuple(Moment.parse(key) for key in table)
        if len({moment.seconds is None for moment in moments}) > 1:
            raise ValueError("keyframes: write all times in seconds, or all in frames")
        order = sorted(range(len(moments)), key=lambda index: moments[index].seconds or moments[index].frames or 0)
        values = tuple(cls.one(value) for value in table.values())
        return cls(tuple(moments[i] for i in order), tuple(values[i] for i in order), ease)

    def at(self, seconds: Fraction, rate: FrameRate, amount: Callable[[Value], Amount]) -> Amount:
        """The value at a time, as a plain number or an array of them.

        Args:
            seconds: time since the start of the output.
            rate: turns keyframes written in frames into seconds.
            amount: turns one value into a number or an array.
        """
        times = [moment.seconds_at(rate) for moment in self.moments]
        after = next((i for i, time in enumerate(times) if time > seconds), len(times))
        if after in (0, len(times)):
            return amount(self.values[min(after, len(times) - 1)])
        start, end = times[after - 1], times[after]
        share = eased(float((seconds - start) / (end - start)), self.ease)
        first, last = amount(self.values[after - 1]), amount(self.values[after])
        return first + (last - first) * share

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """One value, or a table of them by time."""
        one = cls.value_schema()
        table = {
            "type": "object",
            "properties": {"ease": {"enum": list(get_args(Ease))}},
            "additionalProperties": one,
            "description": "keyframes by time: {0s: 0, 1s: 1, ease: in_out}",
        }
        return {"anyOf": [one, table]}

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """JSON Schema of one value."""
        raise NotImplementedError

    def spelled(self) -> Any:
        """As one value or a table."""
        words = [self.one_spelled(value) for value in self.values]
        if len(words) == 1:
            return words[0]
        keys = [f"{m.frames}f" if m.seconds is None else f"{float(m.seconds):g}s" for m in self.moments]
        return dict(zip(keys, words, strict=True)) | {"ease": self.ease}

    @classmethod
    def one_spelled(cls, value: Value) -> Any:
        """One value as a recipe writes it."""
        return value.spelled() if isinstance(value, ParsedField) else value


class Animated(Keyframes[float]):
    """A number, or a keyframe table of numbers.

    Example:
        >>> fade = Animated.parse({"0s": 0, "2s": 1})
        >>> fade.value_at(Fraction(1), FrameRate(Fraction(25)))
        0.5
    """

    @classmethod
    def one(cls, raw: Any) -> float:
        """Read one number."""
        return number(raw)

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """A number."""
        return {"type": "number"}

    def value_at(self, seconds: Fraction, rate: FrameRate) -> float:
        """The number at a time."""
        return self.at(seconds, rate, float)


class AnimatedLength(Keyframes[Length]):
    """A length, or a keyframe table of lengths."""

    @classmethod
    def one(cls, raw: Any) -> Length:
        """Read one length."""
        return Length.parse(raw)

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """A length."""
        return Length.json_schema()

    def pixels_at(self, seconds: Fraction, rate: FrameRate, *, whole: int, proxy: float = 1.0) -> float:
        """The length in pixels at a time; ``whole`` and ``proxy`` as in ``Length.pixels``."""
        return self.at(seconds, rate, lambda length: length.pixels(whole, proxy=proxy))


class AnimatedPoint(Keyframes[Point]):
    """A point, or a keyframe table of points.

    Example:
        >>> path = AnimatedPoint.parse({"0s": [0, "10px"], "2s": [1, "30px"]})
        >>> path.pixels_at(Fraction(1), FrameRate(Fraction(25)), Size(200, 100))
        (100.0, 20.0)
    """

    @classmethod
    def one(cls, raw: Any) -> Point:
        """Read one pair of lengths."""
        x, y = lengths(raw, 2, "a point [x, y]")
        return x, y

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """A pair of lengths."""
        return {"type": "array", "items": Length.json_schema(), "minItems": 2, "maxItems": 2}

    @classmethod
    def one_spelled(cls, value: Point) -> Any:
        """As a list."""
        return [length.spelled() for length in value]

    def pixels_at(self, seconds: Fraction, rate: FrameRate, size: Size, *, proxy: float = 1.0) -> tuple[float, float]:
        """The point in pixels of a picture at a time."""
        return (
            self.at(seconds, rate, lambda point: point[0].pixels(size.width, proxy=proxy)),
            self.at(seconds, rate, lambda point: point[1].pixels(size.height, proxy=proxy)),
        )


def _within_unit(value: Animated) -> Animated:
    if any(not 0 <= item <= 1 for item in value.values):
        raise ValueError(f"expected numbers from 0 to 1, got {value.spelled()!r}")
    return value


Opacity = Annotated[Animated, AfterValidator(_within_unit)]
