"""Places in a picture: x right, y down, pixel *edges* at integers.

The centre of the first pixel is (0.5, 0.5), so a proxy scales every coordinate by plain
multiplication. Only ``pixels.warp`` converts to OpenCV's centre-at-integer convention.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.errors import ShapeError


@dataclass(frozen=True)
class Size:
    """Width and height in pixels, both >= 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"size: expected at least 1x1, got {self.width}x{self.height}")

    def scaled(self, factor: float) -> Size:
        """The nearest size after scaling, at least 1x1."""
        return Size(max(1, round(self.width * factor)), max(1, round(self.height * factor)))

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), as arrays want it."""
        return self.height, self.width

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels, half-open: x0 <= x < x1, y0 <= y < y1. May be empty."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def whole(cls, size: Size) -> Box:
        """The box that covers a picture."""
        return cls(0, 0, size.width, size.height)

    @property
    def is_empty(self) -> bool:
        """True when no pixel lies inside."""
        return self.x1 <= self.x0 or self.y1 <= self.y0

    @property
    def area(self) -> float:
        """Square pixels; 0 when empty."""
        return 0.0 if self.is_empty else (self.x1 - self.x0) * (self.y1 - self.y0)

    def intersected(self, other: Box) -> Box:
        """The part that both boxes cover; may be empty."""
        return Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))

    def scaled(self, x: float, y: float) -> Box:
        """The box in a picture scaled by x and y."""
        return Box(self.x0 * x, self.y0 * y, self.x1 * x, self.y1 * y)

    def snapped(self, size: Size, *, step: tuple[int, int] = (1, 1)) -> Box:
        """The smallest box of whole chroma cells around this one, inside the picture.

        Args:
            size: the picture.
            step: chroma cell (width, height) in pixels, powers of two.
        """
        sx, sy = step
        box = Box(
            np.floor(self.x0 / sx) * sx,
            np.floor(self.y0 / sy) * sy,
            np.ceil(self.x1 / sx) * sx,
            np.ceil(self.y1 / sy) * sy,
        ).intersected(Box.whole(size))
        return Box(int(box.x0), int(box.y0), int(box.x1), int(box.y1))

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices of a box of whole pixels."""
        return slice(int(self.y0), int(self.y1)), slice(int(self.x0), int(self.x1))


@dataclass(frozen=True, eq=False)
class Quad:
    """Four corners in pixels, order top-left, top-right, bottom-right, bottom-left.

    Args:
        corners: (4, 2) float64, xy.
    """

    corners: NDArray[np.float64]

    def __post_init__(self) -> None:
        corners = np.asarray(self.corners, dtype=np.float64)
        if corners.shape != (4, 2) or not np.isfinite(corners).all():
            raise ShapeError("corners", expected="(4, 2) finite numbers", actual=corners.tolist())
        object.__setattr__(self, "corners", corners)

    @classmethod
    def of_box(cls, box: Box) -> Quad:
        """The corners of an upright box."""
        return cls(np.array([[box.x0, box.y0], [box.x1, box.y0], [box.x1, box.y1], [box.x0, box.y1]], np.float64))

    @property
    def bounds(self) -> Box:
        """The upright box around the corners."""
        (x0, y0), (x1, y1) = self.corners.min(axis=0), self.corners.max(axis=0)
        return Box(float(x0), float(y0), float(x1), float(y1))

    def scaled(self, x: float, y: float) -> Quad:
        """The quad in a picture scaled by x and y."""
        return Quad(self.corners * np.array([x, y], np.float64))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quad) and bool(np.array_equal(self.corners, other.corners))

    def __hash__(self) -> int:
        return hash(self.corners.tobytes())


@dataclass(frozen=True)
class Placement:
    """Where a region lies on one frame, and how surely.

    Args:
        quad: its corners on this frame, in pixels; they may lie outside the picture.
        confidence: 0..1; 1 for what does not move.
        before: its corners half a frame earlier, or None where they are the same or unknown.
        after: its corners half a frame later, likewise.
    """

    quad: Quad
    confidence: float = 1.0
    before: Quad | None = None
    after: Quad | None = None


@dataclass(frozen=True, eq=False)
class Homography:
    """A plane-to-plane map on edge coordinates, source to destination.

    Args:
        matrix: (3, 3) float64, invertible; scaled so that the last element is 1.
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        matrix = np.asarray(self.matrix, dtype=np.float64)
        if matrix.shape != (3, 3) or abs(matrix[2, 2]) < 1e-12:
            raise ShapeError("homography", expected="(3, 3) with a last element that is not 0", actual=matrix.tolist())
        object.__setattr__(self, "matrix", matrix / matrix[2, 2])

    def applied(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (N, 2) xy points."""
        mapped = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)
