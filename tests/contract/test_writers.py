"""One set of promises for every kind of writer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from composer.errors import EncodeError, OutputError
from composer.media import VideoSettings, open_reader, open_writer
from composer.media.synthetic import clip_planes, default_color
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Size, Timestamp

RATE = FrameRate(Fraction(25))
MILLISECOND = Fraction(1, 1000)
SMALL = Size(64, 36)
UNEVEN = (0, 40, 80, 130, 200, 240)
BT601_FULL = ColorTags("smpte170m", "full", "smpte170m", "smpte170m", "left")


@dataclass(frozen=True)
class Case:
    """One writer: output name, codec, format, and how far off pixels (of 255, on average) and times may be."""

    name: str
    codec: str
    format: str
    off: float
    size: Size = SMALL
    quality: float | None = None
    tick: Fraction = Fraction(0)
    keeps_color: bool = True
    keeps_aspect: bool = True
    keeps_times: bool = True
    stored: str = ""


CASES = {
    "h264 mp4": Case("a.mp4", "h264", "yuv420p", 3),
    "h264 lossless": Case("a.mp4", "h264", "yuv420p", 0, quality=0),
    "h264 10-bit mkv": Case("a.mkv", "h264", "yuv420p10le", 3, tick=MILLISECOND / 2),
    "h264 4:4:4 odd mov": Case("a.mov", "h264", "yuv444p", 4, size=Size(65, 37)),
    "hevc mp4": Case("a.mp4", "hevc", "yuv420p10le", 4),
    "av1 mp4": Case("a.mp4", "av1", "yuv420p", 8, size=Size(128, 72)),
    "vp9 odd": Case("a.webm", "vp9", "yuv420p", 4, size=Size(65, 37), tick=MILLISECOND / 2, keeps_aspect=False),
    "vp9 alpha": Case("a.webm", "vp9", "yuva420p", 0, quality=0, tick=MILLISECOND / 2, keeps_aspect=False),
    "prores 4444": Case("a.mov", "prores", "yuva444p10le", 2, stored="yuva444p12le"),
    "prores 422": Case("a.mov", "prores", "yuv422p10le", 3),
    "ffv1": Case("a.mkv", "ffv1", "yuv420p", 0, size=Size(65, 37), tick=MILLISECOND / 2, keeps_aspect=False),
    "ffv1 16-bit 4:4:4 alpha": Case("a.mkv", "ffv1", "yuva444p16le", 0, tick=MILLISECOND / 2, keeps_aspect=False),
    "ffv1 rgb": Case("a.mkv", "ffv1", "gbrap", 0, tick=MILLISECOND / 2, keeps_color=False, keeps_aspect=False),
    "png sequence": Case("frames", "png", "gbrap", 0, keeps_color=False, keeps_times=False),
    "png 16-bit": Case("f_%04d.png", "png", "gbrp16le", 0, keeps_color=False, keeps_times=False),
    "gif": Case("a.gif", "gif", "gbrp", 8, keeps_color=False, keeps_aspect=False, tick=Fraction(1, 200)),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def opened(case, path, *, settings=None, aspect=Fraction(4, 3)):
    format_ = PixelFormat.parse(case.format)
    return open_writer(
        path,
        size=case.size,
        format=format_,
        color=BT601_FULL if case.keeps_color else default_color(format_),
        time_base=MILLISECOND,
        rate=RATE,
        sample_aspect=aspect if case.keeps_aspect else Fraction(1),
        settings=settings or VideoSettings(case.codec, quality=case.quality, threads=1),
    )


def frames_of(case):
    format_ = PixelFormat.parse(case.format)
    for index, pts in enumerate(UNEVEN):
        yield Frame(clip_planes(index, case.size, format_), format_, at=Timestamp(pts, MILLISECOND), duration=40)


def written(case, folder):
    path = folder / case.name
    with opened(case, path) as writer:
        for frame in frames_of(case):
            writer.write(frame)
        done = writer.finish()
    return path, done


class TestEveryWriter:
    def test_comes_back_as_it_went_in(self, case, tmp_path):
        path, done = written(case, tmp_path)
        with open_reader(path) as reader:
            info, frames = reader.info, list(reader.frames())
        assert (done.frames, len(frames), done.seconds) == (6, 6, Fraction(280, 1000))
        assert (info.size, info.format.name) == (case.size, case.stored or case.format)
        if case.keeps_times:
            assert all(
                abs(frame.at.seconds - pts * MILLISECOND) <= case.tick
                for frame, pts in zip(frames, UNEVEN, strict=True)
            )
        for frame, expected in zip(frames, frames_of(case), strict=True):
            for plane, wanted in zip(frame.planes, expected.planes, strict=True):
                off = np.abs(plane / info.format.maximum - wanted / expected.format.maximum).mean() * 255
                assert off <= case.off

    def test_keeps_what_the_file_says_about_colour_and_shape(self, case, tmp_path):
        path, _ = written(case, tmp_path)
        with open_reader(path) as reader:
            info = reader.info
        if case.keeps_color:
            wanted = BT601_FULL if info.format.subsampling == (1, 1) else replace(BT601_FULL, chroma_location="unknown")
            found = info.color if info.format.subsampling == (1, 1) else replace(info.color, chroma_location="unknown")
            if case.codec == "prores":
                wanted = replace(wanted, range="limited")  # ProRes has no other
            assert found == wanted
        if case.keeps_aspect:
            assert info.sample_aspect == Fraction(4, 3)

    def test_the_last_frame_keeps_its_duration(self, case, tmp_path):
        if not case.keeps_times:
            pytest.skip("pictures have no times")
        path, _ = written(case, tmp_path)
        with open_reader(path) as reader:
            last = list(reader.frames())[-1]
        assert abs(last.duration * last.at.time_base - Fraction(40, 1000)) <= MILLISECOND

    def test_an_exception_leaves_nothing(self, case, tmp_path):
        class Failed(Exception):
            pass

        def fail():
            with opened(case, tmp_path / case.name) as writer:
                writer.write(next(frames_of(case)))
                raise Failed

        with pytest.raises(Failed):
            fail()
        assert list(tmp_path.iterdir()) == []

    def test_an_older_output_stays_until_the_new_one_is_whole(self, case, tmp_path):
        path, _ = written(case, tmp_path)
        before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
        with opened(case, path) as writer:
            writer.write(next(frames_of(case)))
        assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before

    def test_finishing_twice_is_refused_and_aborting_after_it_harmless(self, case, tmp_path):
        with opened(case, tmp_path / case.name) as writer:
            for frame in frames_of(case):
                writer.write(frame)
            writer.finish()
            with pytest.raises(EncodeError, match="finished or aborted before"):
                writer.finish()
            writer.abort()
        assert any(tmp_path.iterdir())

    def test_an_output_without_pictures_is_refused(self, case, tmp_path):
        with opened(case, tmp_path / case.name) as writer, pytest.raises(EncodeError, match="no picture was written"):
            writer.finish()
        assert list(tmp_path.iterdir()) == []

    def test_a_frame_of_another_size_is_refused(self, case, tmp_path):
        format_ = PixelFormat.parse(case.format)
        with opened(case, tmp_path / case.name) as writer, pytest.raises(EncodeError, match="expected"):
            writer.write(Frame(clip_planes(0, Size(32, 32), format_), format_))

    def test_reproducible_writes_the_same_bytes(self, case, tmp_path):
        found = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            path = tmp_path / name / case.name
            settings = VideoSettings(case.codec, quality=case.quality, threads=2, reproducible=True)
            with opened(case, path, settings=settings) as writer:
                for frame in frames_of(case):
                    writer.write(frame)
                writer.finish()
            found.append([file.read_bytes() for file in sorted((tmp_path / name).rglob("*")) if file.is_file()])
        assert found[0] == found[1]


class TestRefusals:
    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            (Case("a.mp4", "h264", "yuv420p", 0, size=Size(65, 36)), r"odd size 65x36.*\n.*crop to 64x36"),
            (
                Case("a.mp4", "h264", "yuva420p", 0, size=Size(64, 36)),
                r"h264 cannot store alpha.*\n.*vp9.*prores.*ffv1",
            ),
            (
                Case("a.mp4", "h264", "yuv420p12le", 0, size=Size(64, 36)),
                r"h264 cannot store yuv420p12le.*\n.*yuv420p10le",
            ),
            (
                Case("a.webm", "h264", "yuv420p", 0, size=Size(64, 36)),
                r"h264 does not go into this kind of file.*\n.*\.mp4.*vp9",
            ),
            (Case("a.mp4", "ffv1", "yuv420p", 0, size=Size(64, 36)), r"ffv1 does not go.*\n.*\.mkv"),
            (Case("a.xyz", "h264", "yuv420p", 0, size=Size(64, 36)), r"no video file ends in '\.xyz'"),
            (Case("a.mp4", "h265", "yuv420p", 0, size=Size(64, 36)), r"'h265' is not known.*\n.*hevc"),
            (Case("nowhere/a.mp4", "h264", "yuv420p", 0, size=Size(64, 36)), r"folder does not exist"),
            (Case("a.gif", "gif", "yuv420p", 0, size=Size(64, 36)), r"gif cannot store yuv420p.*\n.*gbrp"),
            (Case("a.webm", "av1", "yuv420p", 0, size=Size(32, 32)), r"at least 64x64"),
        ],
    )
    def test_are_by_name_with_the_way_out(self, tmp_path, wrong, words):
        with pytest.raises(OutputError, match=words):
            opened(wrong, tmp_path / wrong.name, aspect=Fraction(1))
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_preset_lists_the_known(self, tmp_path):
        with pytest.raises(OutputError, match=r"no preset 'quick'.*\n.*veryfast"):
            opened(CASES["h264 mp4"], tmp_path / "a.mp4", settings=VideoSettings("h264", preset="quick"))

    def test_a_quality_out_of_range_names_the_range(self, tmp_path):
        with pytest.raises(OutputError, match=r"quality 99 is out of range.*\n.*0 \(best\) to 51"):
            opened(CASES["h264 mp4"], tmp_path / "a.mp4", settings=VideoSettings("h264", quality=99))

    @pytest.mark.parametrize("name", ["vp9 odd", "ffv1", "gif"])
    def test_oblong_pixels_are_refused_where_they_cannot_be_told(self, tmp_path, name):
        with pytest.raises(OutputError, match=r"cannot say that pixels are 4/3.*\n.*mp4"):
            opened(replace(CASES[name], keeps_aspect=True), tmp_path / CASES[name].name)

    def test_what_the_encoder_says_is_in_the_error(self, tmp_path):
        with pytest.raises(EncodeError, match="libx265: Image size is too small"):
            opened(Case("a.mp4", "hevc", "yuv420p", 0, size=Size(8, 8)), tmp_path / "a.mp4")
        assert list(tmp_path.iterdir()) == []

    def test_time_that_does_not_rise_is_refused(self, tmp_path):
        case = CASES["h264 mp4"]
        with opened(case, tmp_path / "a.mp4") as writer:
            writer.write(next(frames_of(case)))
            with pytest.raises(EncodeError, match="expected a time after"):
                writer.write(next(frames_of(case)))
