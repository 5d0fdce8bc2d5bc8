"""Colours of one picture matched to those of another by their means and deviations.

Done in the plate's own planes: luma and chroma are about as independent of each other as the axes that the method was
published with.

Source: Reinhard et al., "Color Transfer between Images", IEEE Computer Graphics and Applications 21 (2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from composer.pixels.planes import color_format
from composer.values import PixelFormat, Plane

_LEAST = 16  # samples below which a mean says nothing
_MOST_SAMPLES = 256  # along a side: more tell the mean no better
_LEAST_GAIN, _MOST_GAIN = 0.5, 2.0


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of every colour plane, in sample values."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]


def statistics(planes: tuple[Plane, ...], mask: Plane, pixels: PixelFormat) -> Statistics | None:
    """Mean and deviation of what a mask covers by more than half.

    Args:
        planes: colour planes.
        mask: (H, W) uint8 or uint16 of their size.
        pixels: their format.

    Returns:
        One mean and deviation per plane, or None where the mask covers too little to tell.
    """
    step = max(1, max(mask.shape) // _MOST_SAMPLES)
    half = np.iinfo(mask.dtype).max // 2
    found = []
    for index, plane in enumerate(planes[: color_format(pixels).plane_count]):
        wide, high = pixels.cell if pixels.is_chroma(index) else (1, 1)
        inside = (mask[:: step * high, :: step * wide] > half).view(np.uint8)
        part = np.ascontiguousarray(plane[::step, ::step])
        if np.count_nonzero(inside) < _LEAST // (wide * high):
            return None
        found.append([float(value.item()) for value in cv2.meanStdDev(part, mask=inside)])
    return Statistics(tuple(mean for mean, _ in found), tuple(deviation for _, deviation in found))


def matched_planes(
    planes: tuple[Plane, ...], own: Statistics, wanted: Statistics, amount: float, pixels: PixelFormat
) -> tuple[Plane, ...]:
    """Planes brought towards another mean and deviation; contrast is at most doubled or halved.

    Args:
        planes: colour planes.
        own: their statistics.
        wanted: those to come to.
        amount: 0 changes nothing, 1 goes all the way.
        pixels: their format.
    """
    if amount <= 0:
        return planes
    result: list[Plane] = []
    for plane, *numbers in zip(planes, own.means, own.deviations, wanted.means, wanted.deviations, strict=True):
        mean, deviation, new_mean, new_deviation = numbers
        gain = min(max(new_deviation / deviation, _LEAST_GAIN), _MOST_GAIN) if deviation > 0 else 1.0
        samples = np.arange(pixels.maximum + 1, dtype=np.float64)
        moved = samples + amount * ((samples - mean) * gain + new_mean - samples)
        table = np.clip(np.rint(moved), 0, pixels.maximum).astype(pixels.dtype)
        looked = cv2.LUT(plane, table).reshape(plane.shape) if pixels.depth == 8 else table[plane]
        result.append(np.asarray(looked, pixels.dtype))
    return tuple(result)
