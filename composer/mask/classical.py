"""What moves, told by arithmetic alone: flow beside the camera's, thresholded frame by frame.

No network and nothing learned. It is kept to compare with, as what the motion network replaces: one plane explains
the camera, so whatever stands nearer or farther than that plane is called moving as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.logits import Map, to_probability
from composer.mask.motion_features import RESIDUAL, Planes
from composer.mask.motion_net import MotionFrame, estimate_motion

#: Speeds beside the camera's, in working pixels per frame: what DIS errs by anyway, and what no threshold falls below.
#: Source: with the median over the gaps, among the best of sixty settings on sixty generated scenes, which hardly differ
#: (overlap .354 to .404; measured 2026-11-24).
FLOW_ERROR, LEAST_SPEED = 0.3, 0.5
#: Odds of moving are the ratio of speed to threshold to this power. Squared error on those scenes is least
#: at 2 (.141; at 4 .148), but 4 scores 1.4 points of J more on the ten DAVIS sequences, so it is chosen in its favour.
STEEPNESS = 4.0


class FlowThreshold:
    """Calls moving what is faster than a threshold between the frame's slow and its fast pixels.

    Source: Otsu, "A threshold selection method from gray-level histograms", 1979, on logarithms of speed.
    """

    def predict(self, planes: Planes) -> Map:
        """Judge measured planes; see ``MotionNet.predict``.

        Args:
            planes: (20, h, w) float32 from ``measure``.

        Returns:
            (2h, 2w) float32 probability, 0..1.
        """
        residual = planes[RESIDUAL].reshape(-1, 2, *planes.shape[1:])
        # The median forgives one gap at which the flow or the camera went wrong.
        speed = np.median(np.hypot(residual[:, 0], residual[:, 1]), axis=0)
        pace = np.log(cv2.resize(speed, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR) + FLOW_ERROR)
        threshold = max(_between(pace), np.log(LEAST_SPEED + FLOW_ERROR))
        return to_probability(STEEPNESS * (pace - threshold))


class ClassicalMotion:
    """Motion without a network, wherever ``NetMotion`` is taken.

    Example:
        >>> still = [np.zeros((32, 48), np.uint8)] * 3
        >>> max(float(frame.probability.max()) for frame in ClassicalMotion()(still)) < 0.5
        True
    """

    digest = "classical:1"

    def __call__(self, frames: Iterable[NDArray[np.uint8]]) -> Iterator[MotionFrame]:
        """See ``estimate_motion``."""
        return estimate_motion(frames, FlowThreshold())


def _between(values: Map) -> float:
    """Otsu's threshold."""
    low, high = float(values.min()), float(values.max())
    levels = cv2.convertScaleAbs(values - low, alpha=255 / max(high - low, 1e-6))
    level, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return low + (level + 0.5) / 255 * (high - low)
