"""Reading generated examples back, and varying them in ways that stay true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_features import (
    CAMERA,
    EPIPOLAR,
    PHOTOMETRIC,
    PLANE_COUNT,
    RESIDUAL,
    ROUND_TRIP,
    UNEXPLAINED,
    normalise,
)
from composer.mask.motion_net import mirror
from training.scenes.dice import Dice

Planes = NDArray[np.float32]
Pair = tuple[Planes, Planes]

#: Shards that are never trained on: one landscape, one portrait.
HELD_OUT = (0, 5)
#: Planes whose values are lengths, and so grow when the picture is enlarged.
LENGTHS = (RESIDUAL, CAMERA, ROUND_TRIP, EPIPOLAR)
#: Where each plane comes from when time runs backwards (velocities are negated on top).
BACKWARDS = [6, 7, 4, 5, 2, 3, 0, 1, 8, 9, 13, 12, 11, 10, 15, 14, 17, 16, 18, 19]


@dataclass(frozen=True)
class Shard:
    """A file of examples, left on disk until asked for."""

    planes: NDArray[np.float16]
    moving: NDArray[np.uint8]

    def example(self, index: int) -> Pair:
        """Planes (20, h, w) float32 and coverage (2h, 2w) float32, 0..1."""
        return (
            self.planes[index].astype(np.float32),
            self.moving[index].astype(np.float32) / 255,
        )


def open_shards(folder: Path) -> dict[int, Shard]:
    """All finished shards in a folder, by number."""
    found = {}
    for path in sorted(folder.glob("[0-9]*-moving.npy")):
        planes = path.with_name(path.name.replace("moving", "planes"))
        found[int(path.name[:5])] = Shard(np.load(planes, mmap_mode="r"), np.load(path))
    return found


def batches(shards: list[Shard], dice: Dice, *, size: int) -> Iterator[Pair]:
    """Endless batches of varied examples, each from shards of one shape.

    Yields:
        Network input (size, 35, h, w) float32 and coverage (size, 2h, 2w) float32.
    """
    while True:
        shape = shards[dice.count(0, len(shards) - 1)].moving.shape[1:]
        alike = [shard for shard in shards if shard.moving.shape[1:] == shape]
        pairs = []
        for _ in range(size):
            shard = alike[dice.count(0, len(alike) - 1)]
            planes, moving = shard.example(dice.count(0, len(shard.moving) - 1))
            planes, moving = vary(planes, moving, dice)
            pairs.append((normalise(planes), moving))
        yield np.stack([p for p, _ in pairs]), np.stack([m for _, m in pairs])


def vary(planes: Planes, moving: Planes, dice: Dice) -> Pair:
    """Run time backwards, mirror, enlarge, disturb: another true example from the same scene."""
    if dice.chance(0.5):
        planes = backwards(planes)
    if dice.chance(0.16):
        planes = _one_sided(planes, dice)
    if dice.chance(0.5):
        planes, moving = mirror(planes), moving[:, ::-1]
    if dice.chance(0.12):
        planes, moving = upside_down(planes), moving[::-1]
    if dice.chance(0.45):
        planes, moving = _enlarged(planes, moving, dice)
    if dice.chance(0.2):
        planes = planes.copy()
        planes[RESIDUAL] += _disturbance(planes, dice)
    if dice.chance(0.08):
        planes = planes.copy()
        planes[PHOTOMETRIC.start : UNEXPLAINED.stop] *= dice.between(0, 0.3)
    return planes, moving


def backwards(planes: Planes) -> Planes:
    """The planes of the same scene with time reversed."""
    turned = planes[BACKWARDS].copy()
    turned[RESIDUAL] *= -1
    turned[CAMERA] *= -1
    return turned


def upside_down(planes: Planes) -> Planes:
    """The planes of the same scene upside down: flipped, vertical velocities negated."""
    flipped = planes[:, ::-1].copy()
    flipped[1:10:2] *= -1
    return flipped


def _one_sided(planes: Planes, dice: Dice) -> Planes:
    """As at the first or last frame of a shot, where the missing side is stood in for."""
    planes = planes.copy()
    first = dice.chance(0.5)
    there, here = (slice(0, 4), slice(4, 8)) if first else (slice(4, 8), slice(0, 4))
    planes[there] = planes[here].reshape(2, 2, *planes.shape[1:])[::-1].reshape(planes[here].shape)
    order = [13, 12, 12, 13] if first else [10, 11, 11, 10]
    planes[PHOTOMETRIC] = planes[order]
    side = 1 if first else 0
    planes[UNEXPLAINED] = planes[UNEXPLAINED.start + side]
    planes[ROUND_TRIP] = planes[ROUND_TRIP.start + side]
    return planes


def _enlarged(planes: Planes, moving: Planes, dice: Dice) -> Pair:
    share = dice.between(0.6, 1.0)
    height, width = planes.shape[1:]
    tall, wide = int(height * share), int(width * share)
    top, left = dice.count(0, height - tall), dice.count(0, width - wide)
    cut = planes[:, top : top + tall, left : left + wide]
    large = np.stack([_resized(cut[i], height, width) for i in range(PLANE_COUNT)])
    for lengths in LENGTHS:
        large[lengths] /= share
    seen = moving[2 * top : 2 * (top + tall), 2 * left : 2 * (left + wide)]
    return large, _resized(seen, 2 * height, 2 * width)


def _resized(plane: Planes, height: int, width: int) -> Planes:
    whole = np.ascontiguousarray(plane)
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_LINEAR)


def _disturbance(planes: Planes, dice: Dice) -> Planes:
    """Smooth errors on the velocities, of the size flow and camera fits make."""
    amount = dice.scale(0.02, 0.4)
    shape = (planes.shape[1], planes.shape[2])
    # Twice: lengths are working pixels, the grid has half as many.
    fields = [np.moveaxis(dice.field(shape, 9, 2 * amount), 2, 0) for _ in range(4)]
    return np.concatenate(fields)
