"""Features are finite for every picture, and the network says "nothing moves" when nothing does."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from composer.errors import ModelUnavailable
from composer.mask.motion_features import (
    INPUT_COUNT,
    PLANE_COUNT,
    measure,
    mirror_inputs,
    normalise,
    working_size,
)
from composer.mask.motion_net import REACH, ByCamera, MotionNet, Together, estimate_motion, load_motion_net, mirror
from composer.mask.scenes import AROUND
from composer.motion import DisFlow

WEIGHTS = Path(__file__).parents[3] / "assets" / "weights" / "motion.onnx"


class Echo:
    """Stands in for a network: answers the mean brightness change, and counts its questions."""

    def __init__(self):
        self.asked = []

    def predict(self, planes):
        self.asked.append(planes)
        grey = planes[10:14].mean(0)
        return np.clip(cv2.resize(grey, None, fx=2, fy=2) / 50, 0, 1)


def textured(height, width, seed=0):
    noise = np.random.default_rng(seed).normal(128, 60, (height, width)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 2.0) * 3 - 256, 0, 255).astype(np.uint8)


def walk(count, height=120, width=200, speed=4):
    """A textured square that walks to the right in front of a still, textured wall."""
    wall, thing = textured(height, width), textured(40, 40, seed=9)
    frames = []
    for t in range(count):
        frame = wall.copy()
        frame[40:80, 30 + speed * t : 70 + speed * t] = thing
        frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def net():
    return load_motion_net(WEIGHTS)


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (577, 433), (100, 4000), (31, 17)])
def test_working_size_keeps_area_and_aspect_in_steps_of_sixteen(size):
    height, width = working_size(*size)
    assert height % 16 == 0
    assert width % 16 == 0
    assert min(height, width) >= 32
    if 0.4 < size[0] / size[1] < 2.5:
        assert 0.8 < height * width / (144 * 256) < 1.25
        assert 0.85 < (height / width) / (size[0] / size[1]) < 1.18


@pytest.mark.parametrize("size", [(121, 203), (203, 121), (37, 41), (144, 256)])
def test_features_are_finite_for_odd_sizes(size):
    frames = [np.roll(textured(*size), t, 1) for t in range(3)]
    echo = Echo()
    found = list(estimate_motion(frames, echo))
    height, width = working_size(*size)
    assert all(f.probability.shape == (height, width) for f in found)
    for planes in echo.asked:
        assert planes.shape == (PLANE_COUNT, height // 2, width // 2)
        assert np.isfinite(planes).all()
        inputs = normalise(planes)
        assert inputs.shape == (INPUT_COUNT, height // 2, width // 2)
        assert np.isfinite(inputs).all()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
def test_every_frame_gets_one_answer_however_short_the_shot(count):
    found = list(estimate_motion(walk(count), Echo()))
    assert len(found) == count
    assert not found[0].backward.any()
    assert not found[-1].forward.any()
    np.testing.assert_array_equal(found[-1].camera, np.eye(3))


def test_a_lone_frame_has_nothing_moving_and_asks_no_network():
    echo = Echo()
    (only,) = estimate_motion([textured(90, 160)], echo)
    assert not only.probability.any()
    assert only.still == 1
    assert echo.asked == []


def test_answers_come_a_few_frames_behind_so_memory_stays_bounded():
    taken = 0

    def source():
        nonlocal taken
        for frame in walk(12):
            taken += 1
            yield frame

    list(islice(estimate_motion(source(), Echo()), 4))
    assert taken == 4 + REACH + AROUND - 1


def test_a_frame_is_judged_alike_whatever_lies_beyond_its_window():
    frames = walk(9)
    whole = list(estimate_motion(frames, Echo()))
    part = list(estimate_motion(frames[2:7], Echo()))
    np.testing.assert_array_equal(whole[4].probability, part[2].probability)
    np.testing.assert_array_equal(whole[4].forward, part[2].forward)


def test_a_frame_has_no_neighbours_beyond_a_cut():
    scenes = [walk(7), [textured(120, 200, seed=80 + t // 9) for t in range(6)], walk(1)]
    joined = list(estimate_motion(chain.from_iterable(scenes), Echo()))
    apart = [one for scene in scenes for one in estimate_motion(scene, Echo())]
    assert [index for index, one in enumerate(joined) if one.cut] == [7, 13]
    for one, other in zip(joined, apart, strict=True):
        np.testing.assert_array_equal(one.probability, other.probability)
        np.testing.assert_array_equal(one.forward, other.forward)
        np.testing.assert_array_equal(one.backward, other.backward)
        np.testing.assert_array_equal(one.camera, other.camera)


def test_flow_and_camera_are_in_working_pixels_with_pixel_edges_at_integers():
    wide = textured(144, 320)
    frames = [np.ascontiguousarray(wide[:, 6 * t : 6 * t + 256]) for t in range(3)]
    middle = list(estimate_motion(frames, Echo(), flow_scale=1.5))[1]
    inner = middle.forward[20:-20, 30:-30].reshape(-1, 2)
    np.testing.assert_allclose(np.median(inner, axis=0), (-6, 0), atol=0.15)
    np.testing.assert_allclose(middle.camera, [[1, 0, -6], [0, 1, 0], [0, 0, 1]], atol=0.15)
    assert middle.still == 0


def test_a_missing_side_is_stood_in_for_by_the_other():
    frames = walk(3, 144, 256)
    flow = DisFlow()
    flows = {(0, 1): flow.estimate(frames[0], frames[1]), (1, 0): flow.estimate(frames[1], frames[0])}
    planes = measure({0: frames[0], 1: frames[1]}, flows, height=144, width=256).planes
    for gap in range(4):
        np.testing.assert_array_equal(planes[2 * gap : 2 * gap + 2], planes[4:6])


def test_missing_weights_are_said_in_words(tmp_path):
    with pytest.raises(ModelUnavailable, match="not at"):
        load_motion_net(tmp_path / "absent.onnx")


def test_damaged_weights_are_said_in_words(tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        load_motion_net(tmp_path / "bad.onnx")


def test_the_network_finds_the_walker_and_leaves_the_wall(net):
    middle = list(estimate_motion(walk(7), net))[3]
    truth = np.zeros((120, 200), np.uint8)
    truth[40:80, 42:82] = 1
    height, width = middle.probability.shape
    truth = cv2.resize(truth, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    found = middle.probability > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.7


def test_identical_frames_have_nothing_moving(net):
    frames = [textured(144, 256)] * 5
    assert max(f.probability.mean() for f in estimate_motion(frames, net)) < 0.02


def test_noise_on_a_still_picture_has_nothing_moving(net):
    rng = np.random.default_rng(4)
    wall = textured(144, 256).astype(np.float32)
    frames = [np.clip(wall + rng.normal(0, 6, wall.shape), 0, 255).astype(np.uint8) for _ in range(5)]
    assert max((f.probability > 0.5).mean() for f in estimate_motion(frames, net)) < 0.01


def test_a_pan_over_a_still_picture_has_nothing_moving(net):
    wide = textured(144, 320)
    frames = [np.ascontiguousarray(wide[:, 5 * t : 5 * t + 256]) for t in range(6)]
    assert max((f.probability > 0.5).mean() for f in estimate_motion(frames, net)) < 0.02


def test_judging_the_mirror_as_well_makes_the_answer_symmetric(net):
    both = MotionNet(net._net, mirrored=True)
    echo = Echo()
    list(estimate_motion(walk(5), echo))
    planes = echo.asked[2]
    # Not to the last bit: levels are medians of every third or fourth pixel, and a mirror picks others.
    np.testing.assert_allclose(both.predict(mirror(planes))[:, ::-1], both.predict(planes), atol=0.02)


def test_mirrored_input_is_the_input_of_the_mirrored_scene():
    echo = Echo()
    list(estimate_motion(walk(5), echo))
    planes = echo.asked[2]
    # The levels are medians of every third or fourth pixel, and a mirror picks others.
    np.testing.assert_allclose(mirror_inputs(normalise(planes)), normalise(mirror(planes)), atol=0.05, rtol=0.05)


@pytest.mark.skipif(not hasattr(cv2.dnn, "ENGINE_CLASSIC"), reason="OpenCV 4 has one engine")
def test_the_weights_are_read_by_both_engines_with_one_answer():
    inputs = np.random.default_rng(3).normal(0, 1, (1, INPUT_COUNT, 40, 24)).astype(np.float32)
    answers = []
    for engine in (cv2.dnn.ENGINE_CLASSIC, cv2.dnn.ENGINE_NEW):
        reader = cv2.dnn.readNetFromONNX(str(WEIGHTS), engine)
        reader.setInput(inputs)
        answers.append(reader.forward().reshape(80, 48).copy())
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-3)


class Says:
    """A judge of one opinion."""

    def __init__(self, value):
        self.value = value

    def predict(self, planes):
        return np.full((planes.shape[1] * 2, planes.shape[2] * 2), self.value, np.float32)


def test_the_camera_decides_who_judges():
    rng = np.random.default_rng(4)
    texture = cv2.GaussianBlur(rng.integers(0, 256, (200, 300), np.uint8), (0, 0), 1.5)
    judge = ByCamera(standing=Says(0.25), moving=Says(0.75))

    def judged(pace):
        frames = [np.ascontiguousarray(texture[20:164, 20 + pace * i : 276 + pace * i]) for i in range(5)]
        return {float(found.probability[0, 0]) for found in estimate_motion(frames, judge)}

    assert judged(0) == {0.25}
    assert judged(4) == {0.75}


def test_judges_together_say_the_mean_of_what_each_says():
    both = Together([Says(0.2), Says(0.8), Says(0.8)])
    np.testing.assert_allclose(both.predict(np.zeros((PLANE_COUNT, 8, 8), np.float32)), 0.6, atol=1e-6)
