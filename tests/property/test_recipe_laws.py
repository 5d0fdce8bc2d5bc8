"""Laws of reading recipes: whatever the text, an answer in words; whatever is written, read back the same."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import PlanError, RecipeError
from composer.fields import Animated, Color, Length, Time
from composer.plan import parse_span
from composer.recipe import Param, parse_recipe
from composer.recipe.params import filled
from composer.recipe.place import nearest
from composer.recipe.text import TextError, read_text
from composer.values import FrameRate, Moment

RATES = st.sampled_from([FrameRate(Fraction(24)), FrameRate(Fraction(30000, 1001)), FrameRate(Fraction(25))])
RECIPE = """\
composer: 1
params: {r: {type: number, default: 2, min: 0, max: 9}}
sources: {plate: a.mp4, b: {file: b.mp4, loop: true, start: 2s}}
mattes: {m: {moving: {}}, n: {invert: m, feather: 2px}}
regions: {w: {corners: [[0, 0], [1, 0], [1, 1], [0, 1]]}}
edits:
  - background: {source: b, keep: m}
  - blur: {outside: n, radius: "${r}", from: 1s}
output: {file: o.mp4, audio: none}
"""

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def refusal(kind, read):
    """What a reading refuses with, or None when it reads."""
    try:
        read()
    except kind as error:
        return error
    return None


@given(plain)
def test_json_is_read_as_what_it_says(value):
    # JSON is YAML 1.2; Python writes floats such as 1e+16, which the core schema reads as numbers too.
    if isinstance(value, dict | list) and value:
        assert read_text(json.dumps(value, ensure_ascii=True)).plain() == value


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_is_read_or_refused_in_words(text):
    error = refusal(TextError, lambda: read_text(text))
    assert error is None or error.message


@given(st.integers(0, len(RECIPE)), st.integers(0, 6), st.text(max_size=6))
@settings(max_examples=200, deadline=None)
def test_a_recipe_with_a_slip_of_the_pen_loads_or_is_refused_with_its_place(at, gone, added):
    text = RECIPE[:at] + added + RECIPE[at + gone :]
    error = refusal(RecipeError, lambda: parse_recipe(text, path="r.yaml"))
    assert error is None or error.message
    assert error is None or error.line <= len(text.splitlines()) + 1
    assert error is None or str(error).startswith("r.yaml")


@given(plain)
@settings(deadline=None)
def test_any_value_as_a_section_loads_or_is_refused(value):
    for section in ("sources", "mattes", "edits", "output", "regions", "params"):
        text = json.dumps({"composer": 1, section: value})
        error = refusal(RecipeError, lambda: parse_recipe(text, path="r.yaml", set={"plate": "a.mp4"}))  # noqa: B023 - called at once
        assert error is None or error.line == 1


@given(st.integers(0, 10**6), RATES)
def test_a_time_in_frames_is_exact_at_any_rate(frames, rate):
    assert Moment.parse(f"{frames}f").seconds_at(rate) * rate.value == frames


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_clock_time_is_its_seconds(hours, minutes, seconds, thousandths):
    written = f"{hours:02d}:{minutes:02d}:{seconds:02d}.{thousandths:03d}"
    assert Moment.parse(written).seconds == 3600 * hours + 60 * minutes + seconds + Fraction(thousandths, 1000)


@given(st.integers(0, 10**5), st.integers(1, 10**5), RATES)
def test_a_span_holds_as_many_frames_as_it_names(start, count, rate):
    span = parse_span(f"{start}f..{start + count}f", rate)
    assert (span.end - span.start) * rate.value == count


@given(st.text(max_size=12))
def test_any_span_is_read_or_refused(text):
    error = refusal(PlanError, lambda: parse_span(text, FrameRate(Fraction(25))))
    assert error is None or "--span" in str(error)


@pytest.mark.parametrize("kind", ["time", "length", "color", "number", "integer", "box", "corners", "flag", "file"])
@given(text=st.text(max_size=12))
def test_any_setting_is_read_or_refused_in_words(kind, text):
    error = refusal(ValueError, lambda: Param(type=kind).read(text, folder=Path()))
    assert error is None or "expected" in str(error)


@given(st.integers(0, 10**5).map(lambda ticks: ticks / 100))
def test_fields_spell_what_they_read(number):
    assert Time.parse(Time.parse(f"{number}s").spelled()) == Time.parse(f"{number:g}s")
    assert Length.parse(Length.parse(f"{number:g}px").spelled()) == Length.parse(f"{number:g}px")


@given(st.tuples(*[st.integers(0, 255)] * 4))
def test_colours_spell_what_they_read(values):
    color = Color(values[:3], values[3])
    assert Color.parse(color.spelled()) == color


@given(st.dictionaries(st.integers(0, 50), st.integers(0, 9), min_size=1, max_size=5), st.integers(0, 60))
def test_keyframes_stay_between_their_values_and_hit_each_of_them(table, second):
    frames = Animated.parse({f"{time}s": value for time, value in table.items()})
    rate = FrameRate(Fraction(25))
    assert min(table.values()) <= frames.value_at(Fraction(second), rate) <= max(table.values())
    assert all(frames.value_at(Fraction(time), rate) == value for time, value in table.items())


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.integers() | st.booleans(), min_size=1))
def test_a_parameter_used_alone_keeps_its_value(params):
    text = "\n".join(f"{name}: ${{{name}}}" for name in params)
    assert filled(read_text(text), params, lambda _, name: pytest.fail(name)).plain() == params


@given(st.lists(st.from_regex(r"[a-z_]{3,10}", fullmatch=True), min_size=1, unique=True), st.data())
def test_a_known_name_is_nearest_to_itself(names, data):
    name = data.draw(st.sampled_from(names))
    assert nearest(name, names) == f"did you mean '{name}'?"
