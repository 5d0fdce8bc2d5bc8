"""Last word on what moves in a window of frames: brought to the picture's edges, then agreed between neighbours.

What the clip's own look adds is decided pixel by pixel on every frame alone, and so it is ragged and flickers. First
each frame's probability follows the edges of its picture, then neighbours vote: every pixel meets the probability that
flows to it from before and from after, wherever the flow can be believed.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.propagate import smooth_in_time
from composer.mask.refine import Map, guide_of, refined
from composer.values import Box, Size

Picture = NDArray[np.uint8]

#: Window radius in working pixels, and variance of colour below which a window is flat, for following edges.
RADIUS, FLAT = 4, 1e-4
#: How much a frame's own word weighs against its neighbours'. Source: of seven pairs tried, equal ones of 0.2 take a
#: fifth to a third of the flicker and cost nothing; with the edges +0.7 points of J on thirteen generated films, +1.6
#: on ten DAVIS and +0.1 on four still-camera sequences (measured at working size 2026-11-25).
OWN = 0.2
#: Probability that is worth an edge.
_FAINT = 0.02


def settled(
    pictures: Sequence[Picture],
    probability: Sequence[Map],
    forward: Sequence[NDArray[np.float32]],
    backward: Sequence[NDArray[np.float32]],
    grey: Sequence[Picture],
) -> list[Map]:
    """Let the picture's edges and the neighbouring frames have their word.

    Args:
        pictures: (h, w, 3) uint8 BGR, one per frame of one scene.
        probability: (h, w) float32 0..1, of what moves.
        forward: (h, w, 2) float32 pixels, to the next frame.
        backward: (h, w, 2) float32 pixels, to the previous frame.
        grey: (h, w) uint8.

    Returns:
        (h, w) float32 0..1 per frame.
    """
    edged = [at_edges(picture, chance) for picture, chance in zip(pictures, probability, strict=True)]
    return list(smooth_in_time(edged, forward, backward, grey, rise=OWN, fall=OWN))


def at_edges(picture: Picture, probability: Map) -> Map:
    """Make a probability follow the edges of its picture.

    Args:
        picture: (h, w, 3) uint8.
        probability: (h, w) float32 0..1.

    Returns:
        (h, w) float32 0..1; as given where it is faint everywhere near.
    """
    height, width = probability.shape
    left, top, columns, rows = cv2.boundingRect((probability > _FAINT).view(np.uint8))
    if not columns:
        return probability
    reach = 2 * RADIUS + 1
    near = Box(left - reach, top - reach, left + columns + reach, top + rows + reach).snapped(Size(width, height))
    followed = probability.copy()
    guide = guide_of(picture, side=max(height, width))
    followed[near.slices] = refined(guide, probability, near, radius=RADIUS, flat=FLAT)
    return followed
