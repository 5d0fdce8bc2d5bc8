"""The footage as it was, back in a part of the picture."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import altered
from composer.effects.where import area_of
from composer.fields import MatteName, Opacity
from composer.fields.animation import Animated
from composer.pixels.planes import color_planes_of, cropped, faded
from composer.values import Layer


class Restore(Effect):
    """Brings the untouched footage back inside a matte or outside it: all edits before it are undone there.

    With a drawn shape that moves it wipes from after to before; with a matte of the subject it keeps edits off it.
    """

    kind: ClassVar[str] = "restore"
    example: ClassVar[str] = "restore: {inside: left_half}"

    inside: MatteName | None = Field(None, description="bring the footage back where this matte covers")
    outside: MatteName | None = Field(None, description="bring it back everywhere else")
    opacity: Opacity = Field(Animated.parse(1), description="0 keeps the edits, 1 undoes them")

    @model_validator(mode="after")
    def _one_place(self) -> Restore:
        if (self.inside is None) == (self.outside is None):
            raise ValueError("expected inside or outside, and only one of them")
        return self

    @property
    def brings_color(self) -> bool:
        """Never: the footage's own samples come back."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """The footage, covering what is asked."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        if opacity <= 0:
            return None
        area = area_of(inputs, inside=self.inside, outside=self.outside)
        if area is None or area.coverage is None:
            return None
        planes = cropped(color_planes_of(inputs.untouched), inputs.plate.format, area.domain)
        return altered(inputs, planes, faded(area.coverage, opacity), area.domain, by=inputs.untouched)
