"""Carry what is known about one frame to its neighbours, along the flow, in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import FlowField, Grey, warp_by_flow

#: How much a frame's own answer weighs against a fully trusted, carried one, where it is above
#: memory and where it is below. Things are taken in faster than they are let go: what rests for a
#: moment shows no motion, and that is no sign that it is gone. Source: of eight pairs tried on ten
#: DAVIS and three still-camera sequences, measured 2026-11-23: +1.4 and +6 points of J over no
#: recursion; equal weights of 0.07 gave +1.1 and +4.
RISE, FALL = 0.1, 0.03
#: Grey levels by which a carried pixel may differ before its trust falls to a third.
GREY_TOLERANCE = 12.0


def smooth_in_time(
    probability: Sequence[NDArray[np.floating]],
    forward: Sequence[NDArray[np.floating]],
    backward: Sequence[NDArray[np.floating]],
    grey: Sequence[NDArray[np.uint8]],
    *,
    rise: float = RISE,
    fall: float = FALL,
    grey_tolerance: float = GREY_TOLERANCE,
) -> NDArray[np.float32]:
    """Average each frame's probability with what flows in from before and from after.

    A recursion runs over the shot once in each direction: ``m(t) = (1 - w) p(t) + w m(t - 1)``,
    memory ``m`` carried along the flow, with ``w = (1 - own) exp(-(grey difference / tolerance)^2)``
    and ``own`` either rise or fall, so that memory ends where the flow is wrong or something is
    uncovered. The two passes are averaged, the frame's own share counted once.

    Args:
        probability: (h, w) float, 0..1, per frame of one shot; a list, or (T, h, w).
        forward: (h, w, 2) float per frame, pixels: flow to the next frame.
        backward: (h, w, 2) float per frame, pixels: flow to the previous frame.
        grey: (h, w) uint8 per frame, of the same size.
        rise: weight of the frame itself against trusted memory where it is above it, 0..1.
        fall: the same where it is below.
        grey_tolerance: grey levels.

    Returns:
        (T, h, w) float32, 0..1.
    """

    def step(t: int, neighbour: int, flow: NDArray[np.floating], memory: NDArray[np.float32] | None) -> Any:
        now = probability[t].astype(np.float32)
        if memory is None:
            return now
        flow = flow.astype(np.float32)
        trust = carried_trust(flow, grey[t], grey[neighbour], grey_tolerance=grey_tolerance)
        before = warp_by_flow(memory, flow)
        own = np.where(now < before, np.float32(fall), np.float32(rise))
        return now + trust * (1 - own) * (before - now)

    count = len(probability)
    smooth = np.empty((count, *probability[0].shape), np.float32)
    memory = None
    for t in range(count):
        memory = step(t, t - 1, backward[t], memory)
        smooth[t] = memory
    memory = None
    for t in reversed(range(count)):
        memory = step(t, t + 1, forward[t], memory)
        smooth[t] = (smooth[t] + memory - rise * probability[t].astype(np.float32)) / (2 - rise)
    return np.clip(smooth, 0, 1, out=smooth)


def carried_trust(
    flow: FlowField, here: Grey, there: Grey, *, grey_tolerance: float = GREY_TOLERANCE
) -> NDArray[np.float32]:
    """How far to believe what the flow fetches from a neighbouring frame.

    Args:
        flow: (h, w, 2) float32, pixels, from ``here`` to ``there``.
        here: (h, w) uint8.
        there: (h, w) uint8.
        grey_tolerance: grey levels at which trust falls to a third.

    Returns:
        (h, w) float32, 0..1.
    """
    difference = cv2.absdiff(warp_by_flow(there, flow), here)
    smooth = cv2.GaussianBlur(difference, (0, 0), 1.5).astype(np.float32)
    return np.exp(-((smooth / np.float32(grey_tolerance)) ** 2))
