"""Grades and lookup tables, in values worked out by hand from the formulas."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from composer.pixels.grading import Grade, curves, graded, white_balance
from composer.pixels.lut import Lut, parse_cube

GREY = 0.18 ** (1 / 2.4)


def at(value, **settings):
    return float(Grade(**settings).curve(0, np.array([value]))[0])


@pytest.mark.parametrize(
    ("settings", "value", "wanted"),
    [
        ({}, 0.37, 0.37),
        ({"exposure": 1.0}, 0.4, 0.4 * 2 ** (1 / 2.4)),
        ({"exposure": -2.4}, 0.4, 0.2),
        ({"exposure": 10.0}, 0.4, 1.0),
        ({"contrast": 2.0}, GREY, GREY),
        ({"contrast": 2.0}, GREY + 0.1, GREY + 0.2),
        ({"contrast": 0.0}, 0.9, GREY),
        ({"lift": (0.1, 0, 0)}, 0.0, 0.1),
        ({"lift": (0.1, 0, 0)}, 1.0, 1.0),
        ({"lift": (0.1, 0, 0)}, 0.5, 0.55),
        ({"gain": (0.5, 1, 1)}, 0.8, 0.4),
        ({"gamma": (2.0, 1, 1)}, 0.25, 0.5),
        ({"lift": (0.2, 0, 0), "gain": (0.5, 1, 1), "gamma": (2.0, 1, 1)}, 0.5, (0.5 * 0.4 + 0.1) ** 0.5),
        ({"lift": (-0.5, 0, 0)}, 0.1, 0.0),
    ],
)
def test_one_channel_follows_the_formula(settings, value, wanted):
    assert at(value, **settings) == pytest.approx(wanted, abs=1e-12)


def test_warmer_has_more_red_and_less_blue_and_keeps_the_luma_of_white():
    warm, cold = white_balance(9000, 0), white_balance(4500, 0)
    assert warm[0] > 1 > warm[2]
    assert cold[0] < 1 < cold[2]
    for factors in (warm, cold, white_balance(6500, 0.7)):
        assert factors @ [0.2126, 0.7152, 0.0722] == pytest.approx(1)
    assert white_balance(6500, 1)[1] < white_balance(6500, 0)[1] < white_balance(6500, -1)[1]
    np.testing.assert_allclose(white_balance(6500, 0), 1, atol=1e-12)


def test_daylight_of_5000_kelvin_is_as_blue_as_d50():
    """D50 in linear BT.709 of luminance 1, from its chromaticity 0.3457, 0.3585 (CIE 15)."""
    x, y = 0.3457, 0.3585
    inverse = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    d50 = inverse @ [x / y, 1, (1 - x - y) / y]
    factors = white_balance(5003, 0)
    np.testing.assert_allclose(factors[0] / factors[2], d50[2] / d50[0], rtol=0.01)


def picture(*rgb):
    return tuple(np.array([[round(value * 65535)]], np.uint16) for value in rgb)


def shown(grade, *rgb):
    return [round(float(plane[0, 0]) / 65535, 4) for plane in graded(picture(*rgb), grade, curves(grade))]


def test_saturation_turns_about_luma():
    assert shown(Grade(saturation=0.0), 1.0, 0.0, 0.0) == [0.2126] * 3
    assert shown(Grade(saturation=0.5), 1.0, 0.0, 0.0) == [0.6063, 0.1063, 0.1063]
    assert shown(Grade(saturation=2.0), 0.5, 0.5, 0.5) == [0.5] * 3


def test_defaults_are_the_identity_and_say_so():
    assert Grade().is_identity
    assert not Grade(gain=(1.0, 1.0, 1.01)).is_identity
    assert not Grade(lut=Lut(np.zeros((2, 3), np.float32))).is_identity
    assert all((table == np.arange(65536)).all() for table in curves(Grade()))


def cube(count, function):
    axis = np.linspace(0, 1, count)
    lines = [f"LUT_3D_SIZE {count}", "# a comment", 'TITLE "look"']
    lines += [" ".join(f"{v:.6f}" for v in function(r, g, b)) for b in axis for g in axis for r in axis]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_tetrahedral_interpolation_is_exact_where_a_table_is_linear_in_each_tetrahedron(order):
    """Sorted channels are: the largest, the middle and the least of three are linear within each tetrahedron."""
    lut = parse_cube(cube(2, lambda *rgb: sorted(rgb)))
    colors = np.zeros((50, 3), np.float32)
    colors[:, list(order)] = np.sort(np.random.default_rng(1).random((50, 3)), axis=1)
    np.testing.assert_allclose(lut.applied(colors), np.sort(colors, axis=1), atol=1e-6)


def test_tetrahedral_differs_from_trilinear_where_it_must():
    """The product of red and green in a table of two: 0.3 by the tetrahedron, 0.3 * 0.6 by eight corners."""
    lut = parse_cube(cube(2, lambda r, g, b: (r * g, g, b)))
    assert lut.applied(np.array([[0.3, 0.6, 0.1]], np.float32))[0, 0] == pytest.approx(0.3)


def test_the_table_keeps_its_own_colours_and_bounds_what_lies_outside():
    lut = parse_cube(cube(3, lambda r, g, b: (b, r, 1 - g)))
    for r, g, b in [(0, 0, 0), (0.5, 1, 0), (1, 0.5, 0.5), (1, 1, 1)]:
        np.testing.assert_allclose(lut.applied(np.array([r, g, b], np.float32)), [b, r, 1 - g], atol=1e-6)
    np.testing.assert_allclose(lut.applied(np.array([2, -1, 0.5], np.float32)), [0.5, 1, 1], atol=1e-6)


def test_a_one_dimensional_table_takes_each_channel_by_itself():
    lut = parse_cube(b"LUT_1D_SIZE 3\n0 0 1\n0.2 0.5 0.5\n1 1 0\n")
    np.testing.assert_allclose(lut.applied(np.array([0.25, 0.5, 0.75], np.float32)), [0.1, 0.5, 0.25], atol=1e-6)


@pytest.mark.parametrize(
    "heads", ["DOMAIN_MIN 0 0 0\nDOMAIN_MAX 2 2 2", "LUT_1D_INPUT_RANGE 0 2"], ids=["adobe", "resolve"]
)
def test_a_table_may_span_more_than_one(heads):
    lut = parse_cube(f"LUT_1D_SIZE 2\n{heads}\n0 0 0\n1 1 1\n".encode())
    np.testing.assert_allclose(lut.applied(np.array([1, 2, 0.5], np.float32)), [0.5, 1, 0.25], atol=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"0 0 0\n", "expected one of LUT_1D_SIZE and LUT_3D_SIZE"),
        (b"LUT_3D_SIZE 2\n0 0 0\n", "expected 8 lines of colours, got 1"),
        (b"LUT_1D_SIZE 2\n0 0 0\n1 x 1\n", "line 3: expected numbers"),
        (b"LUT_1D_SIZE 2\n0 0 0\n1 1\n", "line 3: expected red, green and blue, got 2"),
        (b"LUT_1D_SIZE 2\n0 0 0\n1 nan 1\n", "line 3: expected finite"),
        (b"LUT_1D_SIZE 1\n0 0 0\n", "expected one whole number from 2"),
        (b"LUT_1D_SIZE 2\n0 0 0\nTITLE x\n", "line 3: expected numbers, got 'TITLE'"),
        (b"LUT_1D_SIZE 2\nDOMAIN_MIN 1 1 1\n0 0 0\n1 1 1\n", "DOMAIN_MIN and DOMAIN_MAX"),
        (b"\xff\xfe\x00", "not a .cube file"),
    ],
)
def test_what_is_no_table_names_its_line(content, words):
    with pytest.raises(ValueError, match=words):
        parse_cube(content)
