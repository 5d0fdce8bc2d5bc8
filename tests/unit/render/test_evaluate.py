"""Evaluation of a sequence and of a data set: means, what has no value, and the page that shows them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from composer.errors import OutputError
from composer.mask.calibration import reliability_of
from composer.mask.measure import scores_of
from composer.render.chart import bar_chart, curve_chart, reliability_chart
from composer.render.evaluate import FrameScore, Result, Shown, _Gallery, _Job, _pairs, _Scored, summed
from composer.render.page import check_page, page_of, write_page
from composer.render.steps import Fit, compared
from composer.render.truth import Truth
from composer.values import Frame, PixelFormat

NOTHING = float("nan")


def result(name, regions, *, stability=0.5, flicker=0.1, scores=((0.9, True), (0.2, False)), steps=()):
    fit = Fit(len(regions), scores_of(regions), scores_of([NOTHING] * len(regions)), float(np.mean(regions)))
    frames = tuple(FrameScore(index, region, NOTHING, stability) for index, region in enumerate(regions, 1))
    shown = (Shown(1, max(regions), b"best"), Shown(2, min(regions), b"worst"))
    measured = dict.fromkeys(steps, fit)
    found = reliability_of([0.2, 0.9], [False, True])
    return Result(name, fit, stability, flicker, 0.05, frames, measured, tuple(scores), found, shown)


def test_means_weigh_sequences_alike_and_leave_out_what_has_no_value():
    summary = summed([result("cat", [0.8, 0.6]), result("dog", [0.2] * 4, stability=NOTHING)])
    assert summary.names == ("cat", "dog")
    assert summary.region.mean == pytest.approx((0.7 + 0.2) / 2)
    assert summary.region.recall == pytest.approx(0.5)
    assert summary.stability == 0.5
    assert (summary.flicker, summary.truth_flicker) == (0.1, 0.05)
    assert np.isnan(summary.boundary.mean)


def test_the_moving_score_is_judged_over_all_candidates_of_all_sequences():
    one = result("cat", [0.5], scores=[(0.9, True), (0.3, False)])
    other = result("dog", [0.5], scores=[(0.2, True)])
    summary = summed([one, other])
    assert summary.ranking == 0.5
    assert summary.scores.count.sum() == 3
    assert summary.pixels.count.sum() == 4


def scored(place, inside, found):
    truth = Truth(inside, None)
    frame = Frame(tuple(np.zeros(inside.shape, np.uint8) for _ in range(3)), PixelFormat("rgb", 8))
    return _Scored(_Job(place, frame, found.astype(np.uint8) * 255, truth), compared(found, truth), None)


def test_only_frames_that_follow_each_other_are_compared_for_jitter():
    inside = np.ones((8, 8), bool)
    places = [1, 2, 5, 6]
    chain = [scored(place, inside, inside)._replace(contour=f"contour {place}") for place in places]
    assert [before for before, _ in _pairs(chain)] == [None, "contour 1", None, "contour 5"]


def test_best_and_worst_are_kept_and_frames_in_which_rightly_nothing_is_found_are_not_shown():
    full, half, empty = np.ones((8, 8), bool), np.zeros((8, 8), bool), np.zeros((8, 8), bool)
    half[:4] = True
    gallery = _Gallery()
    for place, inside, found in ((3, full, half), (4, full, empty), (5, full, full), (6, empty, empty)):
        gallery.see(scored(place, inside, found))
    assert [(shown.index, shown.region) for shown in gallery.shown] == [(5, 1), (4, 0)]
    assert all(shown.jpeg.startswith(b"\xff\xd8") for shown in gallery.shown)


class Checked(HTMLParser):
    """Counts tags and refuses any that is not closed, or anything from outside the page."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], {}

    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        for name, value in attrs:
            assert name not in {"href", "xlink:href"}
            assert name != "src" or value.startswith("data:image/jpeg;base64,")
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page(**options):
    results = [result("<cat>", [0.8, 0.6], **options), result("dog", [0.3, 0.1], **options)]
    return page_of("data & set", results, summed(results[:1]), {"matnet": (0.81, 0.78)})


def test_the_page_stands_alone_and_is_well_formed():
    checked = Checked()
    checked.feed(page(steps=("net", "prompts", "mattes")))
    assert checked.open == []
    assert checked.seen["img"] == 4
    assert checked.seen["svg"] == 1 + 2 + 2  # methods, two reliability curves, a curve for each sequence
    assert "script" not in checked.seen


def test_names_are_text_on_the_page_and_what_has_no_value_is_a_dash():
    text = page()
    assert "&lt;cat&gt;" in text
    assert "<cat>" not in text
    assert "data &amp; set" in text
    assert not re.search(r"\bnan\b", text)


def test_sequences_apart_from_the_mean_are_marked():
    assert page().count('<tr class="apart">') == 1


def test_without_steps_and_methods_their_parts_are_left_out():
    results = [result("cat", [0.8, 0.6])]
    text = page_of("set", results, summed(results), {})
    assert "Where quality is lost" not in text
    assert "Beside others" not in text
    assert "Where quality is lost" in page(steps=("net",))


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    results = [result("cat", [0.8, 0.6])]
    write_page(tmp_path / "page.html", "set", results, summed(results), {})
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("</body></html>\n")
    with pytest.raises(AttributeError):
        write_page(tmp_path / "other.html", "set", [None], summed(results), {})
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(("name", "words"), [("page.pdf", "the report is a page"), ("no/page.html", "no folder")])
def test_a_place_for_no_page_is_refused_before_the_work(tmp_path, name, words):
    with pytest.raises(OutputError, match=words):
        check_page(tmp_path / name)


def test_a_folder_is_no_page(tmp_path):
    (tmp_path / "page.html").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_page(tmp_path / "page.html")


def test_a_curve_breaks_where_there_is_no_value_and_marks_lie_on_it():
    text = curve_chart([1, 2, 3, 4], {"one": [1.0, NOTHING, 0.0, 0.5]}, {3: "worst"}, width=136)
    assert text.count("<polyline") == 2
    # From 28 to 128 across, from 8 (one) to 130 (zero) down.
    assert 'class="mark worst" cx="94.7" cy="130.0"' in text


def test_dots_of_a_reliability_curve_lie_at_prediction_and_outcome():
    text = reliability_chart([(0.25, 0.5, 4), (1.0, 1.0, 1)], side=146)
    # 100 pixels from 34 across and from 12 down: (0.25, 0.5) and (1, 1).
    assert 'cx="59.0" cy="62.0" r="12.0"' in text
    assert 'cx="134.0" cy="12.0" r="7.5"' in text


def test_bars_are_as_long_as_their_numbers_with_the_best_on_top():
    text = bar_chart([("low", 0.25, 0.5, False), ("ours", 0.75, NOTHING, True)], width=316)
    assert re.findall(r'width="([\d.]+)" height="15"', text) == ["75.0", "25.0"]
    assert text.count('class="tick"') == 1
    assert text.index("ours") < text.index("low")
