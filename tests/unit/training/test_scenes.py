"""Generated scenes are their seed, and their labels are true."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.motion_features import PLANE_COUNT
from composer.motion import DisFlow
from training.generate import planes_of
from training.scenes.camera import draw_camera, shift
from training.scenes.dice import Dice
from training.scenes.figures import draw_figure
from training.scenes.layers import Canvas, Piece
from training.scenes.scene import TIMES, make_scene
from training.scenes.textures import TexturePool
from training.scenes.water import Bearer, draw_reflection, draw_spray, draw_wake


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


def test_planes_of_a_scene_are_finite_and_half_the_working_size(pool):
    planes = planes_of(make_scene(4, 2, pool, size=(144, 240)), DisFlow(), (96, 160))
    assert planes.shape == (PLANE_COUNT, 48, 80)
    assert np.isfinite(planes.astype(np.float32)).all()


def test_dice_with_one_seed_fall_alike():
    assert Dice(1, 2).between(0, 1) == Dice(1, 2).between(0, 1)
    assert Dice(1, 2).between(0, 1) != Dice(1, 3).between(0, 1)


def bearer(pool):
    """A square body of 20 pixels about (64, 40) that stands still before a still camera."""
    dice = Dice(5)
    while (camera := draw_camera(dice, (96, 128), None)).kind != "still":
        pass
    square = np.full((20, 20, 2), 255, np.uint8)
    square[:8, :, 0] = 40
    piece = Piece(square, lambda _: shift(54, 30), moves=True)
    return Bearer(camera, (piece,), 64, 40, foot=50, reach=20, nearness=1, displacement=lambda _: np.zeros(3))


def painted(layer, size=(96, 128)):
    canvas = Canvas(np.full(size, 100, np.float32), np.zeros(size, np.float32))
    canvas.moving[30:50, 54:74] = 1
    layer.paint(canvas, 0.0)
    return canvas


def test_a_reflection_is_the_body_upside_down_below_its_foot_and_is_not_labelled(pool):
    changes = np.zeros((96, 128))
    for number in range(12):
        canvas = painted(draw_reflection(Dice(6, number), bearer(pool)))
        changes += canvas.picture - 100
        assert canvas.moving.sum() == 400
    # The body is bright below and dark above: its image is bright just below the foot, dark further down.
    assert changes[52:58, 58:70].mean() > 60
    assert changes[64:68, 58:70].mean() < -60
    assert abs(changes[:40]).mean() < 1


@pytest.mark.parametrize(
    "draw", [lambda dice, body: draw_spray(dice, body, most=4.0), lambda dice, body: draw_wake(dice, body)[0]]
)
def test_spray_and_wake_never_add_to_the_label(pool, draw):
    for number in range(12):
        canvas = painted(draw(Dice(7, number), bearer(pool)))
        assert canvas.moving.max() <= 1
        assert not canvas.moving[:, :50].any()


def test_some_feet_stay_where_they_stand_while_the_body_goes_on(pool):
    pace = np.array([3.0, 0.0])
    stays = []
    for number in range(60):
        for part in draw_figure(Dice(8, number), pool, pace).parts:
            rows, columns = np.nonzero(part.sprite[..., 1] > 127)
            if len(rows) == 0 or part.hinge == (96.0, 96.0) or rows.max() < part.hinge[1] + 20:
                continue
            foot = np.array([columns[rows.argmax()], rows.max(), 1.0])
            stays.append(np.hypot(*((part.turned(1.0) @ foot)[:2] + pace - foot[:2])))
    standing = np.mean(np.array(stays) < 1.2)
    assert 0.08 < standing < 0.9


def test_speeds_grow_with_the_picture(pool):
    small, large = (
        [draw_camera(Dice(9, i), size, None).turning for i in range(40)] for size in ((72, 128), (144, 256))
    )
    # Radians do not depend on the size, because focal lengths grow along.
    np.testing.assert_allclose(np.abs(small).mean(), np.abs(large).mean(), rtol=0.25)
