"""How good a matte is against ground truth: region overlap J and boundary F, as DAVIS defines them.

Source: Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation",
CVPR 2016; boundary tolerance 0.008 of the picture's diagonal; first and last frame left out by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

#: Boundary pixels match within this share of the diagonal.
BOUND = 0.008


@dataclass(frozen=True)
class Scores:
    """A measure over the frames of a sequence; NaN where no frame says anything.

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


def boundary_accuracy(found: Mask, truth: Mask, *, ignore: Mask | None = None, bound: float = BOUND) -> float:
    """Harmonic mean of precision and recall of the outline, F.

    Args:
        found: (H, W) bool.
        truth: (H, W) bool.
        ignore: (H, W) bool, pixels that do not count, or None; outlines within the tolerance of them do not either.
        bound: tolerance as a share of the diagonal.

    Returns:
        0..1; 1 where neither has an outline; NaN where all there is of the truth's lies near pixels that do not count.
    """
    disk = _disk(int(np.ceil(bound * np.hypot(*truth.shape))))
    lines = [outline(found), outline(truth)]
    has_truth = bool(lines[1].any())
    if ignore is not None and ignore.any():
        away = ~_grown(ignore, disk)
        lines = [line & away for line in lines]
    amounts = [int(np.count_nonzero(line)) for line in lines]
    if has_truth and not amounts[1]:
        return float("nan")
    if min(amounts) == 0:
        return float(max(amounts) == 0)
    near = [_grown(line, disk) for line in lines]
    precision = np.count_nonzero(lines[0] & near[1]) / amounts[0]
    recall = np.count_nonzero(lines[1] & near[0]) / amounts[1]
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _grown(mask: Mask, disk: NDArray[np.uint8]) -> Mask:
    return cast("Mask", cv2.dilate(mask.view(np.uint8), disk).view(np.bool_))


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
    """Sum up a sequence; NaN, which stands for a frame that says nothing, is left out.

    Args:
        values: one measure per frame.
    """
    numbers = np.asarray(values, np.float64)
    if not len(numbers):
        return Scores(float("nan"), float("nan"), float("nan"))
    edges = np.round(np.linspace(1, len(numbers), 5) + 1e-10).astype(int) - 1
    quarters = [numbers[edges[i] : edges[i + 1] + 1] for i in range(4)]
    known = numbers[~np.isnan(numbers)]
    return Scores(
        mean=_mean(known),
        recall=_mean((known > 0.5).astype(np.float64)),
        decay=_mean(quarters[0]) - _mean(quarters[3]),
    )


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _disk(radius: int) -> NDArray[np.uint8]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)
