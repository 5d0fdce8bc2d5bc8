"""Which sound is heard when; what cannot be heard is refused with its line."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction

import imageio_ffmpeg
import numpy as np
import pytest

from composer.media import AudioTrack
from composer.media.sounds import Mixdown
from composer.plan.tell import as_text, sound_words
from composer.values import Span
from tests.plans import plan_of, refused
from tests.sounds import RATE, sine, written_wav

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TEXT = """\
composer: 1
sources:
  plate: plate.mp4
  music: {file: music.wav, start: 0.25s}
  voice: voice.wav
  silent: mute.mp4
  quick: {file: music.wav, speed: 2}
edits:
  - solid: {color: red}
output:
  file: out.mp4
  audio: AUDIO
"""


@pytest.fixture(scope="module")
def sounds(footage):
    written_wav(footage / "music.wav", np.stack([sine(220, -12, 1, rate=44_100)] * 2), rate=44_100)
    written_wav(footage / "voice.wav", sine(700, -12, 0.2, rate=22_050), rate=22_050)
    return footage


def planned(sounds, audio, **options):
    return plan_of(sounds, "AUDIO", audio, text=TEXT, **options)


def mixed(sounds, audio, **options):
    track = planned(sounds, audio, **options).output.audio
    assert isinstance(track, Mixdown)
    return track


def refusal(sounds, audio, **options):
    return refused(sounds, "AUDIO", audio, text=TEXT, **options)


class TestForms:
    @pytest.mark.parametrize("audio", ["plate", "{keep: plate}", "{mix: [plate]}", "{mix: [{source: plate, gain: 0}]}"])
    def test_a_single_untouched_sound_is_copied(self, sounds, audio):
        track = planned(sounds, audio).output.audio
        assert isinstance(track, AudioTrack)
        assert track.mode == "copy"

    @pytest.mark.parametrize(
        "audio",
        [
            "{mix: [{source: plate, gain: -3dB}]}",
            "{loudness: -16 LUFS}",
            "{keep: plate, loudness: -23}",
            "{mix: [plate, music]}",
        ],
    )
    def test_everything_else_is_mixed(self, sounds, audio):
        assert mixed(sounds, audio).sounds[0].name == "plate"

    def test_a_file_of_sound_alone_is_a_source(self, sounds):
        track = planned(sounds, "music").output.audio
        assert (track.path.name, track.mode) == ("music.wav", "encode")

    def test_pictures_hold_no_mix(self, sounds):
        assert planned(sounds, "{mix: [plate, music]}", output=sounds / "out.gif").output.audio is None


class TestPlaces:
    def test_times_gains_and_fades(self, sounds):
        asked = (
            "{mix: [plate, {source: music, at: 0.1s, gain: {0f: -20dB, 5f: -6dB}, fade_in: 20ms, fade_out: 2f, "
            "mute: [[0.2s, 0.3s]], duck: {under: voice, by: 9dB, attack: 10ms}}, voice]}"
        )
        plate, music, voice = mixed(sounds, asked).sounds
        assert (plate.at, plate.start, plate.until) == (0, 0, Fraction(2, 5))
        assert (music.start, music.at, music.end) == (Fraction(1, 4), Fraction(1, 10), 1)
        assert music.gain.times == (0, Fraction(1, 5))
        assert music.gain.values == (-20, -6)
        assert (music.fade_in, music.fade_out) == (Fraction(1, 50), Fraction(2, 25))
        assert music.mute == (Span(Fraction(1, 5), Fraction(3, 10)),)
        assert (music.duck.under, music.duck.by, music.duck.threshold, music.duck.attack) == ("voice", 9, -35, 0.01)
        assert voice.duck is None

    def test_a_part_is_heard_as_it_would_be_in_the_whole(self, sounds):
        whole, part = (mixed(sounds, "{mix: [plate, music]}", span=span) for span in (None, "0.2s..0.36s"))
        assert part.sounds == whole.sounds
        assert (whole.start, whole.until, whole.offset) == (0, Fraction(2, 5), 0)
        assert (part.start, part.until, part.offset) == (Fraction(1, 5), Fraction(9, 25), Fraction(-1, 5))

    def test_rate_and_layout_are_the_best_of_the_sounds(self, sounds):
        assert (mixed(sounds, "{mix: [plate, music]}").rate, mixed(sounds, "{mix: [plate, music]}").layout) == (
            48_000,
            "stereo",
        )
        alone = mixed(sounds, "{mix: [{source: music, gain: -1}]}")
        assert (alone.rate, alone.layout, alone.is_lossless) == (44_100, "stereo", True)
        voice = mixed(sounds, "{mix: [{source: voice, gain: -1}]}")
        assert (voice.rate, voice.layout) == (22_050, "mono")

    def test_webm_is_at_48_kilohertz(self, sounds):
        assert mixed(sounds, "{mix: [{source: music, gain: -1}]}", output=sounds / "out.webm").rate == RATE


@pytest.mark.parametrize(("audio", "count"), [("{mix: [plate, music]}", 0), ("{loudness: -16}", 0), ("plate", 1)])
def test_a_mix_alone_is_worth_a_recipe(sounds, audio, count):
    text = TEXT.replace("edits:\n  - solid: {color: red}\n", "")
    said = plan_of(sounds, "AUDIO", audio, text=text).warnings
    assert [line.startswith("the recipe has no edits") for line in said] == [True] * count


class TestRefusals:
    @pytest.mark.parametrize(
        ("audio", "words"),
        [
            ("{mix: [plate, musik]}", "recipe.yaml:12:24: unknown source 'musik'"),
            ("{mix: [plate, silent]}", "recipe.yaml:12:24: 'silent' has no sound: mute.mp4 holds pictures only"),
            ("{mix: [plate, quick]}", "recipe.yaml:12:24: 'quick' runs at speed 2; sound is not stretched"),
            ("{mix: [plate, ./music.wav]}", "'./music.wav' is a file; sound comes from a source with a name"),
            ("{mix: [{source: music, at: 4s}]}", "'music' would begin at 4s; the picture ends at 0.4s"),
            ("{mix: [{source: music, duck: {under: music}}]}", "'music' cannot duck under itself"),
            ("{mix: [{source: music, duck: {under: plate}}]}", "'plate' is not heard in this mix"),
            ("{mix: [{source: music, mute: [[2s, 1s]]}]}", "muted from 2s to 1s: the end is not after the start"),
            ("{mix: [{source: music, gain: loud}]}", "expected decibels such as -3dB, got 'loud'"),
            ("{mix: [{source: music, gain: -90dB}]}", "expected decibels from -60 to 60, got '-90dB'"),
            (
                "{mix: [{source: music, duck: {under: plate, by: -3dB}}, plate]}",
                "how many decibels quieter, more than 0",
            ),
            ("{mix: []}", "expected at least one sound"),
            ("{mix: [plate], keep: plate}", "write either keep or mix"),
            ("{keep: none, loudness: -16 LUFS}", "there is no sound to level"),
            ("{loudness: 16 LUFS}", "expected a loudness from -60 to -5 LUFS, got '16 LUFS'"),
        ],
    )
    def test_words(self, sounds, audio, words):
        assert words in refusal(sounds, audio)

    def test_a_stop_past_the_end_is_refused(self, sounds):
        text = TEXT.replace("start: 0.25s", "stop: 1.2s, loop: true")
        said = refused(sounds, "AUDIO", "{mix: [plate, music]}", text=text)
        assert "recipe.yaml:4:" in said
        assert "stop (1.2s) is past the end of music.wav, which is 1s long" in said

    def test_a_sound_is_no_picture(self, sounds):
        text = (
            TEXT.replace("solid: {color: red}", "background: {source: music, keep: all}")
            .replace("edits:", "mattes: {all: {static: {}}}\nedits:")
            .replace("AUDIO", "plate")
        )
        assert "'music' has sound but no picture: music.wav" in refused(sounds, text=text)

    def test_a_sound_is_no_plate(self, sounds):
        text = TEXT.replace("plate: plate.mp4", "plate: music.wav").replace("AUDIO", "none")
        assert "music.wav holds sound only; the plate has to be a video" in refused(sounds, text=text)


class TestBrokenOff:
    """Four seconds of sound in the header and two in the file."""

    @pytest.fixture
    def broken(self, sounds):
        subprocess.run(
            [FFMPEG, "-y", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=4", sounds / "all.wav"], check=True
        )

        def broken(suffix):
            if suffix != "wav":
                words = [FFMPEG, "-y", "-v", "error", "-i", sounds / "all.wav", sounds / f"all.{suffix}"]
                subprocess.run(words, check=True)
            data = (sounds / f"all.{suffix}").read_bytes()
            (sounds / f"half.{suffix}").write_bytes(data[: len(data) // 2])
            return sounds

        return broken

    @pytest.mark.parametrize("suffix", ["wav", "mkv", "flac", "mp3"])
    @pytest.mark.parametrize("audio", ["{mix: [plate, {source: music, loop: true}]}", "{keep: music, loudness: -16}"])
    def test_what_is_needed_and_missing_is_refused(self, broken, suffix, audio):
        text = TEXT.replace("music.wav, start: 0.25s", f"half.{suffix}, start: 1.9s")
        if "loop" not in audio:
            text = text.replace("1.9s", "2.5s")
        said = refused(broken(suffix), "AUDIO", audio, text=text)
        assert re.search(rf"half.{suffix}: its sound breaks off at [12]\.\d+ s; its header claims 4\.0\d s", said)

    def test_kept_sound_is_refused_too(self, broken):
        text = TEXT.replace("music.wav, start: 0.25s", "half.wav, start: 2.5s")
        assert "its sound breaks off at 2.00 s" in refused(broken("wav"), "AUDIO", "music", text=text)

    @pytest.mark.parametrize("music", ["half.wav", "half.wav, stop: 2s, loop: true", "all.wav, loop: true"])
    def test_what_is_there_is_heard(self, broken, music):
        text = TEXT.replace("music.wav, start: 0.25s", music)
        track = plan_of(broken("wav"), "AUDIO", "{mix: [plate, music]}", text=text).output.audio
        assert len(track.sounds) == 2


def test_the_plan_says_it_in_words(sounds):
    plan = planned(sounds, "{mix: [plate, {source: music, duck: {under: plate}}], loudness: -16 LUFS}")
    said = (
        "2 sounds mixed (plate, music), music ducks under plate, stereo at 48000 Hz, to -16 LUFS, peaks under -1 dBTP"
    )
    assert sound_words(plan) == said
    assert f"sound     {said}\n" in as_text(plan)
