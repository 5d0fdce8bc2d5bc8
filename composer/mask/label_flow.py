"""Labels carried along the flow, and two opinions about a pixel made one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import FlowField, pixel_grid

Labels = NDArray[np.int32]
Map = NDArray[np.float32]


def carried_labels(labels: Labels, flow: FlowField) -> Labels:
    """Labels of another frame brought here; 0 where the flow leads out of the picture.

    Args:
        labels: (h, w) int32 of the other frame, below 2^24.
        flow: (h, w, 2) float32 pixels, from this frame to that one.

    Returns:
        (h, w) int32.
    """
    columns, rows = pixel_grid(*labels.shape)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    brought = cv2.remap(
        labels.astype(np.float32), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    return brought.astype(np.int32)


def voted(one: Labels, one_weight: Map, other: Labels, other_weight: Map) -> tuple[Labels, Map]:
    """What two label maps of one frame say together.

    Args:
        one: (h, w) int32.
        one_weight: (h, w) float32, 0 and up.
        other: (h, w) int32.
        other_weight: (h, w) float32, 0 and up.

    Returns:
        (h, w) int32, at every pixel the label with more weight, and (h, w) float32: its share of the weight, 0.5..1.
    """
    both = one_weight + other_weight
    share = np.where(both > 0, one_weight / np.maximum(both, 1e-9), np.float32(0.5)).astype(np.float32)
    labels = np.where(share >= 0.5, one, other).astype(np.int32)
    return labels, np.where(one == other, np.float32(1), np.maximum(share, 1 - share)).astype(np.float32)
