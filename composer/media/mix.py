"""Mixing: a list of sounds into one track, block by block, so that memory does not grow with length."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray

from composer.media.duck import HOPS, Ducker, hop_of
from composer.media.listen import Cut, Format, listen, sample_at
from composer.media.sounds import Sound

Block = NDArray[np.float32]
_SETTLED = 10  # time constants after which a twenty-thousandth is left of how ducking began
_STEPS = 200  # steps of the ducking follower in a block: about a second


def mix(
    sounds: Sequence[Sound], *, until: Fraction, rate: int, layout: str, start: Fraction = Fraction(0)
) -> Iterator[Block]:
    """Add sounds up.

    A sound with other channels than the layout is brought to it by FFmpeg's rule: one channel is heard from both sides
    3 dB quieter, so that its power stays; two channels of more stay left and right; what is folded down is taken with
    the 0.7071 of ITU-R BS.775.

    Args:
        sounds: what is heard, in any order.
        until: seconds of the mix at which it ends.
        rate: samples a second.
        layout: FFmpeg's name of the channel layout.
        start: seconds of the mix at which the first block begins.

    Where one sound ducks under another, the sounds before ``start`` are listened to as well: a part sounds as it does
    in the whole.

    Yields:
        (C, N) float32 blocks without gaps, full scale 1.0, not clipped; the first sample is number
        ``round(start * rate)`` of the mix, the last ``round(until * rate) - 1``.

    Raises:
        ProbeError: a stream that is missing or cannot be decoded.
    """
    first, last = sample_at(start, rate), sample_at(until, rate)
    form = Format("fltp", layout, rate)
    duckers = [None if sound.duck is None else Ducker(sound.duck, rate) for sound in sounds]
    lows = _lows(sounds, first, last, hop_of(rate))
    early = Fraction(lows[0] if lows else first, rate)
    with ExitStack() as stack:
        strips = [stack.enter_context(closing(_Strip(sound, form, early, last))) for sound in sounds]
        for low, high in pairwise([*lows, last]):
            block = _added(sounds, [strip.block(low, high) for strip in strips], duckers)
            if high > first:
                yield block[:, max(0, first - low) :]


def _lows(sounds: Sequence[Sound], first: int, last: int, hop: int) -> list[int]:
    """Where blocks begin: on a step of the follower as in the whole, and early enough for ducking to have come there."""
    size, step = hop * _STEPS, first // hop * hop
    slowest = max((max(sound.duck.attack, sound.duck.release) for sound in sounds if sound.duck), default=0.0)
    early = max(0, step - round(_SETTLED * slowest * HOPS) * hop)
    return [*range(early, step, size), *range(step, last, size)]


def _added(sounds: Sequence[Sound], blocks: Sequence[Block], duckers: Sequence[Ducker | None]) -> Block:
    """The sum of one block of every sound, each ducked under those that it listens to."""
    total = np.zeros_like(blocks[0])
    for block, ducker, sound in zip(blocks, duckers, sounds, strict=True):
        if ducker is None or sound.duck is None:
            total += block
            continue
        heard = np.zeros_like(total)
        for other, theirs in zip(sounds, blocks, strict=True):
            if other.name == sound.duck.under:
                heard += theirs
        total += block * ducker.factors(heard)
    return total


class _Strip:
    """One sound, handed out block by block; its file is open only while it is heard.

    Args:
        sound: which.
        form: float samples of the mix.
        start: seconds of the mix before which nothing is asked for.
        last: number of the sample at which the mix ends.
    """

    def __init__(self, sound: Sound, form: Format, start: Fraction, last: int) -> None:
        self._sound, self._form = sound, form
        end = sound.heard_until
        self._last = last if end is None else min(last, sample_at(end, form.rate))
        self._first = sample_at(sound.at, form.rate)
        self._channels = av.AudioLayout(form.layout).nb_channels
        self._pieces = self._runs(start)
        self._held: tuple[int, Block] | None = None

    def close(self) -> None:
        """Let go of the file."""
        self._pieces.close()

    def block(self, low: int, high: int) -> Block:
        """Samples of the mix from one number up to another, shaped; never from before the call before."""
        out = np.zeros((self._channels, high - low), np.float32)
        if high <= self._first or low >= self._last:
            return out
        while (held := self._held or next(self._pieces, None)) is not None:
            begin, samples = held
            self._held = held if begin + samples.shape[1] > high else None
            from_, to = max(begin, low), min(begin + samples.shape[1], high, self._last)
            if to > from_:
                out[:, from_ - low : to - low] = samples[:, from_ - begin : to - begin]
            if self._held is not None:
                break
        envelope = self._sound.envelope(low, high, self._form.rate)
        return out if isinstance(envelope, float) and envelope == 1 else (out * envelope).astype(np.float32)

    def _runs(self, start: Fraction) -> Generator[tuple[int, Block]]:
        """Its pieces, each with the number of its first sample in the mix; again and again where it loops."""
        sound, rate = self._sound, self._form.rate
        if not sound.loop:
            late = max(Fraction(0), start - sound.at)
            yield from listen(self._cut(sound.at, late), self._form)
            return
        length = None if sound.end is None else sound.end - sound.start
        at = sound.at
        while sample_at(at, rate) < self._last:
            heard = sample_at(at, rate)
            for first, samples in listen(self._cut(at), self._form):
                yield first, samples
                heard = first + samples.shape[1]
            # A loop begins again where its own length says, counted in fractions: nothing adds up over many turns.
            length = length or Fraction(heard - self._first, rate)
            if not length:
                return
            at += length

    def _cut(self, at: Fraction, late: Fraction = Fraction(0)) -> Cut:
        sound = self._sound
        return Cut(sound.path, sound.stream, sound.start + late, sound.end, at - sound.start)
