"""Which frames a segmenter that takes long is asked about: where something comes into sight, changes, or it is time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.between import Step, Way
from composer.mask.cut import Named
from composer.motion import warp_by_flow
from composer.values import Frame

#: An object is worth being asked about from this moving score and share of the picture on, once it has been there
#: for this many frames: a flicker of motion is not.
LEAST_SCORE, LEAST_AREA, LASTING = 0.3, 0.0005, 3
#: What comes into sight makes a keyframe when it is more than this share of all that moves.
NOTABLE = 0.1
#: Things have changed when their motion overlaps less than this with that of the last keyframe, carried here as far
#: as the flow can be believed. Source: with 0.5, and 12 frames where nothing happens, more frames were asked about on four
#: DAVIS sequences (0.17) than by 8 frames alone (0.13) and the mattes were no better (measured 2026-11-25).
CHANGED = 0.2


@dataclass(frozen=True, eq=False)
class Sight:
    """One frame of the shot and what moves on it.

    Args:
        index: of the frame, from 0.
        named: what the first look found.
        frame: the plate.
        grey: (h, w) uint8, the plate reduced.
        step: from the frame before.
    """

    index: int
    named: Named
    frame: Frame
    grey: NDArray[np.uint8]
    step: Step


@dataclass(frozen=True, eq=False)
class Section:
    """Frames up to the next keyframe.

    Args:
        frames: one after the other, at least one.
        reason: why the first of them is a keyframe: every, sight, change or distance; empty where it is none.
    """

    frames: list[Sight]
    reason: str = ""


@dataclass
class _Chooser:
    """What is known while the frames go by."""

    every: int
    ages: dict[int, int] = field(default_factory=dict)
    key: Sight | None = None
    way: Way | None = None
    away: int = 0

    def reason(self, sight: Sight) -> str:
        """Why this frame is a keyframe; empty where it is none."""
        self.away += 1
        if sight.named.cut:  # nothing leads across, and no keyframe is so near that it would be carried back
            self.key, self.way, self.ages = None, None, {}
        if self.way is not None and self.key is not None:
            self.way = self.way.on(sight.step, sight.grey, self.key.grey)
        worthy = worth_asking(sight.named)
        self.ages = {one: self.ages.get(one, 0) + 1 for one in worthy}
        reason = self._reason(sight.named, worthy)
        if reason:
            self.key, self.way, self.away = sight, Way.standing(sight.grey.shape), 0
        return reason

    def forget(self) -> None:
        """The keyframe was too long ago."""
        self.key = self.way = None

    def _reason(self, named: Named, worthy: list[int]) -> str:
        if self.every == 1:
            return "every" if named.scores else ""
        lasting = [one for one in worthy if self.ages[one] >= LASTING]
        fresh = [one for one in lasting if self.key is None or one not in self.key.named.scores]
        if area_of(named, fresh) > NOTABLE * area_of(named, worthy):
            return "sight"
        if self.key is not None and self.away >= self.every and worthy:
            return "distance"
        return "change" if 4 * self.away >= 3 * self.every and self._changed(named, lasting) else ""

    def _changed(self, named: Named, lasting: list[int]) -> bool:
        if self.key is None or self.way is None or not lasting:
            return False
        here = np.isin(named.labels, lasting)
        before = np.isin(self.key.named.labels, lasting).astype(np.float32)
        height, width = self.way.trust.shape
        before = cv2.resize(before, (width, height), interpolation=cv2.INTER_NEAREST)
        here = cv2.resize(here.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        carried = warp_by_flow(before, self.way.there) * self.way.trust > 0.5
        return bool(np.count_nonzero(here & carried) < CHANGED * np.count_nonzero(here | carried))


def sections(sights: Iterable[Sight], every: int) -> Iterator[Section]:
    """Cut a shot at its keyframes.

    Args:
        sights: the shot in order; what moves knows its neighbours.
        every: frames from one keyframe to the next where nothing happens, and three quarters of them at least until a
            change makes another; 1 makes every frame one.

    Yields:
        Sections of at most ``every`` frames, in order; one without a keyframe where nothing is worth being asked
        about.
    """
    chooser, held = _Chooser(every), Section([])
    for sight in sights:
        reason = chooser.reason(sight)
        if held.frames and (reason or sight.named.cut or len(held.frames) >= every):
            yield _ended(held) if sight.named.cut else held
            if not reason:
                chooser.forget()
            held = Section([], reason)
        elif not held.frames:
            held = Section([], reason)
        held.frames.append(sight)
    if held.frames:
        yield _ended(held)


def _ended(section: Section) -> Section:
    """The last section of a scene; a scene that is over before anything lasted is asked about all the same."""
    asked = section.reason or ("sight" if worth_asking(section.frames[0].named) else "")
    return Section(section.frames, asked)


def worth_asking(named: Named) -> list[int]:
    """The objects that a segmenter is worth being asked about.

    Args:
        named: what moves on a frame.
    """
    areas = np.bincount(named.labels.ravel(), minlength=max(named.scores, default=0) + 1)
    least = LEAST_AREA * named.labels.size
    return [one for one, score in named.scores.items() if score >= LEAST_SCORE and areas[one] >= least]


def area_of(named: Named, objects: Collection[int]) -> int:
    """Pixels that some objects cover.

    Args:
        named: what moves on a frame.
        objects: ids.
    """
    return int(np.count_nonzero(np.isin(named.labels, list(objects))))
