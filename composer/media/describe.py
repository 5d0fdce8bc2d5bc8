"""From an open container and its first picture to what a plan needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from composer.media import tags
from composer.media.decoding import Decoding
from composer.media.orient import Orientation
from composer.media.probe import AudioInfo, Claim, MediaInfo, content_digest, family
from composer.media.unpack import planar_format
from composer.values import ColorTags, FrameRate, PixelFormat, Size


@dataclass(frozen=True)
class Layout:
    """What every frame of a file shares; a change in the middle is refused."""

    name: str
    size: Size
    format: PixelFormat
    color: ColorTags
    orientation: Orientation


def layout_of(file: Path, first: Any, *, location: str) -> Layout:
    """What every frame of a file shares, from its first picture.

    Args:
        file: for messages.
        first: decoded picture.
        location: of chroma, from ``tags.chroma_location``.
    """
    orientation = Orientation.of_frame(first)
    size = Size(first.width, first.height)
    format_ = orientation.format(planar_format(first.format.name))
    orientation.check(str(file), size=orientation.size(size), format_=format_)
    color = orientation.color(tags.color_tags(first, chroma_location=location))
    return Layout(first.format.name, size, format_, color, orientation)


def described(file: Path, decoding: Decoding, first: Any, layout: Layout) -> MediaInfo:
    """What a plan needs to know of a file."""
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
        rate=FrameRate(rate_of(stream)),
        time_base=stream.time_base,
        start=first.pts * stream.time_base,
        rotation=layout.orientation.rotation,
        sample_aspect=_sample_aspect(stream, is_swapped=layout.orientation.is_swapped),
        claimed=_claim(container, stream),
        found=None,
        audio=tuple(audio_info(sound) for sound in container.streams.audio),
        digest=content_digest(file),
    )


def rate_of(stream: Any) -> Fraction:
    """Frames a second: FFmpeg's guess where the average bears it out, else the average."""
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
    own = _own_duration(stream)
    return own or (Fraction(container.duration, av.time_base) if container.duration else None)


def _own_duration(stream: Any) -> Fraction | None:
    """Seconds that the header gives the stream itself; Matroska writes them into a tag."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    if seconds:
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    return None


def audio_info(stream: Any) -> AudioInfo:
    """What a plan needs to know of a sound stream."""
    context = stream.codec_context
    return AudioInfo(
        index=stream.index,
        codec=family(context.name),
        sample_rate=context.sample_rate,
        channels=context.channels,
        layout=context.layout.name,
        start=None if stream.start_time is None else stream.start_time * stream.time_base,
        duration=_own_duration(stream),
    )
