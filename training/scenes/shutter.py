"""When light is gathered: an open shutter blurs what moves, a rolling one reads row after row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice

#: Pixels that things may move between two painted moments.
STEP = 2.0
#: Most moments painted for a frame.
MOST = 7


@dataclass(frozen=True)
class Shutter:
    """How a frame is exposed, painted at an odd number of moments; a row takes those that fall in its own exposure.

    Attributes:
        open: frames that a row gathers light for; 0 for an instant.
        readout: frames between the first and the last row; 0 where all are read at once.
        moments: how many moments are painted, odd; see ``paced``.
    """

    open: float = 0.0
    readout: float = 0.0
    moments: int = 1

    def paced(self, pace: float) -> Shutter:
        """The same shutter, painted as often as things that move ``pace`` pixels a frame need."""
        moments = int(np.clip(np.ceil((self.open + self.readout) * pace / STEP), 1, MOST))
        return replace(self, moments=moments | 1)

    @property
    def offsets(self) -> NDArray[np.float64]:
        """(M,) frames from the middle of the exposure to each moment."""
        span = self.open + self.readout
        return (np.arange(self.moments) - (self.moments - 1) / 2) * (span / self.moments)

    def weights(self, height: int) -> NDArray[np.float32]:
        """(M, H) float32: share of each moment in each row; every row sums to 1."""
        cell = max((self.open + self.readout) / self.moments, 1e-9)
        middle, half = self.row_times(height), max(self.open, cell) / 2
        start = np.maximum(middle - half, self.offsets[:, None] - cell / 2)
        end = np.minimum(middle + half, self.offsets[:, None] + cell / 2)
        shares = np.maximum(end - start, 0)
        return (shares / shares.sum(0)).astype(np.float32)

    def row_times(self, height: int) -> NDArray[np.float64]:
        """(H,) frames from the middle of the exposure to the middle of each row's."""
        return ((np.arange(height) + 0.5) / height - 0.5) * self.readout

    def bands(self, height: int) -> list[tuple[int, slice]]:
        """Moments with the rows whose middle is nearest to them, from the top down: whose truth a row has."""
        nearest = np.abs(self.row_times(height) - self.offsets[:, None]).argmin(0)
        found = [(int(moment), np.flatnonzero(nearest == moment)) for moment in np.unique(nearest)]
        return [(moment, slice(int(rows[0]), int(rows[-1]) + 1)) for moment, rows in found]


def draw_shutter(dice: Dice) -> Shutter:
    """Draw a shutter: every second one blurs what moves, three in ten roll."""
    opened = dice.between(0.25, 1) if dice.chance(0.5) else 0.0
    return Shutter(opened, dice.between(0.2, 0.9) if dice.chance(0.3) else 0.0)
