"""Loudness and true peak of sound, measured while it passes by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import inf, log10, pi, tan

import av
import numpy as np
from numpy.typing import NDArray

from composer.media.mix import Block

_ABSOLUTE = -70.0  # LUFS below which a block never counts
_RELATIVE = -10.0  # LU below the mean of what is left, below which it does not count either
_OFFSET = -0.691
_SURROUND = ("BL", "BR", "BC", "SL", "SR", "FLC", "FRC")
_PHASES, _TAPS = 4, 48  # the standard asks for at least four times the rate
_BETA = 7.0  # of the Kaiser window


@dataclass(frozen=True)
class Measured:
    """What a track measures.

    Args:
        loudness: integrated, LUFS; minus infinity where all of it is silent.
        peak: true peak, dBTP; minus infinity likewise.
    """

    loudness: float
    peak: float


@cache
def _weighting(rate: int) -> tuple[NDArray[np.float64], int]:
    """The K-weighting filter as an impulse response that ends, as long as 1/3 s: what follows is below 1e-15 of it."""
    taps = 1 << (rate // 3 - 1).bit_length()
    z = np.exp(-2j * pi * np.arange(taps // 2 + 1) / taps)
    k, q, gain = tan(pi * 1681.974450955533 / rate), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = gain**0.4996667741545416
    shelf = _biquad(
        (gain + band * k / q + k * k, 2 * (k * k - gain), gain - band * k / q + k * k),
        (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k),
        z,
    )
    k, q = tan(pi * 38.13547087602444 / rate), 0.5003270373238773
    scale = 1 + k / q + k * k
    high = _biquad((1, -2, 1), (1, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale), z)
    return np.fft.irfft(shelf * high, taps), taps


def _biquad(
    over: tuple[float, float, float], under: tuple[float, float, float], z: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    return (over[0] + over[1] * z + over[2] * z * z) / (under[0] + under[1] * z + under[2] * z * z)


@cache
def _interpolator() -> NDArray[np.float64]:
    """(4, 48) taps: a windowed sinc at each quarter of the way between two samples."""
    away = np.arange(_TAPS) - _TAPS // 2 + 1 - np.arange(_PHASES)[:, None] / _PHASES
    window = np.i0(_BETA * np.sqrt(1 - np.square(away / (_TAPS // 2)))) / np.i0(_BETA)
    return np.asarray(np.sinc(away) * window)


def peaks_between(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """The largest value at and after each sample, in any channel, at four times the rate.

    Args:
        samples: (C, N).

    Returns:
        (N,) amplitudes; the last 24 see silence after them.

    Source: Recommendation ITU-R BS.1770-4, Annex 2: the peak of the signal at four times its rate. The interpolator is
    a sinc of 48 taps under a Kaiser window; it is flat to 0.05 dB up to 0.45 of the rate.
    """
    count = samples.shape[1]
    best = np.abs(samples).max(axis=0).astype(np.float64)
    before = _TAPS // 2 - 1
    for channel in samples:
        padded = np.pad(channel.astype(np.float64), (before, _TAPS // 2))
        for taps in _interpolator()[1:]:
            np.maximum(best, np.abs(np.correlate(padded, taps, "valid"))[:count], out=best)
    return best


class Meter:
    """Measures integrated loudness and true peak of blocks in order.

    Source: Recommendation ITU-R BS.1770-4: K-weighting, mean square over 400 ms with 75 % overlap, channels summed with
    1.41 for those behind and 0 for the low-frequency one, an absolute gate of -70 LUFS and a relative one 10 LU under
    the mean of the rest. The filter's coefficients at any rate are those of its analogue form (B. De Man, "Evaluation
    of implementations of the EBU R128 loudness measurement", AES 145, 2018); at 48 kHz they are the standard's.

    Args:
        rate: samples a second.
        layout: FFmpeg's name of the channel layout.
    """

    def __init__(self, rate: int, layout: str) -> None:
        names = [channel.name for channel in av.AudioLayout(layout).channels]
        self._weights = np.array([0.0 if name == "LFE" else 1.41 if name in _SURROUND else 1.0 for name in names])
        self._rate = rate
        self._taps, self._length = _weighting(rate)
        self._past = np.zeros((len(names), self._length - 1))
        self._powers = [0.0]  # weighted energy of every 100 ms
        self._seen = 0
        self._peak = 0.0

    def add(self, block: Block) -> None:
        """Measure one more block.

        Args:
            block: (C, N) float32, full scale 1.0.
        """
        if not block.shape[1]:
            return
        reach = min(_TAPS, self._length - 1)
        self._peak = max(self._peak, float(peaks_between(np.hstack([self._past[:, -reach:], block])).max()))
        together = np.hstack([self._past, block])
        self._past = together[:, -(self._length - 1) :]
        size = 1 << (together.shape[1] - 1).bit_length()
        spectrum = np.fft.rfft(together, size) * np.fft.rfft(self._taps, size)
        heard = np.fft.irfft(spectrum, size)[:, self._length - 1 : together.shape[1]]
        self._count(self._weights @ np.square(heard))

    def _count(self, power: NDArray[np.float64]) -> None:
        """Add energies to the tenths of a second that they belong to."""
        done = 0
        while done < len(power):
            edge = round(len(self._powers) * self._rate / 10)
            step = min(edge - self._seen, len(power) - done)
            self._powers[-1] += float(power[done : done + step].sum())
            self._seen, done = self._seen + step, done + step
            if self._seen == edge:
                self._powers.append(0.0)

    @property
    def measured(self) -> Measured:
        """Of everything so far."""
        peak = 20 * log10(self._peak) if self._peak else -inf
        return Measured(self._integrated(), peak)

    def _integrated(self) -> float:
        tenths = np.array(self._powers[:-1])
        if len(tenths) < 4:  # shorter than one block: all that there is
            tenths = np.array([sum(self._powers) * 0.4 * self._rate / max(1, self._seen), 0, 0, 0])
        blocks = np.convolve(tenths, np.ones(4), "valid") / (0.4 * self._rate)
        blocks = blocks[blocks > _power(_ABSOLUTE)]
        if not len(blocks):
            return -inf
        return _loudness(float(blocks[blocks > blocks.mean() * 10 ** (_RELATIVE / 10)].mean()))


def _power(loudness: float) -> float:
    return float(10 ** ((loudness - _OFFSET) / 10))


def _loudness(power: float) -> float:
    return _OFFSET + 10 * log10(power)


def measured_by(meter: Meter, blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks, each measured as it passes."""
    for block in blocks:
        meter.add(block)
        yield block
