"""A still camera's empty scene, learned from the shot itself, and what stands out against it.

Each pixel's plate is its median over the frames on which nothing moves there by the network's word. What differs
from it is likely to be the subject, also while it rests; what equals it is not. Where the subject never leaves a
pixel, the plate knows nothing and keeps silent.

Source: limits from research on still-camera sequences (2026-11-22); +5 to +6 points of overlap on seven of them
with weights of 0.5 to 0.8 (measured 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.logits import Map, to_logits, to_probability

Picture = NDArray[np.uint8]

#: How much the plate's word counts beside the logit of the motion.
WEIGHT = 0.8
#: Its word in units of logits: at most this much for and against.
FOR, AGAINST = 4.5, -3.0
#: The same where the plate has texture: a pattern that shows unchanged cannot have anything before it. Opens the
#: gaps between walking legs (demo .846 to .857) at a cost of .003 on real sequences (measured 2026-11-23).
AGAINST_TEXTURE = -7.0
#: Local deviation, in deviations of noise, from which a plate begins to have texture, and has it fully.
PLAIN, TEXTURED = 1.0, 3.0
#: A difference of this many deviations of noise says nothing either way; each one more is worth so much.
NEUTRAL, WORTH = 4.0, 0.8
#: Frames looked at, and the least share of them on which a pixel must be free for its plate to count.
SAMPLES, LEAST_FREE = 48, 0.12
#: Probability above which a pixel is not free.
BUSY = 0.35
#: Light that a shadow leaves: colours darkened to this share still look like the plate, nearly.
SHADOW = 0.55


@dataclass(frozen=True, eq=False)
class Plate:
    """The empty scene.

    Args:
        bgr: (h, w, 3) float32.
        noise: (h, w) float32, deviation in grey levels.
        known: (h, w) bool, where the plate may speak.
        against: (h, w) float32, the most it may say against motion, in logits; stronger where it has texture.
    """

    bgr: Map
    noise: Map
    known: NDArray[np.bool_]
    against: Map


def learn_plate(pictures: Sequence[Picture], probabilities: Sequence[Map]) -> Plate:
    """Learn the empty scene from frames of a camera that does not move.

    Args:
        pictures: (h, w, 3) uint8 BGR each.
        probabilities: (h, w) float32 0..1 each, of motion.
    """
    step = max(1, len(pictures) // SAMPLES)
    stack = np.stack(pictures[::step]).astype(np.float32)
    wide = np.ones((7, 7), np.uint8)
    busy = np.stack([cv2.dilate(one, wide) > BUSY for one in probabilities[::step]])
    free = len(stack) - busy.sum(axis=0)
    stack[busy] = np.inf  # sorts to the end, so that the median of the free ones lies at half their number
    bgr = _middle(stack, free)
    apart = np.abs(stack - bgr)
    apart[busy] = np.inf
    noise = 1.48 * np.sqrt((_middle(apart, free) ** 2).mean(axis=2)) + 2.5
    known = free >= max(2.0, LEAST_FREE * len(stack))
    texture = np.clip((_deviation(bgr) / noise - PLAIN) / (TEXTURED - PLAIN), 0, 1)
    against = AGAINST + (AGAINST_TEXTURE - AGAINST) * texture
    return Plate(bgr, noise.astype(np.float32), known, against.astype(np.float32))


def _deviation(bgr: Map) -> Map:
    """Deviation of colour within 5 x 5 pixels, (h, w) grey levels."""
    mean, square = cv2.blur(bgr, (5, 5)), cv2.blur(bgr * bgr, (5, 5))
    return np.sqrt(np.maximum(square - mean * mean, 0).mean(axis=2))


def plate_vote(picture: Picture, plate: Plate) -> Map:
    """What the plate says of a frame, in logits: above 0 where something stands before it.

    Args:
        picture: (h, w, 3) uint8 BGR.
        plate: the empty scene.

    Returns:
        (h, w) float32; shadows are discounted, pixels without a plate say 0.
    """
    here = picture.astype(np.float32)
    apart = np.sqrt(((here - plate.bgr) ** 2).mean(axis=2))
    light = (here * plate.bgr).sum(axis=2) / ((plate.bgr**2).sum(axis=2) + 1)
    darkened = np.clip(light, SHADOW, 1)
    rest = np.sqrt(((here - darkened[..., None] * plate.bgr) ** 2).mean(axis=2))
    apart = np.where(light < 1, np.maximum(1.3 * rest, 0.45 * apart), apart)
    words = np.clip((apart / plate.noise - NEUTRAL) * WORTH, AGAINST, FOR)
    words = cv2.GaussianBlur(np.where(plate.known, words, 0).astype(np.float32), (0, 0), 1.2)
    # Made stronger after the blur, which would otherwise push outlines inwards.
    return np.where(words < 0, words * (plate.against / AGAINST), words).astype(np.float32)


def with_plate(probability: Map, picture: Picture, plate: Plate) -> Map:
    """Let the plate speak on what moves in a frame.

    Args:
        probability: (h, w) float32 0..1.
        picture: (h, w, 3) uint8 BGR.
        plate: the empty scene.

    Returns:
        (h, w) float32 0..1.
    """
    return to_probability(to_logits(probability) + np.float32(WEIGHT) * plate_vote(picture, plate))


def _middle(stack: Map, free: NDArray[np.integer]) -> Map:
    """Median over time of the free samples of each pixel; 0 where there is none."""
    ordered = np.sort(stack, axis=0)
    place = np.maximum(free - 1, 0) // 2
    found = np.take_along_axis(ordered, place[None, ..., None], axis=0)[0]
    return np.where(np.isfinite(found), found, 0).astype(np.float32)
