"""Files that hold sound and no picture."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from composer.errors import ProbeError
from composer.media import guard
from composer.media.describe import audio_info
from composer.media.probe import AudioInfo, Claim, MediaInfo, content_digest
from composer.values import ColorTags, FrameRate, PixelFormat, Size

_RATE = FrameRate(Fraction(25))  # nobody asks how many pictures a second such a file has
_UNTOLD = 0x7FFF0000  # bytes from which a WAV's size is what writes to a pipe put there


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
        share = _wav_share(file)
        sounds = tuple(_claiming(audio_info(stream), share) for stream in container.streams.audio)
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


def _claiming(sound: AudioInfo, share: Fraction) -> AudioInfo:
    """A stream with the length that its header claims, where FFmpeg told that of what is there."""
    return sound if sound.duration is None else replace(sound, duration=sound.duration / share)


def _wav_share(file: Path) -> Fraction:
    """How much of a WAV is there, by the size that its header claims; 1 where that is all, or not said."""
    with file.open("rb") as opened:
        head = opened.read(12)
    claimed, size = int.from_bytes(head[4:8], "little") + 8, file.stat().st_size
    is_told = head[:4] == b"RIFF" and head[8:] == b"WAVE" and claimed < _UNTOLD
    return min(Fraction(1), Fraction(size, claimed)) if is_told else Fraction(1)


def sound_end(info: MediaInfo, number: int) -> Fraction:
    """When a stream ends, on the file's clock, as far as it can be read; found without decoding.

    Args:
        info: of the file.
        number: of the stream.
    """
    container, end = guard.open_container(info.path), info.start
    try:
        stream = next(each for each in container.streams.audio if each.index == number)
        with suppress(av.error.FFmpegError):
            for packet in container.demux(stream):
                if packet.pts is not None:
                    end = max(end, (packet.pts + (packet.duration or 0)) * stream.time_base)
        return end
    finally:
        container.close()
