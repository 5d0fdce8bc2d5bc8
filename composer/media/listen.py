"""Listening to a file: its sound as samples, each with its number on another clock, cut to the sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from composer.errors import ProbeError
from composer.media import guard

Samples = NDArray[Any]
_GAP = Fraction(1, 100)  # seconds of disagreement between pts and sample count that count as a gap
_RUN_IN = Fraction(
    1, 2
)  # seconds that decoding begins before what is wanted: a coder needs a frame or two to get going
_USUAL = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


@dataclass(frozen=True)
class Format:
    """What sound is turned into while it is read.

    Args:
        sample: FFmpeg's name of the sample format; ``fltp`` is float32, one row a channel.
        layout: FFmpeg's name of the channel layout.
        rate: samples a second.
    """

    sample: str
    layout: str
    rate: int

    @property
    def width(self) -> int:
        """Array columns a sample: the channels of interleaved sound, else 1."""
        return 1 if av.AudioFormat(self.sample).is_planar else av.AudioLayout(self.layout).nb_channels


@dataclass(frozen=True)
class Cut:
    """Which part of a sound stream, and when it is heard.

    Args:
        path: the file.
        stream: number of the stream in it.
        start: seconds on the file's clock from which it is taken.
        end: seconds on the file's clock up to which, or None for to the end.
        offset: seconds added to the file's clock to get the clock of the sample numbers.
    """

    path: Path
    stream: int
    start: Fraction
    end: Fraction | None = None
    offset: Fraction = Fraction(0)


def sample_at(seconds: Fraction, rate: int) -> int:
    """The number of the sample at a moment, computed from the fraction: nothing adds up over a long file.

    Example:
        >>> sample_at(1_000_000 * Fraction(1001, 30000), 48_000)
        1601600000
    """
    return round(seconds * rate)


def listen(cut: Cut, form: Format) -> Iterator[tuple[int, Samples]]:
    """Open a file and hand out its sound as ``pieces`` does; the file is closed at the end.

    Raises:
        ProbeError: no such stream, or a codec that is not decoded.
    """
    container = guard.open_container(guard.local_file(cut.path))
    try:
        stream = sound_stream(cut.path, container, cut.stream)
        _seek(container, stream, cut.start - _RUN_IN)
        yield from pieces(cut, container, stream, form)
    finally:
        container.close()


def sound_stream(path: Path, container: Any, number: int) -> Any:
    """The stream of that number, decodable.

    Raises:
        ProbeError: there is none, or its codec is not one that is decoded.
    """
    stream = next((each for each in container.streams.audio if each.index == number), None)
    if stream is None:
        raise ProbeError(f"{path}: has no sound stream {number}", hint="choose audio: none")
    guard.check_decoder(path, stream.codec_context.name, allowed=guard.AUDIO_DECODERS)
    return stream


def _seek(container: Any, stream: Any, seconds: Fraction) -> None:
    """Skip to shortly before a moment, where the container's clock tells samples apart.

    Matroska counts milliseconds: only the count from its first sample is exact there.
    """
    is_exact = stream.time_base * stream.codec_context.sample_rate <= 1
    if seconds > 1 and is_exact and container.format.name.startswith(("mov", "wav", "flac")):
        container.seek(int(seconds / stream.time_base), stream=stream, backward=True)


def pieces(cut: Cut, container: Any, stream: Any, form: Format) -> Iterator[tuple[int, Samples]]:
    """Pieces of sound as (first sample number, samples), without gaps or overlaps.

    Args:
        cut: which part.
        container: opened, at or before the part.
        stream: its sound stream.
        form: what the samples are turned into.
    """
    rate, width = form.rate, form.width
    resampler = av.AudioResampler(format=form.sample, layout=form.layout, rate=rate)
    begin = sample_at(cut.start + cut.offset, rate)
    end = None if cut.end is None else sample_at(cut.end + cut.offset, rate)
    position = begin
    for frame in _resampled(resampler, container, stream):
        samples = frame.to_ndarray()
        first = sample_at(frame.pts * frame.time_base + cut.offset, rate)
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


def _resampled(resampler: Any, container: Any, stream: Any) -> Iterator[Any]:
    """Decoded sound in the wanted form; packets that do not decode become gaps."""
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            yield from resampler.resample(frame)
    yield from resampler.resample(None)


def layout_name(layout: Any) -> str:
    """A layout's name; files that only count their channels mean the usual one of that many."""
    return layout.name if "channels" not in layout.name else _USUAL.get(layout.nb_channels, layout.name)
