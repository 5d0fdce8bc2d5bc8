"""Templates: each loads with footage only, says what it is for, and can be copied elsewhere."""

from __future__ import annotations

import pytest

from composer.bundle import bundled
from composer.errors import InputError
from composer.recipe import load_recipe
from composer.recipe.load import declared_params
from composer.recipe.templates import list_templates, template, template_text

NAMES = [each.name for each in list_templates()]


@pytest.mark.parametrize("name", NAMES)
def test_each_template_loads_with_nothing_but_footage(name):
    loaded = load_recipe(template(name).path, set={"plate": "clip.mp4"})
    recipe = loaded.recipe
    assert recipe.edits or recipe.sources["plate"].timeline or recipe.output.frame
    assert loaded.recipe.output.file is None


@pytest.mark.parametrize("name", NAMES)
def test_each_template_says_what_it_is_for_and_how_to_call_it(name):
    found = template(name)
    assert found.about.endswith(".")
    assert f"composer render {name}.yaml --set plate=clip.mp4" in found.path.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_each_parameter_of_each_template_has_help(name):
    params = declared_params(template(name).path)
    assert params["plate"].type == "file"
    assert params["plate"].default is None
    assert all(param.help for param in params.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_elsewhere_still_finds_the_shipped_pictures(name, tmp_path):
    target = tmp_path / "deep" / "mine.yaml"
    target.parent.mkdir()
    target.write_text(template_text(template(name), beside=target))
    copy = load_recipe(target, set={"plate": "clip.mp4"})
    original = load_recipe(template(name).path, set={"plate": "clip.mp4"})
    for key, source in copy.recipe.sources.items():
        if source.file is not None:
            assert copy.file(source.file).resolve() == original.file(original.recipe.sources[key].file).resolve()


def test_an_unknown_template_gets_the_nearest_name():
    with pytest.raises(InputError, match="blur_background"):
        template("blur_backgrund")


def test_templates_come_from_the_shipped_folder():
    assert {each.path.parent for each in list_templates()} == {bundled("templates")}
