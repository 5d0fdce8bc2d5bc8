"""Smooth paths: what moves evenly stays, what shakes is calmed, and nothing leaves the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.motion.steady import followed, limited, shown_share, smoothed, steadied
from composer.values import Size

SIZE = Size(640, 360)


def shaking(count=120, *, pan=1.5, amplitude=6.0, seed=3):
    """A camera that pans evenly and shakes: the steady part and the matrices."""
    random = np.random.default_rng(seed)
    shifts = random.normal(0, amplitude, (count, 2))
    turns = random.normal(0, 0.01, count)
    even = pan * np.arange(count)
    matrices = []
    for (x, y), turn, far in zip(shifts, turns, even, strict=True):
        cos, sin = np.cos(turn), np.sin(turn)
        to = np.array([[1, 0, 320 + x - far], [0, 1, 180 + y], [0, 0, 1]])
        matrices.append(to @ [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]] @ [[1, 0, -320], [0, 1, -180], [0, 0, 1]])
    return np.array(matrices)


def places(matrices):
    moved = np.array([matrix @ [320, 180, 1] for matrix in matrices])
    return moved[:, :2] / moved[:, 2:]


@settings(deadline=None, max_examples=40)
@given(count=st.integers(1, 60), frames=st.floats(0, 20), slope=st.floats(-5, 5), start=st.floats(-50, 50))
def test_an_even_path_stays_as_it_is(count, frames, slope, start):
    path = (start + slope * np.arange(count))[:, None]
    assert smoothed(path, frames) == pytest.approx(path, abs=1e-6)


def test_what_is_missing_is_filled_from_both_sides():
    path = np.array([[np.nan], [1], [np.nan], [3], [np.nan]])
    assert smoothed(path, 0)[:, 0].tolist() == [1, 1, 2, 3, 3]


def test_a_shaking_camera_becomes_steady_and_its_pan_stays():
    camera = shaking()
    steady = np.array([fix @ matrix for fix, matrix in zip(steadied(camera, SIZE, 12), camera, strict=True)])
    before, after = (np.diff(places(path), 2, axis=0)[20:-20] for path in (camera, steady))
    assert np.abs(after).mean() < 0.05 * np.abs(before).mean()
    assert np.diff(places(steady)[20:-20, 0]).mean() == pytest.approx(-1.5, abs=0.1)


def test_a_steady_camera_is_left_alone():
    camera = np.array([np.eye(3)] * 20)
    fixes = steadied(camera, SIZE, 10)
    assert fixes == pytest.approx(camera, abs=1e-9)
    assert shown_share(fixes, SIZE) == 1


def test_nothing_empty_is_shown_and_wild_corrections_are_weakened():
    fixes = steadied(shaking(amplitude=60), SIZE, 12)
    assert shown_share(fixes, SIZE) < 0.7
    weak = limited(fixes, SIZE, 0.7)
    share = shown_share(weak, SIZE)
    assert share >= 0.7
    corners = np.array([320, 180]) + share * np.array([[-320, -180], [320, -180], [320, 180], [-320, 180]])
    for fix in weak:
        seen = np.hstack([corners, np.ones((4, 1))]) @ np.linalg.inv(fix).T
        seen = seen[:, :2] / seen[:, 2:]
        assert (seen >= -0.01).all()
        assert (seen <= np.array([640, 360]) + 0.01).all()


def test_a_frame_follows_its_subject_inside_the_picture():
    x = np.linspace(-40, 640, 100)
    boxes = np.stack([x, np.full(100, 100.0), x + 60, np.full(100, 300.0)], axis=1)
    boxes[40:50] = np.nan
    middle = followed(boxes, (202, 360), SIZE, 8)
    assert middle[:, 0].min() >= 101
    assert middle[:, 0].max() <= 539
    assert (middle[:, 1] == 180).all()
    inside = (boxes[:, 0] >= middle[:, 0] - 101) & (boxes[:, 2] <= middle[:, 0] + 101)
    assert inside[10:40].all()
    assert np.abs(np.diff(middle[:, 0], 2)).max() < 3
