"""What is read around a span, and what the plan says where a span leaves something out."""

from __future__ import annotations

from fractions import Fraction

import pytest

from composer.plan import as_text
from composer.values import Span
from tests.plans import PLAIN, plan_of

HAND = 'mattes:\n  hand: {key: {color: "#00b140"}}\n'
SEEN = "regions:\n  wall: {%s}\n"
BOX = "corners: [[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [8px, 24px]]"


def text_of(edit, *, frame="", region=BOX):
    text = PLAIN.replace("edits:\n  - solid: {color: red}\n", f"{HAND}{SEEN % region}edits:\n  - {edit}\n")
    return text.replace("file: out.mp4", f"file: out.mp4\n  frame: {frame}" if frame else "file: out.mp4")


def frames(span):
    return (span.start * 25, None if span.end is None else span.end * 25)


@pytest.mark.parametrize(
    ("edit", "span", "read"),
    [
        ("solid: {color: red}", "4f..6f", (4, 6)),
        ("box: {inside: hand, hold: 1f}", "4f..6f", (1, 9)),
        ("box: {inside: hand, hold: 1f}", "5f..", (2, None)),
        ("mosaic: {region: wall, hold: 3f}", "4f..6f", (0, None)),
        ("clones: {matte: hand, shifts: [-1f]}", "4f..5f", (1, 7)),
        ("clones: {matte: hand, shifts: [1f]}", "4f..5f", (2, 8)),
        ("trail: {matte: hand, count: 2, step: 1f}", "5f..6f", (1, 8)),
        ("freeze: {matte: hand, at: 4f}", "4f..6f", (4, 6)),
    ],
)
def test_what_edits_look_at_around_a_span_is_read(footage, edit, span, read):
    plan = plan_of(footage, text=text_of(edit), span=span)
    assert frames(plan.read) == read
    assert frames(plan.span)[0] == int(span.split("f")[0])
    assert ("is looked at for them" in as_text(plan)) == (plan.read != plan.span)
    assert plan_of(footage, text=text_of(edit)).read == Span()


def test_times_of_mattes_and_regions_count_from_what_is_read(footage):
    region = f"{BOX}, at: 4f, track: planar"
    plan = plan_of(footage, text=text_of("box: {region: wall, hold: 1f}", region=region), span="4f..6f")
    assert plan.tracks.regions[0].at == Fraction(3, 25)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"edit": "remove: {matte: hand}"}, "clean plates: made from the span alone"),
        ({"edit": "solid: {color: red}", "frame": "{aspect: '1:2', follow: hand}"}, "the framing that follows hand:"),
        ({"edit": "solid: {color: red}", "frame": "{stabilise: 0.5}"}, "the steadied camera: made"),
        ({"edit": "mosaic: {region: wall}", "region": "follow: hand, size: [0.2, 0.2]"}, "the region wall: made"),
        ({"edit": "mosaic: {region: wall}", "region": f"{BOX}, at: 4f, track: camera"}, "the region wall: made"),
    ],
)
def test_the_plan_says_what_a_span_makes_from_itself_alone(footage, options, said):
    for span in ("2f..6f", "1f..", "..5f"):
        assert [line for line in plan_of(footage, text=text_of(**options), span=span).warnings if said in line]
    for span in (None, "..10f", "0f.."):
        warnings = plan_of(footage, text=text_of(**options), span=span).warnings
        assert not [line for line in warnings if "span alone" in line]
    assert not [line for line in plan_of(footage, text=PLAIN, span="2f..6f").warnings if "span alone" in line]
