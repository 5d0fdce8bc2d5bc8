"""Pictures with a textured surface that moves in a known way, for tests of tracking."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from composer.motion.plane import homographies
from composer.motion.points import Look

WIDTH, HEIGHT = 240, 136
#: Corners of the surface on the first picture, pixel centres.
QUAD = np.array([[80, 30], [160, 36], [156, 100], [76, 96]], np.float64)


@lru_cache
def texture(seed: int, size: int = 400):
    """(size, size) uint8 with detail at several scales."""
    random = np.random.default_rng(seed)
    layers = [
        cv2.resize(random.normal(0, 1, (n, n)), (size, size), interpolation=cv2.INTER_CUBIC) for n in (12, 30, 70)
    ]
    mixed = sum(layers)
    return np.clip(128 + 45 * mixed, 0, 255).astype(np.uint8)


def picture(quad, *, background=None, seed=1, light=1.0):
    """(HEIGHT, WIDTH) uint8: the surface with its corners at ``quad`` before a background."""
    behind = texture(2)[:HEIGHT, :WIDTH] // 2 if background is None else background
    corners = np.array([[0, 0], [399, 0], [399, 399], [0, 399]], np.float64)
    onto = np.diag([4.0, 4.0, 1.0]) + np.array([[0, 0, 1.5], [0, 0, 1.5], [0, 0, 0]])
    matrix = onto @ homographies(corners, quad[None])[0]
    large = (WIDTH * 4, HEIGHT * 4)
    seen = cv2.resize(cv2.warpPerspective(texture(seed), matrix, large), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full((400, 400), 255, np.uint8), matrix, large)
    share = cv2.resize(inside, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) / 255
    return np.rint(np.clip(light * (share * seen + (1 - share) * behind), 0, 255)).astype(np.uint8)


def look(quad, *, covered=None, **options):
    """A picture, to be looked at beside what covers it: (x0, x1) columns that are painted over and not usable."""
    grey = picture(quad, **options)
    usable = None
    if covered is not None:
        grey[:, slice(*covered)] = texture(9)[:HEIGHT, slice(*covered)]
        usable = np.ones(grey.shape, np.bool_)
        usable[:, slice(*covered)] = False
    return Look(grey, usable)


def moved(time, *, size=1.0):
    """The corners at a time, 0 for where they begin: shifted, turned, scaled and in changing perspective."""
    turn, zoom = 0.05 * size * np.sin(time), 1 + 0.1 * size * np.sin(0.7 * time)
    middle = QUAD.mean(axis=0)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shift = np.array([18 * np.sin(0.5 * time), 8 * np.sin(0.9 * time)]) * size
    bent = np.array([[3, 2], [0, 0], [-3, -2], [0, 0]]) * np.sin(0.8 * time) * size
    return (QUAD - middle) @ spin.T * zoom + middle + shift + bent
