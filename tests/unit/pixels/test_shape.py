"""Coverage of drawn shapes: by value where it is known, by area elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.pixels.shape import ellipse_points, rounded_points, shape_coverage
from composer.values import Size

SIZE = Size(40, 30)


def area(coverage):
    return coverage.sum() / 255


def test_an_upright_box_covers_pixels_by_the_share_that_lies_inside():
    coverage = shape_coverage(np.array([[1.5, 1], [4, 1], [4, 2.25], [1.5, 2.25]]), Size(5, 4))
    assert coverage.tolist() == [[0, 0, 0, 0, 0], [0, 128, 255, 255, 0], [0, 32, 64, 64, 0], [0, 0, 0, 0, 0]]


def test_a_shape_wholly_inside_and_one_wholly_outside():
    assert (shape_coverage(np.array([[-9, -9], [99, -9], [99, 99], [-9, 99]]), SIZE) == 255).all()
    assert not shape_coverage(np.array([[50.0, 5], [60, 5], [60, 9]]), SIZE).any()


def test_corners_far_away_are_as_good_as_near_ones():
    coverage = shape_coverage(np.array([[20, -1e9], [1e9, -1e9], [1e9, 1e9], [20, 1e9]]), SIZE)
    assert (coverage[:, 20:] == 255).all()
    assert not coverage[:, :20].any()


@settings(deadline=None, max_examples=60)
@given(x=st.tuples(*[st.floats(0, 40)] * 3), y=st.tuples(*[st.floats(0, 30)] * 3))
def test_a_triangle_has_its_area(x, y):
    corners = np.stack([x, y], axis=1)
    sides = np.roll(corners, -1, axis=0) - corners
    wanted = abs(sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0]) / 2
    # Ends of edges are off by up to half a line, a 32nd of a pixel; every pixel is rounded.
    assert area(shape_coverage(corners, SIZE)) == pytest.approx(wanted, abs=np.abs(sides[:, 0]).sum() / 32 + 0.3)


def test_an_ellipse_has_its_area():
    coverage = shape_coverage(ellipse_points(np.array([4.0, 3, 36, 27])), SIZE)
    assert area(coverage) == pytest.approx(np.pi * 16 * 12, rel=0.005)


def test_a_curve_passes_through_its_points():
    points = np.array([[5.0, 5], [30, 4], [33, 25], [8, 20]])
    curve = rounded_points(points, count=7)
    assert curve.shape == (28, 2)
    assert curve[::7] == pytest.approx(points)


def test_a_shape_that_crosses_itself_is_inside_on_both_sides():
    coverage = shape_coverage(np.array([[0.0, 0], [20, 0], [0, 20], [20, 20]]), Size(20, 20))
    assert coverage[2, 10] == coverage[17, 10] == 255
    assert not coverage[10, [2, 17]].any()
