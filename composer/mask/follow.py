"""Following something that was pointed at on one frame through the shot, both ways.

The outline is carried from frame to frame. Every second or so the way is gone back along the flows: if that does not
end where it began, the outline has slipped to something else, and the confidence says so from there on. Once the
object is out of sight, what looks like it and has its size is looked for on the frames that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.carry import Carried, Known, carry
from composer.mask.measure import region_overlap
from composer.motion import DisFlow, warp_by_flow
from composer.values import Box

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: Below this share of its area where it was pointed at, an object is out of sight.
GONE = 0.03
#: What confidence is left once an object is lost in the middle of the picture, where nothing leaves, and how many pixels
#: from its border that begins; and what is left once something is found again that looks like it.
LOST, BORDER, FOUND = 0.4, 3, 0.5
#: Frames between two checks, and the overlap at which going back counts as having ended where it began.
CHECK_EVERY, RETURNED = 24, 0.75
#: A look's word, blurred by so many pixels, from which a pixel may be the object that was lost.
AGAIN, BLUR = 1.0, 2.0
#: Sizes against where it was pointed at, between which something may be it.
SMALLEST, LARGEST = 0.3, 3.0


@dataclass(frozen=True, eq=False)
class Followed:
    """The object on one frame.

    Args:
        mask: (h, w) float32 0..1; all 0 where the object is not.
        confidence: 0..1, how surely it is still the object that was pointed at.
    """

    mask: Map
    confidence: float


def walk(
    picture_at: Callable[[int], Picture], known: Known, mask: Map, order: range, cuts: Collection[int] = ()
) -> Iterator[tuple[int, Followed]]:
    """Follow an object from a frame on, to the end of its scene: beyond a cut it is not there.

    Args:
        picture_at: reduced picture of a frame, (h, w, 3) uint8 BGR.
        known: its looks.
        mask: (h, w) float32 0..1, the object on the first of the frames.
        order: the frames, one after the other in either direction, from the one the mask is of.
        cuts: frames at which a scene begins.

    Yields:
        Index and outline of every frame but the first.
    """
    flow = DisFlow()
    crossed = (k for k in range(1, len(order)) if max(order[k - 1], order[k]) in cuts)
    end = next(crossed, len(order))
    order, beyond = order[:end], order[end:]
    state, confidence = Carried(mask, picture_at(order[0])), 1.0
    for begin in range(1, len(order), CHECK_EVERY):
        part = order[begin : begin + CHECK_EVERY]
        states = _steps(state, part, picture_at, known, flow)
        share = returns(state, states)
        for number, (index, reached) in enumerate(zip(part, states, strict=True), start=1):
            confidence *= _kept(state.mask, reached.mask)
            state = reached
            yield index, Followed(reached.mask, confidence * (1 + (share - 1) * number / len(part)))
        confidence *= share
    for index in beyond:
        yield index, Followed(np.zeros_like(mask), confidence)


def _kept(before: Map, after: Map) -> float:
    """What is left of the confidence after a step in which an object goes or comes back."""
    if before.any() and not after.any():
        return 1.0 if _at_border(before) else LOST
    return FOUND if after.any() and not before.any() else 1.0


def _at_border(mask: Map) -> bool:
    """Whether an outline touches the border of the picture, where things leave."""
    inside = mask > 0.5
    edges = (inside[:BORDER], inside[-BORDER:], inside[:, :BORDER], inside[:, -BORDER:])
    return any(bool(edge.any()) for edge in edges)


def _steps(
    state: Carried, part: range, picture_at: Callable[[int], Picture], known: Known, flow: DisFlow
) -> list[Carried]:
    states = []
    for index in part:
        state = _step(state, picture_at(index), known, flow)
        states.append(state)
    return states


def _step(state: Carried, picture: Picture, known: Known, flow: DisFlow) -> Carried:
    if not state.mask.any():
        return Carried(found_again(picture, known), picture)
    carried = carry(state, picture, known, flow)
    if float((carried.mask > 0.5).mean()) < GONE * known.area:
        return Carried(np.zeros_like(carried.mask), picture)
    return carried


def returns(start: Carried, states: list[Carried]) -> float:
    """Go back along the flows from the last frame the object was followed to, and say how well that ends.

    Args:
        start: where the way began.
        states: the frames after it, in order.

    Returns:
        0..1, 1 where it ends where it began.
    """
    way = []
    for state in states:
        if state.forth is None:
            break
        way.append(state)
    if not way:
        return 1.0
    mask = way[-1].mask
    for state in reversed(way):
        if state.forth is not None:
            mask = warp_by_flow(mask, state.forth.astype(np.float32))
    return min(1.0, overlap(start.mask, mask) / RETURNED)


def overlap(first: Map, second: Map) -> float:
    """Intersection over union of two outlines, 0..1; 1 where both are empty."""
    return region_overlap(first > 0.5, second > 0.5)


def found_again(picture: Picture, known: Known) -> Map:
    """Look for an object that is out of sight.

    Args:
        picture: (h, w, 3) uint8 BGR.
        known: its looks.

    Returns:
        (h, w) float32 0..1: what alone on the frame looks like it and has its size; else nothing.
    """
    height, width = picture.shape[:2]
    nothing = np.zeros((height, width), np.float32)
    if known.likeness is None or known.likeness.trust < 1:
        return nothing
    words = cv2.GaussianBlur(known.likeness.words(picture, Box(0, 0, width, height)), (0, 0), BLUR)
    count, parts, stats, _ = cv2.connectedComponentsWithStats((words > AGAIN).view(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA] / (known.area * height * width)
    able = [one for one in range(1, count) if SMALLEST <= areas[one] <= LARGEST]
    if len(able) != 1:
        return nothing
    return (parts == able[0]).astype(np.float32)
