"""The words of a recipe parse as written and refuse nonsense in the user's words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from composer.fields import Animated, AnimatedLength, Color, Corners, FieldModel, Length, Opacity, Place, Shift, Time
from composer.fields.animation import eased
from composer.values import Box, FrameRate, Size

RATE = FrameRate(Fraction(25))


class Words(FieldModel):
    opacity: Opacity = Animated.parse(1)
    radius: AnimatedLength = AnimatedLength.parse("12px")
    color: Color = Color.parse("black")


def test_a_model_takes_plain_values_and_keyframe_tables():
    words = Words.model_validate({"opacity": {"0s": 0, "2s": 1, "ease": "in_out"}, "radius": 0.1, "color": "#f80"})
    assert words.opacity.value_at(Fraction(1), RATE) == 0.5
    assert words.radius.pixels_at(Fraction(0), RATE, whole=360) == pytest.approx(36)
    assert words.color.rgb == (255, 136, 0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"opacity": 1.5}, "from 0 to 1"),
        ({"opacity": {"0s": 0, "ease": "bouncy"}}, "ease: expected one of"),
        ({"opacity": {"ease": "in"}}, "at least one keyframe"),
        ({"opacity": {"0s": 0, "12f": 1}}, "all times in seconds, or all in frames"),
        ({"opacity": True}, "expected a number"),
        ({"radius": "wide"}, "fraction of the picture"),
        ({"color": "greenish"}, "expected a colour"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_nonsense_is_refused_in_words(value, message):
    with pytest.raises(ValidationError, match=message):
        Words.model_validate(value)


@given(st.floats(0, 1), st.sampled_from(["linear", "in", "out", "in_out"]))
def test_easing_starts_at_nothing_ends_at_all_and_never_leaves(share, ease):
    assert eased(0, ease) == 0
    assert eased(1, ease) == 1
    assert 0 <= eased(share, ease) <= 1


def test_keyframes_hold_before_the_first_and_after_the_last():
    fade = Animated.parse({"1s": 0.25, "2s": 0.75})
    assert [fade.value_at(Fraction(t), RATE) for t in (0, 1, 2, 9)] == [0.25, 0.25, 0.75, 0.75]


def test_hold_jumps_at_the_next_keyframe():
    steps = Animated.parse({"0s": 0, "1s": 1, "ease": "hold"})
    assert [steps.value_at(Fraction(t, 10), RATE) for t in (0, 9, 10)] == [0, 0, 1]


def test_keyframes_may_be_written_in_frames_and_in_any_order():
    assert Animated.parse({"50f": 1, "0f": 0}).value_at(Fraction(1), RATE) == 0.5


def test_pixel_lengths_shrink_with_a_proxy_and_fractions_need_not():
    assert Length.parse("12px").pixels(540, proxy=0.5) == 6
    assert Length.parse(0.1).pixels(540, proxy=0.5) == 54


def test_a_place_and_corners_scale_to_the_picture():
    assert Place.parse([0.1, 0.2, 0.5, 1]).box(Size(100, 50)) == Box(10, 10, 50, 50)
    quad = Corners.parse([[0, 0], [1, 0], [1, 1], [0, 1]]).quad(Size(64, 36))
    assert quad.bounds == Box(0, 0, 64, 36)


@pytest.mark.parametrize("kind", [Time, Length, Color, Place, Corners, Animated, AnimatedLength])
@pytest.mark.parametrize("raw", [None, True, "?", [], {"a": 1}])
def test_every_word_refuses_what_it_cannot_read_with_value_error(kind, raw):
    with pytest.raises(ValueError, match="expected"):
        kind.parse(raw)


@pytest.mark.parametrize("raw", [0.5, {"0s": 0.0, "2s": 1.0, "ease": "in"}])
def test_an_animated_value_spells_itself_so_that_it_reads_back_the_same(raw):
    assert Animated.parse(Animated.parse(raw).spelled()) == Animated.parse(raw)


@pytest.mark.parametrize(
    ("word", "seconds", "frames"), [("-1s", -1, None), ("+0.5s", 0.5, None), (-2, -2, None), ("-12f", None, -12)]
)
def test_a_shift_is_a_time_with_a_sign(word, seconds, frames):
    moment = Shift.parse(word).moment
    assert (moment.seconds, moment.frames) == (seconds, frames)
    assert Shift.parse(Shift.parse(word).spelled()) == Shift.parse(word)


@pytest.mark.parametrize("word", ["--1s", "soon", True, "-"])
def test_what_is_no_shift_is_refused(word):
    with pytest.raises(ValueError, match="expected a time from now"):
        Shift.parse(word)
