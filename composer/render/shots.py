"""Footage as the mask room wants it: something that can be read again from its start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from composer.media.decoding import frames_before
from composer.pipeline import Ahead
from composer.pixels.warp import resize_frame
from composer.plan.model import MattePlan, Plan, SourcePlan
from composer.plan.span import frame_count
from composer.render.timeline import open_source
from composer.values import Frame, FrameRate, Size, Span


@dataclass(frozen=True)
class FileShot:
    """A used span of a file or timeline, at the size that the render works on.

    Args:
        source: the file.
        span: seconds since its first frame.
        size: every frame is scaled to it; equal to the file's own for full size.
        count: frames in the span, as far as the header tells.
        threads: decoder threads.
        skip: frames left out at the start of the span.
        damaged: told at the end of every pass how many of its frames the decoder flagged as damaged.
    """

    source: SourcePlan
    span: Span
    size: Size
    count: int | None = None
    threads: int = 2
    skip: int = 0
    damaged: Callable[[int], None] = lambda _: None

    @property
    def key(self) -> str:
        """Changes when the content, the span, the size or, for pictures without times of their own, the rate does."""
        used = f"{self.span.start}:{self.span.end}:{self.skip}:{self.size}"
        return f"{self.source.info.digest}:{used}" + (f":{self.source.rate}" if self.source.rate else "")

    @property
    def rate(self) -> FrameRate:
        """Nominal frame rate."""
        return self.source.info.rate

    def frames(self, *, luma: bool = False) -> Iterator[Frame]:
        """Decode from the start of the span; with ``luma`` brightness alone."""
        with open_source(self.source, threads=self.threads) as reader:
            for frame in islice(reader.frames(self.span, luma=luma), self.skip, None):
                yield frame if frame.size == self.size else resize_frame(frame, self.size)
            self.damaged(reader.corrupt)


class AheadShot:
    """A shot whose every reading decodes ahead in a thread of its own, for files read along with the plate.

    A reading starts its thread when its first frame is asked for.

    Args:
        shot: what is read.
        depth: frames that may wait.
    """

    def __init__(self, shot: FileShot, *, depth: int = 2) -> None:
        self._shot = shot
        self._depth = depth
        self._readings: list[Ahead[Frame]] = []
        self.key, self.rate, self.size, self.count = shot.key, shot.rate, shot.size, shot.count

    def frames(self, *, luma: bool = False) -> Iterator[Frame]:
        """Decode from the start of the span; with ``luma`` brightness alone."""
        with Ahead(self._shot.frames(luma=luma), depth=self._depth, name=f"decode {self._shot.source.name}") as reading:
            self._readings.append(reading)
            try:
                yield from reading
            finally:
                self._readings.remove(reading)

    def close(self) -> None:
        """Stop every reading that is still under way; safe to call twice."""
        for reading in tuple(self._readings):
            reading.close()


def plate_shot(plan: Plan) -> FileShot:
    """The plate, as far as it is looked at."""
    return FileShot(plan.plate, plan.read, plan.size, frame_count(plan.plate, plan.read))


def shown(plan: Plan, frames: Iterable[Frame]) -> Iterator[tuple[int, Frame]]:
    """The frames that are shown, of all that are looked at.

    Args:
        plan: says which.
        frames: of ``plate_shot``, from its first one on.

    Yields:
        Each with its index among all of them.
    """
    origin = plan.plate.info.start
    return ((index, frame) for index, frame in enumerate(frames) if frame.at.seconds - origin in plan.span)


def matte_shot(plan: Plan, matte: MattePlan) -> FileShot:
    """The file that a matte is read from: someone else's matte or a clean plate.

    A file with several pictures pairs with the plate's file picture by picture, so where the plate is used from
    later on, as many are left out; where the plate is scaled, so is a file of its full size.

    Args:
        plan: says which part of the plate is used, at which size.
        matte: one of its mattes.

    Raises:
        ValueError: the matte needs no file.
    """
    info = matte.info
    if matte.path is None or info is None:
        raise ValueError(f"matte {matte.name!r} is not read from a file")
    skip = frames_before(plan.plate.info, plan.read.start) if info.claimed.frames != 1 else 0
    size = plan.size if info.size == plan.plate.info.size else info.size
    left = None if info.claimed.frames is None else max(1, info.claimed.frames - skip)
    count = None if plan.read.end is None else frame_count(plan.plate, plan.read)
    used = left if left is None or count is None else min(left, count)
    return FileShot(SourcePlan(matte.name, matte.path, info), Span(), size, used, skip=skip)
