"""Grey textures from formulas: 1/f noise, dead leaves, stripes, cells, gradients, collages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice

#: (h, w) float32 grey or (h, w, 3) float32 RGB, 0..255.
Texture = NDArray[np.float32]

#: Size of a stored texture, wider than the picture so that cameras can move over it.
HEIGHT, WIDTH = 320, 448


def fitted(plane: NDArray[Any], picture: NDArray[Any]) -> NDArray[Any]:
    """A plane with an axis more where the picture has colours, so that the two combine."""
    return plane[..., None] if plane.ndim < picture.ndim else plane


def fractal(dice: Dice, shape: tuple[int, int], exponent: float) -> Texture:
    """Noise with amplitude 1/frequency**exponent, mean 0, deviation 1."""
    down = np.fft.fftfreq(shape[0])[:, None]
    across = np.fft.rfftfreq(shape[1])[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1
    amplitude = frequency**-exponent
    amplitude[0, 0] = 0
    phase = dice.rng.standard_normal((2, *amplitude.shape))
    noise = np.fft.irfft2((phase[0] + 1j * phase[1]) * amplitude, shape)
    return (noise / (noise.std() + 1e-9)).astype(np.float32)


class TexturePool:
    """A stock of textures that scenes cut from, mirror, relight and mix."""

    def __init__(self, seed: int, *, size: int = 80) -> None:
        """Paint ``size`` base textures and half as many backdrops."""
        dice = Dice(seed, 77)
        shape = (HEIGHT, WIDTH)
        self._grain = [fractal(dice, shape, e) for e in np.linspace(0.3, 1.5, 12)]
        self._plain = [_paint(dice, dice.count(0, 7)) for _ in range(size)]
        self._backdrops = [self._backdrop(dice) for _ in range(size // 2)]

    def backdrop(self, dice: Dice) -> Texture:
        """A texture for something big and flat: (320, 448) float32 grey 0..255."""
        return _turned(dice, self._backdrops[dice.count(0, len(self._backdrops) - 1)])

    def surface(self, dice: Dice, size: int) -> Texture:
        """A texture for a thing: a (size, size) cut at a random scale, relit."""
        cut = int(np.clip(size / dice.scale(0.5, 1.6), 24, HEIGHT))
        y, x = dice.count(0, HEIGHT - cut), dice.count(0, WIDTH - cut)
        patch = self._relit(dice, (slice(y, y + cut), slice(x, x + cut)))
        return cv2.resize(patch, (size, size), interpolation=cv2.INTER_LINEAR)

    def _relit(self, dice: Dice, cut: tuple[slice, slice]) -> Texture:
        base = self._plain[dice.count(0, len(self._plain) - 1)]
        patch = _turned(dice, base)[cut].astype(np.float32)
        middle = float(patch.mean())
        patch = (patch - middle) * dice.between(0.4, 1.4)
        patch = patch + middle * dice.between(0.5, 1.3) + dice.normal(14)
        if dice.chance(0.75):
            grain = self._grain[dice.count(0, len(self._grain) - 1)]
            patch = patch + grain[cut] * dice.scale(2, 24)
        if dice.chance(0.35):
            light = dice.rng.normal(0, 25, (3, 4)).astype(np.float32)
            size = (patch.shape[1], patch.shape[0])
            patch = patch + cv2.resize(light, size, interpolation=cv2.INTER_CUBIC)
        return np.clip(patch, 0, 255)

    def _backdrop(self, dice: Dice) -> Texture:
        whole = (slice(None), slice(None))
        picture = self._relit(dice, whole)
        for _ in range(dice.count(0, 3)):
            region = fractal(dice, (HEIGHT, WIDTH), dice.between(2, 3.2))
            if dice.chance(0.3):
                ramp = np.linspace(-2, 2, HEIGHT, dtype=np.float32)[:, None]
                region = region * dice.between(0, 0.3) + ramp
            picture = np.where(region > dice.between(-0.5, 1.2), self._relit(dice, whole), picture)
        blur = dice.between(0.6, 3)
        return cv2.GaussianBlur(picture, (0, 0), blur) if dice.chance(0.25) else picture


def _turned(dice: Dice, texture: Texture) -> Texture:
    if dice.chance(0.5):
        texture = texture[:, ::-1]
    if dice.chance(0.3):
        texture = texture[::-1]
    return 255 - texture if dice.chance(0.15) else texture


def _paint(dice: Dice, kind: int) -> Texture:
    painters: tuple[Callable[[Dice], Texture], ...] = (
        _rough, _rough, _leaves, _stripes, _cells, _smooth, _islands, _collage,
    )  # fmt: skip
    return np.clip(painters[kind](dice), 0, 255).astype(np.float32)


def _rough(dice: Dice) -> Texture:
    noise = fractal(dice, (HEIGHT, WIDTH), dice.between(0.8, 2.0))
    return noise * dice.between(12, 55) + dice.between(40, 210)


def _smooth(dice: Dice) -> Texture:
    noise = fractal(dice, (HEIGHT, WIDTH), 3.0)
    fine = fractal(dice, (HEIGHT, WIDTH), 1.2)
    return noise * dice.between(4, 25) + dice.between(30, 230) + fine * dice.between(0, 4)


def _leaves(dice: Dice) -> Texture:
    middle, spread = dice.between(40, 210), dice.between(12, 60)
    picture = np.full((HEIGHT, WIDTH), middle, np.float32)
    for _ in range(int(dice.scale(60, 500))):
        radius = min(dice.scale(2, 60), 90.0)
        centre = (int(dice.between(0, WIDTH)), int(dice.between(0, HEIGHT)))
        grey = float(np.clip(middle + dice.normal(spread), 0, 255))
        if dice.chance(0.5):
            axes = (int(radius), max(1, int(radius * dice.between(0.2, 1))))
            cv2.ellipse(picture, centre, axes, dice.between(0, 180), 0, 360, grey, -1)
        else:
            box = (centre, (radius * 2, radius * dice.between(0.2, 2)), dice.between(0, 90))
            cv2.fillConvexPoly(picture, cv2.boxPoints(box).astype(np.int32), grey)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
    return picture + fractal(dice, (HEIGHT, WIDTH), 1.0) * dice.between(0, 12)


def _stripes(dice: Dice) -> Texture:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    angle = dice.between(0, np.pi)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    bend = fractal(dice, (HEIGHT, WIDTH), 2.5) * dice.between(0, 1.5)
    wave = np.sin(2 * np.pi * dice.scale(0.01, 0.15) * along + bend)
    if dice.chance(0.5):
        across = rows * np.cos(angle) - columns * np.sin(angle)
        wave = wave * np.sin(2 * np.pi * dice.scale(0.01, 0.15) * across)
    share = 1 / (1 + np.exp(-wave * dice.scale(1, 10)))
    dark, light = dice.between(10, 200), dice.between(30, 245)
    fine = fractal(dice, (HEIGHT, WIDTH), dice.between(0.8, 1.8))
    return dark + (light - dark) * share + fine * dice.between(2, 20)


def _cells(dice: Dice) -> Texture:
    count = int(dice.scale(12, 200))
    seeds = np.ones((HEIGHT, WIDTH), np.uint8)
    seeds[dice.rng.integers(0, HEIGHT, count), dice.rng.integers(0, WIDTH, count)] = 0
    distance, label = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5)
    greys = dice.between(30, 225) + dice.rng.normal(0, dice.between(8, 60), label.max() + 1)
    fine = fractal(dice, (HEIGHT, WIDTH), 1.2) * dice.between(0, 15)
    return greys[label].astype(np.float32) - distance * dice.between(-1, 1.5) + fine


def _islands(dice: Dice) -> Texture:
    picture = np.full((HEIGHT, WIDTH), dice.between(20, 235), np.float32)
    for _ in range(4):
        region = fractal(dice, (HEIGHT, WIDTH), dice.between(1.2, 2.6))
        grey = dice.between(10, 245)
        inside = grey + fractal(dice, (HEIGHT, WIDTH), 1.0) * dice.between(0, 14)
        picture = np.where(region > dice.between(-0.3, 1.4), inside, picture)
    return picture


def _collage(dice: Dice) -> Texture:
    region = fractal(dice, (HEIGHT, WIDTH), dice.between(1.2, 2.8)) > dice.between(-0.5, 0.8)
    return np.where(region, _paint(dice, dice.count(0, 6)), _paint(dice, dice.count(0, 6)))
