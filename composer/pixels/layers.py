"""Several layers made into one, so that putting it over a plate is as putting one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import cell_mean, plane_slices
from composer.pixels.warp import Pinned
from composer.values import Box, Layer, PixelFormat, Plane

Share = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Part:
    """Colours with a weight.

    Args:
        planes: colour planes of the domain.
        weight: (h, w) float32 of the domain, 0 to 1.
        domain: whole pixels on chroma cells.
    """

    planes: tuple[Plane, ...]
    weight: Share
    domain: Box


def merged(upper: Layer, lower: Layer, pixels: PixelFormat) -> Layer:
    """Two layers as one.

    Args:
        upper: what lies on top.
        lower: what shows where that leaves it free.
        pixels: format of the plate, without alpha.

    Source: Porter and Duff, "Compositing Digital Images", SIGGRAPH 1984: *over* is associative.
    """
    union = around([upper.domain, lower.domain])
    above = _share(upper)
    below = _share(lower)
    hidden = _laid(above, upper.domain, lower.domain)
    parts = [Part(upper.planes, above, upper.domain), Part(lower.planes, below * (1 - hidden), lower.domain)]
    planes, total = mixed(parts, union, pixels)
    wide = any(layer.matte is not None and layer.matte.dtype == np.uint16 for layer in (upper, lower))
    return Layer(planes, _coverage(total, np.uint16 if wide else np.uint8), union)


def averaged(moments: Sequence[Pinned], pixels: PixelFormat, *, count: int) -> Pinned:
    """A picture in several places, seen for an equal part of the time in each: motion blur.

    Args:
        moments: at least one.
        pixels: format of the plate, without alpha.
        count: of the moments, with those in which nothing is seen.
    """
    union = around([pinned.domain for pinned in moments])
    unit = np.float32(1 / (255 * count))
    parts = [Part(pinned.planes, pinned.coverage * unit, pinned.domain) for pinned in moments]
    planes, total = mixed(parts, union, pixels)
    return Pinned(planes, _coverage(total, np.uint8), union)


def mixed(parts: Sequence[Part], union: Box, pixels: PixelFormat) -> tuple[tuple[Plane, ...], Share]:
    """Weighted mean colours of a box, and the sum of the weights there.

    Args:
        parts: what is mixed; where none has weight the last one that is there at all gives the colour.
        union: box around all of them.
        pixels: their format.
    """
    height, width = int(union.y1 - union.y0), int(union.x1 - union.x0)
    total = np.zeros((height, width), np.float32)
    for part in parts:
        total[_within(part.domain, union).slices] += part.weight
    planes = []
    for index in range(len(parts[0].planes)):
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        below = cell_mean(total, cell)
        above, plain = np.zeros_like(below), np.zeros_like(below)
        for part in parts:
            place = plane_slices(_within(part.domain, union), pixels, index)
            above[place] += part.planes[index] * cell_mean(part.weight, cell)
            plain[place] = part.planes[index]
        colors = np.divide(above, below, out=plain, where=below > 0)
        planes.append(np.clip(np.rint(colors), 0, pixels.maximum).astype(pixels.dtype))
    return tuple(planes), total


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes that are not empty."""
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def _share(layer: Layer) -> Share:
    if layer.matte is None:
        return np.ones(layer.planes[0].shape, np.float32)
    return np.asarray(layer.matte / np.float32(np.iinfo(layer.matte.dtype).max), np.float32)


def _coverage(share: Share, dtype: type[np.uint8 | np.uint16]) -> Plane:
    full = np.iinfo(dtype).max
    return np.rint(np.minimum(share, 1) * np.float32(full)).astype(dtype)


def _within(box: Box, union: Box) -> Box:
    return Box(box.x0 - union.x0, box.y0 - union.y0, box.x1 - union.x0, box.y1 - union.y0)


def _laid(values: Share, box: Box, target: Box) -> Share:
    """Values of one box where another lies; 0 outside of theirs."""
    result = np.zeros((int(target.y1 - target.y0), int(target.x1 - target.x0)), np.float32)
    both = box.intersected(target)
    if not both.is_empty:
        result[_within(both, target).slices] = values[_within(both, box).slices]
    return result
