"""The matte report: who enters and leaves, how surely, and which frames to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from composer.mask.flicker import unexplained
from composer.mask.report import APART, MatteReport, joined, report_of
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.store import StoredMatte
from composer.mask.summary import ObjectSummary, confidence_of
from composer.mask.trace import Covered, changes
from composer.mask.tracks import side_of
from composer.values import Size
from tests.scenes import RATE, SIZE, RedMoves, Scene, crossing

#: Where the disk is fully in the picture, and how far it walks a frame.
STEP = 8.0


class Cut(RedMoves):
    """The oracle, with a scene cut before one frame."""

    at = 6

    def motion(self, index, shape):
        return replace(super().motion(index, shape), cut=index == self.at)


def reported(scene, motion=RedMoves, cache=None, **raw):
    specs = {name: MatteSpec.model_validate(spec) for name, spec in (raw or {"all": {"moving": {}}}).items()}
    with make_mattes(specs, scene, motion=motion(scene), segmenter="embedded", cache=cache) as mattes:
        return [mattes.report(name) for name in specs]


def through():
    """A disk that comes in from the left and leaves to the right."""
    return Scene(tuple(((STEP * t - 40, 56.0),) for t in range(35)))


def test_an_object_that_walks_through_enters_from_one_side_and_leaves_by_the_other():
    (report,) = reported(through())
    (walker,) = report.objects
    (stay,) = walker.stays
    assert (stay.enters, stay.leaves) == ("left", "right")
    assert (stay.from_start, stay.to_end) == (False, False)
    assert 2 <= stay.first <= 5
    assert stay.start == pytest.approx(stay.first / 25)
    assert "object 1 enters from the left at frame" in walker.words()
    assert "leaves to the right at frame" in walker.words()


def test_things_that_do_not_move_know_the_scene_cuts_too():
    (report,) = reported(crossing(12, step=4), Cut, things={"automatic": {}})
    assert report.cuts == (6,)
    assert not [look for look in report.look_at if "inside the picture" in look.why and look.frame in (5, 6)]


def test_a_shot_without_frames_has_a_report_as_well():
    (report,) = reported(Scene(()))
    assert (report.frames, report.confidence, report.confidences, report.look_at) == (0, 0.0, (), ())


def test_what_is_there_all_along_neither_enters_nor_leaves():
    (report,) = reported(crossing(8, step=4))
    assert report.objects[0].words() == "object 1 is there from frame 0 (0.00 s), stays to frame 7 (0.28 s)"
    assert report.seen == 1


def test_what_appears_inside_the_picture_is_to_be_looked_at():
    scene = Scene(tuple(((60.0 + 3 * t, 56.0) if 4 <= t < 24 else None,) for t in range(30)))
    (report,) = reported(scene)
    whys = {look.frame: look.why for look in report.look_at}
    assert "appears inside the picture" in whys[4]
    assert "vanishes inside the picture" in whys[23]
    assert report.objects[0].words().endswith("appears at frame 4 (0.16 s), is lost at frame 23 (0.92 s)")


def test_a_scene_cut_ends_and_begins_stays_and_is_told():
    (report,) = reported(crossing(12, step=3), motion=Cut)
    assert report.cuts == (6,)
    assert [(one.stays[0].to_end, one.stays[0].from_start) for one in report.objects] == [(True, True), (True, True)]
    assert not any("inside the picture" in look.why for look in report.look_at)


def test_every_number_of_the_report_has_its_frame():
    (report,) = reported(through())
    (one,) = report.objects
    series = (one.areas, one.moving_scores, one.qualities, one.flickers, one.confidences)
    assert {len(each) for each in series} == {len(one.index)}
    assert one.index == tuple(range(one.stays[0].first, one.stays[0].last + 1))
    assert one.flickers[0] is None
    assert max(known for known in one.flickers if known is not None) < 0.5
    assert [index for index, sure in enumerate(report.confidences) if sure is not None] == list(one.index)
    scores = (one.moving_scores[9] + one.qualities[9]) / 2
    assert one.confidences[9] == pytest.approx(min(scores, 1 - one.flickers[9]), abs=1e-3)


def test_a_matte_from_the_cache_has_the_same_report(tmp_path):
    scene = crossing(8)
    assert reported(scene, cache=tmp_path) == reported(scene, cache=tmp_path)


def test_the_report_of_a_prompt_has_its_own_confidences_and_areas():
    spec = {"prompt": {"box": ["24px", "38px", "60px", "74px"], "at": "4f"}}
    (report,) = reported(crossing(9, step=3), disk=spec)
    (one,) = report.objects
    assert one.index == tuple(range(9))
    assert one.areas[4] == pytest.approx(np.pi * 14**2 / (SIZE.width * SIZE.height), rel=0.2)
    assert one.confidences[4] == 1
    assert set(one.moving_scores) == {None}


def test_a_prompt_is_not_followed_across_a_cut_and_says_so():
    first, second = crossing(6, step=3), Scene(tuple(((120.0, 56.0),) for _ in range(6)), name="other")

    class Joined(Scene):
        def picture(self, index):
            if index < 6:
                return first.picture(index)
            noise = np.random.default_rng(8).integers(0, 255, (14, 24)).astype(np.uint8)
            grey = np.kron(noise, np.ones((8, 8), np.uint8))
            return np.where(second.truth(index - 6)[..., None] > 0, (220, 40, 40), grey[..., None]).astype(np.uint8)

    scene = Joined(first.places + second.places)
    spec = MatteSpec.model_validate({"prompt": {"box": ["16px", "42px", "44px", "70px"], "at": "0f"}})
    with make_mattes({"disk": spec}, scene, motion=RedMoves(scene), segmenter="embedded") as mattes:
        report, summary = mattes.report("disk"), mattes.summary("disk")
    assert report.cuts == (6,)
    assert report.objects[0].index == tuple(range(6))
    assert any("scene cut at frame 6" in words for words in summary.warnings)


def test_confidence_is_what_the_scores_say_and_no_more_than_the_matte_is_steady():
    assert confidence_of(0.9, 0.7, 0.85) == pytest.approx(0.8)
    assert confidence_of(0.9, 0.7, 0.3) == 0.3
    assert confidence_of(None, 0.7, None) == 0.7
    assert confidence_of(0.4, None, 0.9) == 0.4
    assert confidence_of(None, None, None) == 1.0


def told(confidences, areas=None, flickers=None):
    count = len(confidences)
    noted = {
        "index": list(range(count)),
        "side": [""] * count,
        "area": areas or [0.1] * count,
        "moving_score": confidences,
        "quality": confidences,
        "flicker": flickers or [None] * count,
    }
    objects = [ObjectSummary(1, 0, count - 1, count, 0.1, 0.9, 0.8)]
    return report_of({"trace": {"objects": {"1": noted}}}, objects, count, RATE)


def test_a_sliver_says_little_about_the_matte_as_a_whole():
    report = told([0.0] + [0.8] * 11, areas=[0.0006] + [0.1] * 11)
    assert report.confidences[0] == pytest.approx(0.8, abs=0.01)
    assert report.objects[0].confidences[0] == 0


def test_the_worst_frames_are_told_once_and_with_their_reason():
    report = told([0.8] * 20 + [0.3, 0.2, 0.3] + [0.8] * 20, flickers=[0.0] * 35 + [0.7] + [0.0] * 7)
    assert [(look.frame, look.why) for look in report.look_at] == [
        (21, "moving score 0.20"),
        (35, "agreement with the frame before 0.30"),
    ]
    assert report.lowest() == 21


def test_a_sudden_change_of_area_is_told():
    report = told([0.8] * 30, areas=[0.1] * 15 + [0.2] * 15)
    assert [(look.frame, look.why) for look in report.look_at] == [(15, "its area goes to 200% at once")]
    assert report.look_at[0].seconds == pytest.approx(0.6)


def test_frames_to_look_at_are_few_and_apart_however_bad_the_matte():
    looks = told([0.1] * 2000).look_at
    assert len(looks) == 12
    frames = [look.frame for look in looks]
    assert min(np.diff(frames)) == round(APART * 25)


def test_a_matte_made_of_others_is_as_sure_as_the_least_sure():
    one, other = told([0.9] * 10), told([0.7] * 10)
    assert joined([one, other], 10, RATE).confidences == other.confidences
    assert joined([one, MatteReport(10)], 10, RATE).confidence == one.confidence
    assert joined([MatteReport(10)], 10, RATE).confidence is None


def test_flicker_of_a_lone_object_is_that_of_its_matte():
    small = Size(64, 48)
    rng = np.random.default_rng(4)
    alphas = [np.zeros((48, 64), np.uint8) for _ in range(2)]
    alphas[0][10:30, 10:30], alphas[1][10:34, 13:33] = 255, 255
    before, now = (Covered.of(StoredMatte.of(alpha, None, (7,)), small, small) for alpha in alphas)
    backward = np.full((48, 64, 2), (-3.0, 0.0), np.float32)
    trust = rng.uniform(0.5, 1, (48, 64)).astype(np.float32)
    assert changes(before, now, backward, trust)[7] == pytest.approx(
        unexplained(before.alpha, now.alpha, backward, trust).share, abs=1e-5
    )


def test_flicker_is_told_apart_by_object():
    size = Size(64, 48)
    alpha, labels = np.zeros((48, 64), np.uint8), np.ones((48, 64), np.uint8)
    alpha[5:20, 5:20], alpha[25:40, 30:50] = 255, 255
    labels[25:40, 30:50] = 2
    first = Covered.of(StoredMatte.of(alpha, labels, (3, 9)), size, size)
    alpha = alpha.copy()
    alpha[25:40, 40:50] = 0
    second = Covered.of(StoredMatte.of(alpha, labels, (3, 9)), size, size)
    rest, full = np.zeros((48, 64, 2), np.float32), np.ones((48, 64), np.float32)
    assert changes(first, second, rest, full) == {3: 0.0, 9: pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("rows", "columns", "side"),
    [
        ((10, 30), (0, 20), "left"),
        ((10, 30), (60, 96), "right"),
        ((0, 9), (2, 60), "top"),
        ((30, 54), (20, 60), "bottom"),
        ((10, 30), (20, 60), ""),
    ],
)
def test_the_side_that_something_touches(rows, columns, side):
    inside = np.zeros((54, 96), np.bool_)
    inside[slice(*rows), slice(*columns)] = True
    assert side_of(inside) == side
