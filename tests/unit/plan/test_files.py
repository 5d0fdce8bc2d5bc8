"""Files that edits read: found beside the recipe, read once, checked with line and column, never written over."""

from __future__ import annotations

import json

import pytest

from composer.errors import PlanError
from composer.media.synthetic import write_clip
from composer.plan import files as reading
from composer.plan import make_plan
from composer.plan.tell import as_json, as_text
from composer.recipe import load_recipe
from composer.render import render_recipe
from composer.values import Size

CUBE = "LUT_1D_SIZE 2\n0 0 0\n0.5 0.5 0.5\n"
RECIPE = """composer: 1
sources: {plate: plate.mkv}
edits:
  - grade: {lut: looks/dim.cube}
  - grade: {lut: looks/dim.cube, from: 4f}
output: {file: out.mkv, video: {codec: ffv1}}
"""


@pytest.fixture
def recipe(tmp_path):
    write_clip(tmp_path / "plate.mkv", size=Size(16, 16), frames=6)
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "dim.cube").write_text(CUBE)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path / "recipe.yaml"


def planned(recipe):
    return make_plan(load_recipe(recipe), use_cache=False)


def test_a_file_is_read_once_and_is_an_input(recipe):
    plan = planned(recipe)
    (read,) = plan.reads
    assert (read.name, read.content) == ("looks/dim.cube", CUBE.encode())
    assert read.path in plan.files
    assert "looks/dim.cube" in as_text(plan)
    assert json.loads(as_json(plan))["reads"] == [
        {"name": "looks/dim.cube", "path": str(read.path), "digest": read.digest}
    ]


def test_its_content_is_part_of_the_recipe(recipe):
    first = planned(recipe)
    assert planned(recipe) == first
    (recipe.parent / "looks" / "dim.cube").write_text(CUBE.replace("0.5", "0.6"))
    assert planned(recipe).recipe_digest != first.recipe_digest


def test_a_render_uses_it(recipe):
    render_recipe(recipe, use_cache=False)
    assert (recipe.parent / "out.mkv").exists()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "there is no file"),
        (lambda path: path.write_text("LUT_1D_SIZE 2\n0 0 0\n"), "dim.cube: LUT_1D_SIZE 2: expected 2 lines"),
        (lambda path: (path.unlink(), path.mkdir()), "is not a file"),
    ],
    ids=["absent", "wrong", "folder"],
)
def test_a_file_that_cannot_be_used_is_refused_at_its_place(recipe, spoil, words):
    spoil(recipe.parent / "looks" / "dim.cube")
    with pytest.raises(PlanError, match=words) as caught:
        planned(recipe)
    assert (caught.value.line, caught.value.column) == (4, 18)


def test_a_file_that_is_too_large_is_refused(recipe, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(PlanError, match="at most 0 MB are read"):
        planned(recipe)


def test_it_is_never_written_over(recipe):
    text = RECIPE.replace("looks/dim.cube", "out.mkv")
    recipe.write_text(text)
    (recipe.parent / "out.mkv").write_text(CUBE)
    with pytest.raises(PlanError, match="also an input"):
        planned(recipe)
