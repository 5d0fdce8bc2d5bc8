"""Where a picture goes: into a region, into a box, or along keyframes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.fields import AnimatedPoint, Place, Point, RegionName, SourceName
from composer.fields.animation import Animated
from composer.fields.scalars import Length
from composer.pixels.warp import Fit, fitted, homography_between
from composer.values import Box, Placement, Quad, Size

_STILL = 0.5  # pixels of motion that no blur shows
_MOST_MOMENTS = 17
_MIDDLE = Length(0.5, is_pixels=False)
# Corner that each corner takes the place of: top-left, top-right, bottom-right, bottom-left.
_MIRRORS = {"horizontal": [1, 0, 3, 2], "vertical": [3, 2, 1, 0], "both": [2, 3, 0, 1]}


@dataclass(frozen=True)
class Pin:
    """What is shown of a picture, and where it goes.

    Args:
        part: corners in pixels of the picture.
        quad: where they go, in pixels of the plate.
    """

    part: Quad
    quad: Quad


class PlacedPicture(Effect):
    """An effect that puts a picture somewhere."""

    source: SourceName
    region: RegionName | None = Field(None, description="region whose corners it is pinned to")
    place: Place | None = Field(None, description="upright box to put it in: left, top, right, bottom")
    position: AnimatedPoint | None = Field(
        None,
        description="where its anchor goes, in its own size; with keyframes it moves: {0s: [0.2, 0.5], 2s: [0.8, 0.5]}",
    )
    scale: Animated = Field(Animated.parse(1), description="times its size, about its anchor; not in a region")
    rotation: Animated = Field(Animated.parse(0), description="degrees clockwise about its anchor; not in a region")
    anchor: Point = Field(
        (_MIDDLE, _MIDDLE), description="the point of the picture that is placed, scaled and turned about: [x, y] in it"
    )
    fit: Literal["fill", "cover", "contain", "stretch"] | None = Field(
        None,
        description="fill (or stretch) distorts, cover cuts off, contain shows all; measured on the sides of a region. "
        "A place contains and a region is filled unless said otherwise",
    )
    crop: Place | None = Field(None, description="the part of the picture to show: left, top, right, bottom of it")
    mirror: Literal["horizontal", "vertical", "both"] | None = Field(
        None, description="left and right, top and bottom, or both change sides"
    )

    shutter: float = Field(
        0.0, ge=0, le=1, description="share of a frame's time that blurs its motion; 0.5 is a shutter of 180 degrees"
    )

    @model_validator(mode="after")
    def _one_place(self) -> PlacedPicture:
        given = [name for name in ("region", "place", "position") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"expected region, place or position, and only one of them; got {' and '.join(given) or 'none'}"
            )
        if self.region is not None and (self.scale != Animated.parse(1) or self.rotation != Animated.parse(0)):
            raise ValueError("scale, rotation: a region says where every corner goes; use them with place or position")
        if any(value < 0 for value in self.scale.values):
            raise ValueError("scale: expected 0 or more")
        if self.position is not None and self.fit is not None:
            raise ValueError("fit: there is nothing to fit into at a position; use scale")
        return self

    def pins(self, inputs: Inputs, size: Size, aspect: float) -> tuple[Pin, ...]:
        """What is shown of a picture and where it goes: once, or at moments evenly spread over an open shutter.

        Args:
            inputs: the plate and the regions.
            size: of the picture.
            aspect: width of one of its pixels, in widths of the plate's.

        Returns:
            The middle one is where it is at the frame's own time; nothing while its region is lost.
        """
        reach = self.shutter / 2
        ends = [self.pin(inputs, size, aspect, shift=shift) for shift in ((-reach, 0.0, reach) if reach else (0.0,))]
        pins = tuple(pin for pin in ends if pin is not None)
        if len(pins) < 3:
            return pins
        way = sum(np.linalg.norm(b.quad.corners - a.quad.corners, axis=1).max() for a, b in pairwise(pins))
        if way < _STILL:
            return pins[1:2]
        count = min(_MOST_MOMENTS, 2 * int(np.ceil(way / 2)) + 1)
        moments = (self.pin(inputs, size, aspect, shift=float(at)) for at in np.linspace(-reach, reach, count))
        return tuple(pin for pin in moments if pin is not None)

    def pin(self, inputs: Inputs, size: Size, aspect: float, *, shift: float = 0.0) -> Pin | None:
        """What is shown of a picture, and where it goes; None while its region is lost.

        Args:
            inputs: the plate and the regions.
            size: of the picture.
            aspect: width of one of its pixels, in widths of the plate's.
            shift: frames from the frame's own time.
        """
        whole = Box.whole(size)
        shown = whole if self.crop is None else self.crop.box(size).intersected(whole)
        if self.region is not None:
            placement = inputs.region(self.region)
            if placement is None:
                return None
            part, quad = in_quad(shown, _moved(placement, shift), self.fit or "fill", aspect)
        else:
            seconds = inputs.seconds + Fraction(shift) / inputs.rate.value
            part, quad = self._laid(inputs, shown, aspect, seconds)
        corners = Quad.of_box(part).corners
        return Pin(Quad(corners if self.mirror is None else corners[_MIRRORS[self.mirror]]), quad)

    def _laid(self, inputs: Inputs, shown: Box, aspect: float, seconds: Fraction) -> tuple[Box, Quad]:
        """In a place or at a position, scaled and turned."""
        wide, high = (shown.x1 - shown.x0) * aspect * inputs.proxy, (shown.y1 - shown.y0) * inputs.proxy
        part, spot = shown, Box(0, 0, wide, high)
        if self.place is not None:
            box = self.place.box(inputs.plate.size, proxy=inputs.proxy)
            part, spot = fitted(shown, box, self.fit or "contain", aspect=aspect)
        pivot = target = _point_in(spot, self.anchor, inputs.proxy)
        if self.position is not None:
            target = np.array(
                self.position.pixels_at(seconds, inputs.rate, inputs.plate.size, proxy=inputs.proxy), np.float64
            )
        return part, Quad((Quad.of_box(spot).corners - pivot) @ self._turn(inputs, seconds).T + target)

    def _turn(self, inputs: Inputs, seconds: Fraction) -> NDArray[np.float64]:
        """(2, 2): scale and rotation; y points down, so that a positive angle turns clockwise."""
        scale = max(0.0, self.scale.value_at(seconds, inputs.rate))
        angle = np.deg2rad(self.rotation.value_at(seconds, inputs.rate))
        cos, sin = (np.round(value, 12) for value in (np.cos(angle), np.sin(angle)))
        return np.asarray(scale * np.array([[cos, -sin], [sin, cos]]), np.float64)


def _moved(placement: Placement, shift: float) -> Quad:
    """A region some part of a frame away, on straight ways to where it is half a frame before and after."""
    end = placement.before if shift < 0 else placement.after
    if end is None or not shift:
        return placement.quad
    corners = placement.quad.corners
    return Quad(corners + (end.corners - corners) * (abs(shift) / 0.5))


def _point_in(box: Box, point: Point, proxy: float) -> NDArray[np.float64]:
    """A point of a box, in pixels of the plate; its own pixel lengths are those of a plate of full size."""
    x, y = point
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    across, down = (
        length.amount * proxy if length.is_pixels else length.amount * side for length, side in ((x, wide), (y, high))
    )
    return np.array([box.x0 + across, box.y0 + down], np.float64)


def in_quad(shown: Box, quad: Quad, fit: Fit, aspect: float) -> tuple[Box, Quad]:
    """A part of a picture fitted into a region seen in perspective.

    The region's shape is measured on its sides as they appear, each direction on the mean of two facing ones: what
    it really is cannot be known from four corners without the lens.

    Args:
        shown: part of the picture.
        quad: the region.
        fit: fill, cover, contain or stretch.
        aspect: width of one of the picture's pixels, in widths of the plate's.
    """
    if fit in ("fill", "stretch"):
        return shown, quad
    top_left, top_right, bottom_right, bottom_left = quad.corners
    wide = (np.linalg.norm(top_right - top_left) + np.linalg.norm(bottom_right - bottom_left)) / 2
    high = (np.linalg.norm(bottom_left - top_left) + np.linalg.norm(bottom_right - top_right)) / 2
    flat = Box(0, 0, float(wide), float(high))
    part, spot = fitted(shown, flat, fit, aspect=aspect)
    if spot == flat:
        return part, quad
    return part, Quad(homography_between(Quad.of_box(flat), quad).applied(Quad.of_box(spot).corners))
