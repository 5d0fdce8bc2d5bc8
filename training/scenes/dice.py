"""Random draws with short names; every scene owns one, seeded, so that a scene is its seed."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

#: Lengths and speeds are drawn for pictures of about this many pixels.
AREA = 256 * 144


def unit_of(shape: tuple[int, int]) -> float:
    """How many pixels of a (height, width) picture make one of a 256x144 picture."""
    return math.sqrt(shape[0] * shape[1] / AREA)


class Dice:
    """A seeded source of the few kinds of draw that scenes need."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(np.random.SeedSequence(seed))

    def between(self, low: float, high: float) -> float:
        """A uniform draw."""
        return float(self.rng.uniform(low, high))

    def scale(self, low: float, high: float) -> float:
        """A draw uniform in the logarithm: sizes and speeds."""
        return math.exp(self.rng.uniform(math.log(low), math.log(high)))

    def chance(self, share: float) -> bool:
        """True in ``share`` of the draws."""
        return bool(self.rng.random() < share)

    def normal(self, spread: float = 1.0, centre: float = 0.0) -> float:
        """A Gaussian draw."""
        return float(self.rng.normal(centre, spread))

    def count(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def sign(self) -> int:
        """-1 or 1."""
        return 1 if self.chance(0.5) else -1

    def angle(self) -> float:
        """Any direction, radians."""
        return self.between(0.0, 2 * math.pi)

    def heading(self) -> float:
        """A direction of travel, radians: near the horizontal more often than not."""
        tilt = self.normal(0.12) if self.chance(0.5) else self.angle()
        return tilt + (math.pi if self.chance(0.5) else 0.0)

    def field(self, shape: tuple[int, int], cells: int, amount: float) -> NDArray[np.float32]:
        """A smooth random displacement field (H, W, 2) float32, ``cells`` bumps high.

        ``amount`` is in pixels of a picture of 256x144; a larger one gets larger displacements.
        """
        wide = max(2, round(cells * shape[1] / shape[0]))
        coarse = self.rng.standard_normal((cells, wide, 2), dtype=np.float32) * np.float32(amount * unit_of(shape))
        return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
