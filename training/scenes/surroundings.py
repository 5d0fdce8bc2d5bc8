"""Everything that does not move by itself: backdrop, ground, walls, posts, rocks, leaves, water."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import (
    Camera,
    Matrix,
    Vector,
    facing,
    scaling,
    shift,
    turning,
)
from training.scenes.dice import Dice
from training.scenes.layers import Layer, Piece, Surface, Wobble
from training.scenes.shapes import foliage, outline, post, sprite
from training.scenes.textures import HEIGHT, WIDTH, TexturePool


@dataclass(frozen=True)
class Setting:
    """Where a scene plays.

    Attributes:
        backdrop: nearness (one over distance) of what is furthest away.
        horizon: rows below the picture's middle.
        ground: height of the camera above the ground, or None without a ground.
        water: the ground is water, and ripples all over.
    """

    backdrop: float
    horizon: float
    ground: float | None
    water: bool = False


def draw_setting(dice: Dice, height: int) -> Setting:
    """Draw how deep the scene is and whether it has a ground."""
    far = dice.between(0, 0.12) if dice.chance(0.6) else dice.between(0.2, 0.8)
    ground = dice.between(0.15, 1.1) if dice.chance(0.6) else None
    water = ground is not None and dice.chance(0.2)
    horizon = dice.between(-0.7, 0.15) if water else dice.between(-0.35, 0.35)
    return Setting(far, horizon * height, ground, water)


def draw_backdrop(dice: Dice, pool: TexturePool, camera: Camera, setting: Setting) -> Surface:
    """The furthest plane, square to the camera or slanted."""
    height, width = camera.size
    plane = facing(setting.backdrop)
    if dice.chance(0.4):
        slant = np.array([dice.normal(0.25), dice.normal(0.2), 0])
        plane = plane + slant * max(setting.backdrop, 0.1)
    size = max(dice.between(0.62, 1.4) * width / 256, 1.05 * width / WIDTH, 1.05 * height / HEIGHT)
    rest = (
        shift(width / 2, height / 2)
        @ turning(dice.between(-0.3, 0.3) if dice.chance(0.3) else 0.0)
        @ scaling(size)
        @ shift(-WIDTH / 2, -HEIGHT / 2)
    )
    wobbles = [
        _relief(dice, camera, dice.scale(0.03, 0.5)) if dice.chance(0.4) else None,
        _restless(dice, camera) if dice.chance(0.28) else None,
    ]
    return Surface(
        texture=pool.backdrop(dice),
        path=lambda time: camera.seen(plane, time) @ rest,
        wobble=_sum(wobbles),
    )


def draw_ground(dice: Dice, pool: TexturePool, camera: Camera, setting: Setting) -> list[Layer]:
    """Ground in true perspective and, sometimes, walls beside it; nothing without a ground."""
    if setting.ground is None:
        return []
    tilt = np.arctan2(setting.horizon, camera.focal)
    down = np.array([0, np.cos(tilt), -np.sin(tilt)])
    ahead = np.array([0, np.sin(tilt), np.cos(tilt)])
    right = np.array([1.0, 0, 0])
    grain, far = dice.scale(0.006, 0.04), dice.between(3, 16)
    start = down * setting.ground + ahead * far - right * (WIDTH / 2 * grain)
    floor = (right * grain, -ahead * grain, start, down / setting.ground)
    layers: list[Layer] = [_plane(dice, pool, camera, floor, beside=False, water=setting.water)]
    if setting.water:
        return layers
    for side in (-1, 1):
        if dice.chance(0.2):
            away = dice.between(0.4, 2.5)
            start = right * (side * away) + ahead * far + down * setting.ground
            wall = (-down * grain, -ahead * grain, start, right * (side / away))
            layers.append(_plane(dice, pool, camera, wall, beside=dice.chance(0.9)))
    return layers


def draw_thing(
    dice: Dice, pool: TexturePool, camera: Camera, setting: Setting, nearness: float, *, spread: float = 0.0
) -> Piece:
    """Something static at its own depth: a post, leaves, a rock on the ground.

    ``spread`` is how far beyond the picture's sides it may stand, in widths.
    """
    height, width = camera.size
    draw, side = dice.rng.random(), 128
    x, y = dice.between(-spread * width, (1 + spread) * width), dice.between(0, height)
    if draw < 0.3:
        mask = post(dice, side)
        thick = dice.scale(0.5, 1.3) * min(1.5, nearness + 0.3)
        size = scaling(thick, dice.between(1, 2.5))
        lean = dice.between(-0.15, 0.15) if dice.chance(0.85) else dice.between(0, 3)
    elif draw < 0.45:
        mask, size, lean = foliage(dice, side), scaling(dice.scale(0.4, 2)), 0.0
    else:
        mask = outline(dice, side)
        big = dice.scale(0.12, 1.5) * min(1.6, nearness + 0.35)
        size = scaling(big * dice.between(0.6, 1.5), big * dice.between(0.5, 1.2))
        lean = dice.angle() if dice.chance(0.5) else dice.normal(0.2)
        if setting.ground is not None and dice.chance(0.75):
            foot = height / 2 + setting.horizon + camera.focal * setting.ground * nearness
            y = min(height * 1.1, foot) - big * side * 0.3
    rest = shift(x, y) @ turning(lean) @ size @ shift(-side / 2, -side / 2)
    plane = facing(nearness)
    if dice.chance(0.3):
        plane = plane + np.array([dice.normal(0.3), 0, 0]) * nearness
    rough = _relief(dice, camera, dice.scale(0.02, 0.25)) if dice.chance(0.2) else None
    return Piece(sprite(dice, pool, mask), lambda time: camera.seen(plane, time) @ rest, rough)


def _plane(
    dice: Dice,
    pool: TexturePool,
    camera: Camera,
    axes: tuple[Vector, Vector, Vector, Vector],
    *,
    beside: bool,
    water: bool = False,
) -> Surface:
    """A plane given by texture axes, the place of the texture's corner, and normal/distance."""
    across, along, start, normal = axes
    rest: Matrix = camera.intrinsics @ np.stack([across, along, start], 1)
    wobbles = [
        _relief(dice, camera, dice.scale(0.02, 0.3)) if dice.chance(0.4) else None,
        _restless(dice, camera, whole=water) if water or dice.chance(0.15) else None,
    ]
    return Surface(
        texture=pool.backdrop(dice),
        path=lambda time: camera.seen(normal, time) @ rest,
        wobble=_sum(wobbles),
        below=True,
        beside=beside,
    )


def _relief(dice: Dice, camera: Camera, amount: float) -> Wobble | None:
    """Bumps on a plane: parallax in proportion to how far the camera has travelled."""
    if not camera.moves:
        return None
    bumps = dice.field(camera.size, int(dice.scale(4, 20)), amount)[..., :1]

    def wobble(time: float) -> NDArray[np.float32]:
        return bumps * camera.parallax(time).astype(np.float32)

    return wobble


def _restless(dice: Dice, camera: Camera, *, whole: bool = False) -> Wobble:
    """Water, leaves, heat: small motion in place that is nobody's."""
    shape, cells, amount = camera.size, int(dice.scale(5, 24)), dice.scale(0.2, 2)
    drift = dice.rng.normal(0, 0.8, 2) if dice.chance(0.4) else np.zeros(2)
    drift = drift.astype(np.float32)
    one, two = dice.field(shape, cells, amount), dice.field(shape, cells, amount)
    rate = np.float32(dice.between(0.3, 2))
    where = np.ones((*shape, 1), np.float32) if whole else _region(dice, shape)

    def wobble(time: float) -> NDArray[np.float32]:
        now = np.float32(time)
        gone = now if whole else np.float32(camera.carried(time))
        return where * (one * np.sin(rate * now) + two * np.cos(rate * now) + drift * gone)

    return wobble


def _region(dice: Dice, shape: tuple[int, int]) -> NDArray[np.float32]:
    whole = np.ones((*shape, 1), np.float32)
    if dice.chance(0.25):
        return whole
    if dice.chance(0.5):
        part = np.arange(shape[0])[:, None, None] > dice.between(0.1, 0.8) * shape[0]
        region = whole * part
    else:
        bumps = dice.field(shape, 4, 1.0)[..., 0]
        region = (bumps > dice.between(-0.5, 0.5)).astype(np.float32)
    return cv2.GaussianBlur(region, (0, 0), 3).reshape(*shape, 1)


def _sum(wobbles: list[Wobble | None]) -> Wobble | None:
    given = [wobble for wobble in wobbles if wobble is not None]
    if not given:
        return None

    def wobble(time: float) -> NDArray[np.float32]:
        total = given[0](time)
        for other in given[1:]:
            total = total + other(time)
        return total

    return wobble
