"""Following between the frames that were pointed at: each is an anchor, and every frame listens to both beside it.

From the first anchor the object is followed to the next frame that is put right. What was followed to there is taken
as a guess, put right, and becomes an anchor itself; from it the way is gone back to the one before, and the two answers
for a frame are joined. Beyond the outermost anchors the object is followed to the ends of the shot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from composer.mask.carry import Known, known_of
from composer.mask.follow import RETURNED, Followed, Map, Picture, overlap, walk

#: Overlap from which two answers are taken to be of one thing, and mixed; below it the surer one counts alone.
SAME = 0.5
#: Confidence below which a lone answer loses against "it is not there".
DOUBTFUL = 0.5
#: Steepness that makes a mixture of two outlines crisp again.
CRISP = 2.0


class Track(Protocol):
    """Where the object is, frame by frame."""

    def put(self, index: int, followed: Followed) -> None:
        """Note a frame; the last word counts."""
        ...

    def at(self, index: int) -> Followed:
        """What was noted of a frame."""
        ...


@dataclass(frozen=True)
class Anchor:
    """A frame that is put right.

    Args:
        index: which.
        correct: from the guess that following gives, (h, w) float32 0..1, to the outline.
    """

    index: int
    correct: Callable[[Map], Map]


def follow_all(
    picture_at: Callable[[int], Picture],
    count: int,
    start: int,
    mask: Map,
    *,
    anchors: Sequence[Anchor],
    track: Track,
    cuts: Collection[int] = (),
) -> None:
    """Follow an object through the shot.

    Args:
        picture_at: reduced picture of a frame, (h, w, 3) uint8 BGR.
        count: frames in the shot.
        start: the frame that was pointed at first.
        mask: (h, w) float32 0..1, the object on it.
        anchors: frames that are put right, in any order; on one frame they count in the order given.
        track: takes every frame's result.
        cuts: frames at which a scene begins; nothing is followed across.
    """
    asked: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        asked.setdefault(anchor.index, []).append(anchor)
    track.put(start, Followed(_corrected(mask, asked.get(start, ())), 1.0))
    seen = [(picture_at(start), track.at(start).mask)]
    known = _known(seen)
    for step in (1, -1):
        here = start
        for there in sorted((index for index in asked if (index - start) * step > 0), key=lambda index: index * step):
            for index, found in walk(picture_at, known, track.at(here).mask, range(here, there + step, step), cuts):
                track.put(index, found)
            track.put(there, Followed(_corrected(track.at(there).mask, asked[there]), 1.0))
            seen.append((picture_at(there), track.at(there).mask))
            known = _known(seen)
            way = range(there, here, -step)
            for index, found in walk(picture_at, known, track.at(there).mask, way, cuts):
                track.put(index, joined(track.at(index), found, abs(index - here) / len(way)))
            here = there
        end = count if step > 0 else -1
        for index, found in walk(picture_at, known, track.at(here).mask, range(here, end, step), cuts):
            track.put(index, found)


def _corrected(guess: Map, anchors: Sequence[Anchor]) -> Map:
    for anchor in anchors:
        guess = anchor.correct(guess)
    return guess


def _known(seen: Sequence[tuple[Picture, Map]]) -> Known:
    """What is known of an object from all frames it was pointed at on; empty ones tell what it is not."""
    return known_of([picture for picture, _ in seen], [mask for _, mask in seen])


def joined(first: Followed, second: Followed, share: float) -> Followed:
    """One answer from those of two anchors.

    Args:
        first: followed from one.
        second: followed from the other.
        share: how much of the way from the first anchor to the second this frame lies, 0..1.

    Returns:
        Where both see the same thing, their mixture by nearness and confidence, trusted at least as far as they agree.
        Where only one sees it, that one if it is sure. Where they see different things, the surer and nearer one.
    """
    if first.mask.any() != second.mask.any():
        return _lone(first if first.mask.any() else second)
    weights = np.array([first.confidence * (1 - share), second.confidence * share]) + 1e-6
    better = (first, second)[int(np.argmax(weights))]
    same = overlap(first.mask, second.mask)
    if same < SAME:
        return better
    mixed = (weights[0] * first.mask + weights[1] * second.mask) / weights.sum()
    crisp = np.clip((mixed - 0.5) * CRISP + 0.5, 0, 1).astype(np.float32)
    return Followed(crisp, max(better.confidence, min(1.0, same / RETURNED)))


def _lone(seen: Followed) -> Followed:
    if seen.confidence >= DOUBTFUL:
        return seen
    return Followed(np.zeros_like(seen.mask), 1 - seen.confidence)
