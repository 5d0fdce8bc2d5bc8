"""Points that can be found again: chosen where a picture has texture, carried to the next picture and back.

Points are (N, 2) float32 xy in pixel centres, as OpenCV wants them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Points = NDArray[np.float32]
Matrix = NDArray[np.float64]

#: Side of the squares that are compared, pixels, and levels of the pyramid above the picture.
WINDOW, LEVELS = 21, 4
#: Least texture of a point: smaller eigenvalue of the gradients around it, grey levels squared per pixel. Noise with a
#: deviation of 3 grey levels has at most 2 in its best places, a drawn edge's corner 50 and more (measured 2026-11-25).
LEAST_TEXTURE = 6.0
#: A point that is carried there and back has to end this near to where it began, pixels.
ROUND_TRIP = 0.5
#: Points nearer to the border than this are not looked at, pixels: half their square would be missing.
BORDER = 3
_SIDE = 5
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)


@dataclass(frozen=True, eq=False)
class Look:
    """One picture of a shot, and where it may be looked at.

    Args:
        grey: (H, W) uint8.
        usable: (H, W) bool: False where something covers what is followed; None where nothing does.
    """

    grey: Grey
    usable: Flags | None = None

    def sees(self, points: NDArray[Any]) -> Flags:
        """Which points lie in the picture, and on what may be looked at: (N,) bool."""
        height, width = self.grey.shape
        x, y = np.rint(np.clip(points, -1e6, 1e6)).astype(np.int64).T
        inside = (x >= BORDER) & (y >= BORDER) & (x < width - BORDER) & (y < height - BORDER)
        if self.usable is not None:
            inside[inside] = self.usable[y[inside], x[inside]]
        return inside


def mapped(matrix: Matrix, points: NDArray[Any]) -> NDArray[np.float64]:
    """(N, 2) points through a (3, 3) homography; far away where it sends them to infinity."""
    there = points @ matrix[:, :2].T + matrix[:, 2]
    depth = np.where(np.abs(there[:, 2:]) < 1e-9, 1e-9, there[:, 2:])
    return np.asarray(there[:, :2] / depth, np.float64)


def textured(grey: Grey, quad: NDArray[np.float64], usable: Flags | None, *, most: int) -> Points:
    """The points of a picture that are easiest to find again, spread over a quad.

    Args:
        grey: (H, W) uint8.
        quad: (4, 2) corners, pixel centres.
        usable: (H, W) bool, or None for everything.
        most: about how many points.

    Returns:
        (N, 2) float32; none where there is no texture.
    """
    height, width = grey.shape
    where = np.zeros(grey.shape, np.uint8)
    cv2.fillConvexPoly(where, np.rint(np.clip(quad, -30000, 30000)).astype(np.int32), 1)
    if usable is not None:
        where &= usable.view(np.uint8)
    where[:BORDER], where[height - BORDER :], where[:, :BORDER], where[:, width - BORDER :] = 0, 0, 0, 0
    x, y, wide, high = cv2.boundingRect(where)
    if wide < 1 or high < 1:
        return np.empty((0, 2), np.float32)
    rows, columns = slice(max(0, y - _SIDE), y + high + _SIDE), slice(max(0, x - _SIDE), x + wide + _SIDE)
    found = _best(grey[rows, columns], where[rows, columns], most)
    return found + np.array([columns.start, rows.start], np.float32)


def _best(grey: Grey, where: Grey, most: int) -> Points:
    texture = cv2.cornerMinEigenVal(grey.astype(np.float32), _SIDE, ksize=3)
    # OpenCV's eigenvalue is four times that of the mean of the squared gradients, whatever the block.
    chosen = np.where(texture >= 4 * LEAST_TEXTURE, where, 0).astype(np.uint8)
    apart = max(3.0, 0.7 * float(np.sqrt(np.count_nonzero(where) / most)))
    found = cv2.goodFeaturesToTrack(grey, most, 1e-4, apart, mask=chosen, blockSize=_SIDE)
    return np.empty((0, 2), np.float32) if found is None else np.asarray(found.reshape(-1, 2), np.float32)


def carried(
    first: Grey, second: Grey, start: Points, *, guess: Points | None = None, levels: int = LEVELS
) -> tuple[Points, Flags]:
    """Where points of one picture lie in another.

    Args:
        first: (H, W) uint8.
        second: (H, W) uint8.
        start: (N, 2) float32 in the first.
        guess: (N, 2) float32, where to look for them in the second; by default in the same place.
        levels: of the pyramid, above the picture itself; each doubles how far they may have gone.

    Returns:
        (N, 2) float32, and which of them lead back to where they began: (N,) bool.

    Source: Lucas and Kanade 1981, in pyramids after Bouguet 2001; the check there and back after Kalal et al. 2010.
    """
    if not len(start):
        return start, np.zeros(0, np.bool_)
    there, went = _flow(first, second, start, start if guess is None else guess, levels)
    back, came = _flow(second, first, there, start, levels)
    good = went & came & (np.hypot(*(back - start).T) < ROUND_TRIP) & np.isfinite(there).all(axis=1)
    return there, good


def _flow(first: Grey, second: Grey, start: Points, guess: Points, levels: int) -> tuple[Points, Flags]:
    ends, status, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        np.ascontiguousarray(start),
        np.array(guess, np.float32),
        winSize=(WINDOW, WINDOW),
        maxLevel=levels,
        criteria=_CRITERIA,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-5,
    )
    return np.asarray(ends, np.float32), status.ravel() > 0
