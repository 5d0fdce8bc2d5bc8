"""Reading video files and animations, threaded, in native planes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av

from composer.errors import DecodeError, ProbeError
from composer.media import guard, tags
from composer.media.orient import Orientation
from composer.media.origin import Origin
from composer.media.probe import WHOLE, AudioInfo, Claim, MediaInfo, Scan, content_digest, family
from composer.media.unpack import planar_format, planes_of
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Size, Span, Timestamp

_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own VP8 and VP9 decoders drop alpha
_SEEKABLE = ("mov", "matroska")  # containers whose index seeking is trusted; others decode from the start
_SEEK_FROM = Fraction(1)  # seconds; nearer starts are reached by decoding


@dataclass(frozen=True)
class _Layout:
    """What every frame of a file shares; a change in the middle is refused."""

    name: str
    size: Size
    format: PixelFormat
    color: ColorTags
    orientation: Orientation


class _Decoding:
    """An open container with the decoder of its first real video stream."""

    def __init__(self, file: Path, *, threads: int) -> None:
        self.file = file
        self.container = guard.open_container(file)
        try:
            self.stream = _video_stream(file, self.container)
            self.context = self._decoder(threads)
        except BaseException:
            self.container.close()
            raise

    def _decoder(self, threads: int) -> Any:
        context = self.stream.codec_context
        guard.check_decoder(self.file, context.name)
        if self.stream.metadata.get("alpha_mode") == "1" and context.name in _ALPHA_DECODERS:
            alpha = av.CodecContext.create(_ALPHA_DECODERS[context.name], "r")
            alpha.extradata = context.extradata
            for tag in ("color_primaries", "color_trc", "color_range", "colorspace"):
                setattr(alpha, tag, getattr(context, tag))
            context = alpha
        context.thread_count = max(1, threads)
        context.thread_type = "AUTO"
        return context

    def packets(self) -> Iterator[Any]:
        """Packets of the video stream, the last one empty; what cannot be read ends the stream."""
        yield from self.container.demux(self.stream)

    def close(self) -> None:
        self.container.close()


def _video_stream(file: Path, container: Any) -> Any:
    real = [stream for stream in container.streams.video if "attached_pic" not in (stream.disposition.name or "")]
    if not real:
        sound = "has sound but no picture" if container.streams.audio else "holds no video stream"
        raise ProbeError(f"{file}: {sound}", hint="name a file with a video stream")
    return real[0]


class VideoReader:
    """Frames of one video file or animation.

    Args:
        file: checked by ``guard.local_file``.
        threads: decoder threads.
    """

    def __init__(self, file: Path, *, threads: int = 2) -> None:
        self._file = file
        self._threads = threads
        self._open: list[_Decoding] = []
        self.corrupt = 0  # frames of the last pass that the decoder flagged as damaged
        self._layout, self.info = self._probed()

    def _probed(self) -> tuple[_Layout, MediaInfo]:
        decoding = _Decoding(self._file, threads=1)
        try:
            first = next(self._pictures(decoding), None)
            if first is None:
                raise ProbeError(f"{self._file}: no picture in it decodes", hint="copy or export it again")
            layout = _layout(self._file, first, location=tags.chroma_location(decoding.container))
            if decoding.context.name == "gif" and not self._is_seen_through(decoding, first):
                layout = replace(layout, format=replace(layout.format, has_alpha=False))
            return layout, _described(self._file, decoding, first, layout)
        except DecodeError as error:
            raise ProbeError(error.message, hint=error.hint) from error
        finally:
            decoding.close()

    def _is_seen_through(self, decoding: _Decoding, first: Any) -> bool:
        """True where any pixel of an animation is not opaque: its decoder always claims alpha."""
        return any(planes_of(picture)[3].min() < 255 for picture in chain([first], self._pictures(decoding)))

    def frames(self, span: Span = WHOLE) -> Iterator[Frame]:
        """Frames with ``span.start <= time < span.end``, in seconds since the first frame.

        Raises:
            DecodeError: the file is damaged, or ends before its header says.
        """
        decoding = self._started(span)
        self._open.append(decoding)
        self.corrupt = 0
        ends = _Ends(self.info)
        try:
            for index, (picture, following) in enumerate(_with_next(self._pictures(decoding))):
                at = picture.pts * self.info.time_base - self.info.start
                if span.end is not None and at >= span.end:
                    return
                ends.saw(picture)
                if at >= span.start:
                    until = following.pts if following else _end_pts(decoding.stream, picture)
                    yield self._framed(picture, index, duration=until - picture.pts)
            ends.check(self._file, decoding)
        finally:
            self._open.remove(decoding)
            decoding.close()

    def _started(self, span: Span) -> _Decoding:
        """Decoding that starts at or before the span."""
        decoding = _Decoding(self._file, threads=self._threads)
        if span.start < _SEEK_FROM or not self.info.container.startswith(_SEEKABLE):
            return decoding
        target = int((span.start + self.info.start) / self.info.time_base)
        decoding.container.seek(target, stream=decoding.stream, backward=True)
        first = next(self._pictures(decoding), None)
        decoding.close()
        is_before = first is not None and first.pts <= target
        decoding = _Decoding(self._file, threads=self._threads)
        if is_before:
            decoding.container.seek(target, stream=decoding.stream, backward=True)
        return decoding

    def _pictures(self, decoding: _Decoding) -> Iterator[Any]:
        """Decoded av frames, every one with a pts that is larger than the one before."""
        last = None
        for picture in self._raw_pictures(decoding):
            if picture.is_corrupt:
                self.corrupt += 1
            if picture.pts is None:
                step = picture.duration or round(1 / (_rate(decoding.stream) * decoding.stream.time_base))
                picture.pts = picture.dts if picture.dts is not None else (0 if last is None else last + step)
            if last is not None and picture.pts <= last:
                picture.pts = last + 1
            last = picture.pts
            yield picture

    def _raw_pictures(self, decoding: _Decoding) -> Iterator[Any]:
        count = 0
        try:
            for packet in decoding.packets():
                for picture in decoding.context.decode(packet):
                    yield picture
                    count += 1
        except (av.error.FFmpegError, OSError) as error:
            raise DecodeError(
                f"{self._file}: is damaged after {count} decoded frames ({error.strerror or error})",
                hint="copy or export it again, or end the used span before that frame",
            ) from error

    def _framed(self, picture: Any, index: int, *, duration: int) -> Frame:
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


def _with_next(pictures: Iterator[Any]) -> Iterator[tuple[Any, Any | None]]:
    """Every picture with the one after it; None after the last."""
    held = next(pictures, None)
    while held is not None:
        following = next(pictures, None)
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


class _Ends:
    """Notices a file that ends before its header says: decoders stay silent about it."""

    def __init__(self, info: MediaInfo) -> None:
        self._info = info
        self._count = 0
        self._last: Any | None = None

    def saw(self, picture: Any) -> None:
        self._count += 1
        self._last = picture

    def check(self, file: Path, decoding: _Decoding) -> None:
        """Raise DecodeError where pictures end more than a few frames before the claimed end."""
        claimed = self._info.claimed.duration
        if claimed is None or self._info.kind == "animation":
            return
        frame = 1 / self._info.rate.value
        last = (self._last.pts + (self._last.duration or 0)) * self._info.time_base if self._last else Fraction(0)
        reached = last - min(self._info.start, Fraction(0))
        tolerance = max(3 * frame, Fraction(1, 5), claimed / 100)
        if reached + tolerance >= claimed or self._is_only_the_picture_short(decoding, claimed - tolerance):
            return
        raise DecodeError(
            f"{file}: breaks off after frame {self._count - 1} at {float(reached):.2f} s; "
            f"its header claims {float(claimed):.2f} s",
            hint="copy it again, or end the used span before that time",
        )

    def _is_only_the_picture_short(self, decoding: _Decoding, needed: Fraction) -> bool:
        """True where another stream reaches the claimed end: then nothing is missing."""
        if self._info.claimed.frames is not None or not decoding.container.streams.audio:
            return False
        decoding.container.seek(0)
        ends = (
            (packet.pts + (packet.duration or 0)) * packet.time_base
            for packet in decoding.container.demux()
            if packet.pts is not None and packet.time_base
        )
        return max(ends, default=Fraction(0)) >= needed


def _layout(file: Path, first: Any, *, location: str) -> _Layout:
    orientation = Orientation.of_frame(first)
    size = Size(first.width, first.height)
    format_ = orientation.format(planar_format(first.format.name))
    orientation.check(str(file), size=orientation.size(size), format_=format_)
    color = orientation.color(tags.color_tags(first, chroma_location=location))
    return _Layout(first.format.name, size, format_, color, orientation)


def _described(file: Path, decoding: _Decoding, first: Any, layout: _Layout) -> MediaInfo:
    container, stream = decoding.container, decoding.stream
    return MediaInfo(
        path=file,
        kind="animation" if container.format.name == "gif" else "video",
        container=container.format.name,
        codec=family(decoding.context.name),
        size=layout.orientation.size(layout.size),
        format=layout.format,
        stored_format=layout.name,
        color=layout.color,
        rate=FrameRate(_rate(stream)),
        time_base=stream.time_base,
        start=first.pts * stream.time_base,
        rotation=layout.orientation.rotation,
        sample_aspect=_sample_aspect(stream, is_swapped=layout.orientation.is_swapped),
        claimed=_claim(container, stream),
        found=None,
        audio=tuple(_audio(sound) for sound in container.streams.audio),
        digest=content_digest(file),
    )


def _rate(stream: Any) -> Fraction:
    average, guessed = stream.average_rate, stream.guessed_rate
    if average and guessed and abs(average - guessed) * 1000 < average:
        return Fraction(guessed)
    return Fraction(average or guessed or stream.base_rate or 25)


def _sample_aspect(stream: Any, *, is_swapped: bool) -> Fraction:
    aspect = Fraction(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    return 1 / aspect if is_swapped else aspect


def _claim(container: Any, stream: Any) -> Claim:
    return Claim(stream.frames or None, _claimed_duration(container, stream))


def _claimed_duration(container: Any, stream: Any) -> Fraction | None:
    """Seconds that the header gives the stream, else the whole file."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    if seconds:
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    return Fraction(container.duration, av.time_base) if container.duration else None


def _audio(stream: Any) -> AudioInfo:
    context = stream.codec_context
    return AudioInfo(
        index=stream.index,
        codec=family(context.name),
        sample_rate=context.sample_rate,
        channels=context.channels,
        layout=context.layout.name,
        start=None if stream.start_time is None else stream.start_time * stream.time_base,
        duration=None if not stream.duration else stream.duration * stream.time_base,
    )
