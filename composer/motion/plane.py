"""The motion of a plane, fitted to points: a homography held by four corners that give a little.

The eight unknowns are where the corners of a quad go. Each is pulled towards a prediction with a little force, so that
corners near which nothing can be seen stay where they were expected, while a few dozen points outweigh the pull.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.points import Flags, Matrix, mapped

#: Deviation of a point that is carried well, pixels, and the distance at which one begins to count for less.
NOISE, DOUBT = 0.15, 0.5
#: Points this far from a motion do not follow it, pixels.
STRAYS = 1.5
_ROUNDS = 5
_STEP = 1e-3  # pixels, for slopes


def homographies(source: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """The maps that take four corners to each of several others.

    Args:
        source: (4, 2).
        targets: (K, 4, 2).

    Returns:
        (K, 3, 3).

    Raises:
        numpy.linalg.LinAlgError: three corners lie on a line.
    """
    x, y = source.T
    u, v = targets[..., 0], targets[..., 1]
    rows = np.zeros((len(targets), 8, 8))
    rows[:, :4, 0], rows[:, :4, 1], rows[:, :4, 2] = x, y, 1
    rows[:, 4:, 3], rows[:, 4:, 4], rows[:, 4:, 5] = x, y, 1
    rows[:, :4, 6], rows[:, :4, 7] = -u * x, -u * y
    rows[:, 4:, 6], rows[:, 4:, 7] = -v * x, -v * y
    solved = np.linalg.solve(rows, np.concatenate([u, v], axis=1)[..., None])[..., 0]
    return np.concatenate([solved, np.ones((len(targets), 1))], axis=1).reshape(-1, 3, 3)


def fitted(
    start: NDArray[Any], end: NDArray[Any], corners: NDArray[np.float64], predicted: Matrix, *, give: float
) -> Matrix | None:
    """The homography nearest to a prediction that takes points to where they were found.

    Args:
        start: (N, 2).
        end: (N, 2).
        corners: (4, 2) of the quad that holds the map.
        predicted: (3, 3).
        give: by how much its corners may be off, pixels.

    Returns:
        (3, 3), or None where the corners no longer span a surface.

    Source: Gauss-Newton with weights after Geman and McClure 1987.
    """
    wanted = mapped(predicted, corners)
    moved = wanted.copy()
    nudges = np.concatenate([np.zeros((1, 8)), np.eye(8) * _STEP]).reshape(9, 4, 2)
    try:
        for _ in range(_ROUNDS):
            maps = homographies(corners, moved + nudges)
            there = np.stack([mapped(each, start) for each in maps])
            moved = moved + _nudge(there, np.asarray(end, np.float64), moved - wanted, give)
        return np.asarray(homographies(corners, moved[None])[0])
    except np.linalg.LinAlgError:
        return None


def _nudge(
    there: NDArray[np.float64], end: NDArray[np.float64], pulled: NDArray[np.float64], give: float
) -> NDArray[np.float64]:
    """One step of the eight unknowns: (4, 2)."""
    off = end - there[0]
    weight = 1 / (1 + (off**2).sum(axis=1) / DOUBT**2) ** 2 / NOISE**2
    slopes = (there[1:] - there[0]) / _STEP  # (8, N, 2)
    weighted = slopes * weight[None, :, None]
    normal = np.einsum("inc,jnc->ij", weighted, slopes) + np.eye(8) / give**2
    right = np.einsum("inc,nc->i", weighted, off) - pulled.ravel() / give**2
    return np.asarray(np.linalg.solve(normal, right).reshape(4, 2))


@dataclass(frozen=True, eq=False)
class Common:
    """The motion that most points share.

    Attributes:
        matrix: (3, 3): a similarity, or a homography where many points speak for one.
        agrees: (N,) bool, which follow it.
    """

    matrix: Matrix
    agrees: Flags


def common_motion(start: NDArray[Any], end: NDArray[Any], *, tolerance: float = STRAYS) -> Common | None:
    """The motion that most of some points share, or None where they share none; equal points give equal motions.

    Args:
        start: (N, 2).
        end: (N, 2).
        tolerance: how far a point may be off, pixels.

    Source: Barath et al., "MAGSAC++", CVPR 2020, in OpenCV, which seeds its generator with a constant.
    """
    first, last = (np.ascontiguousarray(each, np.float32) for each in (start, end))
    if len(first) < 3:
        return None
    if len(first) >= 12:
        matrix, _ = cv2.findHomography(first, last, cv2.USAC_MAGSAC, tolerance, maxIters=1000, confidence=0.999)
        if matrix is not None:
            return Common(matrix, _near(matrix, first, last, tolerance))
    shift, _ = cv2.estimateAffinePartial2D(first, last, method=cv2.RANSAC, ransacReprojThreshold=tolerance)
    if shift is None:
        return None
    matrix = np.vstack([shift, [0.0, 0.0, 1.0]])
    return Common(matrix, _near(matrix, first, last, tolerance))


def _near(matrix: Matrix, start: NDArray[Any], end: NDArray[Any], tolerance: float) -> Flags:
    return np.asarray(np.hypot(*(mapped(matrix, start) - end).T) < tolerance)


def similarity(start: NDArray[Any], end: NDArray[Any]) -> Matrix:
    """The turn, scale and shift nearest to what points did, by least squares: (3, 3)."""
    first, last = (np.asarray(each, np.float64) @ [1, 1j] for each in (start, end))
    middle, there = first.mean(), last.mean()
    spread = float((np.abs(first - middle) ** 2).sum())
    turn = ((first - middle).conj() * (last - there)).sum() / spread if spread > 1e-9 else 1.0 + 0j
    shift = there - turn * middle
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1]])


def is_surface(quad: NDArray[np.float64]) -> bool:
    """Whether corners still go round a surface: finite, convex, not mirrored, larger than a pixel."""
    if not np.isfinite(quad).all() or np.abs(quad).max() > 1e5:
        return False
    sides = np.roll(quad, -1, axis=0) - quad
    after = np.roll(sides, -1, axis=0)
    return bool((sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0] > 1.0).all())
