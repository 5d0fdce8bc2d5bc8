"""Draws the sign: neon letters on an enamel board with rounded corners and a transparent outside."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.noise import fractal, linear, srgb

Floats = NDArray[np.float32]
WIDE, HIGH, FINE = 960, 640, 2
Stroke = list[tuple[float, float]]


def arc(x: float, y: float, rx: float, ry: float, *, turn: tuple[float, float]) -> Stroke:
    """Points on an ellipse between two angles in degrees."""
    return [(x + rx * np.cos(t), y + ry * np.sin(t)) for t in np.radians(np.linspace(*turn, 40))]


# Strokes of each letter in a box 1 wide and 1.6 high, y down.
LETTERS: dict[str, list[Stroke]] = {
    "O": [arc(0.5, 0.8, 0.5, 0.8, turn=(-60, 296))],
    "P": [[(0.05, 1.6), (0.05, 0.0), (0.5, 0.0), *arc(0.5, 0.42, 0.45, 0.42, turn=(-90, 90)), (0.2, 0.84)]],
    "E": [[(0.9, 0.0), (0.05, 0.0), (0.05, 1.6), (0.9, 1.6)], [(0.2, 0.78), (0.75, 0.78)]],
    "N": [[(0.05, 1.6), (0.05, 0.0), (0.95, 1.6), (0.95, 0.0)]],
    "L": [[(0.08, 0.0), (0.08, 1.6), (0.85, 1.6)]],
    "A": [[(0.0, 1.6), (0.5, 0.0), (1.0, 1.6)], [(0.28, 1.1), (0.72, 1.1)]],
    "T": [[(0.0, 0.0), (1.0, 0.0)], [(0.5, 0.12), (0.5, 1.6)]],
}


def tubes(word: str, *, left: float, top: float, unit: float, gap: float) -> list[Stroke]:
    """Strokes of a word in pixels of the sign; ``unit`` is a letter's width."""
    strokes = []
    for index, letter in enumerate(word):
        x = left + index * (unit + gap)
        strokes += [[(x + unit * px, top + unit * py) for px, py in stroke] for stroke in LETTERS[letter]]
    return strokes


def drawn(strokes: list[Stroke], *, width: float) -> Floats:
    """Coverage (HIGH * FINE, WIDE * FINE) of strokes with round ends."""
    cover = np.zeros((HIGH * FINE, WIDE * FINE), np.uint8)
    for stroke in strokes:
        points = np.rint(np.array(stroke) * FINE).astype(np.int32)
        cv2.polylines(cover, [points], isClosed=False, color=255, thickness=round(width * FINE), lineType=cv2.LINE_AA)
    return cover.astype(np.float32) / 255


def neon(board: Floats, strokes: list[Stroke], color: str) -> None:
    """Light tubes on the board: shadow of the tube, glow, coloured glass, white core."""
    shade = cv2.GaussianBlur(np.roll(drawn(strokes, width=17), (9, 6), (0, 1)), (0, 0), 5)
    board *= (1 - 0.6 * shade)[..., None]
    tone = linear(color)
    glass = drawn(strokes, width=17)
    for sigma, strength in ((16, 0.9), (46, 0.8), (110, 0.55)):
        board += strength * cv2.GaussianBlur(glass, (0, 0), sigma)[..., None] * tone
    core = cv2.GaussianBlur(drawn(strokes, width=8), (0, 0), 2.5)
    board[:] = board * (1 - glass[..., None]) + glass[..., None] * (1.15 * tone + 0.9 * core[..., None])


def rounded(inset: float, radius: float) -> Floats:
    """Distance in sign pixels to a rounded rectangle, negative inside, (HIGH * FINE, WIDE * FINE)."""
    y, x = np.mgrid[: HIGH * FINE, : WIDE * FINE].astype(np.float32)
    dx = np.abs((x + 0.5) / FINE - WIDE / 2) - (WIDE / 2 - inset - radius)
    dy = np.abs((y + 0.5) / FINE - HIGH / 2) - (HIGH / 2 - inset - radius)
    return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - radius


def paint_sign() -> NDArray[np.uint8]:
    """The sign, (HIGH, WIDE, 4) RGBA with straight alpha."""
    edge = rounded(6, 64)
    rough = fractal(edge.shape, seed=5, cell=500, octaves=3)
    board = linear("#1a1530") * (1 + 0.14 * rough)[..., None]
    rim = np.clip(1 - np.abs(edge + 13) / 11, 0, 1)
    light = 1 + 0.5 * np.linspace(1, -1, edge.shape[0], dtype=np.float32)[:, None]
    board += np.minimum(rim * 2, 1)[..., None] * (linear("#c9a25a") * light[..., None] - board)
    neon(board, tubes("OPEN", left=178, top=92, unit=118, gap=44), "#ff4f8b")
    neon(board, tubes("LATE", left=196, top=352, unit=104, gap=52), "#37d6ff")
    line = [(120.0, 574.0), (840.0, 574.0)]
    neon(board, [line], "#ffc247")
    picture = np.concatenate([srgb(board), np.clip(0.5 - edge, 0, 1)[..., None]], 2)
    picture = cv2.resize(picture, (WIDE, HIGH), interpolation=cv2.INTER_AREA)
    return np.rint(picture * 255).astype(np.uint8)
