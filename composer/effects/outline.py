"""A line around the subject."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import filled
from composer.effects.where import Area, covered_area
from composer.fields import AnimatedLength, Color, MatteName, Opacity
from composer.fields.animation import Animated
from composer.pixels.area import rim
from composer.pixels.planes import bounds, faded, inverted, product
from composer.values import Box, Layer


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Outline(Effect):
    """Draws a line around a subject, outside of it: the subject's own samples stay as they are."""

    kind: ClassVar[str] = "outline"
    example: ClassVar[str] = "outline: {matte: walker, width: 0.02, color: white}"

    matte: MatteName = Field(description="the subject")
    width: AnimatedLength = Field(AnimatedLength.parse(0.01), description="a share of the picture's height, or pixels")
    color: Color = Field(Color.parse("white"), description="of the line; '#ffffff80' is half transparent")
    soft: AnimatedLength = Field(
        AnimatedLength.parse("0px"), description="how far its outer edge fades: a share of the height, or pixels"
    )
    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")
    behind: Annotated[tuple[MatteName, ...], BeforeValidator(_listed)] = Field(
        (), description="matte or mattes that stay in front of it"
    )

    @model_validator(mode="after")
    def _some_width(self) -> Self:
        for name in ("width", "soft"):
            if any(value.amount < 0 for value in getattr(self, name).values):
                raise ValueError(f"{name}: expected 0 or more")
        return self

    def apply(self, inputs: Inputs) -> Layer | None:
        """The line; None where there is no subject."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate) * self.color.alpha / 255
        area = self._ring(inputs) if opacity > 0 else None
        if area is None or area.coverage is None:
            return None
        coverage = faded(area.coverage, opacity)
        for name in self.behind:
            coverage = product(coverage, inverted(inputs.matte(name).alpha[area.domain.slices]))
        return Layer(filled(inputs, self.color.rgb, area.size), coverage, area.domain)

    def _ring(self, inputs: Inputs) -> Area | None:
        """Where the line is."""
        size, alpha = inputs.plate.size, inputs.matte(self.matte).alpha
        width, soft = (
            length.pixels_at(inputs.seconds, inputs.rate, whole=size.height, proxy=inputs.proxy)
            for length in (self.width, self.soft)
        )
        box = bounds(alpha)
        if box.is_empty or width <= 0:
            return None
        reach = width + soft + 2
        near = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach).snapped(size)
        ring = np.zeros(size.shape, alpha.dtype)
        ring[near.slices] = rim(alpha[near.slices], width, soft)
        return covered_area(inputs, ring)
