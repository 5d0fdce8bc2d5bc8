"""Transitions in numbers."""

from __future__ import annotations

import numpy as np
import pytest

from composer.pixels.transition import dissolved, faded_through, opened, ordered, pushed, slid, wiped
from composer.values import ColorTags, Frame, PixelFormat


def gray(*rows):
    return Frame((np.array(rows, np.uint8),), PixelFormat("gray"), ColorTags(range="full"))


A, B = gray([10, 20, 30, 40]), gray([110, 120, 130, 140])


def row(frame):
    return frame.planes[0][0].tolist()


def test_a_dissolve_mixes_by_its_share():
    assert row(dissolved(A, B, 0.25)) == [35, 45, 55, 65]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("left", [20, 30, 40, 110]), ("right", [140, 10, 20, 30])],
)
def test_a_push_moves_both(direction, expected):
    assert row(pushed(A, B, 0.25, direction=direction)) == expected


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("left", [10, 20, 30, 110]), ("right", [140, 20, 30, 40])],
)
def test_a_slide_moves_only_the_second(direction, expected):
    assert row(slid(A, B, 0.25, direction=direction)) == expected


def test_up_and_down_are_left_and_right_turned():
    first, second = (Frame((frame.planes[0].T.copy(),), frame.format) for frame in (A, B))
    assert pushed(first, second, 0.5, direction="up").planes[0][:, 0].tolist() == [30, 40, 110, 120]
    assert pushed(first, second, 0.5, direction="down").planes[0][:, 0].tolist() == [130, 140, 10, 20]
    assert wiped(first, second, 0.5, direction="down").planes[0][:, 0].tolist() == [110, 120, 30, 40]


def test_a_wipe_shows_the_second_behind_its_edge():
    black, white = gray([0] * 8), gray([255] * 8)
    assert row(wiped(black, white, 0.5, direction="right")) == [255, 255, 255, 255, 0, 0, 0, 0]
    assert row(wiped(black, white, 0.5, direction="left")) == [0, 0, 0, 0, 255, 255, 255, 255]
    assert row(wiped(black, white, 0.5, direction="right", soft=0.5)) == [255, 255, 223, 159, 96, 32, 0, 0]


def test_a_wipes_edge_is_mixed_by_how_much_of_a_pixel_it_has_passed():
    black, white = gray([0] * 3), gray([255] * 3)
    assert row(wiped(black, white, 0.5, direction="right")) == [255, 128, 0]


def test_an_iris_opens_from_its_center():
    black, white = gray(*[[0] * 5] * 5), gray(*[[255] * 5] * 5)
    half = opened(black, white, 0.4).planes[0]
    assert half[2].tolist() == [0, 135, 255, 135, 0]
    assert half[0, 0] == half[4, 4] == 0
    assert opened(black, white, 0.2, center=(0.1, 0.1)).planes[0][0, 0] == 255


def test_a_luma_transition_changes_dark_shades_first():
    ramp = np.array([[0.0, 0.3, 0.7, 1.0]], np.float32)
    assert row(ordered(A, B, 0.5, ramp=ramp, soft=0.01)) == [110, 120, 30, 40]
    assert row(ordered(A, B, 0.5, ramp=1 - ramp, soft=0.01)) == [10, 20, 130, 140]


def test_a_fade_shows_its_color_alone_half_way():
    assert row(faded_through(A, B, 0.5, rgb=(255, 255, 255))) == [255] * 4
    assert row(faded_through(A, B, 0.25, rgb=(0, 0, 0))) == [5, 10, 15, 20]
    assert row(faded_through(A, B, 0.75, rgb=(0, 0, 0))) == [55, 60, 65, 70]


def test_of_pictures_with_alpha_what_is_not_there_brings_no_color():
    first, second = (
        Frame(tuple(np.full((1, 1), value, np.uint8) for value in values), PixelFormat("rgb", has_alpha=True))
        for values in ((200, 0, 0, 255), (0, 90, 0, 0))
    )
    assert [plane.item() for plane in dissolved(first, second, 0.5).planes] == [200, 0, 0, 127]
