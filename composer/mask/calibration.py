"""How far a predicted probability can be believed: ranking (AUC) and reliability (predicted against true share)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: Bins of equal width that a reliability curve has.
BINS = 10


@dataclass
class Reliability:
    """Predictions sorted into bins of equal width, and how many of each bin came true; grows with ``add``.

    Attributes:
        count: (BINS,) float64, predictions in every bin.
        predicted: (BINS,) float64, their sum.
        true: (BINS,) float64, how many of them came true.
    """

    count: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))
    predicted: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))
    true: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))

    def add(self, predictions: NDArray[np.floating], outcomes: NDArray[np.bool_]) -> None:
        """Take in predictions.

        Args:
            predictions: (N,) 0..1.
            outcomes: (N,) bool, whether each came true.
        """
        bins = np.minimum((predictions * BINS).astype(np.int64), BINS - 1)
        self.count += np.bincount(bins, minlength=BINS)
        self.predicted += np.bincount(bins, weights=predictions, minlength=BINS)
        self.true += np.bincount(bins, weights=outcomes, minlength=BINS)

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(self.count + other.count, self.predicted + other.predicted, self.true + other.true)

    @property
    def curve(self) -> list[tuple[float, float, int]]:
        """(mean prediction, share that came true, count) of every bin that is not empty."""
        return [
            (float(predicted / count), float(true / count), int(count))
            for count, predicted, true in zip(self.count, self.predicted, self.true, strict=True)
            if count
        ]

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of prediction and outcome over the bins; NaN without predictions."""
        total = float(self.count.sum())
        return float(np.abs(self.predicted - self.true).sum() / total) if total else float("nan")


def reliability_of(predictions: Sequence[float], outcomes: Sequence[bool]) -> Reliability:
    """The reliability of a handful of predictions.

    Args:
        predictions: 0..1 each.
        outcomes: whether each came true.

    Example:
        >>> reliability_of([0.1, 0.1, 0.9], [False, True, True]).curve
        [(0.1, 0.5, 2), (0.9, 1.0, 1)]
    """
    found = Reliability()
    found.add(np.asarray(predictions, np.float64), np.asarray(outcomes, np.bool_))
    return found


def ranking(predictions: Sequence[float], outcomes: Sequence[bool]) -> float:
    """AUC, the area under the ROC curve: the chance that a true one is rated above a false one, ties half.

    Args:
        predictions: any scale.
        outcomes: whether each came true.

    Returns:
        0..1, 0.5 for guessing; NaN where all or none came true.

    Example:
        >>> ranking([0.9, 0.8, 0.3, 0.1], [True, False, True, False])
        0.75
    """
    values, truths = np.asarray(predictions, np.float64), np.asarray(outcomes, np.bool_)
    positive = int(np.count_nonzero(truths))
    negative = len(truths) - positive
    if not positive or not negative:
        return float("nan")
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # from 1; equal values share the mean of their ranks
    return float((ranks[truths].sum() - positive * (positive + 1) / 2) / (positive * negative))
