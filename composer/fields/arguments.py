"""Arguments of guests: what MoviePy effects and FFmpeg filters are told by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from composer.fields.animation import Animated
from composer.fields.scalars import ParsedField
from composer.values import FrameRate

Plain = float | bool | str | tuple[float, ...]


@dataclass(frozen=True)
class Argument(ParsedField):
    """A number, a keyframe table of numbers, text, true or false, or a list of numbers.

    Example:
        >>> Argument.parse({"0s": 0, "2s": 8}).at(Fraction(1), FrameRate(Fraction(25)))
        4.0
    """

    value: Animated | bool | str | tuple[float, ...]

    @classmethod
    def parse(cls, raw: Any) -> Argument:
        """Read one argument as a recipe writes it."""
        if isinstance(raw, bool | str):
            return cls(raw)
        if isinstance(raw, list | tuple):
            return cls(tuple(Animated.one(item) for item in raw))
        if isinstance(raw, int | float | Mapping):
            return cls(Animated.parse(raw))
        raise ValueError(f"expected a number, text, true or false, or a list of numbers, got {raw!r}")

    @property
    def samples(self) -> tuple[Plain, ...]:
        """Every value that it is written with: one, or one a keyframe."""
        return self.value.values if isinstance(self.value, Animated) else (self.value,)

    def at(self, seconds: Fraction, rate: FrameRate) -> Plain:
        """The value at a time since the start of the output."""
        return self.value.value_at(seconds, rate) if isinstance(self.value, Animated) else self.value

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Any of the forms."""
        plain: list[dict[str, Any]] = [{"type": "string"}, {"type": "boolean"}]
        numbers = {"type": "array", "items": {"type": "number"}}
        return {"anyOf": [*Animated.json_schema()["anyOf"], *plain, numbers]}

    def spelled(self) -> Any:
        """As a recipe writes it."""
        if isinstance(self.value, Animated):
            return self.value.spelled()
        return list(self.value) if isinstance(self.value, tuple) else self.value


Arguments = Annotated[dict[str, Argument], Field(description="arguments by name; numbers may be keyframe tables")]
