"""A picture that others are compared with, so that what is followed does not drift.

The picture in question is warped back along the motion expected of it, and the points of the landmark are looked for in
the warped picture: what is left is a small displacement, whatever the motion was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.plane import STRAYS, common_motion, fitted
from composer.motion.points import Grey, Look, Matrix, Points, carried, mapped, textured

#: Pixels around the quad that belong to the compared part of the picture.
MARGIN = 16
#: Points that are compared, at most.
MOST = 300
#: A point agrees when it lies this near to where the placement says, pixels of the landmark.
AGREES = 1.0
#: Fewer agreeing points than this make a comparison worth less.
ENOUGH = 12
#: Corners may be this far from where they were expected, pixels.
GIVE = 2.0
#: Corners that moved less than this did not move, pixels: what stands still stays exactly where it is.
STILL = 0.12
_ROUNDS = 2
_RATIO = 0.75  # Source: Lowe 2004, of the nearest to the second nearest descriptor.


@dataclass(frozen=True, eq=False)
class Landmark:
    """Part of a picture that others are compared with.

    Args:
        patch: (h, w) uint8, the part.
        corner: xy of its first pixel in the picture.
        quad: (4, 2) corners that hold the motion, pixel centres of the picture.
        points: (N, 2) float32 in the picture.
        base: (3, 3) from the picture where following began to this one.
    """

    patch: Grey
    corner: NDArray[np.float64]
    quad: NDArray[np.float64]
    points: Points
    base: Matrix

    @property
    def placing(self) -> Matrix:
        """(3, 3) from the patch to its picture."""
        return np.array([[1, 0, self.corner[0]], [0, 1, self.corner[1]], [0, 0, 1]], np.float64)

    def share_seen(self, look: Look, onto: Matrix) -> float:
        """Share of the points that should be seen in a picture, 0..1; ``onto`` leads to it from this one."""
        return float(look.sees(mapped(onto, self.points)).mean()) if len(self.points) else 0.0


def landmark_in(look: Look, quad: NDArray[np.float64], base: Matrix) -> Landmark:
    """A landmark in a picture.

    Args:
        look: the picture.
        quad: (4, 2) corners, pixel centres; may lie outside the picture in part.
        base: (3, 3) from the picture where following began.
    """
    height, width = look.grey.shape
    left, top = np.clip(np.floor(quad.min(axis=0)) - MARGIN, 0, [width - 2, height - 2]).astype(int)
    right, low = np.clip(np.ceil(quad.max(axis=0)) + MARGIN, [left + 2, top + 2], [width, height]).astype(int)
    patch = np.ascontiguousarray(look.grey[top:low, left:right])
    points = textured(look.grey, quad, look.usable, most=MOST)
    return Landmark(patch, np.array([left, top], np.float64), quad, points, base)


@dataclass(frozen=True, eq=False)
class Compared:
    """What a comparison with a landmark says.

    Attributes:
        matrix: (3, 3) from the landmark's picture to the other.
        agree: points that lie where the matrix says.
        visible: points that should be seen, so far as is known.
    """

    matrix: Matrix
    agree: int
    visible: int

    @property
    def confidence(self) -> float:
        """Share of the visible points that agree, less where few do: 0..1."""
        return self.agree / max(1, self.visible) * min(1.0, self.agree / ENOUGH)


def compared(landmark: Landmark, look: Look, expected: Matrix, *, reach: int = 1) -> Compared:
    """Where a landmark lies in a picture, near to where it is expected.

    Args:
        landmark: what is compared with.
        look: the picture.
        expected: (3, 3) from the landmark's picture to it.
        reach: levels of the pyramid: 1 finds what is off by a few pixels.
    """
    answer = Compared(expected, 0, 0)
    for turn in range(_ROUNDS):
        answer = _compared(landmark, look, answer.matrix, expected, reach if turn == 0 else 0)
        if answer.agree < 4:
            break
    there = mapped(answer.matrix, landmark.quad)
    is_still = bool(np.abs(there - landmark.quad).max() < STILL)
    return replace(answer, matrix=np.eye(3)) if is_still and answer.agree >= ENOUGH else answer


def _compared(landmark: Landmark, look: Look, expected: Matrix, pulled: Matrix, reach: int) -> Compared:
    points = landmark.points[look.sees(mapped(expected, landmark.points))]
    if len(points) < 4:
        return Compared(expected, 0, len(points))
    start = (points - landmark.corner).astype(np.float32)
    warped = _like(_fetched(look.grey, expected @ landmark.placing, landmark.patch.shape), landmark.patch)
    end, good = carried(landmark.patch, warped, start, levels=reach)
    first, last = start[good], end[good]
    common = common_motion(first, last, tolerance=STRAYS)
    if common is None or np.count_nonzero(common.agrees) < 4:
        return Compared(expected, 0, len(points))
    quad = landmark.quad - landmark.corner
    rest = np.linalg.inv(expected @ landmark.placing) @ pulled @ landmark.placing
    left = fitted(first[common.agrees], last[common.agrees], quad, rest, give=GIVE)
    if left is None:
        return Compared(expected, 0, len(points))
    agree = int(np.count_nonzero(np.hypot(*(mapped(left, first) - last).T) < AGREES))
    matrix = expected @ landmark.placing @ left @ np.linalg.inv(landmark.placing)
    return Compared(matrix / matrix[2, 2], agree, len(points))


def _fetched(grey: Grey, matrix: Matrix, shape: tuple[int, ...]) -> Grey:
    """The part of a picture that a patch maps to, as the patch would see it."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    return np.asarray(cv2.warpPerspective(grey, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _like(picture: Grey, wanted: Grey) -> Grey:
    """A picture in the brightness and contrast of another, so that light that changed does not matter."""
    (mean, spread), (mean_wanted, spread_wanted) = (
        [float(each[0, 0]) for each in cv2.meanStdDev(one)] for one in (picture, wanted)
    )
    gain = min(4.0, max(0.25, spread_wanted / max(spread, 1.0)))
    table = np.clip(np.rint(np.arange(256) * gain + mean_wanted - gain * mean), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, table))


def sought(landmark: Landmark, look: Look) -> Compared | None:
    """Look for a landmark anywhere in a picture, or None where it is not found.

    Args:
        landmark: what is looked for.
        look: where.

    Source: Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004; in OpenCV.
    """
    finder = cv2.SIFT.create(nfeatures=1500)
    usable = None if look.usable is None else look.usable.view(np.uint8)
    known, marks = finder.detectAndCompute(landmark.patch, _inside(landmark))
    seen, others = finder.detectAndCompute(look.grey, usable)
    if marks is None or others is None or len(known) < 4 or len(seen) < 4:
        return None
    nearest = [pair for pair in cv2.BFMatcher().knnMatch(marks, others, k=2) if len(pair) == 2]
    pairs = [first for first, second in nearest if first.distance < _RATIO * second.distance]
    start = np.array([known[pair.queryIdx].pt for pair in pairs], np.float32).reshape(-1, 2) + landmark.corner
    end = np.array([seen[pair.trainIdx].pt for pair in pairs], np.float32).reshape(-1, 2)
    common = common_motion(start, end, tolerance=2 * STRAYS)
    if common is None or np.count_nonzero(common.agrees) < ENOUGH:
        return None
    found = compared(landmark, look, common.matrix)
    return found if found.agree >= ENOUGH else None


def _inside(landmark: Landmark) -> Grey:
    mask = np.zeros(landmark.patch.shape, np.uint8)
    cv2.fillConvexPoly(mask, np.rint(landmark.quad - landmark.corner).astype(np.int32), 255)
    return mask
