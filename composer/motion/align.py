"""How one picture of a place lies over another: corners followed from one to the other, and the map that they agree on.

Unlike a motion found from flow it is precise to a fraction of a pixel and can be told what to leave out, and it does
not drift: two pictures are compared with each other, however far apart they are, if a guess leads near.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import Grey
from composer.values import Homography

Bools = NDArray[np.bool_]
Points = NDArray[np.float32]

#: Corners looked for, the least that must agree, and the share of the followed ones that must.
CORNERS, FEWEST, LEAST_AGREE = 300, 16, 0.35
#: A corner followed there and back ends within this many pixels; the map is off by no more than the second.
ROUND_TRIP, TOLERANCE = 0.7, 1.0
#: Pixels that a picture at rest may seem to move by.
REST = 0.2
#: Side of the windows that are followed and levels of the pyramid, without a guess and with one, which is off by less.
_FAR, _NEAR = (21, 4), (15, 2)


def aligned(
    first: Grey,
    second: Grey,
    *,
    guess: Homography | None = None,
    use_first: Bools | None = None,
    rest: float = REST,
) -> Homography | None:
    """The map on edge coordinates that leads from one picture of a place to another.

    Args:
        first: (h, w) uint8.
        second: (h, w) uint8.
        guess: where it leads, about; nowhere else where left out.
        use_first: (h, w), true where the first picture may be looked at; everywhere where left out.
        rest: pixels; half of the corners moving by less, and most by less than twice that, is no motion.

    Returns:
        The map, or None where too little can be followed.
    """
    second = _in_light_of(first, second)
    start = _corners(first, use_first)
    if len(start) < FEWEST:
        return None
    near = start if guess is None else (guess.applied(start.astype(np.float64) + 0.5) - 0.5).astype(np.float32)
    reach = _FAR if guess is None else _NEAR
    end, found = _followed((first, second), start, near, reach)
    back, again = _followed((second, first), end, start, reach)
    kept = found & again
    kept &= np.linalg.norm(back - start, axis=1) < ROUND_TRIP
    if np.count_nonzero(kept) < FEWEST:
        return None
    return _agreed(start[kept], end[kept], rest)


def _corners(picture: Grey, use: Bools | None) -> Points:
    mask = None if use is None else use.astype(np.uint8)
    apart = max(5, min(picture.shape) // 40)
    found = cv2.goodFeaturesToTrack(picture, CORNERS, 0.005, apart, mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def _followed(pictures: tuple[Grey, Grey], start: Points, near: Points, reach: tuple[int, int]) -> tuple[Points, Bools]:
    """Where corners of one picture lie in another, looked for near some places, and which were found."""
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        *pictures,
        start,
        near.copy(),
        winSize=(reach[0], reach[0]),
        maxLevel=reach[1],
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(end, np.float32), found.ravel() > 0


def _in_light_of(first: Grey, second: Grey) -> Grey:
    """The second picture as bright and as contrasty as the first: corners are followed by their samples' values."""
    (mean, deviation), (other, spread) = ((float(one.mean()), float(one.std())) for one in (first, second))
    gain = deviation / spread if spread > 1 else 1.0
    if abs(mean - other) < 1 and abs(gain - 1) < 0.01:
        return second
    table = np.rint(np.clip(mean + gain * (np.arange(256) - other), 0, 255)).astype(np.uint8)
    return np.asarray(cv2.LUT(second, table), np.uint8)


def _agreed(start: Points, end: Points, rest: float) -> Homography | None:
    """The map of most followed corners, the simplest one that fits: no motion, then a homography."""
    moved = np.linalg.norm(end - start, axis=1)
    if float(np.median(moved)) < rest and float(np.quantile(moved, 0.8)) < 2 * rest:
        return Homography(np.eye(3))
    # Centres of pixels lie at half edges; the fit is the same, moved.
    found, inside = cv2.findHomography(
        start + 0.5, end + 0.5, cv2.USAC_MAGSAC, TOLERANCE, maxIters=1000, confidence=0.999
    )
    if found is None or np.count_nonzero(inside) < max(FEWEST, LEAST_AGREE * len(start)):
        return None
    return Homography(found)


def farthest(map_: Homography, height: int, width: int) -> float:
    """By how many pixels a map moves the corner that it moves most."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    return float(np.linalg.norm(map_.applied(corners) - corners, axis=1).max())
