"""A tiny network per clip that tells moving from resting pixels by colour and texture nearby.

It is learned from pixels whose motion is sure and asked about all others. It knows no places and
no motion, so it can disagree: a jacket that rests for a moment still looks like the jacket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Weights = tuple[tuple[Array, Array], ...]

FEATURE_COUNT = 15
HIDDEN = 40
STEPS, BATCH, RATE = 200, 4096, 5e-3
#: The network's logit counts at most this much either way.
LIMIT = 3.0
#: Pixels drawn per frame and class.
DRAWN = 256
#: In the second round the labels move by this much of the first round's logit.
CARRIED = 0.6


@dataclass(frozen=True, eq=False)
class Samples:
    """Pixels of a clip whose motion is more or less sure.

    Attributes:
        features: (N, 15) float32.
        chance: (N,) float32, 0..1: the pixel moves.
        mass: (2, N) float32: how much each stands for among movers, and among the rest.
    """

    features: Array
    chance: Array
    mass: Array


@dataclass(frozen=True, eq=False)
class PixelNet:
    """The learned network.

    Attributes:
        middle: (15,) float32, subtracted from features.
        spread: (15,) float32, divides them.
        layers: matrices and offsets.
        separation: how far apart its answers for sure movers and sure others lie, in logits.
    """

    middle: Array
    spread: Array
    layers: Weights
    separation: float

    def logit(self, picture: NDArray[np.uint8]) -> Array:
        """Judge a frame.

        Args:
            picture: (h, w, 3) uint8 BGR.

        Returns:
            (h, w) float32, -3..3, above 0 for what looks like the movers.
        """
        features = pixel_features(picture)
        x = (features.reshape(-1, FEATURE_COUNT) - self.middle) / self.spread
        return np.clip(_forward(self.layers, x)[-1], -LIMIT, LIMIT).reshape(features.shape[:2])


def pixel_features(picture: NDArray[np.uint8]) -> Array:
    """Colour at four scales, edges at two, roughness: (h, w, 15) float32.

    Args:
        picture: (h, w, 3) uint8 BGR at the working size.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32) / 32 - 4
    light = lab[..., 0]
    parts = [lab, *(cv2.GaussianBlur(lab, (0, 0), sigma) for sigma in (2, 5, 10))]
    for sigma in (1, 3):
        smooth = cv2.GaussianBlur(light, (0, 0), sigma)
        edges = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
        parts.append(cv2.GaussianBlur(edges, (0, 0), sigma)[..., None] * 0.5)
    mean = cv2.GaussianBlur(light, (0, 0), 3)
    square = cv2.GaussianBlur(light * light, (0, 0), 3)
    parts.append(np.sqrt(np.maximum(square - mean * mean, 0))[..., None])
    return np.concatenate(parts, axis=-1, dtype=np.float32)


def draw_samples(
    picture: NDArray[np.uint8], probability: NDArray[np.floating], rng: np.random.Generator
) -> Samples:
    """Draw pixels of one frame, the surer the likelier, from both classes.

    Args:
        picture: (h, w, 3) uint8 BGR.
        probability: (h, w) float, 0..1.
        rng: source of draws.
    """
    chance = probability.astype(np.float32).ravel()
    sure = np.abs(2 * chance - 1)
    chosen, masses = [], []
    for side, weight in enumerate((sure * chance, sure * (1 - chance))):
        total = float(weight.sum())
        if total > 1:
            edges = np.cumsum(weight, dtype=np.float64)
            chosen.append(np.searchsorted(edges, rng.random(DRAWN) * edges[-1]).clip(max=len(chance) - 1))
            mass = np.zeros((2, DRAWN), np.float32)
            mass[side] = total / DRAWN
            masses.append(mass)
    if not chosen:
        return Samples(np.zeros((0, FEATURE_COUNT), np.float32), np.zeros(0, np.float32), np.zeros((2, 0), np.float32))
    index = np.concatenate(chosen)
    features = pixel_features(picture).reshape(-1, FEATURE_COUNT)[index]
    return Samples(features, chance[index], np.concatenate(masses, axis=1))


def learn_pixels(drawn: Sequence[Samples], *, rounds: int = 2) -> PixelNet | None:
    """Learn a clip's network from the pixels drawn of its frames.

    Args:
        drawn: one per frame.
        rounds: the second round learns from what the first one corrected.

    Returns:
        The network, the same for the same samples; None when nothing, or everything, moves.
    """
    features = np.concatenate([one.features for one in drawn])
    chance = np.concatenate([one.chance for one in drawn])
    mass = np.concatenate([one.mass for one in drawn], axis=1)
    if (mass.sum(axis=1) < 1).any():
        return None
    middle, spread = features.mean(axis=0), features.std(axis=0) + np.float32(1e-3)
    x = (features - middle) / spread
    even = (mass / mass.sum(axis=1, keepdims=True)).sum(axis=0)
    label = np.clip(chance, 0.02, 0.98)
    start = np.log(label / (1 - label))
    for number in range(rounds):
        layers = _trained(x, label, even)
        logit = np.clip(_forward(layers, x)[-1], -LIMIT, LIMIT)
        if number + 1 < rounds:
            label = _sigmoid(start + np.float32(CARRIED) * logit)
    return PixelNet(middle, spread, layers, _separation(logit, chance, mass))


def _separation(logit: Array, chance: Array, mass: Array) -> float:
    movers, others = mass[0] * (chance > 0.8), mass[1] * (chance < 0.2)
    if min(movers.sum(), others.sum()) <= 0:
        return 0.0
    return float(np.average(logit, weights=movers) - np.average(logit, weights=others))


def _trained(x: Array, label: Array, weight: Array) -> Weights:
    """Adam on cross entropy, batches drawn by weight."""
    rng = np.random.default_rng(0)
    sizes = (FEATURE_COUNT, HIDDEN, HIDDEN, 1)
    values: list[Array] = []
    for before, after in zip(sizes, sizes[1:], strict=False):
        values.append(rng.normal(0, np.sqrt(2 / before), (before, after)).astype(np.float32))
        values.append(np.zeros(after, np.float32))
    first, second = ([np.zeros_like(v) for v in values] for _ in range(2))
    edges = np.cumsum(weight, dtype=np.float64)
    for step in range(STEPS):
        rate = RATE * (1 - step / STEPS) + 1e-4
        index = np.searchsorted(edges, rng.random(BATCH) * edges[-1]).clip(max=len(x) - 1)
        for i, slope in enumerate(_slopes(_paired(values), x[index], label[index])):
            first[i] += 0.1 * (slope - first[i])
            second[i] += 0.001 * (slope * slope - second[i])
            move = first[i] / (1 - 0.9 ** (step + 1))
            size = np.sqrt(second[i] / (1 - 0.999 ** (step + 1))) + 1e-8
            values[i] -= (rate * (move / size + 1e-4 * values[i])).astype(np.float32)
    return _paired(values)


def _paired(values: list[Array]) -> Weights:
    return tuple(zip(values[::2], values[1::2], strict=True))


def _forward(layers: Weights, x: Array) -> list[Array]:
    """The input of every layer, and the answer at the end."""
    passed = [x]
    for matrix, offset in layers[:-1]:
        passed.append(np.maximum(passed[-1] @ matrix + offset, 0))
    matrix, offset = layers[-1]
    return [*passed, (passed[-1] @ matrix + offset)[:, 0]]


def _slopes(layers: Weights, x: Array, label: Array) -> list[Array]:
    """Gradients in the order of the values: matrix, offset, matrix, offset."""
    *inputs, logit = _forward(layers, x)
    back = ((_sigmoid(logit) - label) / len(x))[:, None]
    slopes: list[Array] = []
    for (matrix, _), given in zip(reversed(layers), reversed(inputs), strict=True):
        slopes = [given.T @ back, back.sum(axis=0), *slopes]
        back = (back @ matrix.T) * (given > 0)
    return slopes


def _sigmoid(x: Array) -> Array:
    return np.reciprocal(1 + np.exp(-x))
