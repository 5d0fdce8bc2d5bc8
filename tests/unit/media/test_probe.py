"""A probe tells what a file claims and what reading it found, apart."""

from __future__ import annotations

import resource
from fractions import Fraction

import numpy as np
import pytest

from composer.media import Claim, content_digest, open_reader, probe
from composer.media.synthetic import clip_planes, disc_mask, write_clip
from composer.values import ColorTags, FrameRate, PixelFormat, Size, Span

HDR = ColorTags("bt2020nc", "limited", "smpte2084", "bt2020", "topleft")


def test_everything_a_plan_needs_is_there(tmp_path):
    path = write_clip(
        tmp_path / "a.mp4",
        codec="hevc",
        format="yuv420p10le",
        color=HDR,
        rate=FrameRate(Fraction(24000, 1001)),
        frames=12,
        audio=True,
        rotation=270,
        sample_aspect=Fraction(4, 3),
    )
    info = probe(path)
    assert (info.kind, info.codec, info.stored_format) == ("video", "hevc", "yuv420p10le")
    assert (info.size, info.format, info.rotation) == (Size(36, 64), PixelFormat("yuv", 10, (1, 1)), 270)
    assert (info.rate, info.time_base, info.start) == (FrameRate(Fraction(24000, 1001)), Fraction(1, 24000), 0)
    assert (info.sample_aspect, info.claimed) == (Fraction(3, 4), Claim(12, Fraction(12 * 1001, 24000)))
    assert info.found is None
    assert [(sound.codec, sound.sample_rate, sound.layout) for sound in info.audio] == [("aac", 48000, "mono")]


@pytest.mark.parametrize("location", ["left", "center", "topleft", "top"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt470bg", "bt2020nc"])
def test_colour_tags_come_back_word_for_word(tmp_path, matrix, location):
    tags = ColorTags(matrix, "full", "iec61966-2-1", "smpte432", location)
    assert probe(write_clip(tmp_path / "a.mp4", codec="h264", color=tags, frames=1)).color == tags


def test_a_file_that_says_nothing_gets_nothing_said_for_it(tmp_path):
    found = probe(write_clip(tmp_path / "a.mkv", color=ColorTags(), frames=1)).color
    assert found == ColorTags()


def test_a_scan_finds_uneven_times(tmp_path):
    even = probe(write_clip(tmp_path / "a.mkv", rate=FrameRate(Fraction(30000, 1001)), frames=9), scan=True).found
    uneven = probe(write_clip(tmp_path / "b.mkv", pts=[0, 40, 90], time_base=Fraction(1, 1000)), scan=True).found
    assert not even.is_vfr  # milliseconds round 33.37 to 33 and 34: that is no uneven footage
    assert uneven.is_vfr
    assert uneven.duration == Fraction(140, 1000)


def test_the_digest_follows_content_not_name(tmp_path):
    one, other = tmp_path / "one.mkv", tmp_path / "other.mkv"
    write_clip(one)
    other.write_bytes(one.read_bytes())
    assert content_digest(one) == content_digest(other)
    data = bytearray(one.read_bytes())
    data[len(data) // 2] ^= 1
    other.write_bytes(bytes(data))
    assert content_digest(one) != content_digest(other)


def test_the_disc_is_where_its_mask_says():
    size = Size(65, 37)
    for index in (0, 7, 40):
        luma, *_ = clip_planes(index, size)
        disc = np.abs(luma.astype(float) / 255 - 0.35) <= 0.11
        assert disc[disc_mask(index, size)].all()
    assert (disc_mask(0) != disc_mask(3)).any()


def test_memory_does_not_grow_with_length(tmp_path):
    path = write_clip(tmp_path / "a.mp4", codec="h264", size=Size(640, 360), frames=150, quality=40)

    def peak_after(span):
        with open_reader(path) as reader:
            for _ in reader.frames(span):
                pass
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kibibytes on Linux

    short = peak_after(Span(Fraction(0), Fraction(1)))
    assert peak_after(Span()) - short < 20_000  # 125 frames more would be 43,000
