"""Pictures brought to one canvas."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.media.synthetic import clip_planes
from composer.pixels.conform import Canvas, conformed
from composer.values import ColorTags, Frame, PixelFormat, Size

YUV, TAGS = PixelFormat("yuv", 8, (1, 1)), ColorTags("bt709", "limited")
CANVAS = Canvas(Size(8, 8), YUV, TAGS)


def flat(width, height, rgb, *, alpha=None):
    values = (*rgb, *([] if alpha is None else [alpha]))
    planes = tuple(np.full((height, width), value, np.uint8) for value in values)
    return Frame(planes, PixelFormat("rgb", has_alpha=alpha is not None), ColorTags("rgb", "full"))


def test_a_picture_that_lies_on_the_canvas_passes_with_its_own_planes():
    frame = Frame(clip_planes(0, CANVAS.size), YUV, TAGS)
    assert conformed(frame, CANVAS).planes is frame.planes
    untagged = Frame(frame.planes, YUV)
    assert conformed(untagged, Canvas(CANVAS.size, YUV, ColorTags())).planes is frame.planes


def test_contain_shows_all_with_black_bars():
    luma = conformed(flat(8, 4, (255, 255, 255)), CANVAS).planes[0]
    assert luma[:, 0].tolist() == [16, 16, 235, 235, 235, 235, 16, 16]


def test_cover_fills_and_stretch_distorts():
    for fit in ("cover", "stretch"):
        assert (conformed(flat(8, 4, (255, 255, 255)), CANVAS, fit=fit).planes[0] == 235).all()


def test_pixels_that_are_not_square_keep_their_shape():
    wide = conformed(flat(4, 4, (255, 255, 255)), CANVAS, sample_aspect=Fraction(2)).planes[0]
    assert wide[:, 0].tolist() == [16, 16, 235, 235, 235, 235, 16, 16]
    same = Canvas(Size(8, 8), YUV, TAGS, Fraction(2))
    assert (conformed(flat(4, 4, (255, 255, 255)), same, sample_aspect=Fraction(2)).planes[0] == 235).all()


def test_colors_are_converted_by_matrix_and_range():
    red = conformed(flat(8, 8, (255, 0, 0)), CANVAS)
    assert [plane[0, 0] for plane in red.planes] == [63, 102, 240]
    full = Canvas(Size(8, 8), YUV, ColorTags("smpte170m", "full"))
    assert [plane[0, 0] for plane in conformed(flat(8, 8, (255, 0, 0)), full).planes] == [76, 85, 255]
    assert [plane[0, 0] for plane in conformed(red, full).planes] == [77, 85, 255]  # through eight bits of BT.709
    assert conformed(red, full).color == full.color


def test_ten_bits_become_eight():
    deep = Frame(tuple(np.full((8, 8), value, np.uint16) for value in (940, 512, 512)), PixelFormat("yuv", 10), TAGS)
    assert [plane[0, 0] for plane in conformed(deep, CANVAS).planes] == [235, 128, 128]


@pytest.mark.parametrize(("alpha", "expected"), [(0, 16), (255, 235), (128, 126)])
def test_what_is_seen_through_shows_black(alpha, expected):
    assert (conformed(flat(8, 8, (255, 255, 255), alpha=alpha), CANVAS).planes[0] == expected).all()


def test_a_canvas_with_alpha_keeps_it():
    canvas = Canvas(Size(8, 8), PixelFormat("rgb", has_alpha=True), ColorTags("rgb", "full"))
    frame = conformed(flat(8, 4, (9, 9, 9), alpha=77), canvas)
    assert frame.planes[-1][:, 0].tolist() == [255, 255, 77, 77, 77, 77, 255, 255]


def test_odd_sizes_fill_to_the_last_column():
    canvas = Canvas(Size(7, 5), YUV, TAGS)
    assert (conformed(flat(14, 10, (255, 255, 255)), canvas).planes[0] == 235).all()
