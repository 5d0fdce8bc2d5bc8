"""Edges that follow the picture: a guided filter whose coefficients are found small and applied large.

Within a small window the matte is taken to be an affine function of the picture's colours. The coefficients
of that function vary slowly, so they are fitted on a reduced picture and applied to the full one: the edge
gets the full picture's detail at a fraction of the cost.

Source: He, Sun and Tang, "Guided Image Filtering", TPAMI 2013 (colour guide); He and Sun, "Fast Guided
Filter", 2015 (coefficients at reduced size).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.values import Box, Size

Map = NDArray[np.float32]

#: Window radius, in pixels of the reduced picture, in which a finished matte is fitted to be brought up.
NARROW = 3
#: Variance of colour (0..1 scale) below which a window counts as flat.
FLAT = 1e-4


@dataclass(frozen=True, eq=False)
class Guide:
    """A picture prepared for guiding any number of mattes.

    Args:
        image: (H, W, 3) uint8, or float32 0..1, the full picture.
        small: (h, w, 3) float32 0..1, the reduced one.
    """

    image: NDArray[np.uint8] | Map
    small: Map

    @property
    def size(self) -> Size:
        """Of the full picture."""
        return Size(self.image.shape[1], self.image.shape[0])

    @property
    def small_size(self) -> Size:
        """Of the reduced one."""
        return Size(self.small.shape[1], self.small.shape[0])


def guide_of(image: NDArray[np.uint8], *, side: int) -> Guide:
    """Prepare a picture.

    Args:
        image: (H, W, 3) uint8.
        side: longest side of the picture it is brought to; a small one grows, so that lengths in it mean the same.
    """
    height, width = image.shape[:2]
    share = side / max(height, width)
    shape = (max(1, round(width * share)), max(1, round(height * share)))
    reduced = cv2.resize(image, shape, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR)
    return Guide(image, reduced.astype(np.float32) / np.float32(255))


def refined(guide: Guide, probability: Map, part: Box, *, radius: int, flat: float = FLAT) -> Map:
    """Make a coarse matte follow the edges of the picture.

    Args:
        guide: the prepared picture.
        probability: (h, w) float32 0..1 at the guide's reduced size.
        part: whole pixels of the full picture; only this part is worked out.
        radius: window radius in pixels of the reduced picture.
        flat: variance below which a window counts as flat.

    Returns:
        (height, width) of the part, float32 0..1.
    """
    size, reduced = guide.size, guide.small_size
    small = part.scaled(reduced.width / size.width, reduced.height / size.height)
    reach = 2 * radius + 1
    window = Box(small.x0 - reach, small.y0 - reach, small.x1 + reach, small.y1 + reach).snapped(reduced)
    cut = window.slices
    coefficients = _coefficients(guide.small[cut], np.ascontiguousarray(probability[cut]), radius, flat)
    return _applied(guide, coefficients, window, part)


def brought_up(guide: Guide, matte: Map, window: Box, part: Box) -> Map:
    """Bring a matte from the reduced picture to the full one: its own values, and the detail that was reduced away.

    Args:
        guide: the prepared picture.
        matte: (h, w) float32 0..1 of the window.
        window: whole pixels of the reduced picture.
        part: whole pixels of the full picture, within the window.

    Returns:
        (height, width) of the part, float32 0..1.
    """
    if guide.small_size == guide.size:
        inside = Box(part.x0 - window.x0, part.y0 - window.y0, part.x1 - window.x0, part.y1 - window.y0)
        return np.ascontiguousarray(matte[inside.slices])
    picture = guide.small[window.slices]
    coefficients = _coefficients(picture, matte, NARROW, FLAT)
    # Whatever the fit says of the reduced picture gives way to the matte itself.
    coefficients[..., 3] = matte - np.einsum("hwc,hwc->hw", coefficients[..., :3], picture)
    return _applied(guide, coefficients, window, part)


def _coefficients(image: Map, probability: Map, radius: int, flat: float) -> Map:
    """Three slopes and an offset per pixel, (h, w, 4) float32, each averaged over its window."""
    x, y, z = cv2.split(image)
    p = probability
    mx, my, mz, mp = (_mean(plane, radius) for plane in (x, y, z, p))
    pairs = ((x, x, mx, mx), (x, y, mx, my), (x, z, mx, mz), (y, y, my, my), (y, z, my, mz), (z, z, mz, mz))
    covariance = [_mean(one * two, radius) - m_one * m_two for one, two, m_one, m_two in pairs]
    cx, cy, cz = (_mean(plane * p, radius) - mean * mp for plane, mean in ((x, mx), (y, my), (z, mz)))
    for diagonal in (0, 3, 5):
        covariance[diagonal] += np.float32(flat)
    a, b, c, d, e, f = _inverse(covariance)
    slope = (a * cx + b * cy + c * cz, b * cx + d * cy + e * cz, c * cx + e * cy + f * cz)
    offset = mp - slope[0] * mx - slope[1] * my - slope[2] * mz
    return _mean(cv2.merge([*slope, offset]), radius)


def _applied(guide: Guide, coefficients: Map, window: Box, part: Box) -> Map:
    """Coefficients of a window of the reduced picture, brought to a part of the full one and applied."""
    full = enlarged(guide, coefficients, window, part)
    image = guide.image[part.slices]
    unit = np.float32(1 / 255 if image.dtype == np.uint8 else 1)
    result = full[..., 3].copy()
    for channel in range(3):
        result += full[..., channel] * (image[..., channel] * unit)
    return np.clip(result, 0, 1, out=result)


def enlarged(guide: Guide, planes: Map, window: Box, part: Box) -> Map:
    """Planes of a window of the reduced picture at the size of a part of the full one, without regard to it.

    Args:
        guide: the prepared picture.
        planes: (h, w) or (h, w, C) float32 of the window.
        window: whole pixels of the reduced picture.
        part: whole pixels of the full picture, within the window.

    Returns:
        (height, width) or (height, width, C) float32.
    """
    sx, sy = guide.small_size.width / guide.size.width, guide.small_size.height / guide.size.height
    # Pixel edges of the part in pixel centres of the window: x * s - x0, both half a pixel in.
    matrix = np.array(
        [[sx, 0, (part.x0 + 0.5) * sx - 0.5 - window.x0], [0, sy, (part.y0 + 0.5) * sy - 0.5 - window.y0]], np.float64
    )
    shape = (int(part.x1 - part.x0), int(part.y1 - part.y0))
    method = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(planes, matrix, shape, flags=method, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float32, copy=False
    )


def _mean(values: Map, radius: int) -> Map:
    side = 2 * radius + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)


def _inverse(covariance: list[Map]) -> tuple[Map, ...]:
    """Inverse of a symmetric 3x3 matrix at every pixel, by cofactors; both as xx xy xz yy yz zz."""
    xx, xy, xz, yy, yz, zz = covariance
    a, b, c = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    scale = np.float32(1) / (xx * a + xy * b + xz * c)
    inverse = (a, b, c, xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy)
    return tuple((plane * scale).astype(np.float32, copy=False) for plane in inverse)
