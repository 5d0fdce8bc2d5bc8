"""One composite: a thing before something else, photographed, and the true alpha of the thing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.edges.colours import Colours, alike, clutter, patchwork
from training.edges.cutouts import Alpha, draw_cutout
from training.edges.fields import smooth_field
from training.scenes.dice import Dice
from training.scenes.textures import TexturePool

#: Side of a composite. One pixel stands for one of a picture at most 640 wide, the size the network works at.
SIZE = 256


@dataclass(frozen=True, eq=False)
class Composite:
    """A generated picture with its truth.

    Attributes:
        picture: (n, n, 3) uint8 RGB, as a file would hold it.
        clean: (n, n, 3) float32 RGB, the same before camera and codec: alpha front + (1 - alpha) behind.
        alpha: (n, n) float32 0..1.
        front: (n, n, 3) float32 RGB.
        behind: (n, n, 3) float32 RGB.
    """

    picture: NDArray[np.uint8]
    clean: Colours
    alpha: Alpha
    front: Colours
    behind: Colours


def make_composite(dice: Dice, pool: TexturePool, *, size: int = SIZE) -> Composite:
    """Make a composite.

    Args:
        dice: source of draws; the same dice give the same composite.
        pool: textures to dress things in.
        size: side in pixels.
    """
    alpha = draw_cutout(dice, size)
    front = np.clip(patchwork(dice, pool, size, 3), 0, 255)
    behind = clutter(dice, pool, size)
    if dice.chance(0.35):
        behind = alike(dice, behind, front)
    behind = np.clip(behind, 0, 255)
    alpha, front = _softened(dice, alpha, front)
    clean = front * alpha[..., None] + behind * (1 - alpha[..., None])
    return Composite(_photographed(dice, clean), clean, alpha, front, behind)


def _softened(dice: Dice, alpha: Alpha, front: Colours) -> tuple[Alpha, Colours]:
    """Out of focus or in motion, everywhere or in a part; coverage and colour alike."""
    draw = dice.rng.random()
    if draw < 0.45:
        return alpha, front
    kernel = _disk(dice.scale(0.7, 5)) if draw < 0.75 else _streak(dice.scale(3, 26), dice.angle())
    soft = np.clip(cv2.filter2D(alpha, -1, kernel, borderType=cv2.BORDER_REFLECT), 0, 1)
    dull = cv2.filter2D(front, -1, kernel, borderType=cv2.BORDER_REFLECT)
    if dice.chance(0.4):  # a limb that moves while the rest stands still
        shape = alpha.shape
        share = np.clip(smooth_field(dice, (shape[0], shape[1]), 3, 1.5)[..., 0] + 0.5, 0, 1)
        soft, dull = alpha + (soft - alpha) * share, front + (dull - front) * share[..., None]
    return soft.astype(np.float32), dull.astype(np.float32)


def _disk(radius: float) -> Alpha:
    reach = int(np.ceil(radius)) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = np.clip(radius + 0.5 - np.hypot(rows, columns), 0, 1)
    return (inside / inside.sum()).astype(np.float32)


def _streak(length: float, angle: float) -> Alpha:
    reach = int(np.ceil(length / 2)) + 1
    along = np.linspace(-length / 2, length / 2, max(3, int(4 * length)))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    rows, columns = reach + along * np.sin(angle), reach + along * np.cos(angle)
    np.add.at(kernel, (np.rint(rows).astype(int), np.rint(columns).astype(int)), 1)
    return kernel / kernel.sum()


def _photographed(dice: Dice, clean: Colours) -> NDArray[np.uint8]:
    """Light, colour cast, lens, noise and codec."""
    cast = 1 + dice.rng.normal(0, 0.06, 3)
    picture = (clean - 128) * dice.between(0.55, 1.1) + 128 + dice.normal(12)
    picture = np.clip(picture * cast, 0, 255).astype(np.float32)
    if dice.chance(0.4):
        picture = cv2.GaussianBlur(picture, (0, 0), dice.between(0.35, 1.1))
    if dice.chance(0.6):
        noise = dice.rng.standard_normal(picture.shape, dtype=np.float32)
        if dice.chance(0.4):
            noise = cv2.GaussianBlur(noise, (0, 0), 0.8) * np.float32(2)
        picture = picture + noise * np.float32(dice.scale(0.4, 6))
    seen = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return _coded(seen, dice.count(25, 95)) if dice.chance(0.65) else seen


def _coded(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
