"""Smoothing in time calms flicker, follows motion, and forgets where the picture changed."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.propagate import carried_trust, smooth_in_time


def still_shot(count, height=16, width=24):
    flow = np.zeros((count, height, width, 2), np.float32)
    grey = np.full((count, height, width), 100, np.uint8)
    return flow, flow, grey


def test_constant_probability_stays_as_it_is():
    forward, backward, grey = still_shot(6)
    probability = np.full((6, 16, 24), 0.3, np.float32)
    np.testing.assert_allclose(smooth_in_time(probability, forward, backward, grey), 0.3, atol=1e-6)


def test_one_frame_comes_back_unchanged():
    forward, backward, grey = still_shot(1)
    probability = np.random.default_rng(0).random((1, 16, 24)).astype(np.float32)
    np.testing.assert_allclose(smooth_in_time(probability, forward, backward, grey), probability, atol=1e-6)


def test_a_single_dropped_frame_is_filled_from_both_sides():
    forward, backward, grey = still_shot(31)
    probability = np.ones((31, 16, 24), np.float32)
    probability[15] = 0
    assert smooth_in_time(probability, forward, backward, grey)[15].min() > 0.8


def test_memory_follows_the_flow():
    count, width = 8, 40
    probability = np.zeros((count, 12, width), np.float32)
    for t in range(count):
        probability[t, 4:8, 4 + 3 * t : 10 + 3 * t] = 1
    forward = np.zeros((count, 12, width, 2), np.float32)
    forward[..., 0] = 3
    grey = np.full((count, 12, width), 90, np.uint8)
    smooth = smooth_in_time(probability, forward, -forward, grey)
    np.testing.assert_allclose(smooth[2:6, :, 9:28], probability[2:6, :, 9:28], atol=1e-5)


def test_what_rests_is_let_go_more_slowly_than_what_moves_is_taken_in():
    forward, backward, grey = still_shot(21)
    up, down = np.zeros((21, 16, 24), np.float32), np.ones((21, 16, 24), np.float32)
    up[10], down[10] = 1, 0
    taken = smooth_in_time(up, forward, backward, grey)[11].max()
    lost = 1 - smooth_in_time(down, forward, backward, grey)[11].min()
    assert taken > 2 * lost


def test_nothing_is_carried_over_a_change_of_picture():
    forward, backward, grey = still_shot(8)
    grey[4:] = 200
    probability = np.zeros((8, 16, 24), np.float32)
    probability[:4] = 1
    np.testing.assert_allclose(smooth_in_time(probability, forward, backward, grey), probability, atol=1e-6)


def test_running_the_shot_backwards_gives_the_same_answer_backwards():
    rng = np.random.default_rng(3)
    probability = rng.random((7, 16, 24)).astype(np.float32)
    forward, backward, grey = still_shot(7)
    one = smooth_in_time(probability, forward, backward, grey)
    two = smooth_in_time(probability[::-1], backward[::-1], forward[::-1], grey[::-1])
    np.testing.assert_allclose(two[::-1], one, atol=1e-6)


@pytest.mark.parametrize(("difference", "low", "high"), [(0, 0.999, 1.0), (12, 0.3, 0.45), (60, 0, 0.001)])
def test_trust_falls_with_the_grey_difference(difference, low, high):
    here = np.full((16, 24), 100, np.uint8)
    trust = carried_trust(np.zeros((16, 24, 2), np.float32), here, here + np.uint8(difference))
    assert low <= trust.min() <= trust.max() <= high
