"""What is followed through a shot, picture by picture: one follower each for surfaces, the camera and subjects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import InputError, NothingFound
from composer.motion.follow import point_of, smoothed
from composer.motion.landmark import landmark_in
from composer.motion.pan import Pan, opened, panned
from composer.motion.path import Path, standing
from composer.motion.points import Flags, Look
from composer.motion.track import FEWEST, LOST, Found, State, Status, begun, step
from composer.plan.model import TrackPlan
from composer.values import FrameRate, Plane, Quad, Size

#: Pixels more than this are too many: larger pictures are looked at smaller.
MOST_PIXELS = 1920 * 1080
#: What a matte covers is not looked at, nor what is as near to it as this share of the height.
_MARGIN = 0.01


@dataclass(frozen=True, eq=False)
class Glimpse:
    """One picture of the shot, as followers want it.

    Args:
        index: of the frame in the used span.
        seconds: since the first used frame.
        until: seconds at which the next frame begins; infinite for the last.
        grey: (h, w) uint8, maybe smaller than the plate.
        covered: (h, w) bool by matte.
        points: by name of a region that follows a matte, the point of it in pixels of the plate, or None.
    """

    index: int
    seconds: Fraction
    until: Fraction | float
    grey: NDArray[np.uint8]
    covered: Mapping[str, Flags]
    points: Mapping[str, NDArray[np.float64] | None] = field(default_factory=dict)

    def shows(self, at: Fraction) -> bool:
        """Whether it is the frame that is shown at a moment."""
        return self.seconds <= at < self.until

    @property
    def _near(self) -> Flags:
        side = 2 * max(1, round(_MARGIN * self.grey.shape[0])) + 1
        return np.ones((side, side), np.bool_)

    def off(self, mattes: Iterable[str]) -> Look:
        """The picture, to be looked at beside some mattes."""
        usable = np.ones(self.grey.shape, np.bool_)
        for name in mattes:
            usable &= cv2.dilate(self.covered[name].view(np.uint8), self._near.view(np.uint8)) == 0
        return Look(self.grey, None if usable.all() else usable)

    def on(self, matte: str) -> Look:
        """The picture, to be looked at where a matte covers it."""
        inside = cv2.erode(self.covered[matte].view(np.uint8), self._near.view(np.uint8))
        return Look(self.grey, inside > 0)


@dataclass(frozen=True)
class Scale:
    """From the plate's pixel edges to the pixel centres of the picture that is looked at.

    Args:
        across: width of the one over that of the other.
        down: height likewise.
    """

    across: float
    down: float

    @classmethod
    def of(cls, size: Size) -> tuple[Scale, Size]:
        """How large a plate is looked at, and the scale to that."""
        factor = min(1.0, (MOST_PIXELS / (size.width * size.height)) ** 0.5)
        small = size.scaled(factor)
        return cls(small.width / size.width, small.height / size.height), small

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3)."""
        return np.array([[self.across, 0, -0.5], [0, self.down, -0.5], [0, 0, 1]], np.float64)

    def corners(self, quad: Quad) -> NDArray[np.float64]:
        """A quad of the plate in pixel centres of the picture that is looked at."""
        return quad.corners * [self.across, self.down] - 0.5

    def edges(self, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
        """(T, 3, 3) motions there as motions of the plate's pixel edges."""
        return np.asarray(np.linalg.inv(self.matrix) @ matrices @ self.matrix)


class Follower(Protocol):
    """Something that is followed."""

    def forward(self, glimpse: Glimpse) -> None:
        """Take in the next picture of the shot."""
        ...

    @property
    def begins(self) -> int:
        """The frame from which it is followed backwards; 0 where it is not."""
        ...

    def backward(self, glimpse: Glimpse) -> None:
        """Take in the picture before the last one."""
        ...


class PlaneFollower:
    """Follows the surface in a region, or what a matte covers there.

    Args:
        plan: the region.
        quad: its corners, pixels of the plate.
        scale: to the picture that is looked at.
    """

    def __init__(self, plan: TrackPlan, quad: Quad, scale: Scale) -> None:
        self._plan, self._quad, self._scale = plan, quad, scale
        self._first: State | None = None
        self._last: State | None = None
        self._before: State | None = None
        self._found: dict[int, Found] = {}
        self.begins = 0

    def forward(self, glimpse: Glimpse) -> None:
        """See ``Follower``."""
        if self._last is not None:
            self._last, self._found[glimpse.index] = step(self._last, self._look(glimpse))
        elif glimpse.shows(self._plan.at):
            self._last = self._before = self._begun(glimpse)
            self.begins = glimpse.index
            self._found[glimpse.index] = Found(np.eye(3), 1.0, Status.SEEN)

    def backward(self, glimpse: Glimpse) -> None:
        """See ``Follower``."""
        if self._before is not None and glimpse.index < self.begins:
            self._before, self._found[glimpse.index] = step(self._before, self._look(glimpse))

    def _look(self, glimpse: Glimpse) -> Look:
        return glimpse.on(self._plan.on) if self._plan.on is not None else glimpse.off(self._plan.without)

    def _begun(self, glimpse: Glimpse) -> State:
        look, corners = self._look(glimpse), self._scale.corners(self._quad)
        state = begun(look, corners)
        if not state.is_textureless:
            return state
        head = f"{self._plan.where}: region '{self._plan.name}'"
        bare = landmark_in(Look(glimpse.grey), corners, np.eye(3))
        if len(bare.points) >= FEWEST and self._plan.on is not None:
            words = f"{head}: '{self._plan.on}' covers too little of it on frame {glimpse.index} to hold on to"
            raise NothingFound(words, hint="name a moment at which the subject fills it, or make it larger")
        if len(bare.points) >= FEWEST:
            words = f"{head} is hidden by {' and '.join(self._plan.without)} on frame {glimpse.index}"
            raise InputError(words, hint="name a moment with 'at' at which nothing stands in front of it")
        words = f"{head} has no texture to hold on to on frame {glimpse.index}"
        raise NothingFound(words, hint="track: camera moves it with the whole picture instead")

    def path(self, count: int) -> Path:
        """Where the region lies on each of so many frames."""
        found = [self._found.get(index, LOST) for index in range(count)]
        unknown = np.full((3, 3), np.nan)
        matrices = np.stack([unknown if each.matrix is None else each.matrix for each in found])
        path = standing(self._quad.corners, self._scale.edges(matrices), np.array([each.confidence for each in found]))
        status = np.array([each.status for each in found], np.uint8)
        return Path(path.corners, path.confidence, np.minimum(status, np.where(path.status > 0, 2, 0)).astype(np.uint8))


class CameraFollower:
    """Follows the camera.

    Args:
        without: mattes of what moves by itself.
        scale: to the picture that is looked at.
        moments: by region that moves with the camera, when its corners are right.
    """

    begins = 0

    def __init__(self, without: tuple[str, ...], scale: Scale, moments: Mapping[str, Fraction]) -> None:
        self._without, self._scale, self._moments = without, scale, moments
        self._pan: Pan | None = None
        self._matrices: list[NDArray[np.float64]] = []
        self._scenes: list[int] = []
        self._trust: list[float] = []
        self._shown: dict[str, int] = {}

    def forward(self, glimpse: Glimpse) -> None:
        """See ``Follower``."""
        look = glimpse.off(self._without)
        self._pan, seen = opened(look) if self._pan is None else panned(self._pan, look)
        self._matrices.append(seen.matrix)
        self._scenes.append(seen.scene)
        self._trust.append(seen.confidence)
        self._shown |= {name: glimpse.index for name, at in self._moments.items() if glimpse.shows(at)}

    def backward(self, glimpse: Glimpse) -> None:
        """The camera is followed forwards alone."""

    @property
    def motion(self) -> NDArray[np.float64]:
        """(T, 3, 3) from the first frame, pixel edges of the plate; NaN after a cut."""
        return self._since(0)[0]

    def _since(self, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        known = np.equal(self._scenes, self._scenes[index])
        trust: NDArray[np.float64] = np.where(known, self._trust, 0.0)
        matrices = np.where(
            known[:, None, None], np.stack(self._matrices) @ np.linalg.inv(self._matrices[index]), np.nan
        )
        return self._scale.edges(matrices), trust

    def path(self, name: str, quad: Quad) -> Path:
        """Where a region lies that moves with the camera."""
        path = standing(quad.corners, *self._since(self._shown[name]))
        weak = (path.status == Status.SEEN) & (path.confidence <= 0.25)
        return Path(path.corners, path.confidence, np.where(weak, Status.CARRIED, path.status).astype(np.uint8))


class MatteFollower:
    """Follows a point of what a matte covers.

    Args:
        plan: the region.
        size: of the plate.
        proxy: its scale against full size.
        rate: of the footage.
    """

    begins = 0

    def __init__(self, plan: TrackPlan, size: Size, *, proxy: float, rate: FrameRate) -> None:
        self._plan, self._size, self._proxy, self._rate = plan, size, proxy, rate
        self._points: list[NDArray[np.float64]] = []
        self._seconds: list[float] = []

    def forward(self, glimpse: Glimpse) -> None:
        """See ``Follower``."""
        point = glimpse.points[self._plan.name]
        self._points.append(np.full(2, np.nan) if point is None else point)
        self._seconds.append(float(glimpse.seconds))

    def backward(self, glimpse: Glimpse) -> None:
        """A matte is followed forwards alone."""

    def path(self) -> Path:
        """Where the region lies."""
        spec, sides = self._plan.spec, (self._size.width, self._size.height)
        length = float(spec.smooth.moment.seconds_at(self._rate))
        points = smoothed(np.stack(self._points), np.array(self._seconds), length)
        shift = np.array([each.pixels(side, proxy=self._proxy) for each, side in zip(spec.offset, sides, strict=True)])
        half = [each.pixels(side, proxy=self._proxy) / 2 for each, side in zip(spec.size or (), sides, strict=True)]
        box = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        corners: NDArray[np.float64] = (points + shift)[:, None, :] + box
        known = np.isfinite(points[:, 0])
        return Path(corners, np.where(known, 1.0, 0.0), np.where(known, Status.SEEN, Status.LOST).astype(np.uint8))


def point_in(plan: TrackPlan, alpha: Plane) -> NDArray[np.float64] | None:
    """The point of a matte that a region is pinned to."""
    return point_of(alpha, plan.spec.anchor)
