"""Pinning a region to what a matte covers."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from composer.motion.follow import PinnedTo, point_of, smoothed

ALPHA = np.zeros((12, 20), np.uint8)
ALPHA[3:9, 5:15] = 255

PLACES = {
    "center": (10, 6),
    "top": (10, 3),
    "bottom": (10, 9),
    "left": (5, 6),
    "right": (15, 6),
    "top_left": (5, 3),
    "top_right": (15, 3),
    "bottom_left": (5, 9),
    "bottom_right": (15, 9),
}


def test_every_word_has_its_point():
    assert {word: tuple(point_of(ALPHA, word)) for word in get_args(PinnedTo)} == PLACES


def test_what_is_barely_covered_does_not_count():
    assert point_of(np.full((4, 4), 127, np.uint8), "center") is None
    assert tuple(point_of(ALPHA.astype(np.uint16) * 257, "top")) == PLACES["top"]


def test_the_middle_is_that_of_the_area_and_not_of_the_box():
    alpha = np.zeros((10, 10), np.uint8)
    alpha[0:10, 0:2] = 255
    alpha[0:2, 2:10] = 255
    assert point_of(alpha, "center")[0] < 3.5


class TestSmoothing:
    SECONDS = np.arange(50) / 25

    def test_a_straight_way_at_even_speed_stays_as_it_is(self):
        points = np.stack([3 + 2 * self.SECONDS, 5 - self.SECONDS], axis=1)
        assert np.allclose(smoothed(points, self.SECONDS, 0.5), points)

    def test_trembling_goes_and_nothing_lags(self):
        random = np.random.default_rng(1)
        way = np.stack([40 * np.sin(2 * self.SECONDS), np.zeros(50)], axis=1)
        made = smoothed(way + random.normal(0, 1, way.shape), self.SECONDS, 0.3)
        assert np.abs(made - way).mean() < 0.5
        late = [np.abs(made[5:-5] - np.roll(way, shift, axis=0)[5:-5]).mean() for shift in (-1, 0, 1)]
        assert np.argmin(late) == 1

    def test_backwards_is_the_same_mirrored(self):
        points = np.random.default_rng(2).normal(0, 1, (50, 2))
        there = smoothed(points, self.SECONDS, 0.4)
        back = smoothed(points[::-1], self.SECONDS, 0.4)[::-1]
        assert np.allclose(there, back)

    def test_nothing_is_averaged_across_a_gap(self):
        points = np.zeros((50, 2))
        points[20:25] = np.nan
        points[25:] = 100
        made = smoothed(points, self.SECONDS, 0.5)
        assert np.isnan(made[20:25]).all()
        assert (made[:20] == 0).all()
        assert np.allclose(made[25:], 100)

    @pytest.mark.parametrize("length", [0.0])
    def test_no_time_changes_nothing(self, length):
        points = np.random.default_rng(3).normal(0, 1, (50, 2))
        assert np.array_equal(smoothed(points, self.SECONDS, length), points)
