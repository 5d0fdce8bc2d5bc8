"""Loudness is what the standard says and what ffmpeg measures; peaks stay under the ceiling."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf

import numpy as np
import pytest

from composer.media.level import levelled, settled
from composer.media.limit import limited
from composer.media.loudness import Meter
from composer.media.sounds import Mixdown, Sound
from tests.sounds import RATE, ebur128, sine, written_wav


def blocks(samples, size=48_000):
    whole = np.atleast_2d(samples).astype(np.float32)
    return [whole[:, low : low + size] for low in range(0, whole.shape[1], size)]


def measured(samples, layout="mono", rate=RATE, size=48_000):
    meter = Meter(rate, layout)
    for block in blocks(samples, size):
        meter.add(block)
    return meter.measured


def both(samples):
    return np.stack([samples, samples])


def loud_and_soft(seconds=6):
    """Noise with a quiet middle that the gates leave out."""
    samples = np.random.default_rng(4).standard_normal((2, seconds * RATE)) * 0.15
    samples[:, 2 * RATE : 4 * RATE] *= 0.01
    return samples.clip(-1, 1)


class TestStandard:
    """Source: BS.1770-4 section 2; EBU Tech 3341, table 1, cases 1 to 4, shortened."""

    @pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
    def test_a_full_scale_tone_in_one_channel(self, rate):
        assert measured(sine(997, 0, 3, rate=rate), rate=rate).loudness == pytest.approx(-3.01, abs=0.02)

    @pytest.mark.parametrize("decibels", [-23, -33])
    def test_a_stereo_tone_has_the_loudness_of_its_peak(self, decibels):
        assert measured(both(sine(1000, decibels, 3)), "stereo").loudness == pytest.approx(decibels, abs=0.05)

    def test_what_is_ten_units_under_the_rest_does_not_count(self):
        parts = [both(sine(1000, level, seconds)) for level, seconds in ((-36, 4), (-23, 12), (-36, 4))]
        assert measured(np.hstack(parts), "stereo").loudness == pytest.approx(-23, abs=0.1)

    def test_what_is_under_the_absolute_gate_does_not_count(self):
        parts = [both(sine(1000, level, seconds)) for level, seconds in ((-72, 4), (-23, 12))]
        assert measured(np.hstack(parts), "stereo").loudness == pytest.approx(-23, abs=0.1)

    def test_surround_counts_more_and_the_low_channel_not_at_all(self):
        tone = sine(1000, -20, 3)
        alone = [measured(np.eye(6)[[channel]].T * tone, "5.1").loudness for channel in range(6)]
        assert alone[:3] == pytest.approx([-23] * 3, abs=0.05)
        assert alone[3] == -inf
        assert alone[4:] == pytest.approx([-23 + 1.49] * 2, abs=0.05)

    def test_silence_has_none(self):
        found = measured(np.zeros(RATE))
        assert (found.loudness, found.peak) == (-inf, -inf)

    def test_a_peak_between_samples_is_found(self):
        # A quarter of the rate, an eighth of a turn late: samples at 0.707 of the peak.
        tone = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4) * np.hanning(RATE)
        assert np.abs(tone).max() == pytest.approx(0.7071, abs=1e-3)
        assert measured(tone).peak == pytest.approx(0, abs=0.05)

    def test_blocks_of_any_size_measure_the_same(self):
        samples = loud_and_soft()
        found = [measured(samples, "stereo", size=size) for size in (48_000, 7001)]
        assert found[0].loudness == pytest.approx(found[1].loudness, abs=1e-6)
        assert found[0].peak == pytest.approx(found[1].peak, abs=1e-6)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [(both(sine(997, -23, 3)), 48_000), (loud_and_soft(), 48_000), (loud_and_soft(), 44_100)],
    ids=["tone", "noise with a pause", "at 44.1 kHz"],
)
def test_it_agrees_with_ffmpeg(tmp_path, samples, rate):
    loud, peak = ebur128(written_wav(tmp_path / "a.wav", samples, rate=rate))
    ours = measured(samples, "stereo", rate=rate)
    assert ours.loudness == pytest.approx(loud, abs=0.1)
    assert ours.peak == pytest.approx(peak, abs=0.2)


class TestLimiter:
    def test_peaks_stay_under_the_ceiling(self):
        samples = loud_and_soft() * 4
        out = np.hstack(list(limited(blocks(samples), ceiling=-1.0, rate=RATE)))
        assert out.shape == samples.shape
        assert measured(samples, "stereo").peak > 6
        assert measured(out, "stereo").peak <= -1.0

    def test_what_stays_under_it_is_unchanged(self):
        samples = loud_and_soft() * 0.5
        out = np.hstack(list(limited(blocks(samples), ceiling=-1.0, rate=RATE)))
        assert np.array_equal(out, samples.astype(np.float32))

    def test_only_the_surroundings_of_a_peak_are_turned_down(self):
        samples = np.full(3 * RATE, 0.25)
        samples[RATE + 10] = 1.0
        out = np.hstack(list(limited(blocks(samples), ceiling=-6.0, rate=RATE)))[0]
        assert np.all(out[: RATE + 10 - 600] == 0.25)
        assert out[RATE + 10] <= 0.5012
        assert out[RATE + 10 - 100] < 0.2
        assert out[-1] == pytest.approx(0.25, abs=1e-5)


class TestLevels:
    def mixdown(self, tmp_path, samples, **asked):
        path = written_wav(tmp_path / "a.wav", samples)
        seconds = Fraction(np.atleast_2d(samples).shape[1], RATE)
        return Mixdown((Sound(path, 0),), seconds, RATE, "stereo", **asked)

    @pytest.mark.parametrize("target", [-16.0, -23.0, -40.0])
    def test_the_target_is_reached_by_one_factor(self, tmp_path, target):
        samples = loud_and_soft() * 0.3
        track, before = settled(self.mixdown(tmp_path, samples, loudness=target))
        out = np.hstack(list(levelled(track)))
        assert measured(out, "stereo").loudness == pytest.approx(target, abs=0.05)
        assert track.level == pytest.approx(target - before.loudness)
        assert np.allclose(out, samples * 10 ** (track.level / 20), atol=1e-3)

    def test_ffmpeg_hears_the_target_too(self, tmp_path):
        track, _ = settled(self.mixdown(tmp_path, loud_and_soft(), loudness=-16.0))
        loud, peak = ebur128(written_wav(tmp_path / "b.wav", np.hstack(list(levelled(track)))))
        assert loud == pytest.approx(-16.0, abs=0.1)
        assert peak <= -1.0

    def test_without_a_target_nothing_is_measured_or_changed(self, tmp_path):
        track, before = settled(self.mixdown(tmp_path, loud_and_soft()))
        assert before is None
        assert track.level is None

    @pytest.mark.parametrize("start", [Fraction(1, 3), Fraction(8, 5)])
    def test_a_part_is_limited_as_the_whole(self, tmp_path, start):
        samples = both(sine(200, -20, 3))
        samples[:, [RATE // 3 - 480, RATE * 8 // 5 - 480]] = 1.0
        track, _ = settled(self.mixdown(tmp_path, samples, loudness=-12.0))
        part = replace(track, start=start, whole=track.until)
        whole, alone = (np.hstack(list(levelled(each))) for each in (track, part))
        first = round(start * RATE)
        turned = samples[:, first:] * 10 ** (track.level / 20)
        assert np.abs(whole[:, first:] - turned).max() > 0.01  # the limiter still holds on to the peak before
        assert np.abs(alone - whole[:, first:]).max() < 1e-4

    def test_silence_stays_silent(self, tmp_path):
        track, before = settled(self.mixdown(tmp_path, np.zeros((2, RATE)), loudness=-16.0))
        assert before.loudness == -inf
        assert not np.hstack(list(levelled(track))).any()
