"""One scene: five frames of a generated world, and what moves by itself in the middle one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import Camera, Vector, draw_camera
from training.scenes.dice import Dice, unit_of
from training.scenes.layers import Canvas, Layer
from training.scenes.objects import Body, draw_body
from training.scenes.photography import photograph
from training.scenes.surroundings import (
    Setting,
    draw_backdrop,
    draw_ground,
    draw_setting,
    draw_thing,
)
from training.scenes.textures import TexturePool

TIMES = (-2, -1, 0, 1, 2)
#: How many moving objects a scene has: every eighth has none at all.
OBJECTS = (0.13, 0.57, 0.2, 0.1)


@dataclass(frozen=True)
class Scene:
    """A generated training example.

    Attributes:
        frames: five (H, W) uint8 grey frames at times -2 .. 2.
        moving: (H, W) uint8, 0..255: coverage by things that move by themselves, at time 0.
        camera: what the camera did.
    """

    frames: tuple[NDArray[np.uint8], ...]
    moving: NDArray[np.uint8]
    camera: Camera


def make_scene(seed: int, index: int, pool: TexturePool, *, size: tuple[int, int] = (144, 256)) -> Scene:
    """Make the scene number ``index`` of a seed.

    Args:
        seed: names the run.
        index: names the scene.
        pool: textures to dress things in.
        size: (height, width) of the frames.

    Returns:
        The same scene for the same arguments, always.
    """
    dice = Dice(seed, index)
    setting = draw_setting(dice, size[0])
    count = int(dice.rng.choice(len(OBJECTS), p=OBJECTS))
    slow = dice.chance(0.35 if setting.water else 0.12)
    speed = (dice.scale(0.2, 1.5) if slow else dice.scale(0.6, 14)) * unit_of(size)
    angle = dice.heading()
    flat = 0.6 if dice.chance(0.7) else 1.0
    direction = np.array([np.cos(angle), np.sin(angle) * flat]) * speed
    nearness = dice.between(max(0.3, setting.backdrop + 0.05), 1.2)
    camera = draw_camera(dice, size, direction / size[1] / nearness if count else None)
    if camera.kind in ("still", "hand"):
        direction = direction * dice.between(0.3, 1)
    velocity = direction / (camera.focal * nearness)
    layers = draw_surroundings(dice, pool, camera, setting, nearness)
    layers += [
        (body.nearness + 1e-6 * number, layer)
        for body in _bodies(dice, camera, setting, count=count, nearness=nearness, velocity=velocity)
        for number, layer in enumerate(draw_body(dice, pool, camera, body))
    ]
    layers.sort(key=lambda pair: pair[0])
    pace = max(speed, camera.pace)
    clean, moving = _expose(dice, [layer for _, layer in layers], camera, pace)
    return Scene(tuple(photograph(dice, clean)), moving, camera)


def draw_surroundings(
    dice: Dice, pool: TexturePool, camera: Camera, setting: Setting, subject: float, *, spread: float = 0.0
) -> list[tuple[float, Layer]]:
    """Surroundings with their nearness; some stand as near as the subject, and seem to go with it.

    Args:
        dice: source of draws.
        pool: textures.
        camera: who looks.
        setting: where it is.
        subject: nearness of the main object.
        spread: how far beyond the picture's sides things stand, in widths.
    """
    layers: list[tuple[float, Layer]] = [(-1.0, draw_backdrop(dice, pool, camera, setting))]
    for number, surface in enumerate(draw_ground(dice, pool, camera, setting)):
        layers.append((1e-3 * number, surface))
    nearest = [dice.between(max(0.08, setting.backdrop), 1.25) for _ in range(dice.count(0, 10 if camera.moves else 4))]
    if dice.chance(0.25):
        nearest.append(dice.between(1, 1.7))
    if dice.chance(0.3):
        nearest += [subject * dice.between(0.85, 1.12) for _ in range(dice.count(1, 8))]
    layers += [(near, draw_thing(dice, pool, camera, setting, near, spread=spread)) for near in nearest]
    return layers


def _bodies(
    dice: Dice, camera: Camera, setting: Setting, *, count: int, nearness: float, velocity: Vector
) -> Iterator[Body]:
    """The moving objects, and now and then one that rests."""
    height, width = camera.size
    x, y = width / 2, height / 2
    for number in range(count):
        beside = number > 0 and dice.chance(0.4)
        x, y = _beside(dice, x, y, camera.unit) if beside else _somewhere(dice, height, width)
        near, speed = nearness, velocity
        if number:
            near = nearness * dice.between(0.85, 1.15) if dice.chance(0.5) else dice.between(0.3, 1.2)
            speed = _other_speed(dice, camera, near, velocity)
        swims = setting.water and dice.chance(0.8)
        yield Body(_area(dice, camera, first=number == 0), near, x, y, speed, swims=swims)
    for _ in range(int(dice.chance(0.12)) + int(dice.chance(0.05))):
        x, y = _somewhere(dice, height, width)
        area = dice.scale(0.008, 0.2) * height * width
        yield Body(area, dice.between(0.3, 1.2), x, y, velocity, rests=True, swims=setting.water)


def _area(dice: Dice, camera: Camera, *, first: bool) -> float:
    height, width = camera.size
    if first and dice.chance(0.2):
        share = dice.between(0.25, 0.72)
    elif camera.kind == "still" and dice.chance(0.4):
        share = dice.scale(0.002, 0.05)
    else:
        share = dice.scale(0.01, 0.3) if first else dice.scale(0.006, 0.2)
    return share * height * width


def _somewhere(dice: Dice, height: int, width: int) -> tuple[float, float]:
    if dice.chance(0.2):
        return dice.between(0, width), dice.between(0, height)
    x, y = (float(np.clip(dice.normal(0.18, 0.5), 0.05, 0.95)) for _ in range(2))
    return x * width, y * height


def _beside(dice: Dice, x: float, y: float, unit: float) -> tuple[float, float]:
    return x + dice.normal(18 * unit), y + dice.normal(14 * unit)


def _other_speed(dice: Dice, camera: Camera, near: float, velocity: Vector) -> Vector:
    apparent = camera.focal * near / camera.unit
    if dice.chance(0.5):
        return velocity * dice.between(0.75, 1.25) + dice.rng.normal(0, 0.3, 2) / apparent
    angle, speed = dice.angle(), dice.scale(0.5, 9)
    return np.array([np.cos(angle), np.sin(angle)]) * speed / apparent


def _expose(
    dice: Dice, layers: list[Layer], camera: Camera, pace: float
) -> tuple[list[NDArray[np.float32]], NDArray[np.uint8]]:
    """Paint all five frames; an open shutter averages up to five moments of each."""
    shutter = dice.between(0.25, 1) if dice.chance(0.55 if pace > 5 * camera.unit else 0.3) else 0.0
    moments = int(np.clip(np.ceil(shutter * pace / 2.2), 1, 5))
    frames, moving = [], np.zeros(camera.size, np.uint8)
    for time in TIMES:
        canvases = []
        for moment in range(moments):
            offset = (moment - (moments - 1) / 2) * shutter / moments
            canvas = Canvas(np.zeros(camera.size, np.float32), np.zeros(camera.size, np.float32))
            for layer in layers:
                layer.paint(canvas, time + offset)
            canvases.append(canvas)
        frames.append(np.mean([canvas.picture for canvas in canvases], axis=0))
        if time == 0:
            share = np.mean([canvas.moving for canvas in canvases], axis=0)
            moving = (np.clip(share, 0, 1) * 255).astype(np.uint8)
    return frames, moving
