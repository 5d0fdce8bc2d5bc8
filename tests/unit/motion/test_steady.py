"""Paths of a view are smooth, lazy, without lag, and stay where they have to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from composer.motion.follow_view import Subject, following
from composer.motion.stabilise import MOST_ZOOM, steadied, step_of, window_map
from composer.motion.steady import filled, limited, smoothed, taut
from composer.values import Homography, Size

SIZE = Size(640, 360)
CORNERS = np.array([[0, 0], [640, 0], [640, 360], [0, 360]], np.float64)
paths = arrays(np.float64, st.integers(1, 40), elements=st.floats(-50, 50))


class TestSmoothed:
    @pytest.mark.parametrize("count", [1, 2, 5, 60])
    def test_a_straight_line_stays_that_line_to_its_ends(self, count):
        line = np.stack([np.arange(count) * 2.5, np.full(count, 7.0)], axis=1)
        assert smoothed(line, 6.0) == pytest.approx(line)

    def test_it_has_no_lag(self):
        step = np.repeat([0.0, 1.0], 50)
        path = smoothed(step, 5.0)
        assert path + path[::-1] == pytest.approx(np.ones(100))

    def test_noise_becomes_less(self):
        noise = np.random.default_rng(1).standard_normal(500)
        assert smoothed(noise, 5.0).std() < 0.3 * noise.std()


class TestTaut:
    @given(paths, st.floats(0.01, 20))
    def test_it_stays_inside_and_never_moves_more_than_need_be(self, middle, width):
        path = taut(middle - width, middle + width)
        assert (np.abs(path - middle) <= width + 1e-6).all()
        assert np.abs(np.diff(path)).sum() <= np.abs(np.diff(middle)).sum() + 1e-6

    def test_it_rests_where_it_may(self):
        middle = 3 * np.sin(np.arange(60))
        assert np.ptp(taut(middle - 3, middle + 3)) == 0

    def test_it_goes_straight_where_it_must(self):
        middle = np.array([0.0, 0, 0, 10, 20, 30, 30, 30])
        assert taut(middle - 1, middle + 1).tolist() == pytest.approx([1, 1, 1, 31 / 3, 59 / 3, 29, 29, 29])


@given(paths, st.floats(0.1, 10))
def test_a_limited_path_never_goes_faster(path, step):
    assert (np.abs(np.diff(limited(path, step))) <= step + 1e-9).all()


def test_what_is_missing_lies_on_a_line():
    values = np.array([np.nan, 2, np.nan, 4, np.nan])
    assert filled(values, 9.0).tolist() == [2, 2, 3, 4, 4]
    assert filled(np.full(2, np.nan), 9.0).tolist() == [9, 9]


class TestFollowing:
    """A view of 200 px in a picture of 640."""

    def path(self, middle, *, half=20.0, sigma=10.0):
        middle = np.asarray(middle, np.float64)
        subject = Subject(middle, middle - half, middle + half)
        return following(subject, np.full(len(middle), 200.0), 640, sigma=sigma, rate=25.0)

    def test_it_never_leaves_the_picture(self):
        path = self.path(np.linspace(0, 640, 100))
        assert path.min() == 100
        assert path.max() == 540

    def test_a_subject_that_sways_does_not_move_it(self):
        assert np.ptp(self.path(320 + 12 * np.sin(np.arange(100) / 3))) < 1e-9

    def test_a_walking_subject_stays_inside(self):
        middle = np.concatenate([np.full(30, 150.0), np.linspace(150, 500, 60), np.full(30, 500.0)])
        path = self.path(middle)
        assert (np.abs(path - middle) <= 80 + 1).all()
        assert np.abs(np.diff(path, 2)).max() < 1.5  # no jerk: the subject itself starts at 6 px a frame at once

    def test_it_does_not_chase_what_is_too_fast(self):
        path = self.path(np.repeat([120.0, 520.0], 40), sigma=1.0)
        assert np.abs(np.diff(path)).max() <= 200 / 25 + 1e-9

    def test_a_subject_that_is_never_seen_leaves_it_in_the_middle(self):
        assert (self.path(np.full(10, np.nan)) == 320).all()


class TestStabilise:
    def test_a_step_is_read_off_around_the_middle(self):
        turn, scale = 0.02, 1.01
        turned = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = np.array([320, 180])
        matrix = np.eye(3)
        matrix[:2, :2], matrix[:2, 2] = turned, middle + [5, -3] - turned @ middle  # noqa: RUF005 - added, not joined
        assert step_of(matrix, SIZE).tolist() == pytest.approx([5, -3, np.log(scale), turn])

    @pytest.mark.parametrize("amount", [0.5, 1.0])
    def test_shake_goes_and_the_pan_stays(self, amount):
        shake = np.random.default_rng(3).standard_normal((120, 4)) * [3, 3, 0.001, 0.002]
        pan = np.stack([2.0 * np.arange(120), *[np.zeros(120)] * 3], axis=1)
        steps = np.diff(pan + shake, axis=0, prepend=(pan + shake)[:1])
        found = steadied(steps, SIZE, sigma=25, amount=amount)
        left = np.cumsum(steps, axis=0) + found.correction
        rough = np.abs(np.diff(left, 2, axis=0)[:, 0]).mean() / np.abs(np.diff(shake, 2, axis=0)[:, 0]).mean()
        assert rough == pytest.approx(1 - amount, abs=0.05)
        assert np.diff(left[10:-10, 0]).mean() == pytest.approx(2, abs=0.2)

    @pytest.mark.parametrize("size", [2.0, 10.0, 25.0, 200.0])
    def test_no_border_shows_however_much_it_shakes(self, size):
        shake = np.random.default_rng(5).standard_normal((80, 4)) * [size, size, size / 1000, size / 1000]
        found = steadied(np.diff(shake, axis=0, prepend=shake[:1]), SIZE, sigma=20, amount=1.0)
        assert 1 <= found.zoom <= MOST_ZOOM
        for correction in found.correction:
            there = Homography(window_map(correction, SIZE, found.zoom)).applied(CORNERS)
            assert there.min() >= -1e-3
            assert (there <= np.array([640, 360]) + 1e-3).all()

    def test_a_camera_that_rests_is_left_alone(self):
        noise = np.random.default_rng(7).standard_normal((60, 4)) * [0.005, 0.005, 1e-6, 1e-6]
        found = steadied(noise, SIZE, sigma=20, amount=1.0)
        assert found.zoom == 1
        assert not found.correction.any()
        assert np.array_equal(window_map(found.correction[3], SIZE, 1.0), np.eye(3))
