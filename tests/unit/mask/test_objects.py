"""From probabilities to named objects: proposals, moving scores, identities, outlines that leave no seam."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.associate import APART_FRAMES, PATIENCE, Identities, associate, ids_in
from composer.mask.cut import candidates_for, coverage, flattened, outlined
from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.measure import region_overlap
from composer.mask.propose import moving_score, prompt_for, things
from composer.mask.tracks import Tracks
from composer.values import Candidate, FrameRate, Size
from tests.scenes import RedSegmenter, crossing

SHAPE = (64, 96)
STILL = np.zeros((*SHAPE, 2), np.float32)


def block(*boxes, value=0.9, ground=0.05):
    probability = np.full(SHAPE, ground, np.float32)
    for x0, y0, x1, y1 in boxes:
        probability[y0:y1, x0:x1] = value
    return probability


def test_a_thing_needs_one_sure_pixel_and_then_reaches_as_far_as_the_doubtful_ones():
    doubtful = block((10, 10, 30, 30), value=0.5)
    assert not things(doubtful).any()
    doubtful[20, 20] = 0.7
    assert things(doubtful).sum() == 400


def test_specks_are_dropped_and_pinholes_closed():
    probability = block((10, 10, 30, 30), (60, 50, 61, 51))
    probability[20, 20] = 0.1
    assert things(probability).sum() == 400


def test_a_thing_that_stands_out_scores_its_own_probability():
    inside = block((10, 10, 30, 30)) > 0.5
    assert moving_score(block((10, 10, 30, 30), ground=0.0), inside) == pytest.approx(0.9)


def test_a_thing_in_uncertain_surroundings_scores_low():
    inside = block((10, 10, 30, 30)) > 0.5
    assert moving_score(block((10, 10, 30, 30), value=0.65, ground=0.5), inside) < 0.4


def test_a_prompt_points_into_the_thing_in_pixels_of_the_full_picture():
    inside = block((10, 10, 30, 30)) > 0.5
    prompt = prompt_for(block((10, 10, 30, 30)), inside, Size(960, 640), score=0.8, object_id=7)
    assert (prompt.box.x0, prompt.box.y0, prompt.box.x1, prompt.box.y1) == (100, 100, 300, 300)
    assert np.allclose(prompt.points[0], 200, atol=15)
    assert (prompt.labels == 1).all()
    assert prompt.object_id == 7
    assert prompt.mask[20, 20] > 0.9
    assert prompt.mask[50, 50] == 0


def named(known, *boxes, flow=STILL):
    return associate(known, block(*boxes) > 0.5, flow)


def test_a_thing_keeps_its_name_while_it_moves_along_the_flow():
    known, first = named(Identities(), (10, 10, 30, 30))
    flow = np.zeros((*SHAPE, 2), np.float32)
    flow[..., 0] = -25  # back to where it was
    _, second = named(known, (35, 10, 55, 30), flow=flow)
    assert ids_in(first) == ids_in(second) == [1]


def test_two_things_that_touch_stay_two_objects():
    known, _ = named(Identities(), (10, 10, 30, 30), (40, 10, 60, 30))
    _, labels = named(known, (10, 10, 60, 30))
    assert ids_in(labels) == [1, 2]
    assert labels[20, 12] != labels[20, 58]
    assert (labels > 0).sum() == 50 * 20


def test_a_thing_far_from_all_others_gets_a_new_name():
    known, _ = named(Identities(), (10, 10, 30, 30))
    _, labels = named(known, (10, 10, 30, 30), (70, 40, 90, 60))
    assert (labels[20, 20], labels[50, 80]) == (1, 2)


def test_an_object_comes_back_as_itself_within_patience_and_as_another_after():
    for gone, expected in ((PATIENCE - 1, 1), (PATIENCE + 3, 2)):
        known, _ = named(Identities(), (40, 20, 60, 40))
        for _ in range(gone):
            known, _ = named(known)
        _, labels = named(known, (40, 20, 60, 40))
        assert ids_in(labels) == [expected]


def test_parts_that_stay_apart_for_long_become_two_objects():
    known, _ = named(Identities(), (10, 10, 50, 30))
    for step in range(APART_FRAMES):
        known, labels = named(known, (10, 10, 25, 30), (35, 10, 50, 30))
        assert ids_in(labels) == ([1] if step < APART_FRAMES - 1 else [1, 2])


def test_a_track_sums_up_where_how_large_and_how_sure():
    tracks, inside = Tracks(frames=10), block((10, 10, 30, 30)) > 0.5
    for index in (3, 4, 9):
        tracks.note(1, index, inside, 0.6)
    tracks.note(2, 4, inside, 0.9)
    (kept,) = tracks.kept(FrameRate.parse(25))
    assert (kept.first, kept.last, kept.frames) == (3, 9, 3)
    assert kept.mean_area == pytest.approx(400 / (64 * 96))
    assert kept.moving_score == pytest.approx(0.6)


def test_a_flicker_of_motion_is_no_object_wherever_in_the_shot_it_is():
    inside = block((10, 10, 30, 30)) > 0.5
    for index in (0, 40, 99):
        tracks = Tracks(frames=100)
        tracks.note(1, index, inside, 0.9)
        assert tracks.kept(FrameRate.parse(25)) == []
    short = Tracks(frames=1)
    short.note(1, 0, inside, 0.9)
    assert len(short.kept(FrameRate.parse(25))) == 1


def test_an_object_of_a_scene_of_two_frames_is_one():
    inside = block((10, 10, 30, 30)) > 0.5
    tracks = Tracks(frames=100, cuts=[40, 42])
    for one, index in ((1, 39), (2, 40), (2, 41), (3, 42)):
        tracks.note(one, index, inside, 0.9)
    assert [track.object_id for track in tracks.kept(FrameRate.parse(25))] == [2]


def candidate(probability):
    return Candidate(((probability - 0.5) * 8).astype(np.float32), 0.9, 0.5)


def test_objects_that_touch_leave_no_seam_and_share_no_pixel():
    x = np.arange(96, dtype=np.float32)
    left = np.clip((50 - x) / 8 + 0.5, 0, 1) * np.ones(SHAPE, np.float32)
    alpha, labels = flattened([candidate(left), candidate(1 - left)])
    assert (alpha == 255).all()
    assert (labels[:, 40], labels[:, 60]) == (pytest.approx(1), pytest.approx(2))


def test_an_object_far_outside_another_s_logits_is_covered_all_the_same():
    sure = np.full(SHAPE, -30, np.float32)
    sure[:, :40] = 30
    alpha, labels = flattened([Candidate(sure, 0.9, 0.5), Candidate(-sure, 0.9, 0.5)])
    assert (alpha == 255).all()
    assert (labels[0, 39], labels[0, 40]) == (1, 2)


def test_coverage_is_half_at_logit_zero_and_exact_at_both_ends():
    assert coverage(np.array([[-9, -1.6, 0, 1.6, 9]], np.float32)).tolist() == [[0, 0, 128, 255, 255]]


class Elsewhere(RedSegmenter):
    """Outlines the left edge of the picture, whatever it is asked."""

    def predict(self, embedding, prompts):
        logits = np.full_like(embedding, -4)
        logits[:, :4] = 4
        return [Candidate(logits, 1.0, prompt.moving_score) for prompt in prompts]


def asked_on(scene, segmenter):
    frame = next(scene.frames())
    truth = scene.truth(0) > 0
    prompt = prompt_for(truth.astype(np.float32), truth, frame.size, score=0.8, object_id=5)
    return outlined(frame, [prompt], candidates_for(frame, [prompt], segmenter)), truth


@pytest.mark.parametrize(
    "segmenter", [RedSegmenter(), EmbeddedSegmenter(), Elsewhere()], ids=lambda one: type(one).__name__
)
def test_a_frame_is_outlined_by_any_segmenter_and_one_that_points_elsewhere_is_not_believed(segmenter):
    result, truth = asked_on(crossing(1), segmenter)
    assert result.matte.ids == (5,)
    assert region_overlap(result.matte.alpha_of(None, Size(*truth.shape[::-1])) > 127, truth) > 0.9


def test_a_frame_without_prompts_is_empty_and_needs_no_segmenter():
    frame = next(crossing(1).frames())
    result = outlined(frame, [], candidates_for(frame, [], None))
    assert result.matte.box.is_empty
    assert result.matte.ids == ()
