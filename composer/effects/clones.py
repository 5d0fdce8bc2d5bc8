"""The subject several times in one picture."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from composer.effects.base import Inputs
from composer.effects.ghosts import Front, Ghosts, Looks, behind, ghost, listed
from composer.effects.other import Other
from composer.fields import Opacity, Shift
from composer.fields.animation import Animated
from composer.values import Layer


class Clones(Ghosts):
    """Puts the subject into the picture again as it was, or will be, at other times.

    Where the footage has no such moment there is no clone: before its start, after its end.
    """

    kind: ClassVar[str] = "clones"
    example: ClassVar[str] = "clones: {matte: walker, shifts: [-1s, 1s], behind: walker}"

    shifts: Annotated[
        tuple[Shift, ...],
        BeforeValidator(listed),
        Field(min_length=1, max_length=8, description="times from now, bottom to top: -1s is a second ago, 12f ahead"),
    ]
    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")
    behind: Front = ()

    def others(self) -> tuple[Other, ...]:
        """One moment per clone."""
        return tuple(Other(shift=shift.moment) for shift in self.shifts)

    def apply(self, inputs: Inputs) -> Layer | None:
        """The clones as one layer."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        found = [inputs.other(other) for other in self.others()] if opacity > 0 else []
        looks = Looks(opacity, self.align)
        layers = [ghost(inputs, then, self.matte, looks) for then in found if then is not None]
        return behind(inputs, [layer for layer in layers if layer is not None], self.behind)
