"""Motion made steady in time: windows of a shot, smoothed along the flow and helped by the clip's own look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_net import MotionFrame
from composer.mask.plate import learn_plate, with_plate
from composer.mask.propagate import FALL, RISE, smooth_in_time
from composer.mask.self_training import self_trained
from composer.mask.settle import settled

#: Frames worked out together, and frames around them that only help. The memory of the recursion is about
#: fourteen frames long, so what lies beyond the margin no longer matters.
WINDOW, MARGIN = 160, 32
#: Share of neighbouring frames without camera motion from which a window counts as shot from a tripod: noisy still
#: footage reaches 0.45, a moving camera 0.01 (measured 2026-11-23); and frames it takes to learn the empty scene.
STILL, SHORTEST_FOR_PLATE = 0.3, 24
#: How much a frame's own answer weighs where nothing is learned: RISE and FALL were set for the network's probability
#: and let a plain threshold spread. Of four tried on the ten DAVIS sequences, so in its favour (measured 2026-11-24).
PLAIN = 0.2


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame at working size.

    Args:
        motion: what the network and the flow say.
        bgr: (h, w, 3) uint8.
    """

    motion: MotionFrame
    bgr: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Steady:
    """One frame's motion, made steady.

    Args:
        probability: (h, w) float32 0..1.
        forward: (h, w, 2) float32 pixels, to the next frame.
        backward: (h, w, 2) float32 pixels, to the frame before.
        grey: (h, w) uint8.
        cut: whether a new scene begins here.
    """

    probability: NDArray[np.float32]
    forward: NDArray[np.float32]
    backward: NDArray[np.float32]
    grey: NDArray[np.uint8]
    cut: bool = False


def steadied(
    frames: Iterable[Seen], *, window: int = WINDOW, margin: int = MARGIN, learns: bool = True
) -> Iterator[Steady]:
    """Smooth a shot in windows, none across a cut; memory is that of one window, however long the shot.

    Args:
        frames: the shot in order.
        window: frames worked out together.
        margin: frames on either side that only help.
        learns: whether the clip's own look and its empty scene have a say beside the motion.

    Yields:
        One Steady per frame, in order.
    """
    held: list[Seen] = []
    done = 0  # of those held, how many were given out already
    for frame in frames:
        if frame.motion.cut:
            yield from _worked_out(held, done, len(held), learns=learns)
            held, done = [], 0
        held.append(frame)
        if len(held) >= done + window + margin:
            yield from _worked_out(held, done, done + window, learns=learns)
            keep = max(0, done + window - margin)
            held, done = held[keep:], done + window - keep
    yield from _worked_out(held, done, len(held), learns=learns)


def _worked_out(held: list[Seen], start: int, end: int, *, learns: bool) -> Iterator[Steady]:
    if start >= end:
        return
    grey = [cv2.cvtColor(one.bgr, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False) for one in held]
    forward, backward = [one.motion.forward for one in held], [one.motion.backward for one in held]
    smooth = smooth_in_time(
        [one.motion.probability for one in held],
        forward,
        backward,
        grey,
        rise=RISE if learns else PLAIN,
        fall=FALL if learns else PLAIN,
    )
    pictures = [one.bgr for one in held]
    chances = list(smooth)
    if learns:
        chances = settled(pictures, self_trained(pictures, chances), forward, backward, grey)
    plate = learn_plate(pictures, chances) if learns and _is_still(held) else None
    for one, chance, shade in zip(held[start:end], chances[start:end], grey[start:end], strict=True):
        told = chance if plate is None else with_plate(chance, one.bgr, plate)
        yield Steady(told, one.motion.forward, one.motion.backward, shade, one.motion.cut)


def _is_still(held: list[Seen]) -> bool:
    """Whether the camera stood still throughout, long enough for a plate to be learned."""
    return len(held) >= SHORTEST_FOR_PLATE and float(np.mean([one.motion.still for one in held])) > STILL
