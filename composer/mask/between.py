"""Between two frames that a segmenter was asked about: its outlines, carried along the flow from both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.embedded import LOGIT_SPAN
from composer.mask.propagate import carried_trust
from composer.motion import consistent, resize_flow, warp_by_flow
from composer.motion.flow import pixel_grid
from composer.values import Box, Candidate, Prompt, Size

Map = NDArray[np.float32]

#: Logits beyond this are certain.
_SURE = LOGIT_SPAN / 2
#: What a carried outline weighs where the flow cannot be believed, and what the motion's own opinion weighs
#: everywhere: between them, a pixel that nobody vouches for goes to the motion.
SCANT, OPINION = 0.02, 0.05


@dataclass(frozen=True, eq=False)
class Step:
    """From a frame to the next.

    Args:
        forth: (h, w, 2) float16 pixels, flow from the earlier to the later frame.
        back: (h, w, 2) float16 pixels, flow from the later to the earlier one.
    """

    forth: NDArray[np.float16]
    back: NDArray[np.float16]

    @property
    def reversed(self) -> Step:
        """The same with time running backwards."""
        return Step(self.back, self.forth)


@dataclass(frozen=True, eq=False)
class Way:
    """The way from a frame to another and back.

    Args:
        there: (h, w, 2) float32 pixels, from this frame to the other.
        back: (h, w, 2) float32 pixels, from the other to this one.
        trust: (h, w) float32 0..1, how far to believe ``there``.
    """

    there: NDArray[np.float32]
    back: NDArray[np.float32]
    trust: Map

    @classmethod
    def standing(cls, shape: tuple[int, ...]) -> Self:
        """The way from a frame to itself.

        Args:
            shape: (h, w).
        """
        still = np.zeros((*shape, 2), np.float32)
        return cls(still, still, np.ones(shape, np.float32))

    def on(self, step: Step, here: NDArray[np.uint8], goal: NDArray[np.uint8]) -> Way:
        """The way from the next frame.

        Args:
            step: to it.
            here: (h, w) uint8, that frame.
            goal: (h, w) uint8, the frame that the way leads to.
        """
        back, forth = step.back.astype(np.float32), step.forth.astype(np.float32)
        # Steps are added up, not searched for anew between the two frames: that lost 0.8 points of J more of exact
        # outlines on a generated film, at twelve frames' distance (measured 2026-11-25).
        there = back + _picked(self.there, back)
        onward = self.back + _picked(forth, self.back)
        trust = carried_trust(there, here, goal) * consistent(there, onward)
        return Way(there, onward, trust)


def ways(greys: Sequence[NDArray[np.uint8]], steps: Sequence[Step]) -> list[Way]:
    """From each of consecutive frames to the first of them.

    Args:
        greys: (h, w) uint8, one after the other; reversed in time they lead to the last.
        steps: from each to the next.
    """
    found = [Way.standing(greys[0].shape)]
    for here, step in zip(greys[1:], steps, strict=True):
        found.append(found[-1].on(step, here, greys[0]))
    return found


def _picked(flow: NDArray[np.float32], along: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors fetched along a flow, never mixed: between a thing and what lies behind it, no vector is right."""
    height, width = flow.shape[:2]
    columns, rows = pixel_grid(height, width)
    x = np.clip(np.rint(columns + along[..., 0]), 0, width - 1).astype(np.intp)
    y = np.clip(np.rint(rows + along[..., 1]), 0, height - 1).astype(np.intp)
    return cast("NDArray[np.float32]", flow[y, x])


@dataclass(frozen=True, eq=False)
class Outline:
    """One object on a frame that was asked about, packed.

    Args:
        box: whole pixels; outside it the object certainly is not.
        logits: (h, w) float16 of the box.
        quality: the segmenter's predicted overlap.
        size: of the picture.
    """

    box: Box
    logits: NDArray[np.float16]
    quality: float
    size: Size

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """Pack a segmenter's answer."""
        height, width = candidate.logits.shape
        left, top, columns, rows = cv2.boundingRect((candidate.logits > -_SURE).view(np.uint8))
        box = Box(left, top, left + columns, top + rows)
        part = np.clip(candidate.logits[box.slices], -_SURE, _SURE).astype(np.float16)
        return cls(box, part, candidate.quality, Size(width, height))

    def along(self, flow: NDArray[np.float32]) -> Map:
        """The outline as the flow fetches it.

        Args:
            flow: (H, W, 2) float32 pixels, of the picture's size, to the frame that was asked about.

        Returns:
            (H, W) float32 logits.
        """
        whole = np.full(self.size.shape, -_SURE, np.float32)
        whole[self.box.slices] = self.logits
        return warp_by_flow(whole, flow)


@dataclass(frozen=True, eq=False)
class Side:
    """What one neighbouring frame that was asked about has to say.

    Args:
        outlines: its objects.
        way: to it.
        near: 0..1, how much it counts by its distance.
    """

    outlines: Mapping[int, Outline]
    way: Way
    near: float


def carried(prompts: Sequence[Prompt], sides: Sequence[Side], size: Size) -> dict[int, Candidate]:
    """The outlines of a frame that was not asked about.

    Each pixel is the mean of what either side fetches and of the motion's opinion, weighed by distance and by how
    far the flow can be believed there.

    Args:
        prompts: what would have been asked.
        sides: the nearest frames before and after that were asked, one or two of them.
        size: of the picture.

    Returns:
        By object; those that neither side knows are left out.
    """
    flows = [resize_flow(side.way.there, height=size.height, width=size.width) for side in sides]
    trusts = [_resized(side.way.trust + np.float32(SCANT), size) for side in sides]
    found = {}
    for prompt in prompts:
        told = [number for number, side in enumerate(sides) if prompt.object_id in side.outlines]
        if not told:
            continue
        outlines = [sides[number].outlines[prompt.object_id] for number in told]
        near = np.array([sides[number].near for number in told], np.float32)
        near /= near.sum()
        words = [(one.along(flows[k]), trusts[k] * share) for one, k, share in zip(outlines, told, near, strict=True)]
        if prompt.mask is not None:
            opinion = (_resized(prompt.mask, size) - np.float32(0.5)) * np.float32(LOGIT_SPAN)
            words.append((opinion, np.full(size.shape, OPINION, np.float32)))
        quality = sum(one.quality * float(share) for one, share in zip(outlines, near, strict=True))
        found[prompt.object_id] = Candidate(_mean(words), quality, prompt.moving_score)
    return found


def _mean(words: Sequence[tuple[Map, Map]]) -> Map:
    logits, weight = words[0][0] * words[0][1], words[0][1].copy()
    for more, share in words[1:]:
        logits += more * share
        weight += share
    return logits / weight


def _resized(plane: Map, size: Size) -> Map:
    return cast("Map", cv2.resize(plane, (size.width, size.height), interpolation=cv2.INTER_LINEAR))
