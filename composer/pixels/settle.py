"""A subject whose own colours are changed, put before another background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.pixels.alpha import blended
from composer.pixels.filter import blurred, filled_planes
from composer.pixels.planes import cell_mean, inverted, matte_for
from composer.pixels.wrap import wrap_weight
from composer.values import PixelFormat, Plane


def settled(
    planes: tuple[Plane, ...], keep: Plane, subject: tuple[Plane, ...], plate: tuple[Plane, ...], pixels: PixelFormat
) -> tuple[tuple[Plane, ...], Plane]:
    """A new background with a subject before it, finished.

    Args:
        planes: colour planes of the new background.
        keep: (H, W) uint8 or uint16 coverage of the subject.
        subject: colour planes of the subject, whatever was made of them.
        plate: the plate's planes.
        pixels: format of all of them.

    Returns:
        The planes, and (H, W) coverage to put them over the plate with: all of every chroma cell that is soft or in which
        the subject differs from the plate, and nothing where the subject is the plate's own.
    """
    full = np.iinfo(keep.dtype).max
    means = cell_mean(keep.astype(np.float32), pixels.cell)
    finished = (means > 0) & (means < full)
    mixed = []
    for index, (plane, own, old) in enumerate(zip(planes, subject, plate, strict=False)):
        share = matte_for(keep, pixels, index)
        mixed.append(blended(own, plane, share))
        changed = ((own != old) & (share > 0)).astype(np.float32)
        finished |= (changed if pixels.is_chroma(index) else cell_mean(changed, pixels.cell)) > 0
    coverage = np.array(inverted(keep))
    wide, high = pixels.cell
    whole: NDArray[np.bool_] = finished.repeat(high, axis=0).repeat(wide, axis=1)[: keep.shape[0], : keep.shape[1]]
    coverage[whole] = full
    return tuple(mixed), coverage


def extended(subject: tuple[Plane, ...], keep: Plane, radius: float, pixels: PixelFormat) -> tuple[Plane, ...]:
    """A subject's colours from inside of its edge carried outwards under it, so that no rim of the old background shows.

    Source: Wright, "Digital Compositing for Film and Video", 4th edition 2017, on edge extension.

    Args:
        subject: colour planes of the subject.
        keep: (H, W) uint8 or uint16 coverage of it.
        radius: pixels; colours are taken from further inside than this; they replace all to a third of it inside, and less to its end.
        pixels: format of the planes.
    """
    full = np.iinfo(keep.dtype).max
    weight = np.minimum(2 * wrap_weight(keep, radius), np.float32(1))
    inside = blurred(keep, radius) >= full - full // 50
    if not inside.any():
        return subject
    carried = filled_planes(subject, pixels, np.where(inside, np.uint8(0), np.uint8(255)))
    result = []
    for index, (own, new) in enumerate(zip(subject, carried, strict=True)):
        share = cell_mean(weight, pixels.cell) if pixels.is_chroma(index) else weight
        result.append(np.rint(own + (new - own.astype(np.float32)) * share).astype(own.dtype))
    return tuple(result)
