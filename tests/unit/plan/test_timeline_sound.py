"""The sound of a timeline: each clip's own samples at its place, crossed where the pictures are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.media.mix import mix
from composer.media.synthetic import write_clip
from composer.values import FrameRate, Size
from tests.plans import plan_of, refused

RATE = 48_000
FRAME = RATE // 25
TONE = 8000 / 32768 * np.sin(2 * np.pi * 440 / RATE * np.arange(RATE))
ONE_BIT = 1.5 / 32768


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heard")
    for name in ("a.mkv", "b.mkv"):
        write_clip(folder / name, size=Size(16, 8), frames=10, audio=True)
    write_clip(folder / "mute.mkv", size=Size(16, 8), frames=10)
    write_clip(folder / "ntsc.mkv", size=Size(16, 8), frames=10, rate=FrameRate(Fraction(30000, 1001)), audio=True)
    return folder


def planned(folder, entries, *, output="out.mkv", audio="", extra="", **options):
    return plan_of(folder, text=_text(entries, output, audio, extra), **options)


def _text(entries, output="out.mkv", audio="", extra=""):
    lines = "\n".join(f"      - {entry}" for entry in entries)
    head = f"composer: 1\nsources:\n  plate:\n{extra}    timeline:\n{lines}\nedits: []\n"
    return head + f"output: {{file: {output}{audio}}}\n"


def heard(plan):
    track = plan.output.audio
    blocks = mix(track.sounds, until=track.until, rate=track.rate, layout=track.layout, start=track.start)
    return np.concatenate(list(blocks), axis=1)[0]


def test_each_clip_is_heard_from_its_own_sample_at_its_place(clips):
    samples = heard(planned(clips, ["{clip: a.mkv, start: 2f, stop: 5f}", "{clip: b.mkv, start: 7f, stop: 9f}"]))
    assert len(samples) == 5 * FRAME
    np.testing.assert_allclose(samples[: 3 * FRAME], TONE[2 * FRAME : 5 * FRAME], atol=ONE_BIT)
    np.testing.assert_allclose(samples[3 * FRAME :], TONE[7 * FRAME : 9 * FRAME], atol=ONE_BIT)


def test_a_transition_crosses_both_at_equal_power(clips):
    samples = heard(planned(clips, ["{clip: a.mkv, stop: 4f}", "{transition: dissolve, for: 2f}", "b.mkv"]))
    share = np.arange(2 * FRAME) / (2 * FRAME) * np.pi / 2
    crossed = TONE[2 * FRAME : 4 * FRAME] * np.cos(share) + TONE[: 2 * FRAME] * np.sin(share)
    np.testing.assert_allclose(samples[: 2 * FRAME], TONE[: 2 * FRAME], atol=ONE_BIT)
    np.testing.assert_allclose(samples[2 * FRAME : 4 * FRAME], crossed, atol=2 * ONE_BIT)
    np.testing.assert_allclose(samples[4 * FRAME :], TONE[2 * FRAME : 10 * FRAME], atol=ONE_BIT)


def test_clips_without_sound_or_at_another_speed_are_silent_and_the_plan_says_so(clips):
    plan = planned(clips, ["mute.mkv", "a.mkv", "{clip: b.mkv, speed: 0.5}"])
    samples = heard(plan)
    assert not samples[: 10 * FRAME].any()
    np.testing.assert_allclose(samples[10 * FRAME : 20 * FRAME], TONE[: 10 * FRAME], atol=ONE_BIT)
    assert not samples[20 * FRAME :].any()
    assert len(samples) == 40 * FRAME
    assert any("b.mkv is silent: it changes speed" in words for words in plan.warnings)


def test_places_are_counted_from_the_rate_itself(clips):
    plan = planned(clips, ["ntsc.mkv"] * 30)
    assert [sound.at for sound in plan.output.audio.sounds] == [Fraction(1001 * index, 3000) for index in range(30)]


def test_a_span_and_a_start_cut_the_sound_with_the_pictures(clips):
    entries = ["{clip: a.mkv, stop: 4f}", "{transition: dissolve, for: 2f}", "b.mkv"]
    whole = heard(planned(clips, entries))
    np.testing.assert_array_equal(heard(planned(clips, entries, span="3f..6f")), whole[3 * FRAME : 6 * FRAME])
    extra = "    start: 3f\n    stop: 7f\n"
    np.testing.assert_array_equal(heard(planned(clips, entries, extra=extra)), whole[3 * FRAME : 7 * FRAME])
    inside = heard(planned(clips, entries, extra="    stop: 3f\n"))
    np.testing.assert_array_equal(inside, whole[: 3 * FRAME])


def test_a_timeline_takes_part_in_a_mix(clips):
    plan = planned(clips, ["a.mkv", "b.mkv"], audio=", audio: {mix: [{source: plate, gain: -6.0206}]}")
    np.testing.assert_allclose(heard(plan)[: 10 * FRAME], TONE[: 10 * FRAME] / 2, atol=ONE_BIT)
    late = planned(
        clips, ["a.mkv", "b.mkv"], audio=", audio: {mix: [{source: plate, at: 3f}]}", extra="    start: 2f\n"
    )
    np.testing.assert_allclose(heard(late)[3 * FRAME : 11 * FRAME], TONE[2 * FRAME : 10 * FRAME], atol=ONE_BIT)
    assert not heard(late)[: 3 * FRAME].any()


def test_fades_and_loops_of_a_timeline_are_refused_by_name(clips):
    text = _text(["a.mkv"], audio=", audio: {mix: [{source: plate, fade_in: 1s}]}")
    assert "fade_in: 'plate' is a timeline" in refused(clips, text=text)


def test_a_timeline_of_silent_clips_has_no_sound(clips):
    assert planned(clips, ["mute.mkv"]).output.audio is None
    assert "'plate' has no sound" in refused(clips, text=_text(["mute.mkv"], audio=", audio: plate"))


def test_the_files_of_all_sounds_are_encoded_into_one_track(clips):
    from composer.media import probe  # noqa: PLC0415 - this test alone renders
    from composer.render import render_plan  # noqa: PLC0415

    render_plan(planned(clips, ["a.mkv", "b.mkv"], output="out.mp4"))
    (sound,) = probe(clips / "out.mp4").audio
    assert abs(sound.duration - Fraction(20, 25)) < Fraction(1, 25)
