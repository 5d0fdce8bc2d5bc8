"""Finishing moves, softens and cuts edges, and keeps complements exact."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.finish import Finish, finished, finished_complement
from composer.mask.sources import MatteSpec
from composer.values import Box, Size


def square(dtype=np.uint8):
    alpha = np.zeros((40, 60), dtype)
    alpha[10:30, 20:40] = np.iinfo(dtype).max
    return alpha


def noise(dtype=np.uint8):
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (40, 60), dtype, endpoint=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("make", [square, noise])
@pytest.mark.parametrize("finish", [Finish(), Finish(2.5, 0), Finish(-1.5, 0), Finish(0, 4), Finish(1.25, 3)])
def test_a_matte_and_its_complement_sum_to_full_after_opposite_finishing(dtype, make, finish):
    alpha = make(dtype)
    rest = finished_complement(alpha, finish.of_complement)
    assert (finished(alpha, finish).astype(np.int64) + rest == np.iinfo(dtype).max).all()


def test_spread_moves_a_straight_edge_by_its_pixels_and_choke_moves_it_back():
    wider = finished(square(), Finish(3, 0))
    assert wider[20].sum() // 255 == 26
    assert wider[:, 30].sum() // 255 == 26
    narrower = finished(square(), Finish(-3, 0))
    assert narrower[20].sum() // 255 == 14


def test_half_a_pixel_of_spread_covers_half_of_the_next_pixel():
    wider = finished(square(), Finish(0.5, 0))
    assert wider[20, 19] == 128
    assert wider[20, 18] == 0


def test_feather_keeps_the_edge_in_place_and_ends_near_its_reach():
    soft = finished(square(), Finish(0, 4))
    assert abs(int(soft[20, 19]) + int(soft[20, 20]) - 255) <= 2
    assert soft[20, 30] >= 250
    assert soft[20, 14] < 5
    assert soft[20, 11] == 0


def test_choke_does_not_eat_in_from_the_border_of_the_picture():
    alpha = np.full((20, 20), 255, np.uint8)
    assert (finished(alpha, Finish(-4, 0)) == 255).all()


def test_nothing_is_left_outside_the_garbage_box_even_when_feathered():
    kept = finished(square(), Finish(2, 3, Box(0, 0, 30, 40)))
    assert not kept[:, 30:].any()
    assert kept[20, 29] == 255


def test_nothing_to_do_returns_the_very_same_pixels():
    alpha = noise()
    assert finished(alpha, Finish()) is alpha


def test_pixel_lengths_shrink_with_a_proxy_and_fractions_follow_the_picture():
    spec = MatteSpec.model_validate({"moving": {}, "feather": "8px", "spread": 0.1})
    finish = Finish.of(spec, Size(80, 50), proxy=0.5)
    assert (finish.feather, finish.grow) == (4, 5)
