"""The recipe of docs/privacy.md hides what it says it hides."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from composer import render_recipe
from composer.values import Span

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above


def test_the_walker_and_the_door_are_hidden(tmp_path):
    (text,) = recipes(ROOT / "docs" / "privacy.md").values()
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        text.replace("assets/", f"{ROOT}/assets/").replace("{moving: {}}", f"{{file: {ROOT}/assets/demo/truth.mkv}}")
    )
    report = render_recipe(recipe, output=tmp_path / "out.mkv", span=Span(Fraction(2), Fraction(9, 4)), use_cache=False)
    assert report.hidden["walker"].frames == report.hidden["door"].frames == report.frames
    assert report.hidden["walker"].unsure == 0
    with av.open(str(report.output)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    door = picture[40:240, 405:520].reshape(-1, 3)
    assert np.abs(door - [32, 36, 44]).max() <= 12  # h264 at its default quality
