"""The subject gone."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.clean import CleanPlate
from composer.effects.pictures import altered, plate_tags
from composer.fields import Length, MatteName
from composer.pixels.fill import darkening, levelled
from composer.pixels.filter import distance_from, feather, spread
from composer.pixels.planes import bounds, color_planes_of, cropped
from composer.values import Box, Layer, Plane

#: Width of the ring around the hole by which the light is compared, as a share of the height, and at least in pixels.
_RING, _LEAST_RING = 0.03, 6.0


class Remove(Effect):
    """Takes a subject out of the picture and shows what is behind it, as other frames of the shot saw it.

    What no frame ever sees is guessed from around; the report says how much that is. Its reflection stays unless the
    matte covers it; so does its shadow unless ``shadow`` is given, which works where the camera rests.
    """

    kind: ClassVar[str] = "remove"
    example: ClassVar[str] = "remove: {matte: walker, grow: 6px, feather: 3px}"

    matte: MatteName = Field(description="the subject")
    grow: Length = Field(Length.parse("6px"), description="how much wider than the matte the hole is")
    feather: Length = Field(Length.parse("3px"), description="width of the soft rim of the hole")
    shadow: Length | None = Field(
        None,
        description="with a camera that rests: how far around the subject to look for its shadow and take it out too",
    )
    samples: int = Field(32, ge=2, le=60, description="most frames of a shot that are looked at")

    @model_validator(mode="after")
    def _some_width(self) -> Self:
        for name in ("grow", "feather", "shadow"):
            if (length := getattr(self, name)) is not None and length.amount < 0:
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
        cleaned = inputs.clean_plate(asked)
        shade = self.shadow.pixels(size.height, proxy=inputs.proxy) if self.shadow and cleaned.is_still else 0.0
        ring = max(_LEAST_RING, _RING * size.height)
        reach = grow + 2 * soft + max(ring, shade) + 2
        domain = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach).snapped(size, step=pixels.cell)
        near = covered[domain.slices]
        coverage = feather(spread(near, grow + soft), soft)
        away = distance_from(near) - (grow + 2 * soft)
        around = np.where((away > 0) & (away <= ring), 255, 0).astype(np.uint8)
        clean = cropped(color_planes_of(cleaned.frame), pixels, domain)
        plate = cropped(color_planes_of(inputs.plate), pixels, domain)
        planes = levelled(clean, plate, around, pixels)
        if shade > 0:
            coverage = np.maximum(coverage, self._shadow(inputs, planes[0], near, reach=shade, domain=domain))
        return altered(inputs, planes, coverage, domain)

    def _shadow(self, inputs: Inputs, clean: Plane, near: Plane, *, reach: float, domain: Box) -> Plane:
        """Where the subject's shadow lies within a reach around it."""
        tags, pixels = plate_tags(inputs), inputs.plate.format
        black = 16 << (pixels.depth - 8) if tags.range == "limited" else 0
        found = darkening(clean, inputs.plate.planes[0][domain.slices], black=black)
        # Over the last quarter of the reach it goes out softly.
        within = np.clip(4 * (1 - distance_from(near) / reach), 0, 1)
        return np.rint(found * within).astype(np.uint8)
