"""The sheet of a matte report: the frames it shows, their outlines, and every object's row."""

from __future__ import annotations

import numpy as np
import pytest

from composer.errors import Cancelled
from composer.mask.draw import color_of
from composer.mask.report import Look, MatteReport, report_of
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.summary import ObjectSummary
from composer.render.matte_sheet import SHOWN, frames_shown, matte_sheet, timeline
from tests.scenes import RATE, RedMoves, crossing


def report(confidences, *, cuts=(), look_at=()):
    count = len(confidences)
    index = [k for k, one in enumerate(confidences) if one is not None]
    noted = {
        "index": index,
        "side": [""] * len(index),
        "area": [0.1] * len(index),
        "moving_score": [confidences[k] for k in index],
        "quality": [None] * len(index),
        "flicker": [None] * len(index),
    }
    objects = [ObjectSummary(1, index[0], index[-1], len(index), 0.1, 0.9, 0.8)]
    facts = {"trace": {"objects": {"1": noted}, "cuts": list(cuts)}}
    made = report_of(facts, objects, count, RATE)
    return made if not look_at else MatteReport(**{**vars(made), "look_at": look_at})


def test_the_frames_to_look_at_are_shown_and_others_from_all_over():
    looks = tuple(Look(frame, frame / 25, 1, "why", 1.0) for frame in (7, 8))
    shown = frames_shown(report([0.9] * 100, look_at=looks))
    assert {0, 7, 8, 99} <= set(shown)
    assert SHOWN - 2 <= len(shown) <= SHOWN
    assert max(np.diff(shown)) < 15


@pytest.mark.parametrize("count", [1, 2, 5, 12, 13])
def test_short_shots_show_every_frame_that_fits(count):
    shown = frames_shown(report([0.9] * count))
    assert shown == sorted(set(shown))
    assert len(shown) == min(count, SHOWN) or count > SHOWN
    assert {0, count - 1} <= set(shown)


def columns_of(picture, ink):
    """Where along the timeline a colour is seen."""
    return np.flatnonzero((picture == np.array(ink, np.uint8)).all(axis=2).any(axis=0))


def test_a_row_is_high_where_an_object_is_sure_and_has_a_gap_where_it_is_gone():
    drawn = timeline(report([1.0] * 40 + [None] * 20 + [0.2] * 40), width=800)
    soft = tuple(level // 2 for level in color_of(1))
    filled = (drawn == np.array(soft, np.uint8)).all(axis=2).sum(axis=0)
    left, gap, right = filled[100:330], filled[370:480], filled[520:760]
    assert left.min() > 3 * right.max() > 0
    assert not gap.any()


def test_marks_and_cuts_stand_at_their_frames():
    looks = (Look(50, 2.0, 1, "why", 1.0),)
    plain, marked = (timeline(report([0.9] * 101, look_at=one), width=800) for one in ((), looks))
    where = np.flatnonzero((plain != marked).any(axis=(0, 2)))
    middle = 64 + (800 - 64 - 12 - 1) / 2
    assert abs(where.mean() - middle) < 2
    cut = timeline(report([0.9] * 101, cuts=(50,)), width=800)
    assert abs(np.median(np.flatnonzero((plain != cut)[30:].any(axis=(0, 2)))) - middle) < 8


def test_a_sheet_has_the_outlines_and_rows_of_every_object():
    scene = crossing(6, step=4)
    with make_mattes(
        {"all": MatteSpec.model_validate({"moving": {}})}, scene, motion=RedMoves(scene), segmenter="embedded"
    ) as mattes:
        sheet = matte_sheet(mattes, "all", scene, cancelled=lambda: False)
        with pytest.raises(Cancelled):
            matte_sheet(mattes, "all", scene, cancelled=lambda: True)
    assert sheet.shape[1:] == (1600, 3)
    tile = sheet[:233, :400]
    outline = (np.abs(tile.astype(int) - np.array(color_of(1))) < 40).all(axis=2)
    assert outline.sum() > 50
    assert columns_of(sheet[-60:], tuple(level // 2 for level in color_of(1))).size > 1000


def test_a_matte_that_nobody_had_to_find_has_a_sheet_of_its_frames():
    scene = crossing(6)
    with make_mattes({"screen": MatteSpec.model_validate({"key": {"color": "#00b140"}})}, scene) as mattes:
        sheet = matte_sheet(mattes, "screen", scene, cancelled=lambda: False)
    assert sheet.shape[1] == 1600
    assert np.ptp(sheet[:200]) > 100
