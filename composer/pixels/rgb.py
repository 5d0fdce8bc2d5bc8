"""Red, green and blue of a plate's own planes, and changes of them brought back into the planes.

Only the change is converted back. So where nothing changes the samples stay bit for bit, whatever the subsampling: every
pixel of a chroma cell is taken to have the cell's chroma, and a cell changes by the mean of its pixels' changes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.color import encoding_of
from composer.pixels.planes import cell_mean
from composer.values import ColorTags, PixelFormat, Plane


def unit_rgb(planes: tuple[Plane, ...], pixels: PixelFormat, color: ColorTags) -> NDArray[np.float32]:
    """Colours of planes as red, green and blue.

    Args:
        planes: colour planes, without alpha.
        pixels: their format, without alpha.
        color: resolved tags.

    Returns:
        (H, W, 3) float32; 0 is black and 1 white, and samples outside the nominal range lie outside of that.
    """
    encoding = encoding_of(pixels, color)
    shape = planes[0].shape
    cells = [pixels.cell if pixels.is_chroma(index) else (1, 1) for index in range(len(planes))]
    full = [_spread(plane, cell, shape).astype(np.float32) for plane, cell in zip(planes, cells, strict=True)]
    shift = -encoding.inverse @ encoding.offset
    return np.asarray(cv2.transform(cv2.merge(full), np.column_stack([encoding.inverse, shift]))).reshape(*shape, 3)


def shifted_rgb(
    planes: tuple[Plane, ...], change: NDArray[np.float32], pixels: PixelFormat, color: ColorTags
) -> tuple[Plane, ...]:
    """Planes whose red, green and blue are changed.

    Args:
        planes: colour planes, without alpha; not changed themselves.
        change: (H, W, 3) float32 to add, in the unit of ``unit_rgb``.
        pixels: their format, without alpha.
        color: resolved tags.
    """
    scale = encoding_of(pixels, color).scale
    moved = cv2.transform(np.ascontiguousarray(change, np.float32), scale.astype(np.float32))
    moved = moved.reshape(*change.shape[:2], len(planes))
    return tuple(
        _added(plane, moved[..., index], pixels.cell if pixels.is_chroma(index) else (1, 1), pixels)
        for index, plane in enumerate(planes)
    )


def _added(plane: Plane, change: NDArray[np.float32], cell: tuple[int, int], pixels: PixelFormat) -> Plane:
    total = plane + cell_mean(np.ascontiguousarray(change), cell)
    np.rint(total, out=total)
    return np.asarray(np.clip(total, 0, pixels.maximum, out=total).astype(pixels.dtype))


def _spread(plane: Plane, cell: tuple[int, int], shape: tuple[int, ...]) -> Plane:
    """Every sample over its cell."""
    if cell == (1, 1):
        return plane
    size = plane.shape[1] * cell[0], plane.shape[0] * cell[1]
    full = cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST).reshape(size[::-1])
    return np.asarray(full[: shape[0], : shape[1]])
