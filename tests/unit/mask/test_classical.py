"""The classical path finds a plain mover by flow and thresholds alone, and nothing of the learned parts has a say."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from composer.mask import smooth
from composer.mask.choose import choose_segmenter
from composer.mask.classical import ClassicalMotion, FlowThreshold
from composer.mask.measure import region_overlap
from composer.mask.motion_features import PLANE_COUNT, RESIDUAL
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.tools import NetMotion, digest_of, motion_of
from tests.scenes import Scene, crossing

MOVING = {"a": MatteSpec.model_validate({"moving": {"may_be_empty": True}})}
HEIGHT, WIDTH = 36, 64


def planes(speed):
    """Planes in which a square moves at ``speed`` beside a world whose flow errs by a tenth of a pixel."""
    made = np.zeros((PLANE_COUNT, HEIGHT, WIDTH), np.float32)
    residual = np.random.default_rng(1).normal(0, 0.1, (8, HEIGHT, WIDTH))
    residual[::2, 10:26, 20:40] += speed
    made[RESIDUAL] = residual
    return made


@pytest.mark.parametrize("speed", [2.0, 6.0, 40.0])
def test_the_threshold_lies_between_slow_and_fast_whatever_the_speed(speed):
    probability = FlowThreshold().predict(planes(speed))
    assert probability.shape == (2 * HEIGHT, 2 * WIDTH)
    truth = np.zeros(probability.shape, np.bool_)
    truth[20:52, 40:80] = True
    assert region_overlap(probability > 0.5, truth) > 0.85


def test_the_errors_of_the_flow_are_no_motion():
    assert FlowThreshold().predict(planes(0.0)).max() < 0.5


def test_one_gap_that_went_wrong_is_outvoted():
    wrong = planes(0.0)
    wrong[0:2] += 50
    assert FlowThreshold().predict(wrong).max() < 0.5


def overlaps(scene, segmenter="classical", **options):
    with make_mattes(MOVING, scene, segmenter=segmenter, **options) as mattes:
        stream = mattes.open("a")
        found = [stream.matte_at(index, frame).alpha > 127 for index, frame in enumerate(scene.frames())]
        return [region_overlap(one, scene.truth(index) > 0) for index, one in enumerate(found)], mattes.summary("a")


def test_a_disk_that_crosses_the_picture_is_found_without_network_look_or_plate(monkeypatch):
    def refuse(*_):
        raise AssertionError("the classical path asked what it must not ask")

    for learned in ("self_trained", "learn_plate"):
        monkeypatch.setattr(smooth, learned, refuse)
    monkeypatch.setattr(NetMotion, "__call__", refuse)
    found, summary = overlaps(crossing(30, step=4, radius=28))
    assert np.mean(found) > 0.6
    assert summary.segmenter == "classical"
    assert "asked for" in summary.reason


def test_where_nothing_moves_the_matte_is_empty():
    found, summary = overlaps(Scene(places=(((60.0, 56.0),),) * 6))
    assert summary.nothing_moves
    assert max(found) == 0


def test_its_mattes_are_kept_apart_from_those_of_the_network(tmp_path):
    scene = crossing(6)
    for segmenter in ("classical", "embedded", "classical"):
        overlaps(scene, segmenter, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_choice_carries_its_own_motion():
    classical, embedded = choose_segmenter("classical"), choose_segmenter("embedded")
    assert isinstance(motion_of(classical), ClassicalMotion)
    assert isinstance(motion_of(embedded), NetMotion)
    assert (classical.learns, embedded.learns) == (False, True)
    assert classical.digest != embedded.digest
    assert digest_of(motion_of(classical)) != digest_of(motion_of(embedded))


def test_a_prompt_is_outlined_not_moving_so_classical_is_no_word_for_it():
    with pytest.raises(ValidationError, match="segmenter"):
        MatteSpec.model_validate({"prompt": {"points": [[0.5, 0.5]], "segmenter": "classical"}})
    for kind in ("moving", "static"):
        assert MatteSpec.model_validate({kind: {"segmenter": "classical"}}).kind == kind
