"""Sounds are added up at their very samples, with the gains that were asked for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.errors import ProbeError
from composer.media.mix import mix
from composer.media.sounds import Curve, Duck, Sound
from composer.values import Span
from tests.sounds import RATE, sine, written_wav

F = Fraction


@pytest.fixture
def wav(tmp_path):
    count = iter(range(100))
    return lambda samples, rate=RATE: written_wav(tmp_path / f"{next(count)}.wav", samples, rate=rate)


def mixed(*sounds, until=1, layout="mono", start=0, rate=RATE):
    blocks = list(mix(sounds, until=F(until), rate=rate, layout=layout, start=F(start)))
    assert all(block.dtype == np.float32 for block in blocks)
    return np.hstack(blocks)


def noise(count, seed=1):
    return np.random.default_rng(seed).integers(-9000, 9000, count) / 32768


class TestPlaces:
    def test_one_sound_comes_through_bit_for_bit(self, wav):
        samples = noise(RATE)
        assert np.array_equal(mixed(Sound(wav(samples), 0))[0], samples.astype(np.float32))

    @pytest.mark.parametrize("at", [F(0), F(1, 3), F(1001, 30000), F(7, 11), F(-1, 7)])
    def test_a_sound_begins_at_its_sample(self, wav, at):
        samples = noise(1000)
        heard = mixed(Sound(wav(samples), 0, at=at))[0]
        first = round(at * RATE)
        expected = np.zeros(RATE + 20_000, np.float32)
        expected[10_000 + first : 10_000 + first + 1000] = samples
        assert np.array_equal(heard, expected[10_000 : 10_000 + RATE])

    def test_start_and_end_cut_to_the_sample(self, wav):
        samples = noise(RATE)
        heard = mixed(Sound(wav(samples), 0, start=F(1, 7), end=F(3, 7), at=F(1, 2)))[0]
        low, count = round(F(1, 7) * RATE), round(F(2, 7) * RATE)
        assert np.array_equal(heard[RATE // 2 : RATE // 2 + count], samples[low : low + count].astype(np.float32))
        assert not heard[: RATE // 2].any()
        assert not heard[RATE // 2 + count :].any()

    def test_sounds_add_up(self, wav):
        one, two = noise(RATE, 1), noise(RATE, 2)
        heard = mixed(Sound(wav(one), 0), Sound(wav(two), 0))[0]
        assert np.array_equal(heard, one.astype(np.float32) + two.astype(np.float32))

    def test_a_part_of_the_mix_is_that_part_of_the_whole(self, wav):
        path = wav(noise(3 * RATE))
        curve = Curve((F(0), F(3)), (0.0, -20.0))
        sounds = [Sound(path, 0, gain=curve, until=F(3), fade_out=F(1)), Sound(path, 0, at=F(1, 3), loop=True)]
        whole, part = mixed(*sounds, until=3), mixed(*sounds, start=F(5, 4), until=F(5, 2))
        assert np.array_equal(part, whole[:, RATE * 5 // 4 : RATE * 5 // 2])

    def test_a_loop_does_not_drift(self, wav):
        # Its length is no whole number of samples: 1/300 of a second of NTSC time.
        length = F(1001, 30000)
        click = np.zeros(2000)
        click[0] = 0.5
        heard = mixed(Sound(wav(click), 0, end=length, loop=True), until=4)[0]
        turns = [round(turn * length * RATE) for turn in range(int(4 / length) + 1)]
        assert np.flatnonzero(heard).tolist() == turns

    def test_a_loop_of_a_whole_file_goes_on_without_a_gap(self, wav):
        samples = noise(7001)
        heard = mixed(Sound(wav(samples), 0, loop=True))[0]
        assert np.array_equal(heard, np.resize(samples.astype(np.float32), RATE))

    def test_a_missing_stream_is_named(self, wav):
        with pytest.raises(ProbeError, match="has no sound stream 3"):
            mixed(Sound(wav(noise(100)), 3))


class TestGains:
    """Of a sound that is 0.5 all through."""

    def half(self, wav, **asked):
        return mixed(Sound(wav(np.full(RATE, 0.5)), 0, **asked))[0]

    @pytest.mark.parametrize(("decibels", "factor"), [(-6.0206, 0.5), (-20.0, 0.1), (6.0206, 2.0)])
    def test_decibels(self, wav, decibels, factor):
        assert self.half(wav, gain=Curve(values=(decibels,))) == pytest.approx(0.5 * factor, abs=1e-5)

    @pytest.mark.parametrize(
        ("ease", "quarter", "half"),
        [("linear", -5, -10), ("in", -1.25, -5), ("in_out", -2.5, -10), ("hold", 0, 0), ("in_sine", -1.522, -5.858)],
    )
    def test_keyframes_ease_the_decibels(self, wav, ease, quarter, half):
        heard = self.half(wav, gain=Curve((F(0), F(4, 5)), (0.0, -20.0), ease))
        found = 20 * np.log10(heard[[RATE // 5, RATE * 2 // 5, RATE * 9 // 10]] / 0.5)
        assert found.tolist() == pytest.approx([quarter, half, -20], abs=0.01)

    @pytest.mark.parametrize(
        ("times", "values", "expected"),
        [
            ((F(0), F(0)), (0.0, -20.0), [-20, -20, -20]),
            ((F(0), F(2, 5), F(2, 5)), (0.0, -10.0, -20.0), [-5, -20, -20]),
            ((F(0), F(2, 5), F(2, 5), F(4, 5)), (0.0, -10.0, -20.0, 0.0), [-5, -20, -10]),
            ((F(2, 5), F(2, 5)), (0.0, -20.0), [0, -20, -20]),
        ],
    )
    def test_of_two_keyframes_at_one_moment_the_later_one_counts(self, wav, times, values, expected):
        heard = self.half(wav, gain=Curve(times, values))
        found = 20 * np.log10(heard[[RATE // 5, RATE * 2 // 5, RATE * 3 // 5]] / 0.5)
        assert found.tolist() == pytest.approx(expected, abs=0.01)

    def test_fades(self, wav):
        heard = self.half(wav, at=F(1, 10), end=F(1, 2), fade_in=F(1, 5), fade_out=F(1, 10)) / 0.5
        at = [round(moment * RATE) for moment in (0.05, 0.1, 0.2, 0.3, 0.45, 0.55, 0.61)]
        assert heard[at].tolist() == pytest.approx([0, 0, 0.5, 1, 1, 0.5, 0], abs=1e-4)

    def test_a_fade_out_ends_where_the_sound_does(self, wav):
        heard = self.half(wav, loop=True, until=F(4, 5), fade_out=F(2, 5)) / 0.5
        assert heard[[RATE * 2 // 5, RATE * 3 // 5, RATE * 4 // 5]].tolist() == pytest.approx([1, 0.5, 0], abs=1e-4)

    def test_a_fade_out_of_unknown_end_is_refused(self, wav):
        with pytest.raises(ValueError, match="expected end or until"):
            self.half(wav, fade_out=F(1))

    def test_muted_spans_are_silent_and_nothing_else(self, wav):
        heard = self.half(wav, mute=(Span(F(1, 5), F(2, 5)), Span(F(9, 10))))
        assert not heard[RATE // 5 : RATE * 2 // 5].any()
        assert not heard[RATE * 9 // 10 :].any()
        assert np.all(heard[: RATE // 5 - 240] == 0.5)
        assert np.all(heard[RATE * 2 // 5 + 240 : RATE * 9 // 10 - 240] == 0.5)

    def test_a_linear_crossfade_of_a_sound_with_itself_is_that_sound(self, wav):
        path = wav(noise(RATE))
        first = Sound(path, 0, end=F(3, 5), fade_out=F(1, 5))
        second = Sound(path, 0, start=F(2, 5), at=F(2, 5), fade_in=F(1, 5))
        assert mixed(first, second)[0] == pytest.approx(noise(RATE), abs=1e-6)

    def test_an_equal_power_crossfade_keeps_the_power(self, wav):
        ones, zeros = np.full(RATE, 0.5), np.zeros(RATE)
        left = wav(np.stack([ones, zeros]))
        right = wav(np.stack([zeros, ones]))
        first = Sound(left, 0, end=F(3, 5), fade_out=F(1, 5), shape="equal_power")
        second = Sound(right, 0, at=F(2, 5), fade_in=F(1, 5), shape="equal_power")
        power = np.square(mixed(first, second, layout="stereo")).sum(axis=0)
        assert power[RATE // 4 : RATE * 3 // 4] == pytest.approx(0.25, abs=1e-5)


class TestChannels:
    """The factors of each channel, of a sound of 0.5."""

    @pytest.mark.parametrize(
        ("channels", "layout", "expected"),
        [
            ([0.5], "stereo", [0.35355, 0.35355]),
            ([0.5, 0.25], "stereo", [0.5, 0.25]),
            ([0.5, 0.25], "mono", [0.53033]),
            ([0.5, 0.25], "5.1", [0.5, 0.25, 0, 0, 0, 0]),
            ([0.5], "5.1", [0, 0, 0.5, 0, 0, 0]),
        ],
    )
    def test_layouts(self, wav, channels, layout, expected):
        path = wav(np.repeat(np.array(channels)[:, None], 4000, axis=1))
        assert mixed(Sound(path, 0), layout=layout)[:, 2000].tolist() == pytest.approx(expected, abs=1e-4)

    def test_another_rate_keeps_time(self, wav):
        tone = sine(500, -6, 1, rate=44_100)
        heard = mixed(Sound(wav(tone, 44_100), 0))[0]
        assert heard[1000:-1000] == pytest.approx(sine(500, -6, 1)[1000:-1000], abs=2e-3)


class TestDucking:
    def levels(self, wav, **asked):
        """The music's decibels at moments, where a voice is heard from 0.4 s to 1.2 s."""
        voice = np.zeros(2 * RATE)
        voice[RATE * 2 // 5 : RATE * 6 // 5] = sine(1000, -12, 0.8)
        music = Sound(wav(np.stack([np.zeros(2 * RATE), np.full(2 * RATE, 0.5)])), 0, duck=Duck("voice", **asked))
        speech = Sound(wav(np.stack([voice, np.zeros(2 * RATE)])), 0, name="voice")
        heard = mixed(music, speech, until=2, layout="stereo")[1]
        return lambda *moments: (20 * np.log10(heard[[round(m * RATE) for m in moments]] / 0.5)).tolist()

    def test_it_goes_down_and_comes_back(self, wav):
        levels = self.levels(wav, by=12, attack=0.05, release=0.2)
        assert levels(0.39, 1.19) == pytest.approx([0, -12], abs=0.05)
        # One pole: after one time constant 63 % of the way, down from the voice's start and up from its end.
        assert levels(0.45, 1.4) == pytest.approx([-12 * 0.632, -12 * 0.368], abs=0.6)

    def test_a_voice_under_the_threshold_changes_nothing(self, wav):
        assert self.levels(wav, by=12, threshold=-8.0)(0.2, 0.8, 1.5) == [0, 0, 0]

    def test_at_the_threshold_it_is_half_way(self, wav):
        # A sine of -12 dB at its peak has -15.05 dB RMS.
        assert self.levels(wav, by=12, threshold=-15.05)(1.19) == pytest.approx([-6], abs=0.3)

    @pytest.mark.parametrize("start", [F(1001, 1000), F(13, 10), F(1, 5)])
    def test_a_part_is_ducked_as_in_the_whole(self, wav, start):
        voice, music = noise(RATE, 1), np.full(2 * RATE, 0.5)
        sounds = [
            Sound(wav(music), 0, duck=Duck("voice", by=12, attack=0.02, release=0.1)),
            Sound(wav(voice), 0, name="voice"),
        ]
        whole, part = mixed(*sounds, until=2), mixed(*sounds, start=start, until=2)
        assert part.shape[1] == 2 * RATE - round(start * RATE)
        assert np.abs(part - whole[:, round(start * RATE) :]).max() < 1e-4


def test_memory_does_not_grow_with_length(wav):
    import tracemalloc  # noqa: PLC0415 - only this test looks

    path = wav(noise(RATE))
    peaks = []
    for until in (5, 50):
        tracemalloc.start()
        for _ in mix([Sound(path, 0, loop=True)], until=F(until), rate=RATE, layout="stereo"):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2
