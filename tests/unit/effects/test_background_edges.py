"""A background behind a matte whose edge colours are known: the old one is gone from the edge, what is kept is exact."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.effects import Background, Inputs
from composer.pixels.alpha import over
from composer.pixels.planes import cell_mean, crop
from composer.values import Box, ColorTags, EdgeColors, Frame, FrameRate, Matte, PixelFormat, Size

SIZE = Size(24, 16)
DOMAIN = Box(4, 2, 20, 14)
FORMATS = [PixelFormat("yuv", 8, (1, 1)), PixelFormat("yuv", 10, (0, 0)), PixelFormat("rgb", 8)]
FRONT, BEHIND = (200, 90, 150), (40, 160, 60)


def alpha():
    keep = np.zeros(SIZE.shape, np.uint8)
    keep[4:12, 8:17] = 255
    keep[4:12, 6:8] = (60, 170)
    keep[4:12, 17] = 128
    return keep


def planes(values, pixels):
    scale = pixels.maximum / 255
    return [np.full(pixels.plane_shape(index, SIZE), value * scale, np.float32) for index, value in enumerate(values)]


def plate(pixels, keep):
    """Subject and background of one colour each, mixed by the matte."""
    made = []
    for index, (front, behind) in enumerate(zip(planes(FRONT, pixels), planes(BEHIND, pixels), strict=True)):
        share = cell_mean(keep.astype(np.float32) / 255, pixels.cell if pixels.is_chroma(index) else (1, 1))
        made.append(np.rint(behind + (front - behind) * share).astype(pixels.dtype))
    return Frame(tuple(made), pixels, ColorTags("bt709", "full"))


def parted(frame):
    box = replace(frame, planes=tuple(np.rint(one).astype(frame.format.dtype) for one in planes(FRONT, frame.format)))
    rest = replace(frame, planes=tuple(np.rint(one).astype(frame.format.dtype) for one in planes(BEHIND, frame.format)))
    return EdgeColors(*(crop(one, DOMAIN).planes for one in (box, rest, frame)), DOMAIN)


def shown(frame, keep, colors, **body):
    effect = Background.model_validate({"color": "#2040c0", "keep": "it", **body})
    inputs = Inputs(frame, Fraction(0), FrameRate(Fraction(25)), mattes={"it": Matte(keep, colors=colors)})
    return over(frame, effect.apply(inputs))


@pytest.mark.parametrize("pixels", FORMATS, ids=lambda pixels: pixels.name)
def test_the_edge_is_subject_over_the_new_background_with_nothing_of_the_old_one(pixels):
    frame, keep = plate(pixels, alpha()), alpha()
    result = shown(frame, keep, parted(frame))
    new = shown(frame, np.zeros_like(keep), None)
    for index in range(3):
        share = cell_mean(keep.astype(np.float32) / 255, pixels.cell if pixels.is_chroma(index) else (1, 1))
        ideal = new.planes[index] + (planes(FRONT, pixels)[index] - new.planes[index].astype(np.float32)) * share
        assert np.abs(result.planes[index] - ideal).max() <= 1.01


@pytest.mark.parametrize("pixels", FORMATS, ids=lambda pixels: pixels.name)
@given(seed=st.integers(0, 2**16), opacity=st.sampled_from([1.0, 0.5]))
@settings(max_examples=20, deadline=None)
def test_what_is_kept_in_full_stays_bit_for_bit_whatever_the_colours(pixels, seed, opacity):
    rng = np.random.default_rng(seed)
    keep = rng.choice(np.array([0, 90, 255, 255], np.uint8), SIZE.shape)
    random = [
        tuple(rng.integers(0, pixels.maximum + 1, plane.shape).astype(pixels.dtype) for plane in frame.planes)
        for frame in (plate(pixels, keep),) * 3
    ]
    frame = replace(plate(pixels, keep), planes=random[0])
    sides = [crop(replace(frame, planes=one), DOMAIN).planes for one in random[1:]]
    result = shown(frame, keep, EdgeColors(*sides, crop(frame, DOMAIN).planes, DOMAIN), opacity=opacity)
    for index in range(3):
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        full = cell_mean(keep.astype(np.float32), cell) == 255
        assert np.array_equal(result.planes[index][full], frame.planes[index][full])


def test_half_the_opacity_is_half_way_to_the_new_edge():
    frame, keep = plate(FORMATS[1], alpha()), alpha()
    half, whole = (shown(frame, keep, parted(frame), opacity=share) for share in (0.5, 1))
    for now, then, end in zip(half.planes, frame.planes, whole.planes, strict=True):
        assert np.abs(now - (then.astype(float) + end) / 2).max() <= 2.5


def test_colours_parted_from_another_picture_are_not_used():
    frame, keep = plate(FORMATS[0], alpha()), alpha()
    colors = parted(frame)
    painted = replace(frame, planes=tuple(np.array(plane) for plane in frame.planes))
    painted.planes[0][6, 10] += 1
    result, without = (shown(painted, keep, one) for one in (colors, None))
    assert all(np.array_equal(one, other) for one, other in zip(result.planes, without.planes, strict=True))


def test_edges_that_are_not_to_be_cleaned_are_mixed_as_they_are():
    frame, keep = plate(FORMATS[0], alpha()), alpha()
    with_, without = (shown(frame, keep, one, clean_edges=False) for one in (parted(frame), None))
    assert np.array_equal(with_.planes[0], without.planes[0])
