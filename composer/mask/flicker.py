"""Flicker: how much a matte changes from frame to frame that the motion of the picture does not explain.

The matte of the frame before is carried along the flow to this frame. Wherever the flow can be believed (it comes
back, and the carried picture looks like this one) the two mattes should agree; what they differ by, as a share of the
matte's area, is flicker. A part that pops up, an edge that crawls over a thing at rest and a veil that comes and goes
all count; a subject that walks, turns or enters over the border does not. Outlines drawn by hand are not free of it
either: compare with the flicker of the ground truth where there is one.

Measured at a reduced size, where an edge that moves by a pixel of the full picture shows as a change of coverage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.look import small_size
from composer.mask.propagate import carried_trust
from composer.motion.flow import DisFlow, FlowField, Grey, consistent, warp_by_flow
from composer.values import Size

Map = NDArray[np.float32]

#: A matte, seen on two frames, that covers less than this share of the picture has no flicker to speak of.
LEAST_AREA = 2e-4


@dataclass(frozen=True)
class Change:
    """What changed between two frames, in pixels of the reduced picture.

    Args:
        unexplained: coverage that differs although the flow can be believed.
        area: coverage there, of the larger of the two mattes.
    """

    unexplained: float = 0.0
    area: float = 0.0

    @property
    def share(self) -> float:
        """0 .. 1; NaN where neither matte covers anything that can be compared."""
        return self.unexplained / self.area if self.area else float("nan")


def unexplained(before: Map, now: Map, backward: FlowField, trust: Map) -> Change:
    """Compare a matte with the one before it.

    Args:
        before: (h, w) float32 0..1, of the frame before.
        now: (h, w) float32 0..1.
        backward: (h, w, 2) float32 pixels, to the frame before.
        trust: (h, w) float32 0..1, how far the flow can be believed.
    """
    carried = warp_by_flow(before, backward)
    area = float((trust * np.maximum(now, carried)).sum())
    if area < LEAST_AREA * now.size:
        return Change()
    return Change(float((trust * np.abs(now - carried)).sum()), area)


def trust_in(backward: FlowField, forward: FlowField, here: Grey, there: Grey) -> Map:
    """How far to believe what the flow fetches from a frame beside.

    Args:
        backward: (h, w, 2) float32 pixels, from ``here`` to ``there``.
        forward: (h, w, 2) float32 pixels, from ``there`` to ``here``.
        here: (h, w) uint8.
        there: (h, w) uint8, the frame before, or after.

    Returns:
        (h, w) float32 0..1.
    """
    return carried_trust(backward, here, there) * consistent(backward, forward)


@dataclass
class FlickerMeter:
    """Measures a matte as it goes by, with flow of its own.

    Args:
        size: of the pictures; flow and comparison run at the working size for it.

    Attributes:
        changes: one per frame from the second on.

    Example:
        >>> meter, picture = FlickerMeter(Size(64, 48)), np.full((48, 64), 90, np.uint8)
        >>> for half in (0, 255, 255):
        ...     alpha = np.zeros((48, 64), np.uint8)
        ...     alpha[:, :32] = half
        ...     meter.see(picture, alpha)
        >>> [round(change.share, 3) for change in meter.changes]
        [1.0, 0.0]
    """

    size: Size
    changes: list[Change] = field(default_factory=list)
    _flow: DisFlow = field(default_factory=DisFlow, repr=False)
    _grey: Grey | None = None
    _matte: Map | None = None

    def see(self, grey: Grey, alpha: NDArray[np.uint8]) -> None:
        """Take in the next frame.

        Args:
            grey: (H, W) uint8 brightness, of ``size``.
            alpha: (H, W) uint8 coverage, of ``size``.
        """
        small = small_size(self.size)
        shape = (small.width, small.height)
        here = np.asarray(cv2.resize(grey, shape, interpolation=cv2.INTER_AREA), np.uint8)
        matte = cv2.resize(alpha, shape, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
        there, before = self._grey, self._matte
        if there is not None and before is not None:
            backward, forward = self._flow.estimate(here, there), self._flow.estimate(there, here)
            trust = trust_in(backward, forward, here, there)
            self.changes.append(unexplained(before, matte, backward, trust))
        self._grey, self._matte = here, matte

    def forget(self) -> None:
        """Compare the next frame with nothing: it does not follow the last one."""
        self._grey = self._matte = None

    @property
    def mean(self) -> float:
        """Mean share over the frames that have one; NaN where none has."""
        shares = [change.share for change in self.changes if change.area]
        return float(np.mean(shares)) if shares else float("nan")
