"""Less colour, down to grey."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from composer.effects.base import Inputs
from composer.effects.pictures import altered, layer_format, plate_tags
from composer.effects.where import Placed
from composer.fields import Opacity
from composer.fields.animation import Animated
from composer.pixels.tone import toned
from composer.values import Layer


class Desaturate(Placed):
    """Takes the colour out, everywhere or in a part of the picture; brightness stays as it is.

    In Y'CbCr footage only the chroma samples move towards neutral, so luma stays bit for bit.
    """

    kind: ClassVar[str] = "desaturate"
    example: ClassVar[str] = "desaturate: {outside: walker, amount: 0.9}"

    amount: Opacity = Field(Animated.parse(1), description="0 changes nothing, 1 leaves no colour")

    @property
    def brings_color(self) -> bool:
        """Never: grey is the same in every matrix."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """The picture with less colour, covering what is asked; None where there is no colour to take."""
        amount = self.amount.value_at(inputs.seconds, inputs.rate)
        area = self.area(inputs) if amount > 0 and inputs.plate.format.model != "gray" else None
        if area is None:
            return None
        planes = toned(area.planes(inputs), layer_format(inputs), plate_tags(inputs), chroma=1 - amount)
        return altered(inputs, planes, area.coverage, area.domain)
