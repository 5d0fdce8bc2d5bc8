"""Looking on while a shot is analysed: every step's result, for those who measure or draw them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.flow_picture import own_flow
from composer.mask.motion_net import MotionFrame
from composer.values import Candidate, Prompt

Map = NDArray[np.float32]


class Observer:
    """Is shown every step of an analysis and does nothing; subclasses take what they care for.

    The steps run in threads of their own, each in order of frames save ``saw_outlines``, which comes from several
    threads at once. Nothing is shown of mattes that were found in the cache.
    """

    def saw_motion(self, index: int, motion: MotionFrame) -> None:
        """What flow, camera and network say of a frame."""

    def saw_steady(self, index: int, probability: Map) -> None:
        """The (h, w) probability of motion, steadied in time and helped by the clip's own look."""

    def saw_objects(self, index: int, labels: NDArray[np.integer], scores: dict[int, float]) -> None:
        """The (h, w) object ids of a frame, and the moving score of each."""

    def saw_keyframe(self, index: int, reason: str) -> None:
        """A frame that a segmenter which takes long was asked about: every, sight, distance, change or drop."""

    def saw_outlines(self, index: int, prompts: Sequence[Prompt], candidates: Sequence[Candidate]) -> None:
        """What the segmenter was asked about a frame and what it answered, (H, W) logits each."""


def own_motion(motion: MotionFrame) -> Map:
    """How far everything moves that the camera does not explain.

    Args:
        motion: of a frame that has a next one.

    Returns:
        (h, w) float32 pixels.
    """
    flow = own_flow(motion)
    return np.hypot(flow[..., 0], flow[..., 1])


def otsu(values: Map) -> float:
    """The threshold that parts values best into two groups.

    Args:
        values: (h, w) float32, 0 and up.

    Source: Otsu, "A threshold selection method from gray-level histograms", 1979.
    """
    most = float(np.quantile(values, 0.995)) or 1.0  # a few wild vectors must not squeeze the rest into one level
    levels = np.clip(values * (255 / most), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return (threshold + 1) * most / 255
