"""Bodies that move by themselves: blobs, vehicles, jointed figures, with shadow and spray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import (
    Camera,
    Matrix,
    Vector,
    about,
    between_knots,
    facing,
    scaling,
    shift,
    turning,
)
from training.scenes.dice import Dice
from training.scenes.layers import Layer, Path, Piece, Shadow, Wobble
from training.scenes.shapes import Mask, Sprite, dressed, outline, sprite
from training.scenes.textures import TexturePool, fractal

SIZE = 192
MIDDLE = SIZE / 2


@dataclass(frozen=True)
class Body:
    """What is asked of a moving object.

    Attributes:
        area: pixels it should cover.
        nearness: one over its distance.
        x: column of its centre at time 0.
        y: row of its centre.
        velocity: (2,) scene units per frame.
        rests: does not move at all during the window, and so is not labelled.
    """

    area: float
    nearness: float
    x: float
    y: float
    velocity: Vector
    rests: bool = False


@dataclass(frozen=True)
class _Part:
    """One stiff part of a figure, hinged to the body."""

    sprite: Sprite
    hinge: tuple[float, float] = (MIDDLE, MIDDLE)
    swing: float = 0.0
    bend: float = 0.0

    def turned(self, time: float) -> Matrix:
        return about(turning(self.swing * time + self.bend * time * time), *self.hinge)


def draw_body(dice: Dice, pool: TexturePool, camera: Camera, body: Body) -> list[Layer]:
    """Draw an object as layers from back to front, shadow first."""
    displacement = _displacement(dice, camera, body)
    pace = float(np.linalg.norm(body.velocity)) * camera.focal * body.nearness
    parts, area, figure = _figure(dice, pool) if dice.chance(0.6) else _solid(dice, pool)
    size = float(np.sqrt(body.area / area))
    stretch = dice.scale(0.75, 1.33)
    turn = dice.angle() if not figure and dice.chance(0.5) else dice.normal(0.2)
    rest = shift(body.x, body.y) @ turning(turn) @ scaling(size * stretch, size / stretch) @ shift(-MIDDLE, -MIDDLE)
    spin = dice.normal(0.03) if dice.chance(0.5) and not body.rests else 0.0
    wobble = _soft(dice, camera.size, pace) if dice.chance(0.5) and not body.rests else None

    def path_of(part: _Part) -> Path:
        def path(time: float) -> Matrix:
            seen = camera.seen(facing(body.nearness), time, displacement(time))
            own = about(turning(spin * time), body.x, body.y)
            hinged = np.eye(3) if body.rests else part.turned(time)
            result: Matrix = seen @ own @ rest @ hinged
            return result

        return path

    pieces = tuple(Piece(part.sprite, path_of(part), wobble, moves=not body.rests) for part in parts)
    layers: list[Layer] = list(pieces)
    if dice.chance(0.4):
        layers.insert(0, _shadow(dice, pieces, size))
    if dice.chance(0.22) and not body.rests:
        for _ in range(dice.count(1, 3)):
            puff = _spray(dice, camera, body, displacement)
            layers.insert(0 if dice.chance(0.6) else len(layers), puff)
    return layers


def _displacement(dice: Dice, camera: Camera, body: Body) -> Callable[[float], Vector]:
    """How far the body has gone at a time: speed, acceleration, jitter, stops and starts."""
    approach = dice.normal(0.012) if dice.chance(0.5) else 0.0
    velocity = np.array([*body.velocity, approach / body.nearness])
    gain = dice.normal(0.12)
    nervous = dice.between(0, 0.3) if dice.chance(0.4) else 0.0
    jitter = dice.rng.normal(0, 1, (9, 3)) * nervous / (camera.focal * body.nearness)
    stops, starts = dice.chance(0.06), dice.chance(0.06)

    def displacement(time: float) -> Vector:
        if body.rests:
            return np.zeros(3)
        gone = time + gain * time * abs(time) * 0.5
        if stops:
            gone = min(gone, 0) + 0.15 * max(gone, 0)
        elif starts:
            gone = max(gone, 0) + 0.15 * min(gone, 0)
        return velocity * gone + between_knots(jitter, time)

    return displacement


def _soft(dice: Dice, shape: tuple[int, int], pace: float) -> Wobble:
    amount = dice.scale(0.2, 2.5) * min(2.0, 0.4 + pace * 0.3)
    cells = dice.count(3, 8)
    one, two = dice.field(shape, cells, amount), dice.field(shape, cells, amount)
    rate = np.float32(dice.between(0.2, 0.9))

    def wobble(time: float) -> NDArray[np.float32]:
        return one * np.sin(rate * np.float32(time)) + two * (np.cos(rate * np.float32(time)) - 1)

    return wobble


def _solid(dice: Dice, pool: TexturePool) -> tuple[list[_Part], float, bool]:
    mask = outline(dice, SIZE)
    return [_Part(sprite(dice, pool, mask))], float(mask.sum()), False


def _figure(dice: Dice, pool: TexturePool) -> tuple[list[_Part], float, bool]:
    """A trunk with a head and up to seven two-piece limbs."""
    trunk = np.zeros((SIZE, SIZE), np.float32)
    long, wide = dice.between(0.12, 0.3) * SIZE, dice.between(0.05, 0.16) * SIZE
    upright = 90 + dice.normal(15) if dice.chance(0.7) else dice.normal(15)
    lean = dice.between(0, 180) if dice.chance(0.3) else upright
    if dice.chance(0.25):
        trunk[48:144, 48:144] = outline(dice, 96)
    else:
        axes = (int(long), int(wide))
        cv2.ellipse(trunk, (SIZE // 2, SIZE // 2), axes, lean, 0, 360, 1.0, -1)
    direction = np.array([np.cos(np.deg2rad(lean)), np.sin(np.deg2rad(lean))])
    cloth = sprite(dice, pool, trunk)
    parts: list[_Part] = []
    if dice.chance(0.5):
        head = np.zeros((SIZE, SIZE), np.float32)
        x, y = MIDDLE - direction * long * 1.15
        cv2.circle(head, (int(x), int(y)), int(wide * dice.between(0.4, 0.8)) + 2, 1.0, -1)
        parts.append(_Part(sprite(dice, pool, head), swing=dice.normal(0.02)))
    dressed_alike = cloth if dice.chance(0.35) else None
    thin = dice.between(0.35, 1) if dice.chance(0.5) else 1.0
    stride = dice.normal(0.14) if dice.chance(0.5) else 0.0
    for number in range(dice.count(2, 7)):
        end = dice.sign() * dice.between(0.5, 1.0)
        x, y = MIDDLE + direction * long * end
        gait = stride if number % 2 else -stride
        parts.append(_limb(dice, pool, (float(x), float(y)), thin=thin, gait=gait, cloth=dressed_alike))
    area = max(float(trunk.sum()) * 1.4, 200.0)
    parts.insert(dice.count(0, len(parts)), _Part(cloth))
    return parts, area, True


def _limb(
    dice: Dice,
    pool: TexturePool,
    hinge: tuple[float, float],
    *,
    thin: float,
    gait: float,
    cloth: Sprite | None,
) -> _Part:
    mask: Mask = np.zeros((SIZE, SIZE), np.float32)
    length = dice.between(0.12, 0.34) * SIZE
    width = dice.between(0.02, 0.065) * SIZE * thin
    angle = dice.angle() if dice.chance(0.4) else np.pi / 2 + dice.normal(0.5)
    knee = (hinge[0] + np.cos(angle) * length, hinge[1] + np.sin(angle) * length)
    _stroke(mask, hinge, knee, width * 2)
    if dice.chance(0.6):
        bent = angle + dice.normal(0.8)
        foot = (knee[0] + np.cos(bent) * length * 0.8, knee[1] + np.sin(bent) * length * 0.8)
        _stroke(mask, knee, foot, width * 1.6)
    if dice.chance(0.2):
        knob = int(dice.between(0.03, 0.1) * SIZE)
        cv2.circle(mask, (int(knee[0]), int(knee[1])), knob, 1.0, -1)
    if cloth is None:
        dress = sprite(dice, pool, mask)
    else:
        dress = dressed(cloth[::-1, :, 0].astype(np.float32), mask, softness=0.7)
    swing = dice.normal(0.13) * dice.between(0, 1.5) + gait
    return _Part(dress, hinge, swing, dice.normal(0.02))


def _stroke(mask: Mask, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    first, last = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
    cv2.line(mask, first, last, 1.0, max(1, int(width)), cv2.LINE_8)


def _shadow(dice: Dice, pieces: tuple[Piece, ...], size: float) -> Shadow:
    right, down = dice.between(-0.3, 0.6), dice.between(0.05, 0.45)
    return Shadow(
        pieces=pieces,
        light=dice.between(0.3, 0.8),
        offset=shift(right * size * 100, down * size * 100),
        blur=dice.between(0.8, 4),
    )


def _spray(dice: Dice, camera: Camera, body: Body, displacement: Callable[[float], Vector]) -> Piece:
    """Spray, smoke, dust or wake: goes along with the body but is not one."""
    side = 128
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) - side / 2
    noise = fractal(dice, (side, side), dice.between(1.2, 2.2))
    oval = 1 - (columns / dice.between(30, 62)) ** 2 - (rows / dice.between(15, 60)) ** 2
    cover = np.clip(oval * dice.between(0.8, 2) + noise * dice.between(0.2, 0.7), 0, 1)
    cover = cover * np.clip(oval * 3 + 1, 0, 1) * dice.between(0.3, 1)
    cover[[0, -1]] = 0
    cover[:, [0, -1]] = 0
    grain = fractal(dice, (side, side), dice.between(1, 2)) * dice.between(4, 40)
    base = dice.between(140, 255) if dice.chance(0.65) else dice.between(60, 200)
    puff = np.clip(np.dstack([base + grain, cover * 255]), 0, 255).astype(np.uint8)
    reach = float(np.sqrt(body.area))
    angle = dice.angle()
    away = np.array([np.cos(angle), np.sin(angle)]) * reach * dice.between(0.2, 0.9)
    size = reach * dice.scale(0.4, 1.6) / 64
    rest = shift(body.x + away[0], body.y + away[1] + reach * dice.between(0, 0.5))
    rest = rest @ turning(dice.normal(0.25)) @ scaling(size, size * dice.between(0.4, 1.3))
    rest = rest @ shift(-side / 2, -side / 2)
    share, growth = dice.between(0.3, 1.05), dice.normal(0.03, 0.01)
    drift = np.array([dice.normal(1.2), dice.normal(1.2), 0]) / (camera.focal * body.nearness)

    def path(time: float) -> Matrix:
        moved = displacement(time) * share + drift * time
        seen = camera.seen(facing(body.nearness), time, moved)
        grown = about(scaling(np.exp(growth * time)), side / 2, side / 2)
        result: Matrix = seen @ rest @ grown
        return result

    return Piece(puff, path, _boil(dice, camera.size), thin=True)


def _boil(dice: Dice, shape: tuple[int, int]) -> Wobble:
    amount = dice.scale(0.4, 3)
    one, two = dice.field(shape, 8, amount), dice.field(shape, 8, amount)
    rate = np.float32(dice.between(0.5, 2.5))

    def wobble(time: float) -> NDArray[np.float32]:
        return one * np.sin(rate * np.float32(time)) + two * np.cos(rate * np.float32(time))

    return wobble
