"""Blocks that hide."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from composer.effects.base import Inputs
from composer.effects.hiding import Hiding
from composer.effects.pictures import altered
from composer.effects.where import covered_area
from composer.fields import Length
from composer.pixels.area import on_blocks
from composer.pixels.filter import block_side, blurred_planes
from composer.values import Layer


class Mosaic(Hiding):
    """Hides a face, a number plate or a person under blocks of one colour each.

    Every block that is touched at all is covered as a whole and shows nothing but its own mean; nothing is blended at
    its edge. Blocks lie on a grid that is fixed to the picture, so that nothing swims. Means of few, large letters can
    be guessed: for text use ``box``.
    """

    kind: ClassVar[str] = "mosaic"
    example: ClassVar[str] = "mosaic: {inside: walker, size: 0.05}"

    size: Length = Field(Length.parse(0.05), description="side of a block: pixels, or a share of the height")

    @model_validator(mode="after")
    def _some_size(self) -> Self:
        if self.size.amount <= 0 or (self.size.is_pixels and self.size.amount < 4):
            raise ValueError("size: expected at least 4px, or a share of the height; smaller blocks hide nothing")
        return self

    @property
    def brings_color(self) -> bool:
        """Never: it shows means of what is there."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """The blocks; None where there is nothing to hide."""
        pixels, height = inputs.plate.format, inputs.plate.size.height
        side = block_side(max(4.0, self.size.pixels(height, proxy=inputs.proxy)), pixels.cell)
        area = covered_area(inputs, on_blocks(self.hidden(inputs), (side, side)))
        if area is None:
            return None
        return altered(
            inputs, blurred_planes(area.planes(inputs), pixels, side / 2, "pixelate"), area.coverage, area.domain
        )
