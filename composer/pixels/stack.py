"""Several layers as one, so that an effect may put more than one thing over the plate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from composer.pixels.planes import inverted, matte_for, plane_slices, product
from composer.values import Box, Layer, PixelFormat, Plane, Size


def stacked(layers: Sequence[Layer], pixels: PixelFormat) -> Layer | None:
    """Layers as one that looks the same over any plate, to a level of rounding.

    Source: Porter and Duff 1984, *over* on straight colours.

    Args:
        layers: bottom to top, every domain on chroma cells.
        pixels: format of the plate.

    Returns:
        The layer, or None where there are none; a single one is given back as it is.
    """
    if len(layers) < 2:
        return layers[0] if layers else None
    domain = Box(
        min(layer.domain.x0 for layer in layers),
        min(layer.domain.y0 for layer in layers),
        max(layer.domain.x1 for layer in layers),
        max(layer.domain.y1 for layer in layers),
    )
    size = Size(int(domain.x1 - domain.x0), int(domain.y1 - domain.y0))
    deep = any(layer.matte is not None and layer.matte.dtype == np.uint16 for layer in layers)
    matte = np.zeros(size.shape, np.uint16 if deep else np.uint8)
    planes = tuple(
        np.zeros(pixels.plane_shape(index, size), plane.dtype) for index, plane in enumerate(layers[0].planes)
    )
    for layer in layers:
        _put(planes, matte, layer, _moved(layer.domain, domain), pixels)
    return Layer(planes, matte, domain)


def _moved(box: Box, domain: Box) -> Box:
    return Box(box.x0 - domain.x0, box.y0 - domain.y0, box.x1 - domain.x0, box.y1 - domain.y0)


def _put(planes: tuple[Plane, ...], matte: Plane, layer: Layer, place: Box, pixels: PixelFormat) -> None:
    """Put one layer over what is there, changing it."""
    below = matte[place.slices]
    above = np.full_like(below, np.iinfo(below.dtype).max) if layer.matte is None else layer.matte
    if below.dtype == np.uint16 and above.dtype == np.uint8:
        above = np.multiply(above, 257, dtype=np.uint16)
    for index, plane in enumerate(layer.planes):
        part = planes[index][plane_slices(place, pixels, index)]
        part[...] = _mixed(plane, part, matte_for(above, pixels, index), matte_for(below, pixels, index))
    below[...] = inverted(product(inverted(below), inverted(above)))


def _mixed(above: Plane, below: Plane, share: Plane, rest: Plane) -> Plane:
    """The straight colour of two samples over each other; arithmetic only where both are seen."""
    full = int(np.iinfo(share.dtype).max)
    result = np.where(share > 0, above, below)
    both = np.nonzero((share > 0) & (share < full) & (rest > 0))
    front = share[both] / np.float32(full)
    back = rest[both] / np.float32(full) * (1 - front)
    result[both] = np.rint((above[both] * front + below[both] * back) / (front + back)).astype(above.dtype)
    return result
