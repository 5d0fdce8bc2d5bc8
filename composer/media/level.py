"""Bringing a mix to a loudness: measured once, then turned up or down as a whole."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from math import isfinite

import numpy as np

from composer.media.limit import limited
from composer.media.listen import sample_at
from composer.media.loudness import Measured, Meter
from composer.media.mix import Block, mix
from composer.media.sounds import Mixdown

_RUN_IN = Fraction(1)  # seconds before a part from which peaks are turned down: the limiter lets go within them


def settled(track: Mixdown, *, heard: Callable[[int], None] = lambda _: None) -> tuple[Mixdown, Measured | None]:
    """A mix that knows by how much it is turned up or down.

    Args:
        track: the mix; of a part the whole is measured.
        heard: told the number of samples measured so far; may raise to stop.

    Returns:
        The mix with its ``level``, and what it measured without; the mix as it is, and None, where no loudness is
        asked for. A silent mix stays silent.
    """
    if track.loudness is None:
        return track, None
    meter, count = Meter(track.rate, track.layout), 0
    start, until = (track.start, track.until) if track.whole is None else (Fraction(0), track.whole)
    for block in mix(track.sounds, until=until, rate=track.rate, layout=track.layout, start=start):
        meter.add(block)
        count += block.shape[1]
        heard(count)
    measured = meter.measured
    level = track.loudness - measured.loudness if isfinite(measured.loudness) else 0.0
    return replace(track, level=level), measured


def levelled(track: Mixdown) -> Generator[Block]:
    """The blocks of a settled mix at its level, its peaks under the ceiling where a loudness is asked for.

    The level is one factor over all of it: nothing is compressed. Only peaks that would then go over the ceiling are
    turned down for a moment, by ``composer.media.limit``.
    """
    early = track.start if track.loudness is None else max(Fraction(0), track.start - _RUN_IN)
    blocks = mix(track.sounds, until=track.until, rate=track.rate, layout=track.layout, start=early)
    if track.level:
        blocks = _turned(blocks, track.level)
    if track.loudness is not None:
        blocks = limited(blocks, ceiling=track.ceiling, rate=track.rate)
    late = sample_at(track.start, track.rate) - sample_at(early, track.rate)
    for block in blocks:
        if late < block.shape[1]:
            yield block[:, late:]
        late = max(0, late - block.shape[1])


def _turned(blocks: Iterator[Block], decibels: float) -> Iterator[Block]:
    factor = np.float32(10 ** (decibels / 20))
    for block in blocks:
        yield block * factor
