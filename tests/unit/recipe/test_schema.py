"""The JSON Schema and the descriptions come from the models that read recipes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from composer.effects import EFFECTS
from composer.mask.sources import MATTE_KINDS
from composer.recipe.describe import keys_of, prose, summary
from composer.recipe.model import Recipe, Source
from composer.recipe.schema import recipe_schema
from composer.recipe.timeline import ClipEntry


@pytest.fixture(scope="module")
def schema():
    return recipe_schema()


def references_in(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from references_in(item)


def test_every_reference_leads_somewhere(schema):
    names = {reference.removeprefix("#/$defs/") for reference in references_in(schema)}
    assert names
    assert names <= set(schema["$defs"])


def test_every_effect_and_matte_kind_is_in_it(schema):
    edits = schema["properties"]["edits"]["items"]["anyOf"]
    assert {next(iter(edit["properties"])) for edit in edits} == set(EFFECTS)
    assert set(MATTE_KINDS) <= set(schema["$defs"]["MatteSpec"]["properties"])


def test_unknown_keys_are_refused_by_it_too(schema):
    objects = [body for body in schema["$defs"].values() if body.get("type") == "object"]
    assert len(objects) > 10
    assert all(body["additionalProperties"] is False for body in objects)


def test_a_number_may_also_be_a_parameter(schema):
    speed = schema["$defs"]["Source"]["properties"]["speed"]
    assert {"$ref": "#/$defs/Use"} in speed["anyOf"]


def test_it_is_plain_json(schema):
    assert json.loads(json.dumps(schema)) == schema


def test_every_section_of_a_recipe_is_described(schema):
    assert set(schema["properties"]) == set(Recipe.model_fields)


@pytest.mark.parametrize("kind", EFFECTS)
def test_every_key_of_every_effect_says_what_it_takes_and_what_for(kind):
    for key in keys_of(EFFECTS[kind]):
        assert key.help, f"{kind}.{key.name} has no description"
        assert key.takes
        assert "<" not in key.takes


def test_a_key_is_told_as_recipes_write_it():
    keys = {key.name: key for key in keys_of(Source)}
    assert (keys["speed"].takes, keys["speed"].default) == ("number above 0 to 100", "1")
    assert {key.name for key in keys_of(ClipEntry) if key.is_required} == {"clip"}
    assert keys["end"].takes == "hold, loop or trim"
    assert keys["start"].takes == "time"


def test_descriptions_leave_examples_out():
    assert summary(EFFECTS["blur"]).endswith(".")
    assert ">>>" not in "".join(prose(effect) for effect in EFFECTS.values())


TEMPLATES = sorted((Path(__file__).parents[3] / "templates").glob("*.yaml"))


def test_there_are_at_least_six_templates():
    assert len(TEMPLATES) >= 6
