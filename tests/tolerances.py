"""How far pictures may be from what is expected, in one place, each with its reason.

Golden recipes compare 8-bit RGB. Composer gives the same pictures on every run of one machine; between machines
the mattes differ at their soft edges, because optical flow and the motion net round differently on other
processors. So a golden picture may differ a little on average, and clearly in few places.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureTolerance:
    """When two pictures count as the same.

    Args:
        mean: largest mean absolute difference, in 8-bit steps.
        clear: a pixel that differs by more than this, in 8-bit steps, differs clearly.
        share: largest share of clearly different pixels.
    """

    mean: float
    clear: int
    share: float


# A matte edge that moves by one pixel all round the walker changes 0.6 % of a half-size frame (measured 2026-11-23).
GOLDEN_RECIPE = PictureTolerance(mean=1.0, clear=32, share=0.01)
