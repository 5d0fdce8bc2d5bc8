"""From a probability of motion to questions for a segmenter: where things are, and how surely they move."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.values import Box, Prompt, Size

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: A thing is where the probability exceeds LOW and, somewhere in it, HIGH.
LOW, HIGH = 0.4, 0.6
#: Holes and specks up to this share of the picture are closed and dropped.
SPECK = 0.0004
#: A hole that is this sure not to move somewhere is no doubt but a gap, as between walking legs, and stays open.
GAP = 0.1
#: Pixels around a thing, at a width of 256, that count as its surroundings.
RING = 7
#: Pixels beyond a thing's mask where its probability still counts, for soft edges.
MARGIN = 3
#: Steepness at which a probability becomes a mask: what is half sure inside a thing must not show as a veil.
#: Source: with the lift to HIGH, +0.4 points of J and +1 of F on DAVIS (measured 2026-11-23).
CRISP = 2.5


def things(probability: Map, *, low: float = LOW, high: float = HIGH) -> Mask:
    """Where something moves by itself: hysteresis, small holes closed, specks dropped.

    Args:
        probability: (h, w) float32 0..1.
        low: a thing reaches as far as this.
        high: and has at least one pixel above this.

    Returns:
        (h, w) bool.
    """
    above = probability > low
    count, labels, stats, _ = cv2.connectedComponentsWithStats(above.view(np.uint8), connectivity=8)
    least = SPECK * probability.size
    sure = np.zeros(count, np.bool_)
    sure[labels[probability > high]] = True
    sure &= stats[:, cv2.CC_STAT_AREA] > least
    sure[0] = False
    return _closed(sure[labels], probability, least)


def _closed(mask: Mask, probability: Map, least: float) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8), connectivity=4)
    if count < 2:
        return mask
    small = stats[:, cv2.CC_STAT_AREA] <= least
    small[labels[probability < GAP]] = False
    small[0] = False
    return cast("Mask", mask | small[labels])


def moving_score(probability: Map, inside: Mask) -> float:
    """How surely a thing moves by itself: its own probability, less what its surroundings have of it.

    A thing that stands out scores near its own mean probability. One that is only the brightest part of a
    uniformly uncertain region, such as parallax on a rocky slope, scores low.

    Args:
        probability: (h, w) float32 0..1.
        inside: (h, w) bool.

    Returns:
        0..1.
    """
    if not inside.any():
        return 0.0
    side = 2 * max(2, round(RING * probability.shape[1] / 256)) + 1
    wide = cv2.dilate(inside.view(np.uint8), np.ones((side, side), np.uint8)).view(np.bool_)
    # The first pixels outside belong to the soft edge and say nothing.
    edge = cv2.dilate(inside.view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
    ring = wide & ~edge & (probability < HIGH)  # a neighbour that moves too is no doubt
    own = float(probability[inside].mean())
    around = float(probability[ring].mean()) if ring.any() else 0.0
    return max(0.0, min(1.0, own * (1 - around)))


def prompt_for(probability: Map, inside: Mask, size: Size, *, score: float, object_id: int) -> Prompt:
    """The question about one thing: its box, points deep inside it, and its motion mask.

    Args:
        probability: (h, w) float32 0..1.
        inside: (h, w) bool, the thing; not empty.
        size: the full picture, in whose pixels box and points are.
        score: the thing's moving score.
        object_id: its identity through the shot.
    """
    height, width = inside.shape
    x, y = size.width / width, size.height / height
    left, top, columns, rows = cv2.boundingRect(inside.view(np.uint8))
    points = _deep_points(inside)
    return Prompt(
        points=((points + 0.5) * np.array([x, y], np.float32)).astype(np.float32),
        labels=np.ones(len(points), np.int8),
        box=Box(left, top, left + columns, top + rows).scaled(x, y),
        mask=motion_mask(probability, inside),
        moving_score=score,
        object_id=object_id,
    )


def motion_mask(probability: Map, inside: Mask) -> Map:
    """A thing's probability alone: nothing of its neighbours, no holes.

    Args:
        probability: (h, w) float32 0..1.
        inside: (h, w) bool.

    Returns:
        (h, w) float32 0..1.
    """
    side = 2 * MARGIN + 1
    near = cv2.dilate(inside.view(np.uint8), np.ones((side, side), np.uint8)).view(np.bool_)
    # A closed hole has a low probability of its own; deep inside, the thing's word counts for more.
    core = cv2.erode(inside.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    own = np.where(core, np.maximum(probability, HIGH), probability)
    crisp = np.clip((own - np.float32(0.5)) * np.float32(CRISP) + np.float32(0.5), 0, 1)
    return np.where(near, crisp, np.float32(0)).astype(np.float32)


def _deep_points(inside: Mask, *, most: int = 3) -> NDArray[np.float32]:
    """Up to three (x, y) far from the edge and from each other."""
    depth = cv2.distanceTransform(np.pad(inside, 1).view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    points: list[tuple[int, int]] = []
    for _ in range(most):
        _, best, _, place = cv2.minMaxLoc(depth)
        if best < 1 or (points and best < 3):
            break
        points.append((int(place[0]), int(place[1])))
        cv2.circle(depth, place, max(2, round(2 * best)), 0, -1)
    return np.asarray(points, np.float32).reshape(-1, 2)
