"""Bookkeeping over a shot: where every object was seen, how large, how surely moving."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from composer.values import FrameRate

#: What is seen for less than this many seconds is noise, whatever it scores.
SHORTEST = 0.12


@dataclass
class Track:
    """One object through the shot; scores are weighted by area."""

    object_id: int
    first: int
    last: int
    frames: int = 0
    area: float = 0.0
    weighted: float = 0.0

    @property
    def mean_area(self) -> float:
        """Share of the picture on the frames where it is seen."""
        return self.area / max(self.frames, 1)

    @property
    def moving_score(self) -> float:
        """0..1."""
        return self.weighted / self.area if self.area else 0.0


@dataclass
class Tracks:
    """All objects of a shot while it is looked at."""

    by_id: dict[int, Track] = field(default_factory=dict)

    def note(self, object_id: int, index: int, inside: NDArray[np.bool_], score: float) -> None:
        """An object was seen on a frame.

        Args:
            object_id: which.
            index: the frame.
            inside: (h, w) bool, where.
            score: its moving score there.
        """
        track = self.by_id.setdefault(object_id, Track(object_id, index, index))
        share = float(inside.mean())
        track.last, track.frames = index, track.frames + 1
        track.area, track.weighted = track.area + share, track.weighted + share * score

    def kept(self, rate: FrameRate) -> list[Track]:
        """The objects that were there long enough to be real, by id."""
        shot = 1 + max((track.last for track in self.by_id.values()), default=0)
        least = min(max(2, round(SHORTEST * rate.value)), max(1, shot // 2))
        return [track for _, track in sorted(self.by_id.items()) if track.frames >= least]

    def warnings(self, rate: FrameRate) -> list[str]:
        """What the user should know, in sentences."""
        dropped = len(self.by_id) - len(self.kept(rate))
        return [f"{dropped} flickers of motion were too short to be objects"] if dropped > 20 else []
