"""One pinhole camera that stands, shakes, turns, travels or drives, and planes seen by it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice, unit_of

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

#: How often each kind of camera is drawn. A camera on a tripod is the main use of Composer.
KINDS = {"still": 0.40, "hand": 0.12, "pan": 0.12, "travel": 0.25, "drive": 0.11}
#: Times at which shake is drawn; between them it is interpolated.
KNOTS = np.arange(-4, 5)


@dataclass(frozen=True)
class Camera(ABC):
    """A pinhole camera and its path; the picture it sees unmoved is what planes are given in.

    Attributes:
        size: (height, width) of the picture.
        kind: one of KINDS.
        focal: focal length in pixels.
        pace: fastest picture motion it causes, pixels per frame, for motion blur.
    """

    size: tuple[int, int]
    kind: str
    focal: float
    pace: float

    @property
    def unit(self) -> float:
        """Pixels of this picture that make one of a 256x144 picture, for which speeds are drawn."""
        return unit_of(self.size)

    @property
    def moves(self) -> bool:
        """Whether the camera changes place, so that depth shows."""
        return self.kind in ("travel", "drive")

    @property
    def intrinsics(self) -> Matrix:
        """(3, 3) from directions to pixels."""
        height, width = self.size
        return np.array([[self.focal, 0, width / 2], [0, self.focal, height / 2], [0, 0, 1.0]])

    @abstractmethod
    def place(self, time: float) -> Vector:
        """Where the camera is, (3,), in units of the scene."""

    @abstractmethod
    def angles(self, time: float) -> Vector:
        """How it is turned, (3,) radians about x, y, z."""

    @abstractmethod
    def zoomed(self, time: float) -> float:
        """Logarithm of the change of scale."""

    def parallax(self, time: float) -> Vector:
        """(2,) pixels by which bumps of one unit of relief are displaced."""
        return self.place(time)[:2] * self.focal

    def carried(self, time: float) -> float:
        """Frames of their drift by which leaves or waves in part of a picture are displaced."""
        return time

    def view(self, time: float) -> Matrix:
        """(3, 3) from places seen from the camera's own, in directions of the scene, to pixels."""
        rotation = cv2.Rodrigues(self.angles(time))[0]
        zoomed = about(scaling(np.exp(self.zoomed(time))), self.size[1] / 2, self.size[0] / 2)
        result: Matrix = zoomed @ self.intrinsics @ rotation
        return result

    def seen(self, plane: Vector, time: float, moved: Vector | None = None) -> Matrix:
        """How the picture of a plane before the camera moved maps to its picture at ``time``.

        Args:
            plane: (3,) normal over distance: the plane is n . x = 1.
            time: frames.
            moved: (3,) displacement of the plane itself.
        """
        centre = self.place(time)
        if moved is not None:
            centre = centre - moved
        world = np.eye(3) - np.outer(centre, plane)
        result: Matrix = self.view(time) @ world @ np.linalg.inv(self.intrinsics)
        return result


@dataclass(frozen=True)
class WindowCamera(Camera):
    """A camera path over the few frames about time 0, where the camera is unmoved.

    Attributes:
        velocity: (3,) travel per frame, in units of the scene.
        turning: (3,) radians per frame about y, x, z as picture shift would order them.
        gain: relative acceleration of the travel.
        zoom: logarithm of the change of scale per frame.
        shake: (9, 3) radians at KNOTS.
        sway: (9, 3) displacement at KNOTS.
    """

    velocity: Vector
    turning: Vector
    gain: float
    zoom: float
    shake: Vector
    sway: Vector

    def place(self, time: float) -> Vector:
        """Where the camera is, (3,), the origin at time 0."""
        travelled = self.velocity * (time + self.gain * time * abs(time) * 0.5)
        return travelled + between_knots(self.sway, time)

    def angles(self, time: float) -> Vector:
        """How it is turned, (3,) radians about x, y, z, zero at time 0."""
        shake = between_knots(self.shake, time)
        return np.array(
            [
                self.turning[1] * time + shake[1],
                -self.turning[0] * time - shake[0],
                self.turning[2] * time + shake[2],
            ]
        )

    def zoomed(self, time: float) -> float:
        """Logarithm of the change of scale, zero at time 0."""
        return self.zoom * time


def draw_camera(dice: Dice, size: tuple[int, int], subject: Vector | None) -> WindowCamera:
    """Draw a camera, one that often follows the subject when there is one.

    Args:
        dice: source of draws.
        size: (height, width).
        subject: (2,) velocity of the main object in scene units per frame, at unit depth.
    """
    kind = str(dice.rng.choice(list(KINDS), p=list(KINDS.values())))
    focal = dice.scale(0.66, 1.75) * size[1]
    follow = dice.between(0.55, 1.15) if subject is not None and dice.chance(0.75) else 0.0
    chased = np.zeros(2) if subject is None else subject * follow
    by_travel = dice.between(0.25, 1) if kind in ("travel", "drive") else 0.0
    far = focal / unit_of(size)
    velocity = _velocity(dice, kind, far, chased * by_travel)
    turning = _turning(dice, kind, far, chased * (1 - by_travel), velocity)
    shaken = kind == "hand" or (kind != "still" and dice.chance(0.5))
    amount = dice.scale(0.15, 2.2) / far if shaken else 0.0
    swayed = amount * (dice.between(0, 0.8) if dice.chance(0.5) else 0.0)
    pace = max(np.abs(turning[:2]).max(), np.abs(velocity[:2]).max() * 0.7, velocity[2] / 5)
    return WindowCamera(
        size=size,
        kind=kind,
        focal=focal,
        velocity=velocity,
        turning=turning,
        gain=dice.normal(0.1),
        zoom=dice.normal(0.006) if kind != "still" and dice.chance(0.3) else 0.0,
        shake=dice.rng.normal(0, 1, (9, 3)) * amount * np.array([1, 1, 0.25]),
        sway=dice.rng.normal(0, 1, (9, 3)) * swayed,
        pace=float(pace) * focal,
    )


def _velocity(dice: Dice, kind: str, focal: float, chased: Vector) -> Vector:
    velocity = np.zeros(3)
    if kind == "travel":
        angle, speed = dice.heading(), dice.scale(0.4, 13) / focal
        free = np.array([np.cos(angle), 0.6 * np.sin(angle)]) * speed
        velocity[:2] = chased if chased.any() else free
        velocity[2] = dice.normal(0.008)
    elif kind == "drive":
        angle, speed = dice.heading(), dice.scale(0.4, 13) / focal * 0.3
        velocity[:2] = chased * 0.5 + np.array([np.cos(angle), 0.6 * np.sin(angle)]) * speed
        velocity[2] = dice.scale(0.004, 0.06) * (1 if dice.chance(0.8) else -1)
    return velocity


def _turning(dice: Dice, kind: str, focal: float, chased: Vector, velocity: Vector) -> Vector:
    turning = np.zeros(3)
    if kind in ("still", "hand"):
        return turning
    if chased.any():
        turning[:2] = chased
    elif kind == "pan":
        angle, speed = dice.heading(), dice.scale(0.3, 11) / focal
        turning[:2] = np.array([np.cos(angle), 0.5 * np.sin(angle)]) * speed
    elif dice.chance(0.5):
        # Look back at a point while moving past it: an orbit.
        turning[:2] = -velocity[:2] * dice.between(0.1, 0.9)
    turning[:2] += dice.rng.normal(0, 0.35, 2) / focal
    turning[2] = dice.normal(0.005) if dice.chance(0.5) else 0.0
    return turning


def between_knots(values: Vector, time: float) -> Vector:
    """Shake at ``time`` relative to time 0."""
    now = np.array([np.interp(time, KNOTS, column) for column in values.T])
    return now - values[len(KNOTS) // 2]


def facing(nearness: float) -> Vector:
    """A plane square to the camera at distance 1 / nearness."""
    return np.array([0, 0, nearness], np.float64)


def shift(x: float, y: float) -> Matrix:
    """A translation matrix."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def scaling(x: float, y: float | None = None) -> Matrix:
    """A scale matrix about the origin."""
    return np.diag([x, x if y is None else y, 1.0])


def turning(angle: float) -> Matrix:
    """A rotation matrix about the origin, radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])


def about(matrix: Matrix, x: float, y: float) -> Matrix:
    """The same change, about the point (x, y)."""
    return shift(x, y) @ matrix @ shift(-x, -y)
