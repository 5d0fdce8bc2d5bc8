"""Blur inside or outside a matte, or in a region."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from composer.effects.base import Inputs
from composer.effects.pictures import altered
from composer.effects.where import Placed
from composer.fields import AnimatedLength
from composer.pixels.filter import block_side, blurred_planes
from composer.pixels.planes import color_planes_of, cropped, plane_slices
from composer.values import Box, Layer


class Blur(Placed):
    """Blurs or pixelates the picture inside a matte, outside it, or in a region.

    The blur outside a matte never samples what the matte covers, so no halo of the subject's colours appears
    around it. To hide a face or a number plate use ``mosaic`` or ``box``, which cover hard and hold on.
    """

    kind: ClassVar[str] = "blur"
    example: ClassVar[str] = "blur: {outside: walker, radius: 12px}"
    everywhere: ClassVar[bool] = False

    radius: AnimatedLength = Field(
        description="pixels, or a share of the picture's height: twice the deviation of gaussian, half a box or block"
    )
    filter: Literal["gaussian", "box", "pixelate"] = Field("gaussian", alias="kind", description="how to blur")

    @model_validator(mode="after")
    def _some_radius(self) -> Self:
        if any(value.amount < 0 for value in self.radius.values):
            raise ValueError("radius: expected 0 or more")
        return self

    @property
    def brings_color(self) -> bool:
        """Never: it only spreads what is there."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """The blurred picture, covering what is to be blurred."""
        pixels, size = inputs.plate.format, inputs.plate.size
        radius = self.radius.pixels_at(inputs.seconds, inputs.rate, whole=size.height, proxy=inputs.proxy)
        area = self.area(inputs)
        if area is None or radius < 0.25:
            return None
        if self.filter == "pixelate":  # one grid for luma and chroma
            radius = block_side(2 * radius, pixels.cell) / 2
        domain = area.domain
        around = self._around(domain, radius).snapped(size, step=self._grid(radius, pixels.cell))
        parts = cropped(color_planes_of(inputs.plate), pixels, around)
        hole = None if area.spared is None else area.spared[around.slices]
        soft = blurred_planes(parts, pixels, radius, self.filter, exclude=hole)
        inner = Box(domain.x0 - around.x0, domain.y0 - around.y0, domain.x1 - around.x0, domain.y1 - around.y0)
        planes = tuple(plane[plane_slices(inner, pixels, index)] for index, plane in enumerate(soft))
        return altered(inputs, planes, area.coverage, domain)

    def _around(self, domain: Box, radius: float) -> Box:
        """The part of the picture that the blur of a domain looks at."""
        reach = 0 if self.filter == "pixelate" else 2 * radius + 2
        return Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)

    def _grid(self, radius: float, cell: tuple[int, int]) -> tuple[int, int]:
        """Blocks and shrunk pixels lie where they would lie in the whole picture, so that nothing swims."""
        if self.filter == "pixelate":
            side = block_side(2 * radius, cell)
            return side, side
        return 64, 64
