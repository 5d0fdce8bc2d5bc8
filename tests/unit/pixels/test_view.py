"""Windows into a picture: copied where they can be, resampled where they must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.pixels.view import viewed
from composer.values import Box, Frame, PixelFormat, Quad, Size

FORMATS = ["yuv420p", "yuv422p10le", "yuv444p", "gbrp", "gray", "yuva420p"]


def noise(name, size, seed=1):
    random, pixels = np.random.default_rng(seed), PixelFormat.parse(name)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    return Frame(tuple(random.integers(0, pixels.maximum + 1, shape).astype(pixels.dtype) for shape in shapes), pixels)


def flat(name, size, share):
    pixels = PixelFormat.parse(name)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    return Frame(tuple(np.full(shape, round(share * pixels.maximum), pixels.dtype) for shape in shapes), pixels)


def window(x0, y0, x1, y1):
    return Quad.of_box(Box(x0, y0, x1, y1))


@pytest.mark.parametrize("name", FORMATS)
def test_the_whole_picture_is_the_picture(name):
    frame = noise(name, Size(19, 11))
    assert viewed(frame, window(0, 0, 19, 11), Size(19, 11)) is frame


@pytest.mark.parametrize("name", FORMATS)
def test_a_part_on_whole_cells_is_the_pictures_own_samples(name):
    frame = noise(name, Size(32, 20))
    part = viewed(frame, window(4, 2, 20, 18), Size(16, 16))
    assert all(np.shares_memory(a, b) for a, b in zip(part.planes, frame.planes, strict=True))
    assert np.array_equal(part.planes[0], frame.planes[0][2:18, 4:20])


@settings(deadline=None, max_examples=40)
@given(
    name=st.sampled_from(FORMATS),
    share=st.floats(0, 1),
    corner=st.tuples(st.floats(0, 20), st.floats(0, 10)),
    side=st.floats(3, 12),
    size=st.builds(Size, st.integers(2, 40), st.integers(2, 40)),
)
def test_an_even_picture_stays_even_through_any_window(name, share, corner, side, size):
    frame = flat(name, Size(32, 24), share)
    seen = viewed(frame, window(*corner, corner[0] + side, corner[1] + side), size)
    assert seen.size == size
    for plane, before in zip(seen.planes, frame.planes, strict=True):
        if share * frame.format.maximum >= 1 or not frame.format.has_alpha:
            assert np.abs(plane.astype(int) - int(before[0, 0])).max() <= 1


def test_a_ramp_lies_where_the_window_puts_it():
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (8, 1))
    frame = Frame((ramp,), PixelFormat("gray"))
    seen = viewed(frame, window(10.25, 0, 26.25, 8), Size(16, 8)).planes[0]
    assert np.abs(seen[4].astype(int) - (np.arange(16) * 4 + 41)).max() <= 1


def test_few_bits_are_not_exceeded_where_the_picture_grows():
    frame = noise("yuv422p10le", Size(16, 12))
    assert max(plane.max() for plane in viewed(frame, window(1, 1, 9, 7), Size(64, 48)).planes) <= 1023
