"""Probabilities as logits, in which independent words on one pixel add up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

#: Probabilities are kept this far from 0 and 1: no single word is beyond appeal.
DOUBT = 0.02


def to_logits(probability: NDArray[np.floating]) -> Map:
    """Logits of probabilities, within about -3.9..3.9.

    Args:
        probability: any shape, float 0..1.

    Returns:
        The same shape, float32.
    """
    chance = np.clip(probability.astype(np.float32), DOUBT, 1 - DOUBT)
    return np.log(chance / (1 - chance)).astype(np.float32)


def to_probability(logits: NDArray[np.floating]) -> Map:
    """Probabilities of logits.

    Args:
        logits: any shape, float.

    Returns:
        The same shape, float32 0..1.
    """
    return np.reciprocal(1 + np.exp(-np.clip(logits.astype(np.float32), -30, 30))).astype(np.float32)
