"""A subject that fills the picture: most of the flow is its own, and the camera shows along the border only.

Taking the camera's motion from the border would be wrong wherever something near passes there, so it is done on clear
evidence alone: two motions explain the picture, one its middle and the other its border on at least three sides.

Source: limits set on generated pictures with known camera motion, so that none of 726 flows between frames of 250
generated scenes and of the ten DAVIS sequences is judged otherwise than without this rule; of 2432 others, of newer
scenes, still cameras and clips, one is (measured 2026-11-25).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Points = NDArray[np.float32]

#: Width of the border, as a share of the square root of the picture's area: two of 24 rows of sampled vectors.
BORDER = 1 / 12
#: A motion explains a side that it explains this much of: the first guess, and the one that challenges it.
HELD, CHALLENGED = 0.5, 0.4
#: Sides that the challenger explains, at least; the first guess explains one at most.
SIDES = 3
#: Share of the middle that the first guess explains, and of the picture that the two explain together, at least.
MIDDLE, TOGETHER = 0.5, 0.85


def sides_of(start: Points, height: int, width: int) -> Flags:
    """Which points lie along the left, right, upper and lower side: (4, N) bool.

    Args:
        start: (N, 2) float32 xy, pixel centres.
        height: of the picture, pixels.
        width: of the picture, pixels.
    """
    reach = BORDER * (height * width) ** 0.5
    x, y = start.T
    return np.stack([x < reach, x >= width - reach, y < reach, y >= height - reach])


def explained(matrix: NDArray[np.float64], start: Points, end: Points, tolerance: float) -> Flags:
    """Which vectors a camera motion explains: (N,) bool.

    Args:
        matrix: (3, 3) float64.
        start: (N, 2) float32 xy.
        end: (N, 2) float32 xy.
        tolerance: pixels.
    """
    there = cv2.perspectiveTransform(start[None].astype(np.float64), matrix)[0]
    return np.asarray(np.hypot(*(there - end).T) < tolerance)


def may_be_subject(first: Flags, sides: Flags) -> bool:
    """Whether a motion is that of the middle, and on one side of the border at most, as a camera's never is.

    Args:
        first: (N,) bool, what it explains.
        sides: (4, N) bool from ``sides_of``.
    """
    middle: Flags = ~np.logical_or.reduce(sides)
    return _sides_held(first, sides, HELD) < 2 and _share(first, middle) >= MIDDLE


def is_camera(second: Flags, first: Flags, sides: Flags) -> bool:
    """Whether a second motion runs around the first, and the two leave little to explain.

    Args:
        second: (N,) bool, what it explains.
        first: (N,) bool, what the motion of the middle explains.
        sides: (4, N) bool from ``sides_of``.
    """
    return _sides_held(second, sides, CHALLENGED) >= SIDES and float(np.mean(first | second)) >= TOGETHER


def _sides_held(flags: Flags, sides: Flags, least: float) -> int:
    return sum(_share(flags, side) >= least for side in sides)


def _share(flags: Flags, where: Flags) -> float:
    return float(flags[where].mean()) if where.any() else 0.0
