"""Planes on chroma cells, and mattes as numbers."""

from __future__ import annotations

import numpy as np

from composer.pixels.planes import bounds, cell_mean, crop, faded, inverted, matte_for, narrowed, product, widened
from composer.values import Box, Frame, PixelFormat


def test_cropping_odd_chroma_takes_the_cut_off_cell():
    pixels = PixelFormat("yuv", subsampling=(1, 1))
    frame = Frame(
        (np.arange(35, dtype=np.uint8).reshape(5, 7), *(np.arange(12, dtype=np.uint8).reshape(3, 4),) * 2), pixels
    )
    part = crop(frame, Box(4, 2, 7, 5))
    assert part.planes[0].tolist() == [[18, 19, 20], [25, 26, 27], [32, 33, 34]]
    assert part.planes[1].tolist() == [[6, 7], [10, 11]]


def test_the_mean_of_a_cell_is_rounded_and_a_cut_off_cell_means_what_it_has():
    plane = np.array([[0, 1, 8], [1, 0, 8], [255, 255, 9]], np.uint8)
    assert cell_mean(plane, (2, 2)).tolist() == [[1, 8], [255, 9]]


def test_chroma_of_deep_pictures_takes_a_deep_matte():
    matte = np.array([[255, 254], [254, 254]], np.uint8)
    assert matte_for(matte, PixelFormat("yuv", 10, (1, 1)), 1).item() == round(254.25 * 257)
    assert matte_for(matte, PixelFormat("yuv", 8, (1, 1)), 1).item() == 254
    assert matte_for(matte, PixelFormat("yuv", 10, (1, 1)), 0) is matte


def test_product_of_mattes_is_rounded_and_exact_at_its_ends():
    some = np.arange(256, dtype=np.uint8)
    assert np.array_equal(product(some, np.full(256, 255, np.uint8)), some)
    assert not product(some, np.zeros(256, np.uint8)).any()
    assert product(some, some).tolist() == [round(v * v / 255) for v in range(256)]
    assert product(widened(some), np.full(256, 255, np.uint8)).tolist() == widened(some).tolist()


def test_widening_and_narrowing_lose_nothing():
    some = np.arange(256, dtype=np.uint8)
    assert np.array_equal(narrowed(widened(some)), some)


def test_fading_by_one_changes_nothing_and_by_zero_leaves_nothing():
    some = np.arange(256, dtype=np.uint8)[None]
    assert faded(some, 1.0) is some
    assert not faded(some, 0.0).any()
    assert faded(np.array([[65535]], np.uint16), 0.5).item() == 32768


def test_a_matte_and_its_inverse_sum_to_full():
    for dtype in (np.uint8, np.uint16):
        some = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, (9, 7)).astype(dtype)
        assert (some.astype(int) + inverted(some) == np.iinfo(dtype).max).all()


def test_bounds_hold_everything_that_is_not_zero():
    matte = np.zeros((9, 12), np.uint16)
    assert bounds(matte).is_empty
    matte[2, 3], matte[6, 10] = 1, 65535
    assert bounds(matte) == Box(3, 2, 11, 7)
