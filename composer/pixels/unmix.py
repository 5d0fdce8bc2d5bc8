"""What shows in a soft edge, parted into the subject's colour and that of what lies behind it.

Worked out in the plate's own planes: mixing is linear in luma and chroma as it is in red, green and blue, so nothing is
converted, and chroma is parted at its own size.

Source: Germer et al., "Fast Multi-Level Foreground Estimation", ICPR 2020, as pymatting (the extra ``fine``) has it.
"""

from __future__ import annotations

import threading

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import cell_mean, color_format, cropped
from composer.values import Box, EdgeColors, Frame, Plane, Size

Share = NDArray[np.float32]

_LONG = 640
#: Pixels of a picture that long around what is soft, from which colours are carried into it.
MARGIN = 16
#: Rounds on the larger levels; pymatting's own 2 leave two to three times the error with a true matte, and 6 take twice
#: as long (measured on generated composites, 2026-11-25).
ROUNDS = 6
#: One of numba's ways to run loops side by side may not be entered from two threads.
_LOCK = threading.Lock()


def edge_colors(frame: Frame, alpha: Plane) -> EdgeColors | None:
    """Part the colours in the soft edge of a matte.

    Args:
        frame: the plate.
        alpha: (H, W) uint8 or uint16, of its size.

    Returns:
        The colours on either side, or None where nothing is soft.
    """
    domain = _domain(alpha, frame.format.cell)
    if domain is None:
        return None
    pixels = color_format(frame.format)
    mixed = cropped(frame.planes, pixels, domain)[: pixels.plane_count]
    share = alpha[domain.slices].astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)
    groups = [(0,), (1, 2)] if pixels.model == "yuv" else [tuple(range(pixels.plane_count))]
    sides: tuple[list[Plane], list[Plane]] = ([], [])
    for group in groups:
        own = cell_mean(share, pixels.cell) if pixels.is_chroma(group[0]) else share
        for side, planes in zip(sides, _parted([mixed[index] for index in group], own, pixels.maximum), strict=True):
            side.extend(planes)
    return EdgeColors(tuple(sides[0]), tuple(sides[1]), mixed, domain)


def _domain(alpha: Plane, cell: tuple[int, int]) -> Box | None:
    full = np.iinfo(alpha.dtype).max
    left, top, width, height = cv2.boundingRect(((alpha > 0) & (alpha < full)).view(np.uint8))
    if width == 0:
        return None
    margin = int(np.ceil(MARGIN * max(alpha.shape) / _LONG))
    around = Box(left - margin, top - margin, left + width + margin, top + height + margin)
    return around.snapped(Size(alpha.shape[1], alpha.shape[0]), step=cell)


def _parted(planes: list[Plane], share: Share, maximum: int) -> tuple[list[Plane], list[Plane]]:
    """Subject and what is behind, for planes of one size."""
    if max(share.shape) < 2:  # a picture of one sample has no neighbours to ask
        return planes, planes
    from pymatting import estimate_foreground_ml  # noqa: PLC0415  # an extra, and seconds to import

    picture = np.stack(planes, axis=-1).astype(np.float32) / np.float32(maximum)
    with _LOCK:
        subject, behind = estimate_foreground_ml(picture, share, n_big_iterations=ROUNDS, return_background=True)
    return _samples(subject, planes, share == 1, maximum), _samples(behind, planes, share == 0, maximum)


def _samples(found: Share, planes: list[Plane], sure: NDArray[np.bool_], maximum: int) -> list[Plane]:
    """What was found as samples of the plate; where its own samples are pure they stay."""
    scaled = np.rint(found * np.float32(maximum))
    return [np.where(sure, plane, scaled[..., index].astype(plane.dtype)) for index, plane in enumerate(planes)]
