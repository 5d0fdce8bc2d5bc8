"""The subject gone."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.clean import CleanPlate
from composer.fields import Length, MatteName
from composer.pixels.fill import levelled
from composer.pixels.filter import feather, spread
from composer.pixels.planes import bounds, color_planes_of, cropped
from composer.values import Box, Layer, Plane

#: Width of the ring around the hole by which the light is compared, as a share of the height, and at least in pixels.
_RING, _LEAST_RING = 0.03, 6.0


class Remove(Effect):
    """Takes a subject out of the picture and shows what is behind it, as other frames of the shot saw it.

    Its shadow and its reflection stay unless the matte covers them. What no frame ever sees is guessed from around; the
    report says how much that is.
    """

    kind: ClassVar[str] = "remove"
    example: ClassVar[str] = "remove: {matte: walker, grow: 6px, feather: 3px}"

    matte: MatteName = Field(description="the subject")
    grow: Length = Field(Length.parse("6px"), description="how much wider than the matte the hole is")
    feather: Length = Field(Length.parse("3px"), description="width of the soft rim of the hole")
    samples: int = Field(32, ge=2, le=60, description="most frames of a shot that are looked at")

    @model_validator(mode="after")
    def _some_width(self) -> Self:
        for name in ("grow", "feather"):
            if getattr(self, name).amount < 0:
                raise ValueError(f"{name}: expected 0 or more")
        return self

    @property
    def brings_color(self) -> bool:
        """Never: what it puts in is the footage's own."""
        return False

    def clean_plates(self) -> tuple[CleanPlate, ...]:
        """The one of its matte."""
        return (CleanPlate(without=(self.matte,), grow=self.grow, samples=self.samples),)

    def apply(self, inputs: Inputs) -> Layer | None:
        """What is behind the subject, in the light of now."""
        pixels, size = inputs.plate.format, inputs.plate.size
        (asked,) = self.clean_plates()
        covered = np.where(inputs.matte(self.matte).alpha > 0, 255, 0).astype(np.uint8)
        box = bounds(covered)
        if box.is_empty:
            return None
        grow, soft = (each.pixels(size.height, proxy=inputs.proxy) for each in (self.grow, self.feather))
        ring = max(_LEAST_RING, _RING * size.height)
        reach = grow + 2 * soft + ring + 2
        domain = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach).snapped(size, step=pixels.cell)
        near = covered[domain.slices]
        coverage = feather(spread(near, grow + soft), soft)
        around = _ring(spread(near, grow + 2 * soft), ring)
        clean = cropped(color_planes_of(inputs.clean_plate(asked).frame), pixels, domain)
        plate = cropped(color_planes_of(inputs.plate), pixels, domain)
        return Layer(levelled(clean, plate, around, pixels), coverage, domain)


def _ring(hole: Plane, width: float) -> Plane:
    """255 on what lies within a width around a hole."""
    return np.where(hole > 0, 0, spread(hole, width)).astype(np.uint8)
