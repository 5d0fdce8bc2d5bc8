"""Dense optical flow between two grey pictures, and what follows from it directly.

A flow field is a float32 array (H, W, 2): for the pixel at column x, row y of the first picture,
``flow[y, x]`` is the (dx, dy) in pixels that leads to the same point in the second picture.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
FlowField = NDArray[np.float32]

Pixel = TypeVar("Pixel", bound=np.generic)

#: Smallest side DIS accepts with patches of 8 pixels and still builds two pyramid levels from.
SMALLEST_SIDE = 16


class FlowEstimator(Protocol):
    """Anything that turns two grey pictures into a flow field."""

    def estimate(self, first: Grey, second: Grey) -> FlowField:
        """Estimate the flow from ``first`` to ``second``.

        Args:
            first: (H, W) uint8, full range grey.
            second: (H, W) uint8, the same size.

        Returns:
            (H, W, 2) float32, xy in pixels of the pictures given.
        """
        ...


class DisFlow:
    """Dense inverse search flow on the CPU.

    Source: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016; OpenCV's
    preset "medium" (3 ms at 256x144 and 13 ms at 480x272 on one core, measured 2026-11-22).
    """

    def __init__(self) -> None:
        """Set up the estimator; it keeps scratch memory, so use one instance per thread."""
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def estimate(self, first: Grey, second: Grey) -> FlowField:
        """Estimate the flow from ``first`` to ``second``.

        Args:
            first: (H, W) uint8.
            second: (H, W) uint8, the same size.

        Returns:
            (H, W, 2) float32, xy in pixels; zero for pictures too small to search in.
        """
        height, width = first.shape
        if min(height, width) < SMALLEST_SIDE:
            return np.zeros((height, width, 2), np.float32)
        first, second = np.ascontiguousarray(first), np.ascontiguousarray(second)
        # DIS is given no starting field: one left over from another pair would make the result
        # depend on what was asked before.
        flow = self._dis.calc(first, second, cast("NDArray[np.float32]", None))
        return cast("FlowField", flow)


@lru_cache(maxsize=8)
def pixel_grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The column and the row number of every pixel, as read-only float32 (H, W) arrays."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    rows.setflags(write=False)
    columns.setflags(write=False)
    return columns, rows


@lru_cache(maxsize=8)
def _pixel_places(height: int, width: int) -> FlowField:
    """The place (x, y) of every pixel as read-only float32 (H, W, 2)."""
    places = np.dstack(pixel_grid(height, width))
    places.setflags(write=False)
    return places


def warp_by_flow(picture: NDArray[Pixel], flow: FlowField, *, nearest: bool = False) -> NDArray[Pixel]:
    """Fetch ``picture`` along ``flow``: the second picture as seen from the first.

    Args:
        picture: (H, W) or (H, W, C), uint8, uint16 or float32: the picture the flow leads to.
        flow: (H, W, 2) float32, pixels.
        nearest: take the nearest pixel, as ids want it, instead of mixing four.

    Returns:
        The same shape and type as ``picture``; beyond the border the nearest pixel repeats.
    """
    landing = _pixel_places(*flow.shape[:2]) + flow
    no_second = cast("NDArray[np.float32]", None)
    method = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    fetched = cv2.remap(picture, landing, no_second, method, borderMode=cv2.BORDER_REPLICATE)
    return cast("NDArray[Pixel]", fetched)


def round_trip_error(forward: FlowField, backward: FlowField) -> NDArray[np.float32]:
    """How far from its start a pixel lands that goes forward and then back.

    Args:
        forward: (H, W, 2) float32, first picture to second.
        backward: (H, W, 2) float32, second picture to first.

    Returns:
        (H, W) float32, pixels, 0 where the two flows agree exactly.
    """
    # cv2 adds, splits and measures in a quarter of the time of np.hypot on strided halves.
    across, down = cv2.split(cv2.add(forward, warp_by_flow(backward, forward)))
    return cast("NDArray[np.float32]", cv2.magnitude(across, down))


def consistent(
    forward: FlowField, backward: FlowField, *, relative: float = 0.05, floor: float = 1.0
) -> NDArray[np.bool_]:
    """Where a flow can be believed: it comes back, and it does not lead out of the picture.

    Args:
        forward: (H, W, 2) float32, first picture to second.
        backward: (H, W, 2) float32, second picture to first.
        relative: error allowed per pixel of motion.
        floor: error always allowed, in pixels.

    Returns:
        (H, W) bool. Points that get covered, points that leave and plain errors are False.
    """
    height, width = forward.shape[:2]
    columns, rows = pixel_grid(height, width)
    x, y = columns + forward[..., 0], rows + forward[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    length = np.hypot(forward[..., 0], forward[..., 1])
    agreed: NDArray[np.bool_] = round_trip_error(forward, backward) <= floor + relative * length
    return agreed & inside


def resize_flow(flow: FlowField, *, height: int, width: int) -> FlowField:
    """Bring a flow field to another size, its vectors scaled along.

    Args:
        flow: (H, W, 2) float32, pixels of its own size.
        height: rows wanted.
        width: columns wanted.

    Returns:
        (height, width, 2) float32, pixels of the new size.
    """
    old_height, old_width = flow.shape[:2]
    if (old_height, old_width) == (height, width):
        return flow
    shrinks = width * height < old_width * old_height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(flow, (width, height), interpolation=method)
    return cast("FlowField", cv2.multiply(resized, (width / old_width, height / old_height, 0, 0)))
