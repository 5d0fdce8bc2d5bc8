"""Colour for things and for what is behind them, from the grey textures of the scenes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice
from training.scenes.shapes import outline
from training.scenes.textures import TexturePool, fractal

#: (n, n, 3) float32 RGB, about 0..255.
Colours = NDArray[np.float32]


def cloth(dice: Dice, pool: TexturePool, size: int) -> Colours:
    """A coloured texture: brightness from one grey texture, hue from a second one and a palette of one colour axis.

    Args:
        dice: source of draws.
        pool: grey textures.
        size: side of the square.
    """
    light = pool.surface(dice, size)
    tint = dice.rng.normal(0, dice.scale(3, 45), 3)
    axis = dice.rng.normal(0, 1, 3)
    picture = np.repeat(light[..., None], 3, axis=2) + (tint - tint.mean()).astype(np.float32)
    if dice.chance(0.6):
        hue = pool.surface(dice, size) - np.float32(128)
        picture += hue[..., None] * ((axis - axis.mean()) * dice.scale(0.05, 0.5)).astype(np.float32)
    return picture


def patchwork(dice: Dice, pool: TexturePool, size: int, most: int) -> Colours:
    """Several cloths sewn together along crisp or blurred seams.

    Args:
        dice: source of draws.
        pool: grey textures.
        size: side of the square.
        most: upper bound of further pieces.
    """
    picture = cloth(dice, pool, size)
    for _ in range(dice.count(0, most)):
        seam = fractal(dice, (size // 2, size // 2), dice.between(1.8, 3.0)) - dice.between(-0.5, 1.0)
        seam = cv2.resize(seam, (size, size), interpolation=cv2.INTER_CUBIC)
        share = np.clip(seam * dice.scale(2, 60) + 0.5, 0, 1)[..., None].astype(np.float32)
        picture += (cloth(dice, pool, size) - picture) * share
    return picture


def clutter(dice: Dice, pool: TexturePool, size: int) -> Colours:
    """What is behind: a patchwork with other things before it, out of focus now and then.

    Args:
        dice: source of draws.
        pool: grey textures.
        size: side of the square.
    """
    picture = patchwork(dice, pool, size, 3)
    for _ in range(dice.count(0, 4)):
        side = int(dice.scale(0.15, 0.9) * size)
        shape = cv2.GaussianBlur(outline(dice), (0, 0), 0.7)
        shape = cv2.resize(shape, (side, side), interpolation=cv2.INTER_AREA)
        place = np.array(
            [[1, 0, dice.between(-side / 2, size - side / 2)], [0, 1, dice.between(-side / 2, size - side / 2)]]
        )
        cover = cv2.warpAffine(shape, place, (size, size))[..., None]
        picture += (cloth(dice, pool, size) - picture) * cover
    return cv2.GaussianBlur(picture, (0, 0), dice.scale(0.6, 6)) if dice.chance(0.4) else picture


def alike(dice: Dice, behind: Colours, front: Colours) -> Colours:
    """The background with its mean colour brought near the foreground's: camouflage.

    Args:
        dice: source of draws.
        behind: the background.
        front: the foreground.
    """
    apart = front.mean((0, 1)) - behind.mean((0, 1)) + dice.rng.normal(0, 14, 3)
    return behind + (apart * dice.between(0.7, 1.0)).astype(np.float32)
