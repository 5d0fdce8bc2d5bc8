"""Draws a gilded picture frame around a transparent opening, and a round mark to sign footage with."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.noise import fractal, linear, srgb

WIDE, HIGH, FINE = 960, 640, 2
#: The frame's moulding takes this share of its width and height on every side: 77 pixels.
OPENING = 0.08
MARK = 256


def paint_frame() -> NDArray[np.uint8]:
    """The frame, (HIGH, WIDE, 4) RGBA with straight alpha."""
    y, x = np.mgrid[: HIGH * FINE, : WIDE * FINE].astype(np.float32)
    right, bottom = WIDE * FINE - 1 - x, HIGH * FINE - 1 - y
    sides = np.stack([x / (WIDE * FINE), y / (HIGH * FINE), right / (WIDE * FINE), bottom / (HIGH * FINE)])
    side, depth = sides.argmin(axis=0), sides.min(axis=0) / OPENING  # 0 at the outer edge, 1 at the opening
    profile = 0.5 * np.sin(np.clip(depth, 0, 1) * np.pi * 3.2) + 0.4 * np.sin(np.clip(depth, 0, 1) * np.pi)
    slope = np.gradient(profile, axis=1) * np.isin(side, (0, 2)) + np.gradient(profile, axis=0) * np.isin(side, (1, 3))
    grain = fractal(depth.shape, seed=11, cell=90, octaves=5)
    light = np.clip(0.62 - 14 * slope + 0.05 * grain, 0.12, 1.7)
    wood = linear("#b98a3e") * light[..., None]
    rim = np.clip(1 - np.abs(depth - 0.93) / 0.07, 0, 1)
    wood += rim[..., None] * (linear("#3a2510") - wood)
    cover = np.clip((1 - depth) * OPENING * HIGH * FINE, 0, 1)
    return _finished(wood, cover)


def paint_mark() -> NDArray[np.uint8]:
    """The mark, (MARK, MARK, 4) RGBA: a ring with a frame that something walks out of."""
    y, x = np.mgrid[: MARK * FINE, : MARK * FINE].astype(np.float32) / FINE - MARK / 2
    ring = np.clip(12 - np.abs(np.hypot(x, y) - 108) * 1.0, 0, 1)
    box = np.maximum(np.abs(x), np.abs(y) * 1.25)
    frame = np.clip(7 - np.abs(box - 62), 0, 1) * (1 - np.clip(14 - np.hypot(x - 62, y - 12), 0, 1))
    walker = np.clip(24 - np.hypot(x - 40, y + 2), 0, 1)
    cover = np.maximum(np.maximum(ring, frame), walker)
    color = np.broadcast_to(linear("#ffffff"), (*cover.shape, 3)).copy()
    color[walker > 0] = linear("#ffc247")
    return _finished(color, cover)


def _finished(color: NDArray[np.float32], cover: NDArray[np.float32]) -> NDArray[np.uint8]:
    picture = np.concatenate([srgb(color), cover[..., None]], axis=2).astype(np.float32)
    size = (picture.shape[1] // FINE, picture.shape[0] // FINE)
    return np.rint(np.clip(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), 0, 1) * 255).astype(np.uint8)
