"""Effects of other packages: the documented one works, broken ones trouble nobody else."""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import composer
from composer.cli.app import app
from composer.effects import EFFECTS, plugins
from composer.errors import InputError, RecipeError
from composer.media.synthetic import write_clip
from composer.recipe import load_recipe
from composer.recipe.schema import recipe_schema
from composer.values import Size

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import blocks, recipes  # noqa: E402 - docs/ is made importable just above

PAGE = ROOT / "docs" / "plugins.md"
BLUR = "edits: [{blur: {region: left, radius: 2px}}]\nregions: {left: {box: [0, 0, 0.5, 1]}}"
EFFECT = '''
from composer.effects import Effect
class Plain(Effect):
    """Draws nothing."""
    kind = "{kind}"
    example = "{kind}: {{}}"
    def apply(self, inputs):
        return None
'''


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs packages by putting a folder with their metadata on the path, as pip would leave it."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def install(package, points, **modules):
        info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = "\n".join(f"{name} = {place}" for name, place in points.items())
        (info / "entry_points.txt").write_text(f"[composer.effects]\n{lines}\n")
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(text)
            monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        forget()

    def forget():
        plugins.offered.cache_clear()
        plugins._loaded.cache_clear()

    forget()
    yield install
    forget()


def written(folder, body):
    write_clip(folder / "plate.mkv", size=Size(32, 18), frames=6, codec="ffv1", format="yuv444p")
    path = folder / "recipe.yaml"
    path.write_text(f"composer: 1\nsources: {{plate: plate.mkv}}\n{body}\n")
    return path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


class TestTheDocumentedPackage:
    @pytest.fixture(autouse=True)
    def _installed(self, installed):
        project = tomllib.loads(blocks(PAGE, "toml")[0].text)["project"]
        (module,) = blocks(PAGE, "python")
        installed(project["name"], project["entry-points"]["composer.effects"], acme_sepia=module.text)

    def test_it_renders(self, tmp_path):
        recipe = written(tmp_path, recipes(PAGE)["sepia"])
        plain = written(tmp_path, "edits: []").read_text()
        written(tmp_path, recipes(PAGE)["sepia"])
        (tmp_path / "plain.yaml").write_text(plain)
        before, after = (list(composer.frames(path)) for path in (tmp_path / "plain.yaml", recipe))
        np.testing.assert_array_equal(before[0], after[0])
        np.testing.assert_array_equal(before[5][:, 16:], after[5][:, 16:])
        red, green, blue = after[5][:, :16].reshape(-1, 3).mean(0)
        assert (red / green, blue / green) == (pytest.approx(112 / 66, abs=0.25), pytest.approx(20 / 66, abs=0.1))

    def test_it_is_listed_described_and_in_the_schema(self):
        assert "sepia" in list(EFFECTS)
        assert "Tints the picture brown" in run("effects").stdout
        shown = run("effects", "sepia").stdout
        assert "amount: number or keyframes" in shown
        assert "A plug-in: acme-effects 1.0 (sepia = acme_sepia:Sepia)" in shown
        assert "effect_sepia" in recipe_schema()["$defs"]
        assert "acme-effects 1.0" in run("doctor").stdout

    def test_its_keys_are_checked_and_its_version_goes_into_the_plan(self, tmp_path):
        recipe = written(tmp_path, "edits: [{sepia: {amont: 1}}]")
        with pytest.raises(RecipeError, match=r"unknown key 'amont'(.|\n)*did you mean 'amount'"):
            load_recipe(recipe)
        recipe = written(tmp_path, "edits: [{sepia: {}}]")
        plan = composer.make_plan(load_recipe(recipe), output=tmp_path / "out.mkv")
        assert ("acme-effects", "1.0") in plan.versions


NOT_PURE = EFFECT.replace("kind =", "model_config = {{'extra': 'allow', 'frozen': True}}\n    kind =")
BROKEN = {
    "absent": ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
    "crashes": ("1 / 0", "ZeroDivisionError"),
    "exits": ("raise SystemExit(3)", "SystemExit"),
    "function": ("def Plain(): pass", "it is no subclass of composer.effects.Effect"),
    "misnamed": (EFFECT.format(kind="other"), "its kind is 'other', its entry point is called 'misnamed'"),
    "loose": (NOT_PURE.format(kind="loose"), "its parameters take unknown keys"),
    "idle": (EFFECT.format(kind="idle").replace("def apply", "def draw"), "it has no apply"),
    "silent": (EFFECT.format(kind="silent").replace('"""Draws nothing."""', ""), "it has no docstring"),
    "odd": (
        EFFECT.format(kind="odd").replace("kind =", "thing: object()\n    kind ="),
        "PydanticSchemaGenerationError",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
class TestABrokenPlugin:
    @pytest.fixture(autouse=True)
    def _installed(self, installed, kind):
        installed("bad-effects", {kind: f"bad_{kind}:Plain"}, **{f"bad_{kind}": BROKEN[kind][0]})

    def test_a_recipe_that_names_it_is_refused_with_package_and_entry_point(self, tmp_path, kind):
        recipe = written(tmp_path, f"edits: [{kind}]")
        with pytest.raises(InputError) as refused:
            load_recipe(recipe)
        said = str(refused.value)
        assert said.startswith(f"{recipe}:3:")
        assert f"effect '{kind}' of bad-effects 1.0 ({kind} = bad_{kind}:Plain) cannot be used" in said
        assert BROKEN[kind][1] in said

    def test_other_recipes_and_the_lists_go_on(self, tmp_path, kind):
        assert load_recipe(written(tmp_path, BLUR)).recipe.edits
        assert kind not in list(EFFECTS)
        assert f"effect_{kind}" not in recipe_schema()["$defs"]
        listed = run("effects")
        assert listed.exit_code == 0
        assert BROKEN[kind][1] in listed.stderr
        assert kind in run("doctor").stdout


def test_nobody_takes_the_name_of_another(installed, tmp_path):
    plain = EFFECT.format(kind="twice")
    installed("first-effects", {"twice": "first:Plain", "blur": "first:Plain"}, first=plain)
    installed("second-effects", {"twice": "second:Plain"}, second=plain)
    problems = {plugin.name: plugin.problem for plugin in EFFECTS.plugins()}
    assert problems["blur"] == "Composer has an effect of that name"
    assert "offers an effect of that name too" in problems["twice"]
    assert load_recipe(written(tmp_path, BLUR)).recipe.edits
    with pytest.raises(InputError, match="offers an effect of that name too"):
        EFFECTS["twice"]


def test_plug_ins_are_not_even_looked_for_unless_one_is_needed(tmp_path, monkeypatch):
    plugins.offered.cache_clear()
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: pytest.fail("looked for plug-ins"))
    assert load_recipe(written(tmp_path, BLUR)).recipe.edits
