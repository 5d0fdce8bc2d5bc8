"""Ranking and reliability of predictions, against counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from composer.mask.calibration import Reliability, ranking, reliability_of


def test_auc_is_the_share_of_pairs_in_the_right_order_ties_half():
    predictions = [0.9, 0.8, 0.8, 0.4, 0.4, 0.1]
    outcomes = [True, True, False, False, True, False]
    right = [value for value, moves in zip(predictions, outcomes, strict=True) if moves]
    wrong = [value for value, moves in zip(predictions, outcomes, strict=True) if not moves]
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one in right for other in wrong]
    assert ranking(predictions, outcomes) == pytest.approx(sum(pairs) / len(pairs))


def test_auc_of_a_perfect_a_reversed_and_an_equal_ranking():
    assert ranking([0.1, 0.2, 0.8], [False, False, True]) == 1
    assert ranking([0.1, 0.2, 0.8], [True, True, False]) == 0
    assert ranking([0.5] * 4, [True, False, True, False]) == 0.5


@pytest.mark.parametrize("outcomes", [[], [True, True], [False]])
def test_auc_says_nothing_where_one_kind_is_missing(outcomes):
    assert math.isnan(ranking([0.5] * len(outcomes), outcomes))


def test_a_curve_holds_mean_prediction_true_share_and_count_of_each_bin():
    found = reliability_of([0.02, 0.04, 0.55, 1.0], [False, True, True, True])
    assert found.curve == [
        (pytest.approx(0.03), 0.5, 2),
        (pytest.approx(0.55), 1.0, 1),
        (1.0, 1.0, 1),
    ]
    # Bins weigh by their count: (|0.06 - 1| + |0.55 - 1| + |1 - 1|) / 4.
    assert found.error == pytest.approx((0.94 + 0.45) / 4)


def test_what_is_added_in_parts_sums_up():
    numbers = np.random.default_rng(1)
    predictions, outcomes = numbers.random(200), numbers.random(200) < 0.5
    parts = [Reliability(), Reliability()]
    parts[0].add(predictions[:80], outcomes[:80])
    parts[1].add(predictions[80:], outcomes[80:])
    whole = reliability_of(predictions.tolist(), outcomes.tolist())
    assert (parts[0] + parts[1]).curve == [tuple(pytest.approx(value) for value in row) for row in whole.curve]


def test_nothing_predicted_has_no_curve_and_no_error():
    assert Reliability().curve == []
    assert math.isnan(Reliability().error)
