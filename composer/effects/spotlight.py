"""Light on the subject."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import altered, layer_format, plate_tags
from composer.effects.where import area_of, covered_area
from composer.fields import AnimatedLength, MatteName, Opacity, RegionName
from composer.fields.animation import Animated
from composer.pixels.area import falloff
from composer.pixels.filter import blurred_planes
from composer.pixels.planes import color_planes_of, cropped, inverted
from composer.pixels.tone import toned
from composer.values import Layer, Plane


class Spotlight(Effect):
    """Darkens, greys or blurs everything but the subject, with a soft slope of light around it.

    The subject's own samples stay as they are, and the blur takes no colour from it. Where the matte covers nothing
    the whole picture lies in the dark; where a region is lost nothing changes.
    """

    kind: ClassVar[str] = "spotlight"
    example: ClassVar[str] = "spotlight: {subject: walker, darken: 0.7, softness: 0.15}"

    subject: MatteName | None = Field(None, description="what stays lit")
    region: RegionName | None = Field(None, description="or the place that stays lit")
    darken: Opacity = Field(Animated.parse(0.6), description="0 leaves the rest as bright as it is, 1 makes it black")
    desaturate: Opacity = Field(Animated.parse(0), description="0 leaves the rest its colours, 1 makes it grey")
    blur: AnimatedLength = Field(
        AnimatedLength.parse("0px"), description="radius by which the rest is blurred: pixels, or a share of the height"
    )
    softness: AnimatedLength = Field(
        AnimatedLength.parse(0.1), description="width of the slope of light: pixels, or a share of the height"
    )

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.subject is None) == (self.region is None):
            raise ValueError("expected subject or region, and only one of them")
        for name in ("blur", "softness"):
            if any(value.amount < 0 for value in getattr(self, name).values):
                raise ValueError(f"{name}: expected 0 or more")
        return self

    @property
    def brings_color(self) -> bool:
        """Never: it only weakens what is there."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """The picture in the dark, covering what lies outside the light."""
        light = 1 - self.darken.value_at(inputs.seconds, inputs.rate)
        chroma = 1 - self.desaturate.value_at(inputs.seconds, inputs.rate)
        radius = self._pixels(self.blur, inputs)
        lit = self._lit(inputs) if light < 1 or chroma < 1 or radius >= 0.25 else None
        if lit is None:
            return None
        pixels = layer_format(inputs)
        dark = inverted(falloff(lit, self._pixels(self.softness, inputs)))
        area = covered_area(inputs, dark, spared=lit)
        if area is None:
            return None
        planes = area.planes(inputs)
        if radius >= 0.25:
            soft = blurred_planes(color_planes_of(inputs.plate), pixels, radius, "gaussian", exclude=area.spared)
            planes = cropped(soft, pixels, area.domain)
        return altered(
            inputs, toned(planes, pixels, plate_tags(inputs), light=light, chroma=chroma), area.coverage, area.domain
        )

    def _lit(self, inputs: Inputs) -> Plane | None:
        """(H, W) coverage of the subject, or None where its region is lost."""
        if self.subject is not None:
            return inputs.matte(self.subject).alpha
        area = area_of(inputs, region=self.region)
        if area is None or area.coverage is None:
            return None
        lit = np.zeros(inputs.plate.size.shape, np.uint8)
        lit[area.domain.slices] = area.coverage
        return lit

    def _pixels(self, length: AnimatedLength, inputs: Inputs) -> float:
        return length.pixels_at(inputs.seconds, inputs.rate, whole=inputs.plate.size.height, proxy=inputs.proxy)
