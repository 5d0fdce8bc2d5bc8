"""A hole in a frame of a moving camera, filled with what the nearest frames in time see there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from composer.effects.clean import Cleaned, CleanPlate
from composer.motion.align import aligned
from composer.motion.flow import Grey
from composer.pixels.carry import carried, carried_matte
from composer.pixels.fill import inpainted, levelled
from composer.pixels.filter import spread
from composer.pixels.luma import luma_frame
from composer.pixels.median import masked_median, never_seen, seen_samples
from composer.pixels.planes import bounds, cropped, plane_slices
from composer.values import Box, Frame, Homography, PixelFormat, Plane

Camera = Callable[[int, int], Homography]
#: The median of this many frames is taken: fewer flicker, more blur where the place is deep.
_ENOUGH = 5
#: Frames looked at when all is seen in at least one; more are looked at for what is not.
_MOST = 10
#: Margin around a hole that shows how the light changed, in pixels.
_RING = 12


@dataclass(eq=False)
class Sample:
    """A frame of the shot that is kept.

    Args:
        index: in the used span.
        frame: the picture.
        grey: its brightness, (H, W) uint8.
        hole: (H, W) uint8, 255 where it is not to be looked at.
        holes: the same by what is taken out.
    """

    index: int
    frame: Frame
    grey: Grey
    hole: Plane = field(default_factory=lambda: np.zeros((1, 1), np.uint8))
    holes: dict[CleanPlate, Plane] = field(default_factory=dict)

    def of(self, asked: CleanPlate) -> Sample:
        """The sample with the hole of one clean plate."""
        return replace(self, hole=self.holes[asked])


def grey_of(frame: Frame) -> Grey:
    """(H, W) uint8 brightness."""
    luma = luma_frame(frame)
    return np.asarray(luma.planes[0] >> (luma.format.depth - 8), np.uint8)


@dataclass(frozen=True, eq=False)
class _View:
    """What one sample shows of a box of the frame now."""

    planes: tuple[Plane, ...]
    seen: NDArray[np.bool_]


@dataclass(eq=False)
class Stand:
    """How kept frames of one shot lie over each other and over a frame.

    A frame is compared with the kept frame nearest in time, and the kept frames with each other, each pair once.

    Args:
        samples: of the shot, with what is not to be looked at in each.
        camera: about how the camera leads from one frame to another.
    """

    samples: Sequence[Sample]
    camera: Camera
    _between: dict[tuple[int, int], Homography] = field(default_factory=dict, repr=False)

    def maps(self, index: int, grey: Grey) -> Iterator[tuple[Sample, Homography]]:
        """Kept frames, the nearest in time first, with the map from each to a frame.

        Args:
            index: of the frame in the used span.
            grey: its brightness.
        """
        ordered = sorted(self.samples, key=lambda one: abs(one.index - index))
        nearest = ordered[0]
        last = Homography(np.eye(3)) if nearest.index == index else self._found(nearest, index, grey)
        for sample in ordered:
            yield sample, Homography(last.matrix @ self._map(sample, nearest).matrix)

    def _map(self, first: Sample, second: Sample) -> Homography:
        if first is second:
            return Homography(np.eye(3))
        key = (first.index, second.index)
        if key not in self._between:
            found = self._found(first, second.index, second.grey)
            self._between[key] = found
            self._between[key[::-1]] = Homography(np.linalg.inv(found.matrix).astype(np.float64))
        return self._between[key]

    def _found(self, sample: Sample, index: int, grey: Grey) -> Homography:
        guess = self.camera(sample.index, index)
        return aligned(sample.grey, grey, guess=guess, use_first=sample.hole == 0) or guess


def patched(index: int, frame: Frame, hole: Plane, stand: Stand) -> Cleaned:
    """A frame whose hole shows what is behind it.

    Args:
        index: of the frame in the used span.
        frame: the frame.
        hole: (H, W) uint8, 255 on what is to be replaced.
        stand: the kept frames of its shot.
    """
    if not hole.any():
        return Cleaned(frame, index)
    pixels, box = frame.format, bounds(hole)
    reach = 2 * _RING
    domain = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach).snapped(frame.size, step=pixels.cell)
    views = _enough(_views(index, frame, hole, domain, stand), hole[domain.slices] > 0)
    near, now = hole[domain.slices], cropped(frame.planes, pixels, domain)
    planes, unseen = _filled(now, near, views, pixels)
    whole = tuple(np.array(plane, order="C") for plane in frame.planes)
    guess = np.zeros(frame.size.shape, np.uint8)
    guess[domain.slices] = unseen
    for number, plane in enumerate(inpainted(planes, unseen, pixels)):
        whole[number][plane_slices(domain, pixels, number)] = plane
    return Cleaned(replace(frame, planes=whole, origin=None), index, guess if unseen.any() else None)


def _filled(
    now: tuple[Plane, ...], hole: Plane, views: Sequence[_View], pixels: PixelFormat
) -> tuple[tuple[Plane, ...], Plane]:
    """The box with its hole filled as far as it is seen, and 255 where it is not."""
    if not views:
        return now, hole
    planes, counts = [], []
    for number, plane in enumerate(now):
        seen = [seen_samples(np.where(view.seen, 0, 255).astype(np.uint8), pixels, number) for view in views]
        median, count = masked_median([view.planes[number] for view in views], seen)
        kept = seen_samples(hole, pixels, number)
        planes.append(np.where(kept | (count == 0), plane, median))
        counts.append(np.where(kept, 1, count).astype(np.uint8))
    return tuple(planes), never_seen(counts, pixels)


def _enough(views: Iterator[_View], hole: NDArray[np.bool_]) -> list[_View]:
    """Views until every pixel of the hole is seen often enough, or no more come; those that show nothing new go."""
    taken: list[_View] = []
    count = np.zeros(hole.shape, np.uint8)
    for number, view in enumerate(views, 1):
        wanted = view.seen & hole & (count < _ENOUGH)
        if wanted.any():
            taken.append(_View(view.planes, view.seen & (~hole | wanted)))
            count += wanted
        if (count[hole] >= (_ENOUGH if number < _MOST else 1)).all():
            break
    return taken


def _views(index: int, frame: Frame, hole: Plane, domain: Box, stand: Stand) -> Iterator[_View]:
    """What the kept frames show of a box, the nearest in time first, in the light of now."""
    ring = np.where(hole[domain.slices] > 0, 0, spread(hole[domain.slices], _RING)).astype(np.uint8)
    now = cropped(frame.planes, frame.format, domain)
    for sample, map_ in stand.maps(index, grey_of(frame)):
        view = _warped(sample, map_, domain, frame.format)
        around = np.where(view.seen, ring, 0).astype(np.uint8)
        yield _View(levelled(view.planes, now, around, frame.format), view.seen)


def _warped(sample: Sample, map_: Homography, domain: Box, pixels: PixelFormat) -> _View:
    """A kept frame as it looks in a box of another frame."""
    whole = Box.whole(sample.frame.size)
    planes = carried(sample.frame.planes, pixels, map_, origin=whole, domain=domain)
    # Nothing is seen beyond its border.
    free = np.where(sample.hole > 0, 0, 255).astype(np.uint8)
    return _View(planes, carried_matte(free, map_, origin=whole, domain=domain) == 255)
