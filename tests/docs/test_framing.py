"""Every recipe of docs/framing.md renders in the size and with the words that the page promises."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest

from composer import render_recipe
from composer.media import probe
from composer.values import Span

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above

RECIPES = recipes(ROOT / "docs" / "framing.md")
SAID = {
    "crop": ("320x180", ""),
    "follow": ("204x360", "of 'walker' kept in the picture"),
    "steady": ("640x360", "camera shake of 0.0 px left as it is"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_it_renders(name, tmp_path):
    size, words = SAID[name]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPES[name].replace(" assets/", f" {ROOT}/assets/"))
    report = render_recipe(
        recipe, output=tmp_path / "out.mkv", span=Span(Fraction(2), Fraction(12, 5)), use_cache=False
    )
    assert str(probe(report.output).size) == size
    assert words in report.framing
