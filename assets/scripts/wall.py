"""Paints the flat surfaces of the street: the plastered wall and the pavement, in linear light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.noise import fractal, linear, mix, relief, smoothstep

Floats = NDArray[np.float32]
WALL = 240  # pixels per metre
WALL_LEFT, WALL_TOP, WALL_WIDE = -6.0, 4.0, 15.0  # metres
GROUND = 150
GROUND_LEFT, GROUND_WIDE, GROUND_DEEP = -7.0, 17.0, 6.5
KERB = 3.1  # metres from the wall to the kerb


def bricks(shape: tuple[int, int], *, seed: int) -> tuple[Floats, Floats]:
    """Brickwork: colours (H, W, 3) and relief (H, W)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / WALL
    row = np.floor(y / 0.078)
    column = np.floor(x / 0.25 + 0.5 * (row % 2))
    edge = np.minimum((y / 0.078 % 1) * 0.078, (1 - y / 0.078 % 1) * 0.078)
    across = (x / 0.25 + 0.5 * (row % 2)) % 1
    edge = np.minimum(edge, np.minimum(across, 1 - across) * 0.25) + 0.0022 * fractal(shape, seed=seed + 1, cell=14)
    brick = smoothstep(0.004, 0.009, edge)
    tint = rng.normal(1, 0.17, (int(row.max()) + 2, int(column.max()) + 2)).astype(np.float32)
    tint = tint[row.astype(int), column.astype(int)] * (1 + 0.1 * fractal(shape, seed=seed + 2, cell=10))
    faces = linear("#96503a") * tint[..., None]
    return mix(np.broadcast_to(linear("#a99c8a"), faces.shape), faces, brick), brick


def plaster(shape: tuple[int, int], *, seed: int) -> tuple[Floats, Floats]:
    """Old lime wash: colours (H, W, 3) and relief (H, W)."""
    broad, fine = fractal(shape, seed=seed, cell=420), fractal(shape, seed=seed + 1, cell=40, octaves=6, fall=0.75)
    streak = cv2.resize(
        fractal((shape[0] // 24, shape[1]), seed=seed + 2, cell=40), shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    color = linear("#c9b68f") * (1 + 0.1 * broad + 0.05 * fine + 0.045 * streak)[..., None]
    return color, 0.12 * fine


def stone_frame(wall: Floats, box: tuple[float, float, float, float], *, seed: int) -> None:
    """Paint a stone surround with a bevel around an opening given in metres (left, top, right, bottom; y up)."""
    left, top, right, bottom = (
        round(v * WALL) for v in (box[0] - WALL_LEFT, WALL_TOP - box[1], box[2] - WALL_LEFT, WALL_TOP - box[3])
    )
    m = round(0.13 * WALL)
    outer = wall[top - m : bottom, left - m : right + m]
    grain = fractal(outer.shape[:2], seed=seed, cell=30, octaves=5, fall=0.7)
    outer[:] = linear("#b9b0a0") * (1 + 0.08 * grain)[..., None]
    cv2.rectangle(wall, (left - m, top - m), (right + m, bottom), (0.62, 0.58, 0.5), 3)
    cv2.line(wall, (right + m + 2, top - m), (right + m + 2, bottom), (0.1, 0.08, 0.06), 4)
    inner = wall[top:bottom, left:right]
    inner[:] = linear("#2c2a28")


def door(wall: Floats, *, left: float) -> None:
    """A panelled green door with a lamp-lit fanlight; 1 m wide, 2.15 m high, standing on the ground."""
    stone_frame(wall, (left, 2.55, left + 1.05, 0.0), seed=31)
    x0, y1 = round((left - WALL_LEFT) * WALL), round(WALL_TOP * WALL)
    wide, high = round(1.05 * WALL), round(2.1 * WALL)
    leaf = wall[y1 - high : y1, x0 : x0 + wide]
    grain = cv2.resize(fractal((high // 16, wide), seed=32, cell=12), (wide, high))
    leaf[:] = linear("#2f5548") * (1 + 0.09 * grain)[..., None]
    for row in range(3):
        for column in range(2):
            a = (round((0.08 + 0.47 * column) * WALL), round((0.12 + 0.66 * row) * WALL))
            b = (a[0] + round(0.4 * WALL), a[1] + round(0.54 * WALL))
            cv2.rectangle(leaf, a, b, (0.012, 0.035, 0.025), 5)
            cv2.rectangle(leaf, (a[0] + 7, a[1] + 7), (b[0] + 5, b[1] + 5), (0.06, 0.14, 0.11), 3)
            cv2.rectangle(leaf, (a[0] + 22, a[1] + 22), (b[0] - 22, b[1] - 22), (0.036, 0.1, 0.075), -1)
    cv2.circle(leaf, (round(0.95 * WALL), round(1.05 * WALL)), 9, (0.75, 0.52, 0.16), -1, cv2.LINE_AA)
    light = wall[y1 - round(2.5 * WALL) : y1 - high - 14, x0 + 10 : x0 + wide - 10]
    ramp = np.linspace(1, 0.35, light.shape[0], dtype=np.float32)[:, None, None]
    light[:] = ramp * linear("#e8b768")
    for part in range(1, 4):
        cv2.line(
            light, (light.shape[1] * part // 4, 0), (light.shape[1] * part // 4, light.shape[0]), (0.03, 0.03, 0.03), 5
        )
    leaf[:14] *= 0.35
    leaf[:, :12] *= 0.45


def window(
    wall: Floats, *, left: float, bottom: float = 1.0, wide: float = 1.15, high: float = 1.45, seed: int = 41
) -> None:
    """A sash window with curtains, a sill and blue shutters."""
    stone_frame(wall, (left, bottom + high, left + wide, bottom), seed=seed)
    x0, y1 = round((left - WALL_LEFT) * WALL), round((WALL_TOP - bottom) * WALL)
    w, h = round(wide * WALL), round(high * WALL)
    pane = wall[y1 - h : y1, x0 : x0 + w]
    y, x = np.mgrid[:h, :w].astype(np.float32)
    sky = fractal((h, w), seed=seed + 1, cell=160) * 0.04 + 0.32 - 0.22 * (y / h) + 0.06 * ((x + 0.7 * y) % w / w > 0.6)
    pane[:] = np.clip(sky, 0.04, 1)[..., None] * np.array([0.75, 0.9, 1.1], np.float32)
    folds = 0.5 + 0.14 * np.sin(x / 9 + 2 * np.sin(y / 140))
    curtain = (x < w * (0.2 + 0.09 * np.cos(y / h * 3))) | (x > w * (0.8 - 0.09 * np.cos(y / h * 3)))
    pane[curtain] = (folds[..., None] * linear("#d8cbb6"))[curtain]
    frame = [
        ((w // 2 - 6, 0), (w // 2 + 6, h)),
        ((0, h // 2 - 6), (w, h // 2 + 6)),
        ((0, 0), (16, h)),
        ((w - 16, 0), (w, h)),
        ((0, 0), (w, 14)),
        ((0, h - 16), (w, h)),
    ]
    for a, b in frame:
        cv2.rectangle(pane, a, b, (0.66, 0.64, 0.58), -1)
        cv2.line(pane, (b[0] + 1, a[1]), (b[0] + 1, b[1]), (0.08, 0.08, 0.08), 2)
    pane[:10] *= 0.4
    sill = wall[y1 : y1 + round(0.09 * WALL), x0 - 40 : x0 + w + 40]
    sill[:] = linear("#c7bfb0") * np.linspace(1.1, 0.6, sill.shape[0], dtype=np.float32)[:, None, None]
    under = wall[y1 + round(0.09 * WALL) : y1 + round(0.2 * WALL), x0 - 34 : x0 + w + 44]
    under *= np.linspace(0.45, 1, under.shape[0], dtype=np.float32)[:, None, None]
    for side in (-1, 1):
        shutter(wall, x0 - m_wide() - 6 if side < 0 else x0 + w + 6, y1 - h - 8, h + 14)


def m_wide() -> int:
    """Width of a shutter in pixels."""
    return round(0.52 * WALL)


def shutter(wall: Floats, x: int, y: int, high: int) -> None:
    """A louvred wooden shutter that hangs open on the wall."""
    part = wall[y : y + high, x : x + m_wide()]
    wall[y + 12 : y + high + 14, x + m_wide() : x + m_wide() + 12] *= 0.5
    slat = (np.arange(part.shape[0], dtype=np.float32) % 17) / 17
    tone = np.clip(0.55 + 0.75 * slat, 0, 1.25)[:, None, None]
    grain = fractal((part.shape[0], part.shape[1]), seed=x, cell=25)[..., None]
    part[:] = linear("#4f7f94") * tone * (1 + 0.08 * grain)
    w = m_wide()
    for a, b in (
        ((0, 0), (15, high)),
        ((w - 15, 0), (w, high)),
        ((0, 0), (w, 20)),
        ((0, high - 20), (w, high)),
        ((0, high // 2 - 10), (w, high // 2 + 10)),
    ):
        cv2.rectangle(part, a, b, tuple(float(c) for c in linear("#5d8fa5")), -1)
        cv2.rectangle(part, a, b, (0.02, 0.05, 0.07), 1)


def pipe(wall: Floats, *, x: float) -> None:
    """A rain pipe from the eaves to the ground."""
    left, wide = round((x - WALL_LEFT) * WALL), round(0.1 * WALL)
    wall[:, left + wide : left + wide + 14] *= 0.55
    across = np.linspace(-1, 1, wide, dtype=np.float32)
    shine = 0.45 + 0.75 * np.exp(-(((across + 0.35) / 0.4) ** 2))
    wall[:, left : left + wide] = linear("#6f6a62") * shine[None, :, None]
    for y in range(60, wall.shape[0], 300):
        wall[y : y + 16, left - 4 : left + wide + 4] = linear("#57534c") * np.pad(shine, 4, mode="edge")[None, :, None]


def paint_wall() -> Floats:
    """The whole wall in linear light, (H, W, 3): plaster over brick, a door, two windows, a rain pipe."""
    shape = (round(WALL_TOP * WALL), round(WALL_WIDE * WALL))
    brick, brick_relief = bricks(shape, seed=11)
    wash, wash_relief = plaster(shape, seed=21)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / WALL
    high, along = WALL_TOP - y, x + WALL_LEFT
    decay = 0.42 * fractal(shape, seed=23, cell=260, octaves=6, fall=0.62)
    flat = np.exp(-(((along + 0.0) / 1.5) ** 2) - ((high - 1.9) / 0.8) ** 2)  # keep the place of the sign whole
    lost = decay + 1.15 - 1.2 * high - 2.2 * flat + 0.75 * np.exp(-(((along - 2.3) / 0.7) ** 2))
    lost = np.maximum(lost, decay * 1.4 - 1.25 - 3 * flat)
    bare = smoothstep(-0.012, 0.012, lost)
    rim = smoothstep(-0.1, 0.0, lost) * (1 - bare)
    wall = mix(wash * (1 + 0.12 * rim)[..., None], brick * (1 - 0.35 * np.exp(-np.abs(lost) / 0.05))[..., None], bare)
    wall *= relief(
        cv2.GaussianBlur(bare * brick_relief * 0.6 + (1 - bare) * (wash_relief + 1.3), (0, 0), 1.3), strength=0.16
    )[..., None]
    wall *= (1 - 0.4 * np.exp(-high / 0.16) - 0.12 * np.exp(-high / 0.8))[..., None]
    window(wall, left=-3.55, seed=41)
    window(wall, left=4.6, seed=51)
    door(wall, left=2.05)
    pipe(wall, x=1.55)
    return np.clip(wall, 0.003, 2)


def paint_ground() -> Floats:
    """Pavement slabs, a kerb and a strip of road seen from above, (H, W, 3); row 0 touches the wall."""
    shape = (round(GROUND_DEEP * GROUND), round(GROUND_WIDE * GROUND))
    rng = np.random.default_rng(61)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / GROUND
    row = np.floor(y / 0.62)
    place = x / 0.62 + 0.5 * (row % 2)
    column = np.floor(place)
    edge = np.minimum(np.minimum(y / 0.62 % 1, 1 - y / 0.62 % 1), np.minimum(place % 1, 1 - place % 1)) * 0.62
    edge += 0.003 * fractal(shape, seed=62, cell=12)
    tint = rng.normal(1, 0.075, (int(row.max()) + 2, int(column.max()) + 2)).astype(np.float32)
    grain = fractal(shape, seed=63, cell=24, octaves=5, fall=0.9)
    damp = fractal(shape, seed=64, cell=300)
    slabs = (
        linear("#a39c92") * (tint[row.astype(int), column.astype(int)] * (1 + 0.075 * grain + 0.06 * damp))[..., None]
    )
    ground = mix(np.broadcast_to(linear("#4d4842"), slabs.shape), slabs, smoothstep(0.003, 0.011, edge))
    ground *= (1 - 0.45 * np.exp(-y / 0.14))[..., None]
    road = y > KERB + 0.24
    asphalt = (
        linear("#4b4b4e") * (1 + 0.22 * fractal(shape, seed=65, cell=6, octaves=3, fall=0.9) + 0.08 * damp)[..., None]
    )
    ground[road] = asphalt[road]
    kerb = (y > KERB) & (y < KERB + 0.16)
    joints = np.abs((x / 0.9) % 1 - 0.5) > 0.49
    ground[kerb] = (linear("#b5b0a6") * (1 + 0.08 * grain - 0.5 * joints)[..., None])[kerb]
    ground[(y >= KERB + 0.16) & (y <= KERB + 0.24)] *= 0.32
    return np.clip(ground, 0.003, 2)
