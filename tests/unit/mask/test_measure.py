"""J and F as DAVIS defines them, against cases worked out by hand."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from composer.mask.measure import boundary_accuracy, outline, region_overlap, scores_of


def square(left, size=20, shape=(100, 100)):
    mask = np.zeros(shape, bool)
    mask[40 : 40 + size, left : left + size] = True
    return mask


def test_j_of_two_squares_that_overlap_by_half_is_one_third():
    assert region_overlap(square(10), square(20)) == pytest.approx(200 / 600)


def test_j_is_one_where_both_are_empty_and_zero_where_one_is():
    empty = np.zeros((100, 100), bool)
    assert region_overlap(empty, empty) == 1
    assert region_overlap(square(10), empty) == 0


def test_pixels_to_ignore_do_not_count():
    ignore = np.zeros((100, 100), bool)
    ignore[:, 30:] = True
    assert region_overlap(square(10), square(20), ignore=ignore) == pytest.approx(200 / 400)


def test_the_outline_of_a_pixel_is_the_four_pixels_up_to_its_corner():
    mask = np.zeros((4, 4), bool)
    mask[2, 2] = True
    assert np.argwhere(outline(mask)).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]


def test_f_forgives_a_shift_within_the_bound_and_nothing_beyond_it():
    # 100x100 has a diagonal of 141.4; 0.008 of it rounds up to 2 pixels.
    assert boundary_accuracy(square(10), square(12)) == 1
    assert boundary_accuracy(square(10), square(60)) == 0


def test_f_of_a_shift_of_ten_counts_the_outline_that_still_lies_near():
    # A square of 20 has an outline of 4 * 20 = 80 pixels; how many lie within 2 pixels of the other is counted here
    # the slow way, pixel by pixel.
    found, truth = square(10), square(20)
    line = outline(found)
    near = np.zeros_like(line)
    for y, x in np.argwhere(outline(truth)):
        yy, xx = np.mgrid[:100, :100]
        near |= (yy - y) ** 2 + (xx - x) ** 2 <= 4
    share = (line & near).sum() / line.sum()
    assert line.sum() == 80
    assert boundary_accuracy(found, truth) == pytest.approx(share)


def test_f_is_zero_where_only_one_has_an_outline_and_one_where_none_has():
    empty = np.zeros((100, 100), bool)
    assert boundary_accuracy(square(10), empty) == 0
    assert boundary_accuracy(empty, empty) == 1


def test_recall_and_decay_of_a_sequence():
    scores = scores_of([0.9, 0.8, 0.6, 0.5, 0.4, 0.2, 0.1, 0.1])
    assert scores.mean == pytest.approx(0.45)
    assert scores.recall == pytest.approx(3 / 8)
    # Quarters share their edges: frames 1 to 3 and 6 to 8.
    assert scores.decay == pytest.approx((0.9 + 0.8 + 0.6) / 3 - (0.2 + 0.1 + 0.1) / 3)


def banded(mask, width=6):
    """Pixels around a mask's outline."""
    side = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    grown, shrunk = cv2.dilate(mask.view(np.uint8), side), cv2.erode(mask.view(np.uint8), side)
    return (grown > 0) & (shrunk == 0)


def test_f_near_unknown_pixels_is_not_made_better_by_their_own_outline():
    # Half of the truth is unknown: blanking it in both masks would draw the same line down the middle of both.
    found, truth, unknown = square(20, 30), square(20, 30), np.zeros((100, 100), bool)
    unknown[:, 35:] = True
    found[45:65, 25:30] = False
    alone = boundary_accuracy(found[:, :33], truth[:, :33])
    assert boundary_accuracy(found, truth, ignore=unknown) == pytest.approx(alone, abs=0.03)
    blanked = boundary_accuracy(found & ~unknown, truth & ~unknown)
    assert blanked > boundary_accuracy(found, truth, ignore=unknown)


def test_f_says_nothing_where_the_whole_outline_is_unknown():
    truth = square(20, 30)
    assert math.isnan(boundary_accuracy(truth, truth, ignore=banded(truth)))
    assert math.isnan(boundary_accuracy(square(60, 20), truth, ignore=banded(truth)))


def test_f_of_nothing_beside_unknown_pixels_is_one_and_of_a_false_alarm_zero():
    empty, unknown = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    unknown[:, :10] = True
    assert boundary_accuracy(empty, empty, ignore=unknown) == 1
    assert boundary_accuracy(square(60), empty, ignore=unknown) == 0


def test_frames_that_say_nothing_are_left_out_of_the_scores():
    nothing = float("nan")
    scores = scores_of([0.8, nothing, 0.4, nothing, 0.2])
    assert scores.mean == pytest.approx(1.4 / 3)
    assert scores.recall == pytest.approx(1 / 3)
    assert scores.decay == pytest.approx(0.8 - 0.2)
    assert all(math.isnan(value) for value in vars(scores_of([nothing])).values())
    assert all(math.isnan(value) for value in vars(scores_of([])).values())
