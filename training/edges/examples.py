"""Batches for the edges network, made as they are asked for: a run needs no files but its seed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.mask.edge_net import Draft, draft_of
from training.edges.coarse import draw_coarse
from training.edges.composites import SIZE, Composite, make_composite
from training.edges.cutouts import Alpha
from training.scenes.dice import Dice
from training.scenes.textures import TexturePool

Planes = NDArray[np.float32]

#: Side of an example, cut from a composite where its edge is.
CROP = 128
#: Coarse mattes made of one composite, and cuts made of each.
MATTES, CUTS = 2, 2
#: Composites of this seed are never trained on.
HELD_OUT = 1_000_003
#: From this batch on coarse mattes have spots where nothing is. They came late into the first run; so its command repeats.
GHOSTS_FROM = 2750
#: Composites that share a stock of textures.
STOCK = 4000


def batches(seed: int, first: int, *, size: int) -> Iterator[tuple[Planes, Planes]]:
    """Endless batches; the same for the same seed and number, wherever a run was interrupted.

    Args:
        seed: names the run.
        first: number of the first batch.
        size: examples in a batch, a multiple of four.

    Yields:
        Network input (size, 5, 128, 128) float32 and truth (size, 3, 128, 128) float32: alpha, the guided
        filter's answer, the band.
    """
    number, composites = first, size // (MATTES * CUTS)
    while True:
        pool = _stock(seed * 100_003 + number * composites // STOCK)
        pairs = [
            pair
            for one in range(composites)
            for pair in _examples(Dice(seed, number, one), pool, ghosts=number >= GHOSTS_FROM)
        ]
        yield np.stack([planes for planes, _ in pairs]), np.stack([truth for _, truth in pairs])
        number += 1


def held_out(count: int) -> Iterator[tuple[Composite, Alpha, Draft]]:
    """Composites that no run trains on, each with a coarse matte and its draft.

    Args:
        count: how many.
    """
    pool = _stock(HELD_OUT)
    for index in range(count):
        dice = Dice(HELD_OUT, index)
        composite = make_composite(dice, pool)
        coarse = draw_coarse(dice, composite.alpha)
        yield composite, coarse, drafted(composite, coarse)


@lru_cache(maxsize=2)
def _stock(seed: int) -> TexturePool:
    return TexturePool(seed)


def drafted(composite: Composite, coarse: Alpha) -> Draft:
    """What the network is given of a composite."""
    return draft_of(composite.picture.astype(np.float32) / np.float32(255), coarse)


def truth_of(alpha: Alpha, draft: Draft) -> Planes:
    """What the loss needs, (3, h, w) float32: alpha, the guided filter's answer, the band."""
    return np.stack([alpha, draft.guided, draft.band])


def _examples(dice: Dice, pool: TexturePool, *, ghosts: bool) -> Iterator[tuple[Planes, Planes]]:
    composite = make_composite(dice, pool)
    for _ in range(MATTES):
        draft = drafted(composite, draw_coarse(dice, composite.alpha, ghosts=ghosts))
        truth = truth_of(composite.alpha, draft)
        for _ in range(CUTS):
            cut = _place(dice, draft.band)
            yield _turned(dice, draft.planes[:, *cut], truth[:, *cut])


def _place(dice: Dice, band: Planes) -> tuple[slice, slice]:
    """A square around a pixel of the band; anywhere where there is none."""
    rows, columns = np.nonzero(band > 0.5)
    top, left = (dice.count(0, SIZE - CROP) for _ in range(2))
    if len(rows):
        pick = dice.count(0, len(rows) - 1)
        centre = (int(rows[pick]), int(columns[pick]))
        top, left = (int(np.clip(at + dice.count(-32, 32) - CROP // 2, 0, SIZE - CROP)) for at in centre)
    return slice(top, top + CROP), slice(left, left + CROP)


def _turned(dice: Dice, planes: Planes, truth: Planes) -> tuple[Planes, Planes]:
    if dice.chance(0.5):
        planes, truth = planes[:, :, ::-1], truth[:, :, ::-1]
    if dice.chance(0.3):
        planes, truth = planes.swapaxes(1, 2), truth.swapaxes(1, 2)
    return planes, truth
