"""The soft shadow of what is put into a plate."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from composer.effects.base import Inputs
from composer.effects.pictures import filled
from composer.effects.transform import Pin
from composer.fields import AnimatedLength, AnimatedPoint, Color, FieldModel, Opacity
from composer.fields.animation import Animated
from composer.pixels.filter import blurred
from composer.pixels.planes import faded
from composer.pixels.warp import is_convex, pinned_coverage
from composer.values import Box, Frame, Layer, Plane, Quad, Size

# A contact shadow is the picture's own outline laid down to this share of its height, half of it below the lower edge.
_FLAT = 0.12


class Shadow(FieldModel):
    """A shadow of the picture's own outline, softened.

    A drop shadow is the outline moved, as on a wall close behind. A contact shadow is the outline laid flat at its lower
    edge, as on the ground that it stands on.
    """

    kind: Literal["drop", "contact"] = Field("drop", description="drop: moved, as on a wall; contact: flat at its feet")
    color: Color = Field(Color.parse("black"), description="of the shadow")
    opacity: Opacity = Field(Animated.parse(0.5), description="how dark it is")
    blur: AnimatedLength = Field(
        AnimatedLength.parse(0.02), description="radius of its softness: pixels, or a share of the plate's height"
    )
    offset: AnimatedPoint | None = Field(
        None, description="how far it is moved: [x, y]; a drop shadow by [0.01, 0.02] unless said otherwise"
    )

    def cast(self, inputs: Inputs, frame: Frame, pin: Pin, *, whose: Hashable, version: Hashable) -> Layer | None:
        """The shadow on the plate, or None where there is none.

        Args:
            inputs: the plate and the time.
            frame: the picture that casts it.
            pin: where that is.
            whose: what casts it, which the work is remembered under.
            version: changes when the picture does.
        """
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate) * self.color.alpha / 255
        radius = self.blur.pixels_at(inputs.seconds, inputs.rate, whole=inputs.plate.size.height, proxy=inputs.proxy)
        radius = min(max(0.0, radius), float(max(inputs.plate.size.shape)))  # beyond that it only costs memory
        quad = self._quad(inputs, pin)
        if opacity <= 0 or not is_convex(quad):
            return None
        cast = inputs.memo.once(
            ("shadow", whose, inputs.plate.size, inputs.plate.format),
            lambda: _cast(inputs, frame, Pin(pin.part, quad), radius),
            version=(version, pin.part, quad, radius),
        )
        if cast is None:
            return None
        size = Size(cast.coverage.shape[1], cast.coverage.shape[0])
        return Layer(filled(inputs, self.color.rgb, size), faded(cast.coverage, opacity), cast.domain)

    def _quad(self, inputs: Inputs, pin: Pin) -> Quad:
        offset = self.offset or _OFFSETS[self.kind]
        moved = np.array(offset.pixels_at(inputs.seconds, inputs.rate, inputs.plate.size, proxy=inputs.proxy))
        corners = pin.quad.corners
        if self.kind == "drop":
            return Quad(corners + moved)
        foot, head = corners[[3, 2]], corners[[0, 1]]  # under each upper corner its lower one
        up = (head - foot) * _FLAT / 2
        return Quad(np.concatenate([foot + up, (foot - up)[::-1]]) + moved)


_OFFSETS = {"drop": AnimatedPoint.parse([0.01, 0.02]), "contact": AnimatedPoint.parse([0, 0])}


@dataclass(frozen=True, eq=False)
class _Cast:
    """Coverage of a domain of the plate."""

    coverage: Plane
    domain: Box


def _cast(inputs: Inputs, frame: Frame, pin: Pin, radius: float) -> _Cast | None:
    size, cell = inputs.plate.size, inputs.plate.format.cell
    reach = int(np.ceil(2 * radius)) + 1
    bounds = pin.quad.bounds
    wide = Box(bounds.x0 - reach, bounds.y0 - reach, bounds.x1 + reach, bounds.y1 + reach)
    domain = wide.intersected(Box.whole(size)).snapped(size, step=cell)
    if domain.is_empty:
        return None
    # What lies beyond the plate's border casts its shadow too.
    area = Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)
    soft = blurred(pinned_coverage(frame, pin.quad, area, part=pin.part), radius)
    inner = slice(reach, reach + int(domain.y1 - domain.y0)), slice(reach, reach + int(domain.x1 - domain.x0))
    return _Cast(soft[inner], domain)
