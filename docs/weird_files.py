"""Writes docs/weird-files.md: what Composer does with every deliberately odd file of the test footage.

python docs/weird_files.py ../shared/data/video/weird
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from composer.errors import ComposerError
from composer.media import MediaInfo, VideoSettings, container_of, open_reader, open_writer, plan_audio
from composer.values import Frame, Span

PAGE = Path(__file__).with_name("weird-files.md")
EXACT_FRAMES = 12  # enough to prove a lossless copy, few enough to be quick
HEAD = """# Odd files, and what Composer does with them

Made by `python docs/weird_files.py ../shared/data/video/weird`; a test (`pytest -m data`) repeats every row.
Colour reads matrix / range / transfer / primaries / chroma location. Times are in seconds of the file's own clock.
*Lossless copy*: the first {count} frames through reader and FFV1 writer, compared bit for bit. *Delivery copy*: the
whole file, sound included, as H.264 in mp4, and as VP9 in webm where H.264 cannot hold it; then frame count, size,
times and colour are read back and compared.

| file | what it is | frames, times | sound | lossless copy | delivery copy |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One file's line."""

    file: str
    what: str
    frames: str
    sound: str
    lossless: str
    delivery: str

    def __str__(self) -> str:
        return f"| {self.file} | {self.what} | {self.frames} | {self.sound} | {self.lossless} | {self.delivery} |"


def row(path: Path, scratch: Path) -> Row:
    """Read a file, copy it twice, and say what happened."""
    try:
        with open_reader(path) as reader:
            info = reader.scanned()
    except ComposerError as error:
        return Row(path.name, "refused", "-", "-", "-", str(error.message).replace(str(path), path.name))
    return Row(
        path.name,
        _what(info),
        _frames(info),
        ", ".join(sound.codec for sound in info.audio) or "none",
        _lossless(path, info, scratch),
        _delivery(path, info, scratch),
    )


def _what(info: MediaInfo) -> str:
    color = info.color
    tags = [color.matrix, color.range, color.transfer, color.primaries, color.chroma_location]
    turned = f", stored turned by {info.rotation}" if info.rotation else ""
    stored = f" from {info.stored_format}" if info.stored_format != info.format.name else ""
    return (
        f"{info.codec} in {info.container.partition(',')[0]}, {info.size}{turned}, {info.format.name}{stored}; "
        + " / ".join("-" if tag == "unknown" else tag for tag in tags)
    )


def _frames(info: MediaInfo) -> str:
    found = info.found
    if found is None:
        return "-"
    pace = "uneven" if found.is_vfr else f"{info.rate}/s"
    first, last = found.first_pts * info.time_base, found.last_pts * info.time_base
    claim = f" (header: {info.claimed.frames})" if info.claimed.frames not in (None, found.frames) else ""
    damage = f", {found.corrupt} flagged as damaged" if found.corrupt else ""
    return f"{found.frames}{claim}, {pace}, {float(first):.3f} to {float(last):.3f}{damage}"


def _lossless(path: Path, info: MediaInfo, scratch: Path) -> str:
    target = scratch / "lossless.mkv"
    try:
        kept = _copy(path, info, target, settings=VideoSettings("ffv1"), limit=EXACT_FRAMES)
    except ComposerError as error:
        return f"refused: {error.message}"
    with open_reader(target) as reader:
        again = list(reader.frames())
        same = len(again) == len(kept) and all(_is_same(one, other) for one, other in zip(kept, again, strict=True))
        tags = _differences(info, reader.info)
    return ("bit for bit" if same else "PIXELS DIFFER") + tags


def _is_same(one: Frame, other: Frame) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.planes, other.planes, strict=True)) and abs(
        one.at.seconds - other.at.seconds
    ) <= Fraction(1, 2000)


def _delivery(path: Path, info: MediaInfo, scratch: Path) -> str:
    refusals = []
    for codec, name, preset in (
        ("h264", "copy.mp4", "ultrafast"),
        ("vp9", "copy.webm", "8"),
        ("gif", "copy.gif", None),
    ):
        try:
            return "".join(refusals) + _delivered(path, info, scratch / name, VideoSettings(codec, 30, preset))
        except ComposerError as error:
            refusals.append(f"{error.message}; ")
    return "".join(refusals)


def _delivered(path: Path, info: MediaInfo, target: Path, settings: VideoSettings) -> str:
    kept = _copy(path, info, target, settings=settings, limit=None)
    with open_reader(target) as reader:
        again = [frame.at.seconds for frame in reader.frames()]
        found = reader.info
    tick = found.time_base / 2
    is_whole = len(again) == len(kept) and found.size == info.size
    on_time = is_whole and all(abs(one.at.seconds - other) <= tick for one, other in zip(kept, again, strict=True))
    words = f"{settings.codec}: {len(again)} frames, {'times kept' if on_time else 'TIMES DIFFER'}"
    if not is_whole:
        words = f"{settings.codec}: FRAMES OR SIZE DIFFER"
    sound = f", sound {_sound(info, target)}" if found.audio else ""
    return words + sound + _differences(info, found)


def _sound(info: MediaInfo, target: Path) -> str:
    track = plan_audio(info, Span(), container_of(target))
    return "none" if track is None else {"copy": "copied", "encode": "encoded"}[track.mode]


def _differences(info: MediaInfo, again: MediaInfo) -> str:
    """Tags that did not come back; chroma location of H.264 always reads left where nothing was known."""
    changed = [
        f"{name} {getattr(info.color, name)} became {getattr(again.color, name)}"
        for name in ("matrix", "range", "transfer", "primaries", "chroma_location")
        if getattr(info.color, name) not in ("unknown", getattr(again.color, name))
    ]
    if info.sample_aspect != again.sample_aspect:
        changed.append(f"sample aspect {info.sample_aspect} became {again.sample_aspect}")
    return "".join(f"; {each}" for each in changed)


def _copy(path: Path, info: MediaInfo, target: Path, *, settings: VideoSettings, limit: int | None) -> list[Frame]:
    """Copy a file; returns the frames handed over, without pictures where there is no limit on them."""
    kept: list[Frame] = []
    track = None if limit else plan_audio(info, Span(), container_of(target))
    with (
        open_reader(path) as reader,
        open_writer(
            target,
            size=info.size,
            format=info.format,
            color=info.color,
            time_base=info.time_base,
            rate=info.rate,
            sample_aspect=info.sample_aspect,
            settings=settings,
            audio=track,
        ) as writer,
    ):
        for index, frame in enumerate(reader.frames()):
            if limit is not None and index >= limit:
                break
            writer.write(frame)
            kept.append(frame if limit else replace(frame, planes=_thumb(frame), origin=None))
        writer.finish()
    return kept


def _thumb(frame: Frame) -> tuple[np.ndarray, ...]:
    """A token in place of the planes, so that long files fit in memory."""
    return tuple(np.zeros((1, 1), frame.format.dtype) for _ in frame.planes)


def main() -> None:
    """Write the page."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        rows = [str(row(path, Path(scratch))) for path in sorted(folder.iterdir())]
    PAGE.write_text(HEAD.format(count=EXACT_FRAMES) + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
