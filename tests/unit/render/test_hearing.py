"""What is heard in a finished file, and what the report says of it."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from composer import render_recipe
from composer.media.synthetic import write_clip
from composer.values import FrameRate, Size
from tests.sounds import RATE, ebur128, sine, written_wav

RECIPE = """\
composer: 1
sources: {plate: plate.mkv, voice: voice.wav, music: music.wav, clicks: clicks.wav}
edits:
  - solid: {color: red, opacity: 0.5}
output:
  file: out.mkv
  video: {codec: ffv1}
  audio: AUDIO
"""


@pytest.fixture
def rendered(tmp_path):
    """Renders with some audio: two seconds of picture, a voice in the first second and music all through."""
    write_clip(tmp_path / "plate.mkv", size=Size(16, 16), frames=20, rate=FrameRate(Fraction(10)))
    voice = np.zeros(2 * RATE)
    voice[:RATE] = sine(1000, -12, 1)
    written_wav(tmp_path / "voice.wav", np.stack([voice, 0 * voice]))
    clicks = sine(200, -30, 2)
    clicks[2400::4800] = 0.9
    written_wav(tmp_path / "clicks.wav", np.stack([clicks, clicks]))
    written_wav(tmp_path / "music.wav", np.stack([np.zeros(RATE), sine(200, -12, 1)]))

    def render(audio, **options):
        (tmp_path / "recipe.yaml").write_text(RECIPE.replace("AUDIO", audio))
        return render_recipe(tmp_path / "recipe.yaml", use_cache=False, **options)

    return render


def heard(report):
    with av.open(str(report.output)) as container:
        return np.vstack([frame.to_ndarray().reshape(-1, 2) / 32768 for frame in container.decode(audio=0)])


def test_a_mix_is_what_was_asked(rendered):
    report = rendered("{mix: [voice, {source: music, gain: -6dB, at: 0.5s, fade_out: 0.5s}]}")
    samples = heard(report)
    assert len(samples) == 2 * RATE
    expected = np.zeros((2 * RATE, 2))
    expected[:RATE, 0] = sine(1000, -12, 1)
    fade = np.clip((RATE - np.arange(RATE)) / (RATE / 2), 0, 1)
    expected[RATE // 2 : RATE * 3 // 2, 1] = sine(200, -18, 1) * fade
    assert np.abs(samples - expected).max() < 1e-3
    assert "2 sounds mixed (voice, music), stereo at 48000 Hz; written at" in report.sound


def test_a_part_of_the_picture_has_that_part_of_the_sound(rendered):
    audio = "{mix: [voice, {source: music, at: 0.5s, loop: true}]}"
    whole = heard(rendered(audio))
    part = heard(rendered(audio, span="0.7s..1.6s"))
    assert np.array_equal(part, whole[RATE * 7 // 10 : RATE * 16 // 10])


def test_the_loudness_is_reached_and_told(rendered):
    report = rendered("{mix: [voice, {source: music, loop: true}], loudness: -20 LUFS}")
    assert ebur128(report.output)[0] == pytest.approx(-20, abs=0.1)
    assert "it measured -13.9 LUFS" in report.sound
    assert "was turned down by" in report.sound
    assert "written at -20.0 LUFS, true peak " in report.sound
    assert report.stages["loudness"] > 0
    assert report.warnings == ()


def test_a_part_is_brought_to_the_loudness_of_the_whole(rendered):
    audio = "{mix: [{source: voice, gain: {0.5s: -20dB, 0.5001s: 0dB}}], loudness: -20 LUFS}"
    whole = heard(rendered(audio))
    quiet = rendered(audio, span="0.1s..0.5s")
    assert np.abs(heard(quiet) - whole[RATE // 10 : RATE // 2]).max() < 1e-4
    assert "the whole measured " in quiet.sound
    silent = rendered(audio, span="1.2s..1.8s")
    assert (quiet.warnings, silent.warnings) == ((), ("the mix is silent",))


def test_a_mix_over_full_scale_is_said(rendered):
    report = rendered("{mix: [{source: voice, gain: 20dB}]}")
    assert any("over full scale and is clipped" in line for line in report.warnings)


def test_a_loudness_that_peaks_leave_no_room_for_is_said(rendered):
    report = rendered("{keep: clicks, loudness: -14 LUFS}")
    assert any("its peaks left no more room" in line for line in report.warnings)
    assert ebur128(report.output)[1] <= -0.9


def test_silence_is_said(rendered):
    report = rendered("{mix: [{source: music, mute: [[0s, 9s]]}], loudness: -16}")
    assert "the mix is silent: there is no loudness to bring it to" in report.warnings
    assert not heard(report).any()
