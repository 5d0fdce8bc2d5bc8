"""Smooth paths through knots that come round again: however long a film is, its paths stay bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Loop:
    """A smooth periodic path that never overshoots its knots: between two equal knots it rests exactly.

    Source: Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants", 1984.

    Attributes:
        times: (n,) rising, from 0 to the period, frames.
        values: (n, d) knots; what the last adds to the first is added again in every round.
    """

    times: Values
    values: Values

    @property
    def period(self) -> float:
        """Frames after which it comes round."""
        return float(self.times[-1])

    def at(self, time: float) -> Values:
        """The path at any time, (d,)."""
        rounds, local = divmod(time, self.period)
        left = int(np.clip(np.searchsorted(self.times, local, side="right") - 1, 0, len(self.times) - 2))
        span = self.times[left + 1] - self.times[left]
        share = (local - self.times[left]) / span
        start, end = self.values[left], self.values[left + 1]
        leaving, arriving = self._slope(left) * span, self._slope(left + 1) * span
        step = share * share * (3 - 2 * share)
        bend = leaving * share * (1 - share) ** 2 - arriving * share * share * (1 - share)
        result: Values = start + (end - start) * step + bend + rounds * (self.values[-1] - self.values[0])
        return result

    def _slope(self, knot: int) -> Values:
        """Slope at a knot: nothing where the path turns or rests, else between the slopes beside it."""
        last = len(self.times) - 1
        before, after = self._chord((knot - 1) % last), self._chord(knot % last)
        both = before * after
        safe = np.where(both > 0, before + after, 1.0)
        return np.where(both > 0, 2 * both / safe, 0.0)

    def _chord(self, left: int) -> Values:
        result: Values = (self.values[left + 1] - self.values[left]) / (self.times[left + 1] - self.times[left])
        return result


def stretched(durations: Sequence[float], period: float) -> Values:
    """Times of the knots of legs that fill a period exactly, (n + 1,)."""
    times = np.concatenate([[0.0], np.cumsum(durations)])
    return times * (period / times[-1])
