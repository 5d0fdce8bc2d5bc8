"""Frames, mattes and layers refuse wrong arrays and say what they expected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ShapeError
from composer.values import Box, ColorTags, Frame, Layer, Matte, PixelFormat, Size

NAMES = [
    "yuv420p",
    "yuv422p10le",
    "yuv444p",
    "yuva420p",
    "yuva444p10le",
    "gbrp",
    "gbrap",
    "gbrp10le",
    "gray",
    "gray16le",
    "yuv410p",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_pixel_format_reads_and_writes_ffmpegs_name(name):
    assert PixelFormat.parse(name).name == name


@pytest.mark.parametrize("name", ["nv12", "rgb24", "yuv420", "pal8"])
def test_a_packed_format_is_refused_by_name(name):
    with pytest.raises(ValueError, match=name):
        PixelFormat.parse(name)


def test_chroma_of_an_odd_picture_is_rounded_up():
    assert PixelFormat.parse("yuv420p").plane_shape(1, Size(33, 17)) == (9, 17)


def test_a_frame_refuses_a_plane_of_the_wrong_shape():
    y, c = np.zeros((36, 64), np.uint8), np.zeros((18, 31), np.uint8)
    with pytest.raises(ShapeError, match="plane 1 of yuv420p"):
        Frame((y, c, c), PixelFormat.parse("yuv420p"))


def test_a_layer_refuses_a_matte_of_another_size():
    plane = np.zeros((4, 4), np.uint8)
    with pytest.raises(ShapeError, match="layer matte"):
        Layer((plane,), np.zeros((4, 5), np.uint8), Box(0, 0, 4, 4))


@given(st.binary(min_size=16, max_size=16), st.sampled_from([np.uint8, np.uint16]))
def test_a_matte_and_its_complement_sum_to_full_everywhere(data, dtype):
    alpha = np.frombuffer(data, dtype).reshape(2, -1)
    matte = Matte(alpha)
    total = matte.alpha.astype(int) + matte.complement().alpha
    assert (total == matte.maximum).all()


def test_unknown_colour_tags_are_assumed_for_conversion_only():
    tags = ColorTags()
    assert tags.assumed(Size(1920, 1080)).matrix == "bt709"
    assert tags.assumed(Size(640, 360)).matrix == "smpte170m"
    assert tags.matrix == "unknown"
