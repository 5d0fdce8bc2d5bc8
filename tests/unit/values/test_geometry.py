"""Places keep pixel edges at integers, so scaling is multiplication."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import ShapeError
from composer.values import Box, Homography, Quad, Size

COORDINATE = st.floats(-50, 150, allow_nan=False)


@given(COORDINATE, COORDINATE, COORDINATE, COORDINATE)
def test_a_snapped_box_lies_inside_on_cells_and_covers_what_it_held(x0, y0, x1, y1):
    size = Size(64, 36)
    box = Box(x0, y0, x1, y1)
    snapped = box.snapped(size, step=(2, 2))
    inside = box.intersected(Box.whole(size))
    if inside.is_empty:
        return
    assert snapped.x0 % 2 == snapped.y0 % 2 == 0
    assert snapped.x0 <= inside.x0
    assert snapped.x1 >= inside.x1
    assert snapped.intersected(Box.whole(size)) == snapped


def test_a_box_on_an_odd_edge_keeps_the_last_pixel():
    assert Box(30, 30, 33, 33).snapped(Size(33, 33), step=(2, 2)) == Box(30, 30, 33, 33)


def test_a_quad_refuses_three_corners_and_says_what_it_expected():
    with pytest.raises(ShapeError, match=r"expected \(4, 2\)"):
        Quad(np.zeros((3, 2)))


def test_a_quad_of_a_box_has_that_box_as_its_bounds():
    assert Quad.of_box(Box(1, 2, 5, 7)).bounds == Box(1, 2, 5, 7)


def test_a_homography_and_its_inverse_bring_points_back():
    matrix = np.array([[1.1, 0.1, 3], [-0.2, 0.9, 5], [1e-4, 2e-4, 1]])
    points = np.array([[0.0, 0.0], [100.0, 50.0], [33.3, 77.7]])
    there = Homography(matrix).applied(points)
    assert np.allclose(Homography(np.linalg.inv(matrix)).applied(there), points)
