"""Every recipe of docs/sound.md renders, and is heard."""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
import pytest

from composer import render_recipe

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above

RECIPES = recipes(ROOT / "docs" / "sound.md")


@pytest.mark.parametrize("name", RECIPES)
def test_a_second_of_it_is_heard(name, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        RECIPES[name].replace(" assets/", f" {ROOT}/assets/").replace("file: assets/", f"file: {ROOT}/assets/")
    )
    report = render_recipe(recipe, output=tmp_path / "out.mkv", scale=0.2, use_cache=False)
    assert report.sound.startswith("2 sounds mixed (plate, music)")
    with av.open(str(report.output)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    samples = np.hstack(blocks)
    assert 48_000 <= samples.shape[1] <= 48_000 + 2048
    assert np.abs(samples).max() > 0.01
