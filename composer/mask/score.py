"""One number out of two: how surely a thing moves by itself, and how well it is outlined."""

from __future__ import annotations


def combined_score(moving_score: float, quality: float) -> float:
    """What things are ranked by where both matter; the two numbers themselves are kept and reported apart.

    Args:
        moving_score: 0..1, how surely it moves by itself.
        quality: 0..1, the segmenter's own predicted overlap.

    Returns:
        0..1, their mean.

    Source: FlowP-SAM (arXiv 2404.12389) ranks by their sum.

    Example:
        >>> combined_score(0.9, 0.7)
        0.8
    """
    return (moving_score + quality) / 2
