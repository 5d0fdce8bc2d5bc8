"""The promises of the design that reading and writing alone must keep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from composer.media import VideoSettings, open_reader, open_writer, probe
from composer.media.synthetic import clip_planes, write_clip
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Size, Timestamp

MILLISECOND = Fraction(1, 1000)


def copied(source, target, *, codec="ffv1", touch=False, **changes):
    """Read a clip and write it again; with ``touch`` every plane is copied, so that no short cut applies."""
    with open_reader(source) as reader:
        info = reader.info
        with open_writer(
            target,
            size=info.size,
            format=info.format,
            color=info.color,
            time_base=info.time_base,
            rate=info.rate,
            sample_aspect=info.sample_aspect,
            settings=VideoSettings(codec, threads=1, **changes),
        ) as writer:
            for frame in reader.frames():
                writer.write(replace(frame, planes=tuple(p.copy() for p in frame.planes)) if touch else frame)
            writer.finish()
    return target


def pictures(path):
    with open_reader(path) as reader:
        return list(reader.frames())


class TestUntouchedIsUntouched:
    @pytest.mark.parametrize("touch", [False, True], ids=["handed on", "copied"])
    @pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc"])
    @pytest.mark.parametrize("span", ["limited", "full"])
    @pytest.mark.parametrize("format_", ["yuv420p", "yuv444p", "yuv420p10le", "yuv444p10le"])
    def test_bit_for_bit_in_every_depth_chroma_matrix_and_range(self, tmp_path, format_, matrix, span, touch):
        color = ColorTags(matrix, span, "bt709", "bt709", "left" if "420" in format_ else "unknown")
        source = write_clip(tmp_path / "in.mkv", format=format_, color=color, frames=3, size=Size(65, 37))
        target = copied(source, tmp_path / "out.mkv", touch=touch)
        assert probe(target).color == color
        for index, frame in enumerate(pictures(target)):
            expected = clip_planes(index, Size(65, 37), PixelFormat.parse(format_))
            assert all(np.array_equal(a, b) for a, b in zip(frame.planes, expected, strict=True))

    def test_handing_on_and_copying_give_the_same_bytes(self, tmp_path):
        source = write_clip(tmp_path / "in.mp4", codec="h264", frames=12)
        handed = copied(source, tmp_path / "a.mkv", codec="h264", reproducible=True)
        touched = copied(source, tmp_path / "b.mkv", codec="h264", reproducible=True, touch=True)
        assert handed.read_bytes() == touched.read_bytes()

    def test_painted_planes_are_never_skipped(self, tmp_path):
        source = write_clip(tmp_path / "in.mkv", frames=1)
        frame = pictures(source)[0]
        painted = frame.planes[0].copy()
        painted[:] = 99
        with open_writer(
            tmp_path / "out.mkv",
            size=frame.size,
            format=frame.format,
            color=frame.color,
            time_base=MILLISECOND,
            rate=FrameRate(Fraction(25)),
            settings=VideoSettings("ffv1"),
        ) as writer:
            writer.write(replace(frame, planes=(painted, *frame.planes[1:])))  # the origin stays attached
            writer.finish()
        assert (pictures(tmp_path / "out.mkv")[0].planes[0] == 99).all()


class TestColour:
    # Y'CbCr of sRGB red, 8 bits. Source: ITU-R BT.601-7 and BT.709-6, computed from Kr and Kb.
    @pytest.mark.parametrize(("matrix", "kr", "kb"), [("smpte170m", 0.299, 0.114), ("bt709", 0.2126, 0.0722)])
    @pytest.mark.parametrize("span", ["limited", "full"])
    @pytest.mark.parametrize(
        ("name", "codec"), [("a.mp4", "h264"), ("a.mkv", "h264"), ("a.mp4", "hevc"), ("a.webm", "vp9")]
    )
    def test_a_red_patch_comes_back_red(self, tmp_path, matrix, kr, kb, span, name, codec):  # noqa: PLR0917 - one case each
        scale, chroma, black = (219, 224, 16) if span == "limited" else (255, 255, 0)
        y, cb, cr = black + scale * kr, 128 + chroma * -kr / (2 * (1 - kb)), 128 + chroma * 0.5
        red = [round(min(value, 255)) for value in (y, cb, cr)]
        planes = [np.full((36, 64), red[0], np.uint8), *(np.full((18, 32), value, np.uint8) for value in red[1:])]
        color = ColorTags(matrix, span, "bt709", "bt709", "left")
        path = write_clip(tmp_path / name, codec=codec, color=color, frames=3, paint=lambda _: planes, quality=10)
        found = probe(path)
        assert (found.color.matrix, found.color.range) == (matrix, span)
        y, cb, cr = (float(plane.mean()) for plane in pictures(path)[1].planes)
        luma, blue, red_ = (y - black) / scale, (cb - 128) / chroma, (cr - 128) / chroma
        r, b = luma + red_ * 2 * (1 - kr), luma + blue * 2 * (1 - kb)
        g = (luma - kr * r - kb * b) / (1 - kr - kb)
        assert np.abs(np.array([r, g, b]) * 255 - [255, 0, 0]).max() <= 2


class TestTime:
    @pytest.mark.parametrize(("name", "codec"), [("a.mp4", "h264"), ("a.mov", "prores"), ("a.mp4", "hevc")])
    def test_uneven_times_come_back_exactly(self, tmp_path, name, codec):
        ticks = [0, 1001, 1002, 5000, 9001, 90001]
        format_ = "yuv422p10le" if codec == "prores" else "yuv420p"
        source = write_clip(
            tmp_path / name, codec=codec, pts=ticks, time_base=Fraction(1, 90000), format=format_, size=Size(64, 36)
        )
        assert [frame.at.seconds for frame in pictures(source)] == [Fraction(tick, 90000) for tick in ticks]

    def test_a_late_start_is_kept(self, tmp_path):
        source = write_clip(tmp_path / "a.mp4", codec="h264", pts=[700, 740, 780], time_base=MILLISECOND)
        again = copied(source, tmp_path / "b.mp4", codec="h264")
        assert [frame.at.seconds for frame in pictures(again)] == [Fraction(ms, 1000) for ms in (700, 740, 780)]

    def test_matroska_is_off_by_half_a_millisecond_at_most(self, tmp_path):
        # The container counts milliseconds: that is its limit, and rounding must not add up.
        source = write_clip(tmp_path / "a.mkv", rate=FrameRate(Fraction(30000, 1001)), frames=900, size=Size(16, 16))
        for index, frame in enumerate(pictures(source)):
            assert abs(frame.at.seconds - Fraction(1001 * index, 30000)) <= MILLISECOND / 2

    def test_30000_over_1001_does_not_drift(self, tmp_path):
        source = write_clip(
            tmp_path / "a.mp4", codec="h264", rate=FrameRate.parse("29.97"), frames=1500, size=Size(16, 16)
        )
        again = copied(source, tmp_path / "b.mp4", codec="h264", preset="ultrafast")
        found = pictures(again)
        assert [frame.at.seconds for frame in found] == [Fraction(1001 * index, 30000) for index in range(1500)]
        assert probe(again).rate == FrameRate(Fraction(30000, 1001))


_KILLED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests may run in the background, where Ctrl-C is ignored
from composer.media import VideoSettings, open_writer
from composer.media.synthetic import clip_planes
from composer.values import *
from fractions import Fraction
shape = PixelFormat("yuv", 8, (1, 1))
with open_writer(sys.argv[1], size=Size(64, 36), format=shape, color=ColorTags(), time_base=Fraction(1, 25),
                 rate=FrameRate(Fraction(25)), settings=VideoSettings("ffv1")) as writer:
    for index in range(10**6):
        writer.write(Frame(clip_planes(index), shape, at=Timestamp(index, Fraction(1, 25))))
        if index == 20:
            print("under way", flush=True)
"""


class TestFinishesOrLeavesNothing:
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
    def test_a_killed_writer_leaves_no_output_and_the_next_one_tidies_up(self, tmp_path, how):
        target = tmp_path / "out.mkv"
        with subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(target)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout.readline() == b"under way\n"
            os.kill(process.pid, how)
            process.wait(20)
        assert not target.exists()
        if how == signal.SIGINT:
            assert list(tmp_path.iterdir()) == []
        write_clip(target, frames=2)
        assert list(tmp_path.iterdir()) == [target]

    def test_two_writers_of_one_target_do_not_remove_each_others_work(self, tmp_path):
        shape = PixelFormat("yuv", 8, (1, 1))

        def opened():
            return open_writer(
                tmp_path / "a.mkv",
                size=Size(64, 36),
                format=shape,
                color=ColorTags(),
                time_base=MILLISECOND,
                rate=FrameRate(Fraction(25)),
                settings=VideoSettings("ffv1"),
            )

        with opened() as one, opened() as other:
            for writer in (one, other):
                writer.write(Frame(clip_planes(0), shape, at=Timestamp(0, MILLISECOND)))
                writer.finish()
        assert len(pictures(tmp_path / "a.mkv")) == 1


def test_no_decoder_thread_outlives_its_reader(tmp_path):
    path = write_clip(tmp_path / "a.mp4", codec="h264", frames=30)
    before = threading.active_count()
    for _ in range(5):
        with open_reader(path, threads=4) as reader:
            next(iter(reader.frames()))
    assert threading.active_count() == before


def test_frames_carry_the_ticks_until_the_next(tmp_path):
    ticks = [0, 40, 90, 100, 400]
    path = write_clip(tmp_path / "a.mkv", pts=ticks, time_base=MILLISECOND)
    durations = [frame.duration for frame in pictures(path)]
    assert durations == [40, 50, 10, 300, 300]
    assert [Timestamp(tick, MILLISECOND) for tick in ticks] == [frame.at for frame in pictures(path)]
