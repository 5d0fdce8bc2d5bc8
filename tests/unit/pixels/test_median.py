"""Medians of what is seen, guesses where nothing is, and the light brought over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.pixels.fill import inpainted, levelled
from composer.pixels.median import masked_median, never_seen, seen_samples
from composer.values import PixelFormat

YUV = PixelFormat.parse("yuv420p")


def planes_of(*rows):
    return [np.array([row], np.uint8) for row in rows]


def test_the_median_is_of_what_is_seen():
    stack = planes_of([10, 10, 10, 7], [30, 31, 90, 7], [20, 255, 255, 7])
    seen = [np.array([row], bool) for row in ([1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0])]
    median, count = masked_median(stack, seen)
    assert median.tolist() == [[20, 21, 10, 0]]
    assert count.tolist() == [[3, 2, 1, 0]]


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 9), st.sampled_from([(np.uint8, 255), (np.uint16, 1023), (np.uint16, 65535)]), st.integers(0, 999)
)
def test_the_median_of_identical_pictures_is_that_picture_bit_for_bit(number, kind, seed):
    random = np.random.default_rng(seed)
    plane = random.integers(0, kind[1] + 1, (7, 11)).astype(kind[0])
    seen = [random.random((7, 11)) < 0.6 for _ in range(number)]
    median, count = masked_median([plane] * number, seen)
    assert np.array_equal(median[count > 0], plane[count > 0])
    assert np.array_equal(count, np.sum(seen, axis=0))


def test_strips_make_no_difference(monkeypatch):
    random = np.random.default_rng(3)
    stack = [random.integers(0, 256, (9, 5)).astype(np.uint8) for _ in range(4)]
    seen = [random.random((9, 5)) < 0.7 for _ in range(4)]
    whole = masked_median(stack, seen)
    monkeypatch.setattr("composer.pixels.median._STRIP", 40)
    assert all(np.array_equal(a, b) for a, b in zip(whole, masked_median(stack, seen), strict=True))


def test_a_chroma_sample_is_seen_when_no_pixel_of_its_cell_is_covered():
    hole = np.zeros((4, 5), np.uint8)
    hole[1, 1] = hole[3, 4] = 255
    assert seen_samples(hole, YUV, 1).tolist() == [[False, True, True], [True, True, False]]
    assert np.array_equal(seen_samples(hole, YUV, 0), hole == 0)


@pytest.mark.parametrize(("name", "value"), [("yuv420p", 90), ("yuv420p10le", 700), ("gbrp", 30), ("gray16le", 50000)])
def test_a_guess_continues_what_is_around_and_touches_nothing_else(name, value):
    pixels, hole = PixelFormat.parse(name), np.zeros((32, 40), np.uint8)
    hole[9:20, 11:25] = 255
    shapes = [(32, 40), (16, 20), (16, 20)] if name.startswith("yuv") else [(32, 40)] * pixels.plane_count
    planes = tuple(np.full(shape, value, pixels.dtype) for shape in shapes)
    spoilt = tuple(plane.copy() for plane in planes)
    for index, plane in enumerate(spoilt):
        plane[~seen_samples(hole, pixels, index)] = 3
    filled = inpainted(spoilt, hole, pixels)
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(filled, planes, strict=True))
    outside = [seen_samples(hole, pixels, index) for index in range(len(planes))]
    assert all(np.array_equal(a[keep], b[keep]) for a, b, keep in zip(filled, spoilt, outside, strict=True))
    assert inpainted(spoilt, np.full_like(hole, 255), pixels) is spoilt


def test_light_is_brought_over_by_gain_and_offset_and_a_shadow_on_the_ring_does_not_count():
    random, grey = np.random.default_rng(1), PixelFormat.parse("gray")
    clean = random.integers(60, 180, (40, 40)).astype(np.uint8)
    now = np.rint(clean * 1.1 - 7).astype(np.uint8)
    ring = np.zeros_like(clean)
    ring[5:35, 5:35] = 255
    ring[12:28, 12:28] = 0
    shadowed = now.copy()
    shadowed[29:] //= 2
    for plate in (now, shadowed):
        (brought,) = levelled((clean,), (plate,), ring, grey)
        assert np.abs(brought.astype(int) - now).mean() < 1.5
    (same,) = levelled((clean,), (clean,), ring, grey)
    assert np.array_equal(same, clean)
    (lonely,) = levelled((clean,), (now,), np.zeros_like(ring), grey)
    assert np.array_equal(lonely, clean)


def test_a_chroma_cell_that_no_picture_sees_whole_is_missing_though_each_pixel_is_seen_in_one():
    holes = [np.zeros((2, 4), np.uint8) for _ in range(2)]
    holes[0][:, 0] = holes[1][:, 1] = 255
    counts = [np.sum([seen_samples(hole, YUV, index) for hole in holes], axis=0).astype(np.uint8) for index in range(3)]
    assert counts[0].min() == 1
    assert never_seen(counts, YUV).tolist() == [[255, 255, 0, 0]] * 2
