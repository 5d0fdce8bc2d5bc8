"""A timeline read like a file: frames of one size and rate, each with its own time, at most two clips open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np

from composer.media import open_reader
from composer.media.probe import WHOLE, MediaInfo, Scan
from composer.media.reader import FrameReader
from composer.pixels.luma import luma_frame
from composer.pixels.transition import Ramp
from composer.pixels.warp import resized_plane
from composer.plan.model import SourcePlan
from composer.plan.timeline import Moment, TimelinePlan, TransitionPlan
from composer.render.clip import PlayingClip
from composer.values import Frame, Size, Span, Timestamp


def open_source(source: SourcePlan, *, threads: int = 2) -> FrameReader:
    """Open what a source is: its file, or the clips of its timeline.

    Args:
        source: as planned.
        threads: decoder threads of one file, >= 1.
    """
    if source.timeline is not None:
        return TimelineReader(source.timeline, source.info, threads=threads)
    return open_reader(source.path, threads=threads, rate=source.rate)


class TimelineReader:
    """Frames of a timeline; may be asked again from the start.

    Args:
        plan: clips and transitions.
        info: what the timeline looks like.
        threads: decoder threads of one clip.
    """

    def __init__(self, plan: TimelinePlan, info: MediaInfo, *, threads: int = 2) -> None:
        self._plan = plan
        self._threads = threads
        self._decks: list[_Deck] = []
        self.info = info
        self.corrupt = 0

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """Frames with ``span.start <= time < span.end``, in seconds since the first frame.

        Only clips that are shown in the span are opened.

        Args:
            span: in seconds.
            luma: brightness alone, as grey frames.

        Raises:
            DecodeError: a clip is damaged, or ends before its header says.
        """
        deck = _Deck(self._plan, threads=self._threads)
        self._decks.append(deck)
        self.corrupt = 0
        try:
            for moment in self._plan.moments(self._plan.used(span)):
                at = Timestamp(moment.index, self.info.time_base)
                frame = replace(deck.frame(moment), at=at, duration=1)
                yield luma_frame(frame) if luma else frame
        finally:
            deck.close()
            self.corrupt = deck.corrupt
            self._decks.remove(deck)

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in by decoding everything once."""
        count = sum(1 for _ in self.frames())
        length = count * self.info.time_base
        return replace(self.info, found=Scan(count, 0, count - 1, length, self.corrupt, is_vfr=False))

    def close(self) -> None:
        """Let go of every file; safe to call twice."""
        for deck in self._decks:
            deck.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Deck:
    """The clips that are open now: the one that is shown, and the one that it goes over into."""

    def __init__(self, plan: TimelinePlan, *, threads: int) -> None:
        self._plan = plan
        self._threads = threads
        self._open: dict[int, PlayingClip] = {}
        self._ramps: dict[int, Ramp] = {}
        self.corrupt = 0

    def frame(self, moment: Moment) -> Frame:
        for number in [number for number in self._open if number < moment.clip]:
            self._shut(number)
        first = self._playing(moment.clip).at(moment.index)
        if moment.transition is None:
            return first
        second = self._playing(moment.clip + 1).at(moment.index)
        joint = moment.transition
        return joint.spec.mixed(first, second, joint.share(moment.index), self._ramp(moment.clip, joint))

    def _playing(self, number: int) -> PlayingClip:
        if number not in self._open:
            self._open[number] = PlayingClip(self._plan.clips[number], self._plan, threads=self._threads)
        return self._open[number]

    def _ramp(self, number: int, joint: TransitionPlan) -> Ramp | None:
        if joint.picture is None:
            return None
        if number not in self._ramps:
            self._ramps = {number: ramp_of(joint, self._plan.canvas.size)}
        return self._ramps[number]

    def _shut(self, number: int) -> None:
        playing = self._open.pop(number)
        playing.close()
        self.corrupt += playing.corrupt

    def close(self) -> None:
        for number in list(self._open):
            self._shut(number)


def ramp_of(joint: TransitionPlan, size: Size) -> Ramp:
    """The brightness of a luma transition's picture, (H, W) float32, 0..1, stretched over the size."""
    if joint.picture is None:
        raise ValueError("expected a luma transition")
    with open_reader(joint.picture) as reader:
        grey = luma_frame(next(reader.frames()))
    low, high = (16, 235) if grey.color.range == "limited" else (0, 255)
    values = grey.planes[0].astype(np.float32) * np.float32(255 / grey.format.maximum)
    return resized_plane(np.clip((values - low) / np.float32(high - low), 0, 1), size.shape)
