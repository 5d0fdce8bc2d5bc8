"""Bodies that move by themselves, on their way through the scene, and what goes along with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
from training.scenes.dice import Dice, unit_of
from training.scenes.figures import MIDDLE, Figure, Part, draw_figure
from training.scenes.layers import Layer, Path, Piece, Wobble
from training.scenes.textures import TexturePool
from training.scenes.water import Bearer, draw_reflection, draw_shadow, draw_spray, draw_wake


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
        swims: is in water: mirrored in it, with a wake.
    """

    area: float
    nearness: float
    x: float
    y: float
    velocity: Vector
    rests: bool = False
    swims: bool = False


@dataclass(frozen=True)
class Way:
    """How a body goes.

    Attributes:
        displacement: (3,) scene units from where it was put, at a time.
        stride: the moment of its walk at a time: what its limbs and its softness follow.
        rolled: likewise for wheels.
        cycle: frames after which spray is thrown up anew, or None when the film is shorter than that.
    """

    displacement: Callable[[float], Vector]
    stride: Callable[[float], float] = float
    rolled: Callable[[float], float] = float
    cycle: float | None = None


#: Side of the square, in sprite pixels, that a figure of the usual size fills.
USUAL = 90.0


def draw_body(dice: Dice, pool: TexturePool, camera: Camera, body: Body, way: Way | None = None) -> list[Layer]:
    """Draw an object as layers from back to front, what goes along with it around it.

    Args:
        dice: source of draws.
        pool: textures.
        camera: who looks.
        body: what is asked for.
        way: how it goes; drawn for a window of a few frames where left out.
    """
    way = way or Way(_displacement(dice, camera, body))
    pace = body.velocity * camera.focal * body.nearness
    figure = draw_figure(dice, pool, pace * USUAL / np.sqrt(body.area))
    pieces = _pieces(dice, camera, body, figure, way)
    bearer = Bearer(
        camera=camera,
        pieces=pieces,
        x=body.x,
        y=body.y,
        foot=_foot(pieces, camera, body, way),
        reach=float(np.sqrt(body.area)),
        nearness=body.nearness,
        displacement=way.displacement,
        cycle=way.cycle,
    )
    return _with_companions(dice, body, bearer, float(np.sqrt(body.area / figure.area)))


def _pieces(dice: Dice, camera: Camera, body: Body, figure: Figure, way: Way) -> tuple[Piece, ...]:
    size = float(np.sqrt(body.area / figure.area))
    pace = float(np.linalg.norm(body.velocity)) * camera.focal * body.nearness
    stretch = dice.scale(0.75, 1.33)
    turn = dice.angle() if not figure.upright and dice.chance(0.5) else dice.normal(0.2 if figure.upright else 0.12)
    rest = shift(body.x, body.y) @ turning(turn) @ scaling(size * stretch, size / stretch) @ shift(-MIDDLE, -MIDDLE)
    spin = dice.normal(0.03) if dice.chance(0.5) and not body.rests else 0.0
    soft = _soft(dice, camera.size, pace) if dice.chance(0.5) and not body.rests else None
    wobble: Wobble | None = None if soft is None else lambda time: soft(way.stride(time))

    def path_of(part: Part) -> Path:
        def path(time: float) -> Matrix:
            seen = camera.seen(facing(body.nearness), time, way.displacement(time))
            own = about(turning(spin * way.stride(time)), body.x, body.y)
            hinged = np.eye(3) if body.rests else part.turned((way.rolled if part.rolls else way.stride)(time))
            result: Matrix = seen @ own @ rest @ hinged
            return result

        return path

    return tuple(Piece(part.sprite, path_of(part), wobble, moves=not body.rests) for part in figure.parts)


def _with_companions(dice: Dice, body: Body, bearer: Bearer, size: float) -> list[Layer]:
    layers: list[Layer] = list(bearer.pieces)
    if body.swims or dice.chance(0.06):
        layers.insert(0, draw_reflection(dice, bearer))
    elif dice.chance(0.4):
        layers.insert(0, draw_shadow(dice, bearer, size))
    if body.rests:
        return layers
    if dice.chance(0.6 if body.swims else 0.05):
        layers[0:0] = draw_wake(dice, bearer)
    if dice.chance(0.35 if body.swims else 0.2):
        huge = dice.chance(0.35)
        # In a film, where it is thrown up again and again, it would hide everything for good.
        most = 4.0 if huge and bearer.cycle is None else 1.6
        for _ in range(dice.count(1, 4)):
            layers.insert(0 if dice.chance(0.65) else len(layers), draw_spray(dice, bearer, most=most))
    return layers


def _foot(pieces: tuple[Piece, ...], camera: Camera, body: Body, way: Way) -> float:
    """The lowest row that the body covers where it was put."""
    lowest = body.y
    seen = camera.seen(facing(body.nearness), 0.0, way.displacement(0.0))
    # At rest the way back is the identity but for rounding.
    back = None if np.allclose(seen, np.eye(3)) else np.linalg.inv(seen)
    for piece in pieces:
        found = piece.seen(camera.size, 0.0, back)
        if found is not None:
            box, patch = found
            rows = np.flatnonzero(patch[..., -1].max(axis=1) > 127)
            lowest = max(lowest, float(box[0].start + rows[-1])) if len(rows) else lowest
    return lowest


def _displacement(dice: Dice, camera: Camera, body: Body) -> Callable[[float], Vector]:
    """How far the body has gone at a time: speed, acceleration, jitter, stops and starts."""
    approach = dice.normal(0.012) if dice.chance(0.5) else 0.0
    velocity = np.array([*body.velocity, approach / body.nearness])
    gain = dice.normal(0.12)
    nervous = dice.between(0, 0.3) if dice.chance(0.4) else 0.0
    jitter = dice.rng.normal(0, 1, (9, 3)) * nervous * camera.unit / (camera.focal * body.nearness)
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
    amount = dice.scale(0.2, 2.5) * min(2.0, 0.4 + pace * 0.3 / unit_of(shape))
    cells = dice.count(3, 8)
    one, two = dice.field(shape, cells, amount), dice.field(shape, cells, amount)
    rate = np.float32(dice.between(0.2, 0.9))

    def wobble(time: float) -> NDArray[np.float32]:
        return one * np.sin(rate * np.float32(time)) + two * (np.cos(rate * np.float32(time)) - 1)

    return wobble
