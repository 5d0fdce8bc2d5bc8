"""Asking a segmenter for what was pointed at on a frame, with or without a guess of where it is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask import look
from composer.mask.cut import coverage
from composer.mask.mend import mended
from composer.mask.pointing import Correction, PromptSource
from composer.mask.propose import prompt_for
from composer.mask.segment import Segmenter
from composer.mask.streams import alpha_of
from composer.values import Candidate, Frame, Prompt, Size

Map = NDArray[np.float32]

#: The object is followed on pictures this much wider than those that motion is judged on.
FOLLOW_SCALE = 1.5


def follow_size(size: Size) -> Size:
    """The size at which something pointed at is followed.

    Args:
        size: of the plate.
    """
    return look.small_size(size).scaled(FOLLOW_SCALE)


class Pointer:
    """Asks about frames; keeps no state.

    Args:
        segmenter: who is asked.
        proxy: scale of the frames against full size.
        mask: the picture that the prompt names, if it does.
    """

    def __init__(self, segmenter: Segmenter, proxy: float = 1.0, mask: Frame | None = None) -> None:
        self._segmenter, self._proxy, self._mask = segmenter, proxy, mask

    def first(self, frame: Frame, source: PromptSource) -> Candidate:
        """What a prompt points at.

        Args:
            frame: the plate at the prompt's time.
            source: the prompt.
        """
        clicks = source.clicks(frame.size, proxy=self._proxy)
        return self.outline(frame, clicks, None if self._mask is None else guess_of(self._mask, frame.size))

    def corrected(self, frame: Frame, asked: Correction, guess: Map) -> Candidate:
        """Put right what was followed to a frame.

        Args:
            frame: the plate.
            asked: what is said about it.
            guess: (h, w) float32 0..1, where the object was followed to.
        """
        clicks = asked.clicks(frame.size, proxy=self._proxy)
        return self.outline(frame, clicks, guess if clicks.box is None else None)

    def outline(self, frame: Frame, clicks: Prompt, guess: Map | None) -> Candidate:
        """Ask about one frame.

        Args:
            frame: the plate.
            clicks: box and points in its pixels.
            guess: (h, w) float32 0..1, of any size, or None; put right with the clicks, it goes along as mask.
        """
        picture = look.rgb(frame)
        if guess is None or not guess.any():
            return self._answered(picture, clicks)
        small = follow_size(frame.size)
        x, y = small.width / frame.size.width, small.height / frame.size.height
        near = Prompt((clicks.points * np.array([x, y])).astype(np.float32), clicks.labels)
        right = mended(look.small_bgr(frame, small), _at(guess, small), near)
        return self._answered(picture, _with_mask(clicks, right, frame.size))

    def _answered(self, picture: NDArray[np.uint8], prompt: Prompt) -> Candidate:
        if prompt.box is None and not (prompt.labels == 1).any():
            return Candidate(np.full(picture.shape[:2], -4, np.float32), 0.0, 0.0)
        return self._segmenter.predict(self._segmenter.embed(picture), [prompt])[0]


def reduced(candidate: Candidate) -> Map:
    """An outline at the size for following, (h, w) float32 0..1."""
    height, width = candidate.logits.shape
    return _at(coverage(candidate.logits).astype(np.float32) / np.float32(255), follow_size(Size(width, height)))


def guess_of(mask: Frame, size: Size) -> Map:
    """A matte picture as a guess: its alpha where it has one, else its brightness.

    Args:
        mask: any planar frame.
        size: expected.

    Returns:
        (H, W) float32 0..1.
    """
    alpha = alpha_of(mask, "auto")
    return _at(alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max), size)


def _at(plane: Map, size: Size) -> Map:
    if plane.shape == size.shape:
        return plane
    shrinks = size.width < plane.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(plane, (size.width, size.height), interpolation=method).astype(np.float32, copy=False)


def _with_mask(clicks: Prompt, mask: Map, size: Size) -> Prompt:
    """The question with a mask: its own box and deep points, and what was clicked."""
    inside = mask > 0.5
    if not inside.any():
        return Prompt(np.empty((0, 2), np.float32), np.empty(0, np.int8), object_id=1)
    asked = prompt_for(mask, inside, size, score=0.0, object_id=1)
    points, labels = np.concatenate([asked.points, clicks.points]), np.concatenate([asked.labels, clicks.labels])
    return Prompt(points, labels, asked.box, asked.mask, object_id=1)
