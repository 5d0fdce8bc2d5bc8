"""The person who walks through the street: gait, skeleton, clothes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scripts.capsules import Capsules
from scripts.noise import at, linear

Floats = NDArray[np.float32]
Point = NDArray[np.float64]

# Sagittal joint angles over one gait cycle in degrees, from heel strike; typical of level walking.
SHARES = np.array([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]) / 100
HIP = np.array([29, 26, 17, 7, -3, -10, -6, 11, 26, 31, 29])
KNEE = np.array([5, 17, 17, 10, 6, 13, 38, 60, 52, 20, 5])
ANKLE = np.array([0, -3, 4, 8, 10, 4, -16, -8, 0, 2, 0])

STRIDE = 1.36  # metres per cycle of both legs: what the stance leg sweeps with these angles
THIGH, SHIN, FOOT = 0.43, 0.42, 0.2
UP = np.array([0.0, 1.0, 0.0])
LOOK = 0.55  # how far the head turns towards the wall as the sign is passed, radians


@dataclass(frozen=True)
class Pose:
    """Where the walker is at one moment.

    Args:
        travelled: metres along the wall since phase 0.
        x: position along the wall in metres.
        z: distance from the wall in metres.
    """

    travelled: float
    x: float
    z: float


def angle(table: NDArray[np.int_], phase: float) -> float:
    """A joint angle in radians at a phase of the gait; any phase, 1 is a full cycle."""
    fine = np.interp((phase + np.linspace(-0.05, 0.05, 9)) % 1, SHARES, table)
    return float(np.radians(fine.mean()))


def swing(value: float) -> Point:
    """Direction of a limb that hangs down at 0 and points forward (x) at 90 degrees."""
    return np.array([np.sin(value), -np.cos(value), 0.0])


def leg(hip: Point, phase: float) -> list[Point]:
    """Hip, knee, ankle, heel and toe of one leg."""
    thigh = angle(HIP, phase)
    shin = thigh - angle(KNEE, phase)
    knee = hip + THIGH * swing(thigh)
    ankle = knee + SHIN * swing(shin)
    foot = swing(shin + angle(ANKLE, phase) + np.pi / 2)
    heel = ankle + 0.055 * swing(shin) - 0.045 * foot
    return [hip, knee, ankle, heel, heel + FOOT * foot]


def arm(shoulder: Point, phase: float, out: float) -> list[Point]:
    """Shoulder, elbow, wrist and fingers of one arm; it swings against the leg of its side."""
    upper = 0.05 - 0.42 * np.cos(2 * np.pi * phase)
    fore = upper + 0.32 + 0.18 * (1 - np.cos(2 * np.pi * phase)) * 0.5
    elbow = shoulder + 0.28 * swing(upper) + np.array([0, 0, 0.05 * out])
    wrist = elbow + 0.25 * swing(fore)
    return [shoulder, elbow, wrist, wrist + 0.075 * swing(fore + 0.15)]


def skeleton(pose: Pose) -> dict[str, list[Point]]:
    """Joints in metres relative to the ground point under the walker."""
    phase = pose.travelled / STRIDE
    sway = 0.018 * np.sin(2 * np.pi * phase)
    pelvis = np.array([0, 0.9, sway])
    right = leg(pelvis + at(0, 0, 0.085), phase)
    left = leg(pelvis - at(0, 0, 0.085), phase + 0.5)
    lift = 0.025 - min(point[1] for limb in (right, left) for point in limb[3:])
    twist = 0.035 * np.cos(2 * np.pi * phase)
    chest = pelvis + at(0.03, 0.45, -sway)
    joints = {
        "right": right,
        "left": left,
        "spine": [pelvis, chest, chest + at(0.015, 0.1, 0), chest + at(0.045, 0.27, 0)],
    }
    joints["arm_right"] = arm(chest + at(-twist, 0.02, 0.185), phase, 1)
    joints["arm_left"] = arm(chest + at(twist, 0.02, -0.185), phase + 0.5, -1)
    return {name: [point + UP * lift for point in points] for name, points in joints.items()}


@dataclass(frozen=True)
class Part:
    """One capsule of the figure and what it is made of."""

    start: Point
    end: Point
    radius: tuple[float, float]
    group: str
    cloth: str


GROUPS = (
    "coat",
    "sleeve_right",
    "sleeve_left",
    "trousers",
    "shoe_right",
    "shoe_left",
    "skin",
    "hair",
    "hat",
    "scarf",
    "bag",
)


def torso_parts(spine: list[Point]) -> list[Part]:
    """Coat and bag around the spine."""
    pelvis, chest, _, _ = spine
    side = np.array([0, 0, 1.0])
    parts = [
        Part(
            pelvis + side * z - UP * 0.1,
            chest - UP * 0.02 + side * z * 1.25,
            (0.125 - abs(z) * 0.2, 0.118),
            "coat",
            "coat",
        )
        for z in (-0.075, 0.0, 0.075)
    ]
    back = np.array([-0.185, 0, 0])
    parts += [
        Part(chest + back + side * z - UP * 0.36, chest + back + side * z + UP * 0.02, (0.085, 0.075), "bag", "bag")
        for z in (-0.07, 0.07)
    ]
    parts.append(Part(chest + back * 1.42 - UP * 0.3, chest + back * 1.42 - UP * 0.2, (0.065, 0.06), "bag", "pocket"))
    strap = chest + side * 0.13
    parts.append(Part(strap + at(-0.09, 0.1, 0), strap + at(0.1, 0.03, 0.015), (0.022, 0.022), "bag", "strap"))
    parts.append(Part(strap + at(0.1, 0.03, 0.015), strap + at(-0.02, -0.27, 0.04), (0.022, 0.022), "bag", "strap"))
    return parts


def head_parts(spine: list[Point], turn: float) -> list[Part]:
    """Neck, scarf, head, hair and hat; ``turn`` in radians towards the wall."""
    chest, neck, head = spine[1], spine[2], spine[3]
    front = np.array([np.cos(turn), 0, -np.sin(turn)])
    side = np.array([np.sin(turn), 0, np.cos(turn)])
    parts = [Part(chest, head - UP * 0.05, (0.055, 0.05), "skin", "skin")]
    parts += [Part(head - front * 0.015, head + front * 0.02 - UP * 0.045, (0.098, 0.078), "skin", "skin")]
    parts += [Part(head + front * 0.085 - UP * 0.01, head + front * 0.108 - UP * 0.03, (0.012, 0.017), "skin", "skin")]
    parts += [Part(head + side * 0.092, head + side * 0.094 - UP * 0.02, (0.02, 0.016), "skin", "skin")]
    parts += [Part(head - front * 0.045 - UP * 0.005, head - front * 0.05 - UP * 0.1, (0.088, 0.06), "hair", "hair")]
    parts += [Part(head + UP * 0.05 - front * 0.02, head + UP * 0.095 - front * 0.04, (0.1, 0.075), "hat", "hat")]
    parts += [Part(head + UP * 0.19 - front * 0.07, head + UP * 0.19 - front * 0.075, (0.034, 0.034), "hat", "hat")]
    round_neck = [
        neck + 0.078 * np.array([np.cos(t), 0.15 * np.cos(t), np.sin(t)]) for t in np.linspace(0, 2 * np.pi, 7)
    ]
    parts += [Part(a, b, (0.042, 0.042), "scarf", "scarf") for a, b in pairwise(round_neck)]
    tail = neck + at(0.1, -0.02, 0.05)
    return [*parts, Part(tail, tail + at(0.05, -0.26, 0.01), (0.035, 0.045), "scarf", "scarf")]


def limb_parts(joints: dict[str, list[Point]]) -> list[Part]:
    """Legs, shoes, sleeves and hands."""
    parts = []
    for side in ("right", "left"):
        hip, knee, ankle, heel, toe = joints[side]
        parts.append(Part(hip, knee, (0.1, 0.068), "trousers", "trousers"))
        parts.append(Part(knee, ankle, (0.066, 0.05), "trousers", "trousers"))
        parts.append(Part(heel + UP * 0.018, toe + UP * 0.008, (0.046, 0.036), f"shoe_{side}", "shoe"))
        parts.append(Part(heel - UP * 0.006, toe - UP * 0.008, (0.03, 0.028), f"shoe_{side}", "sole"))
        parts.append(Part(ankle, heel + 0.4 * (toe - heel) + UP * 0.03, (0.047, 0.04), f"shoe_{side}", "shoe"))
        shoulder, elbow, wrist, fingers = joints[f"arm_{side}"]
        parts.append(Part(shoulder, elbow, (0.074, 0.056), f"sleeve_{side}", "coat"))
        parts.append(Part(elbow, wrist, (0.056, 0.043), f"sleeve_{side}", "coat"))
        parts.append(Part(wrist, fingers, (0.028, 0.024), "skin", "skin"))
    return parts


def figure(pose: Pose) -> list[Part]:
    """All parts of the walker at a pose, ordered by group, relative to the ground point below."""
    joints = skeleton(pose)
    turn = LOOK * float(np.exp(-(((pose.x + 0.2) / 0.9) ** 2)))
    parts = torso_parts(joints["spine"]) + head_parts(joints["spine"], turn) + limb_parts(joints)
    return sorted(parts, key=lambda part: GROUPS.index(part.group))


def solid(parts: list[Part]) -> Capsules:
    """The parts as one solid."""
    names = sorted({GROUPS.index(part.group) for part in parts})
    return Capsules(
        np.array([part.start for part in parts], np.float32),
        np.array([part.end for part in parts], np.float32),
        np.array([part.radius for part in parts], np.float32),
        np.array([names.index(GROUPS.index(part.group)) for part in parts]),
    )


PLAID = [linear(color) for color in ("#a8232b", "#1d2a4d", "#e8d9b8")]


def plaid(along: Floats, around: Floats) -> Floats:
    """A woven check of three colours over metres along and around a limb."""
    color = np.broadcast_to(PLAID[0], (*along.shape, 3)).copy()
    ways = (along + 0.028, around + 0.02)  # off the bands, so that round ends are red
    for way in ways:
        dark = (np.abs((way / 0.105) % 1 - 0.5) < 0.17)[:, None]
        color = np.where(dark, 0.5 * color + 0.5 * PLAID[1], color)
    for way in ways:
        light = (np.abs((way / 0.105 + 0.5) % 1 - 0.5) < 0.05)[:, None]
        color = np.where(light, 0.45 * color + 0.55 * PLAID[2], color)
    return color


def ribs(along: Floats, around: Floats, *, color: str, dark: str, every: float) -> Floats:
    """Knitted bands of two colours."""
    band = ((along / every) % 1 < 0.5)[:, None]
    knit = 1 + 0.16 * np.sin(around / 0.006)[:, None]
    return np.where(band, linear(color), linear(dark)) * knit


def dyed(cloth: str, along: Floats, around: Floats, grain: Floats) -> Floats:
    """Linear colour (P, 3) of a cloth at metres along and around its part.

    Args:
        cloth: name of the material.
        along: metres along the part's axis.
        around: metres around it.
        grain: noise around 0 that roughens plain cloth.
    """
    if cloth == "coat":
        return plaid(along, around) * (1 + 0.1 * grain[:, None])
    if cloth == "scarf":
        return ribs(along, around, color="#e2a52b", dark="#c4841c", every=0.05)
    if cloth == "hat":
        return ribs(along, around, color="#e0a22a", dark="#b9781a", every=0.036)
    if cloth == "trousers":
        seam = 1 + 0.25 * (np.abs((around / 0.2) % 1 - 0.5) < 0.03)
        return linear("#33435f") * (seam * (1 + 0.22 * grain + 0.06 * np.sin(along / 0.004)))[:, None]
    plain = {
        "skin": "#c68863",
        "hair": "#3a2418",
        "shoe": "#d9d4c8",
        "sole": "#f2efe8",
        "bag": "#1f6f6b",
        "pocket": "#2b8a80",
        "strap": "#174f4d",
    }
    return linear(plain[cloth]) * (1 + (0.03 if cloth == "skin" else 0.14) * grain)[:, None]
