"""T as DAVIS defines it: polygons worked out by hand, laws of the descriptor, and the cheapest matching by brute force."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from composer.mask.stability import (
    ANGLES,
    RADII,
    Contour,
    _cheapest,
    _costs,
    _described,
    _path,
    _rings,
    _upsampled,
    contour_of,
    instability,
)


def rectangle(left=20, top=30, width=24, height=12, shape=(120, 160)):
    mask = np.zeros(shape, bool)
    mask[top : top + height, left : left + width] = True
    return mask


def blob(*, center=(80, 60), axes=(30, 18), angle=20, shape=(120, 160), wobble=0.0, seed=0):
    mask = np.zeros(shape, np.uint8)
    turns = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = 1 + wobble * np.random.default_rng(seed).standard_normal(240)
    lean = math.radians(angle)
    x, y = axes[0] * radius * np.cos(turns), axes[1] * radius * np.sin(turns)
    points = np.stack([x * np.cos(lean) - y * np.sin(lean), x * np.sin(lean) + y * np.cos(lean)], axis=1) + center
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask.astype(bool)


def unlike(before, after):
    return instability(contour_of(before), contour_of(after))


def test_the_contour_of_a_rectangle_runs_along_its_pixel_borders_every_three_pixels():
    points = contour_of(rectangle()).points.tolist()
    top = [[20 + 3 * step, 30] for step in range(8)]
    right = [[44, 30 + 3 * step] for step in range(4)]
    bottom = [[44 - 3 * step, 42] for step in range(8)]
    left = [[20, 42 - 3 * step] for step in range(4)]
    assert points == [*top, *right, *bottom, *left, [20, 30]]


def test_the_same_outline_costs_nothing_wherever_it_lies():
    assert unlike(blob(), blob()) == pytest.approx(0, abs=1e-5)
    assert unlike(rectangle(), rectangle(left=90, top=70)) == pytest.approx(0, abs=1e-5)


def test_a_larger_copy_costs_less_than_a_jagged_outline():
    assert unlike(blob(), blob(axes=(36, 21.6))) < 0.25
    assert unlike(blob(), blob(wobble=0.2, seed=1)) > 0.45


def test_t_grows_with_jitter():
    costs = [unlike(blob(wobble=jitter, seed=1), blob(wobble=jitter, seed=2)) for jitter in (0.0, 0.03, 0.1, 0.4)]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("before", "after", "official", "tolerance"),
    [
        (blob(), blob(center=(90, 66)), 0.0, 1e-5),
        (blob(), blob(axes=(36, 21.6)), 0.195161, 1e-4),
        (blob(angle=20), blob(angle=35), 0.432603, 1e-4),
        (rectangle(20, 30, 60, 40), blob(), 0.675881, 1e-4),
        # Outlines that touch themselves: where the official program begins them depends on the order of a hash table.
        (blob(wobble=0.1, seed=1), blob(wobble=0.1, seed=2), 0.503265, 0.01),
        (blob(wobble=0.4, seed=1), blob(wobble=0.4, seed=2), 0.660748, 0.01),
    ],
)
def test_t_is_what_the_authors_own_program_says(before, after, official, tolerance):
    """Measured with the published evaluation of DAVIS 2016 on these very masks."""
    assert unlike(before, after) == pytest.approx(official, abs=tolerance)


def test_nothing_is_said_where_a_mask_has_no_outline():
    empty, dot = np.zeros((40, 40), bool), rectangle(5, 5, 1, 1, (40, 40))
    assert contour_of(empty) is None
    assert contour_of(dot) is None  # one pixel has no corners beyond the tolerance
    assert math.isnan(unlike(empty, rectangle()))
    assert math.isnan(unlike(rectangle(), empty))


def test_the_outline_with_the_most_corners_is_taken_holes_included():
    mask = rectangle(10, 10, 100, 100)
    hole = blob(center=(60, 60), axes=(30, 30), wobble=0.1)
    mask[hole] = False
    points = contour_of(mask).points
    assert points[:, 0].min() > 11
    assert points[:, 0].max() < 109
    assert len(contour_of(rectangle(10, 10, 100, 100)).points) == 4 * 34 + 1


def test_pixels_that_touch_at_a_corner_are_outlined_apart():
    mask = np.zeros((8, 8), bool)
    mask[1:3, 1:3] = mask[3:5, 3:5] = True
    rings = [ring.tolist() for ring in _rings(mask)]
    assert [len(ring) for ring in rings] == [9, 9]
    assert rings[0][0] == rings[1][0] == [3, 3]  # both begin where they touch
    assert sorted({tuple(point) for point in rings[0]}) == [
        (x, y) for x in (1, 2, 3) for y in (1, 2, 3) if (x, y) != (2, 2)
    ]


def test_a_ring_that_touches_itself_becomes_two():
    mask = np.ones((6, 6), bool)
    mask[2, 2] = mask[3, 3] = False
    lengths = sorted(len(ring) for ring in _rings(mask))
    assert lengths == [5, 5, 25]


def test_steps_longer_than_three_pixels_are_divided_evenly():
    points = _upsampled(np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 2.0]]))
    assert points.tolist() == [[0, 0], [2.5, 0], [5, 0], [7.5, 0], [10, 0], [10, 2]]


def test_descriptors_count_the_points_around_each_in_bins_of_angle_and_distance():
    points = np.random.default_rng(4).uniform(0, 50, (14, 2))
    far = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
    expected = np.zeros((14, ANGLES, len(RADII)))
    for one in range(14):
        for other in range(14):
            closer = sum(far[one, other] / far.mean() < edge for edge in RADII)
            x, y = points[other] - points[one]
            sector = int(math.degrees(math.atan2(y, x)) % 360 // 30)
            if closer:
                expected[one, sector, closer - 1] += 1
    expected = expected.reshape(14, -1) / expected.sum(axis=(1, 2))[:, None]
    np.testing.assert_allclose(_described(points), expected, atol=1e-6)


def test_costs_are_half_the_chi_squared_distance():
    first, second = np.random.default_rng(5).dirichlet(np.full(60, 0.1), (2, 7)).astype(np.float32)
    first[first < 1e-4] = second[second < 1e-4] = 0
    first, second = (one / one.sum(axis=1, keepdims=True) for one in (first, second))
    gap, both = first[:, None] - second, first[:, None] + second
    expected = 0.5 * np.where(both > 0, gap**2 / np.where(both > 0, both, 1), 0).sum(axis=2)
    np.testing.assert_allclose(_costs(first, second), expected, atol=1e-6)


def cheapest_by_force(costs):
    best = np.full(costs.shape, np.inf)
    best[0, 0] = 0
    for row, column in np.ndindex(costs.shape):
        steps = [(row - 1, column - 1), (row - 1, column), (row, column - 1)]
        before = [best[step] for step in steps if min(step) >= 0]
        best[row, column] = min(before, default=0) + costs[row, column]
    return best[-1, -1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (6, 9), (9, 6)])
def test_the_path_is_in_order_and_the_cheapest_there_is(shape):
    costs = np.random.default_rng(6).uniform(0, 1, shape)
    rows, columns = _path(costs)
    assert (rows[0], columns[0], rows[-1], columns[-1]) == (shape[0] - 1, shape[1] - 1, 0, 0)
    steps = set(zip((-np.diff(rows)).tolist(), (-np.diff(columns)).tolist(), strict=True))
    assert steps <= {(1, 1), (0, 1), (1, 0)}
    assert costs[rows, columns].sum() == pytest.approx(cheapest_by_force(costs))


def test_of_several_partners_the_cheapest_stays():
    costs = np.array([[0.3, 0.1, 0.2], [0.5, 0.6, 0.4]])
    rows, columns = _cheapest(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), costs)
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 2])


def ring_of(*bins):
    """A contour whose points lie in one bin each."""
    return Contour(np.zeros((len(bins), 2)), np.eye(60, dtype=np.float32)[list(bins)])


def test_t_is_five_times_the_mean_cost_of_the_matched_points():
    assert instability(ring_of(0, 1, 2), ring_of(0, 1, 2)) == 0
    # Two points agree wholly and one not at all: 5 * (0 + 0 + 1) / 3.
    assert instability(ring_of(0, 1, 2), ring_of(0, 1, 7)) == pytest.approx(5 / 3)


def test_it_does_not_matter_where_an_outline_begins():
    assert instability(ring_of(*range(8)), ring_of(2, 3, 4, 5, 6, 7, 0, 1)) == 0
