"""Shapes turned into coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.values import Plane, Size

# Each row of pixels is looked at along this many lines; along a line, coverage is exact.
_LINES = 16


def shape_coverage(points: NDArray[np.float64], size: Size) -> Plane:
    """How much of each pixel lies inside a shape; what it runs around more than once is inside as well.

    Args:
        points: (N, 2) xy pixels, in order around the shape.
        size: of the picture.

    Returns:
        (H, W) uint8.

    Source: accumulation of signed areas along scan lines, as font rasterisers do it (Levien 2016, font-rs).

    Example:
        >>> shape_coverage(np.array([[0.5, 0], [2, 0], [2, 1], [0.5, 1]]), Size(3, 1)).tolist()
        [[128, 255, 0]]
    """
    rows, x, turn = _crossings(points, size.height)
    x = np.clip(x, 0, size.width)
    column = np.minimum(x.astype(np.intp), size.width - 1)
    first = turn * (column + 1 - x) / _LINES  # what the pixel that is crossed gets; all further ones get the rest too
    places = np.concatenate([rows * (size.width + 1) + column, rows * (size.width + 1) + column + 1])
    shares = np.concatenate([first, turn / _LINES - first])
    steps = np.bincount(places, shares, minlength=size.height * (size.width + 1))
    wound = np.cumsum(steps.reshape(size.height, size.width + 1), axis=1)[:, :-1]
    return np.rint(np.minimum(np.abs(wound), 1) * 255).astype(np.uint8)


def _crossings(
    points: NDArray[np.float64], height: int
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Where the edges cross the lines of a picture: row of pixels, x, and +1 downwards or -1 upwards."""
    start, end = points, np.roll(points, -1, axis=0)
    turn = np.sign(end[:, 1] - start[:, 1])
    upper, lower = np.where((turn < 0)[:, None], end, start), np.where((turn < 0)[:, None], start, end)
    low, high = (np.clip(np.ceil(at[:, 1] * _LINES - 0.5), 0, height * _LINES).astype(np.intp) for at in (upper, lower))
    counts = high - low
    edge = np.repeat(np.arange(len(points)), counts)
    line = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + low[edge]
    down = (line + 0.5) / _LINES - upper[edge, 1]
    slope = (lower - upper)[edge, 0] / (lower - upper)[edge, 1]
    return line // _LINES, upper[edge, 0] + down * slope, turn[edge]


def ellipse_points(edges: NDArray[np.float64], count: int = 180) -> NDArray[np.float64]:
    """Points on the ellipse that fills a box, close enough that no straight piece is seen.

    Args:
        edges: (4,) left, top, right, bottom.
        count: how many points.

    Returns:
        (count, 2) xy.
    """
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    middle, half = (edges[:2] + edges[2:]) / 2, (edges[2:] - edges[:2]) / 2
    return np.stack([np.cos(turn), np.sin(turn)], axis=1) * half + middle


def rounded_points(points: NDArray[np.float64], count: int = 12) -> NDArray[np.float64]:
    """A smooth closed curve through points.

    Args:
        points: (N, 2) xy.
        count: points on the curve between each two.

    Returns:
        (N * count, 2) xy.

    Source: Catmull and Rom 1974, the uniform cardinal spline of tension a half.
    """
    before, after, next_one = (np.roll(points, shift, axis=0) for shift in (1, -1, -2))
    t = (np.arange(count) / count)[:, None, None]
    curve = 0.5 * (
        2 * points
        + (after - before) * t
        + (2 * before - 5 * points + 4 * after - next_one) * t**2
        + (3 * points - before - 3 * after + next_one) * t**3
    )
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2), np.float64)
