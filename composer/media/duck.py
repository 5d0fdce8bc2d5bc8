"""Ducking: how much quieter one sound becomes while another is heard."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from composer.media.sounds import Duck

HOPS = 200  # steps a second: power is averaged over 5 ms, about one period of a low voice
_KNEE = 6.0  # decibels around the threshold over which ducking sets in


def hop_of(rate: int) -> int:
    """Samples between two steps of the follower."""
    return max(1, rate // HOPS)


class Ducker:
    """Follows the level of one sound, and tells the gain of another, block by block.

    Every 5 ms the power of the sound that is listened to, summed over its channels, gives a level L in decibels. The
    wanted gain is 0 below the threshold and ``-by`` above it, linear in between over a knee of 6 dB. It is smoothed in
    decibels by one pole that goes down with ``attack`` and up with ``release``::

        g[n] = a g[n-1] + (1 - a) wanted[n],   a = exp(-step / attack) or exp(-step / release)

    and goes straight from each step to the next. Nothing looks ahead by more than the 5 ms of a step.

    Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design: A Tutorial and
    Analysis", J. Audio Eng. Soc. 60 (6), 2012: the smooth branching detector, placed after the gain computer in the
    log domain, which they recommend.

    Args:
        duck: what is asked.
        rate: samples a second.
    """

    def __init__(self, duck: Duck, rate: int) -> None:
        self._duck = duck
        self._hop = hop_of(rate)
        step = self._hop / rate
        self._down, self._up = exp(-step / max(duck.attack, 1e-6)), exp(-step / max(duck.release, 1e-6))
        self._gain = 0.0

    def factors(self, heard: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the ducked samples are multiplied by.

        Args:
            heard: (C, N) samples of the sound that is listened to; N a whole number of steps, but for the last block.

        Returns:
            (N,) factors from 0 to 1.
        """
        count = heard.shape[1]
        steps = -(-count // self._hop)
        padded = np.zeros(steps * self._hop, np.float64)
        padded[:count] = np.square(heard, dtype=np.float64).sum(axis=0)
        gains = np.array([self._gain, *self._followed(padded.reshape(steps, self._hop).mean(axis=1))])
        places = np.arange(1, count + 1) / self._hop
        decibels = np.interp(places, np.arange(steps + 1), gains)
        return (10 ** (decibels / 20)).astype(np.float32)

    def _followed(self, power: NDArray[np.float64]) -> list[float]:
        """The smoothed gain after each step, in decibels."""
        level = 10 * np.log10(np.maximum(power, 1e-20))
        over = ((level - self._duck.threshold) / _KNEE + 0.5).clip(0, 1)
        gains = []
        for wanted in (-self._duck.by * over).tolist():
            pole = self._down if wanted < self._gain else self._up
            self._gain = pole * self._gain + (1 - pole) * wanted
            gains.append(self._gain)
        return gains
