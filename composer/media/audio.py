"""Sound: copied packet by packet where it is taken whole, else cut to the sample and encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray

from composer.errors import ProbeError
from composer.media import guard
from composer.media.decoding import first_at
from composer.media.probe import MediaInfo, family
from composer.values import Span

# What each container carries without harm, and what sound is encoded to where it must be.
_CARRIES = {
    "mp4": ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"),
    "mov": ("aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le"),
    "matroska": ("aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "flac", "vorbis", "pcm_s16le", "pcm_s24le"),
    "webm": ("opus", "vorbis"),
}
_ENCODES = {"mp4": "aac", "mov": "aac", "matroska": "aac", "webm": "libopus"}
_LOSSLESS = ("flac", "alac", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le")
_BIT_RATE = 96_000  # per channel: transparent for AAC and Opus
_USUAL = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_GAP = Fraction(1, 100)  # seconds of disagreement between pts and sample count that count as a gap


@dataclass(frozen=True)
class AudioTrack:
    """Sound to write along with the pictures.

    Args:
        path: file it comes from.
        stream: number of the stream in that file.
        start: seconds on that file's clock from which it is taken.
        end: seconds on that file's clock up to which, or None for to the end.
        mode: ``copy`` hands packets on as they are; ``encode`` decodes, cuts to the sample and encodes.
        offset: seconds added to the file's clock to get the output's: 0 where frames keep their source times.
    """

    path: Path
    stream: int
    start: Fraction
    end: Fraction | None
    mode: Literal["copy", "encode"]
    offset: Fraction = Fraction(0)


def plan_audio(
    info: MediaInfo, span: Span, container: str, *, stream: int | None = None, offset: Fraction | None = None
) -> AudioTrack | None:
    """Decide how a source's sound goes into an output.

    Args:
        info: of the source.
        span: of its pictures that is used, in seconds since its first frame.
        container: FFmpeg's name of the output container, as ``encode.container_of`` gives it.
        stream: number of the sound stream; None for the first.
        offset: seconds added to the source's clock; None means 0 for the whole span, else so that the first
            picture of the span is at 0.

    Returns:
        The track, or None where there is no sound or the output cannot carry any.
    """
    sound = next((each for each in info.audio if stream is None or each.index == stream), None)
    if sound is None or container not in _CARRIES:
        return None
    start = info.start + span.start
    if offset is None and not span.is_whole:
        start = first_at(info, start)  # a span begins with a picture: its sound begins with that picture
    shift = offset if offset is not None else (Fraction(0) if span.is_whole else -start)
    end = None if span.end is None else info.start + span.end
    if span.is_whole and sound.codec in _CARRIES[container]:
        return AudioTrack(info.path, sound.index, start, None, "copy", shift)
    return AudioTrack(info.path, sound.index, start, end, "encode", shift)


def can_decode(codec: str) -> bool:
    """Whether sound of a codec can be cut and encoded again.

    Example:
        >>> can_decode("pcm_s16le"), can_decode("wmav2")
        (True, False)
    """
    return codec in guard.AUDIO_DECODERS or codec.startswith("pcm_")


class AudioFeed:
    """Hands sound to a muxer in step with the pictures, so that nothing piles up.

    Args:
        track: what to take.
        output: an ``av`` output container whose header is not written yet.
        container: FFmpeg's name of it.
    """

    def __init__(self, track: AudioTrack, output: Any, *, container: str) -> None:
        self._output = output
        self._input = guard.open_container(guard.local_file(track.path))
        self._next: Any | None = None
        self._is_started = False
        try:
            self._packets = self._opened(track, container)
        except BaseException:
            self.close()
            raise

    def _opened(self, track: AudioTrack, container: str) -> Iterator[Any]:
        source = next((each for each in self._input.streams.audio if each.index == track.stream), None)
        if source is None:
            raise ProbeError(f"{track.path}: has no sound stream {track.stream}", hint="choose audio: none")
        if track.mode == "copy":
            target = self._output.add_stream_from_template(source)
            return _copied(track, self._input, source, target, from_zero=container in ("matroska", "webm"))
        guard.check_decoder(track.path, source.codec_context.name, allowed=guard.AUDIO_DECODERS)
        return _encoded(track, self._input, source, _encoder(self._output, source, container))

    def mux_until(self, seconds: Fraction | None) -> None:
        """Mux every packet that starts before this time on the output's clock; None for all that are left."""
        if not self._is_started:
            self._next, self._is_started = next(self._packets, None), True
        while self._next is not None and (seconds is None or self._next.pts * self._next.time_base < seconds):
            self._output.mux_one(self._next)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Let go of the source; safe to call twice."""
        self._input.close()


def _copied(track: AudioTrack, source: Any, stream: Any, target: Any, *, from_zero: bool) -> Iterator[Any]:
    """Packets as they are, on the output's clock.

    Args:
        track: what to take.
        source: opened container.
        stream: its sound stream.
        target: stream of the output.
        from_zero: leave out what lies before 0. Matroska has no negative times, and its muxer would move the
            pictures later instead; what is lost is a coder's run-in of one or two packets.
    """
    shift = round(track.offset / stream.time_base)
    for packet in source.demux(stream):
        if not packet.size or packet.pts is None:
            continue
        packet.pts += shift
        packet.dts = packet.pts if packet.dts is None else packet.dts + shift
        if from_zero and packet.pts < 0:
            continue
        packet.stream = target
        yield packet


def _encoder(output: Any, source: Any, container: str) -> Any:
    """An encoder stream that fits the container, as close to the source as it can."""
    name = _ENCODES[container]
    if container in ("matroska", "mov") and family(source.codec_context.name) in _LOSSLESS:
        name = "flac" if container == "matroska" else "pcm_s16le"
    rate = 48_000 if name == "libopus" else source.codec_context.sample_rate
    target = output.add_stream(name, rate=rate)
    target.codec_context.layout = _layout(source.codec_context.layout)
    if name in ("aac", "libopus"):
        target.codec_context.bit_rate = _BIT_RATE * source.codec_context.layout.nb_channels
    return target


def _layout(layout: Any) -> str:
    """A layout's name; files that only count their channels mean the usual one of that many."""
    return layout.name if "channels" not in layout.name else _USUAL.get(layout.nb_channels, layout.name)


def _encoded(track: AudioTrack, source: Any, stream: Any, target: Any) -> Iterator[Any]:
    """Packets of the sound from start to end, cut to the sample, on the output's clock."""
    context = target.codec_context
    rate = context.sample_rate
    width = 1 if context.format.is_planar else context.layout.nb_channels
    pieces = _cut(track, source, stream, context)
    for pts, block in _blocks(pieces, context.frame_size or 1024, width=width):
        frame = av.AudioFrame.from_ndarray(block, format=context.format.name, layout=context.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, pts, Fraction(1, rate)
        yield from target.encode(frame)
    yield from target.encode(None)


Samples = NDArray[Any]


def _cut(track: AudioTrack, source: Any, stream: Any, context: Any) -> Iterator[tuple[int, Samples]]:
    """Pieces of sound as (first sample number on the output's clock, samples), without gaps or overlaps."""
    rate = context.sample_rate
    resampler = av.AudioResampler(format=context.format.name, layout=context.layout.name, rate=rate)
    width = 1 if context.format.is_planar else context.layout.nb_channels
    begin = _sample(track.start + track.offset, rate)
    end = None if track.end is None else _sample(track.end + track.offset, rate)
    position = begin
    for frame in _resampled(resampler, source, stream):
        samples = frame.to_ndarray()
        first = _sample(frame.pts * frame.time_base + track.offset, rate)
        if abs(first - position) < _GAP * rate and position != begin:
            first = position  # rounding of a coarse clock, no gap
        count = samples.shape[1] // width
        if end is not None and first >= end:
            break
        low, high = max(0, position - first), count if end is None else min(count, end - first)
        if high <= low:
            continue
        if first + low > position:
            silence = np.zeros((samples.shape[0], (first + low - position) * width), samples.dtype)
            yield position, silence
        yield first + low, samples[:, low * width : high * width]
        position = first + high


def _sample(seconds: Fraction, rate: int) -> int:
    return round(seconds * rate)


def _resampled(resampler: Any, source: Any, stream: Any) -> Iterator[Any]:
    """Decoded sound in the encoder's format; packets that do not decode become gaps."""
    for packet in source.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _blocks(pieces: Iterator[tuple[int, Samples]], size: int, *, width: int) -> Iterator[tuple[int, Samples]]:
    """Pieces regrouped into blocks of the encoder's size; the last one may be shorter.

    Args:
        pieces: (first sample number, samples) without gaps.
        size: samples a block.
        width: array columns a sample: the channels of interleaved sound, else 1.
    """
    held: list[Samples] = []
    start, count = 0, 0
    for first, samples in pieces:
        if not held:
            start = first
        held.append(samples)
        count += samples.shape[1] // width
        if count < size:
            continue
        joined = np.concatenate(held, axis=1)
        whole = count // size * size
        for low in range(0, whole, size):
            yield start + low, np.ascontiguousarray(joined[:, low * width : (low + size) * width])
        held = [joined[:, whole * width :]] if whole < count else []
        start, count = start + whole, count - whole
    if count:
        yield start, np.ascontiguousarray(np.concatenate(held, axis=1))
