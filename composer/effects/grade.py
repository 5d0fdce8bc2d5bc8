"""Colour grading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from composer.effects.base import Inputs
from composer.effects.pictures import altered, layer_format, plate_tags
from composer.effects.where import Placed
from composer.errors import FileRefused
from composer.fields import Animated, FileName, Opacity
from composer.pixels.color import convert_frame
from composer.pixels.grading import Grade as Settings
from composer.pixels.grading import curves, graded
from composer.pixels.lut import Lut, parse_cube
from composer.pixels.planes import faded
from composer.values import ColorTags, Frame, Layer, PixelFormat


def _each(raw: Any) -> Any:
    """One number stands for all three channels."""
    return [raw] * 3 if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


Channels = Annotated[tuple[float, float, float], BeforeValidator(_each)]

_MOVING = ("exposure", "temperature", "tint", "contrast", "saturation")
_BOUNDS: dict[str, tuple[float, float]] = {
    "exposure": (-10, 10),
    "temperature": (4000, 25000),
    "tint": (-1, 1),
    "contrast": (0, 10),
    "saturation": (0, 10),
}


class Grade(Placed):
    """Changes exposure, white balance, contrast, lift, gamma, gain and saturation, and looks colours up in a .cube file.

    The steps run in this order, on display-referred R'G'B' in 0..1: exposure and white balance multiply linear light;
    contrast turns about mid grey; lift, gamma and gain are ASC CDL's slope, offset and power; saturation is ASC CDL's;
    the table is last, 3D ones with tetrahedral interpolation. What changes nothing leaves every sample as it is.
    """

    kind: ClassVar[str] = "grade"
    example: ClassVar[str] = "grade: {outside: walker, exposure: -1, temperature: 4800, saturation: 0.8}"

    exposure: Animated = Field(Animated.parse(0), description="stops: 1 is twice the light")
    temperature: Animated = Field(
        Animated.parse(6500), description="kelvin of the light that is to look white, 4000 to 25000: more is warmer"
    )
    tint: Animated = Field(Animated.parse(0), description="-1 is green, 1 magenta")
    contrast: Animated = Field(Animated.parse(1), description="1 changes nothing, 0 leaves mid grey")
    lift: Channels = Field((0.0, 0.0, 0.0), description="raises black; one number, or [red, green, blue]")
    gamma: Channels = Field((1.0, 1.0, 1.0), description="above 1 brightens the middle; one number, or three")
    gain: Channels = Field((1.0, 1.0, 1.0), description="scales white; one number, or three")
    saturation: Animated = Field(Animated.parse(1), description="0 is grey, 1 changes nothing")
    lut: FileName | None = Field(None, description="a .cube file, 1D or 3D, relative to the recipe")
    amount: Opacity = Field(Animated.parse(1), description="0 is not graded, 1 is graded")

    @model_validator(mode="after")
    def _in_bounds(self) -> Self:
        for name, (low, high) in _BOUNDS.items():
            if any(not low <= value <= high for value in getattr(self, name).values):
                raise ValueError(f"{name}: expected {low:g} to {high:g}")
        for name, (low, high) in (("lift", (-1, 1)), ("gamma", (0.1, 10)), ("gain", (0, 10))):
            if any(not low <= value <= high for value in getattr(self, name)):
                raise ValueError(f"{name}: expected {low:g} to {high:g}")
        return self

    def check_files(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """The table can be read."""
        for name, content in files.items():
            _table(name, content)
        return ()

    def apply(self, inputs: Inputs) -> Layer | None:
        """The graded picture, covering what is asked; None where nothing changes."""
        amount = self.amount.value_at(inputs.seconds, inputs.rate)
        settings = self._settings(inputs)
        area = self.area(inputs) if amount > 0 and not settings.is_identity else None
        if area is None:
            return None
        tables = inputs.memo.once(("curves", self), lambda: curves(settings), version=settings)
        pixels, tags = layer_format(inputs), plate_tags(inputs)
        deep = PixelFormat("rgb", 16)
        rgb = convert_frame(Frame(area.planes(inputs), pixels, tags), deep, ColorTags("rgb", "full"))
        rgb = replace(rgb, planes=graded(rgb.planes, settings, tables))
        coverage = area.coverage
        if coverage is None and amount < 1:
            coverage = np.full(area.size.shape, 255, np.uint8)
        return altered(
            inputs,
            convert_frame(rgb, pixels, tags).planes,
            None if coverage is None else faded(coverage, amount),
            area.domain,
        )

    def _settings(self, inputs: Inputs) -> Settings:
        """The grade of now."""
        values = {name: getattr(self, name).value_at(inputs.seconds, inputs.rate) for name in _MOVING}
        lut = None
        if self.lut is not None:
            content = inputs.file(self.lut)
            lut = inputs.memo.once(("cube", self.lut), partial(_table, self.lut, content))
        return Settings(**values, lift=self.lift, gamma=self.gamma, gain=self.gain, lut=lut)


def _table(name: str, content: bytes) -> Lut:
    try:
        return parse_cube(content)
    except ValueError as error:
        raise FileRefused(str(error), file=name) from error
