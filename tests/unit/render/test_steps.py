"""Each step of an analysis against its truth, shown by hand: what it is cut at, and what counts as right."""

from __future__ import annotations

import math

import numpy as np
import pytest

from composer.errors import InputError
from composer.mask.motion_net import MotionFrame
from composer.mask.observe import otsu, own_motion
from composer.render.steps import STEPS, Steps, compared, fit_of, steps_named
from composer.render.truth import Truth
from composer.values import Box, Candidate, Prompt

SHAPE = (48, 64)
CORNER = Box(0, 0, 1, 1)


def part(left, right, shape=SHAPE):
    mask = np.zeros(shape, bool)
    mask[10:40, left:right] = True
    return mask


class OneTruth:
    """The same truth on every frame of three but the first."""

    count = 3

    def __init__(self, inside, ignored=None):
        self.truth = Truth(inside, ignored)

    def at(self, index):
        return self.truth if index else None


def motion_of(probability, *, moves=None, camera=(0.0, 0.0)):
    forward = np.zeros((*probability.shape, 2), np.float32)
    forward[...] = camera
    if moves is not None:
        forward[moves] += (3, -2)
    shift = np.array([[1, 0, camera[0]], [0, 1, camera[1]], [0, 0, 1.0]])
    return MotionFrame(probability.astype(np.float32), forward, -forward, shift, 0.0)


def prompt(*points, box=CORNER):
    return Prompt(np.array(points, np.float32).reshape(-1, 2), np.ones(len(points), np.int8), box)


def test_steps_come_in_order_all_means_all_and_others_are_refused():
    assert steps_named(["mattes", "net"]) == ("net", "mattes")
    assert steps_named(["all"]) == tuple(STEPS)
    assert steps_named([]) == ()
    with pytest.raises(InputError, match="no such stage: netz") as refused:
        steps_named(["netz"])
    assert "flow, net, steady" in refused.value.hint


def test_flow_is_what_the_camera_does_not_explain():
    seen = Steps(OneTruth(part(20, 40)), ("flow",))
    seen.saw_motion(1, motion_of(np.zeros(SHAPE), moves=part(20, 40), camera=(5.0, 1.0)))
    assert seen.fits()["flow"].region.mean == 1
    away = own_motion(motion_of(np.zeros(SHAPE), moves=part(20, 40), camera=(5.0, 1.0)))
    assert away[part(20, 40)] == pytest.approx(math.hypot(3, 2), abs=1e-4)
    assert away[~part(20, 40)] == pytest.approx(0, abs=1e-4)


def test_the_last_frame_has_no_flow_and_a_step_that_saw_nothing_no_value():
    seen = Steps(OneTruth(part(20, 40)), ("flow", "mattes"))
    seen.saw_motion(2, motion_of(np.zeros(SHAPE), moves=part(20, 40)))
    (fit,) = seen.fits().values()
    assert fit.frames == 0
    assert math.isnan(fit.region.mean)
    assert math.isnan(fit.pooled)


def test_a_camera_that_turns_and_zooms_explains_its_own_flow():
    columns, rows = np.meshgrid(np.arange(64) + 0.5, np.arange(48) + 0.5)
    camera = np.array([[1.02, -0.03, 2.0], [0.03, 1.02, -1.0], [1e-4, 2e-4, 1.0]])
    depth = camera[2, 0] * columns + camera[2, 1] * rows + 1
    x = (camera[0, 0] * columns + camera[0, 1] * rows + camera[0, 2]) / depth
    y = (camera[1, 0] * columns + camera[1, 1] * rows + camera[1, 2]) / depth
    forward = np.stack([x - columns, y - rows], axis=2).astype(np.float32)
    motion = MotionFrame(np.zeros(SHAPE, np.float32), forward, -forward, camera, 0.0)
    assert own_motion(motion).max() < 1e-3


def test_otsu_lies_between_two_groups_and_a_wild_vector_does_not_move_it():
    values = np.where(part(20, 40), 5.0, 0.3).astype(np.float32)
    values[0, 0] = 900
    assert 0.3 < otsu(values) < 5


def test_net_and_steady_are_cut_at_one_half_at_the_size_of_the_truth():
    seen = Steps(OneTruth(part(20, 40)), ("net", "steady"))
    small = np.where(part(20, 40), 0.6, 0.4)[::2, ::2].astype(np.float32)
    seen.saw_motion(0, motion_of(1 - small))  # a frame that does not count
    seen.saw_motion(1, motion_of(small))
    seen.saw_steady(1, np.full((24, 32), 0.4, np.float32))
    fits = seen.fits()
    assert list(fits) == ["net", "steady"]
    assert fits["net"].frames == 1
    assert fits["net"].region.mean > 0.9
    assert fits["steady"].region.mean == 0
    assert seen.pixels.count.sum() == 24 * 32


def test_prompts_count_points_in_the_truth_and_the_overlap_of_boxes():
    seen = Steps(OneTruth(part(20, 40)), ("prompts",))
    seen.saw_outlines(1, [prompt((25, 20), (5, 5), box=Box(20, 10, 40, 40))], [])
    fit = seen.fits()["prompts"]
    assert fit.points == 0.5
    assert fit.region.mean == 1
    assert math.isnan(fit.boundary.mean)


def test_boxes_are_compared_with_the_boxes_around_the_parts_of_the_truth():
    inside = part(4, 14) | part(50, 60)
    seen = Steps(OneTruth(inside), ("prompts",))
    seen.saw_outlines(1, [prompt((6, 20), box=Box(4, 10, 14, 40))], [])
    assert seen.fits()["prompts"].region.mean == pytest.approx(0.5)


def test_masks_are_the_union_of_logits_above_zero():
    seen = Steps(OneTruth(part(20, 40)), ("masks",))
    halves = [Candidate(np.where(part(*ends), 0.1, -0.1).astype(np.float32), 1.0, 1.0) for ends in ((20, 30), (30, 40))]
    seen.saw_outlines(1, [prompt(), prompt()], halves)
    assert seen.fits()["masks"].region.mean == 1
    seen.saw_outlines(2, [], [])
    assert seen.fits()["masks"].region.mean == 0.5


def test_a_candidate_is_right_where_half_of_what_is_known_of_it_lies_in_the_truth():
    unknown = np.zeros(SHAPE, bool)
    unknown[:, 50:] = True
    seen = Steps(OneTruth(part(20, 40), unknown))
    labels = np.zeros(SHAPE, np.int32)
    labels[part(30, 49)] = 1  # 10 of 19 columns inside
    labels[part(5, 15)] = 2  # none
    labels[part(52, 62)] = 3  # unknown: left out
    seen.saw_objects(1, labels, {1: 0.9, 2: 0.3, 3: 0.5})
    seen.saw_objects(0, labels, {1: 0.9})
    assert seen.scores == [(0.9, True), (0.3, False)]


def test_pooled_overlap_weighs_pixels_and_nothing_with_nothing_is_one():
    empty = Truth(np.zeros(SHAPE, bool), None)
    assert fit_of([compared(empty.inside, empty)]).pooled == 1
    large, small = Truth(part(0, 40), None), Truth(part(0, 10), None)
    fit = fit_of([compared(part(0, 40), large), compared(part(10, 20), small)])
    assert fit.pooled == pytest.approx(40 / 60)
    assert fit.region.mean == pytest.approx(0.5)


def test_unknown_pixels_weigh_nothing():
    unknown = part(30, 64)
    overlap = compared(part(20, 50), Truth(part(20, 30), unknown))
    assert (overlap.region, overlap.both, overlap.either) == (1, 300, 300)
