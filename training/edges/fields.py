"""Smooth random fields in pixels of the array at hand, whatever its size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice


def smooth_field(dice: Dice, shape: tuple[int, int], cells: int, amount: float) -> NDArray[np.float32]:
    """Two smooth random planes, (H, W, 2) float32.

    Args:
        dice: source of draws.
        shape: (H, W).
        cells: bumps from top to bottom.
        amount: deviation of the bumps.
    """
    wide = max(2, round(cells * shape[1] / shape[0]))
    coarse = dice.rng.standard_normal((cells, wide, 2), dtype=np.float32) * np.float32(amount)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)
