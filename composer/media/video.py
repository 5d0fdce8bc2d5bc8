"""Reading video files and animations, threaded, in native planes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av

from composer.errors import DecodeError, ProbeError
from composer.media import tags
from composer.media.decoding import SEEKABLE, Decoding
from composer.media.describe import Layout, described, layout_of, rate_of
from composer.media.ending import Ends
from composer.media.origin import Origin
from composer.media.probe import WHOLE, MediaInfo, Scan
from composer.media.unpack import luma_of, planes_of
from composer.pixels.luma import luma_frame, luma_layout
from composer.values import Frame, Span, Timestamp

_SEEK_FROM = Fraction(1)  # seconds; nearer starts are reached by decoding


class VideoReader:
    """Frames of one video file or animation.

    Args:
        file: checked by ``guard.local_file``.
        threads: decoder threads.
    """

    def __init__(self, file: Path, *, threads: int = 2) -> None:
        self._file = file
        self._threads = threads
        self._open: list[Decoding] = []
        self.corrupt = 0  # frames of the last pass that the decoder flagged as damaged
        self._layout, self.info = self._probed()

    def _probed(self) -> tuple[Layout, MediaInfo]:
        decoding = Decoding(self._file, threads=1)
        try:
            first = next(self._pictures(decoding), None)
            if first is None:
                raise ProbeError(f"{self._file}: no picture in it decodes", hint="copy or export it again")
            layout = layout_of(self._file, first, location=tags.chroma_location(decoding.container))
            if decoding.context.name == "gif" and not self._is_seen_through(decoding, first):
                layout = replace(layout, format=replace(layout.format, has_alpha=False))
            return layout, described(self._file, decoding, first, layout)
        except DecodeError as error:
            raise ProbeError(error.message, hint=error.hint) from error
        finally:
            decoding.close()

    def _is_seen_through(self, decoding: Decoding, first: Any) -> bool:
        """True where any pixel of an animation is not opaque: its decoder always claims alpha."""
        return any(planes_of(picture)[3].min() < 255 for picture in chain([first], self._pictures(decoding)))

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """Frames with ``span.start <= time < span.end``, in seconds since the first frame.

        Args:
            span: in seconds.
            luma: brightness alone, as grey frames.

        Raises:
            DecodeError: the file is damaged, or ends before its header says.
        """
        decoding = self._started(span)
        self._open.append(decoding)
        self.corrupt = 0
        ends = Ends(self.info)
        framed = self._grey if luma else self._framed
        try:
            for index, (picture, following) in enumerate(_with_next(self._pictures(decoding))):
                at = picture.pts * self.info.time_base - self.info.start
                if span.end is not None and at >= span.end:
                    return
                ends.saw(picture)
                until = following.pts if following else _end_pts(decoding.stream, picture)
                if at >= span.start:
                    self.corrupt += bool(picture.is_corrupt)
                    yield framed(picture, index, duration=until - picture.pts)
                if span.end is not None and until * self.info.time_base - self.info.start >= span.end:
                    return  # whatever is wrong with the next picture, nobody asked for it
            ends.check(self._file, decoding)
        finally:
            self._open.remove(decoding)
            decoding.close()

    def _started(self, span: Span) -> Decoding:
        """Decoding that starts at or before the span."""
        decoding = Decoding(self._file, threads=self._threads)
        if span.start < _SEEK_FROM or not self.info.container.startswith(SEEKABLE):
            return decoding
        target = int((span.start + self.info.start) / self.info.time_base)
        decoding.container.seek(target, stream=decoding.stream, backward=True)
        first = next(self._pictures(decoding), None)
        decoding.close()
        is_before = first is not None and first.pts <= target
        decoding = Decoding(self._file, threads=self._threads)
        if is_before:
            decoding.container.seek(target, stream=decoding.stream, backward=True)
        return decoding

    def _pictures(self, decoding: Decoding) -> Iterator[Any]:
        """Decoded av frames, every one with a pts that is larger than the one before."""
        last = None
        for picture in self._raw_pictures(decoding):
            if picture.pts is None:
                step = picture.duration or round(1 / (rate_of(decoding.stream) * decoding.stream.time_base))
                picture.pts = picture.dts if picture.dts is not None else (0 if last is None else last + step)
            if last is not None and picture.pts <= last:
                picture.pts = last + 1
            last = picture.pts
            yield picture

    def _raw_pictures(self, decoding: Decoding) -> Iterator[Any]:
        count = 0
        try:
            for packet in decoding.packets():
                for picture in decoding.context.decode(packet):
                    yield picture
                    count += 1
        except (av.error.FFmpegError, OSError) as error:
            for picture in _left_in(decoding.context):
                yield picture
                count += 1
            raise DecodeError(
                f"{self._file}: is damaged after {count} decoded frames ({error.strerror or error})",
                hint="copy or export it again, or end the used span before that frame",
            ) from error

    def _framed(self, picture: Any, index: int, *, duration: int) -> Frame:
        layout = self._layout
        self._check(picture, index)
        stored = planes_of(picture)[: layout.format.plane_count]
        planes = stored if layout.orientation.is_upright else layout.orientation.planes(stored)
        return Frame(
            planes,
            layout.format,
            layout.color,
            Timestamp(picture.pts, self.info.time_base),
            duration,
            Origin(picture, planes) if layout.orientation.is_upright else picture,
        )

    def _grey(self, picture: Any, index: int, *, duration: int) -> Frame:
        """The brightness of a picture; of YUV, which footage is, the other planes are not touched."""
        layout = self._layout
        if layout.format.model != "yuv":
            return luma_frame(self._framed(picture, index, duration=duration))
        self._check(picture, index)
        planes = layout.orientation.planes((luma_of(picture),))
        format_, color = luma_layout(layout.format, layout.color, layout.size)
        return Frame(planes, format_, color, Timestamp(picture.pts, self.info.time_base), duration)

    def _check(self, picture: Any, index: int) -> None:
        layout = self._layout
        if picture.format.name != layout.name or (picture.width, picture.height) != (
            layout.size.width,
            layout.size.height,
        ):
            raise DecodeError(
                f"{self._file}: frame {index} changes from {layout.name} {layout.size} to "
                f"{picture.format.name} {picture.width}x{picture.height}",
                hint="convert it to one size and pixel format first",
            )

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in by decoding everything once."""
        times = [(frame.at.pts, frame.duration) for frame in self.frames()]
        return replace(self.info, found=scan_of(times, self.info, corrupt=self.corrupt))

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        for decoding in self._open:
            decoding.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _left_in(context: Any) -> list[Any]:
    """Pictures before the damage that decoder threads still hold."""
    try:
        return list(context.decode(None))
    except (av.error.FFmpegError, OSError):
        return []


def _with_next(pictures: Iterator[Any]) -> Iterator[tuple[Any, Any | None]]:
    """Every picture with the one after it; None after the last, and after the last before damage."""
    held = next(pictures, None)
    while held is not None:
        try:
            following = next(pictures, None)
        except DecodeError:
            yield held, None
            raise
        yield held, following
        held = following


def _end_pts(stream: Any, last: Any) -> int:
    """Where the last picture ends.

    Containers of the mov family give durations in coding order, so that the last picture shown may carry another
    one's; their total is right.
    """
    step: int = last.duration or 0
    if stream.duration and step and stream.codec_context.has_b_frames:
        total: int = (stream.start_time or 0) + stream.duration - last.pts
        if 0 < total < 8 * step:
            return int(last.pts) + total
    return int(last.pts) + step


def scan_of(times: list[tuple[int, int]], info: MediaInfo, *, corrupt: int = 0) -> Scan:
    """Summary of decoded (pts, duration) ticks."""
    steps = {later[0] - earlier[0] for earlier, later in pairwise(times)}
    last, duration = times[-1]
    end = last + (duration or min(steps, default=0))
    return Scan(
        frames=len(times),
        first_pts=times[0][0],
        last_pts=last,
        duration=(end - times[0][0]) * info.time_base,
        corrupt=corrupt,
        is_vfr=bool(steps) and max(steps) - min(steps) > 1,
    )
