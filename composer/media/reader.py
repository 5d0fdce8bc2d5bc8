"""One way to read every kind of picture source: frames in their own planes, each with its own time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from composer.media.guard import local_file
from composer.media.probe import WHOLE, MediaInfo
from composer.media.sequence import SequenceReader, is_sequence
from composer.media.still import StillReader, is_picture
from composer.media.video import VideoReader
from composer.values import Frame, FrameRate, Span


class FrameReader(Protocol):
    """Yields the frames of one source; may be asked again from the start."""

    info: MediaInfo
    corrupt: int
    """Frames of the last pass that the decoder flagged as damaged."""

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """Frames with ``span.start <= time < span.end``, in seconds since the first frame.

        Args:
            span: in seconds.
            luma: brightness alone, as grey frames (see ``composer.pixels.luma``); chroma is not unpacked, not turned
                and not copied.

        Raises:
            DecodeError: the source is damaged, or ends before its header says.
        """

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in by decoding everything once."""

    def close(self) -> None:
        """Let go of the file; safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_reader(path: Path | str, *, threads: int = 2, rate: FrameRate | None = None) -> FrameReader:
    """Open a video, picture, folder of pictures, ``name_%05d.png`` pattern or animation.

    Args:
        path: local file, folder or pattern.
        threads: decoder threads, >= 1.
        rate: frames a second of pictures, which have none of their own; 25 where left out.

    Raises:
        ProbeError: naming the file, what is wrong, and what to do.
    """
    if is_sequence(path):
        return SequenceReader(path, rate=rate)
    file = local_file(path)
    if is_picture(file):
        return StillReader(file, rate=rate)
    return VideoReader(file, threads=threads)
