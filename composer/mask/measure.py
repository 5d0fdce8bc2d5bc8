"""How good a matte is against ground truth: region overlap J and boundary F, as DAVIS defines them.

Source: Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation",
CVPR 2016; boundary tolerance 0.008 of the picture's diagonal; first and last frame left out by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

#: Boundary pixels match within this share of the diagonal.
BOUND = 0.008


@dataclass(frozen=True)
class Scores:
    """A measure over the frames of a sequence.

    Args:
        mean: average.
        recall: share of frames above one half.
        decay: mean of the first quarter less that of the last; below 0 it got better.
    """

    mean: float
    recall: float
    decay: float


def region_overlap(found: Mask, truth: Mask, *, ignore: Mask | None = None) -> float:
    """Intersection over union, J.

    Args:
        found: (H, W) bool.
        truth: (H, W) bool.
        ignore: (H, W) bool, pixels that do not count, or None.

    Returns:
        0..1; 1 where both are empty.

    Example:
        >>> region_overlap(np.array([[True, True, False]]), np.array([[False, True, True]]))
        0.3333333333333333
    """
    counts = np.ones_like(truth) if ignore is None else ~ignore
    either = np.count_nonzero((found | truth) & counts)
    return float(np.count_nonzero(found & truth & counts) / either) if either else 1.0


def boundary_accuracy(found: Mask, truth: Mask, *, bound: float = BOUND) -> float:
    """Harmonic mean of precision and recall of the outline, F.

    Args:
        found: (H, W) bool.
        truth: (H, W) bool.
        bound: tolerance as a share of the diagonal.

    Returns:
        0..1; 1 where neither has an outline.
    """
    radius = int(np.ceil(bound * np.hypot(*truth.shape)))
    lines = [outline(found), outline(truth)]
    amounts = [int(np.count_nonzero(line)) for line in lines]
    if min(amounts) == 0:
        return float(max(amounts) == 0)
    disk = _disk(radius)
    near = [cv2.dilate(line.view(np.uint8), disk).view(np.bool_) for line in lines]
    precision = np.count_nonzero(lines[0] & near[1]) / amounts[0]
    recall = np.count_nonzero(lines[1] & near[0]) / amounts[1]
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def outline(mask: Mask) -> Mask:
    """Pixels that differ from their neighbour to the right, below, or both; nothing lies beyond the border.

    Args:
        mask: (H, W) bool.
    """
    right, below, both = (np.zeros_like(mask) for _ in range(3))
    right[:, :-1], below[:-1], both[:-1, :-1] = mask[:, 1:], mask[1:], mask[1:, 1:]
    line = (mask ^ right) | (mask ^ below) | (mask ^ both)
    line[-1] = mask[-1] ^ right[-1]
    line[:, -1] = mask[:, -1] ^ below[:, -1]
    line[-1, -1] = False
    return line


def scores_of(values: Sequence[float]) -> Scores:
    """Sum up a sequence.

    Args:
        values: one measure per frame.
    """
    numbers = np.asarray(values, np.float64)
    edges = np.round(np.linspace(1, len(numbers), 5) + 1e-10).astype(int) - 1
    quarters = [numbers[edges[i] : edges[i + 1] + 1] for i in range(4)]
    return Scores(
        mean=float(numbers.mean()),
        recall=float((numbers > 0.5).mean()),
        decay=float(quarters[0].mean() - quarters[3].mean()),
    )


def _disk(radius: int) -> NDArray[np.uint8]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)
