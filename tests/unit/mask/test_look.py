"""How the mask room sees a frame: right colours in either range, and grey as colour without chroma."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.mask import look
from composer.pixels.color import rgb_from_frame
from composer.pixels.luma import luma_frame
from composer.values import ColorTags, Frame, PixelFormat, Size

SIZE = Size(64, 48)
YUV = PixelFormat("yuv", 8, (1, 1))


def smooth(shape, seed):
    noise = np.random.default_rng(seed).normal(128, 400, shape)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 6), 0, 255).astype(np.uint8)


def frame(range_, *, colourless=False):
    chroma = (np.full((24, 32), 128, np.uint8),) * 2 if colourless else (smooth((24, 32), 2), smooth((24, 32), 3))
    return Frame((smooth((48, 64), 1), *chroma), YUV, ColorTags("bt470bg", range_))


@pytest.mark.parametrize("range_", ["limited", "full"])
def test_common_footage_looks_as_the_exact_conversion_says(range_):
    given = frame(range_)
    off = np.abs(look.rgb(given).astype(int) - rgb_from_frame(given).astype(int))
    assert off.mean() < 1.5  # 7 where the range is mistaken
    assert np.quantile(off, 0.99) < 8  # chroma is stretched by the nearest sample, or by a straight line


@pytest.mark.parametrize("range_", ["limited", "full", "unknown"])
def test_grey_frames_look_as_the_same_frames_with_empty_chroma(range_):
    given = frame(range_, colourless=True)
    grey = luma_frame(given)
    for see in (look.rgb, look.grey, lambda one: look.small_bgr(one, Size(32, 16))):
        assert np.array_equal(see(grey), see(given))


def test_deep_grey_is_seen_in_eight_bits():
    plane = smooth((48, 64), 1)
    deep = Frame((plane.astype(np.uint16) << 2,), PixelFormat("gray", 10), ColorTags(range="full"))
    assert np.array_equal(look.rgb(deep), cv2.merge([plane] * 3))
