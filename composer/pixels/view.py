"""A part of a picture, in a size of its own: what a camera does when it pans, zooms and tilts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import cell_mean, color_format, crop
from composer.pixels.warp import homography_between, warped_plane, weighted
from composer.values import Box, Frame, PixelFormat, Plane, Quad, Size


def viewed(frame: Frame, window: Quad, size: Size) -> Frame:
    """What a window shows of a picture.

    Args:
        frame: the picture.
        window: corners of the part to show, in pixels of the picture; what lies outside is the border's samples.
        size: of the result.

    Returns:
        A frame of that size in the picture's format. A window on whole chroma cells that is as large as the result is
        a view of the picture's own samples.
    """
    box = _whole_cells(window, frame, size)
    if box is not None:
        return frame if box == Box.whole(frame.size) else crop(frame, box)
    glass = _Glass(homography_between(window, Quad.of_box(Box.whole(size))).matrix, window, size)
    pixels = frame.format
    alpha = frame.planes[-1] if pixels.has_alpha else None
    colors = frame.planes[: color_format(pixels).plane_count]
    planes = [glass.colors(plane, alpha, pixels, index) for index, plane in enumerate(colors)]
    if alpha is not None:
        planes.append(glass.resampled(alpha, (1, 1)))
    # Cubic curves overshoot: OpenCV stops them at 8 and 16 bits, and a plane may have fewer.
    kept = tuple(np.minimum(plane, pixels.dtype(pixels.maximum)) for plane in planes)
    return replace(frame, planes=kept, origin=None)


def _whole_cells(window: Quad, frame: Frame, size: Size) -> Box | None:
    """The window as a box of the picture's own samples, where it is one of the result's size."""
    box = window.bounds
    if window != Quad.of_box(box) or box != box.snapped(frame.size, step=frame.format.cell):
        return None
    is_same = (box.x1 - box.x0, box.y1 - box.y0) == (size.width, size.height)
    return Box(int(box.x0), int(box.y0), int(box.x1), int(box.y1)) if is_same else None


@dataclass(frozen=True, eq=False)
class _Glass:
    """A window's map to the result: ``matrix`` is (3, 3), pixels of the picture to pixels of the result."""

    matrix: NDArray[np.float64]
    window: Quad
    size: Size

    def colors(self, plane: Plane, alpha: Plane | None, pixels: PixelFormat, index: int) -> Plane:
        """One colour plane; nothing bleeds in from where the picture is clear."""
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        weight = None if alpha is None else cell_mean(alpha, cell)
        return weighted(lambda part: self.resampled(part, cell), plane, weight)

    def resampled(self, plane: NDArray[Any], cell: tuple[int, int]) -> NDArray[Any]:
        """One plane of this chroma cell; averaged first where it shrinks, so that no sample is skipped."""
        top_left, top_right, _, bottom_left = self.window.corners
        across, down = (float(np.linalg.norm(side)) for side in (top_right - top_left, bottom_left - top_left))
        step = (max(1, int(across / self.size.width)), max(1, int(down / self.size.height)))
        grown = across <= self.size.width and down <= self.size.height
        whole = np.diag([float(cell[0] * step[0]), float(cell[1] * step[1]), 1.0])
        into = np.diag([1 / cell[0], 1 / cell[1], 1.0]) @ self.matrix @ whole
        shape = (-(-self.size.height // cell[1]), -(-self.size.width // cell[0]))
        return warped_plane(cell_mean(plane, step), into, shape, method="cubic" if grown else "linear")
