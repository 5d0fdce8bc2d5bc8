"""YAML 1.2 into nodes: places, limits, and nothing that runs code."""

from __future__ import annotations

import pytest

from composer.recipe.text import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, MAX_NODES, Spot, TextError, read_text, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("0x1f", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("no", "no"),
        ("on", "on"),
        ("48f", "48f"),
        ("2s", "2s"),
        ("00:00:02.500", "00:00:02.500"),
        ("1_000", "1_000"),
        ("2026-11-22", "2026-11-22"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_infinity_is_read_and_left_for_the_fields_to_refuse():
    assert scalar(".inf") == float("inf")
    assert scalar("-.inf") == float("-inf")
    assert scalar(".nan") != scalar(".nan")


def test_quoted_scalars_stay_text():
    assert read_text("a: '12'\nb: \"true\"").plain() == {"a": "12", "b": "true"}


def test_every_value_and_key_knows_its_place():
    root = read_text("a: 1\nbc: [x, {d: 22}]\n")
    assert root.spot_of(("bc", 1, "d")) == Spot(1, 12, 14)
    assert root.spot_of(("bc", 1, "d"), key=True) == Spot(1, 9, 10)
    assert root.spot_of(("bc",), key=True) == Spot(1, 0, 2)


def test_a_path_that_is_not_there_gives_the_nearest_place_around_it():
    root = read_text("a:\n  b: 1\n")
    assert root.spot_of(("a", "missing", 3)) == root.spot_of(("a",))


def test_anchors_repeat_a_value():
    assert read_text("a: &x {b: 1}\nc: *x\n").plain() == {"a": {"b": 1}, "c": {"b": 1}}


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "key 'a' stands here twice"),
        ("a: {b: 1, b: 2}", "key 'b' stands here twice"),
        ("a: &x [*x]", "stands inside what it names"),
        ("a: *nobody", "unknown anchor"),
        ("!!python/object/apply:os.system ['true']", "tags such as"),
        ("a: !include other.yaml", "tags such as"),
        ("a: " + "[" * (MAX_DEPTH + 1), f"deeper than {MAX_DEPTH}"),
        ("a: " + "[" * 100_000, f"deeper than {MAX_DEPTH}"),
        ("a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1) + "]", f"more than {MAX_ALIASES} aliases"),
        (bomb(), f"more than {MAX_NODES} values"),
        ("# " + "x" * MAX_BYTES, "larger than"),
        ("a: [1, 2\nb: {", "not YAML"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("", "empty"),
        ("a: {<<: {b: 1}}", "merge keys"),
        ("? [a, b]\n: 1", "single word"),
        ("a: \x01", "not YAML"),
        ('a: "\\ud800"', "half of a character"),
    ],
)
def test_what_is_no_recipe_is_refused_in_words(text, words):
    with pytest.raises(TextError, match=words.replace("(", r"\(")):
        read_text(text)


def test_a_duplicate_key_says_where_the_first_one_is():
    with pytest.raises(TextError) as caught:
        read_text("a: 1\nb: 2\na: 3")
    assert caught.value.spot == Spot(2, 0, 1)
    assert caught.value.hint == "first on line 1"
