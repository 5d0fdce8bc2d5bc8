"""What a codec can hold, and what comes nearest where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import OutputError
from composer.media import CODECS, VideoSettings, check_target, container_of, nearest_format
from composer.media.encode import holds
from composer.media.synthetic import write_clip
from composer.values import PixelFormat, Size


@pytest.mark.parametrize(
    ("codec", "format_", "nearest"),
    [
        ("h264", "yuv420p", "yuv420p"),
        ("h264", "yuva420p", "yuv420p"),
        ("h264", "yuv420p12le", "yuv420p10le"),
        ("h264", "yuv440p", "yuv444p"),
        ("h264", "gbrp", "yuv444p"),
        ("av1", "yuv444p10le", "yuv420p10le"),
        ("vp9", "yuva444p", "yuva420p"),
        ("vp9", "gbrap", "yuva420p"),
        ("prores", "yuv420p", "yuv422p10le"),
        ("prores", "yuva420p", "yuva444p10le"),
        ("png", "yuv420p", "gbrp"),
        ("png", "yuva420p10le", "gbrap16le"),
        ("ffv1", "yuv410p", "yuv410p"),
    ],
)
def test_the_nearest_format_loses_least(codec, format_, nearest):
    assert nearest_format(CODECS[codec], PixelFormat.parse(format_)).name == nearest


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "format_", ["yuv420p", "yuva420p", "yuv422p10le", "yuv444p12le", "yuv440p", "gbrp", "gbrap", "gray", "gray16le"]
)
def test_what_comes_nearest_can_be_held(codec, format_):
    assert holds(CODECS[codec], nearest_format(CODECS[codec], PixelFormat.parse(format_)))


SUFFIX = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv", "webm": ".webm", "gif": ".gif", "png": ".png"}
HOLDABLE = [
    (name, PixelFormat(model, depth, shifts, has_alpha))
    for name, codec in CODECS.items()
    for model in ("yuv", "rgb", "gray")
    for depth in (8, 10, 16)
    for shifts in (((1, 1), (1, 0), (0, 0)) if model == "yuv" else ((0, 0),))
    for has_alpha in (False, True)
    if holds(codec, PixelFormat(model, depth, shifts, has_alpha))
]


@pytest.mark.parametrize(("name", "format_"), HOLDABLE, ids=lambda value: getattr(value, "name", value))
def test_what_is_said_to_be_held_is_written(tmp_path, name, format_):
    path = tmp_path / f"a{SUFFIX[CODECS[name].containers[0]]}"
    size = Size(64, 64)
    write_clip(path, codec=name, format=format_, size=size, frames=1 if name == "png" else 3)
    assert path.stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("a.mp4", "mp4"),
        ("a.MOV", "mov"),
        ("a.mkv", "matroska"),
        ("a.webm", "webm"),
        ("a.gif", "gif"),
        ("frames", "png"),
        ("f_%05d.png", "png"),
        ("one.png", "png"),
    ],
)
def test_the_ending_chooses_the_container(name, container):
    assert container_of(Path(name)) == container


def test_nothing_is_written_by_checking(tmp_path):
    check_target(tmp_path / "a.mp4", size=Size(64, 36), format=PixelFormat("yuv", 8, (1, 1)), settings=VideoSettings())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.png", "a.gif"])
def test_every_refusal_says_what_to_do(tmp_path, codec, name):
    said = []
    for format_ in ("yuva420p", "yuv420p", "gbrap", "yuv444p16le"):
        try:
            check_target(
                tmp_path / name, size=Size(65, 37), format=PixelFormat.parse(format_), settings=VideoSettings(codec)
            )
        except OutputError as error:
            said.append(error)
    assert said  # no codec holds all four at an odd size in every container
    assert all(error.hint for error in said)
