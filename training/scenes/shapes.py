"""Outlines and sprites: what objects, posts, rocks and leaves are cut from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice
from training.scenes.textures import Texture, TexturePool, fitted, fractal

Mask = NDArray[np.float32]
#: (n, n, 2) or (n, n, 4) uint8: grey or RGB, then coverage.
Sprite = NDArray[np.uint8]


def outline(dice: Dice, size: int = 192) -> Mask:
    """A filled outline, 0 or 1, that roughly fills a (size, size) square."""
    draw = dice.rng.random()
    mask = np.zeros((size, size), np.float32)
    if draw < 0.45:
        _wavy(dice, mask)
    elif draw < 0.6:
        _lump(dice, mask)
    elif draw < 0.8:
        _vehicle(dice, mask) if dice.chance(0.5) else _polygon(dice, mask)
        mask = (cv2.GaussianBlur(mask, (0, 0), dice.between(0.5, 5)) > 0.5).astype(np.float32)
    else:
        _ellipses(dice, mask)
    if mask.sum() < 50:
        cv2.circle(mask, (size // 2, size // 2), int(size * 0.3), 1.0, -1)
    return mask


def foliage(dice: Dice, size: int = 128) -> Mask:
    """Many small leaves: thresholded noise."""
    noise = fractal(dice, (size, size), dice.between(1.4, 2.2))
    return (noise > dice.between(0.3, 1.3)).astype(np.float32)


def post(dice: Dice, size: int = 128) -> Mask:
    """A vertical bar through the whole square."""
    mask = np.zeros((size, size), np.float32)
    half = int(dice.scale(3, 40)) // 2
    mask[:, size // 2 - half : size // 2 + half + 1] = 1
    return mask


def wheel(dice: Dice, size: int, hub: tuple[float, float], radius: float) -> Mask:
    """A ring with spokes about a hub, 0 or 1; the ground shows between the spokes."""
    mask = np.zeros((size, size), np.float32)
    centre = (round(hub[0]), round(hub[1]))
    cv2.circle(mask, centre, round(radius), 1.0, max(1, round(radius * dice.between(0.06, 0.3))))
    cv2.circle(mask, centre, max(1, round(radius * 0.12)), 1.0, -1)
    first, spokes = dice.angle(), dice.count(0, 9)
    for number in range(spokes):
        angle = first + 2 * np.pi * number / spokes
        end = (round(hub[0] + np.cos(angle) * radius), round(hub[1] + np.sin(angle) * radius))
        cv2.line(mask, centre, end, 1.0, 1)
    return mask


def sprite(dice: Dice, pool: TexturePool, mask: Mask) -> Sprite:
    """Dress an outline in a texture of the pool: grey or RGB, as the pool paints, and coverage."""
    size = mask.shape[0]
    cloth = pool.surface(dice, size)
    if dice.chance(0.4):
        if dice.chance(0.5):
            part = fractal(dice, (size, size), 3.0) > dice.between(-0.5, 0.8)
        else:
            ramp = np.arange(size) > dice.between(0.25, 0.75) * size
            part = np.broadcast_to(ramp if dice.chance(0.5) else ramp[:, None], (size, size))
        cloth = np.where(fitted(part, cloth), pool.surface(dice, size), cloth)
    if dice.chance(0.3):
        depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
        round_ = np.minimum(depth / (depth.max() + 1e-6) * 2, 1)
        cloth = cloth * fitted(dice.between(0.4, 0.9) + 0.6 * round_, cloth)
    if dice.chance(0.25):
        cloth = cv2.GaussianBlur(cloth, (0, 0), dice.between(0.6, 2.5))
    return dressed(cloth, mask, softness=dice.between(0.4, 1.3))


def dressed(cloth: Texture, mask: Mask, *, softness: float) -> Sprite:
    """Cloth and softened coverage in one array."""
    cover = cv2.GaussianBlur(mask, (0, 0), softness) * 255
    if cloth.shape[2:] == (3,):
        # Clear all round, so that no black from beyond the sprite mixes in at its rim. Grey sprites keep theirs: the
        # examples of a seed stay the same.
        cover[[0, -1]] = 0
        cover[:, [0, -1]] = 0
    return np.clip(np.dstack([cloth, cover]), 0, 255).astype(np.uint8)


def _wavy(dice: Dice, mask: Mask) -> None:
    size = mask.shape[0]
    around = np.linspace(0, 2 * np.pi, 128, endpoint=False)
    radius = np.ones(128)
    fall, amount = dice.between(0.8, 1.8), dice.between(0.1, 0.55)
    for wave in range(1, dice.count(2, 9)):
        bump = amount * dice.normal() / wave**fall
        radius += bump * np.cos(wave * around + dice.angle())
    radius = np.clip(radius, 0.12, None)
    radius *= size * 0.46 / radius.max()
    flat = dice.between(0.3, 1)
    points = np.stack([np.cos(around) * radius, np.sin(around) * radius * flat], 1)
    turn = dice.angle()
    cosine, sine = np.cos(turn), np.sin(turn)
    points = points @ np.array([[cosine, sine], [-sine, cosine]]) + size / 2
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1.0)


def _lump(dice: Dice, mask: Mask) -> None:
    size = mask.shape[0]
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    away = ((columns - size / 2) ** 2 + (rows - size / 2) ** 2) / (size * 0.3) ** 2
    inside = (fractal(dice, (size, size), 3.0) * 0.6 + 1.6 - away) > 0
    count, label, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    if count > 1:
        mask[label == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()] = 1


def _polygon(dice: Dice, mask: Mask) -> None:
    size = mask.shape[0]
    points = dice.rng.normal(0, 0.2, (dice.count(4, 8), 2)) * size + size / 2
    hull = cv2.convexHull(points.clip(4, size - 4).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1.0)


def _vehicle(dice: Dice, mask: Mask) -> None:
    size = mask.shape[0]
    centre = size / 2
    width, height = dice.between(0.5, 0.9) * size, dice.between(0.2, 0.5) * size
    _box(mask, (centre, centre), (width, height), dice.between(-15, 15))
    cabin = (width * dice.between(0.3, 0.8), height * dice.between(0.5, 1))
    above = (centre + dice.between(-0.1, 0.1) * size, centre - height * 0.6)
    _box(mask, above, cabin, dice.between(-10, 10))
    if dice.chance(0.6):
        for side in (-0.3, 0.3):
            wheel = (int(centre + side * width), int(centre + height * 0.5))
            cv2.circle(mask, wheel, int(height * dice.between(0.18, 0.35)), 1.0, -1)


def _box(mask: Mask, centre: tuple[float, float], size: tuple[float, float], angle: float) -> None:
    cv2.fillConvexPoly(mask, cv2.boxPoints((centre, size, angle)).astype(np.int32), 1.0)


def _ellipses(dice: Dice, mask: Mask) -> None:
    size = mask.shape[0]
    x = y = size / 2
    for _ in range(dice.count(2, 6)):
        axes = (int(dice.between(0.06, 0.25) * size), int(dice.between(0.04, 0.2) * size))
        cv2.ellipse(mask, (int(x), int(y)), axes, dice.between(0, 180), 0, 360, 1.0, -1)
        x = float(np.clip(x + dice.normal(0.15 * size), size * 0.15, size * 0.85))
        y = float(np.clip(y + dice.normal(0.15 * size), size * 0.15, size * 0.85))
