"""How noisy a plane is, and the same noise for what is put into it.

Source: Immerkaer, "Fast Noise Variance Estimation", Computer Vision and Image Understanding 64 (1996): a mask that
answers neither to flat areas nor to ramps. Here per block, of which the lower quartile counts, so that texture and
edges have no say.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import cell_mean
from composer.values import PixelFormat, Plane

_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_BLOCK = 16
_LOW = 0.943  # what the lower quartile of blocks of white noise finds of it (measured on 20 pictures, 2026-11-25)
_POOL = 1 << 20
_EVERY = 64  # rows from one band of blocks to the next: a quarter of the picture tells enough


def noise_level(plane: Plane) -> float:
    """Standard deviation of a plane's noise, in sample values; 0 where it has none, as a drawn picture.

    Args:
        plane: (H, W) uint8 or uint16.
    """
    rows, columns = plane.shape
    if rows < _BLOCK + 2 or columns < _BLOCK + 2:
        return 0.0
    levels = []
    for top in range(0, rows - _BLOCK - 1, _EVERY):
        answer = cv2.filter2D(plane[top : top + _BLOCK + 2], cv2.CV_32F, _MASK)[1:-1, 1:-1]
        whole = answer[:, : (columns - 2) // _BLOCK * _BLOCK]
        levels.append(cell_mean(np.abs(whole), (_BLOCK, _BLOCK)).reshape(-1))
    blocks = np.concatenate(levels) * np.float32(np.sqrt(np.pi / 2) / 6)
    # Blocks without any noise are clipped or drawn, and tell nothing about the rest.
    noisy = blocks[blocks > 0]
    return float(np.quantile(noisy, 0.25)) / _LOW if 2 * noisy.size > blocks.size else 0.0


def grained(
    planes: tuple[Plane, ...], levels: tuple[float, ...], pixels: PixelFormat, *, seed: int
) -> tuple[Plane, ...]:
    """Planes with noise of given levels added to what they have.

    Args:
        planes: colour planes, without alpha.
        levels: standard deviation to reach, one per plane, in sample values.
        pixels: their format.
        seed: equal seeds give equal noise.
    """
    random = np.random.default_rng(seed)
    return tuple(_grained(plane, level, pixels, random) for plane, level in zip(planes, levels, strict=True))


def _grained(plane: Plane, level: float, pixels: PixelFormat, random: np.random.Generator) -> Plane:
    own = noise_level(plane)
    missing = float(np.sqrt(max(0.0, level * level - own * own)))  # variances of independent noise add up
    start = int(random.integers(_POOL // 2))
    if missing == 0:
        return plane
    noise = np.resize(_pool()[start:], plane.size).reshape(plane.shape) * np.float32(missing)
    noise += plane
    np.rint(noise, out=noise)
    return np.asarray(np.clip(noise, 0, pixels.maximum, out=noise).astype(pixels.dtype))


@cache
def _pool() -> NDArray[np.float32]:
    """Normal noise that every frame takes a piece of: drawing it anew would take as long as all the rest of an insert."""
    return np.random.default_rng(0).standard_normal(_POOL, np.float32)
