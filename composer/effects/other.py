"""Another moment of the footage, as an effect asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from composer.values import FrameRate, Moment


@dataclass(frozen=True)
class Other:
    """Another moment: so much before or after now, or one moment of the recipe.

    Args:
        shift: time from now, negative for the past; a shift in frames counts the footage's own pictures.
        at: time since the recipe's start.
    """

    shift: Moment | None = None
    at: Moment | None = None

    def __post_init__(self) -> None:
        if (self.shift is None) == (self.at is None):
            raise ValueError("another moment: expected shift or at, and only one of them")

    def seconds_at(self, rate: FrameRate) -> Fraction:
        """The shift or the moment in seconds, for footage of this rate."""
        return (self.shift or self.at or Moment()).seconds_at(rate)
