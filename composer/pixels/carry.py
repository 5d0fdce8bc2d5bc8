"""A part of one picture as it lies in another, by the camera's motion between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.pixels.warp import warped_plane
from composer.values import Box, Homography, PixelFormat, Plane, Quad, Size

Matrix = NDArray[np.float64]
#: A map that moves no corner by this many pixels is none: nothing is interpolated for it.
_NOTHING = 0.25


def is_nothing(map_: Homography, box: Box) -> bool:
    """Whether a map leaves the corners of a box where they are, nearly."""
    corners = Quad.of_box(box).corners
    return float(np.linalg.norm(map_.applied(corners) - corners, axis=1).max()) < _NOTHING


def landing(map_: Homography, box: Box, size: Size, cell: tuple[int, int]) -> Box:
    """Where a box comes to lie in a picture: whole chroma cells, empty when outside.

    Args:
        map_: on edge coordinates.
        box: that is moved.
        size: of the picture.
        cell: pixels per chroma sample.
    """
    corners = Quad.of_box(box).corners
    # Behind the camera there is no picture.
    depth = np.column_stack([corners, np.ones(4)]) @ map_.matrix[2]
    if (depth <= 0).any():
        return Box(0, 0, 0, 0)
    return Quad(map_.applied(corners)).bounds.snapped(size, step=cell)


def carried(
    planes: tuple[Plane, ...], pixels: PixelFormat, map_: Homography, *, origin: Box, domain: Box
) -> tuple[Plane, ...]:
    """Planes of a box of one picture as they lie in a box of another; their border goes on outside for ever.

    Args:
        planes: of ``origin``.
        pixels: their format.
        map_: on edge coordinates, from one picture to the other.
        origin: box on chroma cells.
        domain: box on chroma cells.
    """
    into, shape = _between(map_, origin, domain), Size(int(domain.x1 - domain.x0), int(domain.y1 - domain.y0))
    result = []
    for index, plane in enumerate(planes):
        cell = np.diag([*(pixels.cell if pixels.is_chroma(index) else (1, 1)), 1]).astype(np.float64)
        matrix = np.linalg.inv(cell) @ into @ cell
        warped = warped_plane(plane, matrix, pixels.plane_shape(index, shape), method="cubic")
        result.append(np.minimum(warped, pixels.maximum).astype(plane.dtype))
    return tuple(result)


def carried_matte(matte: Plane, map_: Homography, *, origin: Box, domain: Box) -> Plane:
    """Coverage of a box of one picture as it lies in a box of another; nothing outside of it.

    Args:
        matte: (h, w) uint8 or uint16 of ``origin``.
        map_: on edge coordinates, from one picture to the other.
        origin: box of whole pixels.
        domain: box of whole pixels.
    """
    rim = np.array([[1, 0, -1], [0, 1, -1], [0, 0, 1]], np.float64)  # a rim of nothing that goes on for ever
    shape = (int(domain.y1 - domain.y0), int(domain.x1 - domain.x0))
    return warped_plane(np.pad(matte, 1), _between(map_, origin, domain) @ rim, shape)


def _between(map_: Homography, origin: Box, domain: Box) -> Matrix:
    """The map from pixels of one box to pixels of the other."""
    out = np.array([[1, 0, origin.x0], [0, 1, origin.y0], [0, 0, 1]], np.float64)
    into = np.array([[1, 0, -domain.x0], [0, 1, -domain.y0], [0, 0, 1]], np.float64)
    return into @ map_.matrix @ out
