"""One open container with the decoder of its picture stream."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from composer.errors import ProbeError
from composer.media import guard
from composer.media.probe import MediaInfo

SEEKABLE = ("mov", "matroska")  # containers whose index seeking is trusted; others decode from the start
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own VP8 and VP9 decoders drop alpha


class Decoding:
    """An open container with the decoder of its first real video stream.

    Args:
        file: checked by ``guard.local_file``.
        threads: decoder threads; never FFmpeg's own choice, which takes every core for every file.
    """

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
        """Let go of the file."""
        self.container.close()


def _video_stream(file: Path, container: Any) -> Any:
    real = [stream for stream in container.streams.video if "attached_pic" not in (stream.disposition.name or "")]
    if not real:
        sound = "has sound but no picture" if container.streams.audio else "holds no video stream"
        raise ProbeError(f"{file}: {sound}", hint="name a file with a video stream")
    return real[0]


def first_at(info: MediaInfo, seconds: Fraction) -> Fraction:
    """When the first picture at or after a moment is shown, found without decoding.

    Args:
        info: of a video file.
        seconds: on the file's clock.

    Returns:
        Seconds on the file's clock; the moment itself where no picture follows.
    """
    container = guard.open_container(info.path)
    try:
        stream = _video_stream(info.path, container)
        return min(_times_from(container, stream, seconds), default=seconds)
    finally:
        container.close()


def frames_before(info: MediaInfo, seconds: Fraction) -> int:
    """How many pictures of a file are shown before a moment, counted without decoding.

    Args:
        info: of a video, a sequence or an animation.
        seconds: since the file's first picture.
    """
    if seconds <= 0 or info.kind == "still":
        return 0
    if info.kind != "video":
        return -int(-seconds * info.rate.value // 1)
    container = guard.open_container(info.path)
    try:
        stream = _video_stream(info.path, container)
        packets = (packet for packet in container.demux(stream) if packet.pts is not None and not packet.is_discard)
        return sum(packet.pts * stream.time_base < info.start + seconds for packet in packets)
    finally:
        container.close()


def _times_from(container: Any, stream: Any, seconds: Fraction) -> Iterator[Fraction]:
    """Times of pictures at or after a moment, until no earlier one can follow."""
    if container.format.name.startswith(SEEKABLE):
        container.seek(int(seconds / stream.time_base), stream=stream, backward=True)
    earliest: Fraction | None = None
    for packet in container.demux(stream):
        ticks = packet.dts if packet.pts is None else packet.pts
        if ticks is None or packet.is_discard:
            continue
        if earliest is not None and (packet.dts is None or packet.dts * stream.time_base > earliest):
            return
        time = ticks * stream.time_base
        if time >= seconds:
            earliest = time if earliest is None else min(earliest, time)
            yield time
