"""A region pinned to what a matte covers: a point of its outline, and how that point moves, smoothed in time."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

PinnedTo = Literal["center", "top", "bottom", "left", "right", "top_left", "top_right", "bottom_left", "bottom_right"]
#: Share of the covered area on each side that does not count: specks and single hairs.
TAIL = 0.002


def point_of(alpha: NDArray[Any], pinned: PinnedTo) -> NDArray[np.float64] | None:
    """A point of what a matte covers.

    Args:
        alpha: (H, W) uint8 or uint16.
        pinned: center is the middle of the covered area; the others lie on the box around it.

    Returns:
        xy, pixel edges; None where nothing is covered.

    Example:
        >>> point_of(np.pad(np.full((4, 6), 255, np.uint8), 2), "top_left").tolist()
        [2.0, 2.0]
    """
    covered = alpha > np.iinfo(alpha.dtype).max // 2
    across, down = covered.sum(axis=0), covered.sum(axis=1)
    if not across.any():
        return None
    left, right = _ends(across)
    top, low = _ends(down)
    if pinned == "center":
        middle = [float((each * (np.arange(len(each)) + 0.5)).sum() / each.sum()) for each in (across, down)]
        return np.array(middle)
    x = left if "left" in pinned else right if "right" in pinned else (left + right) / 2
    y = top if "top" in pinned else low if "bottom" in pinned else (top + low) / 2
    return np.array([x, y], np.float64)


def _ends(counts: NDArray[Any]) -> tuple[float, float]:
    """Where a profile begins and ends, its tails left out."""
    share = np.cumsum(counts) / counts.sum()
    inside = np.flatnonzero((share > TAIL) & (np.append(0, share[:-1]) < 1 - TAIL))
    return float(inside[0]), float(inside[-1] + 1)


def smoothed(points: NDArray[np.float64], seconds: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """A path averaged in time, to both sides alike, so that it does not lag behind.

    Args:
        points: (T, 2); NaN where unknown. Nothing is averaged across such a gap.
        seconds: (T,) rising.
        length: seconds over which is averaged: the width at half height of the bell of weights.

    Returns:
        (T, 2); a straight path at even speed is unchanged but near its ends.
    """
    result = points.copy()
    known = np.isfinite(points).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    for first, last in edges.reshape(-1, 2):
        result[first:last] = _bell(points[first:last], seconds[first:last], length)
    return result


def _bell(points: NDArray[np.float64], seconds: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """Each point as a line fitted to its neighbours by weight says: no lag, and no shrinking at the ends."""
    spread = length / 2.355  # of a normal curve, from its width at half height
    if spread <= 0:
        return points
    made = np.empty_like(points)
    for index, now in enumerate(seconds):
        near = slice(*np.searchsorted(seconds, [now - 3 * spread, now + 3 * spread]).tolist())
        off = seconds[near] - now
        weight = np.exp(-0.5 * (off / spread) ** 2)
        made[index] = _level(points[near], off, weight / weight.sum())
    return made


def _level(points: NDArray[np.float64], off: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value at 0 of the line fitted to weighted points."""
    middle, mean = weight @ off, weight @ points
    spread = weight @ (off - middle) ** 2
    slope = (weight * (off - middle)) @ (points - mean) / spread if spread > 1e-12 else 0.0
    return np.asarray(mean - slope * middle)
