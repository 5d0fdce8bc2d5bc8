"""Every effect has its cost measured."""

from __future__ import annotations

import runpy
from pathlib import Path

from composer.effects import EFFECTS

EFFECTS_BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "effects.py"


def test_every_effect_has_a_recipe_in_the_benchmark():
    recipes = runpy.run_path(str(EFFECTS_BENCHMARK), run_name="benchmark")["RECIPES"]
    assert set(recipes) == set(EFFECTS)
    for kind, edits in recipes.items():
        assert all(edit.startswith(f"{kind}: ") for edit in edits)
