"""Noticing a file that ends before its header says, which decoders keep silent about.

MPEG transport streams and live WebM claim no duration, so that nothing tells whether their end is missing.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from composer.errors import DecodeError
from composer.media.decoding import Decoding
from composer.media.probe import MediaInfo


class Ends:
    """Notices a file that ends before its header says: decoders stay silent about it."""

    def __init__(self, info: MediaInfo) -> None:
        self._info = info
        self._count = 0
        self._last: Any | None = None

    def saw(self, picture: Any) -> None:
        """Note one decoded picture."""
        self._count += 1
        self._last = picture

    def check(self, file: Path, decoding: Decoding) -> None:
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

    def _is_only_the_picture_short(self, decoding: Decoding, needed: Fraction) -> bool:
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
