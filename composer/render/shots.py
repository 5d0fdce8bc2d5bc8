"""Footage as the mask room wants it: something that can be read again from its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from composer.media import open_reader
from composer.pixels.warp import resize_frame
from composer.plan.model import MattePlan, Plan, SourcePlan
from composer.values import Frame, FrameRate, Size, Span


@dataclass(frozen=True)
class FileShot:
    """A used span of a file, at the size that the render works on.

    Args:
        source: the file.
        span: seconds since its first frame.
        size: every frame is scaled to it; equal to the file's own for full size.
        count: frames in the span, as far as the header tells.
        threads: decoder threads.
    """

    source: SourcePlan
    span: Span
    size: Size
    count: int | None = None
    threads: int = 2

    @property
    def key(self) -> str:
        """Changes when the content, the span or the size does."""
        return f"{self.source.info.digest}:{self.span.start}:{self.span.end}:{self.size}"

    @property
    def rate(self) -> FrameRate:
        """Nominal frame rate."""
        return self.source.info.rate

    def frames(self) -> Iterator[Frame]:
        """Decode from the start of the span."""
        with open_reader(self.source.path, threads=self.threads, rate=self.source.rate) as reader:
            for frame in reader.frames(self.span):
                yield frame if frame.size == self.size else resize_frame(frame, self.size)


def plate_shot(plan: Plan) -> FileShot:
    """The plate, as the plan uses it."""
    return FileShot(plan.plate, plan.span, plan.size, plan.frames)


def matte_shot(matte: MattePlan) -> FileShot:
    """The file that a matte is read from: someone else's matte or a clean plate.

    Raises:
        ValueError: the matte needs no file.
    """
    if matte.path is None or matte.info is None:
        raise ValueError(f"matte {matte.name!r} is not read from a file")
    source = SourcePlan(matte.name, matte.path, matte.info)
    return FileShot(source, Span(), matte.info.size, matte.info.claimed.frames)
