"""What is noted of every frame while a shot is analysed: the raw material of the matte report.

Everything is a number per object and frame, so that a matte found in the cache has the same report as one just made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.flicker import LEAST_AREA
from composer.mask.look import small_size
from composer.mask.motion_net import MotionFrame
from composer.mask.observe import Observer
from composer.mask.store import StoredMatte
from composer.mask.tracks import Track, Tracks
from composer.mask.vote import Voter
from composer.motion.flow import warp_by_flow
from composer.values import Candidate, Frame, FrameRate, Prompt, Size

Map = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Covered:
    """A stored matte at working size.

    Args:
        alpha: (h, w) float32 0..1.
        ids: (h, w) uint16, the object that each pixel belongs to; 0 for none.
    """

    alpha: Map
    ids: NDArray[np.uint16]

    @classmethod
    def of(cls, matte: StoredMatte, size: Size, small: Size) -> Covered:
        """Reduce what was stored.

        Args:
            matte: of one frame.
            size: of the whole picture.
            small: the working size.
        """
        shape = (small.width, small.height)
        alpha = cv2.resize(matte.alpha_of(None, size), shape, interpolation=cv2.INTER_AREA)
        ids = np.full(small.shape, matte.ids[0] if matte.ids else 0, np.uint16)
        if matte.labels is not None:
            whole = np.zeros(size.shape, np.uint8)
            whole[matte.box.slices] = matte.labels
            names = np.array([0, *matte.ids], np.uint16)
            ids = names[cv2.resize(whole, shape, interpolation=cv2.INTER_NEAREST)]
        return cls(alpha.astype(np.float32) / np.float32(255), ids)


def changes(before: Covered, now: Covered, backward: Map, trust: Map) -> dict[int, float]:
    """The flicker of every object that is on both of two frames; see ``composer.mask.flicker``.

    Args:
        before: of the frame before.
        now: of this one.
        backward: (h, w, 2) float32 pixels, to the frame before.
        trust: (h, w) float32 0..1, how far that can be believed.

    Returns:
        Share of its area that changed without the motion explaining it, 0..1, by object; none for objects of which too
        little can be compared.
    """
    here, there = now.alpha * trust, warp_by_flow(before.alpha, backward) * trust
    left, top, width, height = cv2.boundingRect(((here + there) > 0).view(np.uint8))
    near = (slice(top, top + height), slice(left, left + width))
    carried, ids = warp_by_flow(before.ids, backward, nearest=True)[near], now.ids[near]
    least = LEAST_AREA * here.size
    here, there = here[near], there[near]
    shared = np.minimum(here, there)
    shared[ids != carried] = 0  # where two objects meet, each has what was there before and what is there now
    most = 1 + int(max(ids.max(initial=0), carried.max(initial=0)))
    is_here, was_there, kept = _by_id(ids, here, most), _by_id(carried, there, most), _by_id(ids, shared, most)
    area = is_here + was_there - kept
    told = (is_here > 0) & (was_there > 0) & (area >= least)
    return {one: float(1 - kept[one] / area[one]) for one in np.flatnonzero(told).tolist() if one}


def _by_id(ids: NDArray[np.uint16], values: Map, most: int) -> NDArray[np.float64]:
    return np.bincount(ids.ravel(), weights=values.ravel(), minlength=most).astype(np.float64)


class Trace(Observer):
    """Notes what the analysis of a shot says of every frame, and passes on to another observer.

    Args:
        shown: is shown everything as well.
        size: of the shot.
        rate: of the shot.
    """

    def __init__(self, shown: Observer, size: Size, rate: FrameRate) -> None:
        self._shown, self._size, self._rate = shown, size, rate
        self._small = small_size(size)
        self._start: Fraction | None = None
        self._times: list[float] = []
        self._covered: Covered | None = None
        self._qualities: dict[int, dict[int, float]] = {}
        self._flickers: list[dict[int, float]] = []

    def saw_motion(self, index: int, motion: MotionFrame) -> None:
        """See ``Observer``."""
        self._shown.saw_motion(index, motion)

    def saw_steady(self, index: int, probability: Map) -> None:
        """See ``Observer``."""
        self._shown.saw_steady(index, probability)

    def saw_objects(self, index: int, labels: NDArray[np.integer], scores: dict[int, float]) -> None:
        """See ``Observer``."""
        self._shown.saw_objects(index, labels, scores)

    def saw_outlines(self, index: int, prompts: Sequence[Prompt], candidates: Sequence[Candidate]) -> None:
        """See ``Observer``; the qualities are noted."""
        pairs = zip(prompts, candidates, strict=True)
        self._qualities[index] = {prompt.object_id: candidate.quality for prompt, candidate in pairs}
        self._shown.saw_outlines(index, prompts, candidates)

    def note_time(self, frame: Frame) -> None:
        """When the next frame is shown, counted from the first; frames without times count by the rate."""
        if self._start is None:
            self._start = frame.at.seconds
        passed = frame.at.seconds - self._start
        self._times.append(round(float(passed if passed > 0 else len(self._times) / self._rate.value), 4))

    def note_matte(self, voter: Voter) -> None:
        """The matte of the next frame, as it is stored, and how the frame hangs together with the one before it."""
        before, self._covered = self._covered, Covered.of(voter.matte, self._size, self._small)
        found: dict[int, float] = {}
        if before is not None and voter.before is not None and voter.beside is not None:
            found = changes(before, self._covered, voter.beside.backward.astype(np.float32), voter.before.trust)
        self._flickers.append(found)

    def facts(self, tracks: Tracks) -> dict[str, Any]:
        """Everything noted, as JSON.

        Args:
            tracks: of the shot; what is too short to be an object is left out.
        """
        objects = {str(one.object_id): self._of(one) for one in tracks.kept(self._rate)}
        return {"times": self._times, "cuts": tracks.cuts, "objects": objects}

    def _of(self, track: Track) -> dict[str, Any]:
        one = track.object_id
        return {
            "index": track.index,
            "side": track.sides,
            "area": _short(track.areas),
            "moving_score": _short(track.scores),
            "quality": _short([self._qualities.get(index, {}).get(one) for index in track.index]),
            "flicker": _short([self._flickers[index].get(one) for index in track.index]),
        }


def _short(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 4) for value in values]
