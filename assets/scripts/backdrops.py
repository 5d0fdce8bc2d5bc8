"""Paints the backdrops, seen by the same camera as the street, so that a walker stands on their ground."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts import wall as flat
from scripts.camera import Camera
from scripts.noise import fractal, linear, mix, smoothstep, srgb

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
WIDE, HIGH, FINE = 1280, 720, 2  # painted FINE times larger
CAMERA = Camera(focal=650.0 * 2 * FINE, center=(320.0 * 2 * FINE, 128.0 * 2 * FINE))
HORIZON = 128 * 2 * FINE
BOARD = (-1.0, 2.42, 0.75, 1.22)  # left, top, right, bottom of the notice board in metres, above the wall's foot line


def ramp(stops: list[tuple[float, str]], at: Floats) -> Floats:
    """Colours (..., 3) of a gradient given as (place, colour) stops."""
    places = [place for place, _ in stops]
    colors = np.array([linear(color) for _, color in stops])
    return np.stack([np.interp(at, places, colors[:, c]) for c in range(3)], -1).astype(np.float32)


def level(paint: Floats, *, left: float, near: float, per_metre: float) -> tuple[Floats, Floats]:
    """A painted ground seen by the camera, and where it is seen; row 0 of the paint lies ``near`` metres from z = 0."""
    metres = CAMERA.plane((left, 0, near), (1, 0, 0), (0, 0, 1)) @ np.diag([1 / per_metre, 1 / per_metre, 1])
    size = (WIDE * FINE, HIGH * FINE)
    seen = cv2.warpPerspective(paint, metres, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpPerspective(np.ones(paint.shape[:2], np.float32), metres, size)
    covered[: HORIZON + 1] = 0  # a level ground never reaches its horizon
    seen[: HORIZON + 1] = 0
    return seen, covered


def bar(picture: Floats, start: tuple[float, ...], end: tuple[float, ...], *, metres: float, color: Floats) -> None:
    """A straight bar between two world points, as thick as ``metres`` at its place."""
    ends = CAMERA.project(np.array([start, end]))
    depth = (np.array([start, end]) - np.array(CAMERA.eye)) @ CAMERA.axes[2]
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    aside = np.array([-along[1], along[0]]) * (CAMERA.focal * metres / 2 / depth)[:, None]
    corners = np.concatenate([ends + aside, (ends - aside)[::-1]])
    fixed = np.rint(corners * 16).astype(np.int32)
    cv2.fillConvexPoly(picture, fixed, tuple(float(c) for c in color), cv2.LINE_AA, 4)


def dusk_sky(shape: tuple[int, int]) -> Floats:
    """Evening sky with lit clouds and a few stars."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / (WIDE * FINE)
    high = HORIZON / (WIDE * FINE)
    stops = [(0, "#1d2358"), (0.35, "#4a3a80"), (0.62, "#b0567f"), (0.82, "#f2835f"), (1.0, "#ffc27a")]
    sky = ramp(stops, y / high)
    sun = np.exp(-np.hypot((x - 0.74) / 0.22, (y - high) / 0.1))
    sky += sun[..., None] * linear("#ffb35c") * 0.8
    streaks = cv2.resize(
        fractal((shape[0] // 2, shape[1] // 10), seed=301, cell=60, octaves=6),
        shape[::-1],
        interpolation=cv2.INTER_CUBIC,
    )
    cloud = smoothstep(0.2, 1.6, streaks) * np.clip(1 - np.abs(y / high - 0.55) / 0.5, 0, 1)
    sky = mix(sky, ramp([(0, "#3b2c66"), (0.6, "#7a3f70"), (1, "#ff9d6b")], y / high), 0.75 * cloud)
    rng = np.random.default_rng(302)
    for _ in range(70):
        place = (int(rng.uniform(0, shape[1])), int(rng.uniform(0, HORIZON * 0.55)))
        cv2.circle(sky, place, 1, (0.85, 0.82, 0.75), -1, cv2.LINE_AA)
    return sky


def hills(sky: Floats) -> None:
    """Three ridges before the sky, the nearest with the lights of a town."""
    x = np.arange(sky.shape[1], dtype=np.float32)
    rng = np.random.default_rng(311)
    for number, (tall, color) in enumerate(((150, "#8d4a72"), (95, "#56376a"), (52, "#2b2348"))):
        outline = fractal((1, sky.shape[1]), seed=312 + number, cell=520, octaves=7, fall=0.45)[0]
        top = HORIZON - tall * (0.75 + 0.33 * outline) - 10
        y = np.arange(HORIZON, dtype=np.float32)[:, None]
        sky[:HORIZON] = mix(
            sky[:HORIZON], np.broadcast_to(linear(color), sky[:HORIZON].shape), np.clip(y - top[None], 0, 1)
        )
    for _ in range(420):
        column = int(np.clip(rng.normal(0.42, 0.22), 0.01, 0.98) * len(x))
        glow = linear(rng.choice(["#ffd78a", "#ffb45e", "#ffe9c4", "#9fd0ff"])) * rng.uniform(0.5, 1.4)
        cv2.circle(
            sky,
            (column, HORIZON - int(4 + rng.gamma(2, 10))),
            int(rng.integers(1, 4)),
            tuple(float(c) for c in glow),
            -1,
            cv2.LINE_AA,
        )


def water(scene: Floats) -> None:
    """Mirror the sky in moving water below the horizon."""
    depth = np.arange(1, scene.shape[0] - HORIZON + 1, dtype=np.float32)
    rows, columns = np.meshgrid(depth, np.arange(scene.shape[1], dtype=np.float32), indexing="ij")
    wave = fractal((len(depth), scene.shape[1] // 16), seed=321, cell=26, octaves=4, fall=0.7)
    wave = cv2.resize(wave, (scene.shape[1], len(depth)), interpolation=cv2.INTER_CUBIC)
    up = np.clip(HORIZON - rows * 0.75 + wave * (4 + 0.14 * rows), 0, HORIZON - 1).astype(np.float32)
    mirror = cv2.remap(
        cv2.GaussianBlur(scene[:HORIZON], (0, 0), 3),
        columns + 3 * wave,
        up,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    scene[HORIZON:] = mirror * (0.72 + 0.06 * wave)[..., None] + linear("#20305c") * 0.25


def promenade(scene: Floats) -> None:
    """Stone slabs in the foreground under warm lamps, in evening light."""
    stone = flat.paint_ground()[: round(flat.KERB * flat.GROUND)]
    paint = np.concatenate([stone[::-1][: round(1.2 * flat.GROUND)], stone, stone[::-1]])
    ground, seen = level(paint, left=flat.GROUND_LEFT, near=-1.2, per_metre=flat.GROUND)
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    light = np.broadcast_to(linear("#7a6a9a") * 0.62, ground.shape).copy()
    for lamp in (-2.55, 2.3, 6.5):
        cx, cy = CAMERA.project(np.array([[lamp, 0, 0.3]]))[0]
        light += np.exp(-(np.hypot((x - cx) / 560, (y - cy) / 210) ** 1.4))[..., None] * linear("#ffb765") * 1.25
    scene[:] = mix(scene, ground * light, seen)


def railing(scene: Floats) -> None:
    """A railing along the water's edge."""
    iron = linear("#191a2b")
    for x in np.arange(-8, 14, 0.13):
        bar(scene, (x, 0.1, -1.15), (x, 1.0, -1.15), metres=0.016, color=iron)
    for x in np.arange(-8, 14, 1.56):
        bar(scene, (x, 0.0, -1.15), (x, 1.08, -1.15), metres=0.06, color=iron)
    for y in (0.1, 0.93, 1.02):
        bar(scene, (-8, y, -1.15), (14, y, -1.15), metres=0.035 if y < 1 else 0.06, color=iron * (2.2 if y > 1 else 1))


def lamps(scene: Floats) -> None:
    """Street lamps with a glow."""
    for x in (-2.55, 2.3, 6.5):
        bar(scene, (x, 0, -0.5), (x, 2.55, -0.5), metres=0.075, color=linear("#14141f"))
        bar(scene, (x, 0, -0.5), (x, 0.5, -0.5), metres=0.13, color=linear("#14141f"))
        cx, cy = (int(v) for v in CAMERA.project(np.array([[x, 2.62, -0.5]]))[0])
        yy, xx = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
        away = np.hypot(xx - cx, yy - cy)
        glow = 0.9 * np.exp(-away / 46) + 0.3 * np.exp(-away / 190)
        scene += glow[..., None] * linear("#ffbf72")
        cv2.circle(scene, (cx, cy), 28, (2.2, 1.75, 1.1), -1, cv2.LINE_AA)


def board(scene: Floats) -> None:
    """A notice board on two posts, empty, for a sign to hang on."""
    left, top, right, bottom = BOARD
    wood = linear("#3a2b2a")
    for x in (left + 0.12, right - 0.12):
        bar(scene, (x, 0, -0.02), (x, top + 0.12, -0.02), metres=0.1, color=wood * 0.7)
    corners = CAMERA.project(np.array([[left, top, 0], [right, top, 0], [right, bottom, 0], [left, bottom, 0]]))
    high, wide = 620, 870
    grain = cv2.resize(
        fractal((high, wide // 30), seed=331, cell=14, octaves=4), (wide, high), interpolation=cv2.INTER_CUBIC
    )
    planks = linear("#6a4a3f") * (0.62 + 0.09 * grain - 0.4 * ((np.arange(high) % 124) < 5)[:, None])[..., None]
    cv2.rectangle(planks, (0, 0), (wide, high), (0.02, 0.015, 0.015), 26)
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    place = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    size = scene.shape[1::-1]
    cover = cv2.warpPerspective(np.ones((high, wide), np.float32), place, size)
    scene[:] = mix(scene, cv2.warpPerspective(planks, place, size, borderMode=cv2.BORDER_REPLICATE), cover)


def finished(scene: Floats, *, grain: float, seed: int) -> Bytes:
    """Average down, tone, and dither a little against banding."""
    small = cv2.resize(scene, (WIDE, HIGH), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(seed).standard_normal((HIGH, WIDE, 1)).astype(np.float32) * grain
    return np.clip(np.rint(srgb(small) * 255 + noise), 0, 255).astype(np.uint8)


def dusk() -> Bytes:
    """Evening at a lake promenade with a notice board, (720, 1280, 3) RGB."""
    scene = np.zeros((HIGH * FINE, WIDE * FINE, 3), np.float32)
    scene[:] = dusk_sky(scene.shape[:2])
    hills(scene)
    water(scene)
    promenade(scene)
    railing(scene)
    lamps(scene)
    board(scene)
    return finished(scene, grain=0.25, seed=341)


def clouds(shape: tuple[int, int]) -> Floats:
    """A summer sky."""
    y, _ = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / HORIZON
    sky = ramp([(0, "#3f86d8"), (0.6, "#86bcee"), (1, "#dceefa")], y)
    puff = fractal(shape, seed=404, cell=330, octaves=7, fall=0.5)
    shade = fractal(shape, seed=402, cell=260, octaves=6)
    cover = smoothstep(0.25, 1.1, puff + 0.4 * (y - 0.5)) * np.clip(1.25 - y, 0, 1)
    return mix(sky, linear("#ffffff") * (0.93 - 0.09 * shade[..., None] * cover[..., None]), cover)


def blades(shape: tuple[int, int]) -> Floats:
    """Upright grass texture (H, W) around 1, coarser towards the viewer."""
    depth = np.broadcast_to(
        np.clip((np.arange(shape[0], dtype=np.float32)[:, None] - HORIZON) / (shape[0] - HORIZON), 0, 1), shape
    )
    total = np.ones(shape, np.float32)
    for number, (tall, center) in enumerate(((4, 0.15), (9, 0.45), (20, 0.9))):
        rows = fractal((shape[0] // tall + 2, shape[1]), seed=424 + number, cell=4 + 4 * number, octaves=3, fall=0.9)
        texture = cv2.resize(rows, None, fx=1, fy=tall, interpolation=cv2.INTER_LINEAR)[: shape[0]]
        total += 0.14 * texture * np.exp(-(((depth - center) / 0.3) ** 2))
    return np.clip(total, 0.35, 1.8)


def meadow() -> Bytes:
    """A summer meadow with a path, (720, 1280, 3) RGB."""
    scene = clouds((HIGH * FINE, WIDE * FINE))
    y = np.arange(scene.shape[0], dtype=np.float32)[:, None]
    for number, (tall, color, rough) in enumerate(
        ((120, "#7fa6c4", 0.4), (74, "#5f8f7c", 0.45), (30, "#3f6b3a", 0.75))
    ):
        outline = fractal((1, scene.shape[1]), seed=411 + number, cell=600 / (1 + 2 * number), octaves=8, fall=rough)[0]
        top = HORIZON - tall * (0.8 + 0.3 * outline) - 4
        scene = mix(scene, np.broadcast_to(linear(color), scene.shape), np.clip(y - top[None], 0, 1))
    per, deep, wide = 60.0, 40.0, 56.0
    shape = (round(deep * per), round(wide * per))
    tuft, patch = fractal(shape, seed=421, cell=30, octaves=5, fall=0.85), fractal(shape, seed=422, cell=700, octaves=4)
    grass = mix(
        np.broadcast_to(linear("#3f6d26"), (*shape, 3)),
        np.broadcast_to(linear("#7c9440"), (*shape, 3)),
        smoothstep(-0.8, 1.6, patch),
    )
    grass = grass * np.clip(1 + 0.16 * tuft, 0.4, 1.7)[..., None]
    rows = np.arange(shape[0], dtype=np.float32)[:, None] / per - deep + 6.5
    path = smoothstep(0.95, 0.7, np.abs(rows - 1.35 + 0.1 * patch) + 0.16 * tuft)
    grass = mix(grass, linear("#c3a67c") * (1 + 0.13 * tuft)[..., None], path)
    rng = np.random.default_rng(431)
    for _ in range(5200):
        place = (int(rng.uniform(0, shape[1])), int(rng.uniform(0, shape[0])))
        if path[place[1], place[0]] < 0.1:
            color = linear(str(rng.choice(["#ffffff", "#ffe14d", "#e2574c", "#d9a7ff"])))
            cv2.ellipse(grass, (place, (2.4, 3.6), 0.0), tuple(float(c) for c in color), -1, cv2.LINE_AA)
    ground, seen = level(np.clip(grass, 0.01, 1), left=-20.0, near=6.5 - deep, per_metre=per)
    depth = np.broadcast_to(np.clip((y - HORIZON) / 200, 0, 1), ground.shape[:2])
    ground = mix(np.broadcast_to(linear("#6f8a48"), ground.shape), ground, depth) * blades(ground.shape[:2])[..., None]
    leaves = fractal(ground.shape[:2], seed=423, cell=46, octaves=5, fall=0.75)
    crown = np.clip((y - HORIZON + 60) / 60, 0, 1)
    woods = np.clip((HORIZON + 60 - np.abs(y - HORIZON)) / 60, 0, 1) * (scene[..., 1] < 0.2) * (scene[..., 2] < 0.08)
    scene = scene * (1 + woods * (0.28 * leaves - 0.35 * crown))[..., None]
    return finished(mix(scene, ground, seen), grain=0.0, seed=441)
