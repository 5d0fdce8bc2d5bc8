"""One colour over the picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import filled
from composer.effects.where import area_of
from composer.fields import Color, MatteName, Opacity, RegionName
from composer.fields.animation import Animated
from composer.pixels.planes import faded
from composer.values import Layer


class Solid(Effect):
    """Lays one colour over the whole picture, over what a matte covers, or over a region.

    With keyframes on its opacity it fades to and from the colour.
    """

    kind: ClassVar[str] = "solid"
    example: ClassVar[str] = "solid: {color: black, opacity: {0s: 1, 1s: 0}}"

    color: Color = Field(description="a colour such as '#00b140' or orange; '#00000080' is half transparent")
    matte: MatteName | None = Field(None, description="cover what this matte covers")
    region: RegionName | None = Field(None, description="cover this region")
    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")

    @model_validator(mode="after")
    def _one_place(self) -> Solid:
        if self.matte is not None and self.region is not None:
            raise ValueError("expected matte or region, or neither for the whole picture; got both")
        return self

    def apply(self, inputs: Inputs) -> Layer | None:
        """The colour, covering what is asked."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate) * self.color.alpha / 255
        area = area_of(inputs, inside=self.matte, region=self.region) if opacity > 0 else None
        if area is None:
            return None
        planes = filled(inputs, self.color.rgb, area.size)
        if area.coverage is None and opacity >= 1:
            return Layer(planes, None, area.domain)
        coverage = np.full(area.size.shape, 255, np.uint8) if area.coverage is None else area.coverage
        return Layer(planes, faded(coverage, opacity), area.domain)
