"""The recipes of docs/removing.md do what the page says, on a piece of the demo shot."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from composer import render_recipe
from composer.media import open_reader
from composer.values import Span

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above

RECIPES = recipes(ROOT / "docs" / "removing.md")
SPAN = Span(Fraction(19, 25), Fraction(31, 25))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_changes_the_street(tmp_path, name):
    recipe = tmp_path / "recipe.yaml"
    text = RECIPES[name].replace("assets/", f"{ROOT}/assets/").replace("out.mp4", "out.mkv")
    recipe.write_text(text.replace("{moving: {}}", f"{{file: {ROOT}/assets/demo/truth.mkv}}"))
    shifted = name == "clones"  # its shifts of more than a second reach out of this piece
    if shifted:
        recipe.write_text(recipe.read_text().replace("1.2s", "0.2s"))
    report = render_recipe(recipe, output=tmp_path / "out.mkv", span=SPAN, scale=0.5, use_cache=False)
    assert report.frames == 12
    with open_reader(tmp_path / "out.mkv") as done, open_reader(ROOT / "assets" / "demo" / "street.mp4") as street:
        last = list(done.frames())[-1].planes[0].astype(int)
        before = list(street.frames(SPAN))[11].planes[0][::2, ::2].astype(int)
    assert (np.abs(last - before) > 25).mean() > 0.003
