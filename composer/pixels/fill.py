"""Holes filled: by what stood there at other times brought to the light of now, or by guessing from around."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.median import seen_samples
from composer.pixels.planes import bounds, plane_slices
from composer.values import Box, PixelFormat, Plane, Size

#: Reach of the guess and what is handed to it around the hole, in pixels.
_RADIUS, _AROUND = 4, 16
#: A gain is only believed where the samples around the hole differ by this share of full, and never beyond the limits.
_CONTRAST, _GAINS = 0.06, (0.8, 1.25)
#: Samples agree on how the light changed when they differ by less than this share of full.
_DRIFT = 0.05
#: Fewer samples than this around a hole say nothing of the light.
_FEWEST = 24


#: Share of the light that a shadow takes: nothing is made of the first, the second is one for sure.
_LOST, _SHADOW_BLUR = (0.03, 0.07), 1.5


def inpainted(planes: tuple[Plane, ...], hole: Plane, pixels: PixelFormat) -> tuple[Plane, ...]:
    """A picture with a hole continued from its rim.

    Source: Bertalmio, Bertozzi and Sapiro, "Navier-Stokes, fluid dynamics, and image and video inpainting", CVPR 2001, as
    in OpenCV; its Telea leaves ripples of two levels on a plain wall (measured 2026-11-25).

    Args:
        planes: colour planes, uint8 or uint16.
        hole: (H, W) uint8, 255 where nothing is known; what it covers in chroma is guessed along.
        pixels: their format.

    Returns:
        The planes; copies where something was filled. Where the hole is everything they come back as they are.
    """
    box = bounds(hole)
    if box.is_empty or hole.all():
        return planes
    size = Size(hole.shape[1], hole.shape[0])
    area = Box(box.x0 - _AROUND, box.y0 - _AROUND, box.x1 + _AROUND, box.y1 + _AROUND).snapped(size, step=pixels.cell)
    result = []
    for index, plane in enumerate(planes):
        place = plane_slices(area, pixels, index)
        unknown = (~seen_samples(hole[area.slices], pixels, index)).view(np.uint8)
        own = np.array(plane, order="C")
        if not unknown.all():
            own[place] = cv2.inpaint(np.ascontiguousarray(own[place]), unknown, _RADIUS, cv2.INPAINT_NS)
        result.append(own)
    return tuple(result)


def levelled(
    planes: tuple[Plane, ...], plate: tuple[Plane, ...], ring: Plane, pixels: PixelFormat
) -> tuple[Plane, ...]:
    """Planes brought to the light of a plate, by what both show around a hole.

    Per plane a gain and an offset; the line through the pairs of samples is a resistant one, so that a shadow that
    falls across a part of the ring does not count.

    Source: Tukey, "Exploratory Data Analysis", 1977, the resistant line.

    Args:
        planes: colour planes to correct.
        plate: the picture now, same shapes.
        ring: (H, W) uint8, 255 where both show the same place.
        pixels: their format.
    """
    result = []
    for index, (plane, now) in enumerate(zip(planes, plate, strict=False)):
        here = seen_samples(np.where(ring > 0, 0, 255).astype(np.uint8), pixels, index)
        gain, offset = _line(plane[here], now[here], pixels.maximum)
        if abs(gain - 1) * pixels.maximum + abs(offset) < 1e-6:
            result.append(plane)
            continue
        changed = np.rint(plane * np.float32(gain) + np.float32(offset))
        result.append(np.clip(changed, 0, pixels.maximum).astype(plane.dtype))
    return tuple(result)


def _line(x: NDArray[np.integer], y: NDArray[np.integer], maximum: int) -> tuple[float, float]:
    """(gain, offset) of the resistant line from x to y; (1, 0) where there is too little to go by."""
    apart = y.astype(np.float64) - x
    # Light changes a little everywhere, a shadow much in one part: what agrees is most of it, with no change or with
    # the usual one.
    starts = (0.0, float(np.median(apart))) if x.size else ()
    agree = max((np.abs(apart - start) < _DRIFT * maximum for start in starts), key=np.count_nonzero, default=x > 0)
    if np.count_nonzero(agree) < _FEWEST:
        return 1.0, 0.0
    x, y = x[agree], y[agree]
    low, high = np.quantile(x, [1 / 3, 2 / 3])
    left, right = x <= low, x >= high
    span = float(np.median(x[right]) - np.median(x[left]))
    gain = 1.0
    if span > _CONTRAST * maximum:
        gain = float(np.median(y[right]) - np.median(y[left])) / span
        gain = float(np.clip(gain, *_GAINS))
    return gain, float(np.median(y - np.float64(gain) * x))


def darkening(clean: Plane, now: Plane, *, black: int) -> Plane:
    """How surely something throws a shadow, by how much darker a picture is than the empty place.

    Args:
        clean: (h, w) brightness of the empty place, in the light of now.
        now: (h, w) brightness of the picture.
        black: sample value of black.

    Returns:
        (h, w) uint8: 0 up to a darkening of a few percent, full from twice that on; averaged, so that noise says nothing.
    """
    light, empty = (np.maximum(plane.astype(np.float32) - black, 0) for plane in (now, clean))
    light, empty = (cv2.GaussianBlur(plane, (0, 0), _SHADOW_BLUR) for plane in (light, empty))
    lost = 1 - (light + 1) / (empty + 1)
    return np.rint(np.clip((lost - _LOST[0]) / (_LOST[1] - _LOST[0]), 0, 1) * 255).astype(np.uint8)
