"""Second look with a segmenter that takes long: it is asked on keyframes, and its outlines are carried between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from composer.mask import look
from composer.mask.between import Outline, Side, Step, carried, ways
from composer.mask.cut import SPAN, Named, Outlined, agreeing, agreement, in_order, outlined, prompts_of, shown
from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.keyframes import Section, Sight, area_of, sections, worth_asking
from composer.mask.pool import Pool
from composer.mask.shot import Shot
from composer.mask.store import StoredMatte
from composer.mask.tools import Tools
from composer.motion import DisFlow
from composer.values import Candidate, Frame, Prompt

#: A carried outline whose overlap with the motion is less than a keyframe's by more than this makes another keyframe.
DROP = 0.15
#: Flow is measured on pictures this much wider than those that motion is judged on. Of 1, 1.5, 2 and 2.5, with one
#: frame in eight on three generated films: -1.9, -1.4, -1.6 and -1.8 points of J (measured 2026-11-25).
FLOW_SCALE = 1.5


@dataclass(frozen=True, eq=False)
class Answered:
    """One frame and the outlines of its objects.

    Args:
        sight: the frame.
        prompts: what was, or would have been, asked.
        candidates: one for each.
        reason: why it was a keyframe, or empty.
    """

    sight: Sight
    prompts: Sequence[Prompt]
    candidates: Sequence[Candidate]
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Key:
    """A keyframe, answered.

    Args:
        answered: what the segmenter said.
        outlines: the same by object, packed.
        agreements: overlap with the motion by object.
    """

    answered: Answered
    outlines: dict[int, Outline]
    agreements: dict[int, float]


@dataclass(frozen=True)
class Found:
    """What is known after the second look.

    Args:
        qualities: mean predicted overlap by object.
        keyframes: frames that the segmenter was asked about.
    """

    qualities: dict[int, float] = field(default_factory=dict)
    keyframes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Asker:
    """Asks on keyframes and fills what lies between."""

    pool: Pool

    def keys(self, parts: Iterable[Section]) -> Iterator[tuple[list[Sight], Key | None]]:
        """Every section's keyframe, if any, and the frames after it; asked ahead so that no worker waits."""
        waiting: deque[tuple[Section, list[Prompt], Future[list[Candidate]] | None]] = deque()
        for part in parts:
            first = part.frames[0]
            prompts = prompts_of(first.named, first.frame.size) if part.reason else []
            waiting.append((part, prompts, self._ask(first, prompts) if part.reason else None))
            if len(waiting) > self.pool.workers + 1:
                yield self._met(*waiting.popleft())
        while waiting:
            yield self._met(*waiting.popleft())

    def _met(
        self, part: Section, prompts: list[Prompt], future: Future[list[Candidate]] | None
    ) -> tuple[list[Sight], Key | None]:
        if future is None:
            return part.frames, None
        return part.frames[1:], self._key(part.frames[0], prompts, future, part.reason)

    def _ask(self, sight: Sight, prompts: Sequence[Prompt]) -> Future[list[Candidate]]:
        return self.pool.ask(look.rgb(sight.frame), prompts)

    def _key(self, sight: Sight, prompts: list[Prompt], future: Future[list[Candidate]], reason: str) -> Key:
        candidates = agreeing(future.result(), prompts, sight.frame, self.pool.name)
        pairs = list(zip(prompts, candidates, strict=True))
        return Key(
            Answered(sight, prompts, candidates, reason),
            {prompt.object_id: Outline.of(candidate) for prompt, candidate in pairs},
            _agreements(prompts, {prompt.object_id: candidate for prompt, candidate in pairs}),
        )

    def filled(self, frames: Sequence[Sight], before: Key | None, after: Key | None) -> list[Answered]:
        """The frames between two keyframes; where what is carried drops off from the motion, another is asked.

        Args:
            frames: one after the other, without the keyframes.
            before: the keyframe just before them, if any.
            after: the keyframe just after them, if any.
        """
        if not frames:
            return []
        filled = list(in_order(_between, zip(frames, _sides(frames, before, after), strict=True)))
        worst = _worst(filled, before, after)
        if worst is None:
            return filled
        sight, prompts = frames[worst], list(filled[worst].prompts)
        key = self._key(sight, prompts, self._ask(sight, prompts), "drop")
        return [
            *self.filled(frames[:worst], before, key),
            key.answered,
            *self.filled(frames[worst + 1 :], key, after),
        ]


def cut_out_sparingly(shot: Shot, tools: Tools, named: Iterable[Named], add: Callable[[StoredMatte], None]) -> Found:
    """Outline the objects on every frame, asking the segmenter on few.

    No more is held than the frames around the keyframes that are being asked about, however long the shot.

    Args:
        shot: the plate, decoded a second time.
        tools: the segmenter, how it is asked, and whom to tell.
        named: the first look, frame by frame.
        add: takes the frames' mattes in order.
    """
    found, qualities = Found(), dict[int, list[float]]()
    for done, answered in enumerate(_answers(shot, tools, named), start=1):
        index = answered.sight.index
        if answered.reason:
            found.keyframes.append(index)
            tools.observer.saw_keyframe(index, answered.reason)
        tools.observer.saw_outlines(index, answered.prompts, answered.candidates)
        result: Outlined = outlined(answered.sight.frame, answered.prompts, answered.candidates)
        tools.tick("mattes: outlines", done, shot.count)
        add(result.matte)
        for one, quality in result.qualities.items():
            qualities.setdefault(one, []).append(quality)
    found.qualities.update({one: sum(values) / len(values) for one, values in qualities.items()})
    return found


def _answers(shot: Shot, tools: Tools, named: Iterable[Named]) -> Iterator[Answered]:
    sights = _sights(shown(shot, tools.flow, named))
    with Pool(tools.choice, tools.asking) as pool:
        asker = _Asker(pool)
        frames: list[Sight] = []
        before: Key | None = None
        for following, key in asker.keys(sections(sights, tools.keyframes)):
            yield from asker.filled(frames, before, key)
            if key is not None:
                yield key.answered
            frames, before = following, key
        yield from asker.filled(frames, before, None)


def _sights(seen: Iterable[tuple[Named, Frame]]) -> Iterator[Sight]:
    """Every frame with the flow that leads to it."""
    flow, before = DisFlow(), None
    for index, (named, frame) in enumerate(seen):
        height, width = named.labels.shape
        size = (round(width * FLOW_SCALE), round(height * FLOW_SCALE))
        grey = cv2.resize(look.grey(frame), size, interpolation=cv2.INTER_AREA)
        before = grey if before is None else before
        forth, back = flow.estimate(before, grey), flow.estimate(grey, before)
        yield Sight(index, named, frame, grey, Step(forth.astype(np.float16), back.astype(np.float16)))
        before = grey


def _between(job: tuple[Sight, list[Side]]) -> Answered:
    """A frame between keyframes: the mean of what its sides say and of the same drawn along the picture's own edges.

    What neither side knows is too small or too short to ask about: there the motion is drawn along the edges.

    The edges alone gained where outlines were rough (2.5 points of J on a dog) and lost where the picture's edge is not
    the thing's (1.6 on a car and its shadow), so both have half a say (measured 2026-11-25 on DAVIS).
    """
    sight, sides = job
    size = sight.frame.size
    prompts = prompts_of(sight.named, size)
    if not prompts:
        return Answered(sight, prompts, [])
    known = carried(prompts, sides, size)
    edges = EmbeddedSegmenter()
    coarse = [_with_mask(prompt, known.get(prompt.object_id)) for prompt in prompts]
    drawn = edges.predict(edges.embed(look.rgb(sight.frame)), coarse)
    pairs = zip(prompts, drawn, strict=True)
    return Answered(sight, prompts, [_halfway(known.get(prompt.object_id), one) for prompt, one in pairs])


def _with_mask(prompt: Prompt, told: Candidate | None) -> Prompt:
    if told is None:
        return prompt
    return replace(prompt, mask=np.clip(told.logits / np.float32(SPAN) + np.float32(0.5), 0, 1))


def _halfway(told: Candidate | None, drawn: Candidate) -> Candidate:
    return drawn if told is None else replace(told, logits=(told.logits + drawn.logits) * np.float32(0.5))


def _sides(frames: Sequence[Sight], before: Key | None, after: Key | None) -> list[list[Side]]:
    """What the keyframes around have to say to each of the frames between."""
    sides: list[list[Side]] = [[] for _ in frames]
    greys, steps = [sight.grey for sight in frames], [sight.step for sight in frames]
    span = len(frames) + 1
    if before is not None:
        to_first = ways([before.answered.sight.grey, *greys], steps)[1:]
        for number, way in enumerate(to_first):
            sides[number].append(Side(before.outlines, way, 1 - (number + 1) / span))
    if after is not None:
        last = after.answered.sight
        back = [step.reversed for step in reversed([*steps[1:], last.step])]
        to_last = ways([last.grey, *reversed(greys)], back)[1:]
        for number, way in enumerate(reversed(to_last)):
            sides[number].append(Side(after.outlines, way, (number + 1) / span))
    return sides


def _agreements(prompts: Sequence[Prompt], candidates: dict[int, Candidate]) -> dict[int, float]:
    return {
        prompt.object_id: agreement(candidates[prompt.object_id], prompt.mask)
        for prompt in prompts
        if prompt.mask is not None
    }


def _worst(filled: Sequence[Answered], before: Key | None, after: Key | None) -> int | None:
    """The frame whose carried outlines fall off most from the motion, if they do."""
    drops = [_drop(answered, before, after) for answered in filled]
    worst = max(range(len(drops)), key=drops.__getitem__)
    return worst if drops[worst] > DROP else None


def _drop(answered: Answered, before: Key | None, after: Key | None) -> float:
    """By how much less the carried outlines overlap with the motion than those of the keyframes, by area."""
    named = answered.sight.named
    worthy = worth_asking(named)
    pairs = zip(answered.prompts, answered.candidates, strict=True)
    here = {prompt.object_id: candidate for prompt, candidate in pairs if prompt.object_id in worthy}
    agreements = _agreements([one for one in answered.prompts if one.object_id in here], here)
    drop, known = 0.0, [key.agreements for key in (before, after) if key is not None]
    for one, agreed in agreements.items():
        expected = [each[one] for each in known if one in each] or [agreed]
        drop += area_of(named, [one]) * max(0.0, sum(expected) / len(expected) - agreed)
    return drop / max(1, area_of(named, worthy))
