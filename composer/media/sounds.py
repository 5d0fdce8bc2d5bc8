"""What a mix is made of: sounds with their places in time, gains, fades and ducking; values only."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from composer.fields.animation import eased
from composer.fields.easing import Ease
from composer.media.listen import sample_at
from composer.values import Span

Shape = Literal["linear", "equal_power"]
_SOFT = 0.005  # seconds before and after a muted span in which the sound goes and comes: a jump would click


@dataclass(frozen=True)
class Curve:
    """Decibels over time; one value is a constant. Between two keyframes the decibels are eased, not the factor.

    Args:
        times: seconds of the mix, none before the one ahead of it.
        values: decibels, one per time.
        ease: how to go from each to the next.
    """

    times: tuple[Fraction, ...] = (Fraction(0),)
    values: tuple[float, ...] = (0.0,)
    ease: Ease = "linear"

    def factors(self, seconds: NDArray[np.float64]) -> NDArray[np.float64] | float:
        """What samples are multiplied by.

        Args:
            seconds: (N,) times of the samples.
        """
        if len(self.values) == 1:
            return float(10 ** (self.values[0] / 20))
        known = np.array([float(time) for time in self.times])
        values = np.array(self.values)
        after = np.searchsorted(known, seconds, side="right").clip(1, len(known) - 1)
        gone, length = seconds - known[after - 1], known[after] - known[after - 1]
        # Of two keyframes at one moment the later one counts from there on.
        share = np.divide(gone, length, out=(gone >= 0).astype(np.float64), where=length > 0).clip(0, 1)
        decibels = values[after - 1] + (values[after] - values[after - 1]) * _eased(share, self.ease)
        return np.asarray(10 ** (decibels / 20))


def _eased(share: NDArray[np.float64], ease: Ease) -> NDArray[np.float64]:
    """``fields.animation.eased`` over an array: off its curve by less than a thousandth of a decibel."""
    if ease == "linear":
        return share
    if ease == "hold":
        return (share >= 1).astype(np.float64)
    return np.interp(share, *_table(ease))


@cache
def _table(ease: Ease) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places = np.linspace(0, 1, 2049)
    return places, np.array([eased(float(place), ease) for place in places])


@dataclass(frozen=True)
class Duck:
    """Goes quieter while another sound is heard; see ``composer.media.duck``.

    Args:
        under: name of the sounds that are listened to, before their own ducking.
        by: decibels taken away while they are loud, > 0.
        threshold: decibels of full scale, RMS, from which they count as loud.
        attack: time constant of going quieter, seconds.
        release: time constant of coming back, seconds.
    """

    under: str
    by: float = 12.0
    threshold: float = -35.0
    attack: float = 0.05
    release: float = 0.4


@dataclass(frozen=True)
class Sound:
    """One piece of a file's sound, placed in a mix.

    Its sample that lies at ``start`` in the file is heard at ``at`` in the mix, at sample number
    ``round(at * rate)``, and every other as far from it as in the file.

    Args:
        path: the file.
        stream: number of the sound stream in it.
        start: seconds on the file's clock from which it is taken.
        end: seconds on the file's clock up to which; None for to its end.
        at: seconds of the mix at which it begins; may be negative.
        until: seconds of the mix at which it is silent at the latest, or None.
        name: what ``Duck.under`` calls it; several sounds may share one.
        gain: decibels over the time of the mix.
        fade_in: seconds from ``at`` on.
        fade_out: seconds up to where it ends; needs ``end`` or ``until``.
        shape: of both fades: ``linear`` in amplitude, for a sound that goes over into itself, or ``equal_power``
            (sine and cosine), for two different sounds that cross.
        loop: begin again at its end, until ``until`` or the end of the mix.
        mute: seconds of the mix in which it is silent.
        duck: goes quieter while another is heard.
    """

    path: Path
    stream: int
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    at: Fraction = Fraction(0)
    until: Fraction | None = None
    name: str = ""
    gain: Curve = Curve()
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    shape: Shape = "linear"
    loop: bool = False
    mute: tuple[Span, ...] = ()
    duck: Duck | None = None

    def __post_init__(self) -> None:
        if self.fade_out and self.heard_until is None:
            raise ValueError("fade_out: expected end or until, so that it is known where the sound ends")

    @property
    def heard_until(self) -> Fraction | None:
        """Seconds of the mix at which it ends, or None where only its file knows."""
        own = None if self.end is None or self.loop else self.at + self.end - self.start
        ends = [each for each in (own, self.until) if each is not None]
        return min(ends, default=None)

    def envelope(self, low: int, high: int, rate: int) -> NDArray[np.float64] | float:
        """What its samples are multiplied by, ducking aside: exactly 1.0 where nothing is asked for.

        Args:
            low: number of the first sample in the mix.
            high: number after the last.
            rate: samples a second.
        """
        numbers = np.arange(low, high)
        amount = self.gain.factors(numbers / rate)
        if self.fade_in:
            amount = amount * self._faded((numbers - sample_at(self.at, rate)) / float(self.fade_in * rate))
        if self.fade_out and self.heard_until is not None:
            last = sample_at(self.heard_until, rate)
            amount = amount * self._faded((last - numbers) / float(self.fade_out * rate))
        for span in self.mute:
            amount = amount * _silenced(numbers, span, rate)
        return amount

    def _faded(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = share.clip(0, 1)
        return inside if self.shape == "linear" else np.sin(inside * np.pi / 2)


def _silenced(numbers: NDArray[np.int64], span: Span, rate: int) -> NDArray[np.float64]:
    start = sample_at(span.start, rate)
    end = numbers[-1] + rate if span.end is None else sample_at(span.end, rate)
    away = np.maximum(start - numbers, numbers - (end - 1))
    return (away / (_SOFT * rate)).clip(0, 1)


@dataclass(frozen=True)
class Mixdown:
    """One track made of several sounds, or of one that is changed.

    Args:
        sounds: what is heard.
        until: seconds of the mix at which it ends.
        rate: samples a second.
        layout: FFmpeg's name of the channel layout.
        start: seconds of the mix at which it begins.
        offset: seconds added to the mix's clock to get the output's.
        is_lossless: encode without loss where the container can.
        loudness: LUFS that the whole shall have, or None to leave it.
        ceiling: dBTP that no peak goes over, where a loudness is asked for.
        level: decibels added to all of it to get there; None until the mix has been measured.
        whole: seconds of the mix at which the whole ends that this is a part of, and that is measured; None where the
            mix is the whole.
    """

    sounds: tuple[Sound, ...]
    until: Fraction
    rate: int
    layout: str
    start: Fraction = Fraction(0)
    offset: Fraction = Fraction(0)
    is_lossless: bool = False
    loudness: float | None = None
    ceiling: float = -1.0
    level: float | None = None
    whole: Fraction | None = None
