"""Blur inside or outside a matte, or in a region."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.errors import InputError
from composer.fields import AnimatedLength, MatteName, RegionName
from composer.pixels.filter import blurred_planes
from composer.pixels.planes import bounds, color_planes_of, cropped, inverted, plane_slices, whole
from composer.pixels.warp import quad_coverage
from composer.values import Box, Layer, Plane


class Blur(Effect):
    """Blurs or pixelates the picture inside a matte, outside it, or in a region.

    The blur outside a matte never samples what the matte covers, so no halo of the subject's colours appears
    around it. To hide a face or a number plate, use ``kind: pixelate`` inside its matte.
    """

    kind: ClassVar[str] = "blur"
    example: ClassVar[str] = "blur: {outside: walker, radius: 12px}"

    radius: AnimatedLength = Field(
        description="pixels, or a share of the picture's height: twice the deviation of gaussian, half a box or block"
    )
    filter: Literal["gaussian", "box", "pixelate"] = Field("gaussian", alias="kind", description="how to blur")
    inside: MatteName | None = Field(None, description="blur what this matte covers")
    outside: MatteName | None = Field(None, description="blur everything but what this matte covers")
    region: RegionName | None = Field(None, description="blur this region")

    @model_validator(mode="after")
    def _one_place(self) -> Blur:
        given = [name for name in ("inside", "outside", "region") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of inside, outside, region; got {' and '.join(given) or 'none'}")
        if any(value.amount < 0 for value in self.radius.values):
            raise ValueError("radius: expected 0 or more")
        return self

    @property
    def brings_color(self) -> bool:
        """Never: it only spreads what is there."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """The blurred picture, covering what is to be blurred."""
        size = inputs.plate.size
        radius = self.radius.pixels_at(inputs.seconds, inputs.rate, whole=size.height, proxy=inputs.proxy)
        if self.outside is not None:
            subject = inputs.matte(self.outside).alpha
            return self._layer(inputs, radius, inverted(subject), whole(inputs.plate), exclude=subject)
        if self.inside is not None:
            matte = inputs.matte(self.inside).alpha
            return self._layer(inputs, radius, matte, bounds(matte))
        if self.region is not None:
            placed = inputs.region(self.region)
            area = (
                Box(0, 0, 0, 0) if placed is None else placed.quad.bounds.snapped(size, step=inputs.plate.format.cell)
            )
            if placed is None or area.is_empty:
                return None
            return self._layer(inputs, radius, quad_coverage(placed.quad, area), area, matte_box=area)
        raise InputError("blur: expected one of inside, outside, region")

    def _layer(
        self,
        inputs: Inputs,
        radius: float,
        matte: Plane,
        area: Box,
        *,
        matte_box: Box | None = None,
        exclude: Plane | None = None,
    ) -> Layer | None:
        """The blurred part of ``area``; ``matte_box`` says which part of the picture the matte is of."""
        pixels, size = inputs.plate.format, inputs.plate.size
        domain = area.snapped(size, step=pixels.cell)
        if domain.is_empty or radius < 0.25:
            return None
        around = self._around(domain, radius).snapped(size, step=self._grid(radius, pixels.cell))
        parts = cropped(color_planes_of(inputs.plate), pixels, around)
        hole = None if exclude is None else exclude[around.slices]
        soft = blurred_planes(parts, pixels, radius, self.filter, exclude=hole)
        inner = Box(domain.x0 - around.x0, domain.y0 - around.y0, domain.x1 - around.x0, domain.y1 - around.y0)
        planes = tuple(plane[plane_slices(inner, pixels, index)] for index, plane in enumerate(soft))
        origin = matte_box or whole(inputs.plate)
        rows = slice(int(domain.y0 - origin.y0), int(domain.y1 - origin.y0))
        columns = slice(int(domain.x0 - origin.x0), int(domain.x1 - origin.x0))
        return Layer(planes, matte[rows, columns], domain)

    def _around(self, domain: Box, radius: float) -> Box:
        """The part of the picture that the blur of a domain looks at."""
        reach = 0 if self.filter == "pixelate" else 2 * radius + 2
        return Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)

    def _grid(self, radius: float, cell: tuple[int, int]) -> tuple[int, int]:
        """Blocks and shrunk pixels lie where they would lie in the whole picture, so that nothing swims."""
        if self.filter == "pixelate":
            side = max(1, round(2 * radius / max(cell))) * max(cell)
            return side, side
        return 64, 64
