"""Soft bands calmed in time: what a fine matte said one frame earlier counts where the picture is still the same.

The frame before is taken as it is where the picture rests, since flow is never quite 0 there and would smear the edge;
else it is carried along the flow. Either way it counts only where it looks like this frame: an edge at rest stops
shimmering, one that moves keeps up, and what turns or is uncovered stays as it was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import FlowField, Grey, resize_flow
from composer.values import Box, Plane

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
Pixel = TypeVar("Pixel", bound=np.generic)

#: Say of the frame before where the picture is the same, and the difference of colour (0..255) at which it falls to a
#: third. On four generated sequences the change of the error falls by 58 % at rest, 4 % where a thing crosses and 7 %
#: where all is panned over; 0.4 for what was carried gains less (2026-11-25).
MEMORY, ALIKE = 0.7, 4.0
#: A pixel rests when the frame before, as it is, looks like this one, up to this much worse than carried along the flow.
RESTS = 0.5
#: Side of the window in which pictures are compared, so that noise is averaged out.
WINDOW = 5


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame as it was decided.

    Args:
        index: of the frame.
        grey: (h, w) uint8, reduced for the flow.
        picture: (H, W, 3) uint8 RGB.
        alpha: (H, W) uint8 or uint16.
    """

    index: int
    grey: Grey
    picture: NDArray[np.uint8]
    alpha: Plane


def calmed(now: Seen, before: Seen, flow: FlowField, band: Mask) -> Plane:
    """Let the frame before have its say in the band of a matte.

    Args:
        now: this frame.
        before: the one before it, calmed already.
        flow: (h, w, 2) float32 pixels of the reduced size, from this frame to the one before.
        band: (H, W) bool, the pixels that may change.

    Returns:
        (H, W) coverage; outside the band the very same values.
    """
    height, width = band.shape
    left, top, across, down = cv2.boundingRect(band.view(np.uint8))
    if not across:
        return now.alpha
    part = Box(left, top, left + across, top + down).slices
    landing = _landing(resize_flow(flow, height=height, width=width), part)
    rested = _off(now.picture[part], before.picture[part])
    carried = _off(now.picture[part], _fetched(before.picture, landing))
    rests = rested <= carried + np.float32(RESTS)
    there = np.where(rests, before.alpha[part], _fetched(before.alpha, landing)).astype(np.float32)
    off = np.where(rests, rested, carried)
    say = np.float32(MEMORY) * np.exp(-((off / np.float32(ALIKE)) ** 2))
    here = now.alpha[part].astype(np.float32)
    mixed = np.rint(here + say * (there - here)).astype(now.alpha.dtype)
    result = now.alpha.copy()
    np.copyto(result[part], mixed, where=band[part])
    return result


def _landing(flow: FlowField, part: tuple[slice, slice]) -> FlowField:
    """Where the pixels of a part come from."""
    rows, columns = np.mgrid[part].astype(np.float32)
    return np.dstack([columns, rows]) + flow[part]


def _fetched(plane: NDArray[Pixel], landing: FlowField) -> NDArray[Pixel]:
    no_second = cast("NDArray[np.float32]", None)
    fetched = cv2.remap(plane, landing, no_second, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cast("NDArray[Pixel]", fetched)


def _off(here: NDArray[np.uint8], there: NDArray[np.uint8]) -> Map:
    """Mean difference of two pictures' colours."""
    return np.asarray(cv2.blur(cv2.absdiff(here, there).astype(np.float32).mean(axis=2), (WINDOW, WINDOW)), np.float32)
