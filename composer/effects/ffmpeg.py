"""A filter of FFmpeg, everywhere or in a part of the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from composer.effects.base import Inputs
from composer.effects.filter_graph import FilterGraph, Settings, Unfit, filtered, form_tags, working_form
from composer.effects.filters import FILTERS, INSTEAD, near
from composer.effects.pictures import altered, plate_tags
from composer.effects.where import Placed
from composer.errors import InputError
from composer.fields.arguments import Argument, Arguments
from composer.pixels.planes import color_format, color_planes_of, crop, cropped, whole
from composer.values import Box, Layer, PixelFormat, Size


class Ffmpeg(Placed):
    """Runs a filter of FFmpeg on the picture, everywhere or in a part of it.

    Listed are filters that make one picture of one, of the same size, and that open no file (``docs/guests.md``). The
    filter works in the plate's own samples where it can, else in those that lose least; where each pixel only depends on
    itself it sees no more than it changes. Numbers may be keyframes. Lengths are pixels of the picture worked on.
    """

    kind: ClassVar[str] = "ffmpeg"
    example: ClassVar[str] = "ffmpeg: {filter: curves, args: {master: '0/0 0.5/0.7 1/1'}, inside: walker}"

    filter: str = Field(description="name of the filter, such as hue, curves, unsharp or edgedetect")
    args: Arguments = Field({}, description="its arguments by FFmpeg's names; numbers may be keyframe tables")

    @field_validator("filter")
    @classmethod
    def _known(cls, name: str) -> str:
        if name in INSTEAD:
            raise ValueError(f"{name} cannot be used: {INSTEAD[name]}")
        if name not in FILTERS:
            raise ValueError(f"unknown filter {name!r}; {near(name, FILTERS)}")
        return name

    @field_validator("args")
    @classmethod
    def _fitting(cls, args: dict[str, Argument], info: ValidationInfo) -> dict[str, Argument]:
        name = info.data.get("filter")
        if name is None:  # already complained about
            return args
        FILTERS[name].check(args)
        for moment in range(max((len(argument.samples) for argument in args.values()), default=1)):
            values = {key: one.samples[min(moment, len(one.samples) - 1)] for key, one in args.items()}
            try:
                working_form(name, FILTERS[name].settings(values), PixelFormat("yuv"))
            except Unfit as error:
                raise ValueError(f"FFmpeg refuses {name} with these arguments: {error}") from None
        return args

    def apply(self, inputs: Inputs) -> Layer | None:
        """The filtered picture, covering what is to be changed."""
        place = self.area(inputs)
        if place is None:
            return None
        domain = place.domain
        pixels = color_format(inputs.plate.format)
        area = domain if FILTERS[self.filter].is_pointwise else whole(inputs.plate)
        plate = replace(inputs.plate, planes=color_planes_of(inputs.plate), format=pixels)
        try:
            planes = filtered(self._graph(inputs, area, pixels), crop(plate, area), pixels, plate_tags(inputs))
        except Unfit as error:
            raise InputError(f"FFmpeg's filter {self.filter} refuses the picture: {error}") from error
        if planes is None:
            return None
        inner = Box(domain.x0 - area.x0, domain.y0 - area.y0, domain.x1 - area.x0, domain.y1 - area.y0)
        return altered(inputs, cropped(planes, pixels, inner), place.coverage, domain)

    def _graph(self, inputs: Inputs, area: Box, pixels: PixelFormat) -> FilterGraph:
        """The filter with its arguments as they are now, ready for this part of the picture."""
        values = {name: argument.at(inputs.seconds, inputs.rate) for name, argument in self.args.items()}
        settings: Settings = FILTERS[self.filter].settings(values)
        size = Size(int(area.x1 - area.x0), int(area.y1 - area.y0))
        version = (settings, size, pixels, inputs.plate.color)

        def make() -> FilterGraph:
            form, packed = working_form(self.filter, settings, pixels)
            return FilterGraph(self.filter, settings, size, form, form_tags(form, plate_tags(inputs), size), packed)

        key = ("ffmpeg", self.filter, *self.args, self.inside, self.outside, self.region)
        return inputs.memo.once(key, make, version=version)
