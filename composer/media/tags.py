"""FFmpeg's colour numbers and names, and which of them a frame carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import av
import av.logging

from composer.media.unpack import planar_format
from composer.values import ColorTags

# Source: AVColorSpace, AVColorTransferCharacteristic and AVColorPrimaries of libavutil/pixfmt.h (ITU-T H.273).
MATRICES = {
    0: "rgb",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
TRANSFERS = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "jedec-p22",
}
RANGES = {1: "limited", 2: "full"}
CHROMA_LOCATIONS = ("left", "center", "topleft", "top", "bottomleft", "bottom")

_CHROMA_IN_DUMP = re.compile(r"Video: .*\b(" + "|".join(sorted(CHROMA_LOCATIONS, key=len, reverse=True)) + r")\)")
_LOG_LEVEL = RLock()
UNSPECIFIED = 2


def number_of(names: dict[int, str], name: str) -> int:
    """FFmpeg's number of a colour name; 2 (unspecified) for unknown ones."""
    return next((number for number, known in names.items() if known == name), UNSPECIFIED)


def color_tags(frame: av.VideoFrame, *, chroma_location: str = "unknown") -> ColorTags:
    """The colour tags of a decoded frame."""
    is_rgb = planar_format(frame.format.name).model == "rgb"
    color_range = RANGES.get(int(frame.color_range), "full" if is_rgb else "unknown")
    if frame.format.name.startswith("yuvj"):
        color_range = "full"
    matrix = "rgb" if is_rgb else MATRICES.get(int(frame.colorspace), "unknown")
    if matrix == "rgb" and not is_rgb:
        matrix = "unknown"  # a tag that cannot be true
    return ColorTags(
        matrix=matrix,
        range=color_range,
        transfer=TRANSFERS.get(int(frame.color_trc), "unknown"),
        primaries=PRIMARIES.get(int(frame.color_primaries), "unknown"),
        chroma_location=chroma_location,
    )


def numbers(color: ColorTags) -> tuple[int, int, int, int]:
    """FFmpeg's numbers of range, matrix, transfer and primaries."""
    return (
        {"limited": 1, "full": 2}.get(color.range, 0),
        number_of(MATRICES, color.matrix),
        number_of(TRANSFERS, color.transfer),
        number_of(PRIMARIES, color.primaries),
    )


@contextmanager
def listening(said: list[tuple[int, str, str]], *, level: int = av.logging.ERROR) -> Iterator[None]:
    """Collect what FFmpeg logs on this thread as (level, name, message).

    The level is one switch for the whole process, so listeners take turns.
    """
    with _LOG_LEVEL, av.logging.Capture(local=True) as heard:
        before = av.logging.get_level()
        av.logging.set_level(level)
        av.logging.set_libav_level(level)
        try:
            yield
        finally:
            av.logging.set_libav_level(av.logging.INFO)
            av.logging.set_level(before)
            said.extend(heard)


def chroma_location(container: Any) -> str:
    """Where the first video stream's chroma samples sit, as FFmpeg says it, or unknown.

    PyAV has no attribute for it; FFmpeg's own stream description names it at the verbose level.
    """
    with listening([], level=av.logging.VERBOSE):
        found = _CHROMA_IN_DUMP.search(container.dumps_format())
    return found[1] if found else "unknown"
