"""Flow finds what really moved, and says where it cannot be believed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.motion import DisFlow, consistent, resize_flow, round_trip_error, warp_by_flow


def textured(height, width, seed=0):
    noise = np.random.default_rng(seed).normal(128, 60, (height, width)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 2.0) * 3 - 256, 0, 255).astype(np.uint8)


def test_a_known_shift_is_found_within_a_tenth_of_a_pixel():
    wide = textured(120, 200)
    first, second = wide[:, 20:180], wide[10:, 15:175]
    first, second = first[:110], second[:110]
    flow = DisFlow().estimate(first, second)
    inner = flow[20:-20, 20:-20].reshape(-1, 2)
    np.testing.assert_allclose(np.median(inner, axis=0), (5, -10), atol=0.1)


def test_flow_depends_on_nothing_but_its_two_pictures():
    one, two, other = textured(96, 128), np.roll(textured(96, 128), 3, 1), textured(96, 128, 5)
    estimator = DisFlow()
    fresh = estimator.estimate(one, two)
    estimator.estimate(one, other)
    np.testing.assert_array_equal(estimator.estimate(one, two), fresh)


def test_identical_pictures_have_no_flow():
    picture = textured(90, 122)
    assert np.abs(DisFlow().estimate(picture, picture)).max() < 1e-3


@pytest.mark.parametrize("shape", [(1, 1), (9, 300), (15, 15)])
def test_pictures_too_small_to_search_have_zero_flow(shape):
    picture = textured(*shape)
    np.testing.assert_array_equal(DisFlow().estimate(picture, picture), np.zeros((*shape, 2)))


def test_warping_by_a_flow_fetches_the_second_picture():
    picture = textured(40, 50)
    flow = np.zeros((40, 50, 2), np.float32)
    flow[..., 0], flow[..., 1] = 3, -2
    warped = warp_by_flow(picture, flow)
    np.testing.assert_array_equal(warped[2:, :-3], picture[:-2, 3:])
    assert warped.dtype == np.uint8


def test_flows_that_undo_each_other_are_consistent_and_others_are_not():
    there = np.full((30, 40, 2), 2, np.float32)
    assert consistent(there, -there)[:-3, :-3].all()
    assert not consistent(there, there).any()
    assert round_trip_error(there, there).min() == pytest.approx(np.hypot(4, 4))


def test_a_flow_out_of_the_picture_is_not_to_be_believed():
    there = np.zeros((30, 40, 2), np.float32)
    there[..., 0] = 10
    valid = consistent(there, -there)
    assert valid[:, :29].all()
    assert not valid[:, 30:].any()


def test_resizing_a_flow_scales_its_vectors():
    flow = np.zeros((20, 40, 2), np.float32)
    flow[..., 0], flow[..., 1] = 4, 6
    half = resize_flow(flow, height=5, width=20)
    np.testing.assert_allclose(half, np.broadcast_to(np.float32([2, 1.5]), (5, 20, 2)))
