"""Seeded noise that the painted textures are made of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def fractal(shape: tuple[int, int], *, seed: int, cell: float, octaves: int = 5, fall: float = 0.55) -> Floats:
    """Fractal value noise, (H, W) float32 with mean 0 and a deviation near 1.

    Args:
        shape: height and width in pixels.
        seed: same seed, same noise.
        cell: size of the largest blobs in pixels.
        octaves: how many times the blobs halve in size.
        fall: how much weaker each finer octave is.
    """
    rng = np.random.default_rng(seed)
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step = max(cell / 2**octave, 1.0)
        grid = rng.standard_normal((int(height / step) + 3, int(width / step) + 3)).astype(np.float32)
        fine = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += fall**octave * fine[:height, :width]
    return (total - total.mean()) / (total.std() + 1e-6)


def smoothstep(low: float, high: float, value: Floats) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def at(x: float, y: float, z: float) -> NDArray[np.float64]:
    """A place or a step in metres."""
    return np.array([x, y, z])


def mix(first: Floats, second: Floats, share: Floats) -> Floats:
    """Blend two (H, W, 3) pictures by an (H, W) share of the second."""
    return first + (second - first) * share[..., None]


def relief(height: Floats, *, strength: float) -> Floats:
    """Brightness of a bumpy surface lit from the upper left, (H, W) around 1.

    Args:
        height: (H, W) relief in any unit.
        strength: how much a slope brightens or darkens.
    """
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    return np.clip(1 + strength * (across + down), 0.3, 1.8)


def linear(color: str) -> Floats:
    """Linear light of a ``#rrggbb`` sRGB colour, (3,) float32 RGB."""
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def srgb(light: Floats) -> Floats:
    """Values 0..1 in sRGB of linear light, with a soft shoulder near white."""
    soft = np.where(light > 0.7, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)), light)
    clipped = np.clip(soft, 0, 1)
    return np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055).astype(np.float32)
