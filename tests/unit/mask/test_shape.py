"""Mattes drawn by hand: where they lie at which time, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.mask.shape import Drawn, ShapeSource
from composer.values import Frame, FrameRate, PixelFormat, Size, Timestamp

RATE = FrameRate(Fraction(25))
SIZE = Size(20, 10)


def frame(seconds, size=SIZE):
    plane = np.zeros(size.shape, np.uint8)
    return Frame((plane,), PixelFormat("gray"), at=Timestamp(int(seconds * 1000), Fraction(1, 1000)))


def drawn(raw, *, origin=Fraction(0), proxy=1.0, size=SIZE):
    return Drawn(ShapeSource.model_validate(raw), origin, RATE, size, proxy)


MOVING = {"box": {"0s": [0, 0, 0.5, 1], "2s": [0.5, 0, 1, 1]}}


@pytest.mark.parametrize(("seconds", "columns"), [(0, (0, 10)), (1, (5, 15)), (2, (10, 20)), (9, (10, 20))])
def test_a_box_is_where_its_keyframes_put_it(seconds, columns):
    alpha = drawn(MOVING).matte_at(0, frame(seconds)).alpha
    wanted = np.zeros(SIZE.shape, np.uint8)
    wanted[:, slice(*columns)] = 255
    assert np.array_equal(alpha, wanted)


def test_times_count_from_where_the_recipe_starts():
    late = drawn(MOVING, origin=Fraction(7)).matte_at(0, frame(8)).alpha
    assert np.array_equal(late, drawn(MOVING).matte_at(0, frame(1)).alpha)


def test_pixels_shrink_with_a_proxy_and_fractions_do_not():
    shape = {"polygon": [["4px", "0px"], ["12px", "0px"], ["12px", "1.0px"], [0.2, 0.1]]}
    half = drawn(shape, proxy=0.5, size=Size(10, 5))
    points = half.source.points_at(Fraction(0), RATE, Size(10, 5), 0.5)
    assert points.tolist() == [[2, 0], [6, 0], [6, 0.5], [2, 0.5]]


def test_a_resting_shape_is_drawn_once():
    stream = drawn({"ellipse": [0, 0, 1, 1]})
    assert stream.matte_at(0, frame(0)).alpha is stream.matte_at(1, frame(1)).alpha


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "expected one of polygon, box, ellipse"),
        ({"box": [0, 0, 1, 1], "ellipse": [0, 0, 1, 1]}, "got box and ellipse"),
        ({"polygon": [[0, 0], [1, 1]]}, "at least three points"),
        ({"polygon": {"0s": [[0, 0], [1, 0], [1, 1]], "1s": [[0, 0], [1, 0], [1, 1], [0, 1]]}}, "as many points"),
        ({"box": [0, 0, 1, 1], "curve": True}, "only a polygon"),
    ],
)
def test_what_is_no_shape_is_refused(raw, words):
    with pytest.raises(ValidationError, match=words):
        ShapeSource.model_validate(raw)


def test_a_wipe_may_begin_with_nothing():
    growing = drawn({"box": {"0s": [0, 0, 0, 1], "2s": [0, 0, 1, 1]}})
    assert not growing.matte_at(0, frame(0)).alpha.any()
    assert (growing.matte_at(1, frame(1)).alpha[:, :10] == 255).all()
    with pytest.raises(ValidationError, match="some room inside"):
        ShapeSource.model_validate({"box": [0, 0, 0, 1]})
    with pytest.raises(ValidationError, match="some room inside"):
        ShapeSource.model_validate({"box": {"0s": [0.5, 0, 0.2, 1], "1s": [0, 0, 1, 1]}})
