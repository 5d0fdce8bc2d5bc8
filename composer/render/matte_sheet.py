"""The matte report as a picture: the frames to look at with every outline, and each object's confidence over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled, DecodeError
from composer.mask.draw import color_of, draw_objects
from composer.mask.report import DOUBTFUL, MatteReport, ObjectReport
from composer.mask.stage import MatteSet, Shot
from composer.render.stills import Ask, Picture, rgb_of
from composer.values import Frame, Matte

#: Frames on a sheet, and how many lie side by side.
SHOWN, COLUMNS = 12, 4
#: Sizes in pixels: a tile and its caption, a row of the timeline and what lies left of it, and the rim around it.
_TILE, _BAND, _ROW, _LEFT, _RIM = 400, 34, 46, 64, 12
#: At most so many objects have a row, those that cover most first.
_MOST_ROWS = 8
_PAPER, _INK, _SOFT, _ALARM = (24, 24, 28), (236, 236, 240), (150, 150, 160), (255, 96, 64)


def matte_sheet(mattes: MatteSet, name: str, shot: Shot, *, cancelled: Ask) -> Picture:
    """Draw what is known about a matte.

    Args:
        mattes: made from the shot.
        name: which of them.
        shot: the footage, decoded once more.
        cancelled: asked once a frame.

    Returns:
        (H, W, 3) uint8 RGB: the frames to look at and, as far as there is room, others from all over the shot; below
        them a row for every object: its confidence over time, gaps where it is not seen, frames to look at as marks,
        scene cuts as lines.

    Raises:
        Cancelled: the user stopped it.
        DecodeError: the shot has no frames.
    """
    report = mattes.report(name)
    tiles = list(_tiles(mattes, name, shot, report, cancelled))
    if not tiles:
        raise DecodeError("the shot has no frames")
    blank = np.full_like(tiles[0], _PAPER)
    tiles += [blank] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    return np.vstack([*rows, timeline(report, width=COLUMNS * _TILE)]).astype(np.uint8)


def frames_shown(report: MatteReport) -> list[int]:
    """The frames to look at and, as far as there is room, others evenly from all over the shot, rising.

    Args:
        report: of the matte.
    """
    shown = {look.frame for look in report.look_at}
    for count in range(1, report.frames + 1):
        spread = {round(k * (report.frames - 1) / max(1, count - 1)) for k in range(count)} | shown
        if len(spread) > SHOWN:
            break
        best = spread
    else:
        best = set(range(report.frames))
    return sorted(best if report.frames and len(shown) < SHOWN else shown)


def _tiles(mattes: MatteSet, name: str, shot: Shot, report: MatteReport, cancelled: Ask) -> Iterator[Picture]:
    wanted, why = set(frames_shown(report)), _reasons(report)
    outlined = _Outlined(mattes, name)
    for index, frame in enumerate(shot.frames()):
        if cancelled():
            raise Cancelled("stopped; no sheet was written")
        if index in wanted:
            head = f"frame {index}  {report.seconds[index]:.2f} s"
            yield _tile(outlined.drawn(index, frame), head, why.get(index, ""))


def _reasons(report: MatteReport) -> dict[int, str]:
    told: dict[int, list[str]] = {}
    for look in report.look_at:
        told.setdefault(look.frame, []).append(f"{look.object_id}: {look.why}")
    return {frame: "; ".join(words) for frame, words in told.items()}


class _Outlined:
    """A matte's objects, asked for rising frames and drawn."""

    def __init__(self, mattes: MatteSet, name: str) -> None:
        self._objects, self._whole = mattes.objects(name), mattes.open(name)
        self._summary = mattes.summary(name)

    def drawn(self, index: int, frame: Frame) -> Picture:
        found: Sequence[Matte] = [one.matte_at(index, frame) for one in self._objects]
        return draw_objects(rgb_of(frame), found or [self._whole.matte_at(index, frame)], self._summary)


def _tile(picture: Picture, head: str, why: str) -> Picture:
    height = max(1, round(picture.shape[0] * _TILE / picture.shape[1]))
    tile = np.full((height + _BAND, _TILE, 3), _PAPER, np.uint8)
    tile[:height] = cv2.resize(picture, (_TILE, height), interpolation=cv2.INTER_AREA)
    _write(tile, head, (6, height + 14), _INK)
    _write(tile, why, (6, height + 29), _ALARM)
    if why:
        cv2.rectangle(tile, (0, 0), (_TILE - 1, height - 1), _ALARM, 2)
    return tile


@dataclass(frozen=True)
class _Axis:
    """Where a frame lies on the timeline."""

    frames: int
    width: int

    def at(self, frame: float) -> int:
        return _LEFT + round(frame / max(1, self.frames - 1) * (self.width - _LEFT - _RIM - 1))


def timeline(report: MatteReport, *, width: int) -> Picture:
    """The confidence of every object over time.

    Args:
        report: of the matte.
        width: of the picture.

    Returns:
        (H, width, 3) uint8 RGB.
    """
    largest = sorted(report.objects, key=lambda one: (-one.area * len(one.index), one.object_id))[:_MOST_ROWS]
    rows = sorted(largest, key=lambda one: one.object_id)
    height = 2 * _RIM + 22 + (_ROW + 8) * max(1, len(rows))
    drawn, axis = np.full((height, width, 3), _PAPER, np.uint8), _Axis(report.frames, width)
    _write(drawn, _headline(report), (_RIM, 20), _INK)
    for number, one in enumerate(rows):
        _row(drawn, one, report, axis, top=_RIM + 20 + number * (_ROW + 8))
    for cut in report.cuts:
        cv2.line(drawn, (axis.at(cut - 0.5), _RIM + 16), (axis.at(cut - 0.5), height - _RIM - 8), _INK, 1)
    last = max(0, report.frames - 1)
    for frame in {0, last // 2, last}:
        words = f"{report.seconds[frame]:.1f} s" if frame < len(report.seconds) else ""
        (wide, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 0.42, 1)
        _write(drawn, words, (min(axis.at(frame), width - wide - _RIM), height - 4), _SOFT)
    return drawn


def _headline(report: MatteReport) -> str:
    sure = "nobody had to find it" if report.confidence is None else f"confidence {report.confidence:.2f}"
    more = f", {len(report.objects)} objects" if len(report.objects) != 1 else ""
    cuts = f", scene cuts at {', '.join(map(str, report.cuts))}" if report.cuts else ""
    return f"{report.frames} frames, {sure}{more}{cuts}. Below: confidence 0 to 1 of every object; marks: look here"


def _row(drawn: Picture, one: ObjectReport, report: MatteReport, axis: _Axis, *, top: int) -> None:
    """One object: its graph filled from the bottom, a rule where doubt begins, a mark for every frame to look at."""
    ink, bottom = color_of(one.object_id), top + _ROW
    cv2.rectangle(drawn, (_LEFT, top), (axis.at(axis.frames - 1), bottom), (40, 40, 46), -1)
    soft = tuple(level // 2 for level in ink)
    for stay in one.stays:
        ends = [one.index.index(frame) for frame in (stay.first, stay.last)]
        part = range(ends[0], ends[1] + 1)
        line = [(axis.at(one.index[k]), bottom - round(one.confidences[k] * _ROW)) for k in part]
        shape = np.array([(line[0][0], bottom), *line, (line[-1][0], bottom)], np.int32)
        cv2.fillPoly(drawn, [shape], soft)
        cv2.polylines(drawn, [np.array(line, np.int32)], False, ink, 1, cv2.LINE_AA)
    doubt = bottom - round(DOUBTFUL * _ROW)
    cv2.line(drawn, (_LEFT, doubt), (axis.at(axis.frames - 1), doubt), _SOFT, 1)
    _write(drawn, f"{one.object_id}", (_RIM, top + 18), ink, scale=0.6)
    _write(drawn, f"{one.confidence:.2f}", (_RIM, top + 38), _SOFT)
    for look in report.look_at:
        if look.object_id == one.object_id:
            x = axis.at(look.frame)
            cv2.fillPoly(drawn, [np.array([(x - 5, top - 1), (x + 5, top - 1), (x, top + 8)], np.int32)], _ALARM)


def _write(
    drawn: NDArray[np.uint8], words: str, place: tuple[int, int], ink: tuple[int, int, int], *, scale: float = 0.42
) -> None:
    cv2.putText(drawn, words, place, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 1, cv2.LINE_AA)
