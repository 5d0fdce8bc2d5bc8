"""The matte report: every object through the shot in numbers, and the frames that a person should look at.

Two scores are kept apart throughout: how surely something moves by itself, and how well the segmenter thinks it
outlined it. ``confidence_of`` is the one place where they become a single number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.mask.summary import ObjectSummary, confidence_of
from composer.values import FrameRate

#: A matte's confidence on a frame is that of its objects over so many seconds around, the nearer and the larger ones
#: counting more: the first sliver of what comes in says little.
AROUND = 0.5
#: Confidence below which a frame is to be looked at.
DOUBTFUL = 0.5
#: Change of area from one frame to the next, away from the picture's border, that is to be looked at.
JUMP = 1.5
#: At most so many frames to look at, and the least seconds between two of them for one object.
MOST_LOOKS, APART = 12, 0.5
#: An object this small, as a share of the picture, is not worth a look.
SLIVER = 5e-4


@dataclass(frozen=True)
class Stay:
    """One time that an object is in the picture.

    Args:
        first: index of the first frame.
        last: index of the last one.
        start: seconds of the first frame since the shot began.
        end: seconds of the last one.
        enters: side of the picture it comes in from; "" where it is there when the scene begins or appears inside.
        leaves: the side it leaves by; "" where it is there when the scene ends or vanishes inside.
        from_start: whether it is there when the shot or the scene begins.
        to_end: whether it is there when the shot or the scene ends.
    """

    first: int
    last: int
    start: float
    end: float
    enters: str = ""
    leaves: str = ""
    from_start: bool = False
    to_end: bool = False

    def words(self) -> str:
        """How it comes and goes, for people."""
        comes = f"enters from the {self.enters}" if self.enters else "appears"
        goes = f"leaves to the {self.leaves}" if self.leaves else "is lost"
        goes = goes.replace("to the top", "over the top").replace("to the bottom", "over the bottom")
        begins = "is there from" if self.from_start else f"{comes} at"
        ends = "stays to" if self.to_end else f"{goes} at"
        return f"{begins} frame {self.first} ({self.start:.2f} s), {ends} frame {self.last} ({self.end:.2f} s)"


@dataclass(frozen=True)
class ObjectReport:
    """One object through the shot.

    Args:
        object_id: as in the matte.
        stays: the times that it is in the picture.
        area: mean share of the picture, 0..1.
        moving_score: 0..1, by area.
        quality: 0..1, mean.
        flicker: mean share of its area that changes from frame to frame without the motion explaining it; None where
            that was not measured.
        confidence: 0..1, by area.
        index: the frames it is on; the lists below have one number for each.
        areas: share of the picture.
        moving_scores: 0..1.
        qualities: 0..1; None where the segmenter was not asked.
        flickers: 0..1; None where there is nothing to compare with.
        confidences: 0..1.
        follows: whether these say how surely it was followed from where it was pointed at.
    """

    object_id: int
    stays: tuple[Stay, ...]
    area: float
    moving_score: float
    quality: float
    flicker: float | None
    confidence: float
    index: tuple[int, ...]
    areas: tuple[float, ...]
    moving_scores: tuple[float | None, ...]
    qualities: tuple[float | None, ...]
    flickers: tuple[float | None, ...]
    confidences: tuple[float, ...]
    follows: bool = False

    def words(self) -> str:
        """One line for people: how it comes and goes."""
        return f"object {self.object_id} " + "; ".join(stay.words() for stay in self.stays)


@dataclass(frozen=True)
class Look:
    """A frame that a person should look at.

    Args:
        frame: its index.
        seconds: since the shot began.
        object_id: what it is about; 0 for the matte as a whole.
        why: in words.
        weight: how much it matters; more is worse.
    """

    frame: int
    seconds: float
    object_id: int
    why: str
    weight: float


@dataclass(frozen=True)
class MatteReport:
    """What is known about one matte, frame by frame.

    Args:
        frames: in the shot.
        seconds: of every frame since the shot began.
        cuts: the first frame of every scene but the first.
        objects: those in the matte, by id.
        confidence: 0..1, mean over the frames that have one; None for a matte that nobody had to find.
        confidences: 0..1 for every frame, over half a second around, the nearer frames and the larger objects counting
            more; None where nothing was found that the matte is made of.
        look_at: the frames that a person should look at, in order of time.
    """

    frames: int = 0
    seconds: tuple[float, ...] = ()
    cuts: tuple[int, ...] = ()
    objects: tuple[ObjectReport, ...] = ()
    confidence: float | None = None
    confidences: tuple[float | None, ...] = ()
    look_at: tuple[Look, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text."""
        return asdict(self)

    def lowest(self) -> int | None:
        """The frame with the least confidence, if any has one."""
        known = [(one, index) for index, one in enumerate(self.confidences) if one is not None]
        return min(known)[1] if known else None

    @property
    def seen(self) -> float:
        """Share of the frames on which something was found that the matte is made of, 0..1."""
        return sum(one is not None for one in self.confidences) / max(1, self.frames)


def report_of(
    facts: Mapping[str, Any], objects: Sequence[ObjectSummary], frames: int, rate: FrameRate, *, moves: bool = True
) -> MatteReport:
    """Make the report of a matte.

    Args:
        facts: as stored with the matte.
        objects: those that the matte is made of.
        frames: in the shot.
        rate: of the shot, for times where none were noted.
        moves: whether its objects were asked for because they move.
    """
    noted = facts.get("trace", {})
    seconds = tuple(noted.get("times") or _times(frames, rate))
    cuts = tuple(noted.get("cuts", ()))
    found = tuple(_object(one, _noted(facts, one), seconds, cuts, moves=moves) for one in objects)
    confidences = _around(found, frames, max(1, round(AROUND * float(rate.value) / 2)), cuts)
    known = [one for one in confidences if one is not None]
    return MatteReport(
        frames=frames,
        seconds=seconds,
        cuts=cuts,
        objects=found,
        confidence=round(float(np.mean(known)), 4) if known else 0.0,
        confidences=confidences,
        look_at=_to_look_at(found, seconds, max(1, round(APART * float(rate.value)))),
    )


def _times(frames: int, rate: FrameRate) -> tuple[float, ...]:
    return tuple(round(index / float(rate.value), 4) for index in range(frames))


def _noted(facts: Mapping[str, Any], one: ObjectSummary) -> dict[str, Any]:
    """What was noted of an object on every frame, or what its summary says of all of them alike."""
    noted: dict[str, Any] | None = facts.get("trace", {}).get("objects", {}).get(str(one.object_id))
    if noted is not None:
        return noted
    index = list(range(one.first, one.last + 1))
    same = {"area": one.mean_area, "moving_score": one.moving_score, "quality": one.quality, "flicker": None}
    return {"index": index, "side": [""] * len(index), **{key: [value] * len(index) for key, value in same.items()}}


def _object(
    summary: ObjectSummary, noted: Mapping[str, Any], seconds: Sequence[float], cuts: Sequence[int], *, moves: bool
) -> ObjectReport:
    flickers = noted["flicker"]
    moving = noted["moving_score"] if moves else [None] * len(flickers)
    # Who followed something knows how surely; who found it knows three things.
    confidences = noted.get("confidence") or [
        confidence_of(score, quality, None if flicker is None else 1 - flicker)
        for score, quality, flicker in zip(moving, noted["quality"], flickers, strict=True)
    ]
    areas = np.asarray(noted["area"], np.float64)
    compared = [one for one in flickers if one is not None]
    return ObjectReport(
        object_id=summary.object_id,
        stays=_stays(noted["index"], noted["side"], seconds, cuts),
        area=summary.mean_area,
        moving_score=summary.moving_score,
        quality=summary.quality,
        flicker=round(float(np.mean(compared)), 4) if compared else None,
        confidence=round(float((areas * confidences).sum() / max(areas.sum(), 1e-9)), 4),
        index=tuple(noted["index"]),
        areas=tuple(noted["area"]),
        moving_scores=tuple(moving),
        qualities=tuple(noted["quality"]),
        flickers=tuple(flickers),
        confidences=tuple(round(one, 4) for one in confidences),
        follows="confidence" in noted,
    )


def joined(parts: Sequence[MatteReport], frames: int, rate: FrameRate) -> MatteReport:
    """The report of a matte made of others: on every frame as sure as the least sure of them.

    Args:
        parts: their reports.
        frames: in the shot.
        rate: of the shot.
    """
    told = [one for one in parts if one.confidence is not None]
    if not told:
        return MatteReport(frames, _times(frames, rate))
    each = [[one for one in here if one is not None] for here in zip(*(one.confidences for one in told), strict=True)]
    lowest = tuple(min(here, default=None) for here in each)
    known = [one for one in lowest if one is not None]
    mean = round(float(np.mean(known)), 4) if known else 0.0
    return replace(told[0], objects=(), confidence=mean, confidences=lowest, look_at=())


def _stays(
    index: Sequence[int], sides: Sequence[str], seconds: Sequence[float], cuts: Sequence[int]
) -> tuple[Stay, ...]:
    """The runs of frames on which an object is seen."""
    begins = {0, *cuts}
    ends = {len(seconds) - 1, *(cut - 1 for cut in cuts)}
    places = [0, *(k for k in range(1, len(index)) if index[k] > index[k - 1] + 1), len(index)]
    return tuple(
        Stay(
            first=index[start],
            last=index[stop - 1],
            start=seconds[index[start]],
            end=seconds[index[stop - 1]],
            enters="" if index[start] in begins else sides[start],
            leaves="" if index[stop - 1] in ends else sides[stop - 1],
            from_start=index[start] in begins,
            to_end=index[stop - 1] in ends,
        )
        for start, stop in pairwise(places)
    )


def _around(objects: Sequence[ObjectReport], frames: int, reach: int, cuts: Sequence[int]) -> tuple[float | None, ...]:
    """A matte's confidence on every frame: that of its objects a little before and after, by area, within the scene."""
    area, weighted = np.zeros(frames), np.zeros(frames)
    for one in objects:
        index, areas = np.asarray(one.index, np.intp), np.asarray(one.areas)
        area[index] += areas
        weighted[index] += areas * np.asarray(one.confidences)
    found: list[float | None] = []
    for start, stop in zip([0, *cuts], [*cuts, frames], strict=True):
        whole, part = (_sums(values[start:stop], reach) for values in (area, weighted))
        for here, total, mean in zip(area[start:stop], whole, part, strict=True):
            found.append(round(float(mean / total), 4) if here else None)
    return tuple(found)


def _sums(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Sums over so many frames before and after, the nearer ones counting more."""
    hat = 1 - np.abs(np.arange(-reach, reach + 1)) / (reach + 1)
    return np.convolve(values, hat)[reach : reach + len(values)] if len(values) else values


def _to_look_at(objects: Sequence[ObjectReport], seconds: Sequence[float], apart: int) -> tuple[Look, ...]:
    """The worst first, none near another of the same object; then in order of time."""
    looks: list[Look] = []
    for look in sorted(_doubts(objects, seconds, apart), key=lambda one: (-one.weight, one.frame)):
        near = any(abs(look.frame - one.frame) < apart and look.object_id == one.object_id for one in looks)
        if not near and len(looks) < MOST_LOOKS:
            looks.append(look)
    return tuple(sorted(looks, key=lambda one: (one.frame, one.object_id)))


def _doubts(objects: Sequence[ObjectReport], seconds: Sequence[float], apart: int) -> list[Look]:
    found = []
    for one in objects:
        # What comes in over the border grows at once, and is a sliver first.
        coming = {frame for stay in one.stays if stay.enters for frame in range(stay.first, stay.first + apart)}
        going = {frame for stay in one.stays if stay.leaves for frame in range(stay.last - apart, stay.last + 1)}
        ends = _ends(one)
        for k, frame in enumerate(one.index):
            if one.areas[k] >= SLIVER:
                why = [
                    *_doubted(one, k),
                    *ends.get(frame, ()),
                    *(_jumps(one, k) if frame not in coming | going else ()),
                ]
                words = ", ".join(text for _, text in sorted(why, reverse=True))
                found += [Look(frame, seconds[frame], one.object_id, words, round(max(why)[0], 4))] if why else []
    return found


def _ends(one: ObjectReport) -> dict[int, list[tuple[float, str]]]:
    """Coming from nowhere and going nowhere, by frame, with how much that matters."""
    ends: dict[int, list[tuple[float, str]]] = {}
    for stay in one.stays:
        if not (stay.enters or stay.from_start):
            ends.setdefault(stay.first, []).append((0.6, "appears inside the picture"))
        if not (stay.leaves or stay.to_end):
            ends.setdefault(stay.last, []).append((0.55, "vanishes inside the picture"))
    return ends


def _jumps(one: ObjectReport, k: int) -> list[tuple[float, str]]:
    """A sudden change of area, with how much that matters."""
    if not k or one.index[k] != one.index[k - 1] + 1 or one.areas[k - 1] < SLIVER:
        return []
    ratio = one.areas[k] / one.areas[k - 1]
    change = max(ratio, 1 / ratio)
    return [(min(1.0, 0.3 * change), f"its area goes to {ratio:.0%} at once")] if change > JUMP else []


def _doubted(one: ObjectReport, k: int) -> list[tuple[float, str]]:
    """A low confidence, with how much that matters."""
    sure = one.confidences[k]
    return [(round(1 - sure, 4), _weakest(one, k))] if sure < DOUBTFUL else []


def _weakest(one: ObjectReport, k: int) -> str:
    """The least of what the confidence is made of, in words."""
    flicker = one.flickers[k]
    scores = (
        (one.moving_scores[k], "moving score"),
        (one.qualities[k], "quality of the outline"),
        (None if flicker is None else 1 - flicker, "agreement with the frame before"),
    )
    known = [(value, words) for value, words in scores if value is not None]
    if one.follows or not known:
        return f"followed with a confidence of {one.confidences[k]:.2f}"
    value, words = min(known)
    return f"{words} {value:.2f}"
