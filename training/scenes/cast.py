"""Who plays in a film: bodies with their ways, on the ground where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.scenes.dice import Dice
from training.scenes.layers import Layer
from training.scenes.ledger import Group
from training.scenes.objects import Body, Way, draw_body
from training.scenes.story import FilmCamera, draw_way
from training.scenes.surroundings import Setting
from training.scenes.textures import TexturePool

#: An object that goes less than this many pixels of a 256x144 picture in a frame stands.
STANDS = 0.02


@dataclass(frozen=True, eq=False)
class Role:
    """An object of a film.

    Attributes:
        group: its layers.
        rests: it never moves.
        speed: pixels per frame at a time.
    """

    group: Group
    rests: bool
    speed: Callable[[float], float]


def draw_role(
    dice: Dice,
    pool: TexturePool,
    camera: FilmCamera,
    setting: Setting,
    number: int,
    *,
    nearness: float,
    rests: bool = False,
) -> Role:
    """Draw object ``number`` of a film.

    Args:
        dice: source of draws.
        pool: textures.
        camera: who looks.
        setting: where it is.
        number: of the object; the first is the main one.
        nearness: one over the distance of the main one.
        rests: it never moves.
    """
    near = nearness if number == 0 else nearness * dice.scale(0.7, 1.3)
    area = _area(dice, camera, first=number == 0)
    reach = float(np.sqrt(area))
    home, grounded = _home(dice, camera, setting, near, reach)
    swims = setting.water and grounded
    velocity = np.array([2 * camera.unit, 0.0]) / (camera.focal * near)
    way = None
    if not rests:
        absent = 0.1 if number == 0 else 0.35
        way = draw_way(dice, camera, home=home, nearness=near, reach=reach, grounded=grounded, absent=absent)
    else:
        home = (dice.between(0.1, 0.9) * camera.size[1], home[1])
    body = Body(area, near, *home, velocity, rests=rests, swims=swims)
    layers = draw_body(dice, pool, camera, body, way or Way(lambda _: np.zeros(3)))
    return _role(tuple(layers), number, camera, near, way)


def _role(layers: tuple[Layer, ...], number: int, camera: FilmCamera, near: float, way: Way | None) -> Role:
    if way is None:
        return Role(Group(layers, lambda _: near, number), rests=True, speed=lambda _: 0.0)
    apparent = camera.focal * near

    def speed(time: float) -> float:
        change = way.displacement(time + 0.5) - way.displacement(time - 0.5)
        return float(np.linalg.norm(change)) * apparent

    group = Group(
        layers,
        lambda time: 1 / (1 / near + float(way.displacement(time)[2])),
        number,
        lambda time: speed(time) > STANDS * camera.unit,
    )
    return Role(group, rests=False, speed=speed)


def _area(dice: Dice, camera: FilmCamera, *, first: bool) -> float:
    if first and dice.chance(0.15):
        share = dice.between(0.2, 0.5)
    elif camera.kind == "still" and dice.chance(0.3):
        share = dice.scale(0.004, 0.03)
    else:
        share = dice.scale(0.02, 0.2) if first else dice.scale(0.01, 0.12)
    return share * camera.size[0] * camera.size[1]


def _home(
    dice: Dice, camera: FilmCamera, setting: Setting, near: float, reach: float
) -> tuple[tuple[float, float], bool]:
    """Where a body is put, and whether it stands on the ground there."""
    height, width = camera.size
    if setting.ground is not None:
        foot = height / 2 + setting.horizon + camera.focal * setting.ground * near
        if 0.35 * height < foot - 0.5 * reach < 0.85 * height:
            return (width / 2, foot - 0.5 * reach), True
    return (width / 2, dice.between(0.35, 0.65) * height), setting.ground is not None and dice.chance(0.3)
