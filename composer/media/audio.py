"""Sound: copied packet by packet where it is taken whole, else cut to the sample and encoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray

from composer.media import guard
from composer.media.decoding import first_at
from composer.media.level import levelled
from composer.media.listen import Cut, Format, layout_name, pieces, sample_at, sound_stream
from composer.media.loudness import Measured, Meter, measured_by
from composer.media.mix import Block
from composer.media.probe import MediaInfo, family
from composer.media.sounds import Mixdown
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

Samples = NDArray[Any]


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
        track: what to take, or what to mix.
        output: an ``av`` output container whose header is not written yet.
        container: FFmpeg's name of it.
    """

    def __init__(self, track: AudioTrack | Mixdown, output: Any, *, container: str) -> None:
        self._output = output
        self._stack = ExitStack()
        self._next: Any | None = None
        self._is_started = False
        self._meter = Meter(track.rate, track.layout) if isinstance(track, Mixdown) else None
        try:
            self._packets = self._opened(track, container)
        except BaseException:
            self.close()
            raise

    def _opened(self, track: AudioTrack | Mixdown, container: str) -> Iterator[Any]:
        if isinstance(track, Mixdown):
            return self._mixed(track, container)
        file = self._stack.enter_context(closing(guard.open_container(guard.local_file(track.path))))
        source = next((each for each in file.streams.audio if each.index == track.stream), None)
        if source is None or track.mode == "encode":
            source = sound_stream(track.path, file, track.stream)
            target = _encoder(self._output, _like(source, container))
            form = _form(target)
            return _encoded(
                pieces(Cut(track.path, track.stream, track.start, track.end, track.offset), file, source, form),
                form,
                target,
            )
        target = self._output.add_stream_from_template(source)
        return _copied(track, file, source, target, from_zero=container in ("matroska", "webm"))

    def _mixed(self, track: Mixdown, container: str) -> Iterator[Any]:
        """Packets of a mix."""
        target = _encoder(self._output, _Wanted(container, track.rate, track.layout, track.is_lossless))
        form = _form(target)
        blocks = self._stack.enter_context(closing(levelled(track)))
        heard = measured_by(self._meter, blocks) if self._meter is not None else blocks
        return _encoded(_numbered(heard, track, form), form, target)

    @property
    def measured(self) -> Measured | None:
        """What the mix measures so far; None for sound that is not mixed."""
        return None if self._meter is None else self._meter.measured

    def mux_until(self, seconds: Fraction | None) -> None:
        """Mux every packet that starts before this time on the output's clock; None for all that are left."""
        if not self._is_started:
            self._next, self._is_started = next(self._packets, None), True
        while self._next is not None and (seconds is None or self._next.pts * self._next.time_base < seconds):
            self._output.mux_one(self._next)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Let go of the source; safe to call twice."""
        self._stack.close()


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


@dataclass(frozen=True)
class _Wanted:
    """What an encoder is chosen for."""

    container: str
    rate: int
    layout: str
    is_lossless: bool


def _like(source: Any, container: str) -> _Wanted:
    """An encoder as close to a source as there is."""
    context = source.codec_context
    return _Wanted(container, context.sample_rate, layout_name(context.layout), is_lossless(family(context.name)))


def is_lossless(codec: str) -> bool:
    """Whether a codec keeps every sample.

    Example:
        >>> is_lossless("flac"), is_lossless("aac")
        (True, False)
    """
    return codec in _LOSSLESS


def _encoder(output: Any, wanted: _Wanted) -> Any:
    """An encoder stream that fits the container."""
    name = _ENCODES[wanted.container]
    if wanted.container in ("matroska", "mov") and wanted.is_lossless:
        name = "flac" if wanted.container == "matroska" else "pcm_s16le"
    target = output.add_stream(name, rate=48_000 if name == "libopus" else wanted.rate)
    target.codec_context.layout = wanted.layout
    if name in ("aac", "libopus"):
        target.codec_context.bit_rate = _BIT_RATE * av.AudioLayout(wanted.layout).nb_channels
    return target


def _form(target: Any) -> Format:
    """How an encoder takes samples."""
    context = target.codec_context
    return Format(context.format.name, context.layout.name, context.sample_rate)


def _numbered(blocks: Iterator[Block], track: Mixdown, form: Format) -> Iterator[tuple[int, Samples]]:
    """Blocks of a mix as the encoder takes them, each with its first sample's number on the output's clock."""
    resampler = av.AudioResampler(format=form.sample, layout=form.layout, rate=form.rate)
    position = sample_at(track.start + track.offset, form.rate)
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=track.layout)
        frame.sample_rate = track.rate
        for piece in resampler.resample(frame):
            samples = piece.to_ndarray()
            yield position, samples
            position += samples.shape[1] // form.width
    for piece in resampler.resample(None):
        yield position, piece.to_ndarray()


def _encoded(pieces: Iterator[tuple[int, Samples]], form: Format, target: Any) -> Iterator[Any]:
    """Packets of pieces of sound that are already as the encoder takes them, at their sample numbers."""
    for pts, block in _blocks(pieces, target.codec_context.frame_size or 1024, width=form.width):
        frame = av.AudioFrame.from_ndarray(block, format=form.sample, layout=form.layout)
        frame.sample_rate, frame.pts, frame.time_base = form.rate, pts, Fraction(1, form.rate)
        yield from target.encode(frame)
    yield from target.encode(None)


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
