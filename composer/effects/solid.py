"""One colour over the picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import filled
from composer.fields import Color, MatteName, Opacity, RegionName
from composer.fields.animation import Animated
from composer.pixels.planes import bounds, faded, whole
from composer.pixels.warp import quad_coverage
from composer.values import Box, Layer, Plane, Size


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
        domain, matte = self._where(inputs)
        if opacity <= 0 or domain.is_empty:
            return None
        size = Size(int(domain.x1 - domain.x0), int(domain.y1 - domain.y0))
        planes = filled(inputs, self.color.rgb, size)
        if matte is None and opacity >= 1:
            return Layer(planes, None, domain)
        coverage = np.full(size.shape, 255, np.uint8) if matte is None else matte
        return Layer(planes, faded(coverage, opacity), domain)

    def _where(self, inputs: Inputs) -> tuple[Box, Plane | None]:
        """The box to cover and how much of it; None for all."""
        step, size = inputs.plate.format.cell, inputs.plate.size
        if self.matte is not None:
            alpha = inputs.matte(self.matte).alpha
            domain = bounds(alpha).snapped(size, step=step)
            return domain, alpha[domain.slices]
        if self.region is not None:
            placed = inputs.region(self.region)
            domain = Box(0, 0, 0, 0) if placed is None else placed.quad.bounds.snapped(size, step=step)
            return domain, None if placed is None or domain.is_empty else quad_coverage(placed.quad, domain)
        return whole(inputs.plate), None
