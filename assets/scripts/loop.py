"""Films the loop: bright discs and waves that return to where they began."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.noise import linear, srgb

Floats = NDArray[np.float32]
WIDE, HIGH, RATE, COUNT, FINE = 480, 320, 25, 75, 2
COLORS = [linear(color) for color in ("#ff5d5d", "#ffc145", "#3ddc97", "#3fa7ff", "#b26bff")]


def waves(x: Floats, y: Floats, turn: float) -> Floats:
    """A background of slow diagonal colour waves; ``turn`` runs from 0 to 2 pi in one loop."""
    phase = 5 * x + 3 * y + 0.8 * np.sin(4 * y + turn)
    warm = 0.5 + 0.5 * np.sin(phase - turn)
    return linear("#14123a") * (1 - warm[..., None]) + linear("#3b1d6e") * warm[..., None]


def disc(x: Floats, y: Floats, number: int, turn: float) -> tuple[Floats, Floats]:
    """Coverage and shading of one ball on its own closed path."""
    angle = turn + number * 2 * np.pi / len(COLORS)
    cx, cy = 0.75 + 0.48 * np.cos(angle), 0.5 + 0.27 * np.sin(2 * angle)
    radius = 0.15 + 0.035 * np.sin(angle * 2 + number)
    away = np.hypot(x - cx, y - cy) / radius
    cover = np.clip((1 - away) * radius * HIGH * FINE + 0.5, 0, 1)
    shade = 0.55 + 0.75 * np.clip(1 - np.hypot(x - cx + 0.3 * radius, y - cy + 0.35 * radius) / radius, 0, 1)
    return cover, shade


def frames() -> Iterator[NDArray[np.uint8]]:
    """The pictures of one loop, (HIGH, WIDE, 3) RGB."""
    y, x = np.mgrid[: HIGH * FINE, : WIDE * FINE].astype(np.float32) / (HIGH * FINE)
    for index in range(COUNT):
        turn = 2 * np.pi * index / COUNT
        picture = waves(x, y, turn)
        for number, color in enumerate(COLORS):
            cover, shade = disc(x, y, number, turn)
            picture = picture * (1 - cover[..., None]) + cover[..., None] * color * shade[..., None]
        ring = np.clip(1 - np.abs(np.hypot(x - 0.75, y - 0.5) - 0.14 - 0.25 * ((index / COUNT * 3) % 1)) / 0.012, 0, 1)
        picture += (ring * (1 - (index / COUNT * 3) % 1))[..., None] * linear("#ffffff")
        small = cv2.resize(picture, (WIDE, HIGH), interpolation=cv2.INTER_AREA)
        yield np.rint(srgb(small) * 255).astype(np.uint8)
