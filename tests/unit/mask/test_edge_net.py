"""The edges network changes what lies near an edge and nothing else, whatever the size, and always alike."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from composer.bundle import bundled
from composer.errors import ModelUnavailable
from composer.mask.cut import coverage, flattened
from composer.mask.edge_net import EDGE_SIDE, EdgeNet, blended, draft_of, outlined
from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.measure import region_overlap
from composer.mask.refine import brought_up, guide_of
from composer.values import Box, Prompt

WEIGHTS = bundled("assets/weights/edges.onnx")


@pytest.fixture(scope="module")
def net():
    return EdgeNet(WEIGHTS)


def scene(height=120, width=200, seed=2):
    """A red square on grey noise, its truth, and a coarse matte that is off by some pixels."""
    noise = np.random.default_rng(seed).integers(80, 110, (height, width, 1)).astype(np.uint8)
    picture = np.repeat(noise, 3, axis=2)
    inside = (slice(height // 3, 3 * height // 4), slice(width // 4, 2 * width // 3))
    picture[inside] = (200, 40, 40)
    truth = np.zeros((height, width), np.float32)
    truth[inside] = 1
    coarse = np.clip(cv2.GaussianBlur(np.roll(truth, 3, axis=1), (0, 0), 3), 0, 1)
    return picture, truth, coarse


def unit(picture):
    return picture.astype(np.float32) / np.float32(255)


def asked(mask):
    return Prompt(np.empty((0, 2), np.float32), np.empty(0, np.int8), None, mask, moving_score=0.5)


def test_it_finds_an_edge_that_the_coarse_matte_misses(net):
    picture, truth, coarse = scene()
    found = net.predict(draft_of(unit(picture), coarse))
    assert region_overlap(found > 0.5, truth > 0.5) > 0.97 > region_overlap(coarse > 0.5, truth > 0.5)


def test_away_from_the_edge_the_guided_filters_answer_stays(net):
    picture, _, coarse = scene(240, 400)
    draft = draft_of(unit(picture), coarse)
    found = net.predict(draft)
    far = draft.band == 0
    assert far.mean() > 0.3
    np.testing.assert_array_equal(found[far], draft.guided[far])
    assert (found[120:140, 170:200] == 1).all()
    assert (found[:20] == 0).all()


@pytest.mark.parametrize("size", [(120, 200), (121, 203), (37, 41), (5, 9), (1, 1), (2, 300)])
def test_any_size_gives_a_finite_matte_of_that_size(net, size):
    picture, _, coarse = scene(*size)
    found = net.predict(draft_of(unit(picture), coarse))
    assert found.shape == size
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_empty_and_a_full_matte_stay_as_they_are(net, value):
    picture, _, _ = scene()
    found = net.predict(draft_of(unit(picture), np.full((120, 200), value, np.float32)))
    np.testing.assert_allclose(found, value, atol=1e-6)


def test_the_same_question_gets_the_same_bytes_in_any_thread(net):
    draft = draft_of(unit(scene()[0]), scene()[2])
    answers = [net.predict(draft), net.predict(draft)]
    threads = [threading.Thread(target=lambda: answers.append(net.predict(draft))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.tobytes() for answer in answers}) == 1


def test_a_word_beyond_doubt_is_none_or_all(net):
    draft = draft_of(unit(scene()[0]), scene()[2])
    assert (blended(draft, np.full((120, 200), 99, np.float32))[draft.band == 1] == 1).all()
    assert (blended(draft, np.full((120, 200), -99, np.float32))[draft.band == 1] == 0).all()


def test_a_matte_brought_up_keeps_its_values_and_takes_the_full_pictures_edge():
    picture, truth, _ = scene(480, 800)
    guide = guide_of(picture, side=200)
    small = cv2.resize(truth, (200, 120), interpolation=cv2.INTER_AREA)
    part, whole = Box(150, 100, 600, 420), Box(0, 0, 200, 120)
    found = brought_up(guide, small, whole, part)
    plain = cv2.resize(small, (800, 480), interpolation=cv2.INTER_LINEAR)[part.slices]
    exact = truth[part.slices]
    assert np.abs(found - exact).mean() < 0.6 * np.abs(plain - exact).mean()
    back = cv2.resize(brought_up(guide, small, whole, Box(0, 0, 800, 480)), (200, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(back - small).max() < 0.2


def test_a_part_is_worked_out_as_in_the_whole(net):
    picture, _, coarse = scene(360, 640)
    guide = guide_of(picture, side=EDGE_SIDE)
    whole = outlined(net, guide, coarse, Box(0, 0, 640, 360))
    part = Box(150, 110, 450, 280)
    assert np.abs(outlined(net, guide, coarse, part) - whole[part.slices]).max() < 0.05


def test_the_stored_coverage_is_the_networks_alpha(net):
    picture, _, coarse = scene(360, 640)
    segmenter = EmbeddedSegmenter(net)
    guide = segmenter.embed(picture)
    (candidate,) = segmenter.predict(guide, [asked(coarse)])
    alpha = np.zeros((360, 640), np.float32)
    part = Box(100, 100, 480, 300)
    alpha[part.slices] = outlined(net, guide, coarse, part)
    stored = coverage(candidate.logits).astype(np.float32) / 255
    assert np.abs(stored - alpha)[part.slices].max() < 0.05


def test_things_that_touch_leave_no_seam_and_share_no_pixel(net):
    picture, truth, _ = scene(360, 640)
    halves = [truth.copy(), truth.copy()]
    halves[0][:, 300:], halves[1][:, :300] = 0, 0
    segmenter = EmbeddedSegmenter(net)
    candidates = segmenter.predict(segmenter.embed(picture), [asked(one) for one in halves])
    alpha, labels = flattened(candidates)
    assert (alpha[160:240, 180:400] == 255).all()
    assert (labels[200, 180:290] == 1).all()
    assert (labels[200, 310:400] == 2).all()
    assert not ((candidates[0].logits > -1.6) & (candidates[1].logits > -1.6)).any()


def test_absent_weights_are_said_in_words(tmp_path):
    with pytest.raises(ModelUnavailable, match="not at") as caught:
        EdgeNet(tmp_path / "absent.onnx")
    assert "reinstall" in caught.value.hint


def test_damaged_weights_are_said_in_words(tmp_path):
    damaged = tmp_path / "bad.onnx"
    damaged.write_bytes(WEIGHTS.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="cannot be read") as caught:
        EdgeNet(damaged)
    assert "reinstall" in caught.value.hint


def test_small_faint_things_in_a_small_picture_are_not_filtered_away():
    """Lengths mean the same at every size of picture."""
    noise = np.random.default_rng(2).integers(0, 180, (480, 640, 3), np.uint8)
    large, truth = cv2.GaussianBlur(noise, (0, 0), 2), np.zeros((480, 640), np.uint8)
    for x in (300, 340):
        cv2.ellipse(truth, (x, 240), (8, 20), 0, 0, 360, 255, -1)
    large[truth > 0] = 105
    picture, shown = (cv2.resize(plane, (160, 120), interpolation=cv2.INTER_AREA) for plane in (large, truth))
    coarse = cv2.resize(truth, (256, 192), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ask = Prompt(
        np.empty((0, 2), np.float32), np.empty(0, np.int8), mask=np.asarray(cv2.GaussianBlur(coarse, (0, 0), 1))
    )
    segmenter = EmbeddedSegmenter()
    (candidate,) = segmenter.predict(segmenter.embed(picture), [ask])
    assert region_overlap(candidate.logits > 0, shown > 127) > 0.88
