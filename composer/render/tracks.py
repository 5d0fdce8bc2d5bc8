"""The tracks stage: where regions that move lie on every frame, and the camera, before the first frame is composited."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled
from composer.mask.stage import MatteSet
from composer.motion.path import Path, PathSummary
from composer.motion.track import Status
from composer.pixels.luma import luma_frame
from composer.plan.model import Plan, TrackPlan
from composer.render.compose import Lazy
from composer.render.following import (
    CameraFollower,
    Follower,
    Glimpse,
    MatteFollower,
    PlaneFollower,
    Scale,
    point_in,
)
from composer.render.require import runs_in_words
from composer.render.shots import plate_shot
from composer.render.track_store import Stored, keep, kept, track_key
from composer.values import ROUNDED, Frame, Homography, Placement, Plane, Progress, Size

#: Bytes of pictures that are kept to go backwards; the footage is read again for more.
BACKWARD_BYTES = 96 << 20
#: A matte covers a pixel from this share on.
_COVERED = 0.1


@dataclass(frozen=True, eq=False)
class TrackSet:
    """Where every region lies on every frame.

    Args:
        still: regions that stay where they are.
        paths: the others.
        camera: (T, 3, 3) from the first used frame, pixel edges of the plate, NaN where unknown; None if not asked for.
    """

    still: Mapping[str, Placement] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)
    camera: NDArray[np.float64] | None = None

    def regions_at(self, index: int) -> Lazy[str, Placement | None]:
        """Every region on a frame of the used span."""
        makers: dict[str, Callable[[], Placement | None]] = {
            name: partial(path.placement, index) for name, path in self.paths.items()
        }
        return Lazy({name: partial(_same, placed) for name, placed in self.still.items()} | makers)

    def camera_at(self, index: int) -> Homography | None:
        """The camera's motion from the first used frame to this one."""
        if self.camera is None or not len(self.camera):
            return None
        matrix = self.camera[min(index, len(self.camera) - 1)]
        return Homography(matrix) if np.isfinite(matrix).all() else None

    @property
    def summaries(self) -> dict[str, PathSummary]:
        """How surely each region that moves was followed."""
        return {name: path.summary for name, path in self.paths.items()}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know, in sentences."""
        return tuple(line for name, path in self.paths.items() for line in path_words(name, path))


def _same(placed: Placement) -> Placement | None:
    return placed


def path_words(name: str, path: Path) -> list[str]:
    """Where a region is lost or only guessed, in words.

    Args:
        name: of the region.
        path: where it lies.
    """
    said = []
    lost, carried = path.frames(Status.LOST), path.frames(Status.CARRIED)
    if lost:
        words = f"lost on {len(lost)} of {len(path)} frames, {runs_in_words(lost)}: nothing is drawn into it there"
        said.append(f"region {name}: {words}")
    if carried:
        words = f"out of sight or blurred on {len(carried)} of {len(path)} frames, {runs_in_words(carried)}: "
        said.append(f"region {name}: {words}it is carried along by what is around")
    return said


def plan_tracks(
    plan: Plan,
    mattes: MatteSet,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> TrackSet:
    """Follow everything that a plan asks for, or find it in the cache.

    The footage is read once, forwards. What is known later than on the first frame is then followed backwards, in parts
    that fit into memory, for each of which the footage is read again.

    Args:
        plan: names the regions, the plate and the edits.
        mattes: made before.
        progress: told after every frame.
        cancelled: asked once a frame.

    Raises:
        Cancelled: the user stopped it.
        NothingFound: a region has no texture to hold on to, or its matte covers nothing of it.
        InputError: a region is hidden by what moves in front of it at the moment that it is given for.
    """
    moving = {track.name for track in plan.tracks.regions}
    still = {name: Placement(quad) for name, quad in plan.regions.items() if name not in moving}
    wanted = list(plan.tracks.regions)
    found = {track.name: kept(plan.cache, track_key(plan, track)) for track in wanted}
    camera = kept(plan.cache, track_key(plan, None)) if plan.tracks.camera else None
    missing = [track for track in wanted if found[track.name] is None]
    asks = plan.tracks.camera and camera is None
    if missing or asks:
        made, motion = _Pass(plan, mattes, missing, camera=asks, progress=progress, cancelled=cancelled).run()
        for track in missing:
            found[track.name] = made[track.name]
            keep(plan.cache, track_key(plan, track), made[track.name])
        if motion is not None:
            camera = Stored(motion)
            keep(plan.cache, track_key(plan, None), camera)
    paths = {track.name: stored for track in wanted if isinstance(stored := found[track.name], Path)}
    return TrackSet(still, paths, camera.matrices if isinstance(camera, Stored) else None)


class _Pass:
    """One following of everything that is missing."""

    def __init__(
        self,
        plan: Plan,
        mattes: MatteSet,
        missing: list[TrackPlan],
        *,
        camera: bool,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._plan, self._mattes, self._tell, self._cancelled = plan, mattes, progress, cancelled
        self._scale, self._small = Scale.of(plan.size)
        self._missing = missing
        self._planes = {
            track.name: PlaneFollower(track, plan.regions[track.name], self._scale)
            for track in missing
            if track.kind in ("planar", "matte")
        }
        self._pinned = {
            track.name: MatteFollower(track, plan.size, proxy=plan.scale, rate=plan.plate.info.rate)
            for track in missing
            if track.kind == "follow"
        }
        self._cameras = self._panned(camera=camera)
        self._names = {name for track in missing for name in track.mattes} | {
            name for without in self._cameras for name in without
        }

    def _panned(self, *, camera: bool) -> dict[tuple[str, ...], CameraFollower]:
        moments: dict[tuple[str, ...], dict[str, Fraction]] = {self._plan.tracks.without: {}} if camera else {}
        for track in self._missing:
            if track.kind == "camera":
                moments.setdefault(track.without, {})[track.name] = track.at
        return {without: CameraFollower(without, self._scale, each) for without, each in moments.items()}

    @property
    def _followers(self) -> list[Follower]:
        return [*self._planes.values(), *self._cameras.values(), *self._pinned.values()]

    def run(self) -> tuple[dict[str, Path], NDArray[np.float64] | None]:
        """The paths by region, and the camera's motion where it was asked for."""
        count = 0
        with closing(self._glimpses(0, None)) as glimpses:
            for glimpse in glimpses:
                count += 1
                for follower in self._followers:
                    follower.forward(glimpse)
                self._tell(Progress("tracks", count, plate_shot(self._plan).count))
        self._backwards()
        paths = {name: follower.path(count) for name, follower in self._planes.items()}
        paths |= {name: follower.path() for name, follower in self._pinned.items()}
        for track in self._missing:
            if track.kind == "camera":
                paths[track.name] = self._cameras[track.without].path(track.name, self._plan.regions[track.name])
        asked = self._cameras.get(self._plan.tracks.without) if self._plan.tracks.camera else None
        return paths, None if asked is None else asked.motion

    def _backwards(self) -> None:
        end = first = max((follower.begins for follower in self._followers), default=0)
        side = max(1, BACKWARD_BYTES // (self._small.width * self._small.height * (1 + len(self._names))))
        while end > 0:
            start = max(0, end - side)
            with closing(self._glimpses(start, end)) as glimpses:
                part = list(glimpses)
            while part:
                glimpse = part.pop()
                for follower in self._followers:
                    if glimpse.index < follower.begins:
                        follower.backward(glimpse)
                self._tell(Progress("tracks: backwards", first - glimpse.index, first))
            end = start

    def _glimpses(self, start: int, end: int | None) -> Generator[Glimpse, None, None]:
        """Pictures of a part of the shot."""
        streams = self._mattes.open_all() if self._names else {}
        frames = plate_shot(self._plan).frames(luma=not self._names)
        with closing(frames):  # type: ignore[type-var]
            for index, frame, seconds, until in _timed(frames):
                if end is not None and index >= end:
                    return
                if self._cancelled():
                    raise Cancelled("stopped; nothing was written")
                if index < start:
                    continue
                alphas = {name: streams[name].matte_at(index, frame).alpha for name in self._names}
                points = {t.name: point_in(t, alphas[t.mattes[0]]) for t in self._missing if t.kind == "follow"}
                covered = {name: _covered(alpha, self._small) for name, alpha in alphas.items()}
                yield Glimpse(index, seconds, until, grey_of(frame, self._small), covered, points)


def _timed(frames: Iterator[Frame]) -> Iterator[tuple[int, Frame, Fraction, Fraction | float]]:
    """Frames with their numbers, seconds since the first, and when the next one begins."""
    shown: Frame | None = None
    first = Fraction(0)
    index = -1
    for frame in frames:
        if shown is None:
            first = frame.at.seconds
        else:
            yield index, shown, shown.at.seconds - first - ROUNDED, frame.at.seconds - first - ROUNDED
        shown, index = frame, index + 1
    if shown is not None:
        yield index, shown, shown.at.seconds - first - ROUNDED, float("inf")


def grey_of(frame: Frame, size: Size) -> NDArray[np.uint8]:
    """A frame's brightness as 8-bit grey of a size."""
    grey = luma_frame(frame)
    plane = grey.planes[0]
    if grey.format.depth > 8:
        plane = (plane >> (grey.format.depth - 8)).astype(np.uint8)
    if plane.shape != size.shape:
        plane = cv2.resize(plane, (size.width, size.height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(plane, np.uint8)


def _covered(alpha: Plane, size: Size) -> NDArray[np.bool_]:
    least = _COVERED * np.iinfo(alpha.dtype).max
    if alpha.shape == size.shape:
        return np.asarray(alpha > least)
    return np.asarray(cv2.resize(alpha, (size.width, size.height), interpolation=cv2.INTER_AREA) > least)
