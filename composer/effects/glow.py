"""Light around the subject."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import filled, layer_format, plate_tags
from composer.effects.where import covered_area
from composer.fields import AnimatedLength, Color, MatteName
from composer.fields.animation import Animated
from composer.pixels.blend import blended_planes
from composer.pixels.filter import blurred
from composer.pixels.planes import bounds, inverted, product
from composer.values import Box, Layer, Plane


class Glow(Effect):
    """Lets a subject shine: light of a colour spreads around it over what is behind.

    The light is added as by *screen*, so that it brightens and never covers; the subject's own samples stay as they are.
    """

    kind: ClassVar[str] = "glow"
    example: ClassVar[str] = "glow: {matte: walker, color: '#ffb040', radius: 0.1, strength: 1.2}"

    matte: MatteName = Field(description="the subject")
    color: Color = Field(Color.parse("white"), description="of the light")
    radius: AnimatedLength = Field(
        AnimatedLength.parse(0.06), description="how far it reaches: a share of the picture's height, or pixels"
    )
    strength: Animated = Field(Animated.parse(1), description="0 is dark, 1 as bright as its colour beside the subject")

    @model_validator(mode="after")
    def _some_light(self) -> Self:
        if any(value.amount < 0 for value in self.radius.values):
            raise ValueError("radius: expected 0 or more")
        if any(not 0 <= value <= 10 for value in self.strength.values):
            raise ValueError("strength: expected 0 to 10")
        return self

    def apply(self, inputs: Inputs) -> Layer | None:
        """The light; None where there is no subject."""
        strength = self.strength.value_at(inputs.seconds, inputs.rate) * self.color.alpha / 255
        radius = self.radius.pixels_at(inputs.seconds, inputs.rate, whole=inputs.plate.size.height, proxy=inputs.proxy)
        area = covered_area(inputs, self._halo(inputs, radius, strength)) if strength > 0 and radius > 0 else None
        if area is None:
            return None
        below, pixels = area.planes(inputs), layer_format(inputs)
        alpha = inputs.plate.planes[-1][area.domain.slices] if inputs.plate.format.has_alpha else None
        light = filled(inputs, self.color.rgb, area.size)
        planes = blended_planes("screen", below, light, pixels, plate_tags(inputs), alpha=alpha)
        return Layer(planes, area.coverage, area.domain)

    def _halo(self, inputs: Inputs, radius: float, strength: float) -> Plane:
        """(H, W) of the matte's dtype: how much light falls where, beside the subject."""
        alpha, size = inputs.matte(self.matte).alpha, inputs.plate.size
        halo, box = np.zeros_like(alpha), bounds(alpha)
        if box.is_empty:
            return halo
        reach = 2 * radius + 2
        near = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach).snapped(size)
        part, full = alpha[near.slices], np.float32(np.iinfo(alpha.dtype).max)
        # Right at a straight edge half of the surroundings shine, which is to be full light at strength 1.
        soft = np.minimum(blurred(part, radius).astype(np.float32) * np.float32(2 * strength), full)
        halo[near.slices] = product(np.rint(soft).astype(alpha.dtype), inverted(part))
        return halo
