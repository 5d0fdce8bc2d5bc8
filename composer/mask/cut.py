"""Second look at a shot: the outline of every object at full size, soft and disjoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask import look
from composer.mask.associate import ids_in
from composer.mask.deck import Deck
from composer.mask.embedded import LOGIT_SPAN
from composer.mask.propose import prompt_for
from composer.mask.segment import Segmenter
from composer.mask.shot import Shot
from composer.mask.store import StoredMatte
from composer.mask.tools import Tools
from composer.mask.tracks import Track
from composer.values import Candidate, Frame, Prompt, Size

Job = TypeVar("Job")
Result = TypeVar("Result")

#: Logits beyond plus and minus half of this are certain.
SPAN = LOGIT_SPAN
#: The soft edge is where logits lie between minus and plus this.
SOFT_LOGITS = 1.6
#: At most this many objects are outlined on one frame, the largest first.
MOST_OBJECTS = 24
#: Frames outlined side by side.
WORKERS = 2


@dataclass(frozen=True, eq=False)
class Outlined:
    """One frame's outlines.

    Args:
        matte: as stored.
        qualities: the segmenter's predicted overlap by object.
    """

    matte: StoredMatte
    qualities: dict[int, float]


def cut_out(
    shot: Shot, tools: Tools, deck: Deck, tracks: Sequence[Track], add: Callable[[StoredMatte], None]
) -> dict[int, float]:
    """Outline the objects on every frame.

    Args:
        shot: the plate, decoded a second time.
        tools: the segmenter and whom to tell.
        deck: probability and names of every frame, from the first look.
        tracks: the objects that count.
        add: takes the frames' mattes in order.

    Returns:
        Mean quality by object.
    """
    scores = {track.object_id: track.moving_score for track in tracks}
    segmenter = tools.choice.load() if scores else None
    found: dict[int, list[float]] = {one: [] for one in scores}
    total = len(deck) // 2

    def jobs() -> Iterator[tuple[Frame, list[Prompt]]]:
        for index, frame in zip(range(total), shot.frames(), strict=False):
            probability = deck.at(2 * index).astype(np.float32) / np.float32(255)
            yield frame, _prompts(probability, deck.at(2 * index + 1).astype(np.int32), scores, frame.size)

    def outline(job: tuple[Frame, list[Prompt]]) -> Outlined:
        return outlined(*job, segmenter)

    for index, result in enumerate(in_order(outline, jobs())):
        tools.tick("mattes: outlines", index + 1, total)
        add(result.matte)
        for one, quality in result.qualities.items():
            found[one].append(quality)
    return {one: float(np.mean(values)) for one, values in found.items() if values}


def in_order(work: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """Work on a few jobs side by side; results come in order, and no more than a few wait.

    Args:
        work: may be called from several threads at once.
        jobs: taken one at a time, by the calling thread.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        running: deque[Future[Result]] = deque()
        for job in jobs:
            running.append(pool.submit(work, job))
            if len(running) > WORKERS:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _prompts(
    probability: NDArray[np.float32], labels: NDArray[np.integer], scores: dict[int, float], size: Size
) -> list[Prompt]:
    """The questions of one frame, largest object first."""
    areas = np.bincount(labels.ravel())
    here = sorted(((int(areas[one]), one) for one in ids_in(labels) if one in scores), reverse=True)
    return [
        prompt_for(probability, labels == one, size, score=scores[one], object_id=one) for _, one in here[:MOST_OBJECTS]
    ]


def outlined(frame: Frame, prompts: Sequence[Prompt], segmenter: Segmenter | None) -> Outlined:
    """Outline the objects of one frame.

    Args:
        frame: the plate.
        prompts: one per object.
        segmenter: whom to ask; None only where there is nothing to ask.
    """
    if not prompts or segmenter is None:
        return Outlined(StoredMatte.of(np.zeros(frame.size.shape, np.uint8), None, ()), {})
    candidates = segmenter.predict(segmenter.embed(look.rgb(frame)), prompts)
    ids = tuple(prompt.object_id for prompt in prompts)
    alpha, labels = flattened(candidates)
    qualities = {one: candidate.quality for one, candidate in zip(ids, candidates, strict=True)}
    return Outlined(StoredMatte.of(alpha, labels, ids), qualities)


def flattened(candidates: Sequence[Candidate]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Lay the objects of a frame into one coverage, every pixel belonging to one of them.

    Coverages add up before the edge is made crisp: where two objects touch, each is half there, and together
    they leave no seam.

    Args:
        candidates: one per object.

    Returns:
        (H, W) uint8 coverage by all, and (H, W) uint8: 1 + the index of the object a pixel belongs to, or None
        where there is one object only.
    """
    if len(candidates) == 1:
        return coverage(candidates[0].logits), None
    total = candidates[0].logits.copy()
    best, labels = candidates[0].logits.copy(), np.ones(total.shape, np.uint8)
    for number, candidate in enumerate(candidates[1:], start=2):
        # Sum of shares 1/2 + logit/span, written in logits.
        total += np.clip(candidate.logits, -SPAN / 2, SPAN / 2) + np.float32(SPAN / 2)
        labels[candidate.logits > best] = number
        np.maximum(best, candidate.logits, out=best)
    return coverage(total), labels


def coverage(logits: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Soft coverage from logits: a straight ramp between minus and plus SOFT_LOGITS.

    Args:
        logits: (H, W) float32, above 0 inside.

    Returns:
        (H, W) uint8, 128 where the logit is 0.
    """
    return cv2.convertScaleAbs(cv2.max(logits + np.float32(SOFT_LOGITS), 0.0), alpha=127.5 / SOFT_LOGITS)
