"""One step of following: an outline carried over to the neighbouring frame, and put right there by the object's look.

Where the flow comes back and the picture fits, its word stands, and the object's look has a small say: a little on
every frame takes out again what has slipped in. Where the flow fails the look decides. What becomes uncovered is not
the object unless it looks like it: nothing of the object flows there, only the flow of what stood in front is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.likeness import Likeness, learn_likeness
from composer.mask.logits import to_logits, to_probability
from composer.mask.propagate import carried_trust
from composer.mask.refine import guide_of, refined
from composer.motion import DisFlow, consistent, warp_by_flow
from composer.motion.flow import FlowField, pixel_grid
from composer.values import Box, Size

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: How far, in pixels at a width of 384, an outline may grow in one step.
GROWTH = 5
#: Weight of the look's word where the flow can be believed, and what is added where it cannot. Source: of six pairs on
#: eight generated films, from 0.66 J without a look to 0.82 (measured 2026-11-25).
SAY, SAY_MORE = 0.3, 0.9
#: Steepness that undoes the softening of one step of warping and filtering.
CRISP = 1.6
#: Window radius for snapping to edges, and variance below which a window is flat.
SNAP_RADIUS, SNAP_FLAT = 3, 4e-4
#: Below this nothing is left of a soft outline.
FAINT = 0.03


@dataclass(frozen=True, eq=False)
class Known:
    """What does not change about an object, learned where it was pointed at.

    Args:
        likeness: what it looks like; None where that cannot be learned.
        weights: (1, 4) float32, how colours are mixed into a grey on which it stands out.
        area: share of the picture it covers.
    """

    likeness: Likeness | None
    weights: NDArray[np.float32]
    area: float


@dataclass(frozen=True, eq=False)
class Carried:
    """Where the object is on a frame.

    Args:
        mask: (h, w) float32 0..1.
        picture: (h, w, 3) uint8 BGR.
        forth: (h, w, 2) float16 flow from the frame before to this one; None where nothing was carried.
    """

    mask: Map
    picture: Picture
    forth: NDArray[np.float16] | None = None


def known_of(pictures: list[Picture], masks: list[Map]) -> Known:
    """Learn what an object looks like.

    Args:
        pictures: (h, w, 3) uint8 BGR, the frames it was pointed at on.
        masks: (h, w) float32 0..1, its outline on each.
    """
    area = max(1e-6, *(float((mask > 0.5).mean()) for mask in masks))
    return Known(learn_likeness(pictures, masks), _telling_grey(pictures, masks), area)


def _telling_grey(pictures: list[Picture], masks: list[Map]) -> NDArray[np.float32]:
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


def carry(state: Carried, picture: Picture, known: Known, flow: DisFlow) -> Carried:
    """Carry an outline over to a neighbouring frame.

    Args:
        state: the frame before, its outline not empty.
        picture: (h, w, 3) uint8 BGR, the frame.
        known: the object's looks.
        flow: how flow is measured.
    """
    here, there = (cast("Picture", cv2.transform(one, known.weights)) for one in (picture, state.picture))
    back, forth = flow.estimate(here, there), flow.estimate(there, here)
    carried = cast("Map", warp_by_flow(state.mask, back))
    trust = carried_trust(back, here, there) * consistent(back, forth)
    doubt = 1 - trust
    prior = carried * (1 - doubt * _uncovered(forth))
    mask = _said(prior, doubt, _near(carried), picture, known.likeness)
    crisp = np.clip((_snapped(mask, picture) - 0.5) * np.float32(CRISP) + 0.5, 0, 1)
    return Carried(_without_islands(crisp, carried), picture, forth.astype(np.float16))


def _uncovered(forth: FlowField) -> Map:
    """Where on a frame nothing of the frame before flows to, (h, w) float32 0..1."""
    height, width = forth.shape[:2]
    columns, rows = pixel_grid(height, width)
    x, y = (
        np.rint(start + along).astype(np.int32) for start, along in ((columns, forth[..., 0]), (rows, forth[..., 1]))
    )
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    hits = np.bincount((y * width + x)[inside], minlength=height * width).reshape(height, width)
    # Two in three pixels of a neighbourhood are enough: rounding leaves single ones out.
    return np.clip(1 - 1.5 * cv2.blur(hits.astype(np.float32), (3, 3)), 0, 1).astype(np.float32)


def _near(carried: Map) -> Map:
    side = 2 * max(1, round(GROWTH * carried.shape[1] / 384)) + 1
    return cast("Map", cv2.dilate(carried, np.ones((side, side), np.uint8)))


def _said(prior: Map, doubt: Map, near: Map, picture: Picture, likeness: Likeness | None) -> Map:
    """The prior with the look's words, in logits, near the object; 0 elsewhere."""
    said = np.zeros_like(prior)
    left, top, columns, rows = cv2.boundingRect((near > FAINT).view(np.uint8))
    part = Box(left, top, left + columns, top + rows)
    if part.is_empty:
        return said
    doubts = doubt[part.slices]
    logits = to_logits(prior[part.slices]) * (1 - np.float32(0.5) * doubts)
    if likeness is not None and likeness.trust:
        logits += (SAY + SAY_MORE * doubts) * likeness.words(picture, part)
    chance = to_probability(logits) * np.minimum(1, 2 * near[part.slices])
    said[part.slices] = np.where(chance < FAINT, 0, chance)
    return said


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
        return mask.astype(np.float32)
    joined = np.zeros(count, np.bool_)
    joined[parts[carried > 0.5]] = True
    joined[0] = True
    return np.where(joined[parts], mask, np.float32(0)).astype(np.float32)
