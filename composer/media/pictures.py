"""Writing PNG pictures: a folder, a ``name_%05d.png`` pattern or a single file, moved into place when complete."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from composer.errors import EncodeError, OutputError
from composer.media.encode import PNG_SUFFIX
from composer.media.landing import Landing, synced
from composer.media.pack import encoder_format, filled
from composer.media.writer import Written, encoder_words, refuse_emptiness
from composer.values import Frame, PixelFormat, Size

_DEFAULT_NAME = "%05d.png"
_NUMBER = re.compile(r"%0?(\d*)d")


class PngWriter:
    """Numbered pictures, starting at 1, or one picture.

    Args:
        target: a folder, a pattern, or one ``.png`` file.
        size: of the frames.
        format_: rgb or gray, 8 or 16 bits.
        sample_aspect: width over height of one pixel.
    """

    def __init__(
        self, target: Path, *, size: Size, format_: PixelFormat, sample_aspect: Fraction = Fraction(1)
    ) -> None:
        self._target, self._size, self._format, self._sample_aspect = target, size, format_, sample_aspect
        self._is_folder = target.suffix.lower() != PNG_SUFFIX
        self._folder = target if self._is_folder else target.parent
        self._name = _DEFAULT_NAME if self._is_folder else target.name
        self._is_single = _NUMBER.search(self._name) is None
        self._check_folder()
        self._landing: Landing | None = Landing(target, is_folder=True)
        self._encoder = self._opened()
        self._frames = self._bytes = 0
        self._first = self._end = Fraction(0)

    def _check_folder(self) -> None:
        if not self._is_folder or not self._folder.exists():
            return
        strangers = [file.name for file in self._folder.iterdir() if not self._number_of(file.name)]
        if not self._folder.is_dir() or strangers:
            raise OutputError(
                f"{self._target}: holds other files ({', '.join(sorted(strangers)[:3])})",
                hint="choose a new folder for the pictures",
            )

    def _opened(self) -> av.VideoCodecContext:
        encoder = av.CodecContext.create("png", "w")
        if not isinstance(encoder, av.VideoCodecContext):
            raise EncodeError("png: is missing in this build of PyAV")
        encoder.width, encoder.height = self._size.width, self._size.height
        encoder.pix_fmt = encoder_format("png", self._format)
        encoder.time_base = Fraction(1, 25)
        encoder.sample_aspect_ratio = self._sample_aspect
        encoder.thread_count = 1
        return encoder

    def _number_of(self, name: str) -> int | None:
        """The number in one of our own file names, or None for a stranger's."""
        found = _NUMBER.search(self._name)
        if found is None:
            return None
        before, after = re.escape(self._name[: found.start()]), re.escape(self._name[found.end() :])
        match = re.fullmatch(f"{before}(\\d+){after}", name)
        return int(match[1]) if match else None

    def write(self, frame: Frame) -> None:
        """Write one picture.

        Raises:
            EncodeError: a second picture for a single file, or another size or format.
        """
        if frame.size != self._size or frame.format != self._format:
            raise EncodeError(f"frame {self._frames}: expected {self._format.name} {self._size}, got {frame.size}")
        if self._landing is None or (self._is_single and self._frames):
            raise EncodeError(
                f"{self._target}: takes one picture only", hint="name a folder or a pattern such as name_%05d.png"
            )
        picture = filled(frame, str(self._encoder.pix_fmt))
        picture.pts = self._frames
        picture.time_base = Fraction(1, 25)
        with encoder_words("png", quiet=True):
            data = b"".join(bytes(packet) for packet in self._encoder.encode(picture))
        self._frames += 1
        self._bytes += len(data)
        (self._landing.path / self._named(self._frames)).write_bytes(data)
        if self._frames == 1:
            self._first = frame.at.seconds
        self._end = frame.at.seconds + frame.duration * frame.at.time_base

    def _named(self, number: int) -> str:
        return self._name if self._is_single else self._name % number

    def finish(self) -> Written:
        """Sync the pictures to disk, move them into place, and drop higher numbers of an earlier run."""
        if self._landing is None:
            raise EncodeError(f"{self._target}: was finished or aborted before")
        try:
            refuse_emptiness(self._target, self._frames)
            self._move(self._landing.path)
        except BaseException:
            self.abort()
            raise
        self._landing.release()
        self._landing = None
        return Written(self._target, self._frames, self._bytes, self._end - self._first)

    def _move(self, temporary: Path) -> None:
        for file in temporary.iterdir():
            synced(file)
        if self._is_folder and not self._folder.exists():
            temporary.chmod(0o755)
            temporary.rename(self._folder)
            return
        for file in sorted(temporary.iterdir()):
            file.replace(self._folder / file.name)
        temporary.rmdir()
        for file in self._folder.iterdir():
            number = self._number_of(file.name)
            if number is not None and number > self._frames:
                file.unlink()

    def abort(self) -> None:
        """Remove everything written so far; safe to call twice, and after ``finish``."""
        if self._landing is not None:
            self._landing.discard()
            self._landing = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()
