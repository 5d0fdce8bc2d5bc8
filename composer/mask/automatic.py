"""Everything in one picture, no question asked: outlines of whatever may be a thing, the best first.

A segmenter that answers clicks is asked at every point of a grid, and what it is unsure of, or says twice, is left
out. The embedded segmenter knows no things but colours: there the regions of the picture are merged into larger ones
(``composer.mask.regions``), and those that differ most from what is around them come first.

Source: the grid, and its thresholds, are those of Kirillov et al., "Segment Anything", 2023, appendix B, with
doubles told by the overlap of the outlines themselves instead of their boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.regions import Tree, tree_of
from composer.mask.segment import Segmenter
from composer.values import Prompt, Size

Mask = NDArray[np.bool_]

#: Points asked about in one call.
_BATCH = 32
#: Logits by which an outline is shifted both ways to see whether it holds.
_SHIFT = 1.0
#: Outlines that overlap more than this are one.
SAME = 0.7
#: At most this many outlines are kept of one picture.
MOST = 250
#: Exponents and lengths of a region's score. Source: of 24 tried on generated films (seed 3), measured 2026-11-25.
_CONTRAST_POWER, _AREA_POWER, _LARGE = 2.0, 0.25, 0.5


@dataclass(frozen=True)
class Asked:
    """How closely a picture is looked at.

    Args:
        grid: points along its longer side, for segmenters that are asked by points.
        min_area: share of the picture below which nothing is a thing.
        quality: outlines that the segmenter itself rates lower are left out.
        stability: outlines that change more than this under a shift of the threshold are left out.
    """

    grid: int = 32
    min_area: float = 0.001
    quality: float = 0.88
    stability: float = 0.95


@dataclass(frozen=True, eq=False)
class Proposal:
    """Something that may be a thing.

    Args:
        mask: (h, w) bool.
        quality: 0..1, how surely it is one.
    """

    mask: Mask
    quality: float


def propose_all(segmenter: Segmenter, picture: NDArray[np.uint8], asked: Asked, taken: Mask) -> list[Proposal]:
    """Outline everything in a picture.

    Args:
        segmenter: whom to ask.
        picture: (H, W, 3) uint8 RGB.
        asked: how closely to look.
        taken: (h, w) bool, at most as large as the picture: what is known already and not to be outlined.

    Returns:
        Masks as large as ``taken``, the best first, no two the same; they may lie in each other, as a wheel lies in
        a car.
    """
    size = Size(taken.shape[1], taken.shape[0])
    if isinstance(segmenter, EmbeddedSegmenter):
        found = by_regions(picture, asked, size)
    else:
        points = grid_points(Size(picture.shape[1], picture.shape[0]), asked.grid)
        found = by_grid(segmenter, picture, points, asked, size)
    rests = (Proposal(one.mask & ~taken, one.quality) for one in found)
    return [one for one in rests if np.count_nonzero(one.mask) >= max(1.0, asked.min_area * taken.size)]


def grid_points(size: Size, along: int) -> NDArray[np.float32]:
    """The middles of the cells of a grid.

    Args:
        size: of the picture.
        along: cells along its longer side; the cells are near squares.

    Returns:
        (P, 2) float32 xy pixels.

    Example:
        >>> grid_points(Size(40, 20), 4).tolist()[:2]
        [[5.0, 5.0], [15.0, 5.0]]
    """
    cell = max(size.width, size.height) / along
    columns, rows = (max(1, round(side / cell)) for side in (size.width, size.height))
    x = (np.arange(columns) + 0.5) * size.width / columns
    y = (np.arange(rows) + 0.5) * size.height / rows
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)


def by_grid(
    segmenter: Segmenter, picture: NDArray[np.uint8], points: NDArray[np.float32], asked: Asked, size: Size
) -> list[Proposal]:
    """What a segmenter outlines when it is asked at each of these points.

    Args:
        segmenter: whom to ask.
        picture: (H, W, 3) uint8 RGB.
        points: (P, 2) float32 xy pixels, in any order.
        asked: thresholds.
        size: of the masks.
    """
    embedding = segmenter.embed(picture)
    prompts = [Prompt(point[None], np.ones(1, np.int8)) for point in points]
    found: list[Proposal] = []
    for start in range(0, len(prompts), _BATCH):
        found += [
            Proposal(shrunk(candidate.logits > 0, size), candidate.quality)
            for candidate in segmenter.predict(embedding, prompts[start : start + _BATCH])
            if candidate.quality >= asked.quality and stability(candidate.logits) >= asked.stability
        ]
    return without_doubles((one for one in found if one.mask.mean() >= asked.min_area), size)


def stability(logits: NDArray[np.float32], *, shift: float = _SHIFT) -> float:
    """How little an outline depends on where it is cut off: overlap of a strict and a generous one, 0..1.

    Args:
        logits: (H, W) float32, above 0 inside.
        shift: logits by which the threshold is moved up and down.
    """
    strict, generous = np.count_nonzero(logits > shift), np.count_nonzero(logits > -shift)
    return strict / generous if generous else 0.0


def by_regions(picture: NDArray[np.uint8], asked: Asked, size: Size) -> list[Proposal]:
    """What differs from its surroundings, by colour, texture and edges alone.

    Args:
        picture: (H, W, 3) uint8 RGB.
        asked: the least area; the other thresholds are those of a grid.
        size: of the masks.
    """
    tree = tree_of(cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_AREA))
    scores = standing_out(tree)
    scores[tree.areas < asked.min_area * tree.leaves.size] = 0
    members = tree.members()
    order = [node for node in np.argsort(-scores, kind="stable") if scores[node] > 0][: 2 * MOST]
    chosen = np.zeros((len(order), tree.leaf_count), np.bool_)
    for row, node in enumerate(order):
        chosen[row, members[node]] = True
    found = (Proposal(row[tree.leaves], float(scores[node])) for row, node in zip(chosen, order, strict=True))
    return without_doubles(found, size)


def standing_out(tree: Tree) -> NDArray[np.float64]:
    """How much every node of a tree looks like a thing, 0..1.

    A thing differs from what is around it, does not run out of the picture, and is neither a speck nor all there is.
    """
    share = tree.areas / tree.leaves.size
    contrast = np.maximum(tree.contrasts, 0) ** _CONTRAST_POWER
    return 1 - np.exp(-4 * contrast * (1 - tree.cut) * np.exp(-share / _LARGE) * share**_AREA_POWER)


def shrunk(mask: Mask, size: Size) -> Mask:
    """A mask at another size, set where it covers more than half of a pixel."""
    method = cv2.INTER_AREA if size.width < mask.shape[1] else cv2.INTER_LINEAR
    return cv2.resize(mask.astype(np.float32), (size.width, size.height), interpolation=method) > 0.5


def without_doubles(proposals: Iterable[Proposal], size: Size, *, same: float = SAME) -> list[Proposal]:
    """The best of every group of outlines that are nearly one, best first, in whatever order they come.

    Args:
        proposals: any.
        size: of their masks.
        same: overlap (intersection over union) above which two are one.
    """
    ranked = sorted(proposals, key=lambda one: (-one.quality, -int(one.mask.sum()), one.mask.tobytes()))
    kept: list[Proposal] = []
    words = -(-size.width * size.height // 64)
    masks, areas = np.zeros((MOST, words), np.uint64), np.zeros(MOST)
    for one in ranked:
        area, count = int(np.count_nonzero(one.mask)), len(kept)
        if not area or count == MOST:
            continue
        bits = np.zeros(words * 8, np.uint8)
        packed = np.packbits(one.mask)
        bits[: len(packed)] = packed
        both = np.bitwise_count(masks[:count] & bits.view(np.uint64)).sum(axis=1)
        if count and float((both / (areas[:count] + area - both)).max()) > same:
            continue
        masks[count], areas[count] = bits.view(np.uint64), area
        kept.append(one)
    return kept


def apart(proposals: Sequence[Proposal], taken: Mask, *, free: float = 0.5, least: float = 0.0) -> list[Proposal]:
    """Those that share no pixel, the best first: what an earlier one has is gone for the later ones.

    Args:
        proposals: best first.
        taken: (h, w) bool, what is not to be had.
        free: share of an outline that must be left of it; what is left of less is only a rest.
        least: share of the picture that must be left.
    """
    taken = taken.copy()
    found = []
    for one in proposals:
        rest = one.mask & ~taken
        left = int(np.count_nonzero(rest))
        if left and left >= max(free * np.count_nonzero(one.mask), least * rest.size):
            taken |= rest
            found.append(Proposal(rest, one.quality))
    return found
