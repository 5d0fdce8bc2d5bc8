"""Following something that was pointed at on one frame through the shot, both ways.

The outline is carried from frame to frame along the flow, snapped to the picture's edges, and mended by the
object's colours where the flow cannot be believed. Every second or so the way is gone back: if that does not
end where it began, the outline has slipped to something else, and the confidence says so from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.appearance import Appearance, learn_appearance, with_appearance
from composer.mask.measure import region_overlap
from composer.mask.propagate import carried_trust
from composer.mask.refine import guide_of, refined
from composer.motion import DisFlow, consistent, warp_by_flow
from composer.values import Box, Size

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: Below this share of its first area, an object has left the shot.
GONE = 0.03
#: What confidence is left once an object is lost in the middle of the picture, where nothing leaves, and how many pixels
#: from its border that begins.
LOST, BORDER = 0.4, 3
#: Frames between two checks, and the overlap at which going back counts as having ended where it began.
CHECK_EVERY, RETURNED = 24, 0.75
#: How far, in pixels at a width of 384, an outline may grow in one step where the flow fails.
GROWTH = 5
#: Steepness that undoes the softening of one step of warping and filtering.
CRISP = 1.6
#: Window radius for snapping to edges, and variance below which a window is flat.
SNAP_RADIUS, SNAP_FLAT = 3, 4e-4


@dataclass(frozen=True, eq=False)
class Followed:
    """The object on one frame.

    Args:
        mask: (h, w) float32 0..1; all 0 where the object is not.
        confidence: 0..1, how surely it is still the object that was pointed at.
    """

    mask: Map
    confidence: float


@dataclass(frozen=True, eq=False)
class Known:
    """What does not change about an object, learned where it was pointed at.

    Args:
        colors: its own against those around.
        weights: (1, 4) float32, how colours are mixed into a grey on which it stands out.
        area: share of the picture it covers.
    """

    colors: Appearance
    weights: NDArray[np.float32]
    area: float


@dataclass(frozen=True, eq=False)
class _State:
    """Where the object is on a frame."""

    mask: Map
    picture: Picture


def known_of(seen: Sequence[tuple[Picture, Map]]) -> Known:
    """Learn an object's looks.

    Args:
        seen: the frames it was pointed at on, (h, w, 3) uint8 BGR each, with its outline, (h, w) float32 0..1.
    """
    pictures, masks = [picture for picture, _ in seen], [mask for _, mask in seen]
    area = max(1e-6, *(float((mask > 0.5).mean()) for mask in masks))
    return Known(learn_appearance(pictures, masks), _telling_grey(pictures, masks), area)


def walk(picture_at: Callable[[int], Picture], known: Known, mask: Map, order: range) -> Iterator[tuple[int, Followed]]:
    """Follow an object from a frame on.

    Args:
        picture_at: reduced picture of a frame, (h, w, 3) uint8 BGR.
        known: its looks.
        mask: (h, w) float32 0..1, the object on the first of the frames.
        order: the frames, one after the other in either direction, from the one the mask is of.

    Yields:
        Index and outline of every frame but the first.
    """
    flow = DisFlow()
    state, confidence = _State(mask, picture_at(order[0])), 1.0
    for begin in range(1, len(order), CHECK_EVERY):
        part = order[begin : begin + CHECK_EVERY]
        states = _steps(state, part, picture_at, known, flow)
        share = _returns(state, states, known, flow)
        for number, (index, reached) in enumerate(zip(part, states, strict=True), start=1):
            if state.mask.any() and not reached.mask.any() and not _at_border(state.mask):
                confidence *= LOST
            state = reached
            yield index, Followed(reached.mask, confidence * (1 + (share - 1) * number / len(part)))
        confidence *= share


def _at_border(mask: Map) -> bool:
    """Whether an outline touches the border of the picture, where things leave."""
    inside = mask > 0.5
    edges = (inside[:BORDER], inside[-BORDER:], inside[:, :BORDER], inside[:, -BORDER:])
    return any(bool(edge.any()) for edge in edges)


def _steps(
    state: _State, part: range, picture_at: Callable[[int], Picture], known: Known, flow: DisFlow
) -> list[_State]:
    states = []
    for index in part:
        state = _step(state, picture_at(index), known, flow)
        states.append(state)
    return states


def _returns(start: _State, states: list[_State], known: Known, flow: DisFlow) -> float:
    """Go back from the last frame the object is on, and say how well that ends where it began, 0..1."""
    seen = [state for state in states if state.mask.any()]
    if not seen:
        return 1.0
    state = seen[-1]
    for back in [*reversed(seen[:-1]), start]:
        state = _step(state, back.picture, known, flow)
    return min(1.0, overlap(start.mask, state.mask) / RETURNED)


def overlap(first: Map, second: Map) -> float:
    """Intersection over union of two outlines, 0..1; 1 where both are empty."""
    return region_overlap(first > 0.5, second > 0.5)


def _step(state: _State, picture: Picture, known: Known, flow: DisFlow) -> _State:
    """Carry the object over to a neighbouring frame."""
    if not state.mask.any():
        return _State(state.mask, picture)
    here, there = (cast("Picture", cv2.transform(one, known.weights)) for one in (picture, state.picture))
    back, forth = flow.estimate(here, there), flow.estimate(there, here)
    carried = cast("Map", warp_by_flow(state.mask, back))
    trust = carried_trust(back, here, there) * consistent(back, forth)
    mask = _mended(carried, trust, picture, known.colors)
    if float((mask > 0.5).mean()) < GONE * known.area:
        mask = np.zeros_like(mask)
    return _State(mask, picture)


def _telling_grey(pictures: Sequence[Picture], masks: Sequence[Map]) -> NDArray[np.float32]:
    """How to mix the colours into a grey on which the object stands out: flow sees no colour.

    Returns:
        (1, 4) float32 for ``cv2.transform``: weights of blue, green, red, and an offset. Half is brightness,
        for texture, half the direction from the colours around to the object's own.
    """
    bgr = np.concatenate([picture.reshape(-1, 3) for picture in pictures]).astype(np.float32)
    inside = np.concatenate([mask.ravel() for mask in masks])
    apart = inside @ bgr / max(float(inside.sum()), 1e-6) - (1 - inside) @ bgr / max(float((1 - inside).sum()), 1e-6)
    weights = np.array([0.114, 0.587, 0.299]) + apart / max(float(np.abs(apart).sum()), 1.0)
    weights /= max(float(np.abs(weights).sum()), 1e-6)
    offset = -255 * float(weights[weights < 0].sum())
    return np.array([[*weights, offset]], np.float32)


def _mended(carried: Map, trust: Map, picture: Picture, colors: Appearance) -> Map:
    """The carried outline with the object's colours where the flow fails, snapped to edges, made crisp."""
    side = 2 * max(1, round(GROWTH * carried.shape[1] / 384)) + 1
    near = cv2.dilate(carried, np.ones((side, side), np.uint8))
    # Where the flow fails next to the object, its colours alone decide.
    doubtful = near * (1 - trust)
    guess = with_appearance(np.clip(0.5 * carried + 0.25 * near, 0, 1), picture, colors)
    mixed = carried * (1 - doubtful) + guess * doubtful
    snapped = _snapped(mixed.astype(np.float32), picture)
    crisp = np.clip((snapped - 0.5) * np.float32(CRISP) + 0.5, 0, 1)
    return _without_islands(crisp, carried)


def _snapped(mask: Map, picture: Picture) -> Map:
    height, width = mask.shape
    guide = guide_of(picture, side=max(height, width))
    snapped = np.zeros_like(mask)
    left, top, columns, rows = cv2.boundingRect((mask > 0.02).view(np.uint8))
    if columns:
        near = Box(left - 8, top - 8, left + columns + 8, top + rows + 8).snapped(Size(width, height))
        snapped[near.slices] = refined(guide, mask, near, radius=SNAP_RADIUS, flat=SNAP_FLAT)
    return snapped


def _without_islands(mask: Map, carried: Map) -> Map:
    """Drop parts that do not touch what was carried over."""
    count, parts = cv2.connectedComponents((mask > 0.3).view(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    joined = np.zeros(count, np.bool_)
    joined[parts[carried > 0.5]] = True
    joined[0] = True
    return np.where(joined[parts], mask, np.float32(0))
