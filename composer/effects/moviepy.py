"""An effect of MoviePy, everywhere or in a part of the picture."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import ClassVar, Self, cast

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from composer.effects.base import Inputs
from composer.effects.clip_effects import NEEDS_END, SUPPORTED, Moment, Picture, check_arguments, check_name, run
from composer.effects.pictures import altered, layer_format, plate_tags
from composer.effects.where import Placed
from composer.fields.arguments import Argument, Arguments
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.pixels.planes import crop, whole
from composer.values import Box, Layer


class Moviepy(Placed):
    """Runs an effect of MoviePy on the picture, everywhere or in a part of it.

    The effect sees 8-bit RGB and the seconds since its ``from``; what it makes transparent goes to black. Numbers may be
    keyframes, also those that MoviePy takes as functions of time (``fx`` and ``fy`` of HeadBlur, ``angle`` of Rotate).
    Effects that show other moments, or that change size, speed or duration, are refused.
    """

    kind: ClassVar[str] = "moviepy"
    example: ClassVar[str] = "moviepy: {effect: Painting, args: {saturation: 1.6}, inside: walker}"

    effect: str = Field(description="name of the effect, such as Painting, BlackAndWhite, HeadBlur or Blink")
    args: Arguments = Field({}, description="its arguments by MoviePy's names; numbers may be keyframe tables")

    @field_validator("effect")
    @classmethod
    def _known(cls, name: str) -> str:
        check_name(name)
        return name

    @field_validator("args")
    @classmethod
    def _fitting(cls, args: dict[str, Argument], info: ValidationInfo) -> dict[str, Argument]:
        if "effect" in info.data:  # else already complained about
            check_arguments(info.data["effect"], args)
        return args

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.effect in NEEDS_END and self.to is None:
            raise ValueError(f"{self.effect} counts back from the end of the edit: say when that is with to:")
        return self

    def apply(self, inputs: Inputs) -> Layer | None:
        """The changed picture, covering what is to be changed."""
        place = self.area(inputs)
        if place is None:
            return None
        domain = place.domain
        area = self._around(inputs, domain)
        before = cast("Picture", rgb_from_frame(crop(replace(inputs.plate, color=plate_tags(inputs)), area)))
        after = run(self.effect, self.args, before, self._moment(inputs))
        rows = slice(int(domain.y0 - area.y0), int(domain.y1 - area.y0))
        columns = slice(int(domain.x0 - area.x0), int(domain.x1 - area.x0))
        if np.array_equal(before[rows, columns], after[rows, columns]):
            return None
        made = frame_from_rgb(np.ascontiguousarray(after[rows, columns]), layer_format(inputs), plate_tags(inputs))
        return altered(inputs, made.planes, place.coverage, domain)

    def _around(self, inputs: Inputs, domain: Box) -> Box:
        """The part of the picture that the effect has to see."""
        reach = SUPPORTED[self.effect]
        if reach is None:
            return whole(inputs.plate)
        grown = Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)
        return grown.snapped(inputs.plate.size, step=inputs.plate.format.cell)

    def _moment(self, inputs: Inputs) -> Moment:
        start = Fraction(0) if self.from_ is None else self.from_.moment.seconds_at(inputs.rate)
        length = None if self.to is None else self.to.moment.seconds_at(inputs.rate) - start
        return Moment(max(Fraction(0), inputs.seconds - start), start, inputs.rate, length)
