"""Following something that was pointed at on one frame through the shot, both ways.

The outline is carried from frame to frame along the flow, snapped to the picture's edges, and mended by the
object's colours where the flow cannot be believed. Every step is checked by going there and back; what is left
of the object's pixels after all those checks is the confidence.
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
        mask: (h, w) float32 0..1.
        confidence: 0..1: the share of its pixels that still stem from the frame that was pointed at.
    """

    mask: Map
    confidence: float


@dataclass(frozen=True, eq=False)
class _State:
    followed: Followed
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
    first = Followed(mask, 1.0)
    put(start, first)
    colors = learn_appearance([picture], [mask])
    known = _State(first, picture, colors, _telling_grey(picture, mask), max(float((mask > 0.5).mean()), 1e-6))
    for order in (range(start + 1, count), range(start - 1, -1, -1)):
        state = known
        for index in order:
            state = step(state, picture_at(index), flow)
            put(index, state.followed)


def step(state: _State, picture: Picture, flow: DisFlow) -> _State:
    """Carry the object over to a neighbouring frame.

    Args:
        state: after the frame before.
        picture: (h, w, 3) uint8 BGR, the next one.
        flow: how flow is measured.
    """
    if state.followed.confidence == 0:
        return replace(state, picture=picture)
    here, there = (cast("Picture", cv2.transform(one, state.weights)) for one in (picture, state.picture))
    back, forth = flow.estimate(here, there), flow.estimate(there, here)
    carried = cast("Map", warp_by_flow(state.followed.mask, back))
    trust = carried_trust(back, here, there) * consistent(back, forth)
    mask = _mended(carried, trust, picture, state.colors)
    kept = float((trust * carried).sum() / max(carried.sum(), 1e-6))
    if float((mask > 0.5).mean()) < GONE * state.first_area:
        return replace(state, picture=picture, followed=Followed(np.zeros_like(mask), 0.0))
    # A step that keeps nine tenths is usual; what goes missing beyond that is doubt.
    confidence = state.followed.confidence * min(1.0, 0.1 + kept) ** 0.5
    return replace(state, picture=picture, followed=Followed(mask, max(confidence, 0.01)))


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
