"""What goes along with a body and is none: its shadow, its reflection, its spray, smoke and wake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import Camera, Matrix, Vector, about, facing, scaling, shift, turning
from training.scenes.dice import Dice
from training.scenes.layers import Layer, Piece, Reflection, Shadow, Wobble
from training.scenes.textures import fractal

SIDE = 128


@dataclass(frozen=True)
class Bearer:
    """The body that companions go along with.

    Attributes:
        camera: who looks.
        pieces: its parts, from back to front.
        x: column of its centre at time 0.
        y: row of its centre.
        foot: row where it meets the ground or the water at time 0.
        reach: side of a square as large as it, pixels.
        nearness: one over its distance.
        displacement: (3,) how far it has gone at a time.
        cycle: frames that a puff of spray lives, or None where all outlive the film.
    """

    camera: Camera
    pieces: tuple[Piece, ...]
    x: float
    y: float
    foot: float
    reach: float
    nearness: float
    displacement: Callable[[float], Vector]
    cycle: float | None = None


def draw_shadow(dice: Dice, body: Bearer, size: float) -> Shadow:
    """A shadow on the ground beside or below the body; ``size`` is picture pixels per sprite pixel."""
    right, down = dice.between(-0.3, 0.6), dice.between(0.05, 0.45)
    return Shadow(
        pieces=body.pieces,
        light=dice.between(0.3, 0.8),
        offset=shift(right * size * 100, down * size * 100),
        blur=dice.between(0.8, 4),
    )


def draw_reflection(dice: Dice, body: Bearer) -> Reflection:
    """The body upside down in the water or the wet floor at its foot, rippled."""
    foot = np.array([body.x, body.foot, 1.0])

    def mirror(time: float) -> Matrix:
        x, y, depth = body.camera.seen(facing(body.nearness), time, body.displacement(time)) @ foot
        return about(scaling(1, -1), x / depth, y / depth)

    return Reflection(
        pieces=body.pieces,
        mirror=mirror,
        strength=dice.between(0.2, 0.9),
        tint=dice.between(0.55, 1.05),
        ripple=boil(dice, body.camera.size, cells=dice.count(8, 24), amount=dice.scale(0.2, 3)),
    )


def draw_spray(dice: Dice, body: Bearer, *, most: float = 1.6) -> Piece:
    """A puff of spray, smoke or dust, up to ``most`` times as large as its body."""
    angle = dice.angle()
    away = np.array([np.cos(angle), np.sin(angle)]) * body.reach * dice.between(0.2, 0.9)
    size = body.reach * dice.scale(0.4, most) / (SIDE / 2)
    place = (body.x + away[0], body.y + away[1] + body.reach * dice.between(0, 0.5))
    return _puff(dice, body, place, (size, size * dice.between(0.4, 1.3)))


def draw_wake(dice: Dice, body: Bearer) -> list[Layer]:
    """Foam and waves that trail behind at the body's foot, longer than the body."""
    behind = dice.sign()
    long = body.reach * dice.scale(0.8, 3) / (SIDE / 2)
    flat = long * dice.between(0.08, 0.35)
    layers: list[Layer] = []
    for _ in range(dice.count(1, 3)):
        place = (body.x + behind * body.reach * dice.between(0, 1.6), body.foot + body.reach * dice.normal(0.12))
        layers.append(_puff(dice, body, place, (long, flat)))
    return layers


def _puff(dice: Dice, body: Bearer, place: tuple[float, float], size: tuple[float, float]) -> Piece:
    rest = shift(*place) @ turning(dice.normal(0.25)) @ scaling(*size) @ shift(-SIDE / 2, -SIDE / 2)
    share, growth = dice.between(0.1, 1.05), dice.normal(0.03, 0.01)
    drift = np.array([dice.normal(1.2), dice.normal(1.2), 0]) * body.camera.unit / (body.camera.focal * body.nearness)
    phase = dice.between(0, body.cycle) if body.cycle else 0.0

    def age_of(time: float) -> float:
        return (time + phase) % body.cycle if body.cycle else time

    def strength(time: float) -> float:
        born = time - age_of(time)
        gone = np.linalg.norm(body.displacement(born + 1) - body.displacement(born)) * body.camera.focal * body.nearness
        return float(np.sin(np.pi * age_of(time) / (body.cycle or 1)) * min(1.0, gone / body.camera.unit))

    def path(time: float) -> Matrix:
        age = age_of(time)
        start = body.displacement(time - age)
        moved = start + (body.displacement(time) - start) * share + drift * age
        seen = body.camera.seen(facing(body.nearness), time, moved)
        grown = about(scaling(np.exp(growth * age)), SIDE / 2, SIDE / 2)
        result: Matrix = seen @ rest @ grown
        return result

    cloud = _cloud(dice)
    soft = boil(dice, body.camera.size, cells=8, amount=dice.scale(0.4, 3))
    return Piece(cloud, path, soft, thin=True, strength=strength if body.cycle else None)


def _cloud(dice: Dice) -> NDArray[np.uint8]:
    """A cloudy sprite, (128, 128, 2) uint8."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) - SIDE / 2
    noise = fractal(dice, (SIDE, SIDE), dice.between(1.2, 2.2))
    oval = 1 - (columns / dice.between(30, 62)) ** 2 - (rows / dice.between(15, 60)) ** 2
    cover = np.clip(oval * dice.between(0.8, 2) + noise * dice.between(0.2, 0.7), 0, 1)
    cover = cover * np.clip(oval * 3 + 1, 0, 1) * dice.between(0.3, 1)
    cover[[0, -1]] = 0
    cover[:, [0, -1]] = 0
    grain = fractal(dice, (SIDE, SIDE), dice.between(1, 2)) * dice.between(4, 40)
    base = dice.between(140, 255) if dice.chance(0.65) else dice.between(60, 200)
    return np.clip(np.dstack([base + grain, cover * 255]), 0, 255).astype(np.uint8)


def boil(dice: Dice, shape: tuple[int, int], *, cells: int, amount: float) -> Wobble:
    """A displacement that changes from frame to frame without going anywhere."""
    one, two = dice.field(shape, cells, amount), dice.field(shape, cells, amount)
    rate = np.float32(dice.between(0.5, 2.5))

    def wobble(time: float) -> NDArray[np.float32]:
        return one * np.sin(rate * np.float32(time)) + two * np.cos(rate * np.float32(time))

    return wobble
