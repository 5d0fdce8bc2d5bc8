"""Blurs, mattes made softer and wider, and the guided filter."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import cv2
import numpy as np
import pytest

from composer.pixels.filter import blurred, blurred_planes, feather, filled_planes, spread
from composer.values import PixelFormat

KINDS = ("gaussian", "box", "pixelate")


def noise(height, width, dtype=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, (height, width)).astype(dtype)


@pytest.mark.parametrize("radius", [3, 12, 40])
def test_a_gaussian_of_any_radius_matches_the_plain_one(radius):
    picture = cv2.GaussianBlur(noise(160, 200), (0, 0), 3)
    wanted = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), radius / 2, borderType=cv2.BORDER_REPLICATE)
    inner = np.s_[24:-24, 24:-24]
    assert np.abs(blurred(picture, radius).astype(np.float32) - wanted)[inner].max() <= 3


def test_a_wider_blur_leaves_less_contrast():
    picture = noise(120, 120)
    contrast = [blurred(picture, radius).std() for radius in (0, 2, 6, 12, 24, 48)]
    assert all(a > b for a, b in pairwise(contrast))


def test_pixelate_shows_one_mean_per_block():
    picture = noise(24, 32)
    result = blurred(picture, 4, "pixelate")
    for y in range(0, 24, 8):
        for x in range(0, 32, 8):
            block = result[y : y + 8, x : x + 8]
            assert (block == block[0, 0]).all()
            assert abs(float(block[0, 0]) - picture[y : y + 8, x : x + 8].mean()) <= 0.51


@pytest.mark.parametrize("kind", KINDS)
def test_a_blur_that_excludes_a_subject_shows_nothing_of_it_at_its_edge(kind):
    picture = np.full((80, 100), 60, np.uint8)
    subject = np.zeros_like(picture)
    cv2.circle(subject, (50, 40), 20, 255, -1)
    picture[subject > 0] = 250
    assert np.unique(blurred(picture, 10, kind, exclude=subject)).tolist() == [60]
    assert blurred(picture, 10, kind).max() > 100


def test_filling_continues_the_surroundings_smoothly():
    ramp = np.tile(np.arange(0, 200, 2, dtype=np.uint8), (60, 1))
    hole = np.zeros_like(ramp)
    hole[20:40, 40:60] = 255
    (filled,) = filled_planes((np.where(hole > 0, 255, ramp).astype(np.uint8),), PixelFormat("gray"), hole)
    assert np.array_equal(filled[hole == 0], ramp[hole == 0])
    assert np.abs(filled[hole > 0].astype(int) - ramp[hole > 0]).max() < 30


def test_chroma_of_half_covered_cells_is_not_sampled():
    planes = (np.full((16, 16), 50, np.uint8), np.full((8, 8), 90, np.uint8), np.full((8, 8), 90, np.uint8))
    subject = np.zeros((16, 16), np.uint8)
    subject[5:10, 5:10] = 255
    planes[1][2:5, 2:5] = 240
    result = blurred_planes(planes, PixelFormat("yuv", 8, (1, 1)), 6, "gaussian", exclude=subject)
    assert np.unique(result[1]).tolist() == [90]


def test_feather_is_soft_at_the_edge_and_exact_away_from_it():
    matte = np.zeros((60, 60), np.uint8)
    matte[:, 30:] = 255
    soft = feather(matte, 8)
    assert (soft[:, :18] == 0).all()
    assert (soft[:, 42:] == 255).all()
    assert (np.diff(soft[30].astype(int)) >= 0).all()
    assert feather(matte, 0) is matte


def test_spread_grows_and_a_negative_one_shrinks_by_the_radius():
    matte = np.zeros((40, 40), np.uint16)
    matte[15:25, 15:25] = 65535
    assert (spread(matte, 3)[20] > 0).sum() == 16
    assert (spread(matte, -3)[20] > 0).sum() == 4
    assert spread(matte, 0) is matte
    half = spread(matte, 0.5)[20]
    assert half[14] == half[25] == 32768


def test_one_free_pixel_is_enough_to_fill_a_picture():
    picture, subject = noise(90, 120), np.full((90, 120), 255, np.uint8)
    picture[50, 70], subject[50, 70] = 33, 0
    (filled,) = filled_planes((picture,), PixelFormat("gray"), subject)
    assert np.unique(filled).tolist() == [33]


def test_chroma_without_a_free_cell_turns_grey():
    subject = np.full((8, 8), 255, np.uint8)
    subject[::2, ::2] = 0
    planes = (noise(8, 8), noise(4, 4), noise(4, 4, seed=1))
    filled = filled_planes(planes, PixelFormat("yuv", 8, (1, 1)), subject)
    assert [np.unique(plane).tolist() for plane in filled[1:]] == [[128], [128]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_blur_wider_than_the_picture_is_even_and_takes_no_more_memory(kind):
    picture = np.random.default_rng(1).integers(0, 256, (40, 60)).astype(np.uint8)
    tracemalloc.start()
    try:
        result = blurred(picture, 4000, kind)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert result.shape == picture.shape
    assert np.ptp(result) <= 4
    assert abs(float(result.mean()) - picture.mean()) < 12


def test_spreading_beyond_the_picture_covers_all_of_it():
    matte = np.zeros((20, 30), np.uint8)
    matte[0, 0] = 255
    tracemalloc.start()
    try:
        assert spread(matte, 3000).min() == 255
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert spread(matte, 30).min() == 0  # the far corner lies 34.7 away


def test_a_block_larger_than_the_picture_is_one_block_of_its_mean():
    picture = np.arange(48, dtype=np.uint8).reshape(6, 8)
    (luma,) = blurred_planes((picture,), PixelFormat("gray"), 500, "pixelate")
    assert np.unique(luma).tolist() in ([23], [24])
