"""Coarse mattes as the motion chain gives them: small, misplaced, with parts missing and lumps too many.

What the chain does is imitated, not run: a network that answers at about 256x144, recursion along the flow that
smooths and drags, a clip's look that adds lumps of the same colour, a crisp ramp at the end
(``composer.mask.propose.motion_mask``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.edges.cutouts import Alpha
from training.edges.fields import smooth_field
from training.scenes.dice import Dice

#: Pixels of the composite to one of the coarse matte: 640 wide against 256 is 2.5.
RATIOS = (1.7, 2.9)


def draw_coarse(dice: Dice, alpha: Alpha, *, ghosts: bool = True) -> Alpha:
    """Degrade a true alpha to what the network is given.

    Args:
        dice: source of draws.
        alpha: (h, w) float32 0..1, the truth.
        ghosts: whether there may be spots where nothing is.

    Returns:
        (h, w) float32 0..1, made at a smaller size and brought back as ``composer.mask.embedded`` does.
    """
    ratio = 2.5 if dice.chance(0.6) else dice.between(*RATIOS)
    matte = draw_small(dice, alpha, ratio, ghosts=ghosts)
    return np.asarray(cv2.resize(matte, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def draw_small(dice: Dice, alpha: Alpha, ratio: float, *, ghosts: bool = True) -> Alpha:
    """The coarse matte at its own size.

    Args:
        dice: source of draws.
        alpha: (h, w) float32 0..1, the truth.
        ratio: its pixels to one of the coarse matte.
        ghosts: whether there may be spots where nothing is.
    """
    height, width = (max(8, round(side / ratio)) for side in alpha.shape)
    matte = np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    solid = (matte > dice.between(0.3, 0.7)).astype(np.float32)
    for step in (_thin_parts_lost, _gaps_filled, _lumps, _bites):
        if dice.chance(0.55):
            solid = step(dice, solid)
    if ghosts and dice.chance(0.4):
        solid = _ghosts(dice, solid)
    matte = _moved(dice, solid)
    matte = _pressed(dice, matte)
    return np.asarray(np.round(np.clip(matte, 0, 1) * 255) / np.float32(255), np.float32)


def _somewhere(dice: Dice, solid: Alpha) -> NDArray[np.bool_]:
    """Large areas in which an error is made; the rest is left alone."""
    shape = (solid.shape[0], solid.shape[1])
    return smooth_field(dice, shape, 4, 1.0)[..., 0] > dice.between(-0.6, 0.6)


def _thin_parts_lost(dice: Dice, solid: Alpha) -> Alpha:
    side = dice.count(2, 7)
    kept = cv2.morphologyEx(solid, cv2.MORPH_OPEN, _round_element(side))
    return np.where(_somewhere(dice, solid), kept, solid).astype(np.float32)


def _gaps_filled(dice: Dice, solid: Alpha) -> Alpha:
    side = dice.count(2, 7)
    filled = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, _round_element(side))
    return np.where(_somewhere(dice, solid), filled, solid).astype(np.float32)


def _lumps(dice: Dice, solid: Alpha) -> Alpha:
    return _blots(dice, solid, 1.0)


def _bites(dice: Dice, solid: Alpha) -> Alpha:
    return _blots(dice, solid, 0.0)


def _blots(dice: Dice, solid: Alpha, value: float) -> Alpha:
    """Spots of the wrong kind on the edge, up to some ten pixels of the coarse matte across."""
    lines, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if not lines:
        return solid
    points = np.concatenate(lines).reshape(-1, 2)
    spotted = solid.copy()
    for x, y in points[dice.rng.integers(0, len(points), dice.count(1, 6))]:
        axes = tuple(max(1, round(dice.scale(1, 6))) for _ in range(2))
        cv2.ellipse(spotted, (int(x), int(y)), axes, dice.between(0, 180), 0, 360, value, -1)
    return spotted


def _ghosts(dice: Dice, solid: Alpha) -> Alpha:
    """Spots far from the thing: bystanders, leaves, reflections that moved a little."""
    height, width = solid.shape
    haunted = solid.copy()
    for _ in range(dice.count(1, 5)):
        place = (dice.count(0, width - 1), dice.count(0, height - 1))
        axes = tuple(max(1, round(dice.scale(1, 9))) for _ in range(2))
        cv2.ellipse(haunted, place, axes, dice.between(0, 180), 0, 360, 1.0, -1)
    return haunted


def _moved(dice: Dice, solid: Alpha) -> Alpha:
    """The edge dragged, dilated here and eroded there, and smoothed."""
    shape = (solid.shape[0], solid.shape[1])
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    offset = smooth_field(dice, shape, dice.count(2, 7), dice.scale(0.15, 1.3)) + dice.rng.normal(0, 0.4, 2)
    offset = offset.astype(np.float32)
    dragged = cv2.remap(
        solid, columns + offset[..., 0], rows + offset[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    soft = cv2.GaussianBlur(dragged, (0, 0), dice.scale(0.7, 2.6))
    shift = smooth_field(dice, shape, dice.count(2, 8), dice.between(0.0, 0.16))[..., 0] + dice.normal(0.08)
    return np.asarray(soft + np.clip(shift, -0.3, 0.3) * (4 * soft * (1 - soft)), np.float32)


def _pressed(dice: Dice, matte: Alpha) -> Alpha:
    """The ramp between sure and sure: mostly steep, at times a doubtful stretch."""
    steep = dice.scale(1.3, 6)
    return np.clip((matte - 0.5) * np.float32(steep) + np.float32(0.5), 0, 1)


def _round_element(side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
