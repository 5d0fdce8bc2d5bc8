"""One set of promises for every kind of reader."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from composer.errors import InputError
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.pixels.luma import luma_frame
from composer.values import FrameRate, PixelFormat, Size, Span

MILLISECOND = Fraction(1, 1000)


def _jpeg(folder: Path) -> Path:
    path = folder / "turned.jpg"
    exif = Image.Exif()
    exif[274] = 6
    pixels = np.linspace(0, 255, 48 * 32 * 3).reshape(32, 48, 3).astype(np.uint8)
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    return path


def _webp(folder: Path) -> Path:
    path = folder / "still.webp"
    pixels = np.random.default_rng(0).integers(0, 256, (18, 32, 4), np.uint8)
    Image.fromarray(pixels).save(path, lossless=True, exact=True)
    return path


def _pattern(folder: Path) -> Path:
    (folder / "roto").mkdir()
    return write_clip(folder / "roto" / "hand_%05d.png", codec="png", format="gbrap", frames=5)


MAKE = {
    "h264 in mp4": lambda folder: write_clip(folder / "a.mp4", codec="h264", frames=40, audio=True),
    "ffv1 in mkv, vfr": lambda folder: write_clip(
        folder / "a.mkv", pts=[0, 40, 90, 100, 1500, 2500, 2540], time_base=MILLISECOND
    ),
    "starts late": lambda folder: write_clip(
        folder / "a.mkv", pts=[1400, 1440, 1480, 3000, 3040], time_base=MILLISECOND
    ),
    "rotated mp4": lambda folder: write_clip(folder / "a.mp4", codec="h264", rotation=90),
    "vp9 with alpha": lambda folder: write_clip(folder / "a.webm", codec="vp9", format="yuva420p"),
    "10-bit 4:4:4": lambda folder: write_clip(folder / "a.mkv", format="yuv444p10le"),
    "gif": lambda folder: write_clip(folder / "a.gif", codec="gif", format="gbrp", frames=5),
    "png still": lambda folder: write_clip(folder / "a.png", codec="png", format="gbrap", frames=1),
    "jpeg still, turned by EXIF": _jpeg,
    "webp still": _webp,
    "png pattern": _pattern,
    "folder of pictures": lambda folder: _pattern(folder).parent,
}


@pytest.fixture(params=MAKE, scope="class")
def path(request, tmp_path_factory):
    return MAKE[request.param](tmp_path_factory.mktemp("clip"))


def same(one, other) -> bool:
    return one.at == other.at and all(np.array_equal(a, b) for a, b in zip(one.planes, other.planes, strict=True))


class TestEveryReader:
    def test_frames_are_what_the_info_says(self, path):
        with open_reader(path) as reader:
            frames = list(reader.frames())
        assert frames
        for frame in frames:
            assert (frame.size, frame.format, frame.color) == (reader.info.size, reader.info.format, reader.info.color)
            assert frame.at.time_base == reader.info.time_base

    def test_brightness_alone_is_that_of_the_frames_at_their_times(self, path):
        with open_reader(path) as reader:
            whole = list(reader.frames())
            grey = list(reader.frames(luma=True))
        assert [(frame.at, frame.duration) for frame in grey] == [(frame.at, frame.duration) for frame in whole]
        for one, other in zip(grey, (luma_frame(frame) for frame in whole), strict=True):
            assert (one.format, one.color) == (other.format, other.color)
            assert one.format == PixelFormat("gray", whole[0].format.depth)
            assert same(one, other)

    def test_times_rise_and_begin_at_the_start(self, path):
        with open_reader(path) as reader:
            times = [frame.at.seconds for frame in reader.frames()]
        assert times[0] == reader.info.start
        assert all(earlier < later for earlier, later in pairwise(times))

    def test_asking_again_gives_the_same_pictures(self, path):
        with open_reader(path) as reader:
            first, second = list(reader.frames()), list(reader.frames())
        assert len(first) == len(second)
        assert all(same(one, other) for one, other in zip(first, second, strict=True))

    @pytest.mark.parametrize(("start", "end"), [("0", "0.1"), ("0.04", None), ("0.08", "0.12"), ("1.3", "1.5")])
    def test_a_span_is_exactly_the_frames_inside_it(self, path, start, end):
        span = Span(Fraction(start), None if end is None else Fraction(end))
        with open_reader(path) as reader:
            expected = [frame for frame in reader.frames() if frame.at.seconds - reader.info.start in span]
            found = list(reader.frames(span))
        assert [frame.at for frame in found] == [frame.at for frame in expected]
        assert all(same(one, other) for one, other in zip(found, expected, strict=True))

    def test_planes_cannot_be_painted_over(self, path):
        # A decoder may still predict from this memory, and a still hands out the same picture again.
        with open_reader(path) as reader:
            frame = next(iter(reader.frames()))
        for plane in frame.planes:
            with pytest.raises(ValueError, match="read-only"):
                plane[0, 0] = 1

    def test_planes_outlive_the_reader(self, path):
        with open_reader(path) as reader:
            expected = [plane.copy() for plane in next(iter(reader.frames())).planes]
            kept = list(reader.frames())[0]  # noqa: RUF015 - the rest must be decoded meanwhile
        assert all(np.array_equal(a, b) for a, b in zip(kept.planes, expected, strict=True))

    def test_can_be_left_in_the_middle_and_closed_twice(self, path):
        reader = open_reader(path)
        next(iter(reader.frames()))
        reader.close()
        reader.close()

    def test_a_scan_counts_what_decodes(self, path):
        with open_reader(path) as reader:
            found = reader.scanned().found
            frames = list(reader.frames())
        assert (found.frames, found.first_pts, found.last_pts) == (len(frames), frames[0].at.pts, frames[-1].at.pts)
        assert found.corrupt == 0

    def test_the_digest_is_of_the_content(self, path, tmp_path):
        with open_reader(path) as one, open_reader(path) as other:
            assert one.info.digest == other.info.digest
        elsewhere = write_clip(tmp_path / "other.mkv", frames=3)
        with open_reader(elsewhere) as other:
            assert one.info.digest != other.info.digest


class TestPictures:
    def test_exif_orientation_turns_the_picture(self, tmp_path):
        path = _jpeg(tmp_path)
        with open_reader(path) as reader:
            frame = next(iter(reader.frames()))
        upright = np.asarray(Image.open(path).convert("L").transpose(Image.Transpose.ROTATE_270), np.int16)
        assert (reader.info.size, reader.info.rotation) == (Size(32, 48), 90)
        assert np.abs(frame.planes[0].astype(np.int16) - upright).max() <= 2

    def test_webp_keeps_its_alpha(self, tmp_path):
        path = _webp(tmp_path)
        with open_reader(path) as reader:
            frame = next(iter(reader.frames()))
        assert frame.format == PixelFormat("rgb", 8, has_alpha=True)
        assert np.array_equal(np.dstack(frame.planes), np.asarray(Image.open(path)))

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
    def test_every_kind_of_png_reads_its_own_values(self, tmp_path, mode):
        pixels = np.random.default_rng(1).integers(0, 256, (9, 11, 4), np.uint8)
        picture = Image.fromarray(pixels)
        if mode == "I;16":
            picture = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
        elif mode != "RGBA":
            picture = picture.convert(mode)
        picture.save(tmp_path / "a.png")
        with open_reader(tmp_path / "a.png") as reader:
            frame = next(iter(reader.frames()))
        if mode == "I;16":
            assert frame.format == PixelFormat("gray", 16)
            assert np.array_equal(frame.planes[0], np.asarray(picture))
            return
        expected = np.asarray(picture.convert("RGBA"))
        colors = frame.planes[:3] if frame.format.model == "rgb" else frame.planes[:1] * 3
        assert np.array_equal(np.dstack(colors), expected[..., :3])
        if frame.format.has_alpha:
            assert np.array_equal(frame.planes[-1], expected[..., 3])
        else:
            assert (expected[..., 3] == 255).all()

    def test_a_sequence_takes_the_rate_it_is_given(self, tmp_path):
        with open_reader(_pattern(tmp_path), rate=FrameRate.parse("29.97")) as reader:
            times = [frame.at.seconds for frame in reader.frames()]
        assert times == [Fraction(1001 * index, 30000) for index in range(5)]

    def test_a_missing_picture_is_named(self, tmp_path):
        pattern = _pattern(tmp_path)
        (pattern.parent / "hand_00003.png").unlink()
        with pytest.raises(InputError, match=r"picture 3 of 1\.\.5 is missing"):
            open_reader(pattern)

    def test_a_picture_of_another_size_is_named(self, tmp_path):
        pattern = _pattern(tmp_path)
        Image.new("RGBA", (3, 3)).save(pattern.parent / "hand_00004.png")
        with open_reader(pattern) as reader, pytest.raises(InputError, match=r"hand_00004.*3x3"):
            list(reader.frames())

    def test_folders_sort_numbers_as_numbers(self, tmp_path):
        for number in (10, 9, 1):
            Image.new("L", (2, 2), number).save(tmp_path / f"{number}.png")
        with open_reader(tmp_path) as reader:
            assert [int(frame.planes[0][0, 0]) for frame in reader.frames()] == [1, 9, 10]
