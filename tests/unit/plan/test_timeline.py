"""Timelines planned: lengths in frames, what all clips are brought to, and what is refused with its line."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from composer.plan import make_plan
from composer.plan.tell import as_json, as_text
from composer.recipe import parse_recipe
from composer.values import ColorTags, FrameRate, Size, Span
from tests.plans import plan_of, refused

ENTRIES = """\
      - {clip: plate.mp4, stop: 0.32s}
      - {transition: dissolve, for: 2f}
      - {clip: odd.mkv}
      - {clip: picture.png, for: 3f}
"""
HEAD = "composer: 1\nsources:\n  plate:\n    timeline:\n"
TAIL = "edits: []\noutput: {file: out.mkv}\n"
TEXT = HEAD + ENTRIES + TAIL


def planned(footage, old="", new="", **options):
    return plan_of(footage, old, new, text=TEXT, **options)


def told(footage, old, new):
    return refused(footage, old, new, text=TEXT)


def test_lengths_are_exact_in_frames(footage):
    plan = planned(footage)
    timeline = plan.plate.timeline
    assert [(clip.first, clip.frames) for clip in timeline.clips] == [(0, 8), (6, 4), (10, 3)]
    assert [(each.first, each.frames) if each else None for each in timeline.transitions] == [(6, 2), None, None]
    assert plan.frames == timeline.frames == 8 + 4 + 3 - 2
    assert plan.plate.info.claimed.duration == Fraction(13, 25)


def test_everything_is_brought_to_the_first_clip_that_moves(footage):
    for old, new in (("", ""), ("      - {clip: plate", "      - {clip: picture.png, for: 1s}\n      - {clip: plate")):
        info = planned(footage, old, new).plate.info
        assert (info.size, info.rate, info.format.name) == (Size(64, 48), FrameRate(Fraction(25)), "yuv420p")
        assert info.color.matrix == "bt709"


def test_a_timeline_may_have_a_size_and_a_rate_of_its_own(footage):
    plan = planned(footage, "    timeline:\n", "    size: [32, 20]\n    rate: 29.97\n    fit: cover\n    timeline:\n")
    timeline = plan.plate.timeline
    assert (plan.size, plan.output.rate.value) == (Size(32, 20), Fraction(30000, 1001))
    assert [clip.frames for clip in timeline.clips] == [10, 5, 3]
    assert {clip.fit for clip in timeline.clips} == {"cover"}
    assert plan.output.time_base == Fraction(1001, 30000)


def test_a_span_takes_the_frames_inside_it(footage):
    plan = planned(footage, span=Span(Fraction(1, 25), Fraction(5, 25)))
    assert plan.frames == 4
    assert plan.plate.timeline.used(plan.span) == range(1, 5)
    assert list(plan.plate.timeline.used(Span())) == list(range(13))


def test_a_clip_may_be_taken_for_a_length_and_at_a_speed(footage):
    plan = planned(footage, "stop: 0.32s", "for: 6f, speed: 0.5")
    assert plan.plate.timeline.clips[0].frames == 6
    assert plan.plate.timeline.clips[0].stop == Fraction(3, 25)
    assert planned(footage, "stop: 0.32s", "speed: 0.5").plate.timeline.clips[0].frames == 20
    assert planned(footage, "stop: 0.32s", "speed: {0s: 1, 0.4s: 0.5}").plate.timeline.clips[0].frames == 15


def test_the_plan_says_all_of_it_in_words(footage):
    text = as_text(planned(footage))
    for words in (
        "plate     timeline of 3 clips (64x48, yuv420p, 25 fps, 13 frames, 0.52s)",
        "clip      frames 0..7: plate.mp4 to 0.32s",
        "frames 6..7: dissolve",
        "clip      frames 6..9: odd.mkv; 63x47 to 64x48 (contain)",
        "clip      frames 10..12: picture.png; gbrp to yuv420p",
        "sound     plate, mixed, mono at 48000 Hz",
    ):
        assert words in text
    clips = json.loads(as_json(planned(footage)))["plate"]["timeline"]["clips"]
    assert [clip["first"] for clip in clips] == [0, 6, 10]


def test_what_is_read_is_never_written_over(footage):
    loaded = parse_recipe(TEXT, path=footage / "recipe.yaml")
    with pytest.raises(Exception, match=r"odd\.mkv"):
        make_plan(loaded, output=footage / "odd.mkv", use_cache=False)
    assert footage / "odd.mkv" in planned(footage).files


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{transition: dissolve, for: 2f}", "{transition: dissolve}", "missing key 'for'"),
        ("dissolve", "disolve", "recipe.yaml:6:22: expected 'cut', 'dissolve', 'wipe'"),
        ("for: 2f", "for: 2f, sofft: 1", "unknown key 'sofft'"),
        ("dissolve, for: 2f", "cut, for: 1s", "^^^ known: transition"),
        ("dissolve, for: 2f", "wipe, for: 2f, sofft: 1", "did you mean 'soft'?"),
        ("clip: odd", "clip: od", "recipe.yaml:7:16: "),
        ("for: 2f", "for: 5f", "recipe.yaml:7:9: odd.mkv is shown for 4 frames, and its transitions take 5 of them"),
        (", for: 3f", "", "recipe.yaml:8:16: picture.png is a still: say how long it is shown"),
        ("png, for", "png, start: 1s, for", "recipe.yaml:8:29: start: picture.png is a still"),
        ("stop: 0.32s", "stop: 9s", "recipe.yaml:5:33: stop (9s) is past the end of plate.mp4, which is 0.4s long"),
        ("stop: 0.32s", "start: 0.4s", "start (0.4s) is past the end"),
        ("stop: 0.32s", "start: 0.2s, stop: 0.1s", "stop (0.1s) is not after start (0.2s)"),
        ("stop: 0.32s", "for: 11f", "plate.mp4 lasts 10 frames from there, 11 are asked for"),
        ("stop: 0.32s", "for: 3f, stop: 1s", "stop and for both say where it ends"),
        ("stop: 0.32s", "speed: 0", "expected speeds above 0"),
        ("stop: 0.32s", "rate: 24", "only a sequence of pictures takes a rate"),
        ("dissolve, for: 2f", "luma, picture: odd.mkv, for: 2f", "odd.mkv is no still"),
        ("dissolve, for: 2f", "luma, picture: none.png, for: 2f", "recipe.yaml:6:37: "),
        ("      - {clip: plate.mp4, stop: 0.32s}\n", "", "recipe.yaml:5:9: a transition stands between two clips"),
        (
            "      - {clip: picture",
            "      - {transition: cut}\n      - {transition: cut}\n      - {clip: picture",
            "between",
        ),
        ("    timeline:\n", "    size: [0, 2]\n    timeline:\n", "recipe.yaml:4:12: expected greater than 0"),
        (
            "    timeline:\n",
            "    size: [100000, 2]\n    timeline:\n",
            "recipe.yaml:4:12: expected less than or equal to 16384",
        ),
        ("    timeline:\n", "    rate: '1e9'\n    timeline:\n", "frame rate: expected at most 1000, got 1e9"),
        ("odd.mkv}", "frames, rate: 1001}", "frame rate: expected at most 1000, got 1001"),
        ("dissolve, for: 2f", "iris, center: [.nan, 0.5], for: 2f", "recipe.yaml:6:37: expected a finite number"),
        ("dissolve, for: 2f", "iris, center: [0.5, .inf], for: 2f", "expected a finite number"),
        ("stop: 0.32s", "speed: {0s: 0.1, 1s: 3, ease: in_back}", "the easing in_back passes beyond its keyframes"),
        ("    timeline:\n", "    file: plate.mp4\n    timeline:\n", "expected file or timeline, and only one of them"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(footage, old, new, words):
    assert words in told(footage, old, new)


def test_a_timeline_ends_with_a_clip_and_holds_one(footage):
    assert "recipe.yaml:5:9: a transition" in refused(
        footage, text=HEAD + "      - {transition: dissolve, for: 2f}\n" + TAIL
    )
    assert "put a clip after it" in refused(footage, text=HEAD + ENTRIES + "      - {transition: cut}\n" + TAIL)
    assert "a timeline without a clip" in refused(footage, text=HEAD.replace("timeline:", "timeline: []") + TAIL)


def test_a_matte_is_not_read_from_a_timeline(footage):
    text = TEXT.replace("edits: []", "mattes: {m: {file: plate}}\nedits: [{solid: {color: red, matte: m}}]")
    assert "'plate' is a timeline; a matte is read from one file" in refused(footage, text=text)


def test_equal_timelines_have_equal_digests_and_others_do_not(footage):
    digest = planned(footage).plate.info.digest
    assert planned(footage).plate.info.digest == digest
    others = [("0.32s", "0.28s"), ("dissolve", "wipe"), ("for: 3f", "for: 2f"), ("for: 3f", "for: 3f, fit: cover")]
    assert digest not in {planned(footage, *other).plate.info.digest for other in others}


def test_colors_that_cannot_be_converted_are_refused(footage, tmp_path):
    from composer.media.synthetic import write_clip  # noqa: PLC0415 - this test alone needs it

    write_clip(tmp_path / "plate.mp4", size=Size(32, 16), frames=8, codec="h264")
    write_clip(tmp_path / "odd.mkv", size=Size(32, 16), frames=4, color=ColorTags("ycgco", "limited"))
    text = TEXT.replace("      - {clip: picture.png, for: 3f}\n", "")
    assert "recipe.yaml:7:9: odd.mkv would have to be converted" in refused(tmp_path, text=text)


def test_a_million_frames_of_thirty_over_1_001_do_not_drift(footage):
    """Ten hours: every frame lies where its number says, and a span finds it by its time."""
    plan = planned(footage, ENTRIES, "      - {clip: picture.png, for: 1000000f}\n", span=None).plate.timeline
    rate = FrameRate(Fraction(30000, 1001))
    long = replace(plan, rate=rate)
    assert long.frames == 1_000_000
    for index in (1, 333_333, 999_999):
        at = Fraction(1001 * index, 30000)
        assert long.used(Span(at)) == range(index, 1_000_000)
        assert long.used(Span(at, at + Fraction(1, 10**9))) == range(index, index + 1)
        assert next(iter(long.moments(range(index, index + 1)))).index == index
