"""Parameters: typed, checked, filled in anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import RecipeError
from composer.recipe import Param, parse_recipe
from composer.recipe.params import filled
from composer.recipe.text import read_text


def values(text: str, **params: object) -> object:
    refused: list[str] = []
    result = filled(read_text(text), params, lambda _, words, hint: refused.append(f"{words}; {hint}")).plain()
    return refused or result


def test_a_whole_value_keeps_its_type():
    assert values("a: ${n}\nb: ['${t}']", n=1.5, t=True) == {"a": 1.5, "b": [True]}
    assert values("a: ${corners}", corners=[[0, 0], [1, 0]]) == {"a": [[0, 0], [1, 0]]}


def test_inside_text_it_is_spelled_out():
    assert values("a: out_${n}_${t}.mp4", n=3, t=False) == {"a": "out_3_false.mp4"}


def test_keys_are_filled_in_too():
    assert values('a: {"${start}": 0, "2s": 1}', start="1s") == {"a": {"1s": 0, "2s": 1}}
    assert values('a: {"${stat}": 0}', start="1s") == ["unknown parameter 'stat'; did you mean 'start'?"]
    assert "'2s' stands here twice" in values('a: {"${start}": 0, "2s": 1}', start="2s")[0]


def test_two_dollars_keep_the_braces():
    assert values("a: $${n}", n=3) == {"a": "${n}"}


def test_a_value_that_was_filled_in_points_at_where_it_is_used():
    root = read_text("a: 1\nb: {c: '${n}'}")
    assert filled(root, {"n": [1, 2]}, print).spot_of(("b", "c", 1)) == root.spot_of(("b", "c"))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "1.5", 1.5),
        ("integer", "7", 7),
        ("text", "12", "12"),
        ("flag", "yes", True),
        ("flag", "off", False),
        ("color", "#00b140", "#00b140"),
        ("color", "orange", "orange"),
        ("time", "2s", "2s"),
        ("time", "00:01:02.5", "00:01:02.5"),
        ("length", "12px", "12px"),
        ("length", "0.1", 0.1),
        ("box", "[0, 0, 0.5, 1]", [0, 0, 0.5, 1]),
        ("corners", "[[0,0],[1,0],[1,1],[0,1]]", [[0, 0], [1, 0], [1, 1], [0, 1]]),
    ],
)
def test_each_type_reads_what_a_command_line_spells(kind, text, value):
    read = Param(type=kind).read(text, folder=Path())
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "many"),
        ("number", ".nan"),
        ("number", ".inf"),
        ("number", "true"),
        ("integer", "1.5"),
        ("flag", "maybe"),
        ("color", "gren"),
        ("time", "soon"),
        ("length", "12cm"),
        ("box", "[0, 0]"),
        ("corners", "[[0,0"),
        ("file", ""),
    ],
)
def test_each_type_refuses_what_it_is_not(kind, text):
    with pytest.raises(ValueError, match="expected"):
        Param(type=kind).read(text, folder=Path())


def test_a_file_from_the_command_line_is_relative_to_the_working_folder():
    assert Param(type="file").read("a/b.mp4", folder=Path("/here")) == "/here/a/b.mp4"
    assert Param(type="file").read("/a/b.mp4", folder=Path("/here")) == "/a/b.mp4"


TEXT = """\
composer: 1
params:
  plate: {type: file, help: your footage}
  size: {type: integer, default: 3, min: 1, max: 9}
  mode: {type: choice, options: [soft, hard], default: soft}
sources: {plate: "${plate}"}
"""


def told(text: str = TEXT, **given: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, path="r.yaml", set=given)
    return str(caught.value)


def test_a_missing_parameter_says_how_to_set_it():
    message = told()
    assert "r.yaml:3:3: parameter 'plate' is not set: your footage" in message
    assert "give it with --set plate=clip.mp4" in message


def test_an_unknown_parameter_gets_the_nearest_name():
    message = told(plate="a", sise="4")
    assert "unknown parameter 'sise'" in message
    assert "did you mean 'size'?" in message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": "0"}, "expected at least 1, got 0"),
        ({"size": "10"}, "expected at most 9, got 10"),
        ({"size": "x"}, "expected a whole number, got 'x'"),
        ({"mode": "sft"}, "expected one of soft, hard, got 'sft'"),
    ],
)
def test_bounds_and_choices_hold_for_what_is_set(given, words):
    assert words in told(plate="a", **given)


@pytest.mark.parametrize(
    "spec",
    [
        "{type: number, default: many}",
        "{type: integer, default: 5, max: 4}",
        "{type: choice, default: a}",
        "{type: choice, options: [a, b], default: c}",
        "{type: text, min: 3}",
        "{type: number, options: [a]}",
        "{type: colour}",
        "{default: 3}",
    ],
)
def test_a_wrong_declaration_is_refused_where_it_stands(spec):
    assert "r.yaml:3:" in told(f"composer: 1\nparams:\n  a: {spec}\nsources: {{plate: x}}\n")


def test_a_tilde_is_the_users_home_wherever_a_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    text = "composer: 1\nparams: {sky: {type: file}}\nsources: {plate: ~/a.mp4, sky: '${sky}'}\n"
    loaded = parse_recipe(text, path="r.yaml", set={"sky": "~/sky.png"})
    assert [loaded.file(source.file) for source in loaded.recipe.sources.values()] == [
        tmp_path / "a.mp4",
        tmp_path / "sky.png",
    ]
    loaded = parse_recipe("composer: 1\n", path="r.yaml", set={"plate": "~/b.mp4"})
    assert loaded.recipe.sources["plate"].file == str(tmp_path / "b.mp4")
