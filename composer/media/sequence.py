"""Reading image sequences: ``name_%05d.png`` patterns, or the pictures of a folder in sorted order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from composer.errors import DecodeError, ProbeError
from composer.media.guard import local_file
from composer.media.probe import WHOLE, MediaInfo, Scan
from composer.media.still import PICTURE_RATE, Picture, described, read_picture
from composer.pixels.luma import luma_frame
from composer.values import Frame, FrameRate, Span, Timestamp

_NUMBER = re.compile(r"%(?:0(\d+))?d")
_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".exr"))


def is_sequence(path: Path | str) -> bool:
    """True for a folder, or a pattern such as ``hand_%05d.png`` that is not itself a file."""
    file = Path(path)
    return file.is_dir() or (bool(_NUMBER.search(file.name)) and not file.exists())


def sequence_files(path: Path | str) -> tuple[Path, ...]:
    """The pictures of a folder or pattern, in order.

    Raises:
        ProbeError: none are there, or one in the middle is missing.
    """
    folder = Path(path)
    return _folder_files(folder) if folder.is_dir() else _pattern_files(folder)


def _folder_files(folder: Path) -> tuple[Path, ...]:
    files = sorted(
        (file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")),
        key=lambda file: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.name)],
    )
    if not files:
        raise ProbeError(
            f"{folder}: holds no PNG, JPEG, WebP or EXR pictures", hint="name a folder that holds pictures"
        )
    return tuple(files)


def _pattern_files(pattern: Path) -> tuple[Path, ...]:
    names = _numbered(pattern)
    if not names:
        raise ProbeError(
            f"{pattern}: no file fits the pattern", hint="%05d stands for five digits: name_00001.png, name_00002.png"
        )
    first, last = min(names), max(names)
    missing = next((number for number in range(first, last + 1) if number not in names), None)
    if missing is not None:
        raise ProbeError(
            f"{pattern}: picture {missing} of {first}..{last} is missing",
            hint="export it again, or name the folder to take what is there in order",
        )
    return tuple(names[number] for number in range(first, last + 1))


def _numbered(pattern: Path) -> dict[int, Path]:
    found = _NUMBER.search(pattern.name)
    if found is None or not pattern.parent.is_dir():
        return {}
    before, after = pattern.name[: found.start()], pattern.name[found.end() :]
    digits = rf"\d{{{int(found[1])},}}" if found[1] else r"\d+"
    fits = re.compile(f"{re.escape(before)}({digits}){re.escape(after)}")
    matches = ((fits.fullmatch(file.name), file) for file in pattern.parent.iterdir())
    return {int(match[1]): file for match, file in matches if match}


class SequenceReader:
    """Numbered pictures as a shot of constant rate."""

    corrupt = 0  # a damaged picture is refused

    def __init__(self, path: Path | str, *, rate: FrameRate | None = None) -> None:
        self._files = tuple(local_file(file) for file in sequence_files(path))
        try:
            self._first = read_picture(self._files[0])
        except DecodeError as error:
            raise ProbeError(error.message, hint=error.hint) from error
        info = described(Path(path), self._first, files=self._files, rate=rate or PICTURE_RATE)
        self.info = replace(info, kind="sequence")

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """Frames with ``span.start <= time < span.end``, in seconds since the first picture.

        Args:
            span: in seconds.
            luma: brightness alone, as grey frames.

        Raises:
            DecodeError: a picture is damaged or differs in size or format from the first.
        """
        for index, file in enumerate(self._files):
            if index * self.info.time_base in span:
                picture = self._picture(index, file)
                at = Timestamp(index, self.info.time_base)
                frame = Frame(picture.planes, picture.format, self.info.color, at, 1)
                yield luma_frame(frame) if luma else frame

    def _picture(self, index: int, file: Path) -> Picture:
        picture = read_picture(file)
        first = self._first
        if (picture.size, picture.format) != (first.size, first.format):
            raise DecodeError(
                f"{file}: picture {index} is {picture.format.name} {picture.size}, "
                f"the first one is {first.format.name} {first.size}",
                hint="export all pictures of a sequence alike",
            )
        return picture

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in by decoding everything once."""
        count = sum(1 for _ in self.frames())
        return replace(
            self.info, found=Scan(count, 0, count - 1, Fraction(count) * self.info.time_base, 0, is_vfr=False)
        )

    def close(self) -> None:
        """Nothing stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
