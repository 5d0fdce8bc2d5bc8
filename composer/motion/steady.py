"""Paths made smooth, both ways in time: of a camera, for a steady picture; of a subject, for a frame that follows it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.values import Size

Floats = NDArray[np.float64]
#: A picture is never cut to less than this share of its width and height to be steady.
LEAST_SHOWN = 0.7


def smoothed(path: Floats, frames: float) -> Floats:
    """A path through time, smoothed both ways so that it neither lags nor leads; where it has no value, the nearest ones count.

    Args:
        path: (T, N), one row a frame; rows of NaN where nothing is known, but not all.
        frames: deviation of the Gaussian, in frames; 0 only fills in what is missing.

    Returns:
        (T, N) without NaN.
    """
    seen = ~np.isnan(path).any(axis=1)
    times = np.arange(len(path))
    filled = np.stack([np.interp(times, times[seen], column[seen]) for column in path.T], axis=1)
    if frames <= 0:
        return filled
    reach = int(np.ceil(3 * frames))
    # Turned about its ends, a path that moves evenly goes on moving evenly there.
    longer = np.pad(filled, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    soft = cv2.GaussianBlur(longer, (1, 2 * reach + 1), sigmaX=1e-6, sigmaY=frames, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft, np.float64).reshape(longer.shape)[reach : reach + len(path)]


def steadied(camera: Floats, size: Size, frames: float) -> Floats:
    """What moves every picture to where a smooth camera would have shown it.

    Only shift, size and turn are smoothed; what else the camera did (parallax, tilt of the plane) stays.

    Args:
        camera: (T, 3, 3), pixels of the first picture to those of each.
        size: of the pictures.
        frames: deviation of the smoothing, in frames.

    Returns:
        (T, 3, 3), pixels of each picture to those of the steady one.
    """
    middle = np.array([size.width / 2, size.height / 2])
    path = np.array([_turn_size_shift(matrix, middle) for matrix in camera])
    path[:, 0] = np.unwrap(path[:, 0])
    change = smoothed(path, frames) - path
    return np.array(
        [_moved(row[0], row[1], row[2:], _place(matrix, middle)) for row, matrix in zip(change, camera, strict=True)]
    )


def _place(matrix: Floats, point: Floats) -> Floats:
    """Where a point of the first picture lies."""
    x, y, w = matrix @ [point[0], point[1], 1.0]
    return np.array([x, y]) / w


def _turn_size_shift(matrix: Floats, middle: Floats) -> tuple[float, float, float, float]:
    """Angle, logarithm of the size, and place of the middle: what a similarity at the middle does."""
    right, below = np.eye(2)
    centre = _place(matrix, middle)
    across = (_place(matrix, middle + right) - _place(matrix, middle - right)) / 2
    down = (_place(matrix, middle + below) - _place(matrix, middle - below)) / 2
    angle = np.arctan2(across[1] - down[0], across[0] + down[1])
    area = max(abs(across[0] * down[1] - across[1] * down[0]), 1e-9)
    return float(angle), float(np.log(area) / 2), float(centre[0]), float(centre[1])


def _moved(turn: float, grown: float, shift: Floats, about: Floats) -> Floats:
    """A similarity about a point."""
    scale = np.exp(grown)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    to, back = np.eye(3), np.eye(3)
    to[:2, 2], back[:2, 2] = about + shift, -about
    return to @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ back


def shown_share(corrections: Floats, size: Size) -> float:
    """How much of its width and height a steady picture can show without an empty border, at most 1.

    Args:
        corrections: of ``steadied``.
        size: of the pictures.
    """
    middle = np.array([size.width / 2, size.height / 2])
    return min((_room(_inverse(matrix), middle) for matrix in corrections), default=1.0)


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _room(back: Floats, middle: Floats) -> float:
    """The share by which corners about the middle have to shrink for all to lie inside a picture, by bisection."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * middle
    low, high = 0.0, 1.0
    if _inside(back, middle + corners, middle):
        return 1.0
    for _ in range(24):
        half = (low + high) / 2
        low, high = (half, high) if _inside(back, middle + half * corners, middle) else (low, half)
    return low


def _inside(back: Floats, corners: Floats, middle: Floats) -> bool:
    places = np.array([_place(back, corner) for corner in corners])
    return bool((places >= -1e-6).all() and (places <= 2 * middle + 1e-6).all())


def limited(corrections: Floats, size: Size, least: float = LEAST_SHOWN) -> Floats:
    """Corrections weakened, each as far as it takes for that share of the picture to be shown.

    Args:
        corrections: (T, 3, 3) of ``steadied``.
        size: of the pictures.
        least: share of width and height that is to be shown.
    """
    middle = np.array([size.width / 2, size.height / 2])
    return np.array([_weakened(matrix, middle, least) for matrix in corrections])


def _weakened(matrix: Floats, middle: Floats, least: float) -> Floats:
    if _room(_inverse(matrix), middle) >= least:
        return matrix
    turn, grown, *centre = _turn_size_shift(matrix, middle)
    shift = np.array(centre) - middle
    low, high = 0.0, 1.0
    for _ in range(16):
        half = (low + high) / 2
        tried = _moved(half * turn, half * grown, half * shift, middle)
        low, high = (half, high) if _room(_inverse(tried), middle) >= least else (low, half)
    return _moved(low * turn, low * grown, low * shift, middle)


def followed(boxes: Floats, window: tuple[float, float], size: Size, frames: float) -> Floats:
    """Where the middle of a frame goes that follows a subject: smoothly, with the subject inside while it fits.

    Args:
        boxes: (T, 4) left, top, right, bottom of the subject; rows of NaN where it is not seen, but not all.
        window: width and height of the frame, no larger than the picture.
        size: of the picture.
        frames: deviation of the smoothing, in frames.

    Returns:
        (T, 2) xy, such that the frame lies inside the picture.
    """
    half = np.array(window) / 2
    low, high = half, np.array([size.width, size.height]) - half
    middle = smoothed((boxes[:, :2] + boxes[:, 2:]) / 2, frames)
    near, far = boxes[:, 2:] - half, boxes[:, :2] + half  # the middle may lie from near to far
    fits = near <= far
    kept = np.where(fits, np.clip(middle, near, far), middle)
    kept = np.where(np.isnan(kept), middle, kept)
    return np.clip(smoothed(np.clip(kept, low, high), frames / 4), low, high)
