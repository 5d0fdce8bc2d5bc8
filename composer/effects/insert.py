"""A picture or video put into the plate, behind what moves in front of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from composer.effects.base import Inputs, Picture
from composer.effects.pictures import layer_format, matched, plate_tags
from composer.effects.transform import Pin, Placed
from composer.fields import AnimatedLength, MatteName, Opacity
from composer.fields.animation import Animated
from composer.pixels.blend import BlendMode, blended_planes
from composer.pixels.filter import faded_inwards
from composer.pixels.planes import color_planes_of, cropped, faded, inverted, product
from composer.pixels.warp import Pinned, corner_pin, pinned_coverage
from composer.values import Box, Frame, Layer, Plane

_LEAST_EDGE = 0.25  # pixels: a narrower one is the antialiasing that there is anyway


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Insert(Placed):
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

    def apply(self, inputs: Inputs) -> Layer | None:
        """The picture in its place, without what stands in front of it."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        picture = inputs.source(self.source) if opacity > 0 else None
        pinned = None if picture is None else self._pinned(inputs, picture)
        if pinned is None:
            return None
        planes = self._blended(inputs, pinned)
        coverage = faded(pinned.coverage, opacity)
        return Layer(planes, self._held_out(inputs, coverage, pinned.domain), pinned.domain)

    def _pinned(self, inputs: Inputs, picture: Picture) -> Pinned | None:
        """The picture in its place; where neither changes it is made once."""
        frame = matched(inputs, self.source, picture)
        pin = self.pin(inputs, frame.size, picture.aspect)
        if pin is None:
            return None
        height = inputs.plate.size.height
        edge = self.edge.pixels_at(inputs.seconds, inputs.rate, whole=height, proxy=inputs.proxy)
        return inputs.memo.once(
            ("pinned", self, inputs.plate.size, inputs.plate.format),
            lambda: _softly_pinned(inputs, frame, pin, edge),
            version=(picture.version, pin, edge),
        )

    def _blended(self, inputs: Inputs, pinned: Pinned) -> tuple[Plane, ...]:
        if self.blend == "normal":
            return pinned.planes
        pixels = layer_format(inputs)
        below = cropped(color_planes_of(inputs.plate), pixels, pinned.domain)
        alpha = inputs.plate.planes[-1][pinned.domain.slices] if inputs.plate.format.has_alpha else None
        return blended_planes(self.blend, below, pinned.planes, pixels, plate_tags(inputs), alpha=alpha)

    def _held_out(self, inputs: Inputs, coverage: Plane, domain: Box) -> Plane:
        for name in self.behind:
            front = inputs.matte(name).alpha[domain.slices]
            if front.any():
                coverage = product(coverage, inverted(front))
        return coverage


def _softly_pinned(inputs: Inputs, frame: Frame, pin: Pin, edge: float) -> Pinned | None:
    pinned = corner_pin(frame, pin.quad, inputs.plate.size, inputs.plate.format, part=pin.part)
    if pinned is None or edge < _LEAST_EDGE:
        return pinned
    reach = int(np.ceil(2 * edge))
    box = pinned.domain
    around = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach)
    coverage = faded_inwards(pinned_coverage(frame, pin.quad, around, part=pin.part), edge)
    inner = slice(reach, reach + int(box.y1 - box.y0)), slice(reach, reach + int(box.x1 - box.x0))
    return replace(pinned, coverage=coverage[inner])
