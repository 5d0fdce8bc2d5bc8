"""The median of several pictures where something is seen: what stays when everything that passes is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import cell_mean
from composer.values import PixelFormat, Plane

Bools = NDArray[np.bool_]
#: Samples sorted at once: a strip of the stack, so that memory goes by this and not by the picture.
_STRIP = 1 << 22


def masked_median(stack: Sequence[Plane], seen: Sequence[Bools]) -> tuple[Plane, NDArray[np.uint8]]:
    """The median over pictures of every sample, where it is seen.

    Args:
        stack: N planes (h, w) uint8 or uint16, N < 256.
        seen: N masks (h, w), true where the plane shows what is wanted.

    Returns:
        (h, w) plane of the same type, the rounded mean of the two middle samples where their number is even and 0 where
        none is seen; and (h, w) in how many each sample is seen.

    Example:
        >>> planes = [np.full((1, 2), value, np.uint8) for value in (10, 12, 90)]
        >>> masked_median(planes, [np.array([[True, True]])] * 2 + [np.array([[False, True]])])[0].tolist()
        [[11, 12]]
    """
    height, width = stack[0].shape
    median = np.zeros((height, width), stack[0].dtype)
    count = np.zeros((height, width), np.uint8)
    rows = max(1, _STRIP // (width * len(stack)))
    for top in range(0, height, rows):
        part = slice(top, top + rows)
        valid = np.stack([mask[part] for mask in seen])
        count[part] = valid.sum(axis=0)
        median[part] = _middle(np.stack([plane[part] for plane in stack]), valid, count[part])
    return median, count


def _middle(values: NDArray[Any], valid: Bools, count: NDArray[np.uint8]) -> NDArray[Any]:
    # What is not seen sorts to the end, so that the middle of the rest lies at half their number.
    values[~valid] = np.iinfo(values.dtype).max
    values.sort(axis=0)
    number = count.astype(np.intp)
    low, high = np.maximum(number - 1, 0) // 2, number // 2
    ends = [np.take_along_axis(values, np.minimum(at, len(values) - 1)[None], axis=0)[0] for at in (low, high)]
    total = ends[0].astype(np.uint32) + ends[1] + 1 >> 1
    return np.where(count > 0, total, 0).astype(values.dtype)


def seen_samples(hole: Plane, pixels: PixelFormat, index: int) -> Bools:
    """Which samples of a plane a hole leaves: those of which no pixel is covered at all.

    Args:
        hole: (H, W) uint8, full or 0.
        pixels: format of the picture.
        index: which plane.
    """
    if not pixels.is_chroma(index) or pixels.cell == (1, 1):
        return hole == 0
    return np.asarray(cell_mean(hole.astype(np.float32), pixels.cell) == 0)


def never_seen(counts: Sequence[NDArray[np.uint8]], pixels: PixelFormat) -> Plane:
    """What is missing in any plane: pixels of a chroma cell may each be seen in some picture, and the cell in none.

    Args:
        counts: per plane in how many pictures each sample is seen.
        pixels: format of the picture.

    Returns:
        (H, W) uint8, 255 on every pixel of which something is missing, else 0.
    """
    height, width = counts[0].shape
    missing = counts[0] == 0
    for index, count in enumerate(counts):
        if pixels.is_chroma(index) and pixels.cell != (1, 1):
            cells = (count == 0).repeat(pixels.cell[1], axis=0).repeat(pixels.cell[0], axis=1)
            missing |= cells[:height, :width]
    return np.where(missing, 255, 0).astype(np.uint8)
