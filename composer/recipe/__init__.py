"""YAML and typed models: positions, parameters, versions."""

from __future__ import annotations

from composer.recipe.load import LoadedRecipe, load_recipe, parse_recipe
from composer.recipe.model import Output, Recipe, Source, VideoOptions
from composer.recipe.params import Param
from composer.recipe.region import RegionSpec
from composer.recipe.sound import AudioOptions

__all__ = [
    "AudioOptions",
    "LoadedRecipe",
    "Output",
    "Param",
    "Recipe",
    "RegionSpec",
    "Source",
    "VideoOptions",
    "load_recipe",
    "parse_recipe",
]
