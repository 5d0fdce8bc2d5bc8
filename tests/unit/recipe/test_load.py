"""Recipe files into recipes; every mistake has file, line, column and the nearest valid name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from composer.errors import RecipeError
from composer.recipe import load_recipe, parse_recipe

BASE = """\
composer: 1
params:
  backdrop: {type: file, default: ../sky.png, help: picture behind}
  radius: {type: number, default: 12, min: 0, max: 100}
sources:
  plate: street.mp4
  promo: {file: promo.mp4, loop: true, start: 2s}
mattes:
  walker: {moving: {}, feather: 2px}
  red_car: {moving: {pick: nearest, to: [0.62, 0.55], at: 2s}}
  cast: {union: [walker, red_car]}
regions:
  wall: {corners: [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6], [0.1, 0.6]]}
edits:
  - background: {source: "${backdrop}", keep: walker}
  - blur: {outside: walker, radius: "${radius}", from: 1s, to: 2s}
  - insert: {source: promo, region: wall, behind: walker, opacity: {0s: 0, 1s: 1, ease: in_out}}
output:
  file: out_${radius}.mp4
  video: {codec: h264, quality: 18, preset: medium}
  audio: {keep: plate}
"""


def parsed(text: str = BASE, **given: str):
    return parse_recipe(text, path="recipe.yaml", set=given).recipe


def refused(text: str, **given: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, path="recipe.yaml", set=given)
    assert caught.value.exit_status == 2
    return str(caught.value)


def test_every_section_arrives_typed():
    recipe = parsed()
    assert recipe.sources["plate"].file == "street.mp4"
    assert recipe.sources["promo"].start.spelled() == "2s"
    assert recipe.mattes["walker"].feather.pixels(1080) == 2
    assert [edit.kind for edit in recipe.edits] == ["background", "blur", "insert"]
    assert recipe.edits[1].radius.spelled() == "12px"
    assert recipe.edits[1].from_.spelled() == "1s"
    assert recipe.output.audio.keep == "plate"


def test_a_recipe_cannot_be_changed():
    with pytest.raises(ValidationError):
        parsed().output.file = "other.mp4"


def test_an_error_reads_as_the_design_says():
    assert refused(BASE.replace("keep: walker", "keep: waker")) == (
        "recipe.yaml:15:47: unknown matte 'waker' (edits[0].background.keep)\n"
        '   15 |   - background: {source: "${backdrop}", keep: waker}\n'
        "      |                                               ^^^^^ did you mean 'walker'?"
    )


@pytest.mark.parametrize(
    ("old", "new", "under", "words"),
    [
        ("start: 2s", "strat: 2s", "strat", "unknown key 'strat' (sources.promo.strat)"),
        ("- blur:", "- blurr:", "blurr", "unknown effect 'blurr'"),
        ("source: promo,", "source: prmo,", "prmo", "unknown source 'prmo'"),
        ("region: wall", "region: wal", "wal,", "unknown region 'wal'"),
        ("union: [walker,", "union: [wlker,", "wlker", "unknown matte 'wlker' (mattes.cast.union[0])"),
        ("behind: walker", "behind: [walker, nobdy]", "nobdy", "unknown matte 'nobdy'"),
        ("keep: plate", "keep: plte", "plte", "unknown source 'plte'"),
        ("feather: 2px", "feather: soft", "soft", "expected a fraction of the picture such as 0.1, or pixels"),
        ("loop: true", "loop: maybe", "maybe", "expected true or false, got 'maybe'"),
        ("pick: nearest", "pick: nearst", "nearst", "got 'nearst'"),
        ("from: 1s", "from: soon", "soon", "expected a time like 2s"),
        ("quality: 18", "quality: best", "best", "expected a number, got 'best'"),
        ("quality: 18", "quality: 99", "99", "less than or equal to 63"),
        ("{0s: 0, 1s: 1, ease: in_out}", "{0s: 0, 1s: 7}", "{0s", "from 0 to 1"),
        ("{corners: [[0.1, 0.2], ", "{corners: [", "[[0.4", "expected four corners"),
        ("edits:", "edit:", "edit:", "unknown key 'edit'"),
        ("composer: 1", "composer: 7", "7", "format 7 is newer"),
        ('"${backdrop}"', '"${backdrp}"', '"${backdrp}"', "unknown parameter 'backdrp'"),
        ("{file: promo.mp4, loop: true, start: 2s}", "{loop: true}", "{loop: true}", "missing key 'file'"),
    ],
)
def test_each_mistake_points_at_its_line_and_column(old, new, under, words):
    text = BASE.replace(old, new, 1)
    at = text.index(under, text.index(new))
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    message = refused(text)
    assert f"recipe.yaml:{line}:{column}: " in message
    assert words in message


def test_all_mistakes_of_a_file_are_told_at_once_and_in_order():
    message = refused(BASE.replace("loop: true", "loop: 7").replace("blur:", "blurr:"))
    assert message.index("recipe.yaml:7:") < message.index("recipe.yaml:16:")


def test_a_colour_that_is_none_is_named():
    text = BASE.replace('- blur: {outside: walker, radius: "${radius}", from: 1s, to: 2s}', "- solid: {color: gren}")
    assert "expected a colour such as '#00b140' or 'orange', got 'gren' (edits[1].solid.color)" in refused(text)


def test_an_unquoted_parameter_inside_braces_is_explained():
    assert 'needs quotes: "${name}"' in refused(BASE.replace('"${backdrop}"', "${backdrop}"))


def test_an_effect_indented_wrongly_is_explained():
    message = refused("composer: 1\nsources: {plate: a.mp4}\nedits:\n  - blur:\n    radius: 2\n")
    assert "recipe.yaml:5:5: an edit is one effect, got the keys blur, radius" in message
    assert "indent" in message


def test_text_with_a_comma_is_explained():
    text = "composer: 1\nparams: {a: {type: text, help: one, or two}}\nsources: {plate: a.mp4}\n"
    assert "needs quotes" in refused(text)


def test_mattes_made_of_themselves_are_refused():
    circle = BASE.replace("cast: {union: [walker, red_car]}", "cast: {union: [walker, anti]}\n  anti: {invert: cast}")
    assert "matte 'cast' is made of itself: cast -> anti -> cast" in refused(circle)


def test_many_levels_of_union_are_checked_in_no_time():
    rows = "".join(f"  m{n}: {{union: [m{n - 1}, m{n - 1}]}}\n" for n in range(1, 60))
    recipe = parsed(f"composer: 1\nsources: {{plate: a.mp4}}\nmattes:\n  m0: moving\n{rows}")
    assert len(recipe.mattes) == 60


def test_a_recipe_without_footage_says_how_to_give_it():
    assert "--set plate=clip.mp4" in refused("composer: 1\nedits: []\n")


def test_footage_can_be_set_on_any_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parsed(plate="mine.mp4").sources["plate"].file == str(tmp_path / "mine.mp4")
    assert parsed("composer: 1\n", plate="mine.mp4").sources["plate"].file == str(tmp_path / "mine.mp4")


def test_footage_that_is_set_keeps_the_trim_of_the_recipe():
    text = BASE.replace("plate: street.mp4", "plate: {file: street.mp4, start: 3s}")
    source = parsed(text, plate="/mine.mp4").sources["plate"]
    assert (source.file, source.start.spelled()) == ("/mine.mp4", "3s")


def test_paths_in_a_recipe_are_relative_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "recipe.yaml").write_text(BASE)
    loaded = load_recipe("sub/recipe.yaml", set={"backdrop": "near.png"})
    assert loaded.file(loaded.recipe.sources["plate"].file) == tmp_path / "sub" / "street.mp4"
    assert loaded.file(loaded.recipe.edits[0].source) == tmp_path / "near.png"


def test_a_default_is_relative_to_the_recipe_too(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "recipe.yaml").write_text(BASE)
    loaded = load_recipe(tmp_path / "sub" / "recipe.yaml")
    assert loaded.file(loaded.recipe.edits[0].source) == tmp_path / "sky.png"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "no such recipe file"),
        (lambda path: path.write_bytes(b"\x00\xff\xfe\x80" * 20), "not a text file"),
        (lambda path: path.write_bytes(b"#" * (2 << 20)), "this is no recipe"),
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: path.write_text("- a\n- b\n"), "expected a recipe"),
        (lambda path: path.write_text("composer: 1\nsources: [a]\n"), "a mapping of names"),
        (lambda path: path.write_text("composer: 1\nedits: {blur: {}}\n"), "expected a list of edits"),
        (lambda path: path.write_text("sources: {plate: a.mp4}\n"), "start the file with: composer: 1"),
    ],
)
def test_what_is_no_recipe_file_is_refused(tmp_path, make, words):
    path = tmp_path / "recipe.yaml"
    make(path)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert words in str(caught.value)


def test_a_long_line_is_shown_around_the_mistake():
    long = BASE.replace("keep: walker", "keep: " + "x" * 3000)
    assert all(len(line) < 200 for line in refused(long).splitlines()[1:])


def test_sound_can_be_none_a_name_or_a_mapping():
    for text, kept in [("none", None), ("promo", "promo"), ("{keep: promo}", "promo"), ("{keep: none}", None)]:
        assert parsed(BASE.replace("audio: {keep: plate}", f"audio: {text}")).output.audio.keep == kept
    assert parsed(BASE.replace("  audio: {keep: plate}\n", "")).output.audio is None
    assert "expected none, plate, or the name" in refused(BASE.replace("audio: {keep: plate}", "audio: ~"))
