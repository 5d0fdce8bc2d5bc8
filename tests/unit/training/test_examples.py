"""Variations of an example stay true: each undoes itself and keeps planes and truth together."""

from __future__ import annotations

import numpy as np

from composer.mask.motion_features import CAMERA, INPUT_COUNT, PLANE_COUNT, RESIDUAL
from composer.mask.motion_net import mirror
from training.examples import Shard, backwards, batches, open_shards, upside_down, vary
from training.scenes.dice import Dice


def planes(seed=0, height=24, width=32):
    return np.random.default_rng(seed).normal(0, 2, (PLANE_COUNT, height, width)).astype(np.float32)


def test_running_time_backwards_twice_changes_nothing():
    np.testing.assert_array_equal(backwards(backwards(planes())), planes())


def test_mirroring_twice_changes_nothing():
    np.testing.assert_array_equal(mirror(mirror(planes())), planes())
    np.testing.assert_array_equal(upside_down(upside_down(planes())), planes())


def test_a_mirrored_velocity_points_the_other_way():
    still = np.zeros((PLANE_COUNT, 8, 8), np.float32)
    still[RESIDUAL.start] = 3  # dx at gap -2
    still[CAMERA.start + 1] = 2  # dy of the camera
    mirrored = mirror(still)
    assert (mirrored[RESIDUAL.start] == -3).all()
    assert (mirrored[CAMERA.start + 1] == 2).all()


def test_truth_moves_with_the_planes_when_varied():
    moving = np.zeros((48, 64), np.float32)
    moving[8:20, 40:60] = 1
    for seed in range(30):
        example = np.zeros((PLANE_COUNT, 24, 32), np.float32)
        example[18] = moving[::2, ::2] * 9  # a plane no disturbance touches
        varied, truth = vary(example, moving, Dice(seed))
        low = varied[18] > 4
        high = np.repeat(np.repeat(low, 2, 0), 2, 1)
        both, either = (high & (truth > 0.5)).sum(), (high | (truth > 0.5)).sum()
        assert either == 0 or both / either > 0.7


def test_batches_come_from_shards_of_one_shape():
    tall = Shard(np.zeros((3, PLANE_COUNT, 32, 24), np.float16), np.zeros((3, 64, 48), np.uint8))
    wide = Shard(np.zeros((3, PLANE_COUNT, 24, 32), np.float16), np.zeros((3, 48, 64), np.uint8))
    source = batches([tall, wide], Dice(1), size=4)
    shapes = {next(source)[0].shape for _ in range(12)}
    assert shapes == {(4, INPUT_COUNT, 32, 24), (4, INPUT_COUNT, 24, 32)}


def test_only_finished_shards_are_opened(tmp_path):
    np.save(tmp_path / "00003-planes.npy", np.zeros((2, PLANE_COUNT, 8, 8), np.float16))
    np.save(tmp_path / "00003-moving.npy", np.full((2, 16, 16), 255, np.uint8))
    np.save(tmp_path / "00004-planes.npy", np.zeros((2, PLANE_COUNT, 8, 8), np.float16))
    shards = open_shards(tmp_path)
    assert list(shards) == [3]
    assert shards[3].example(1)[1].max() == 1.0
