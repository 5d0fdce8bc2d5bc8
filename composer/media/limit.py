"""A limiter: keeps the peaks of sound, those between its samples too, under a ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import exp

import numpy as np
from numpy.typing import NDArray

from composer.media.loudness import peaks_between
from composer.media.mix import Block

_REACH = 0.005  # seconds that the gain goes down before a peak
_RELEASE = 0.1  # time constant of coming back, seconds
_SAFETY = 0.1  # decibels kept free: a gain that moves makes peaks of its own


def limited(blocks: Iterable[Block], *, ceiling: float, rate: int) -> Iterator[Block]:
    """Turn down what would go over a ceiling; what does not come near it is unchanged bit for bit.

    The reduction that every sample needs is held for 5 ms before it, let go of by one pole of 100 ms after it, and
    averaged over 5 ms, so that the gain has no corners and is low enough at every peak.

    Args:
        blocks: (C, N) float32 without gaps, each at least 20 ms long but for the last.
        ceiling: dBTP.
        rate: samples a second.

    Yields:
        Blocks of the same shapes.
    """
    top = 10 ** ((ceiling - _SAFETY) / 20)
    reach = max(1, round(_REACH * rate))
    edge = 2 * reach + 48
    held = 0.0
    for before, block, after in _with_edges(blocks, edge):
        peaks = peaks_between(np.hstack([before, block, after]))
        reduction = _ahead(1 - np.minimum(1, top / np.maximum(peaks, 1e-9)), reach)
        reduction = _released(reduction, held, exp(-1 / (_RELEASE * rate)))
        held = float(reduction[block.shape[1] - 1])
        sums = np.cumsum(np.concatenate([[0.0], reduction]))
        smooth = (sums[edge + 1 : edge + 1 + block.shape[1]] - sums[edge - reach : edge - reach + block.shape[1]]) / (
            reach + 1
        )
        yield block if not reduction.any() else (block * (1 - np.maximum(smooth, 0))).astype(np.float32)


def _with_edges(blocks: Iterable[Block], edge: int) -> Iterator[tuple[Block, Block, Block]]:
    """Every block between the end of the one before and the start of the next; silence outside."""
    before: Block | None = None
    block: Block | None = None
    for after in blocks:
        if block is not None:
            yield _edge(before, block, edge, last=True), block, _edge(after, block, edge, last=False)
            before = block
        block = after
    if block is not None:
        yield _edge(before, block, edge, last=True), block, _edge(None, block, edge, last=False)


def _edge(source: Block | None, like: Block, edge: int, *, last: bool) -> Block:
    out = np.zeros((like.shape[0], edge), np.float32)
    if source is None:
        return out
    count = min(edge, source.shape[1])
    if last:
        out[:, edge - count :] = source[:, source.shape[1] - count :]
    else:
        out[:, :count] = source[:, :count]
    return out


def _ahead(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The largest of each value and the ``reach`` that follow it, by doubling."""
    out, done = values, 1
    while done < reach + 1:
        step = min(done, reach + 1 - done)
        out = np.maximum(out, np.concatenate([out[step:], np.zeros(step)]))
        done += step
    return out


def _released(values: NDArray[np.float64], held: float, pole: float) -> NDArray[np.float64]:
    """max(value, pole * the one before), as a running maximum in the log domain.

    Args:
        values: (N,) reductions >= 0.
        held: what the sample before the first came to.
        pole: share that is left after one sample.
    """
    fall = np.log(pole) * np.arange(1, len(values) + 1)
    with np.errstate(divide="ignore"):
        risen = np.log(values) - fall
        start = np.log(held) if held > 0 else -np.inf
    out = np.exp(np.maximum(np.maximum.accumulate(risen), start) + fall)
    return np.where(out < 1e-6, values, out)
