"""Smooth paths through knots that come round again: however long a film is, its paths stay bounded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

#: Moments that are kept.
KEPT = 64


class Loop:
    """A smooth periodic path that never overshoots its knots: between two equal knots it rests exactly.

    Source: Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants", 1984.
    """

    def __init__(self, times: Values, values: Values) -> None:
        """Lay a path through knots.

        Args:
            times: (n,) rising, from 0 to the period, frames.
            values: (n, d) knots; what the last adds to the first is added again in every round.
        """
        self.times, self.values = times, values
        self.period = float(times[-1])
        chords = np.diff(values, axis=0) / np.diff(times)[:, None]
        before, after = np.roll(chords, 1, axis=0), chords
        both = before * after
        # Nothing where the path turns or rests, else between the slopes on both sides.
        slopes = np.where(both > 0, 2 * both / np.where(both > 0, before + after, 1.0), 0.0)
        self._slopes = np.vstack([slopes, slopes[:1]])
        self._known: dict[float, Values] = {}

    def at(self, time: float) -> Values:
        """The path at any time, (d,), not to be written to."""
        if time not in self._known:
            # All parts of a body ask for the same few moments.
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[time] = self._between(time)
        return self._known[time]

    def _between(self, time: float) -> Values:
        rounds, local = divmod(time, self.period)
        left = int(np.clip(np.searchsorted(self.times, local, side="right") - 1, 0, len(self.times) - 2))
        span = self.times[left + 1] - self.times[left]
        share = (local - self.times[left]) / span
        start, end = self.values[left], self.values[left + 1]
        leaving, arriving = self._slopes[left : left + 2] * span
        step = share * share * (3 - 2 * share)
        bend = leaving * share * (1 - share) ** 2 - arriving * share * share * (1 - share)
        result: Values = start + (end - start) * step + bend + rounds * (self.values[-1] - self.values[0])
        return result


def stretched(durations: Sequence[float], period: float) -> Values:
    """Times of the knots of legs that fill a period exactly, (n + 1,)."""
    times = np.concatenate([[0.0], np.cumsum(durations)])
    return times * (period / times[-1])
