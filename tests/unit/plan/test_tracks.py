"""Regions that move, as the plan decides them; what cannot be is refused with its line."""

from __future__ import annotations

from fractions import Fraction

import pytest

from composer.plan import as_text
from composer.values import Span
from tests.plans import BASE, plan_of, refused

STILL = "wall: {corners: [[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [8px, 24px]]}"
PLANAR = STILL.replace("]]}", "]], at: 4f, track: planar}")
FOLLOW = "wall: {follow: hand, size: [0.2, 0.2]}"


def test_a_region_without_track_is_not_followed(footage):
    assert plan_of(footage).tracks.regions == ()


def test_a_tracked_region_knows_its_moment_and_what_is_not_looked_at(footage):
    (track,) = plan_of(footage, STILL, PLANAR).tracks.regions
    assert (track.name, track.kind, track.at, track.without) == ("wall", "planar", Fraction(4, 25), ())
    assert track.where == f"{footage / 'recipe.yaml'}:11:3"


def test_a_key_may_be_of_a_screen_but_a_file_covers_what_moves(footage):
    plan = plan_of(footage, 'hand:   {key: {color: "#00b140"}}', "hand: {file: mute.mp4}")
    assert plan.tracks.without == ("hand",)
    assert plan_of(footage).tracks.without == ()


def test_a_span_moves_the_moment_along(footage):
    (track,) = plan_of(footage, STILL, PLANAR, span=Span(Fraction(2, 25))).tracks.regions
    assert track.at == Fraction(2, 25)


def test_a_region_that_follows_a_matte_needs_it_even_where_no_edit_does(footage):
    text = BASE.replace("mattes:\n", "mattes:\n  late: {key: {color: red}}\n")
    plan = plan_of(footage, STILL, FOLLOW.replace("hand", "late"), text=text)
    assert "late" in [matte.name for matte in plan.mattes]
    assert plan.regions == {}


@pytest.mark.parametrize(
    ("region", "said"),
    [
        (PLANAR.replace("4f", "10f"), "11:"),
        (PLANAR.replace("4f", "-1f"), "11:"),
        (PLANAR.replace("track: planar", "track: planar, without: [hnad]"), "did you mean 'hand'?"),
        (FOLLOW.replace("hand", "hnad"), "did you mean 'hand'?"),
        (FOLLOW.replace(", size: [0.2, 0.2]", ""), "size: [width, height]"),
        (FOLLOW.replace("0.2]", "0]"), "above 0"),
        (FOLLOW.replace("}", ", track: planar}"), "two ways to move"),
        (STILL.replace("]]}", "]], at: 1s}"), "at counts only with track"),
        (STILL.replace("]]}", "]], anchor: top}"), "anchor belongs to follow"),
        (STILL.replace("]]}", "]], track: matte}"), "belong together"),
        (STILL.replace("]]}", "]], track: matte, on: hand, without: [hand]}"), "without has no use"),
        (STILL.replace("]]}", "]], box: [0, 0, 1, 1]}"), "only one of them"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(footage, region, said):
    message = refused(footage, STILL, region)
    assert said in message
    assert f"{footage / 'recipe.yaml'}:11:" in message


def test_a_moment_outside_the_span_is_refused(footage):
    assert "not used" in refused(footage, STILL, PLANAR, span=Span(Fraction(6, 25)))


def test_a_plan_tells_what_is_followed(footage):
    text = as_text(plan_of(footage, STILL, PLANAR))
    assert "track     wall: moves with the surface in it, from 0.16s" in text
    assert "pinned to the center of hand" in as_text(plan_of(footage, STILL, FOLLOW))
