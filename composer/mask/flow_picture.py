"""Flow drawn as a picture, for a segmenter that looks at motion instead of at the photograph.

Direction is the hue and speed the saturation: what stands still is white.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_net import MotionFrame
from composer.motion.flow import FlowField, pixel_grid, warp_by_flow
from composer.values import Frame, PixelFormat, Size

Picture = NDArray[np.uint8]

#: Hues between red, yellow, green, cyan, blue, magenta and red again. Source: Baker et al., "A Database and Evaluation
#: Methodology for Optical Flow", IJCV 2011, as their program color_flow spaces them.
_STEPS = (15, 6, 4, 11, 13, 6)
#: Share of pixels that are slower than the speed drawn in full colour; a few wild vectors must not bleach the rest.
_FASTEST = 0.99
#: Pixels per frame at which colour is full at the least: the errors of flow in a still scene stay pale.
_LEAST_SPEED = 1.0


def own_flow(motion: MotionFrame, before: FlowField | None = None) -> FlowField:
    """How everything moves that the camera does not explain.

    Args:
        motion: of a frame; the last one has no next frame to move to.
        before: the same of the frame before, which the last frame takes over where it came from there.

    Returns:
        (h, w, 2) float32 pixels, to the next frame.
    """
    if before is not None and not motion.forward.any():
        return warp_by_flow(before, motion.backward)
    columns, rows = pixel_grid(*motion.probability.shape)
    x, y = columns + 0.5, rows + 0.5
    (a, b, c), (d, e, f), (g, h, i) = motion.camera
    depth = g * x + h * y + i
    across = x + motion.forward[..., 0] - (a * x + b * y + c) / depth
    down = y + motion.forward[..., 1] - (d * x + e * y + f) / depth
    return np.dstack([across, down]).astype(np.float32)


def flow_picture(flow: FlowField) -> Picture:
    """Draw a flow field on a colour wheel, full colour at its own fastest.

    Args:
        flow: (h, w, 2) float32 pixels.

    Returns:
        (h, w, 3) uint8 RGB.

    Example:
        >>> right_and_left = np.array([[[9, 0], [-9, 0]]], np.float32)
        >>> flow_picture(right_and_left).tolist()
        [[[255, 0, 0], [0, 208, 255]]]

    Source: Baker et al., IJCV 2011: hue by direction, saturation by speed, darker beyond the fastest.
    """
    speed = np.hypot(flow[..., 0], flow[..., 1])
    share = speed / max(float(np.quantile(speed, _FASTEST)), _LEAST_SPEED)
    wheel = _wheel()
    turn = np.arctan2(-flow[..., 1], -flow[..., 0]) / np.pi  # -1 .. 1
    place = (turn + 1) / 2 * (len(wheel) - 1)
    low = np.floor(place).astype(np.intp)
    part = (place - low)[..., None]
    hue = wheel[low] * (1 - part) + wheel[(low + 1) % len(wheel)] * part
    within = np.minimum(share, 1)[..., None]
    drawn = np.where(share[..., None] <= 1, 1 - within * (1 - hue), hue * 0.75)
    return np.floor(drawn * 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _wheel() -> NDArray[np.float64]:
    """(55, 3) RGB in 0..1, every hue fully saturated."""
    corners = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1], [1, 0, 0]], np.float64)
    parts = [
        start + (end - start) * (np.arange(steps)[:, None] / steps)
        for start, end, steps in zip(corners, corners[1:], _STEPS, strict=False)
    ]
    return np.concatenate(parts)


def enlarged(picture: Picture, size: Size) -> Frame:
    """A drawn picture as a frame of the plate's size, to be looked at in the plate's stead.

    Args:
        picture: (h, w, 3) uint8 RGB.
        size: of the plate.
    """
    full = cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    return Frame(tuple(np.ascontiguousarray(plane) for plane in cv2.split(full)), PixelFormat("rgb"))
