"""Paths of a view through a shot: smooth, without lag, lazy where they may be.

Everything here looks at the whole path at once, so nothing comes late: a filter that looks as far ahead as back has no
phase.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_REACH = 3  # standard deviations at which a Gaussian ends


def smoothed(values: Values, sigma: float) -> Values:
    """Values under a Gaussian; a straight line stays that line, up to its very ends.

    Args:
        values: (N,) or (N, K).
        sigma: standard deviation in values.
    """
    reach = int(np.ceil(_REACH * sigma))
    if reach < 1 or len(values) < 2:
        return values.copy()
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    kernel /= kernel.sum()
    columns = values.reshape(len(values), -1).T
    padded = [np.pad(column, reach, mode="reflect", reflect_type="odd") for column in columns]
    return np.stack([np.convolve(column, kernel, "valid") for column in padded], axis=1).reshape(values.shape)


def taut(low: Values, high: Values) -> Values:
    """The shortest line that stays between two others, its ends free: it rests wherever it may.

    Args:
        low: (N,) the lower one.
        high: (N,) the upper one, never below it.

    Returns:
        (N,) values; a string pulled tight between the two.
    """
    count = len(low)
    path = np.empty(count)
    at, value = 0, _resting(low, high)
    while at < count - 1:
        upto, slope = _pulled(low, high, at, value)
        path[at : upto + 1] = value + slope * np.arange(upto - at + 1)
        value, at = float(path[upto]), upto
    path[at] = value
    return path


def _resting(low: Values, high: Values) -> float:
    """Where a string with a free end begins: the level at which it can rest longest."""
    floors, ceilings = np.maximum.accumulate(low), np.minimum.accumulate(high)
    crossed = np.flatnonzero(floors > ceilings)
    if not len(crossed):
        return float((floors[-1] + ceilings[-1]) / 2)
    first = crossed[0]
    return float(ceilings[first - 1] if low[first] > ceilings[first - 1] else floors[first - 1])


def _pulled(low: Values, high: Values, at: int, value: float) -> tuple[int, float]:
    """Where a straight piece that begins at a place ends, and its slope."""
    steps = np.arange(1, len(low) - at)
    rises, falls = (low[at + 1 :] - value) / steps, (high[at + 1 :] - value) / steps
    least, most = np.maximum.accumulate(rises), np.minimum.accumulate(falls)
    crossed = np.flatnonzero(least > most + 1e-12)
    if not len(crossed):
        if least[-1] <= 0 <= most[-1]:
            return len(low) - 1, 0.0  # the other end is free too
        values = rises if least[-1] > 0 else falls
        bend = int(np.argmax(rises) if least[-1] > 0 else np.argmin(falls))
        return at + 1 + bend, float(values[bend])
    first = int(crossed[0])
    if rises[first] > most[first]:  # it must go over a floor that the ceiling before has kept it from
        bend = int(np.argmin(falls[:first])) if first else 0
        return at + 1 + bend, float(falls[bend])
    bend = int(np.argmax(rises[:first])) if first else 0
    return at + 1 + bend, float(rises[bend])


def limited(values: Values, step: float) -> Values:
    """Values that change by at most so much from one to the next: the mean of what a limit gives from either end.

    Args:
        values: (N,).
        step: most change, > 0.
    """
    forth, back = values.copy(), values.copy()
    for index in range(1, len(values)):
        forth[index] = np.clip(values[index], forth[index - 1] - step, forth[index - 1] + step)
        back[-index - 1] = np.clip(values[-index - 1], back[-index] - step, back[-index] + step)
    return (forth + back) / 2


def filled(values: Values, fallback: float) -> Values:
    """Values with those that are missing (NaN) on straight lines between their neighbours.

    Args:
        values: (N,).
        fallback: where all are missing.
    """
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return np.full(len(values), fallback)
    return np.interp(np.arange(len(values)), known, values[known])
