"""Hard areas: what must be covered is 255, the rest 0; grown, and laid on whole blocks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import bounds
from composer.values import Box, Plane, Size


def hard(coverage: Plane) -> Plane:
    """255 wherever a soft coverage is not 0 at all.

    Example:
        >>> hard(np.array([[0, 1, 255]], np.uint8)).tolist()
        [[0, 255, 255]]
    """
    return np.where(coverage > 0, np.uint8(255), np.uint8(0))


def grown(area: Plane, radius: float) -> Plane:
    """A hard area and every pixel whose centre lies within a radius of a pixel of it.

    Args:
        area: (H, W) uint8, 0 or 255.
        radius: pixels, >= 0.

    Source: exact Euclidean distances of Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions",
    2012, as OpenCV has them.
    """
    if radius <= 0 or not area.any():
        return area
    distance = cv2.distanceTransform(cv2.bitwise_not(area), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.where(distance <= radius + 1e-3, np.uint8(255), np.uint8(0)).reshape(area.shape)


def on_blocks(area: Plane, block: tuple[int, int]) -> Plane:
    """An area made of whole blocks: each that it touches at all. Blocks start at the picture's top left corner.

    Args:
        area: (H, W) uint8, 0 or 255.
        block: (width, height) in pixels.
    """
    if block == (1, 1):
        return area
    height, width = area.shape
    across, down = min(block[0], width), min(block[1], height)  # a larger block has no more of the picture
    padded = np.pad(area, ((0, -height % down), (0, -width % across)))
    touched = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across).max(axis=(1, 3))
    return np.ascontiguousarray(touched.repeat(down, axis=0).repeat(across, axis=1)[:height, :width])


def around(area: Plane) -> Plane:
    """The upright box around an area, as an area; nothing around nothing."""
    return of_box(bounds(area), Size(area.shape[1], area.shape[0]))


def of_box(box: Box, size: Size) -> Plane:
    """A box of whole pixels as an area of a picture."""
    area = np.zeros(size.shape, np.uint8)
    area[box.slices] = 255
    return area


def falloff(matte: Plane, width: float) -> Plane:
    """A matte with a slope around it, smooth at both ends, that reaches 0 at a distance.

    Args:
        matte: (H, W) uint8 or uint16; where it covers more than half, the distance is 0.
        width: pixels of the slope; 0 gives the matte itself.

    Returns:
        (H, W) of the same dtype, nowhere less than the matte.
    """
    full = int(np.iinfo(matte.dtype).max)
    inside = matte > full // 2
    if width <= 0 or not inside.any():
        return matte
    distance = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).reshape(matte.shape)
    near = np.clip(1 - distance / np.float32(width), 0, 1)
    slope = np.rint(near * near * (3 - 2 * near) * np.float32(full)).astype(matte.dtype)
    return np.maximum(matte, slope)


def rounded_box(shape: tuple[int, ...], inset: float, radius: float) -> NDArray[np.float32]:
    """An upright box with round corners inside a picture, antialiased.

    Args:
        shape: (height, width) of the picture.
        inset: pixels between its sides and the box's.
        radius: of the corners, pixels; at most half the box.

    Returns:
        (h, w) float32 coverage, 0..1: a ramp of one pixel about the signed distance to the outline.
    """
    height, width = shape[:2]
    half = np.array([width / 2 - inset, height / 2 - inset])
    radius = float(np.clip(radius, 0, max(half.min(), 0)))
    y, x = np.ogrid[:height, :width]
    across = np.abs(x + 0.5 - width / 2) - (half[0] - radius)
    down = np.abs(y + 0.5 - height / 2) - (half[1] - radius)
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0)) + np.minimum(np.maximum(across, down), 0) - radius
    return np.clip(0.5 - outside, 0, 1).astype(np.float32)


def rim(matte: Plane, width: float, soft: float = 0.0) -> Plane:
    """What lies within a distance of a matte and outside of it, antialiased.

    Args:
        matte: (H, W) uint8 or uint16; distance counts from where it covers more than half.
        width: pixels.
        soft: pixels about the outer edge over which it fades.

    Returns:
        (H, W) of the same dtype; with the matte it is never more than full.
    """
    full = int(np.iinfo(matte.dtype).max)
    inside = matte > full // 2
    if not inside.any():
        return np.zeros_like(matte)
    distance = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).reshape(matte.shape)
    ramp = max(soft, 1.0)
    # The first pixel outside lies at distance 1 and ends 1 from the edge, so a width of w takes whole pixels up to w.
    share = np.clip((np.float32(width + 0.5) - distance) / np.float32(ramp) + np.float32(0.5), 0, 1)
    return np.minimum(
        np.rint(share * np.float32(full)).astype(matte.dtype), cv2.bitwise_not(matte).reshape(matte.shape)
    )
