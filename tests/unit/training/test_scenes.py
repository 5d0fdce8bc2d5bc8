"""Generated scenes are their seed, and their labels are true."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.motion_features import PLANE_COUNT
from composer.motion import DisFlow
from training.generate import planes_of
from training.scenes.dice import Dice
from training.scenes.scene import TIMES, make_scene
from training.scenes.textures import TexturePool


@pytest.fixture(scope="module")
def pool():
    return TexturePool(3, size=8)


def test_a_scene_is_its_seed(pool):
    one, two = make_scene(4, 7, pool), make_scene(4, 7, TexturePool(3, size=8))
    np.testing.assert_array_equal(np.stack(one.frames), np.stack(two.frames))
    np.testing.assert_array_equal(one.moving, two.moving)


def test_different_numbers_give_different_scenes(pool):
    one, two = make_scene(4, 7, pool), make_scene(4, 8, pool)
    assert (one.frames[0] != two.frames[0]).mean() > 0.5


def test_frames_have_the_size_asked_for_portrait_included(pool):
    scene = make_scene(4, 1, pool, size=(96, 64))
    assert [frame.shape for frame in scene.frames] == [(96, 64)] * len(TIMES)
    assert scene.moving.shape == (96, 64)


def test_what_is_labelled_moving_changes_more_than_the_rest_under_a_still_camera(pool):
    inside, outside = [], []
    for index in range(40):
        scene = make_scene(11, index, pool, size=(96, 160))
        moving = scene.moving > 128
        if scene.camera.kind != "still" or moving.mean() < 0.02:
            continue
        change = np.abs(scene.frames[4].astype(float) - scene.frames[0])
        inside.append(change[moving].mean())
        outside.append(change[~moving].mean())
    assert len(inside) >= 5
    assert np.mean(inside) > 2 * np.mean(outside)


def test_some_scenes_have_nothing_that_moves(pool):
    empty = [not make_scene(12, index, pool, size=(48, 64)).moving.any() for index in range(40)]
    assert 1 <= sum(empty) <= 20


def test_planes_of_a_scene_are_finite_and_half_its_size(pool):
    planes = planes_of(make_scene(4, 2, pool, size=(96, 160)), DisFlow())
    assert planes.shape == (PLANE_COUNT, 48, 80)
    assert np.isfinite(planes.astype(np.float32)).all()


def test_dice_with_one_seed_fall_alike():
    assert Dice(1, 2).between(0, 1) == Dice(1, 2).between(0, 1)
    assert Dice(1, 2).between(0, 1) != Dice(1, 3).between(0, 1)
