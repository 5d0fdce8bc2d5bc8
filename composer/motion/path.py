"""The path of a region through a shot: its corners on every frame, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.motion.track import Status
from composer.values import Placement, Quad


@dataclass(frozen=True)
class PathSummary:
    """How surely a region was followed.

    Args:
        frames: of the shot.
        seen: frames on which it was compared and recognised.
        carried: frames on which it moved along with what is around.
        lost: frames on which nothing is known of it.
        lowest: lowest confidence where it is not lost, 0..1.
    """

    frames: int
    seen: int
    carried: int
    lost: int
    lowest: float


@dataclass(frozen=True, eq=False)
class Path:
    """Where a region lies on every frame.

    Args:
        corners: (T, 4, 2) float64, pixel edges; NaN where it is lost.
        confidence: (T,) float64, 0..1.
        status: (T,) uint8, of ``Status``.
    """

    corners: NDArray[np.float64]
    confidence: NDArray[np.float64]
    status: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.confidence)

    def placement(self, index: int) -> Placement | None:
        """Where it lies on a frame, with where it lies half a frame before and after; None where it is lost.

        Args:
            index: of the frame; past the last one the last one counts.
        """
        index = min(index, len(self) - 1)
        if index < 0 or self.status[index] == Status.LOST:
            return None
        now, trust = self.corners[index], float(self.confidence[index])
        before, after = self._half(index, -1), self._half(index, 1)
        if before is None and after is not None:
            before = 2 * now - after
        if after is None and before is not None:
            after = 2 * now - before
        return Placement(Quad(now), trust, _quad(before), _quad(after))

    def _half(self, index: int, step: int) -> NDArray[np.float64] | None:
        other = index + step
        if not 0 <= other < len(self) or self.status[other] == Status.LOST:
            return None
        return np.asarray((self.corners[index] + self.corners[other]) / 2)

    @property
    def summary(self) -> PathSummary:
        """How surely the region was followed."""
        seen, carried, lost = (len(self.frames(each)) for each in (Status.SEEN, Status.CARRIED, Status.LOST))
        known = self.confidence[self.status != Status.LOST]
        return PathSummary(len(self), seen, carried, lost, float(known.min()) if len(known) else 0.0)

    def frames(self, status: Status) -> list[int]:
        """The frames of a status, rising."""
        return [int(index) for index in np.flatnonzero(self.status == status)]


def _quad(corners: NDArray[np.float64] | None) -> Quad | None:
    return None if corners is None else Quad(corners)


def standing(corners: NDArray[np.float64], matrices: NDArray[np.float64], confidence: NDArray[np.float64]) -> Path:
    """The path of corners that a matrix leads to on every frame.

    Args:
        corners: (4, 2), pixel edges.
        matrices: (T, 3, 3) on pixel edges, from where the corners are known; NaN where unknown.
        confidence: (T,); 0 where it is lost.
    """
    there = np.concatenate([corners, np.ones((4, 1))], axis=1) @ np.swapaxes(matrices, 1, 2)
    placed = there[..., :2] / there[..., 2:]
    known = np.isfinite(placed).all(axis=(1, 2)) & (there[..., 2] > 0).all(axis=1)
    placed[~known] = np.nan
    return Path(placed, np.where(known, confidence, 0.0), np.where(known, Status.SEEN, Status.LOST).astype(np.uint8))
