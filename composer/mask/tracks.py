"""Bookkeeping over a shot: where every object was seen, how large, how surely moving."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from composer.values import FrameRate

Mask = NDArray[np.bool_]

#: What is seen for less than this many seconds is noise, whatever it scores.
SHORTEST = 0.12
#: An object that comes this near to a side of the picture, as a share of the smaller side, comes in or leaves there.
BORDER = 0.02


@dataclass
class Track:
    """One object through the shot, a number for every frame on which it is seen.

    Args:
        object_id: which.
        index: the frames, rising.
        areas: share of the picture.
        scores: moving score.
        sides: the side of the picture that the object touches most, or "".
    """

    object_id: int
    index: list[int] = field(default_factory=list)
    areas: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)

    @property
    def first(self) -> int:
        """Index of the first frame it is seen on."""
        return self.index[0]

    @property
    def last(self) -> int:
        """Index of the last one."""
        return self.index[-1]

    @property
    def frames(self) -> int:
        """On how many it is seen."""
        return len(self.index)

    @property
    def mean_area(self) -> float:
        """Share of the picture on the frames where it is seen."""
        return sum(self.areas) / max(self.frames, 1)

    @property
    def moving_score(self) -> float:
        """0..1, weighted by area."""
        total = sum(self.areas)
        return sum(area * score for area, score in zip(self.areas, self.scores, strict=True)) / total if total else 0.0


@dataclass
class Tracks:
    """All objects of a shot while it is looked at.

    Args:
        by_id: the objects.
        frames: looked at so far, whether or not anything is on them.
        cuts: the first frame of every scene but the first; no object is in two scenes.
    """

    by_id: dict[int, Track] = field(default_factory=dict)
    frames: int = 0
    cuts: list[int] = field(default_factory=list)

    def note(self, object_id: int, index: int, inside: Mask, score: float) -> None:
        """An object was seen on a frame.

        Args:
            object_id: which.
            index: the frame.
            inside: (h, w) bool, where.
            score: its moving score there.
        """
        track = self.by_id.setdefault(object_id, Track(object_id))
        track.index.append(index)
        track.areas.append(float(inside.mean()))
        track.scores.append(score)
        track.sides.append(side_of(inside))

    def kept(self, rate: FrameRate) -> list[Track]:
        """The objects that were there long enough to be real, by id; half of a short scene is enough."""
        lasting = max(2, round(SHORTEST * rate.value))
        tracks = (track for _, track in sorted(self.by_id.items()))
        return [track for track in tracks if track.frames >= min(lasting, max(1, self._scene(track.first) // 2))]

    def _scene(self, frame: int) -> int:
        """How many frames the scene has that a frame is in."""
        scenes = pairwise([0, *self.cuts, self.frames])
        return next((end - start for start, end in scenes if start <= frame < end), self.frames)

    def warnings(self, rate: FrameRate) -> list[str]:
        """What the user should know, in sentences."""
        dropped = len(self.by_id) - len(self.kept(rate))
        return [f"{dropped} flickers of motion were too short to be objects"] if dropped > 20 else []


def side_of(inside: Mask) -> str:
    """The side of the picture that something touches most.

    Args:
        inside: (h, w) bool.

    Returns:
        "left", "right", "top", "bottom", or "" where it touches none.
    """
    rim = max(1, round(BORDER * min(inside.shape)))
    strips = {"left": inside[:, :rim], "right": inside[:, -rim:], "top": inside[:rim], "bottom": inside[-rim:]}
    touched = {side: np.count_nonzero(strip) for side, strip in strips.items()}
    best = max(touched, key=lambda side: touched[side])
    return best if touched[best] else ""
