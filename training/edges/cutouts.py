"""True alphas: crisp, blurred, hairy, translucent, with holes and with parts a pixel thin."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.edges.fields import smooth_field
from training.scenes.dice import Dice
from training.scenes.shapes import outline

#: (n, n) float32 0..1.
Alpha = NDArray[np.float32]

#: Outlines are drawn this much larger and averaged down: an antialiased edge is a share of the pixel covered.
FINE = 2


def draw_cutout(dice: Dice, size: int) -> Alpha:
    """The sharp alpha of a thing.

    Args:
        dice: source of draws.
        size: side of the square.

    Returns:
        (size, size) float32 0..1.
    """
    large = FINE * size
    mask = np.zeros((large, large), np.float32)
    _figure(dice, mask) if dice.chance(0.45) else _lumps(dice, mask)
    if dice.chance(0.3):
        _rods(dice, mask)
    if dice.chance(0.3):
        _holes(dice, mask)
    alpha = mask
    if dice.chance(0.45):
        alpha = np.maximum(alpha, _hair(dice, mask))
    if dice.chance(0.2):
        alpha = np.maximum(alpha, _veils(dice, mask))
    return np.asarray(cv2.resize(alpha, (size, size), interpolation=cv2.INTER_AREA), np.float32)


def _lumps(dice: Dice, mask: Alpha) -> None:
    """One to three outlines laid over each other, smooth or ragged."""
    size = mask.shape[0]
    x, y = (dice.between(0.3, 0.7) * size for _ in range(2))
    for _ in range(dice.count(1, 3)):
        side = dice.scale(0.25, 1.1) * size
        turn = cv2.getRotationMatrix2D((96, 96), dice.between(-40, 40), side / 192)
        turn[:, 2] += np.array([x, y]) - 96
        shape = cv2.warpAffine(cv2.GaussianBlur(outline(dice), (0, 0), dice.between(0.8, 3)), turn, (size, size))
        mask[shape > 0.5] = 1
        x, y = x + dice.normal(0.15 * size), y + dice.normal(0.15 * size)


def _figure(dice: Dice, mask: Alpha) -> None:
    """A body with limbs, between which one looks through."""
    size = mask.shape[0]
    x, y = (dice.between(0.3, 0.7) * size for _ in range(2))
    long, wide = dice.scale(0.1, 0.36) * size, dice.scale(0.05, 0.2) * size
    turn = dice.between(0, 180)
    cv2.ellipse(mask, (int(x), int(y)), (int(long), int(wide)), turn, 0, 360, 1.0, -1)
    thick = dice.scale(0.012, 0.11) * size
    for _ in range(dice.count(2, 7)):
        points = [np.array([x + dice.normal(long * 0.5), y + dice.normal(long * 0.5)])]
        angle = dice.angle()
        for _ in range(dice.count(1, 3)):
            angle += dice.normal(0.6)
            points.append(points[-1] + np.array([np.cos(angle), np.sin(angle)]) * dice.scale(0.06, 0.25) * size)
        line = np.round(points).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [line], False, 1.0, max(2, round(thick * dice.between(0.5, 1.4))))
        if dice.chance(0.5):
            radius = int(thick * dice.between(0.6, 1.6))
            cv2.circle(mask, tuple(int(v) for v in points[-1]), max(2, radius), 1.0, -1)


def _rods(dice: Dice, mask: Alpha) -> None:
    """Straight thin things that start on the body: poles, strings, spokes."""
    size = mask.shape[0]
    starts = _edge_points(mask, dice, dice.count(1, 5))
    for x, y in starts:
        angle, length = dice.angle(), dice.scale(0.08, 0.7) * size
        end = (int(x + np.cos(angle) * length), int(y + np.sin(angle) * length))
        cv2.line(mask, (int(x), int(y)), end, 1.0, max(1, round(dice.scale(1, 8))))


def _holes(dice: Dice, mask: Alpha) -> None:
    size = mask.shape[0]
    rows, columns = np.nonzero(mask)
    for _ in range(dice.count(1, 4)):
        pick = dice.count(0, len(rows) - 1)
        axes = tuple(max(2, int(dice.scale(0.006, 0.07) * size)) for _ in range(2))
        cv2.ellipse(mask, (int(columns[pick]), int(rows[pick])), axes, dice.between(0, 180), 0, 360, 0.0, -1)


def _hair(dice: Dice, mask: Alpha) -> Alpha:
    """Strands that leave the outline, over all of it or a stretch of it: hair, fur, grass, fringes."""
    size = mask.shape[0]
    layer = np.zeros_like(mask)
    soft = cv2.GaussianBlur(mask, (0, 0), 4)
    down, across = cv2.Sobel(soft, cv2.CV_32F, 0, 1), cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    length, curl = dice.scale(0.008, 0.1) * size, dice.between(0.05, 0.5)
    stretch = smooth_field(dice, (size, size), 3, 1.0)[..., 0] > (dice.between(-0.5, 1) if dice.chance(0.6) else -9)
    fall = dice.rng.normal(0, 0.5, 2)
    for x, y in _edge_points(mask, dice, int(dice.scale(60, 600))):
        if not stretch[y, x]:
            continue
        out = np.array([-across[y, x], -down[y, x]], np.float64)
        out = out / (np.linalg.norm(out) + 1e-6) + fall
        angle, bend = np.arctan2(out[1], out[0]) + dice.normal(0.35), dice.normal(curl)
        turns = angle + bend * np.arange(5)
        step = length * dice.between(0.4, 1.4) / 5
        line = np.array([x, y]) + np.cumsum(np.stack([np.cos(turns), np.sin(turns)], 1) * step, axis=0)
        points = np.round(np.vstack([[x, y], line]) * 8).astype(np.int32).reshape(-1, 1, 2)
        width = 1 if dice.chance(0.75) else 2
        cv2.polylines(layer, [points], False, dice.between(0.35, 1.0), width, cv2.LINE_8, 3)
    return layer


def _veils(dice: Dice, mask: Alpha) -> Alpha:
    """Translucent pieces on the outline: cloth against the light, glass, wings."""
    size = mask.shape[0]
    layer = np.zeros_like(mask)
    for x, y in _edge_points(mask, dice, dice.count(1, 3)):
        axes = tuple(max(3, int(dice.scale(0.02, 0.15) * size)) for _ in range(2))
        cv2.ellipse(layer, (int(x), int(y)), axes, dice.between(0, 180), 0, 360, dice.between(0.2, 0.85), -1)
    return cv2.GaussianBlur(layer, (0, 0), dice.scale(0.7, 5))


def _edge_points(mask: Alpha, dice: Dice, count: int) -> NDArray[np.int32]:
    """Points of the outline, (count, 2) int32 as x y; none where the mask is empty."""
    lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if not lines:
        return np.empty((0, 2), np.int32)
    points = np.concatenate(lines).reshape(-1, 2)
    return np.asarray(points[dice.rng.integers(0, len(points), count)], np.int32)
