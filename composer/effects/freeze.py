"""The subject stays in the picture as it was."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from composer.effects.base import Inputs
from composer.effects.ghosts import Front, Ghosts, Looks, behind, ghost, listed
from composer.effects.other import Other
from composer.fields import Opacity, Time
from composer.fields.animation import Animated
from composer.values import ROUNDED, Layer


class Freeze(Ghosts):
    """Leaves the subject in the picture as it was at some moments, from each of them on.

    With several moments the way of the subject can be seen at a glance: a strobe, a jump in one picture.
    """

    kind: ClassVar[str] = "freeze"
    example: ClassVar[str] = "freeze: {matte: walker, at: [0.2s, 0.4s], behind: walker}"

    at: Annotated[
        tuple[Time, ...],
        BeforeValidator(listed),
        Field(min_length=1, max_length=16, description="moments at which the subject is held, bottom to top"),
    ]
    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")
    behind: Front = ()

    def others(self) -> tuple[Other, ...]:
        """Every moment."""
        return tuple(Other(at=time.moment) for time in self.at)

    def apply(self, inputs: Inputs) -> Layer | None:
        """The subject of every moment that has come, as one layer."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        now = inputs.seconds + ROUNDED
        come = [other for other in self.others() if opacity > 0 and other.seconds_at(inputs.rate) <= now]
        found = [then for other in come if (then := inputs.other(other)) is not None]
        looks = Looks(opacity, self.align, holds=True)
        layers = [ghost(inputs, then, self.matte, looks) for then in found]
        return behind(inputs, [layer for layer in layers if layer is not None], self.behind)
