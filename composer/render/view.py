"""What the output shows of every finished picture: where the framing follows a subject, or steadies the camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled
from composer.mask.scenes import marked
from composer.mask.stage import MatteSet
from composer.motion.align import aligned
from composer.motion.camera import estimate_camera
from composer.motion.flow import DisFlow
from composer.motion.follow_view import Subject, following
from composer.motion.stabilise import Steadied, steadied, step_of, window_map
from composer.pixels.view import viewed
from composer.plan.framing import FramingPlan
from composer.plan.model import Plan
from composer.render.patch import grey_of
from composer.render.shots import plate_shot
from composer.values import Frame, Homography, Matte, Progress, Quad, Size

Values = NDArray[np.float64]
_GLANCE = 640  # pixels of width at which the camera is measured: corners are found to a hundredth of one
_SMALL = 256  # pixels of width at which it is told whether it stands
_TRIPOD = 0.9  # of a scene's frames on which the camera stands: then it stands on all, and what moves is a subject
_SEEN = 1 / 2000  # of the picture that a subject covers at least to be followed


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen of a shot.

    Args:
        times: seconds since the start of the recipe, of every frame.
        places: (N, 6) middle, left upper and right lower corner of the subject, pixels of the plate; NaN where unseen.
        steps: (N, 4) of the camera, as in ``step_of``.
        starts: frames with which scenes begin.
    """

    times: tuple[Fraction, ...]
    places: Values
    steps: Values
    starts: tuple[int, ...]

    @property
    def scenes(self) -> Iterator[slice]:
        """Its scenes, in order."""
        for start, end in zip(self.starts, (*self.starts[1:], len(self.times)), strict=True):
            yield slice(start, end)


def watch(
    plan: Plan,
    mattes: MatteSet,
    framing: FramingPlan,
    *,
    tell: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Watched:
    """Look at all of a shot once: its cuts, its camera and the subject that is followed.

    Args:
        plan: what to do.
        mattes: made before.
        framing: of that plan.
        tell: told after every frame.
        cancelled: asked once a frame; True stops the work.
    """
    stream = None if framing.asked.follow is None else mattes.open(framing.asked.follow)
    origin = plan.plate.info.start + plan.plate.start
    times: list[Fraction] = []
    places: list[Values] = []

    shot = plate_shot(plan)

    def glances() -> Iterator[NDArray[np.uint8]]:
        for index, frame in enumerate(shot.frames()):
            if cancelled():
                raise Cancelled("stopped; nothing was written")
            times.append(frame.at.seconds - origin)
            places.append(np.full(6, np.nan) if stream is None else _place(stream.matte_at(index, frame)))
            yield _glance(frame)
            tell(Progress("framing", len(times), shot.count))

    steps, starts = _camera(glances(), plan.size, is_measured=framing.asked.stabilise > 0)
    return Watched(tuple(times), np.array(places), np.array(steps), tuple(starts))


def _camera(glances: Iterator[NDArray[np.uint8]], size: Size, *, is_measured: bool) -> tuple[list[Values], list[int]]:
    """The camera's step to every picture, and the pictures with which scenes begin."""
    steps: list[Values] = []
    starts: list[int] = []
    stood: list[list[bool]] = []
    before: NDArray[np.uint8] | None = None
    flow = DisFlow()
    for index, (glance, is_cut) in enumerate(marked(glances)):
        found = None
        if before is not None and not is_cut and is_measured:
            found = aligned(before, glance)
            stood[-1] += [estimate_camera(flow.estimate(_small(before), _small(glance))).still]
        if before is None or is_cut:
            starts.append(index)
            stood.append([])
        into = np.diag([size.width / glance.shape[1], size.height / glance.shape[0], 1.0])
        steps.append(np.zeros(4) if found is None else step_of(into @ found.matrix @ np.linalg.inv(into), size))
        before = glance
    for start, end, still in zip(starts, (*starts[1:], len(steps)), stood, strict=True):
        if still and sum(still) >= _TRIPOD * len(still):
            steps[start:end] = [np.zeros(4)] * (end - start)
    return steps, starts


def _small(glance: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture on which it is told whether the camera stands."""
    scale = min(1.0, _SMALL / glance.shape[1])
    size = (max(1, round(glance.shape[1] * scale)), max(1, round(glance.shape[0] * scale)))
    return np.asarray(cv2.resize(glance, size, interpolation=cv2.INTER_AREA), np.uint8)


def _glance(frame: Frame) -> NDArray[np.uint8]:
    grey = grey_of(frame)
    if grey.shape[1] <= _GLANCE:
        return grey
    small = (_GLANCE, max(1, round(grey.shape[0] * _GLANCE / grey.shape[1])))
    return np.asarray(cv2.resize(grey, small, interpolation=cv2.INTER_AREA), np.uint8)


def _place(matte: Matte) -> Values:
    """Middle and bounds of a matte, x before y; NaN where next to nothing is seen."""
    inside = matte.alpha > matte.maximum // 2
    if inside.mean() < _SEEN:
        return np.full(6, np.nan)
    columns, rows = inside.sum(axis=0), inside.sum(axis=1)
    spans = [(np.flatnonzero(line), line) for line in (columns, rows)]
    middles = [float((np.arange(len(line)) + 0.5) @ line / line.sum()) for _, line in spans]
    return np.array([*middles, *(float(seen[0]) for seen, _ in spans), *(float(seen[-1] + 1) for seen, _ in spans)])


@dataclass(eq=False)
class View:
    """The part of every finished picture that is written.

    Args:
        plan: says how the output is framed.
        maps: (N, 3, 3) from the steadied picture to the frame; empty where nothing is steadied.
        middles: (N, 2) middle of the view in the steadied picture; empty where nothing is followed.
        scenes: what was steadied, by scene.
    """

    plan: Plan
    maps: Values = field(default_factory=lambda: np.zeros((0, 3, 3)))
    middles: Values = field(default_factory=lambda: np.zeros((0, 2)))
    scenes: tuple[Steadied, ...] = ()
    _kept: list[tuple[float, Fraction]] = field(default_factory=list)

    def window_at(self, index: int, seconds: Fraction) -> Quad:
        """Corners of the part that is shown, in pixels of the plate.

        Args:
            index: of the frame in the used span.
            seconds: since the start of the recipe.
        """
        framing = self._framing
        middle = self.middles[min(index, len(self.middles) - 1)] if len(self.middles) else None
        window = framing.window_at(seconds, self.plan.plate.info.rate, middle=middle)
        if not len(self.maps):
            return window
        matrix = self.maps[min(index, len(self.maps) - 1)]
        return window if np.array_equal(matrix, np.eye(3)) else Quad(Homography(matrix).applied(window.corners))

    def shown(self, picture: Frame, index: int, seconds: Fraction) -> Frame:
        """The part of a picture that the output shows.

        Args:
            picture: a composite of the plate's size, or a matte as a grey frame.
            index: of the frame in the used span.
            seconds: since the start of the recipe.
        """
        if self.plan.framing is None:
            return picture
        return viewed(picture, self.window_at(index, seconds), self.plan.framing.size)

    def note(self, matte: Matte, index: int, seconds: Fraction) -> None:
        """Take down how much of the followed subject the view keeps on a frame."""
        whole = float(matte.alpha.sum(dtype=np.float64))
        if whole <= _SEEN * matte.alpha.size * matte.maximum:
            return
        outline = np.rint(self.window_at(index, seconds).corners).astype(np.int32)
        mask = np.zeros(matte.alpha.shape, np.uint8)
        cv2.fillConvexPoly(mask, outline, 1)
        self._kept.append((float(matte.alpha[mask > 0].sum(dtype=np.float64)) / whole, seconds))

    @property
    def shares(self) -> list[float]:
        """The shares of the subject that were noted, frame by frame."""
        return [share for share, _ in self._kept]

    @property
    def words(self) -> str:
        """What the view did, in words; empty where it just stood."""
        said = []
        if self._kept:
            least, when = min(self._kept)
            mean = sum(self.shares) / len(self.shares)
            name = self._framing.asked.follow
            said.append(f"{mean:.1%} of '{name}' kept in the picture, {least:.1%} at least (at {float(when):.2f}s)")
        for scene in self.scenes:
            did = f"steadied, enlarged by {scene.zoom:.3f}" if scene.zoom > 1 else "left as it is"
            said.append(f"camera shake of {scene.shake:.1f} px {did}")
        return "; ".join(said)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of it."""
        if not self._kept or min(self._kept)[0] >= 0.5:
            return ()
        count = sum(share < 0.5 for share in self.shares)
        name, when = self._framing.asked.follow, float(min(self._kept)[1])
        return (f"less than half of '{name}' is in the picture on {count} frames, first looked at {when:.2f}s",)

    @property
    def _framing(self) -> FramingPlan:
        if self.plan.framing is None:
            raise ValueError("the output is not framed")
        return self.plan.framing


def make_view(plan: Plan, mattes: MatteSet, *, tell: Callable[[Progress], None], cancelled: Callable[[], bool]) -> View:
    """The view of a plan; where it depends on the shot, that is looked at once from end to end.

    Args:
        plan: what to do.
        mattes: made before.
        tell: told after every frame that is looked at.
        cancelled: asked as often; True stops the work.
    """
    framing = plan.framing
    if framing is None or not framing.asked.is_watched:
        return View(plan)
    seen = watch(plan, mattes, framing, tell=tell, cancelled=cancelled)
    maps, scenes = _steady(seen, plan, framing)
    return View(plan, maps, _followed(seen, plan, framing, maps), scenes)


def _sigma(plan: Plan, framing: FramingPlan) -> float:
    """Frames that the framing is smoothed over."""
    rate = plan.plate.info.rate
    return float(framing.asked.smooth.moment.seconds_at(rate) * rate.value)


def _steady(seen: Watched, plan: Plan, framing: FramingPlan) -> tuple[Values, tuple[Steadied, ...]]:
    """What leads from the steadied picture to every frame, and what was done to every scene."""
    if not framing.asked.stabilise:
        return np.zeros((0, 3, 3)), ()
    sigma = _sigma(plan, framing)
    scenes = [
        steadied(seen.steps[part], plan.size, sigma=sigma, amount=framing.asked.stabilise) for part in seen.scenes
    ]
    maps = [window_map(each, plan.size, scene.zoom) for scene in scenes for each in scene.correction]
    return np.array(maps), tuple(scenes)


def _followed(seen: Watched, plan: Plan, framing: FramingPlan, maps: Values) -> Values:
    """The middle of the view on every frame of the steadied picture."""
    if framing.asked.follow is None:
        return np.zeros((0, 2))
    rate, sigma = plan.plate.info.rate, _sigma(plan, framing)
    places = seen.places.reshape(-1, 3, 2)
    if len(maps):
        places = np.stack(
            [Homography(np.linalg.inv(each)).applied(place) for each, place in zip(maps, places, strict=True)]
        )
    views = np.array([framing.extent_at(time, rate) for time in seen.times])
    middles = np.empty((len(views), 2))
    for part in seen.scenes:
        for axis, whole in enumerate((plan.size.width, plan.size.height)):
            subject = Subject(*(places[part, which, axis] for which in range(3)))
            middles[part, axis] = following(subject, views[part, axis], whole, sigma=sigma, rate=float(rate.value))
    return middles
