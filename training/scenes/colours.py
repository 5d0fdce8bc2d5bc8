"""Colour for grey textures: a palette along their greys, drifting over the cloth, sometimes two side by side."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes.dice import Dice
from training.scenes.textures import Texture, TexturePool, fractal

#: RGB per unit of Cb and of Cr. Source: ITU-R BT.601.
CHROMA = np.array([[0, -0.344, 1.772], [1.402, -0.714, 0]], np.float32)


class ColourPool(TexturePool):
    """A stock of textures in colour; the lightness is the grey pool's own."""

    def backdrop(self, dice: Dice) -> Texture:
        """A texture for something big and flat: (320, 448, 3) float32 RGB 0..255."""
        return _tinted(dice, super().backdrop(dice))

    def surface(self, dice: Dice, size: int) -> Texture:
        """A texture for a thing, (size, size, 3) float32 RGB."""
        return _tinted(dice, super().surface(dice, size))


def _tinted(dice: Dice, grey: Texture) -> Texture:
    tint = _palette(dice, grey)
    if dice.chance(0.4):
        region = fractal(dice, (grey.shape[0], grey.shape[1]), dice.between(1.8, 3)) > dice.between(-0.5, 0.8)
        tint = np.where(region[..., None], _palette(dice, grey), tint)
    return np.clip(grey[..., None] + tint @ CHROMA, 0, 255).astype(np.float32)


def _palette(dice: Dice, grey: Texture) -> Texture:
    """(H, W, 2) Cb and Cr: a hue, another towards the dark, and a slow drift."""
    amount = dice.scale(2, 40)
    middle, slope = _hue(dice, amount), _hue(dice, amount * dice.between(0, 0.8))
    drift = dice.rng.normal(0, amount * 0.25, (3, 4, 2)).astype(np.float32)
    drift = cv2.resize(drift, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    light = grey[..., None] / np.float32(128) - 1
    # Very dark and very light things have little colour left.
    return (middle + slope * light + drift) * (1 - np.float32(0.7) * light * light)


def _hue(dice: Dice, amount: float) -> Texture:
    # Nature and clothes vary from blue to orange more than from green to purple.
    angle = dice.normal(0.6) + (np.pi * 0.75 if dice.chance(0.5) else -np.pi * 0.25)
    return np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(amount)
