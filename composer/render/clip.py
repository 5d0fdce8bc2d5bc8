"""One clip of a timeline while it is shown: which of its pictures each frame takes, brought to the canvas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction

from composer.errors import DecodeError
from composer.media import open_reader
from composer.media.reader import FrameReader
from composer.motion.between import Motion, interpolated, motion_between
from composer.motion.flow import DisFlow
from composer.pixels.conform import conformed
from composer.pixels.transition import dissolved
from composer.plan.timeline import ClipPlan, TimelinePlan
from composer.render.nested import RecipeReader
from composer.render.title import TitleReader
from composer.values import Frame, Span


def open_clip(clip: ClipPlan, *, threads: int) -> FrameReader:
    """Open what a clip is: a file, a title or a recipe.

    Args:
        clip: as planned.
        threads: decoder threads, >= 1.
    """
    if clip.title is not None:
        return TitleReader(clip.title, clip.info)
    if clip.nested is not None:
        return RecipeReader(clip.nested, clip.info)
    return open_reader(clip.path, threads=threads, rate=clip.rate)


@dataclass
class _Shown:
    """A picture of a clip, brought to the canvas when it is first asked for.

    Args:
        frame: as the reader yields it.
        seconds: since the clip's first picture.
        on_canvas: the same, conformed; None until it is asked for.
        motion: to the next picture; None until it is asked for.
    """

    frame: Frame
    seconds: Fraction
    on_canvas: Frame | None = None
    motion: Motion | None = None


class PlayingClip:
    """One opened clip, asked for rising frames of the timeline.

    Args:
        clip: in its place.
        plan: of the whole.
        threads: decoder threads.
    """

    def __init__(self, clip: ClipPlan, plan: TimelinePlan, *, threads: int = 2) -> None:
        self._clip, self._canvas, self._period = clip, plan.canvas, 1 / plan.rate.value
        self._stack = ExitStack()
        self._reader = self._stack.enter_context(open_clip(clip, threads=threads))
        self._flow = DisFlow()
        self._frames: Iterator[Frame] = iter(())
        self._current: _Shown | None = None
        self._next: _Shown | None = None

    @property
    def corrupt(self) -> int:
        """Pictures that the decoder flagged as damaged."""
        return self._reader.corrupt

    def at(self, index: int) -> Frame:
        """What the clip shows on a frame of the timeline, on the canvas.

        Args:
            index: of the timeline, never less than at the call before.

        Raises:
            DecodeError: the clip is damaged, or ends before its header says.
        """
        seconds = self._seconds(index)
        reach = seconds + self._clip.slack
        current = self._current or self._started(reach)
        while self._next is not None and self._next.seconds <= reach:
            current, self._next = self._next, self._advanced()
        self._current = current
        return self._between(current, seconds)

    def _seconds(self, index: int) -> Fraction:
        return self._clip.pace.at((index - self._clip.first) * self._period)

    def _between(self, current: _Shown, seconds: Fraction) -> Frame:
        """The picture at a moment, which may lie between two."""
        following = self._next
        if self._clip.between == "nearest" or following is None or seconds <= current.seconds:
            return self._conformed(current)
        share = (seconds - current.seconds) / (following.seconds - current.seconds)
        first, second = self._conformed(current), self._conformed(following)
        if self._clip.between == "blend":
            return dissolved(first, second, float(share))
        if current.motion is None:
            current.motion = motion_between(first, second, self._flow)
        return interpolated(first, second, float(share), current.motion)

    def _conformed(self, shown: _Shown) -> Frame:
        if shown.on_canvas is None:
            clip = self._clip
            shown.on_canvas = conformed(shown.frame, self._canvas, fit=clip.fit, sample_aspect=clip.info.sample_aspect)
        return shown.on_canvas

    def _started(self, reach: Fraction) -> _Shown:
        """The last picture that is not later than a moment; decoding goes on after it."""
        if self._clip.info.kind == "still":
            self._frames = self._reader.frames()
            return self._first()
        before = 2 / self._clip.info.rate.value
        while True:
            start = max(Fraction(0), reach - before)
            self._frames = self._reader.frames(Span(start, self._end))
            first = self._advanced()
            if first is not None and (first.seconds <= reach or start == 0):
                self._next = self._advanced()
                return first
            if start == 0:
                raise self._missing()
            before *= 8  # a gap between pictures

    def _first(self) -> _Shown:
        first = self._advanced()
        if first is None:
            raise self._missing()
        return first

    def _missing(self) -> DecodeError:
        where = f"at {float(self._clip.pace.start):g}s, where the timeline takes it from"
        return DecodeError(f"{self._clip.path}: no picture {where}", hint="its header promises more than it holds")

    @property
    def _end(self) -> Fraction | None:
        """Seconds into the clip from which nothing is decoded; None where it is shown to its own end."""
        if self._clip.stop is None or self._clip.between != "nearest":
            return None
        return self._seconds(self._clip.end - 1) + self._clip.slack + self._clip.info.time_base

    def _advanced(self) -> _Shown | None:
        frame = next(self._frames, None)
        return None if frame is None else _Shown(frame, frame.at.seconds - self._reader.info.start)

    def close(self) -> None:
        """Stop decoding and let go of the file; safe to call twice."""
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        self._stack.close()
