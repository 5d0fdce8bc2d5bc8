"""Time is exact: integer ticks and fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.values import FrameRate, Moment, Span, Timestamp

BASES = st.sampled_from([Fraction(1, 1000), Fraction(1, 90000), Fraction(1001, 30000), Fraction(1, 12800)])


@given(st.integers(-(10**9), 10**9), BASES)
def test_a_timestamp_survives_a_finer_time_base_and_back(pts, base):
    moment = Timestamp(pts, base)
    assert moment.rescaled(base / 7).rescaled(base) == moment


@given(st.integers(0, 10**7), BASES, BASES)
def test_rescaling_is_off_by_at_most_half_a_tick(pts, base, other):
    moment = Timestamp(pts, base)
    assert abs(moment.rescaled(other).seconds - moment.seconds) <= other / 2


def test_timestamps_of_different_time_bases_compare_by_seconds():
    assert Timestamp(1, Fraction(1, 25)) == Timestamp(40, Fraction(1, 1000))
    assert Timestamp(1, Fraction(1, 25)) < Timestamp(41, Fraction(1, 1000))
    assert hash(Timestamp(1, Fraction(1, 25))) == hash(Timestamp(40, Fraction(1, 1000)))


def test_an_hour_of_ntsc_frames_does_not_drift():
    rate = FrameRate.parse("29.97")
    frames = 107892
    assert frames / rate.value == Fraction(frames * 1001, 30000)
    assert Timestamp(frames * 1001, Fraction(1, 30000)).seconds == frames / rate.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25", Fraction(25)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
    ],
)
def test_frame_rates_read_as_fractions(text, value):
    assert FrameRate.parse(text).value == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("2.5s", Fraction(5, 2)), ("00:01:02.500", Fraction(125, 2)), ("01:02", 62), ("50f", 2), (3, 3)],
)
def test_times_read_as_a_recipe_writes_them(text, seconds):
    assert Moment.parse(text).seconds_at(FrameRate(Fraction(25))) == seconds


@pytest.mark.parametrize("text", ["2 hours", "", "-1s", "1:2:3:4", "nan"])
def test_a_bad_time_says_what_was_expected(text):
    with pytest.raises(ValueError, match="expected a time like 2s"):
        Moment.parse(text)


def test_a_span_includes_its_start_and_not_its_end():
    span = Span(Fraction(1), Fraction(2))
    assert Fraction(1) in span
    assert Fraction(2) not in span
    with pytest.raises(ValueError, match="start < end"):
        Span(Fraction(2), Fraction(2))
