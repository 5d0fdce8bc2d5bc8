"""Files that hold sound and no picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from composer.errors import ProbeError
from composer.media import guard
from composer.media.describe import audio_info
from composer.media.probe import Claim, MediaInfo, content_digest
from composer.values import ColorTags, FrameRate, PixelFormat, Size

_RATE = FrameRate(Fraction(25))  # nobody asks how many pictures a second such a file has


def probe_sound(path: Path | str) -> MediaInfo | None:
    """Look at a file that holds nothing but sound.

    Returns:
        What is known, as of a file of kind ``sound`` with a single grey pixel for a picture; None for everything else.
    """
    try:
        file = guard.local_file(path)
        container = guard.open_container(file)
    except ProbeError:
        return None
    try:
        pictures = [each for each in container.streams.video if "attached_pic" not in (each.disposition.name or "")]
        if pictures or not container.streams.audio:
            return None
        sounds = tuple(audio_info(stream) for stream in container.streams.audio)
        length = sounds[0].duration or (Fraction(container.duration, av.time_base) if container.duration else None)
        return MediaInfo(
            path=file,
            kind="sound",
            container=container.format.name,
            codec=sounds[0].codec,
            size=Size(1, 1),
            format=PixelFormat.parse("gray"),
            stored_format="none",
            color=ColorTags(),
            rate=_RATE,
            time_base=Fraction(container.streams.audio[0].time_base),
            start=sounds[0].start or Fraction(0),
            rotation=0,
            sample_aspect=Fraction(1),
            claimed=Claim(None, length),
            found=None,
            audio=sounds,
            digest=content_digest(file),
        )
    finally:
        container.close()


def sound_end(info: MediaInfo, number: int) -> Fraction:
    """When a stream ends, on the file's clock, found without decoding.

    Args:
        info: of the file.
        number: of the stream.
    """
    container = guard.open_container(info.path)
    try:
        stream = next(each for each in container.streams.audio if each.index == number)
        ends = [
            (packet.pts + (packet.duration or 0)) * stream.time_base
            for packet in container.demux(stream)
            if packet.pts is not None
        ]
        return max(ends, default=info.start)
    finally:
        container.close()
