"""Stories longer than a moment: cameras that stand and go on, bodies that enter, rest, leave and come back.

Everything in a film goes round in one period of several hundred frames. Places are drawn in the picture as the camera
sees it at that moment, and kept in the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenes.camera import Camera, Vector, facing
from training.scenes.dice import Dice, unit_of
from training.scenes.loops import Loop, Values, stretched
from training.scenes.objects import Way

#: How often each kind of camera is drawn for a film.
FILM_KINDS = {"still": 0.38, "hand": 0.14, "pan": 0.22, "travel": 0.16, "drive": 0.10}
#: Relief is displaced by less than this, in pixels of a 256x144 picture, however far a camera has travelled.
RELIEF = 14.0
#: Most frames of drift by which part of a picture is displaced against the rest.
DRIFT = 3.0
#: How fast limbs swing at most, against how fast they are drawn to.
LIVELY = 1.4
#: Columns of a course: where the camera is, how it is turned, its zoom.
COURSE = 7


@dataclass(frozen=True)
class FilmCamera(Camera):
    """A camera that goes round a course, at its start at time 0.

    Attributes:
        course: place (3), turns about x, y, z (3), logarithm of the zoom.
        shake: (3,) further turns.
    """

    course: Loop
    shake: Loop

    def place(self, time: float) -> Vector:
        """Where the camera is, (3,)."""
        return self.course.at(time)[:3]

    def angles(self, time: float) -> Vector:
        """How it is turned, (3,) radians about x, y, z."""
        return self.course.at(time)[3:6] + self.shake.at(time)

    def zoomed(self, time: float) -> float:
        """Logarithm of the change of scale."""
        return float(self.course.at(time)[6])

    def parallax(self, time: float) -> Vector:
        """(2,) pixels by which relief is displaced, bounded: bumps are no true depth, and fold when pushed far."""
        limit = RELIEF * self.unit
        return limit * np.tanh(super().parallax(time) / limit)

    def carried(self, time: float) -> float:
        """Frames of their drift: to and fro, because at the border of what drifts a picture folds when pushed far."""
        return DRIFT * float(np.sin(time / DRIFT))

    def speed(self, time: float) -> float:
        """Pixels per frame by which it moves the picture of things in the middle distance, at most."""
        height, width = self.size
        before, after = (self.seen(facing(0.8), time + step) for step in (-0.5, 0.5))
        corners = np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1.0]])
        one, two = before @ corners, after @ corners
        return float(np.hypot(*(one[:2] / one[2] - two[:2] / two[2])).max())

    def place_of(self, x: float, y: float, depth: float, time: float) -> Vector:
        """Where in the world a picture point at a distance along the axis of the unmoved camera is, (3,)."""
        ray = np.linalg.solve(self.view(time), np.array([x, y, 1.0]))
        here = self.place(time)
        return here + ray * ((depth - here[2]) / ray[2])


def draw_film_camera(dice: Dice, size: tuple[int, int], kind: str | None = None) -> FilmCamera:
    """Draw a camera for a film: on a tripod more often than not, and standing now and then where it can move."""
    drawn = str(dice.rng.choice(list(FILM_KINDS), p=list(FILM_KINDS.values())))
    kind = kind or drawn
    focal = dice.scale(0.75, 1.6) * size[1]
    period = dice.between(260, 420)
    speed = dice.scale(0.6, 6) * unit_of(size)
    course = _course(dice, kind, focal, size, speed=speed, period=period)
    shaken = kind == "hand" or (kind != "still" and dice.chance(0.4))
    amount = dice.scale(0.2, 1.6 if kind == "hand" else 0.6) * unit_of(size) / focal if shaken else 0.0
    shake = _shake(dice, period, amount)
    return FilmCamera(size, kind, focal, 0.0 if kind == "still" else 1.5 * speed, course, shake)


def _course(dice: Dice, kind: str, focal: float, size: tuple[int, int], *, speed: float, period: float) -> Loop:
    knots: list[Values] = [np.zeros(COURSE)]
    durations: list[float] = []
    look_back = -dice.between(0, 0.9) if dice.chance(0.6) else 0.0
    zooms = kind == "pan" and dice.chance(0.2)
    while sum(durations) < period * 0.85 and kind not in ("still", "hand"):
        stood = len(knots) > 1 and bool((knots[-1] == knots[-2]).all())
        if not stood and dice.chance(0.45):
            knots.append(knots[-1])
            durations.append(dice.between(12, 45))
            continue
        knots.append(_target(dice, kind, size, focal, look_back) + (dice.normal(0.1) if zooms else 0.0) * np.eye(7)[6])
        durations.append(max(10.0, _apart(knots[-1], knots[-2], size, focal) / (speed * dice.between(0.5, 1.3))))
    durations.append(max(10.0, _apart(knots[-1], knots[0], size, focal) / speed))
    return Loop(stretched(durations, period), np.stack([*knots, knots[0]]))


def _target(dice: Dice, kind: str, size: tuple[int, int], focal: float, look_back: float) -> Values:
    """Where a leg of the camera's course ends."""
    wide = size[1] / focal
    target = np.zeros(COURSE)
    if kind == "pan":
        target[3:5] = dice.normal(0.05) * wide, dice.between(-0.45, 0.45) * wide
        target[5] = dice.normal(0.02)
    elif kind == "travel":
        target[:3] = dice.between(-0.5, 0.5) * wide, dice.normal(0.05) * wide, dice.normal(0.04)
    else:
        target[:3] = dice.normal(0.05) * wide, dice.normal(0.02) * wide, dice.between(-0.12, 0.32)
    # Looking back at what it passes: an orbit.
    target[3] -= look_back * target[1]
    target[4] += look_back * target[0]
    return target


def _apart(one: Values, other: Values, size: tuple[int, int], focal: float) -> float:
    """Roughly how many pixels the picture moves between two points of a course."""
    change = np.abs(one - other)
    return float(np.hypot(change[0], change[1]) * 0.7 + change[2] * 0.4 + np.hypot(change[3], change[4])) * focal + (
        float(change[6]) * size[1] / 2
    )


def _shake(dice: Dice, period: float, amount: float) -> Loop:
    count = int(period / 3)
    drawn = dice.rng.normal(0, 1, (count, 3)) * amount * np.array([1, 1, 0.25])
    closed = np.vstack([drawn, drawn[:1]]) - drawn[0]
    return Loop(np.linspace(0, period, count + 1), closed)


@dataclass(frozen=True)
class Stop:
    """A knot of a body's path.

    Attributes:
        x: column as a share of the picture's width, beyond 0..1 outside.
        y: row as a share of its height.
        depth: times the body's usual distance.
        rests: stays in the world where it was at the stop before.
    """

    x: float
    y: float
    depth: float
    rests: bool = False

    @property
    def outside(self) -> bool:
        """Whether it is beyond the picture's sides."""
        return not 0 <= self.x <= 1


def draw_way(
    dice: Dice,
    camera: FilmCamera,
    *,
    home: tuple[float, float],
    nearness: float,
    reach: float,
    grounded: bool,
    absent: float,
) -> Way:
    """Draw how a body goes through a film.

    Args:
        dice: source of draws.
        camera: who looks.
        home: (x, y) pixels where the body was put.
        nearness: one over its usual distance.
        reach: side of a square as large as it, pixels.
        grounded: it keeps its height in the world, and moves across and in depth.
        absent: how often it is out of the picture at first.
    """
    margin = 0.7 * reach / camera.size[1] + 0.08
    speed = dice.scale(0.8, 6) * camera.unit
    stops, durations = _stops(dice, camera, margin=margin, speed=speed, grounded=grounded, home=home, absent=absent)
    times = stretched(durations, camera.course.period)
    apparent = camera.focal * nearness
    start = np.array([home[0] - camera.size[1] / 2, home[1] - camera.size[0] / 2, camera.focal]) / apparent
    places: list[Vector] = []
    for stop, time in zip(stops, times, strict=True):
        place = camera.place_of(stop.x * camera.size[1], stop.y * camera.size[0], stop.depth / nearness, time) - start
        if grounded:
            place[1] = 0.0
        places.append(places[-1] if stop.rests else place)
    path = Loop(times, np.stack([*places[:-1], places[0]]))
    return _walking(dice, path, apparent, reach=reach, unit=camera.unit)


def _walking(dice: Dice, path: Loop, apparent: float, *, reach: float, unit: float) -> Way:
    """A way along a path: limbs go with the distance walked, and stop with the body."""
    walked = np.linalg.norm(np.diff(path.values, axis=0), axis=1) * apparent
    distance = Loop(path.times, np.concatenate([[0.0], np.cumsum(walked)])[:, None])
    swing = dice.between(2, 4.5)
    moments = np.linspace(0, path.period, 120)
    fastest = max(float(np.linalg.norm(path.at(time + 0.5) - path.at(time - 0.5))) for time in moments) * apparent
    # A step is no shorter than lets limbs swing at most LIVELY times as fast as in a scene of five frames.
    step = max(reach * dice.between(0.6, 1.6), 2 * np.pi * swing * fastest / LIVELY)
    return Way(
        displacement=path.at,
        stride=lambda time: swing * float(np.sin(2 * np.pi * distance.at(time)[0] / step)),
        rolled=lambda time: float(path.at(time)[0]) * apparent / (2 * unit),
        cycle=dice.between(14, 30),
    )


def _stops(
    dice: Dice,
    camera: FilmCamera,
    *,
    margin: float,
    speed: float,
    grounded: bool,
    home: tuple[float, float],
    absent: float,
) -> tuple[list[Stop], list[float]]:
    height, width = camera.size
    first = Stop(dice.between(0.2, 0.8), home[1] / height, 1.0)
    if dice.chance(absent):
        first = Stop(-margin if dice.chance(0.5) else 1 + margin, home[1] / height, 1.0)
    stops, durations = [first], list[float]()
    while sum(durations) < camera.course.period * 0.8:
        last = stops[-1]
        # Nobody begins with a rest: a short film would show little else.
        tired = len(stops) > 1 and not last.rests
        stops.append(_next_stop(dice, last, margin, grounded=grounded, y=home[1] / height, tired=tired))
        distance = abs(stops[-1].x - last.x) * width + abs(stops[-1].y - last.y) * height
        waits = dice.between(6, 22) if last.outside else dice.between(12, 40)
        durations.append(waits if stops[-1].rests else max(10.0, distance / (speed * dice.between(0.5, 1.5))))
    durations.append(max(12.0, abs(first.x - stops[-1].x) * width / speed))
    return [*stops, first], durations


def _next_stop(dice: Dice, last: Stop, margin: float, *, grounded: bool, y: float, tired: bool) -> Stop:
    draw = dice.rng.random()
    if tired and (last.outside or draw < 0.22):
        return Stop(last.x, last.y, last.depth, rests=True)
    if not last.outside and draw > 0.76:
        return Stop(-margin if dice.chance(0.5) else 1 + margin, last.y, last.depth)
    x = dice.between(0.15, 0.85)
    if abs(x - last.x) < 0.25:
        x = last.x + (0.35 if last.x < 0.5 else -0.35)
    free = y if grounded else float(np.clip(y + dice.normal(0.15), 0.15, 0.85))
    return Stop(x, free, dice.between(0.8, 1.35) if dice.chance(0.5) else last.depth)
