"""Brightness alone: the luma plane itself, and a range that is no longer assumed."""

from __future__ import annotations

import numpy as np
import pytest

from composer.pixels.color import convert_frame
from composer.pixels.luma import luma_frame
from composer.values import ColorTags, Frame, PixelFormat

DICE = np.random.default_rng(8)
SHAPE = (6, 8)


def frame(pixels, color=None):
    sizes = [SHAPE if not pixels.is_chroma(i) else (3, 4) for i in range(pixels.plane_count)]
    planes = tuple(DICE.integers(0, pixels.maximum + 1, size).astype(pixels.dtype) for size in sizes)
    return Frame(planes, pixels, color or ColorTags())


@pytest.mark.parametrize("range_", ["unknown", "limited", "full"])
def test_the_luma_of_yuv_is_its_plane_and_means_what_it_meant(range_):
    whole = frame(PixelFormat("yuv", 10, (1, 1)), ColorTags(range=range_))
    grey = luma_frame(whole)
    assert grey.planes[0] is whole.planes[0]
    assert (grey.format.name, grey.color.range) == ("gray10le", "limited" if range_ == "unknown" else range_)
    colourless = Frame((whole.planes[0], *(np.full((3, 4), 512, np.uint16) for _ in "uv")), whole.format, whole.color)
    rgb = PixelFormat("rgb", 8)
    shown, expected = (convert_frame(one, rgb, ColorTags("rgb", "full")).planes for one in (grey, colourless))
    assert all(np.array_equal(one, other) for one, other in zip(shown, expected, strict=True))


def test_grey_comes_back_as_it_is_and_loses_its_alpha():
    grey = frame(PixelFormat("gray", 8))
    assert luma_frame(grey) is grey
    whole = frame(PixelFormat("rgb", 8, has_alpha=True))
    assert luma_frame(whole).format == PixelFormat("gray", 8)


def test_of_rgb_it_is_the_weighted_sum():
    red, green, blue = (np.full(SHAPE, value, np.uint8) for value in (200, 100, 50))
    found = luma_frame(Frame((red, green, blue), PixelFormat("rgb")))
    assert (found.planes[0] == round(0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50)).all()
    assert found.color.range == "full"
