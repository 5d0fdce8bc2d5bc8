"""Writing video files: native planes in, exact times, a temporary file beside the target until all is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import av
import av.logging

from composer.errors import EncodeError, OutputError
from composer.media import tags
from composer.media.audio import AudioFeed, AudioTrack
from composer.media.encode import (
    VideoSettings,
    check_target,
    codec_of,
    container_of,
    encoder_options,
)
from composer.media.landing import Landing
from composer.media.loudness import Measured
from composer.media.pack import encoder_format, filled, untouched
from composer.media.sounds import Mixdown
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Size

_AUDIO_LEAD = Fraction(1, 2)  # seconds that sound may run ahead of pictures while interleaving


@dataclass(frozen=True)
class Written:
    """A finished output.

    Args:
        path: file, folder or pattern.
        frames: pictures in it.
        bytes: size on disk.
        seconds: from the first picture to the end of the last.
        sound: what its mix measures; None where none was mixed.
    """

    path: Path
    frames: int
    bytes: int
    seconds: Fraction
    sound: Measured | None = None


class FrameWriter(Protocol):
    """Takes frames in rising time; nothing is at the target before ``finish``."""

    def write(self, frame: Frame) -> None:
        """Encode one frame at ``frame.at``.

        Raises:
            EncodeError: in the encoder's own words.
        """

    def finish(self) -> Written:
        """Flush, sync to disk and move to the target."""

    def abort(self) -> None:
        """Remove everything written so far; safe to call twice, and after ``finish``."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_writer(
    path: Path | str,
    *,
    size: Size,
    format: PixelFormat,  # noqa: A002 - the word of the trade
    color: ColorTags,
    time_base: Fraction,
    rate: FrameRate,
    sample_aspect: Fraction = Fraction(1),
    settings: VideoSettings | None = None,
    audio: AudioTrack | Mixdown | None = None,
    metadata: Mapping[str, str] | None = None,
) -> FrameWriter:
    """Open an output for writing.

    Args:
        path: file; for png a folder, a ``name_%05d.png`` pattern or a single file.
        size: of the frames.
        format: of the frames, and of the output.
        color: tags to write; conversion is the caller's.
        time_base: of the frames; kept where the container can (Matroska and WebM count milliseconds, GIF hundredths).
        rate: nominal frames a second.
        sample_aspect: width over height of one pixel.
        settings: how to compress.
        audio: sound to go along, or None.
        metadata: title and the like.

    Raises:
        OutputError: what the codec or container cannot hold, by name, with the way out.
    """
    chosen = settings or VideoSettings()
    target = Path(path)
    check_target(target, size=size, format=format, settings=chosen, sample_aspect=sample_aspect)
    if not target.absolute().parent.is_dir():
        raise OutputError(f"{target}: its folder does not exist", hint=f"create {target.absolute().parent} first")
    shape = OutputShape(size, format, color, time_base, rate, sample_aspect)
    return writer_of(target, shape, settings=chosen, audio=audio, metadata=metadata or {})


def writer_of(
    target: Path,
    shape: OutputShape,
    *,
    settings: VideoSettings,
    audio: AudioTrack | Mixdown | None = None,
    metadata: Mapping[str, str] | None = None,
) -> FrameWriter:
    """The writer for a checked target."""
    from composer.media.gif import GifWriter  # noqa: PLC0415 - it builds on VideoWriter below
    from composer.media.pictures import PngWriter  # noqa: PLC0415 - it builds on the types above

    container = container_of(target)
    if container == "png":
        return PngWriter(target, size=shape.size, format_=shape.format, sample_aspect=shape.sample_aspect)
    kind = GifWriter if container == "gif" else VideoWriter
    return kind(target, shape, settings=settings, audio=audio, metadata=metadata or {})


@dataclass(frozen=True)
class OutputShape:
    """What every frame of an output shares; see ``open_writer``.

    Args:
        rotation: clockwise degrees that players shall turn it; only clips made for tests have one.
    """

    size: Size
    format: PixelFormat
    color: ColorTags
    time_base: Fraction
    rate: FrameRate
    sample_aspect: Fraction
    rotation: int = 0


class VideoWriter:
    """One video file being written, with its sound."""

    def __init__(
        self,
        target: Path,
        shape: OutputShape,
        *,
        settings: VideoSettings,
        audio: AudioTrack | Mixdown | None,
        metadata: Mapping[str, str],
    ) -> None:
        self._target = target
        self._shape = shape
        self._settings = settings
        self._landing: Landing | None = Landing(target)
        self._feed: AudioFeed | None = None
        self._frames = 0
        self._first = self._last = self._end = Fraction(0)
        self._durations: dict[int, int] = {}  # ticks by pts, of frames inside the encoder
        self._first_dts: int | None = None
        try:
            self._open(self._landing.path, audio, metadata)
        except BaseException:
            self.abort()
            raise

    def _open(self, path: Path, audio: AudioTrack | Mixdown | None, metadata: Mapping[str, str]) -> None:
        container = container_of(self._target)
        self._container = av.open(
            str(path), "w", format=container, container_options=self._container_options(container)
        )
        self._container.metadata.update(metadata)
        self._stream = self._video_stream()
        if audio is not None:
            self._feed = AudioFeed(audio, self._container, container=container)
        with encoder_words(self._settings.codec):
            self._container.start_encoding()

    def _container_options(self, container: str) -> dict[str, str]:
        options = {"fflags": "+bitexact"} if self._settings.reproducible else {}
        if container in ("mp4", "mov"):
            options["movflags"] = "+faststart+write_colr"
        return options

    def _video_stream(self) -> Any:
        shape, codec = self._shape, codec_of(self._settings.codec)
        options = encoder_options(
            self._settings, shape.format, size=shape.size, chroma_location=shape.color.chroma_location
        )
        stream: Any = self._container.add_stream(codec.encoder, rate=shape.rate.value, options=options)
        context = stream.codec_context
        context.width, context.height = shape.size.width, shape.size.height
        context.pix_fmt = self._pix_fmt = encoder_format(codec.name, shape.format)
        context.time_base = shape.time_base
        context.thread_count = max(1, self._settings.threads)
        context.sample_aspect_ratio = stream.sample_aspect_ratio = shape.sample_aspect
        # Some encoders read these from the context, others (ProRes) from every frame.
        self._tags = tags.numbers(shape.color)
        context.color_range, context.colorspace, context.color_trc, context.color_primaries = self._tags
        if shape.rotation:
            stream.set_display_rotation(-shape.rotation)
        if self._settings.reproducible:
            context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT: no version text in the stream
        return stream

    def write(self, frame: Frame) -> None:
        """Encode one frame at ``frame.at``.

        Raises:
            EncodeError: in the encoder's own words.
        """
        self._check(frame)
        picture = self._picture(frame)
        at = frame.at.rescaled(self._shape.time_base)
        picture.pts, picture.time_base = at.pts, self._shape.time_base
        picture.pict_type = 0  # the encoder chooses; the source's choice would force its key frames
        picture.color_range, picture.colorspace, picture.color_trc, picture.color_primaries = self._tags
        if frame.duration:
            self._durations[at.pts] = round(frame.duration * frame.at.time_base / self._shape.time_base)
        with encoder_words(self._settings.codec, quiet=True):
            self._mux(self._stream.encode(picture))
        self._note(frame)

    def _picture(self, frame: Frame) -> av.VideoFrame:
        """The frame as the encoder takes it: the decoder's own where nothing touched it, else a copy."""
        own = untouched(frame, self._pix_fmt)
        return filled(frame, self._pix_fmt) if own is None else own

    def _check(self, frame: Frame) -> None:
        if frame.size != self._shape.size or frame.format != self._shape.format:
            raise EncodeError(
                f"frame {self._frames}: expected {self._shape.format.name} {self._shape.size}, "
                f"got {frame.format.name} {frame.size}"
            )
        if self._frames and frame.at.seconds <= self._last:
            raise EncodeError(
                f"frame {self._frames}: expected a time after {float(self._last):.6f} s, "
                f"got {float(frame.at.seconds):.6f} s"
            )

    def _note(self, frame: Frame) -> None:
        seconds = frame.at.seconds
        if not self._frames:
            self._first = seconds
        self._last = seconds
        self._end = seconds + (frame.duration * frame.at.time_base or 1 / self._shape.rate.value)
        self._frames += 1

    def _mux(self, packets: list[Any], *, is_last: bool = False) -> None:
        for packet in packets:
            duration = self._durations.pop(packet.pts, None)
            if duration:
                packet.duration = duration
            if self._first_dts is None:
                self._first_dts = packet.dts
            if is_last and packet is packets[-1]:
                # The mov family adds durations up in coding order: the last one coded makes the total right.
                total = round((self._end - self._first) / self._shape.time_base)
                packet.duration = max(1, total - (packet.dts - self._first_dts))
            if self._feed is not None:
                self._feed.mux_until(packet.pts * self._shape.time_base + _AUDIO_LEAD)
            self._container.mux_one(packet)

    def finish(self) -> Written:
        """Flush, sync to disk and move to the target.

        Raises:
            EncodeError: in the encoder's own words; nothing is left behind.
        """
        if self._landing is None:
            raise EncodeError(f"{self._target}: was finished or aborted before")
        try:
            refuse_emptiness(self._target, self._frames)
            with encoder_words(self._settings.codec):
                self._mux(self._stream.encode(None), is_last=True)
                if self._feed is not None:
                    self._feed.mux_until(None)
                self._container.close()
            size = self._landing.settle()
        except BaseException as error:
            self.abort()
            if isinstance(error, EncodeError) and self._settings.codec == "hevc" and self._frames < 3:
                # Measured 2026-11-23 with PyAV 18.1: flushing libx265 after 1 or 2 frames fails in 15 of 100 runs.
                error.hint = "hevc sometimes fails on clips of one or two frames: try again, or use h264"
            raise
        self._landing = None
        measured = None if self._feed is None else self._feed.measured
        self._release()
        return Written(self._target, self._frames, size, self._end - self._first, measured)

    def abort(self) -> None:
        """Remove everything written so far; safe to call twice, and after ``finish``."""
        if self._landing is None:
            return
        with suppress(Exception):
            self._container.close()
        self._release()
        self._landing.discard()
        self._landing = None

    def _release(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def refuse_emptiness(target: Path, frames: int) -> None:
    """Raise EncodeError where no frame was written: an empty file is no output."""
    if not frames:
        raise EncodeError(f"{target}: no picture was written", hint="check that the used span holds frames")


@contextmanager
def encoder_words(codec: str, *, quiet: bool = False) -> Iterator[None]:
    """Turn an FFmpeg failure into an EncodeError that carries what the encoder said.

    Args:
        codec: for the message.
        quiet: do not listen to the encoder's log: cheap enough for every frame.
    """
    said: list[tuple[int, str, str]] = []
    try:
        if quiet:
            yield
        else:
            with tags.listening(said):
                yield
    except (av.error.FFmpegError, OSError, ValueError) as error:
        words = "; ".join(f"{who}: {message.strip()}" for level, who, message in said if level <= av.logging.ERROR)
        raise EncodeError(words or f"{codec}: {error}") from error
