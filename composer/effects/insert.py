"""A picture or video put into the plate, behind what moves in front of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from composer.effects.base import Inputs
from composer.effects.belonging import color_matched, grainy, light_weight, lit_from_behind
from composer.effects.pictures import layer_format, matched, plate_tags
from composer.effects.shadow import Shadow
from composer.effects.transform import Pin, PlacedPicture
from composer.fields import AnimatedLength, MatteName, Opacity
from composer.fields.animation import Animated
from composer.pixels.blend import BlendMode, blended_planes
from composer.pixels.filter import faded_inwards
from composer.pixels.layers import averaged, merged
from composer.pixels.planes import color_planes_of, cropped, faded, inverted, product
from composer.pixels.warp import Pinned, corner_pin, pinned_coverage
from composer.values import Box, Frame, Layer, PixelFormat, Plane, Size

_LEAST_EDGE = 0.25  # pixels: a narrower one is the antialiasing that there is anyway


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Insert(PlacedPicture):
    """Pins a picture or video into a region, lays it into an upright box, or moves it along keyframes.

    What the mattes in ``behind`` cover passes in front of it, softly. Only the box around the picture is
    computed. Transparency of the source is kept.
    """

    kind: ClassVar[str] = "insert"
    example: ClassVar[str] = "insert: {source: promo.mp4, region: wall, behind: walker, opacity: {0s: 0, 1s: 1}}"

    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")
    behind: Annotated[tuple[MatteName, ...], BeforeValidator(_listed)] = Field(
        (), description="matte or mattes that stay in front of it"
    )
    blend: BlendMode = Field(
        "normal", description="how its colours mix with the plate's: multiply, screen, overlay, ..."
    )
    edge: AnimatedLength = Field(
        AnimatedLength.parse("0px"),
        description="how far its edges fade inwards: pixels, or a share of the plate's height",
    )
    shadow: Shadow | None = Field(None, description="its soft shadow on the plate; {} takes everything as it is")
    match_color: Opacity = Field(
        Animated.parse(0), description="how far its colours come to those around it, measured on every frame"
    )
    light_wrap: Opacity = Field(Animated.parse(0), description="how much light from behind spreads over its edge")
    wrap_radius: AnimatedLength = Field(
        AnimatedLength.parse(0.02),
        description="how far that light reaches in: pixels, or a share of the plate's height",
    )
    grain: Opacity = Field(
        Animated.parse(0), description="how much of the footage's noise it is given where it has less"
    )

    def apply(self, inputs: Inputs) -> Layer | None:
        """The picture in its place, without what stands in front of it."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        picture = inputs.source(self.source) if opacity > 0 else None
        if picture is None:
            return None
        frame = matched(inputs, self.source, picture)
        pins = self.pins(inputs, frame.size, picture.aspect)
        if not pins:
            return None
        fronts = tuple(inputs.matte(name).alpha for name in self.behind)
        upper = self._picture(inputs, frame, pins, picture.version, fronts)
        lower = None
        if self.shadow is not None:
            lower = self.shadow.cast(inputs, frame, pins[len(pins) // 2], whose=self, version=picture.version)
        seen = [_held_out(layer, opacity, fronts) for layer in (upper, lower) if layer is not None]
        if len(seen) < 2:
            return next(iter(seen), None)
        return merged(seen[0], seen[1], layer_format(inputs))

    def _picture(
        self, inputs: Inputs, frame: Frame, pins: tuple[Pin, ...], version: Hashable, fronts: tuple[Plane, ...]
    ) -> Layer | None:
        """The picture alone, as if nothing stood in front of it."""
        edge = self._pixels(inputs, self.edge)
        pinned = inputs.memo.once(
            ("pinned", self, inputs.plate.size, inputs.plate.format),
            lambda: _pinned(inputs, frame, pins, edge),
            version=(version, pins, edge),
        )
        if pinned is None:
            return None
        middle = pins[len(pins) // 2]
        planes = color_matched(inputs, pinned, middle.quad, self._share(inputs, self.match_color), fronts)
        if amount := self._share(inputs, self.light_wrap):
            radius = self._pixels(inputs, self.wrap_radius)
            weight = inputs.memo.once(
                ("wrap", self, inputs.plate.size, inputs.plate.format),
                lambda: light_weight(frame, middle, pinned.domain, radius, amount),
                version=(version, pins, radius, amount),
            )
            planes = lit_from_behind(inputs, planes, pinned.domain, weight, radius)
        planes = grainy(inputs, planes, self._share(inputs, self.grain))
        return Layer(self._blended(inputs, planes, pinned.domain), pinned.coverage, pinned.domain)

    def _pixels(self, inputs: Inputs, length: AnimatedLength) -> float:
        height = inputs.plate.size.height
        return max(0.0, length.pixels_at(inputs.seconds, inputs.rate, whole=height, proxy=inputs.proxy))

    def _share(self, inputs: Inputs, share: Animated) -> float:
        return min(max(share.value_at(inputs.seconds, inputs.rate), 0.0), 1.0)

    def _blended(self, inputs: Inputs, planes: tuple[Plane, ...], domain: Box) -> tuple[Plane, ...]:
        if self.blend == "normal":
            return planes
        pixels = layer_format(inputs)
        below = cropped(color_planes_of(inputs.plate), pixels, domain)
        alpha = inputs.plate.planes[-1][domain.slices] if inputs.plate.format.has_alpha else None
        return blended_planes(self.blend, below, planes, pixels, plate_tags(inputs), alpha=alpha)


def _held_out(layer: Layer, opacity: float, fronts: tuple[Plane, ...]) -> Layer:
    """A layer with its opacity, and without what stands in front of it."""
    coverage = layer.matte
    if coverage is None:
        return layer
    coverage = faded(coverage, opacity)
    for front in fronts:
        part = front[layer.domain.slices]
        if part.any():
            coverage = product(coverage, inverted(part))
    return replace(layer, matte=coverage)


def _pinned(inputs: Inputs, frame: Frame, pins: tuple[Pin, ...], edge: float) -> Pinned | None:
    """The picture in its places, with its edges faded."""
    size, pixels = inputs.plate.size, inputs.plate.format
    found = [_softly_pinned(frame, pin, size, pixels, edge) for pin in pins]
    moments = [pinned for pinned in found if pinned is not None]
    if len(found) == 1 or not moments:
        return next(iter(moments), None)
    return averaged(moments, layer_format(inputs), count=len(found))


def _softly_pinned(frame: Frame, pin: Pin, size: Size, pixels: PixelFormat, edge: float) -> Pinned | None:
    pinned = corner_pin(frame, pin.quad, size, pixels, part=pin.part)
    if pinned is None or edge < _LEAST_EDGE:
        return pinned
    box = pinned.domain
    edge = min(edge, max(box.x1 - box.x0, box.y1 - box.y0))  # a wider one leaves as little of it, and costs memory
    reach = int(np.ceil(2 * edge))
    around = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach)
    coverage = faded_inwards(pinned_coverage(frame, pin.quad, around, part=pin.part), edge)
    inner = slice(reach, reach + int(box.y1 - box.y0)), slice(reach, reach + int(box.x1 - box.x0))
    return replace(pinned, coverage=coverage[inner])
