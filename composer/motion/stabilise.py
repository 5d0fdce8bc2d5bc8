"""Taking the shake out of a camera's path: a smooth path beside the real one, and the window that shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.motion.steady import Values, smoothed
from composer.values import Homography, Size

MOST_ZOOM = 1.25  # of the picture; where the camera swings farther than that leaves room for, it is smoothed less
_LEVELS = 5  # each smooths over half as long as the one before
_STILL = 0.1  # pixels: a camera that moves less than this beside its smooth path is left alone


def step_of(matrix: NDArray[np.float64], size: Size) -> Values:
    """The similarity that a camera's step is around the middle of the picture.

    Args:
        matrix: (3, 3) float64 on edge coordinates, the frame before to this one.
        size: of the picture.

    Returns:
        (4,) shift x, shift y in pixels, logarithm of the scale, angle in radians.
    """
    middle = np.array([size.width, size.height]) / 2
    there = Homography(matrix).applied(middle + np.array([[0, 0], [1, 0], [0, 1]]))
    (a, c), (b, d) = there[1] - there[0], there[2] - there[0]
    scale = max(abs(a * d - b * c), 1e-9)
    return np.array([*(there[0] - middle), 0.5 * np.log(scale), np.arctan2(c - b, a + d)])


@dataclass(frozen=True, eq=False)
class Steadied:
    """One scene, steadied.

    Args:
        correction: (N, 4) by how much every frame's content is moved about the middle, as in ``step_of``.
        zoom: by how much the picture is enlarged, so that no border shows; 1.0 where nothing is moved.
        shake: root mean square of what the camera does beside its smooth path, pixels.
    """

    correction: Values
    zoom: float
    shake: float


def steadied(steps: Values, size: Size, *, sigma: float, amount: float) -> Steadied:
    """Smooth a scene's camera path, as far as the picture has room.

    The path is the sum of the steps, in shift, scale and angle; the smooth one is it under a Gaussian that looks as far
    ahead as back. The picture is enlarged once for the whole scene, by what the worst frame needs and at most 1.25.

    Args:
        steps: (N, 4) from ``step_of``; the first is zero.
        size: of the picture.
        sigma: frames; standard deviation of the smoothing.
        amount: share of the shake that is taken out, 0..1.
    """
    path = np.cumsum(steps, axis=0)
    away = smoothed(path, sigma) - path
    reach = np.array([1.0, 1.0, max(size.width, size.height) / 2, max(size.width, size.height) / 2])
    shake = float(np.sqrt(np.square(away * reach).sum(axis=1).mean()))
    if amount == 0 or np.abs(away * reach).max() < _STILL:
        return Steadied(np.zeros_like(path), 1.0, shake)
    correction = _with_room(path, size, sigma=sigma, amount=amount)
    return Steadied(correction, max(_zoom_for(each, size) for each in correction), shake)


def _with_room(path: Values, size: Size, *, sigma: float, amount: float) -> Values:
    """Corrections that leave no border at the largest enlargement: where the camera swings far it is smoothed less.

    So a pan stays a pan, and what is quick in it is still taken out. How much less changes slowly.
    """
    ladder = [amount * (smoothed(path, sigma / 2**level) - path) for level in range(_LEVELS)]
    ladder.append(np.zeros_like(path))
    needed = np.array([_level(frame, size) for frame in np.stack(ladder, axis=1)], np.float64)
    if not needed.any():
        return ladder[0]
    levels = -_gentle(-needed, sigma)
    lower = np.floor(levels).astype(int)
    share = (levels - lower)[:, None]
    rungs, frames = np.array(ladder), np.arange(len(path))
    upper = np.minimum(lower + 1, _LEVELS)
    return np.asarray((1 - share) * rungs[lower, frames] + share * rungs[upper, frames])


def _level(corrections: Values, size: Size) -> int:
    """The first of ever weaker corrections of a frame, (L, 4), from which on none shows a border."""
    shown = [level for level, each in enumerate(corrections) if not _fits(each, size, MOST_ZOOM)]
    return shown[-1] + 1 if shown else 0


def window_map(correction: Values, size: Size, zoom: float) -> NDArray[np.float64]:
    """What leads from the steadied picture to the frame that it is seen in: (3, 3) on edge coordinates.

    Args:
        correction: (4,) of the frame.
        size: of the picture.
        zoom: of its scene.
    """
    x, y = size.width / 2, size.height / 2
    centre = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
    back = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]], np.float64)
    cos, sin = np.exp(correction[2]) * np.cos(correction[3]), np.exp(correction[2]) * np.sin(correction[3])
    moved = np.array([[cos, -sin, correction[0]], [sin, cos, correction[1]], [0, 0, 1]])
    return centre @ np.linalg.inv(moved) @ np.diag([1 / zoom, 1 / zoom, 1.0]) @ back


def _fits(correction: Values, size: Size, zoom: float) -> bool:
    corners = np.array([[0, 0], [size.width, 0], [size.width, size.height], [0, size.height]], np.float64)
    there = Homography(window_map(correction, size, zoom)).applied(corners)
    return bool((there >= -1e-6).all() and (there <= np.array([size.width, size.height]) + 1e-6).all())


def _zoom_for(correction: Values, size: Size) -> float:
    """The least enlargement at which a frame shows no border, up to the most that is allowed."""
    low, high = 1.0, MOST_ZOOM
    if _fits(correction, size, low):
        return low
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if _fits(correction, size, middle) else (middle, high)
    return high


def _gentle(values: Values, sigma: float) -> Values:
    """Values that change slowly and are nowhere above those given: the least around, averaged over as far."""
    reach = max(1, round(sigma))
    padded = np.pad(values, 2 * reach, mode="edge")
    least = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    return np.convolve(least, kernel, "valid")
