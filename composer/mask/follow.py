"""Following something that was pointed at on one frame through the shot, both ways.

The outline is carried from frame to frame along the flow, snapped to the picture's edges, and mended by the
object's colours where the flow cannot be believed. Every second or so the way is gone back: if that does not
end where it began, the outline has slipped to something else, and the confidence says so from there on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.appearance import Appearance, learn_appearance, with_appearance
from composer.mask.propagate import carried_trust
from composer.mask.refine import guide_of, refined
from composer.motion import DisFlow, consistent, warp_by_flow
from composer.values import Box, Size

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: Below this share of its first area, an object has left the shot.
GONE = 0.03
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
        mask: (h, w) float32 0..1; all 0 once the object has left.
        confidence: 0..1, how surely it is still the object that was pointed at.
    """

    mask: Map
    confidence: float


@dataclass(frozen=True, eq=False)
class _State:
    """What is known after a frame: where the object is, and what does not change."""

    mask: Map
    picture: Picture
    colors: Appearance
    weights: NDArray[np.float32]
    first_area: float


def follow(
    picture_at: Callable[[int], Picture],
    count: int,
    start: int,
    mask: Map,
    put: Callable[[int, Followed], None],
) -> None:
    """Follow an object from one frame to both ends of the shot.

    Args:
        picture_at: reduced picture of a frame, (h, w, 3) uint8 BGR.
        count: frames in the shot.
        start: the frame that was pointed at.
        mask: (h, w) float32 0..1, the object on it.
        put: takes every frame's result; called once per frame, outwards from the start, later frames first.
    """
    flow = DisFlow()
    picture = picture_at(start)
    put(start, Followed(mask, 1.0))
    area = max(float((mask > 0.5).mean()), 1e-6)
    known = _State(mask, picture, learn_appearance([picture], [mask]), _telling_grey(picture, mask), area)
    for order in (range(start + 1, count), range(start - 1, -1, -1)):
        state, confidence = known, 1.0
        for begin in range(0, len(order), CHECK_EVERY):
            part = order[begin : begin + CHECK_EVERY]
            states = _steps(state, part, picture_at, flow)
            share = _returns(state, states, flow)
            for number, (index, reached) in enumerate(zip(part, states, strict=True), start=1):
                put(index, Followed(reached.mask, confidence * (1 + (share - 1) * number / len(part))))
            state, confidence = states[-1], confidence * share


def _steps(state: _State, part: range, picture_at: Callable[[int], Picture], flow: DisFlow) -> list[_State]:
    states = []
    for index in part:
        state = step(state, picture_at(index), flow)
        states.append(state)
    return states


def _returns(start: _State, states: list[_State], flow: DisFlow) -> float:
    """Go back from the last frame the object is on, and say how well that ends where it began, 0..1."""
    seen = [state for state in states if state.mask.any()]
    if not seen:
        return 1.0
    state = seen[-1]
    for back in [*reversed(seen[:-1]), start]:
        state = step(state, back.picture, flow)
    before, after = start.mask > 0.5, state.mask > 0.5
    either = int(np.count_nonzero(before | after))
    overlap = np.count_nonzero(before & after) / either if either else 0.0
    return min(1.0, float(overlap) / RETURNED)


def step(state: _State, picture: Picture, flow: DisFlow) -> _State:
    """Carry the object over to a neighbouring frame.

    Args:
        state: after the frame before.
        picture: (h, w, 3) uint8 BGR, the next one.
        flow: how flow is measured.
    """
    if not state.mask.any():
        return replace(state, picture=picture)
    here, there = (cast("Picture", cv2.transform(one, state.weights)) for one in (picture, state.picture))
    back, forth = flow.estimate(here, there), flow.estimate(there, here)
    carried = cast("Map", warp_by_flow(state.mask, back))
    trust = carried_trust(back, here, there) * consistent(back, forth)
    mask = _mended(carried, trust, picture, state.colors)
    if float((mask > 0.5).mean()) < GONE * state.first_area:
        mask = np.zeros_like(mask)
    return replace(state, picture=picture, mask=mask)


def _telling_grey(picture: Picture, mask: Map) -> NDArray[np.float32]:
    """How to mix the colours into a grey on which the object stands out: flow sees no colour.

    Returns:
        (1, 4) float32 for ``cv2.transform``: weights of blue, green, red, and an offset. Half is brightness,
        for texture, half the direction from the colours around to the object's own.
    """
    bgr = picture.astype(np.float32)
    share = mask[..., None] / max(float(mask.sum()), 1e-6)
    rest = (1 - mask)[..., None] / max(float((1 - mask).sum()), 1e-6)
    apart = (bgr * share).sum(axis=(0, 1)) - (bgr * rest).sum(axis=(0, 1))
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
