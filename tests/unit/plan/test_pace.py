"""Speeds integrated exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import get_args

import pytest

from composer.fields import Animated, Ease
from composer.plan.pace import pace_of
from composer.values import FrameRate

RATE = FrameRate(Fraction(25))
NTSC = FrameRate(Fraction(30000, 1001))


def pace(speed, start=0):
    return pace_of(Fraction(start), Animated.parse(speed), RATE)


def test_one_speed_is_a_line():
    assert pace(0.5, start=2).at(Fraction(3)) == Fraction(7, 2)
    assert pace(0.1).at(Fraction(10)) == 1  # 0.1 as it is written, not as a float holds it


@pytest.mark.parametrize(
    ("ease", "half", "whole"),
    [
        ("linear", Fraction(3, 4), Fraction(2)),
        ("hold", Fraction(1, 2), Fraction(1)),
        ("in", Fraction(1, 2) + Fraction(2, 24), Fraction(1) + Fraction(2, 3)),
        ("out", Fraction(1, 2) + 2 * (Fraction(1, 4) - Fraction(1, 24)), Fraction(1) + Fraction(4, 3)),
        ("in_out", Fraction(1, 2) + Fraction(2, 12), Fraction(2)),
    ],
)
def test_a_ramp_from_1_to_3_over_a_second_passes_its_integral(ease, half, whole):
    ramp = pace({"0s": 1, "1s": 3, "ease": ease})
    assert (ramp.at(Fraction(1, 2)), ramp.at(Fraction(1))) == (half, whole)
    assert ramp.at(Fraction(2)) == whole + 3


@pytest.mark.parametrize("ease", get_args(Ease))
def test_the_integral_is_what_small_steps_of_the_eased_speed_add_up_to(ease):
    speed = Animated.parse({"0.5s": 1.25, "2s": 4, "3s": 2, "ease": ease})
    steps = 4000
    summed = sum(speed.value_at((index + Fraction(1, 2)) * Fraction(4, steps), RATE) for index in range(steps))
    exact = pace_of(Fraction(0), speed, RATE).at(Fraction(4))
    assert float(exact) == pytest.approx(summed * 4 / steps, rel=1e-6)


@pytest.mark.parametrize(
    ("ease", "half", "whole"),
    [
        ("in_cubic", 1 / 64, 1 / 4),
        ("in_sine", 0.5 - 2 / math.pi * math.sin(math.pi / 4), 1 - 2 / math.pi),
        ("in_out_sine", 0.25 - 0.5 / math.pi, 0.5),
        ("in_expo", (2**-5 - 2**-10) / (10 * math.log(2)), (1 - 2**-10) / (10 * math.log(2))),
        ("in_back", 2.70158 / 64 - 1.70158 / 24, 2.70158 / 4 - 1.70158 / 3),
    ],
)
def test_curves_that_are_no_short_polynomials_are_integrated_to_a_billionth(ease, half, whole):
    ramp = pace({"0s": 10, "1s": 11, "ease": ease})
    assert float(ramp.at(Fraction(1, 2)) - 5) == pytest.approx(half, abs=1e-9)
    assert float(ramp.at(Fraction(1)) - 10) == pytest.approx(whole, abs=1e-9)


@pytest.mark.parametrize("ease", ["in_out_cubic", "in_out_sine", "in_out_expo", "in_out_back"])
def test_what_eases_alike_at_both_ends_ends_on_its_very_frame(ease):
    assert pace({"0s": 1, "2s": 3, "ease": "in_out_sine"}).at(Fraction(2)) == 4
    assert pace({"0s": 2, "2s": 3, "ease": ease}).frames_until(Fraction(5), RATE) == 50


def test_keyframes_may_be_written_in_frames_of_what_is_shown():
    assert pace({"25f": 1, "50f": 3}).at(Fraction(2)) == 3


def test_a_clip_is_shown_while_its_time_has_not_come_to_its_end():
    assert pace(1).frames_until(Fraction(3), RATE) == 75
    assert pace(2).frames_until(Fraction(3), RATE) == 38
    assert pace(1, start=1).frames_until(Fraction(4), NTSC) == 90
    assert pace(1).frames_until(Fraction(1, 1000), RATE) == 1


def test_thirty_over_1_001_does_not_drift_in_a_million_frames():
    one = pace_of(Fraction(0), Animated.parse(1), NTSC)
    for index in (1, 999_999, 1_000_000):
        assert one.at(index / NTSC.value) == Fraction(1001 * index, 30000)
    assert one.frames_until(Fraction(1001 * 1_000_000, 30000), NTSC) == 1_000_000
