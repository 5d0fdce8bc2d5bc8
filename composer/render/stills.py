"""Single frames and contact sheets of a render, to look at before waiting for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled, OutputError, PlanError
from composer.mask.stage import MatteSet
from composer.pixels.color import convert_frame
from composer.pixels.planes import whole
from composer.pixels.warp import quad_coverage
from composer.plan.model import Plan
from composer.render.report import write_whole
from composer.render.scene import Scene
from composer.render.shots import plate_shot, shown
from composer.render.tracks import TrackSet, plan_tracks
from composer.render.view import View, make_view
from composer.values import ROUNDED, ColorTags, Frame, Matte, PixelFormat, Plane, Progress

Tell = Callable[[Progress], None]
Ask = Callable[[], bool]
Picture = NDArray[np.uint8]

# Outlines have to be told apart on any footage. Source: Okabe and Ito 2008, a palette safe for colour blindness.
_INKS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167))
_TILE_WIDTH = 480
_BAND = 22  # pixels of caption below a tile


def still(plan: Plan, mattes: MatteSet, at: Fraction, *, tracks: TrackSet | None = None, cancelled: Ask) -> Picture:
    """The rendered frame that is shown at a time.

    Args:
        plan: decided by ``make_plan``.
        mattes: made by ``plan_mattes``.
        tracks: made by ``plan_tracks``; None makes them now.
        at: seconds since the start of the plan's span.
        cancelled: asked once a frame.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        PlanError: the footage ends before that time.
    """
    view = make_view(plan, mattes, tell=lambda _: None, cancelled=cancelled)
    tracks = tracks or plan_tracks(plan, mattes, cancelled=cancelled)
    for _, frame, _ in _rendered(plan, mattes, view, tracks, times=[at], cancelled=cancelled):
        return rgb_of(frame)
    raise PlanError(f"there is no frame at {float(at):g}s", hint="choose an earlier --at")


def contact_sheet(
    plan: Plan,
    mattes: MatteSet,
    *,
    count: int,
    columns: int,
    tracks: TrackSet | None = None,
    tell: Tell,
    cancelled: Ask,
) -> Picture:
    """Rendered frames from all over the shot, every matte outlined, ids and moving scores drawn in.

    Args:
        plan: decided by ``make_plan``.
        mattes: made by ``plan_mattes``.
        tracks: made by ``plan_tracks``; None makes them now.
        count: frames on the sheet.
        columns: frames side by side.
        tell: told after every frame.
        cancelled: asked once a frame.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    length = Fraction(plan.frames or count) / plan.plate.info.rate.value
    times = [length * index / count for index in range(count)]
    view = make_view(plan, mattes, tell=tell, cancelled=cancelled)
    tracks = tracks or plan_tracks(plan, mattes, progress=tell, cancelled=cancelled)
    outlines = _Outlines(plan, mattes, view, tracks)
    tiles: list[Picture] = []
    for index, frame, plate in _rendered(plan, mattes, view, tracks, times=times, cancelled=cancelled):
        tiles.append(_tile(outlines.drawn(rgb_of(frame), index, plate), _caption(index, plate, plan)))
        tell(Progress("preview", len(tiles), count))
    if not tiles:
        raise PlanError("the used span holds no frame")
    return _sheet(tiles, columns)


def _rendered(
    plan: Plan, mattes: MatteSet, view: View, tracks: TrackSet, *, times: Sequence[Fraction], cancelled: Ask
) -> Iterator[tuple[int, Frame, Frame]]:
    """(index, rendered frame, plate) at each of some rising times; each frame at most once."""
    wanted = list(times)
    last: tuple[int, Frame] | None = None
    first = Fraction(0)
    with Scene(plan, mattes, view=view, tracks=tracks, cancelled=cancelled) as scene:
        for index, plate in shown(plan, plate_shot(plan).frames()):
            if cancelled():
                raise Cancelled("stopped; nothing was written")
            if last is None:
                first = plate.at.seconds
            while wanted and last is not None and plate.at.seconds - first > wanted[0] + ROUNDED:
                yield (last[0], scene.frame_at(*last), last[1])
                wanted = [time for time in wanted if time + ROUNDED >= plate.at.seconds - first]
            if not wanted:
                return
            last = index, plate
        if last is not None and wanted and wanted[0] < last[1].at.seconds - first + _length(plan, last[1]):
            yield last[0], scene.frame_at(*last), last[1]


def _length(plan: Plan, frame: Frame) -> Fraction:
    return frame.duration * frame.at.time_base or 1 / plan.plate.info.rate.value


def rgb_of(frame: Frame) -> Picture:
    """A frame as (H, W, 3) uint8 RGB; alpha is shown over grey."""
    rgb = convert_frame(frame, PixelFormat("rgb", has_alpha=frame.format.has_alpha), ColorTags("rgb", "full"))
    picture = np.dstack(rgb.planes[:3]).astype(np.uint8, copy=False)
    if not frame.format.has_alpha:
        return picture
    share = rgb.planes[3][..., None] / 255
    return np.asarray(np.rint(picture * share + 128 * (1 - share)), np.uint8)


class _Outlines:
    """The mattes of a plan and its regions that move, asked for rising frames and drawn as outlines."""

    def __init__(self, plan: Plan, mattes: MatteSet, view: View, tracks: TrackSet) -> None:
        self._plan, self._view, self._paths = plan, view, tracks.paths
        self._whole = {matte.name: mattes.open(matte.name) for matte in plan.mattes}
        self._objects = {matte.name: mattes.objects(matte.name) for matte in plan.mattes}
        self._scores = {
            (matte.name, one.object_id): one.moving_score
            for matte in plan.mattes
            for one in mattes.summary(matte.name).objects
        }

    def drawn(self, picture: Picture, index: int, plate: Frame) -> Picture:
        canvas = np.ascontiguousarray(picture)
        for number, (name, stream) in enumerate(self._whole.items()):
            ink = _INKS[number % len(_INKS)]
            if not self._objects[name]:
                _draw(canvas, self._framed(stream.matte_at(index, plate), index), name, ink)
            for one in self._objects[name]:
                score = self._scores.get((name, one.object_id), 0.0)
                _draw(
                    canvas, self._framed(one.matte_at(index, plate), index), f"{name} {one.object_id}: {score:.2f}", ink
                )
        for number, (name, path) in enumerate(self._paths.items(), len(self._whole)):
            placed = path.placement(index)
            if placed is not None:
                inside = Matte(quad_coverage(placed.quad, whole(plate)), at=plate.at)
                words = f"{name}: {placed.confidence:.2f}"
                _draw(canvas, self._framed(inside, index), words, _INKS[number % len(_INKS)])
        return canvas

    def _framed(self, matte: Matte, index: int) -> Plane:
        plan = self._plan
        if plan.framing is None or matte.at is None:
            return matte.alpha
        picture = Frame((matte.alpha,), PixelFormat("gray", 8 if matte.maximum == 255 else 16), at=matte.at)
        seconds = matte.at.seconds - plan.plate.info.start - plan.plate.start
        return self._view.shown(picture, index, seconds).planes[0]


def _draw(canvas: Picture, alpha: Plane, words: str, ink: tuple[int, int, int]) -> None:
    inside = (alpha > (127 if alpha.dtype == np.uint8 else 32767)).astype(np.uint8)
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return
    thick = max(1, canvas.shape[1] // 400)
    cv2.drawContours(canvas, outlines, -1, ink, thick, cv2.LINE_AA)
    x, y, _, _ = cv2.boundingRect(max(outlines, key=cv2.contourArea))
    scale = canvas.shape[1] / 1000
    place = (max(2, x), max(round(24 * scale), y - 4))
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):  # a dark rim keeps it legible on any footage
        _write(canvas, words, (place[0] + x * thick, place[1] + y * thick), scale, (0, 0, 0))
    _write(canvas, words, place, scale, ink)


def _write(canvas: Picture, words: str, place: tuple[int, int], scale: float, ink: tuple[int, int, int]) -> None:
    cv2.putText(canvas, words, place, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, max(1, round(scale)), cv2.LINE_AA)


def _caption(index: int, plate: Frame, plan: Plan) -> str:
    return f"{float(plate.at.seconds - plan.plate.info.start):.2f}s  frame {index}"


def _tile(picture: Picture, caption: str) -> Picture:
    height = max(1, round(picture.shape[0] * _TILE_WIDTH / picture.shape[1]))
    small = cv2.resize(picture, (_TILE_WIDTH, height), interpolation=cv2.INTER_AREA)
    band = np.full((_BAND, _TILE_WIDTH, 3), 24, np.uint8)
    _write(band, caption, (6, _BAND - 7), 0.45, (220, 220, 220))
    return np.vstack([small, band]).astype(np.uint8)


def _sheet(tiles: Sequence[Picture], columns: int) -> Picture:
    columns = min(columns, len(tiles))
    blank = np.zeros_like(tiles[0])
    padded = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [np.hstack(padded[start : start + columns]) for start in range(0, len(padded), columns)]
    return np.vstack(rows).astype(np.uint8)


def write_picture(picture: Picture, target: Path) -> None:
    """Write a picture as PNG, all of it or nothing.

    Args:
        picture: (H, W, 3) uint8 RGB.
        target: ends in .png.

    Raises:
        OutputError: it cannot be written there.
    """
    write_whole(target, cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes())


def check_picture_target(target: Path) -> None:
    """Refuse, before anything is computed, a name that ``write_picture`` cannot write.

    Raises:
        OutputError: saying what is wrong with it.
    """
    if target.suffix.lower() != ".png":
        raise OutputError(f"{target.name}: a preview is a PNG", hint="end the name in .png")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"there is no folder {target.absolute().parent}", hint="make it first")
    if target.is_dir():
        raise OutputError(f"{target} is a folder", hint="choose another name")
