"""What bodies are made of: stiff parts on hinges, as blobs, jointed figures and cycles."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.scenes.camera import Matrix, Vector, about, turning
from training.scenes.dice import Dice
from training.scenes.shapes import Mask, Sprite, dressed, outline, sprite, wheel
from training.scenes.textures import TexturePool

SIZE = 192
MIDDLE = SIZE / 2


@dataclass(frozen=True)
class Part:
    """One stiff part of a figure, hinged to the body.

    Attributes:
        sprite: (192, 192, 2) or (192, 192, 4) uint8.
        hinge: (x, y) in the sprite about which it turns.
        swing: radians per frame.
        bend: radians per frame squared.
        rolls: a wheel, which turns on and on; other parts swing.
    """

    sprite: Sprite
    hinge: tuple[float, float] = (MIDDLE, MIDDLE)
    swing: float = 0.0
    bend: float = 0.0
    rolls: bool = False

    def turned(self, time: float) -> Matrix:
        """How the part lies at a time against its place at time 0."""
        return about(turning(self.swing * time + self.bend * time * time), *self.hinge)


@dataclass(frozen=True)
class Figure:
    """A body's parts from back to front.

    Attributes:
        parts: the parts.
        area: pixels of the sprite that count as its size.
        upright: whether it has a head end and a foot end.
    """

    parts: list[Part]
    area: float
    upright: bool


def draw_figure(dice: Dice, pool: TexturePool, pace: Vector) -> Figure:
    """Draw a blob or vehicle, a jointed figure, or a rider on two wheels.

    Args:
        dice: source of draws.
        pool: textures.
        pace: (2,) velocity of the body, sprite pixels per frame.
    """
    draw = dice.rng.random()
    if draw < 0.36:
        mask = outline(dice, SIZE)
        return Figure([Part(sprite(dice, pool, mask))], float(mask.sum()), upright=False)
    return _cycle(dice, pool, pace) if draw < 0.44 else _jointed(dice, pool, pace)


def _jointed(dice: Dice, pool: TexturePool, pace: Vector) -> Figure:
    """A trunk with a head and up to seven two-piece limbs, some of which stand on the ground."""
    trunk = np.zeros((SIZE, SIZE), np.float32)
    long, wide = dice.between(0.12, 0.3) * SIZE, dice.between(0.05, 0.16) * SIZE
    upright = 90 + dice.normal(15) if dice.chance(0.6) else dice.normal(15)
    lean = dice.between(0, 180) if dice.chance(0.2) else upright
    if dice.chance(0.25):
        trunk[48:144, 48:144] = outline(dice, 96)
    else:
        axes = (int(long), int(wide))
        cv2.ellipse(trunk, (SIZE // 2, SIZE // 2), axes, lean, 0, 360, 1.0, -1)
    direction = np.array([np.cos(np.deg2rad(lean)), np.sin(np.deg2rad(lean))])
    cloth = sprite(dice, pool, trunk)
    parts: list[Part] = []
    if dice.chance(0.5):
        parts.append(_head(dice, pool, MIDDLE - direction * long * 1.15, wide))
    dressed_alike = cloth if dice.chance(0.35) else None
    thin = dice.between(0.35, 1) if dice.chance(0.5) else 1.0
    stride = dice.normal(0.14) if dice.chance(0.5) else 0.0
    stands = dice.chance(0.4)
    for number in range(dice.count(2, 7)):
        end = dice.sign() * dice.between(0.5, 1.0)
        x, y = MIDDLE + direction * long * end
        gait = stride if number % 2 else -stride
        held = pace if stands and dice.chance(0.5) else None
        limb = _limb(dice, pool, (float(x), float(y)), thin=thin, gait=gait, cloth=dressed_alike, held=held)
        parts.append(limb)
    area = max(float(trunk.sum()) * 1.4, 200.0)
    parts.insert(dice.count(0, len(parts)), Part(cloth))
    return Figure(parts, area, upright=True)


def _head(dice: Dice, pool: TexturePool, place: Vector, wide: float) -> Part:
    head = np.zeros((SIZE, SIZE), np.float32)
    cv2.circle(head, (int(place[0]), int(place[1])), int(wide * dice.between(0.4, 0.8)) + 2, 1.0, -1)
    return Part(sprite(dice, pool, head), swing=dice.normal(0.02))


def _limb(
    dice: Dice,
    pool: TexturePool,
    hinge: tuple[float, float],
    *,
    thin: float,
    gait: float,
    cloth: Sprite | None,
    held: Vector | None,
) -> Part:
    """A two-piece limb; ``held`` is the body's pace when the foot stays where it stands."""
    mask: Mask = np.zeros((SIZE, SIZE), np.float32)
    length = dice.between(0.12, 0.34) * SIZE
    width = dice.between(0.02, 0.065) * SIZE * thin
    angle = (
        dice.angle() if dice.chance(0.4) and held is None else np.pi / 2 + dice.normal(0.3 if held is not None else 0.5)
    )
    knee = (hinge[0] + np.cos(angle) * length, hinge[1] + np.sin(angle) * length)
    stroke(mask, hinge, knee, width * 2)
    foot = knee
    if dice.chance(0.6):
        bent = angle + dice.normal(0.25 if held is not None else 0.8)
        foot = (knee[0] + np.cos(bent) * length * 0.8, knee[1] + np.sin(bent) * length * 0.8)
        stroke(mask, knee, foot, width * 1.6)
    if dice.chance(0.2):
        knob = int(dice.between(0.03, 0.1) * SIZE)
        cv2.circle(mask, (int(knee[0]), int(knee[1])), knob, 1.0, -1)
    if cloth is None:
        dress = sprite(dice, pool, mask)
    else:
        dress = dressed(cloth[::-1, :, :-1].astype(np.float32), mask, softness=0.7)
    swing, bend = dice.normal(0.13) * dice.between(0, 1.5) + gait, dice.normal(0.02)
    if held is not None:
        # Turned by a, a foot straight below its hinge goes back by a times the leg: as far as the body goes ahead.
        swing, bend = float(np.clip(held[0] / max(foot[1] - hinge[1], 8.0), -0.35, 0.35)), 0.0
    return Part(dress, hinge, swing, bend)


def _cycle(dice: Dice, pool: TexturePool, pace: Vector) -> Figure:
    """Two wheels, a frame, and often somebody on it: thin things that see the ground through them."""
    radius = dice.between(0.1, 0.17) * SIZE
    apart, axle = dice.between(1.15, 1.5) * radius, MIDDLE + 0.25 * SIZE
    spin = float(np.clip(pace[0] / radius, -0.6, 0.6))
    parts = []
    for side in (-1, 1):
        hub = (MIDDLE + side * apart, axle)
        mask = wheel(dice, SIZE, hub, radius)
        parts.append(Part(sprite(dice, pool, mask), hub, spin, rolls=True))
    bars = np.zeros((SIZE, SIZE), np.float32)
    saddle, bar = (MIDDLE - 0.5 * apart, axle - 1.3 * radius), (MIDDLE + 0.7 * apart, axle - 1.4 * radius)
    pedals = (MIDDLE, axle + 0.1 * radius)
    wide = dice.between(0.08, 0.25) * radius
    for start, end in (
        (saddle, pedals),
        (pedals, bar),
        (bar, saddle),
        ((MIDDLE - apart, axle), saddle),
        ((MIDDLE + apart, axle), bar),
    ):
        stroke(bars, start, end, wide)
    parts.insert(dice.count(0, 2), Part(sprite(dice, pool, bars)))
    area = 2.5 * float(np.pi * radius**2)
    if dice.chance(0.8):
        parts += _rider(dice, pool, saddle, bar, pedals)
        area *= 1.4
    return Figure(parts, area, upright=True)


def _rider(
    dice: Dice, pool: TexturePool, saddle: tuple[float, float], bar: tuple[float, float], pedals: tuple[float, float]
) -> list[Part]:
    neck = (saddle[0] * 0.45 + bar[0] * 0.55, saddle[1] - dice.between(0.16, 0.24) * SIZE)
    knee = ((saddle[0] + pedals[0]) / 2 + 0.09 * SIZE, (saddle[1] + pedals[1]) / 2)
    wide = dice.between(0.06, 0.12) * SIZE
    trunk, leg, arm, head = (np.zeros((SIZE, SIZE), np.float32) for _ in range(4))
    stroke(trunk, saddle, neck, wide)
    stroke(leg, saddle, knee, wide * 0.7)
    stroke(leg, knee, pedals, wide * 0.55)
    stroke(arm, neck, bar, wide * 0.45)
    cv2.circle(head, (int(neck[0] + wide * 0.3), int(neck[1] - wide * 0.8)), int(wide * 0.55) + 1, 1.0, -1)
    turns = (dice.normal(0.02), dice.normal(0.12), dice.normal(0.03), dice.normal(0.02))
    hinges = (saddle, saddle, neck, neck)
    return [
        Part(sprite(dice, pool, mask), hinge, turn)
        for mask, hinge, turn in zip((trunk, leg, arm, head), hinges, turns, strict=True)
    ]


def stroke(mask: Mask, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    """Draw a bar into a mask, at least one pixel wide."""
    first, last = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
    cv2.line(mask, first, last, 1.0, max(1, int(width)), cv2.LINE_8)
