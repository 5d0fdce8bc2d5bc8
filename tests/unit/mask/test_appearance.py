"""Colour helps where the moving thing has its own, and stays out where it has not."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.appearance import BINS, bins_of, learn_appearance, with_appearance


def red_on_green(count=3):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 30, (count, 40, 60, 3)).astype(np.uint8)
    pictures[..., 1] += 120
    truth = np.zeros((count, 40, 60), np.float32)
    truth[:, 10:30, 20:40] = 1
    pictures[truth > 0] = pictures[truth > 0][:, [0, 2, 1]]
    return pictures, truth


def test_a_doubtful_pixel_of_the_movers_colour_is_raised_and_of_the_walls_lowered():
    pictures, truth = red_on_green()
    learned = learn_appearance(pictures, truth * 0.9 + 0.05)
    fused = with_appearance(np.full((40, 60), 0.5, np.float32), pictures[0], learned)
    assert learned.trust == 1
    assert fused[12:28, 22:38].min() > 0.7
    assert fused[:6].max() < 0.3


def test_the_guard_keeps_colour_out_where_mover_and_wall_look_alike():
    pictures = np.random.default_rng(1).integers(0, 255, (4, 40, 60, 3)).astype(np.uint8)
    probability = np.zeros((4, 40, 60), np.float32)
    probability[:, 10:30, 20:40] = 0.95
    learned = learn_appearance(pictures, probability)
    assert learned.trust == 0
    np.testing.assert_array_equal(with_appearance(probability[0], pictures[0], learned), probability[0])


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_clip_where_nothing_or_everything_moves_teaches_nothing(chance):
    pictures, truth = red_on_green()
    assert learn_appearance(pictures, np.full_like(truth, chance)).separation == 0


def test_more_frames_of_the_same_teach_the_same():
    pictures, truth = red_on_green(2)
    one = learn_appearance(pictures, truth)
    two = learn_appearance(np.concatenate([pictures] * 3), np.concatenate([truth] * 3))
    np.testing.assert_allclose(two.log_ratio, one.log_ratio, atol=1e-5)


def test_a_frame_without_doubt_is_hardly_changed():
    pictures, truth = red_on_green()
    learned = learn_appearance(pictures, truth)
    np.testing.assert_allclose(with_appearance(truth[0], pictures[0], learned), truth[0], atol=0.05)


def test_colours_are_sorted_by_lightness_then_red_green_then_blue_yellow():
    lab = np.array([[[0, 0, 0], [255, 255, 255], [17, 9, 24]]], np.uint8)
    places = np.unravel_index(bins_of(lab)[0], BINS)
    np.testing.assert_array_equal(np.transpose(places), [[0, 0, 0], [15, 31, 31], [1, 1, 3]])
