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
from composer.mask.embedded import LOGIT_SPAN, SOFT_LOGITS, EmbeddedSegmenter
from composer.mask.flow_picture import enlarged
from composer.mask.propose import prompt_for
from composer.mask.segment import Segmenter
from composer.mask.shot import Shot
from composer.mask.store import StoredMatte
from composer.mask.tools import Tools
from composer.mask.vote import Neighbours
from composer.mask.ways import FlowUse
from composer.values import Candidate, Frame, Prompt, Size

Job = TypeVar("Job")
Result = TypeVar("Result")

#: Logits beyond plus and minus half of this are certain.
SPAN = LOGIT_SPAN
#: Overlap with the motion below which an outline is taken to be of something else.
LEAST_AGREEMENT = 0.3
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


@dataclass(frozen=True, eq=False)
class Named:
    """What the first look found on one frame.

    Args:
        probability: (h, w) uint8, 255 for certain motion.
        labels: (h, w) uint16 object ids, 0 for none.
        scores: moving score by object.
        cut: whether a new scene begins here.
        drawn: (h, w, 3) uint8 RGB, its flow as a picture, where that is what the segmenter looks at.
        beside: its brightness, and flow to the neighbours.
    """

    probability: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    scores: dict[int, float]
    cut: bool = False
    drawn: NDArray[np.uint8] | None = None
    beside: Neighbours | None = None


def cut_out(shot: Shot, tools: Tools, named: Iterable[Named], add: Callable[[StoredMatte], None]) -> dict[int, float]:
    """Outline the objects on every frame.

    Args:
        shot: the plate, decoded a second time where the segmenter looks at it.
        tools: the segmenter and whom to tell.
        named: the first look, frame by frame.
        add: takes the frames' mattes in order.

    Returns:
        Mean quality by object.
    """
    found: dict[int, list[float]] = {}
    loaded: list[Segmenter] = []

    def jobs() -> Iterator[tuple[int, Frame, list[Prompt]]]:
        for index, (seen, frame) in enumerate(shown(shot, tools.flow, named)):
            prompts = prompts_of(seen, frame.size)
            if prompts and not loaded and tools.flow != "alone":  # not at all where nothing moves
                loaded.append(tools.choice.load())
            yield index, frame, prompts

    def outline(job: tuple[int, Frame, list[Prompt]]) -> Outlined:
        index, frame, prompts = job
        if tools.flow == "alone":
            candidates = [as_it_is(prompt, frame.size) for prompt in prompts]
        else:
            candidates = candidates_for(frame, prompts, loaded[0] if prompts else None)
        tools.observer.saw_outlines(index, prompts, candidates)
        return outlined(frame, prompts, candidates)

    for index, result in enumerate(in_order(outline, jobs())):
        tools.tick("mattes: outlines", index + 1, shot.count)
        add(result.matte)
        for one, quality in result.qualities.items():
            found.setdefault(one, []).append(quality)
    return {one: float(np.mean(values)) for one, values in found.items()}


def shown(shot: Shot, flow: FlowUse, named: Iterable[Named]) -> Iterator[tuple[Named, Frame]]:
    """Every frame of the first look with the picture that is outlined: the plate's, or its flow drawn.

    Args:
        shot: the plate.
        flow: what it is for.
        named: the first look, frame by frame.
    """
    if flow == "prompts":
        yield from zip(named, shot.frames(), strict=False)
        return
    for seen in named:
        # Where motion is the matte nobody looks at the picture: one pixel stands for it, and nothing is decoded.
        drawn = np.zeros((1, 1, 3), np.uint8) if seen.drawn is None else seen.drawn
        yield seen, enlarged(drawn, shot.size)


def as_it_is(prompt: Prompt, size: Size) -> Candidate:
    """A prompt's motion mask as the answer, only made larger.

    Args:
        prompt: with its mask.
        size: of the plate.

    Returns:
        Its quality is the overlap of mask and outline: low where the motion is vague.
    """
    mask = np.zeros((1, 1), np.float32) if prompt.mask is None else prompt.mask
    inside = mask > 0.5
    either = float(np.maximum(mask, inside).sum())
    quality = float(np.minimum(mask, inside).sum()) / either if either else 0.0
    full = cv2.resize(mask, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    return Candidate((full - np.float32(0.5)) * np.float32(SPAN), quality, prompt.moving_score)


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


def prompts_of(seen: Named, size: Size) -> list[Prompt]:
    """The questions of one frame, largest object first.

    Args:
        seen: what moves on it.
        size: of its picture.
    """
    areas = np.bincount(seen.labels.ravel())
    largest = sorted(seen.scores, key=lambda one: (-areas[one], one))[:MOST_OBJECTS]
    probability = seen.probability.astype(np.float32) / np.float32(255)
    return [prompt_for(probability, seen.labels == one, size, score=seen.scores[one], object_id=one) for one in largest]


def candidates_for(frame: Frame, prompts: Sequence[Prompt], segmenter: Segmenter | None) -> list[Candidate]:
    """Ask for the outlines of the objects of one frame.

    Args:
        frame: the plate.
        prompts: one per object.
        segmenter: whom to ask; None only where there is nothing to ask.
    """
    if not prompts or segmenter is None:
        return []
    candidates = segmenter.predict(segmenter.embed(look.rgb(frame)), prompts)
    return agreeing(candidates, prompts, frame, segmenter.name)


def outlined(frame: Frame, prompts: Sequence[Prompt], candidates: Sequence[Candidate]) -> Outlined:
    """One frame's matte from the outlines of its objects.

    Args:
        frame: the plate.
        prompts: one per object.
        candidates: the answers, one per prompt.
    """
    if not candidates:
        return Outlined(StoredMatte.of(np.zeros(frame.size.shape, np.uint8), None, ()), {})
    ids = tuple(prompt.object_id for prompt in prompts)
    alpha, labels = flattened(candidates)
    qualities = {one: candidate.quality for one, candidate in zip(ids, candidates, strict=True)}
    return Outlined(StoredMatte.of(alpha, labels, ids), qualities)


def agreeing(candidates: Sequence[Candidate], prompts: Sequence[Prompt], frame: Frame, name: str) -> list[Candidate]:
    """The candidates, save those that outline something else than what moved: there the motion's own outline.

    Args:
        candidates: a segmenter's answers.
        prompts: what it was asked, one for each.
        frame: that it was asked about; looked at again only where an outline is another thing's.
        name: of the segmenter; the embedded one outlines the motion itself.
    """
    if name == EmbeddedSegmenter.name:
        return list(candidates)
    embedded = EmbeddedSegmenter()
    embedding = None
    kept = []
    for candidate, prompt in zip(candidates, prompts, strict=True):
        if prompt.mask is not None and agreement(candidate, prompt.mask) < LEAST_AGREEMENT:
            embedding = embedding or embedded.embed(look.rgb(frame))
            kept += embedded.predict(embedding, [prompt])
        else:
            kept.append(candidate)
    return kept


def agreement(candidate: Candidate, mask: NDArray[np.float32]) -> float:
    """Overlap of an outline with the motion that asked for it.

    Args:
        candidate: a segmenter's answer.
        mask: (h, w) float32 0..1, the prompt's.

    Returns:
        Intersection over union, 0..1.
    """
    height, width = mask.shape
    inside = cv2.resize((candidate.logits > 0).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) > 0.5
    moved = mask > 0.5
    either = int(np.count_nonzero(inside | moved))
    return float(np.count_nonzero(inside & moved)) / either if either else 1.0


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
    total = np.clip(candidates[0].logits, -SPAN / 2, SPAN / 2)
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
