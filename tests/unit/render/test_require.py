"""What a recipe requires of its mattes: a render that falls below says where, by how much, and writes nothing."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from composer.cli.app import app
from composer.errors import RecipeError, UnsureMatte
from composer.mask.report import MatteReport
from composer.media.synthetic import write_clip
from composer.recipe import parse_recipe
from composer.recipe.model import Require
from composer.render import render_recipe
from composer.render.require import check, runs_in_words
from composer.values import Size

RECIPE = """\
composer: 1
params:
  sure: {type: number, default: 0.0}
sources: {plate: clip.mkv}
mattes:
  walker: {moving: {}}
  screen: {key: {color: "#00b140"}}
edits:
  - background: {color: black, keep: walker}
require: {confidence: "${sure}", mattes: [walker]}
output: {file: out.mkv, video: {codec: ffv1}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("require")
    write_clip(folder / "clip.mkv", size=Size(160, 96), frames=8, format="yuv420p")
    (folder / "recipe.yaml").write_text(RECIPE)
    patch = pytest.MonkeyPatch()
    patch.setenv("COMPOSER_CACHE", str(folder / "cache"))
    yield folder
    patch.undo()


def left(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "cache")


def test_a_matte_that_reaches_what_is_required_is_rendered(folder):
    report = render_recipe(folder / "recipe.yaml", segmenter="embedded")
    assert report.frames == 8
    assert report.as_json()["looks"]["walker"]["objects"][0]["object_id"] == 1
    for path in (folder / "out.mkv", folder / "out.mkv.report.json"):
        path.unlink()


def test_a_matte_that_falls_below_stops_the_render_and_leaves_nothing(folder):
    with pytest.raises(
        UnsureMatte, match=r"matte 'walker' falls below require: confidence 1 on 8 of 8 frames: 0-7"
    ) as told:
        render_recipe(folder / "recipe.yaml", params={"sure": "1"}, segmenter="embedded")
    assert told.value.exit_status == 3
    assert told.value.matte == "walker"
    assert told.value.frames == tuple(range(8))
    assert "prompt" in told.value.hint
    assert left(folder) == ["clip.mkv", "recipe.yaml"]


def test_the_command_says_so_with_status_3_and_as_json(folder):
    args = ["render", str(folder / "recipe.yaml"), "--set", "sure=0.99", "--segmenter", "embedded", "--json"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 3
    told = json.loads(result.stdout.splitlines()[-1])
    assert (told["event"], told["kind"], told["status"]) == ("error", "UnsureMatte", 3)
    assert "lowest 0." in told["message"]
    assert left(folder) == ["clip.mkv", "recipe.yaml"]


def test_a_matte_that_must_reach_something_is_made_though_no_edit_uses_it(folder):
    text = RECIPE.replace("keep: walker", "keep: screen")
    (folder / "other.yaml").write_text(text)
    try:
        with pytest.raises(UnsureMatte, match="matte 'walker' falls below"):
            render_recipe(folder / "other.yaml", params={"sure": "1"}, segmenter="embedded")
    finally:
        (folder / "other.yaml").unlink()


def test_the_plan_tells_what_is_required(folder):
    result = CliRunner().invoke(app, ["plan", str(folder / "recipe.yaml"), "--set", "sure=0.6"])
    assert result.exit_code == 0
    assert "require   confidence at least 0.6 of walker, or exit status 3" in result.stdout


def test_an_unknown_matte_is_refused_with_its_place():
    text = RECIPE.replace("mattes: [walker]", "mattes: [waker]")
    with pytest.raises(RecipeError, match=r"recipe.yaml:10:\d+: unknown matte 'waker'") as told:
        parse_recipe(text, path="recipe.yaml")
    assert "walker" in str(told.value)


@pytest.mark.parametrize("asked", ["{}", "{confidence: 1.5}", "{seen: -1}", "{mattes: [walker]}", "{trust: 1}"])
def test_a_requirement_that_means_nothing_is_refused(asked):
    text = RECIPE.replace('{confidence: "${sure}", mattes: [walker]}', asked)
    with pytest.raises(RecipeError, match="require"):
        parse_recipe(text, path="recipe.yaml")


def report(*confidences):
    seconds = tuple(index / 25 for index in range(len(confidences)))
    return MatteReport(len(confidences), seconds, confidence=0.5, confidences=confidences)


def test_only_the_frames_that_fall_below_are_named():
    with pytest.raises(UnsureMatte, match=r"on 3 of 7 frames: 1-2, 6; lowest 0.20 at frame 2 \(0.08 s\)") as told:
        check("a", report(0.7, 0.5, 0.2, 0.6, None, 0.9, 0.59), Require(confidence=0.6))
    assert told.value.frames == (1, 2, 6)


def test_frames_without_anything_count_for_seen_and_not_for_confidence():
    half = report(None, None, 0.9, 0.9)
    check("a", half, Require(confidence=0.6, seen=0.5))
    with pytest.raises(UnsureMatte, match=r"seen on 50% of the frames, require: seen asks for 75%.*frames 0-1") as told:
        check("a", half, Require(seen=0.75))
    assert told.value.frames == (0, 1)


def test_what_nobody_had_to_find_is_never_below():
    check("a", MatteReport(4), Require(confidence=1, seen=1))


def test_many_runs_are_counted():
    assert runs_in_words([0, 2, 4, 6, 8, 10]) == "0, 2, 4, 6 and 2 more runs"
