"""A box that hides."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from composer.effects.base import Inputs
from composer.effects.hiding import Hiding
from composer.effects.pictures import filled
from composer.effects.where import covered_area
from composer.fields import Color
from composer.pixels.area import around, on_blocks
from composer.values import Layer


class Box(Hiding):
    """Hides a face, a number plate or a person under one solid colour.

    Nothing of what lies below has any say in the picture: other pixels there give the same output, bit for bit.
    """

    kind: ClassVar[str] = "box"
    example: ClassVar[str] = "box: {inside: walker, color: black}"

    color: Color = Field(Color.parse("black"), description="of the cover")
    shape: Literal["box", "outline"] = Field(
        "box", description="an upright box around it; or its own outline, which still tells who moves how"
    )

    @model_validator(mode="after")
    def _solid(self) -> Self:
        if self.color.alpha < 255:
            raise ValueError("color: expected one without transparency; a cover that can be seen through hides nothing")
        return self

    def apply(self, inputs: Inputs) -> Layer | None:
        """The cover; None where there is nothing to hide."""
        hidden = self.hidden(inputs)
        shape = around(hidden) if self.shape == "box" else hidden
        area = covered_area(inputs, on_blocks(shape, inputs.plate.format.cell))
        if area is None:
            return None
        return Layer(filled(inputs, self.color.rgb, area.size), area.coverage, area.domain)
