"""The unknown band of a matte: where it is soft, a little around that, and as far as motion blurs its edge.

What lies outside the band is known to be subject or background; matting decides inside it (composer/mask/matting.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import FlowField
from composer.values import Box, Plane, Size

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Pixels of a picture 640 long by which what a matte leaves open is widened. Of 0, 2, 3, 5 and 8 the largest two
#: are best on generated composites (2026-11-25), 8 by a hair and at half as many unknowns again.
REACH = 5.0
#: Longest side of the picture that ``REACH`` is meant for.
REACH_SIDE = 640
#: Share of the time between two frames for which the shutter is taken to be open: film's usual half.
SHUTTER = 0.5
#: Blur is followed at most this far, as a share of the picture's longer side.
LONGEST_BLUR = 0.04


@dataclass(frozen=True, eq=False)
class Speed:
    """How fast edges move at right angles to themselves.

    Args:
        across: (h, w) float32, pixels of the full picture from one frame to the next, at any reduced size.
    """

    across: Map

    @classmethod
    def of(cls, alpha: Plane, flow: FlowField) -> Speed:
        """Measure it on the side of the subject, whose motion is what smears its edge.

        Args:
            alpha: (H, W) uint8 or uint16.
            flow: (h, w, 2) float32, pixels of its own size, from this frame to a neighbour.
        """
        height, width = flow.shape[:2]
        small = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        wide = cv2.GaussianBlur(small / np.float32(np.iinfo(alpha.dtype).max), (0, 0), 2.0)
        across, down = (cv2.Sobel(wide, cv2.CV_32F, 1 - axis, axis) for axis in (0, 1))
        length = np.maximum(np.hypot(across, down), np.float32(1e-6))
        speed = np.abs(flow[..., 0] * across + flow[..., 1] * down) / length
        # On the edge itself flow is undecided between subject and background: what is known inside reaches out.
        inside = np.where(wide > 0.5, speed, np.float32(0))
        reached = cv2.dilate(cv2.blur(inside, (3, 3)), np.ones((7, 7), np.uint8))
        return cls(np.asarray(reached * np.float32(alpha.shape[1] / width), np.float32))

    def sized(self, shape: tuple[int, int]) -> Map:
        """The same at another size, (H, W) float32."""
        return np.asarray(cv2.resize(self.across, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def band_of(alpha: Plane, speed: Speed | None = None) -> Mask:
    """Find the pixels about which a matte is not sure.

    Args:
        alpha: (H, W) uint8 or uint16.
        speed: how its edges move, where that is known.

    Returns:
        (H, W) bool: soft pixels and hard edges, widened by ``REACH`` and by half of what the shutter smears.
    """
    height, width = alpha.shape
    unsure = _unsure(alpha)
    band = np.zeros(alpha.shape, np.bool_)
    left, top, across, down = cv2.boundingRect(unsure.view(np.uint8))
    if across == 0:
        return band
    longest = LONGEST_BLUR * max(height, width) if speed is not None else 0.0
    reach = REACH * max(height, width) / REACH_SIDE
    margin = int(np.ceil(reach + longest)) + 1
    near = Box(left - margin, top - margin, left + across + margin, top + down + margin)
    part = near.snapped(Size(width, height)).slices
    away, nearest = cv2.distanceTransformWithLabels(
        (~unsure[part]).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    if speed is None:
        band[part] = away <= reach
        return band
    smeared = np.minimum(speed.sized(alpha.shape)[part] * np.float32(SHUTTER / 2), np.float32(longest))
    # Every pixel asks the open pixel nearest to it; those carry the numbers that the transform gave them.
    at_edge = np.zeros(int(nearest.max()) + 1, np.float32)
    open_ = unsure[part]
    at_edge[nearest[open_]] = smeared[open_]
    band[part] = away <= reach + at_edge[nearest]
    return band


def _unsure(alpha: Plane) -> Mask:
    """Soft pixels, and both sides of a hard edge."""
    full = np.iinfo(alpha.dtype).max
    cross = np.ones((3, 3), np.uint8)
    edge = cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, cross) > 0
    return np.asarray(edge | ((alpha > 0) & (alpha < full)), np.bool_)
