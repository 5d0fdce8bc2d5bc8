"""Lights and films the street: a still place, a walker with a shadow, a camera with its faults."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts import wall as flat
from scripts.camera import Camera
from scripts.capsules import Capsules, openness, shadow, trace
from scripts.noise import at, fractal, linear, smoothstep, srgb
from scripts.walker import Pose, dyed, figure, solid

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

WIDE, HIGH, RATE, COUNT = 640, 360, 25, 130
SPEED, START, PATH = 1.36, -3.15, 1.35  # metres per second, where the walk begins, metres from the wall
OPEN = 0.45  # share of a frame for which the shutter is open
LAYOUT = 4  # the still place is painted this many times larger, then averaged
MOMENTS = 4  # moments averaged within one open shutter
FINE = 2  # rays per pixel across and down
SUN = np.array([-0.42, 0.78, 0.47], np.float32)
SUNLIGHT, SKYLIGHT = linear("#ffedcf") * 1.5, linear("#b9cdf0") * 0.55
CAMERA = Camera()


def pose_at(seconds: float) -> Pose:
    """Where the walker is at a time."""
    travelled = SPEED * seconds
    return Pose(travelled, START + travelled, PATH)


def lit(albedo: Floats, normal: Floats, sun: Floats | float) -> Floats:
    """Light that a matt surface sends back: hazy sun, sky from above, bounce from below."""
    facing = np.clip(normal @ SUN, 0, 1)[..., None]
    above = (0.5 + 0.5 * normal[..., 1])[..., None]
    bounce = linear("#a39c92") * 0.16
    return albedo * (SUNLIGHT * facing * np.asarray(sun)[..., None] + SKYLIGHT * above + bounce * (1 - above))


def pot_plants() -> tuple[Capsules, list[str]]:
    """Two clay pots with leaves beside the door, and a bollard at the kerb; and what each part is made of."""
    rng = np.random.default_rng(71)
    rows: list[tuple[Floats, Floats, tuple[float, float], str]] = []
    for x, tall in ((1.82, 0.75), (3.5, 0.95), (-4.05, 0.6)):
        base = np.array([x, 0.0, 0.3])
        rows.append((base + at(0, 0.12, 0), base + at(0, 0.3, 0), (0.12, 0.165), "clay"))
        for _ in range(110):
            lean = rng.normal(0, 0.42, 3) + at(0, 1.1, 0)
            root = base + at(0, 0.38, 0) + rng.normal(0, 0.05, 3)
            tip = root + lean / np.linalg.norm(lean) * tall * rng.uniform(0.25, 0.85)
            rows.append((root + 0.6 * (tip - root), tip, (0.022, 0.007), "leaf"))
    order = sorted(range(len(rows)), key=lambda i: rows[i][3])
    rows = [rows[i] for i in order]
    start, end, radius = (np.array([row[i] for row in rows], np.float32) for i in range(3))
    group = np.cumsum([0] + [a[3] != b[3] or a[3] == "leaf" for a, b in pairwise(rows)])
    return Capsules(start, end, radius, group, blend=0.006), [row[3] for row in rows]


def pixel_grid(box: tuple[int, int, int, int], fine: int) -> tuple[Floats, Floats]:
    """Centres of a box's pixels, each cut into ``fine`` x ``fine``: x and y, (h * fine, w * fine)."""
    left, top, right, bottom = box
    y, x = np.mgrid[: (bottom - top) * fine, : (right - left) * fine].astype(np.float32)
    return left + (x + 0.5) / fine, top + (y + 0.5) / fine


def ground_points(box: tuple[int, int, int, int]) -> tuple[Floats, Floats]:
    """World points (h, w, 3) of a picture box on the ground, and where the box sees ground (h, w)."""
    x, y = pixel_grid(box, 1)
    rays = CAMERA.rays(x, y)
    depth = CAMERA.eye[1] / np.maximum(-rays[..., 1], 1e-3)
    points = np.array(CAMERA.eye, np.float32) + depth[..., None] * rays
    return points, (points[..., 2] > 0.02) & (rays[..., 1] < -1e-3)


def film_flat(paint: Floats, metres: Floats) -> tuple[Floats, Floats]:
    """A flat surface seen by the camera at ``LAYOUT`` times the size, and where it is seen."""
    scale = np.diag([LAYOUT, LAYOUT, 1.0])
    size = (WIDE * LAYOUT, HIGH * LAYOUT)
    seen = cv2.warpPerspective(paint, scale @ metres, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen, cv2.warpPerspective(np.ones(paint.shape[:2], np.float32), scale @ metres, size)


def leaf_shade() -> Floats:
    """Share of the sun (H, W) that reaches the wall between the leaves of a tree out of sight."""
    shape = (round(flat.WALL_TOP * flat.WALL), round(flat.WALL_WIDE * flat.WALL))
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / flat.WALL
    crown = 1.5 - 1.15 * y + 0.55 * np.abs(x + flat.WALL_LEFT - 0.4)
    leaves = fractal(shape, seed=91, cell=120, octaves=4, fall=0.8) + 0.5 * fractal(shape, seed=92, cell=420, octaves=2)
    return 1 - 0.7 * cv2.GaussianBlur(smoothstep(-0.15, 0.35, leaves - 2.2 + 1.6 * np.minimum(crown, 1.6)), (0, 0), 5)


def still_place() -> Floats:
    """The street without the walker in linear light, (HIGH, WIDE, 3)."""
    per_metre = np.diag([1 / flat.WALL, 1 / flat.WALL, 1])
    upright = CAMERA.plane((flat.WALL_LEFT, flat.WALL_TOP, 0), (1, 0, 0), (0, -1, 0)) @ per_metre
    per_metre = np.diag([1 / flat.GROUND, 1 / flat.GROUND, 1])
    level = CAMERA.plane((flat.GROUND_LEFT, 0, 0), (1, 0, 0), (0, 0, 1)) @ per_metre
    wall, _ = film_flat(flat.paint_wall(), upright)
    ground, on_ground = film_flat(flat.paint_ground(), level)
    sun, _ = film_flat(leaf_shade(), upright)
    wall = lit(wall, np.broadcast_to(np.float32([0, 0, 1]), wall.shape), sun)
    ground = lit(ground, np.broadcast_to(np.float32([0, 1, 0]), ground.shape), 1.0)
    place = np.where(on_ground[..., None] > 0.5, ground, wall)
    place = cv2.resize(place, (WIDE, HIGH), interpolation=cv2.INTER_AREA)
    return plant(place)


def plant(place: Floats) -> Floats:
    """Stand the pots in the place, with their shadows on wall and ground."""
    solid_pots, made_of = pot_plants()
    points, on_ground = ground_points((0, 0, WIDE, HIGH))
    x, y = pixel_grid((0, 0, WIDE, HIGH), 1)
    rays = CAMERA.rays(x, y)
    reach = -CAMERA.eye[2] / np.minimum(rays[..., 2], -1e-3)
    points = np.where(on_ground[..., None], points, np.array(CAMERA.eye, np.float32) + reach[..., None] * rays)
    colors = {"clay": linear("#b0603c"), "leaf": linear("#4f7a34")}
    out = place.copy()
    for center in (1.82, 3.5, -4.05):
        box = picture_box(
            np.array([[center - 0.75, 1.6, 0.3], [center + 0.75, -0.05, 0.8], [center + 0.9, 1.6, 0.0]]), 2
        )
        if box[2] <= box[0]:
            continue
        left, top, right, bottom = box
        near = np.abs(solid_pots.start[:, 0] - center) < 0.7
        some = Capsules(
            solid_pots.start[near],
            solid_pots.end[near],
            solid_pots.radius[near],
            np.unique(solid_pots.group[near], return_inverse=True)[1],
            0.006,
        )
        local = points[top:bottom, left:right].reshape(-1, 3)
        dim = (0.42 + 0.58 * shadow(some, local, SUN, softness=0.16, far=1.4)) * openness(some, local, reach=0.14)
        out[top:bottom, left:right] *= dim.reshape(bottom - top, right - left, 1)
        color, cover = film_solid(
            some,
            box,
            3,
            lambda index, *_, near=near: np.array(
                [colors[made_of[i]] for i in np.flatnonzero(near)[index]], np.float32
            ),
        )
        out[top:bottom, left:right] = out[top:bottom, left:right] * (1 - cover[..., None]) + color
    return out


def picture_box(points: NDArray[np.float64], margin: int) -> tuple[int, int, int, int]:
    """Pixel box (left, top, right, bottom) around world points, within the picture."""
    seen = CAMERA.project(np.asarray(points, np.float64))
    low, high = np.floor(seen.min(0)) - margin, np.ceil(seen.max(0)) + margin
    left, right = np.clip([low[0], high[0]], 0, WIDE).astype(int)
    top, bottom = np.clip([low[1], high[1]], 0, HIGH).astype(int)
    return int(left), int(top), int(right), int(bottom)


def film_solid(body: Capsules, box: tuple[int, int, int, int], fine: int, dye) -> tuple[Floats, Floats]:  # noqa: ANN001
    """Light (h, w, 3) already weighted by coverage, and coverage (h, w), of a solid within a picture box.

    Args:
        body: the solid in world metres.
        box: pixel box.
        fine: rays per pixel across and down.
        dye: from part index (P,), share along it (P,) and normal (P, 3) at each hit to a colour (P, 3).
    """
    left, top, right, bottom = box
    x, y = pixel_grid(box, fine)
    eye, rays = np.array(CAMERA.eye, np.float32), CAMERA.rays(x.ravel(), y.ravel())
    depths = np.linalg.norm(np.concatenate([body.start, body.end]) - eye, axis=1)
    near = np.flatnonzero(outline(body, box, fine).ravel())
    reach = trace(body, eye, rays[near], near=float(depths.min()) - 0.3, far=float(depths.max()) + 0.3)
    hit = near[np.isfinite(reach)]
    light, cover = np.zeros((len(rays), 3), np.float32), np.zeros(len(rays), np.float32)
    cover[hit] = 1
    if len(hit):
        points = eye + reach[np.isfinite(reach), None] * rays[hit]
        each, share = body.measured(points)
        index = each.argmin(1)
        normal = body.normals(points)
        sun = shadow(body, points + 0.02 * normal, SUN, softness=0.2, far=0.7, steps=9)
        light[hit] = lit(dye(index, share[np.arange(len(hit)), index], normal), normal, sun)
    shape = (bottom - top, fine, right - left, fine)
    return light.reshape(*shape, 3).mean((1, 3)), cover.reshape(shape).mean((1, 3))


def outline(body: Capsules, box: tuple[int, int, int, int], fine: int) -> Bytes:
    """Where rays may meet the solid: its capsules drawn as generous bars; spares the rays that pass far off."""
    left, top, right, bottom = box
    drawn = np.zeros(((bottom - top) * fine, (right - left) * fine), np.uint8)
    depths = (body.start.astype(np.float64) - np.array(CAMERA.eye)) @ CAMERA.axes[2]
    ends = [(CAMERA.project(side.astype(np.float64)) - (left, top)) * fine for side in (body.start, body.end)]
    for start, end, radius, depth in zip(*ends, body.radius.max(1), depths, strict=True):
        thick = round(2 * (radius + 0.03) * CAMERA.focal * fine / depth) + 4
        cv2.line(drawn, tuple(np.rint(start).astype(int).tolist()), tuple(np.rint(end).astype(int).tolist()), 1, thick)
    return drawn


GRAIN = fractal((512, 512), seed=81, cell=8, octaves=3, fall=0.8)


def film_walker(seconds: float) -> tuple[tuple[int, int, int, int], Floats, Floats] | None:
    """The walker at one moment: picture box, light weighted by coverage, coverage; None when out of sight."""
    pose = pose_at(seconds)
    parts = figure(pose)
    local = solid(parts)
    away = np.array([pose.x, 0, pose.z], np.float32)
    body = Capsules(local.start + away, local.end + away, local.radius, local.group, local.blend)
    ends = np.concatenate([body.start, body.end])
    box = picture_box(np.concatenate([ends - 0.14, ends + 0.14]), 1)
    if box[2] <= box[0]:
        return None

    def dye(index: NDArray[np.intp], share: Floats, normal: Floats) -> Floats:
        colors = np.zeros((len(index), 3), np.float32)
        for part_index in np.unique(index):
            here = index == part_index
            part = parts[part_index]
            along = share[here] * float(np.linalg.norm(part.end - part.start))
            around = np.arctan2(normal[here, 0], normal[here, 2]) * part.radius[0]
            grain = GRAIN[(along * 900).astype(int) % 512, (around * 900).astype(int) % 512]
            colors[here] = dyed(part.cloth, along, around, grain)
        return colors

    return box, *film_solid(body, box, FINE, dye)


def cast_shadow(place: Floats, seconds: float) -> Floats:
    """The place with the walker's shadow on wall and pavement."""
    pose = pose_at(seconds)
    local = solid(figure(pose))
    away = np.array([pose.x, 0, pose.z], np.float32)
    body = Capsules(local.start + away, local.end + away, local.radius, local.group, local.blend)
    box = picture_box(
        np.array(
            [
                [pose.x - 1.0, 0, pose.z + 0.5],
                [pose.x + 1.9, 0, pose.z - 1.35],
                [pose.x + 1.9, 0.0, pose.z + 0.5],
                [pose.x + 0.4, 0.6, 0],
            ]
        ),
        2,
    )
    left, top, right, bottom = box
    if right <= left:
        return place
    points, on_ground = ground_points(box)
    here = np.flatnonzero(on_ground.ravel())
    dim = np.ones(on_ground.size, np.float32)
    ground = points.reshape(-1, 3)[here]
    dim[here] = (0.3 + 0.7 * shadow(body, ground, SUN, softness=0.11)) * openness(body, ground, reach=0.2)
    dim = cv2.GaussianBlur(dim.reshape(on_ground.shape), (0, 0), 0.8)
    out = place.copy()
    out[top:bottom, left:right] *= dim[..., None]
    return out


def film(index: int, place: Floats) -> tuple[Floats, Floats]:
    """One frame in linear light (HIGH, WIDE, 3) and its true matte (HIGH, WIDE), before the camera's faults."""
    light, cover = np.zeros((HIGH, WIDE, 3), np.float32), np.zeros((HIGH, WIDE), np.float32)
    for moment in range(MOMENTS):
        seen = film_walker((index + OPEN * (moment + 0.5) / MOMENTS) / RATE)
        if seen:
            (left, top, right, bottom), color, part = seen
            light[top:bottom, left:right] += color / MOMENTS
            cover[top:bottom, left:right] += part / MOMENTS
    behind = cast_shadow(place, (index + OPEN / 2) / RATE)
    return behind * (1 - cover[..., None]) + light, cover


def through_lens(light: Floats, *, seed: int) -> Bytes:
    """What the camera records: bloom, vignette, a little softness, tone curve and noise; (HIGH, WIDE, 3) RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HIGH, :WIDE].astype(np.float32)
    corner = ((x - WIDE / 2) ** 2 + (y - HIGH / 2) ** 2) / (WIDE / 2) ** 2
    glow = cv2.GaussianBlur(np.maximum(light - 0.75, 0), (0, 0), 9)
    seen = (cv2.GaussianBlur(light, (0, 0), 0.45) + 0.3 * glow) * (1 - 0.2 * corner)[..., None]
    values = srgb(seen * 1.1)
    fine = rng.standard_normal((HIGH, WIDE, 1)).astype(np.float32)
    tint = cv2.GaussianBlur(rng.standard_normal((HIGH, WIDE, 3)).astype(np.float32), (0, 0), 0.9)
    noise = (0.8 * fine + 1.1 * tint) * (0.0045 + 0.006 * np.sqrt(np.clip(1 - values.mean(2, keepdims=True), 0, 1)))
    return np.clip(np.rint((values + noise) * 255), 0, 255).astype(np.uint8)


def take(index: int, place: Floats) -> tuple[Bytes, Bytes]:
    """One finished frame (HIGH, WIDE, 3) RGB and its true matte (HIGH, WIDE)."""
    cv2.setNumThreads(1)
    light, cover = film(index, place)
    return through_lens(light, seed=1000 + index), np.rint(cover * 255).astype(np.uint8)


def shoot(count: int = COUNT) -> Iterator[tuple[Bytes, Bytes]]:
    """Film the whole shot: frames and true mattes in order."""
    place = still_place()
    # A forked child inherits OpenCV's threads in a state that hangs; a spawned one starts clean.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield from pool.map(partial(take, place=place), range(count), chunksize=4)
