"""Clean plates: every shot of the plate is read once ahead, some of its frames are kept, and the subject left out.

A shot ends at a cut. Of each at most so many frames are kept as a clean plate may look at, spread over it, so memory
goes neither by its length nor by that of the plate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import product

import cv2
import numpy as np

from composer.effects.clean import Cleaned, CleanPlate
from composer.errors import Cancelled
from composer.mask.scenes import marked
from composer.mask.stage import MatteSet, MatteStream
from composer.motion.align import aligned, farthest
from composer.motion.flow import Grey
from composer.pipeline import Ahead
from composer.pixels.fill import inpainted, levelled
from composer.pixels.median import masked_median, never_seen, seen_samples
from composer.plan.model import Plan
from composer.render.compose import Lazy
from composer.render.patch import Sample, Stand, grey_of, patched
from composer.render.shots import plate_shot
from composer.values import Frame, Homography, Matte, Plane, Size

#: Cameras are followed on pictures of about this many pixels, and count as still when no corner moves by this much.
_GLANCE, _STILL = 480 * 270, 0.5
#: Light is compared on blocks of 2 x 2 pixels this far apart.
_APART = 12


@dataclass(frozen=True)
class Unseen:
    """How much of what was taken out is never seen in its shot, and was guessed.

    Args:
        frames: of which something was taken out.
        share: of all pixels taken out, 0..1.
        worst: largest share of one frame.
        worst_frame: which, counted from the first one that is looked at; None where all was seen.
    """

    frames: int = 0
    share: float = 0.0
    worst: float = 0.0
    worst_frame: int | None = None


@dataclass
class _Tally:
    """Adds up what is never seen, frame by frame; several clean plates without the same mattes count together."""

    frames: int = 0
    pixels: int = 0
    unseen: int = 0
    worst: float = 0.0
    worst_frame: int | None = None
    last: int | None = None

    def add(self, index: int, hole: Plane, unseen: Plane | None) -> None:
        pixels = int(np.count_nonzero(hole))
        if not pixels:
            return
        guessed = 0 if unseen is None else int(np.count_nonzero(unseen[hole > 0]))
        self.frames += index != self.last
        self.last, self.pixels, self.unseen = index, self.pixels + pixels, self.unseen + guessed
        if guessed / pixels > self.worst:
            self.worst, self.worst_frame = guessed / pixels, index

    def summary(self) -> Unseen:
        return Unseen(self.frames, self.unseen / max(1, self.pixels), self.worst, self.worst_frame)


@dataclass(eq=False)
class _Shot:
    """One shot of the plate.

    Args:
        start: its first frame in the used span.
        stop: the first frame after it.
        samples: kept frames by index.
        cameras: about how the camera leads from the shot's first frame to each, on edge coordinates of the plate.
        stills: finished plates of a camera that does not move.
        stands: the kept frames of one that does.
    """

    start: int
    stop: int
    samples: list[Sample]
    cameras: list[Homography]
    stills: dict[CleanPlate, Cleaned | None] = field(default_factory=dict)
    stands: dict[CleanPlate, Stand] = field(default_factory=dict)

    def camera(self, first: int, second: int) -> Homography:
        """About how the camera leads from one frame to another."""
        maps = self.cameras[second - self.start].matrix @ np.linalg.inv(self.cameras[first - self.start].matrix)
        return Homography(maps)


class CleanPlates:
    """All clean plates that a plan asks for.

    Args:
        plan: names them.
        mattes: made before.
        cancelled: asked once a frame.
    """

    def __init__(self, plan: Plan, mattes: MatteSet, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._plan, self._mattes, self._cancelled = plan, mattes, cancelled
        self._stack = ExitStack()
        self._shots: Iterator[_Shot] | None = None
        self._shot: _Shot | None = None
        self._streams: dict[CleanPlate, dict[str, MatteStream]] = {}
        self._tallies = {_named(asked): _Tally() for asked in plan.cleans}

    def at(self, index: int, frame: Frame, mattes: Mapping[str, Matte]) -> Lazy[CleanPlate, Cleaned]:
        """Every clean plate as it looks from a frame; made when asked for.

        Args:
            index: of the frame in the used span, rising.
            frame: that frame.
            mattes: of that frame.
        """
        return Lazy({asked: partial(self._made, asked, index, frame, mattes) for asked in self._plan.cleans})

    def unseen(self) -> dict[str, Unseen]:
        """What was never seen so far, by the names of the mattes that were taken out."""
        return {name: tally.summary() for name, tally in self._tallies.items()}

    def _made(self, asked: CleanPlate, index: int, frame: Frame, mattes: Mapping[str, Matte]) -> Cleaned:
        shot = self._reached(index)
        hole = self._hole(asked, [mattes[name] for name in asked.without], frame.size)
        if asked not in shot.stills:
            shot.stills[asked] = self._still(asked, shot)
        still = shot.stills[asked]
        made = still or patched(index, frame, hole, self._stand(asked, shot))
        self._tallies[_named(asked)].add(index, hole, made.unseen)
        return made

    def _hole(self, asked: CleanPlate, mattes: list[Matte], size: Size) -> Plane:
        return asked.hole(mattes, size.height, self._plan.scale)

    def _holed(self, asked: CleanPlate, shot: _Shot) -> list[Sample]:
        """The kept frames with what this clean plate leaves out of them."""
        for sample in shot.samples:
            if asked not in sample.holes:
                mattes = [self._opened(asked)[name].matte_at(sample.index, sample.frame) for name in asked.without]
                sample.holes[asked] = self._hole(asked, mattes, sample.frame.size)
        return [sample.of(asked) for sample in shot.samples]

    def _stand(self, asked: CleanPlate, shot: _Shot) -> Stand:
        if asked not in shot.stands:
            shot.stands[asked] = Stand(self._holed(asked, shot), shot.camera)
        return shot.stands[asked]

    def _opened(self, asked: CleanPlate) -> dict[str, MatteStream]:
        """Mattes of a clean plate's own: streams only go forwards, and each plate looks at a shot's first frame."""
        if asked not in self._streams:
            self._streams[asked] = self._mattes.open_all()
        return self._streams[asked]

    def _still(self, asked: CleanPlate, shot: _Shot) -> Cleaned | None:
        """One plate for the whole shot, or None where the camera moves."""
        samples = self._holed(asked, shot)
        if not _is_still(shot, samples):
            return None
        pixels, first = samples[0].frame.format, samples[0].frame
        planes, counts = [], []
        pictures = [_in_light_of(samples[len(samples) // 2], sample) for sample in samples]
        for plane in range(pixels.plane_count):
            seen = [seen_samples(sample.hole, pixels, plane) for sample in samples]
            median, count = masked_median([picture[plane] for picture in pictures], seen)
            planes.append(median)
            counts.append(count)
        unseen = never_seen(counts, pixels)
        filled = inpainted(tuple(planes), unseen, pixels)
        frame = Frame(filled, pixels, first.color, first.at, first.duration)
        return Cleaned(frame, (asked, shot.start), unseen if unseen.any() else None, is_still=True)

    def _reached(self, index: int) -> _Shot:
        if self._shots is None:
            self._shots = self._read()
        while self._shot is None or self._shot.stop <= index:
            self._shot = next(self._shots)
        return self._shot

    def _read(self) -> Iterator[_Shot]:
        frames = self._stack.enter_context(Ahead(plate_shot(self._plan).frames(), depth=2, name="decode clean plates"))
        most = max(asked.samples for asked in self._plan.cleans)
        reading: _Reading | None = None
        for index, (frame, is_cut) in enumerate(_with_cuts(frames)):
            if self._cancelled():
                raise Cancelled("stopped; nothing was written")
            if reading is not None and is_cut:
                yield reading.shot()
                reading = None
            reading = reading or _Reading(index, most)
            reading.add(index, frame)
        if reading is not None:
            yield reading.shot()

    def close(self) -> None:
        """Stop reading."""
        self._stack.close()


def _named(asked: CleanPlate) -> str:
    return " and ".join(asked.without)


def _with_cuts(frames: Iterator[Frame] | Ahead[Frame]) -> Iterator[tuple[Frame, bool]]:
    """Frames, each with whether it is the first of another shot."""
    waiting: deque[Frame] = deque()

    def greys() -> Iterator[Grey]:
        for frame in frames:
            waiting.append(frame)
            yield grey_of(frame)

    for _, is_cut in marked(greys()):
        yield waiting.popleft(), is_cut


class _Reading:
    """A shot while it is read: frames are kept ever more sparsely, and the camera is followed from each to the next."""

    def __init__(self, start: int, most: int) -> None:
        self._start, self._most, self._step = start, most, 1
        self._kept: list[Sample] = []
        self._cameras: list[Homography] = []
        self._glance: Grey | None = None

    def add(self, index: int, frame: Frame) -> None:
        self._follow(frame)
        if (index - self._start) % self._step:
            return
        self._kept.append(Sample(index, frame, grey_of(frame)))
        if len(self._kept) > self._most:
            self._kept, self._step = self._kept[::2], 2 * self._step

    def _follow(self, frame: Frame) -> None:
        grey = grey_of(frame)
        scale = min(1.0, (_GLANCE / grey.size) ** 0.5)
        size = Size(grey.shape[1], grey.shape[0]).scaled(scale)
        glance = np.asarray(cv2.resize(grey, (size.width, size.height), interpolation=cv2.INTER_AREA), np.uint8)
        if self._glance is None:
            self._cameras.append(Homography(np.eye(3)))
        else:
            small = aligned(self._glance, glance, rest=0.03) or Homography(np.eye(3))
            into = np.diag([grey.shape[1] / size.width, grey.shape[0] / size.height, 1.0])
            step = into @ small.matrix @ np.linalg.inv(into)
            self._cameras.append(Homography(step @ self._cameras[-1].matrix))
        self._glance = glance

    def shot(self) -> _Shot:
        return _Shot(self._start, self._start + len(self._cameras), self._kept, self._cameras)


def _is_still(shot: _Shot, samples: list[Sample]) -> bool:
    """Whether no sample is moved against the middle one, where what is taken out of either is not looked at."""
    middle = samples[len(samples) // 2]
    height, width = middle.grey.shape
    for sample in samples:
        if sample is middle:
            continue
        guess = shot.camera(middle.index, sample.index)
        both = (middle.hole == 0) & (sample.hole == 0)
        found = aligned(middle.grey, sample.grey, use_first=both) or guess
        if farthest(found, height, width) > _STILL:
            return False
    return True


def _in_light_of(middle: Sample, sample: Sample) -> tuple[Plane, ...]:
    """A sample's planes in the light of the middle one, judged by a few pixels that both show."""
    if sample is middle:
        return sample.frame.planes
    both = np.zeros_like(sample.hole)
    for row, column in product(range(2), range(2)):  # blocks that hold whole chroma cells of every usual format
        part = (slice(row, None, _APART), slice(column, None, _APART))
        both[part] = np.where((sample.hole[part] == 0) & (middle.hole[part] == 0), 255, 0)
    return levelled(sample.frame.planes, middle.frame.planes, both, sample.frame.format)


def unseen_words(unseen: Mapping[str, Unseen]) -> list[str]:
    """What a user should know about guessed background, in sentences."""
    return [
        f"behind {name}: {one.share:.1%} of what was taken out is never seen in its shot and was guessed, "
        f"at most {one.worst:.1%} of a frame's (frame {one.worst_frame})"
        for name, one in unseen.items()
        if one.share > 0
    ]
