"""Colours between formats, against numbers from the standards."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from composer.errors import InputError, ShapeError
from composer.pixels.color import color_planes, convert_frame, frame_from_rgb, resolved_tags, rgb_from_frame
from composer.values import ColorTags, Frame, PixelFormat, Size

LIMITED709, FULL601 = ColorTags("bt709", "limited"), ColorTags("smpte170m", "full")

# Rec. 709 and Rec. 601 colour bars at 100 %, 8 bits limited, as published for test generators.
BARS = {
    "bt709": {
        (255, 255, 0): (219, 16, 138),
        (0, 255, 255): (188, 154, 16),
        (255, 0, 0): (63, 102, 240),
        (0, 0, 255): (32, 240, 118),
    },
    "smpte170m": {
        (255, 255, 0): (210, 16, 146),
        (0, 255, 255): (170, 166, 16),
        (255, 0, 0): (81, 90, 240),
        (0, 0, 255): (41, 240, 110),
    },
}


@pytest.mark.parametrize("matrix", BARS)
def test_bars_have_their_published_values(matrix):
    for rgb, wanted in BARS[matrix].items():
        assert color_planes(rgb, PixelFormat("yuv"), ColorTags(matrix, "limited")) == wanted


@pytest.mark.parametrize(
    ("matrix", "span", "depth", "subsampling"),
    list(product(["bt709", "smpte170m", "bt2020nc"], ["limited", "full"], [8, 10, 16], [(0, 0), (1, 1), (1, 0)])),
)
def test_rgb_patches_come_back(matrix, span, depth, subsampling):
    levels = [0, 1, 64, 127, 200, 255]
    patches = np.array(list(product(levels, levels, levels)), np.uint8)
    rgb = np.repeat(np.repeat(patches.reshape(18, 12, 3), 4, axis=0), 4, axis=1)
    frame = frame_from_rgb(rgb, PixelFormat("yuv", depth, subsampling), ColorTags(matrix, span))
    centres = rgb_from_frame(frame)[1::4, 1::4].astype(int)  # away from where chroma is interpolated
    if subsampling == (0, 0):
        assert np.abs(centres - rgb[1::4, 1::4]).max() <= 2
    alone = [
        rgb_from_frame(frame_from_rgb(np.full((4, 4, 3), p, np.uint8), frame.format, frame.color)) for p in patches[::7]
    ]
    assert max(np.abs(a.astype(int) - p).max() for a, p in zip(alone, patches[::7], strict=True)) <= 2


def test_rgb_plates_take_rgb_as_it_is_and_grey_plates_take_luma():
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    assert np.array_equal(np.stack(frame_from_rgb(rgb, PixelFormat("rgb"), ColorTags()).planes, -1), rgb)
    grey = frame_from_rgb(rgb, PixelFormat("gray"), FULL601).planes[0]
    assert np.abs(grey - rgb @ [0.299, 0.587, 0.114]).max() <= 0.5 + 1e-4


def test_equal_formats_and_tags_return_the_planes_untouched():
    random = np.random.default_rng(0)
    pixels = PixelFormat("yuv", 8, (1, 1))
    frame = Frame(
        tuple(random.integers(0, 256, pixels.plane_shape(i, Size(9, 7)), np.uint8) for i in range(3)),
        pixels,
        LIMITED709,
    )
    again = convert_frame(frame, pixels, LIMITED709)
    assert all(np.array_equal(a, b) for a, b in zip(again.planes, frame.planes, strict=True))


def test_another_range_leaves_planes_apart_and_comes_back():
    ramp = np.arange(16, 236, dtype=np.uint8)[None]
    neutral = np.full_like(ramp, 128)
    limited = Frame((ramp, neutral, neutral), PixelFormat("yuv"), LIMITED709)
    full = convert_frame(limited, limited.format, replace(LIMITED709, range="full"))
    assert full.planes[0][0, [0, -1]].tolist() == [0, 255]
    assert (full.planes[1] == 128).all()
    assert np.array_equal(convert_frame(full, full.format, LIMITED709).planes[0], ramp)


@pytest.mark.parametrize("subsampling", [(0, 0), (1, 1)])
def test_another_yuv_matrix_goes_the_same_way_as_through_rgb(subsampling):
    pixels = PixelFormat("yuv", 8, subsampling)
    for rgb in [(255, 0, 0), (10, 200, 90), (128, 128, 128), (30, 40, 250)]:
        patch = np.full((8, 8, 3), rgb, np.uint8)
        there = convert_frame(frame_from_rgb(patch, pixels, LIMITED709), pixels, FULL601)
        wanted = color_planes(rgb, pixels, FULL601)
        assert max(abs(int(p[2, 2]) - w) for p, w in zip(there.planes, wanted, strict=True)) <= 1


def test_depth_keeps_black_and_white():
    frame = frame_from_rgb(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8), PixelFormat("yuv"), LIMITED709)
    deep = convert_frame(frame, PixelFormat("yuv", 10), LIMITED709)
    assert deep.planes[0].tolist() == [[64, 940]]
    assert deep.planes[1].tolist() == [[512, 512]]


def test_transparent_colour_never_bleeds_into_chroma():
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[..., :3] = (0, 255, 0)  # green that nobody sees
    rgba[0, 0] = (255, 0, 0, 255)
    frame = frame_from_rgb(rgba, PixelFormat("yuv", 8, (1, 1), has_alpha=True), LIMITED709)
    assert [plane.item() for plane in frame.planes[1:3]] == list(
        color_planes((255, 0, 0), PixelFormat("yuv"), LIMITED709)[1:]
    )
    assert frame.planes[3].tolist() == [[255, 0], [0, 0]]


def test_untagged_footage_is_assumed_by_its_height_and_grey_is_full():
    yuv, nothing = PixelFormat("yuv"), ColorTags()
    assert resolved_tags(yuv, nothing, Size(1280, 720)).matrix == "bt709"
    assert resolved_tags(yuv, nothing, Size(720, 576)).matrix == "smpte170m"
    assert resolved_tags(PixelFormat("gray"), nothing, Size(8, 8)).range == "full"
    assert resolved_tags(PixelFormat("rgb"), nothing, Size(8, 8)).matrix == "rgb"


def test_what_cannot_be_converted_is_refused_by_name():
    with pytest.raises(InputError, match="ictcp"):
        color_planes((1, 2, 3), PixelFormat("yuv"), ColorTags("ictcp", "limited"))
    with pytest.raises(ShapeError, match="rgb"):
        frame_from_rgb(np.zeros((4, 4), np.uint8), PixelFormat("rgb"), ColorTags())
