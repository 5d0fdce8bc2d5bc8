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


def rendered(name, folder):
    recipe = folder / "recipe.yaml"
    truth = f"{{file: {ROOT}/assets/demo/truth.mkv}}"
    text = recipes(ROOT / "docs" / "privacy.md")[name]
    recipe.write_text(text.replace("assets/", f"{ROOT}/assets/", 1).replace("{moving: {}}", truth))
    span = Span(Fraction(2), Fraction(9, 4))
    report = render_recipe(recipe, output=folder / "out.mkv", span=span, use_cache=False)
    with av.open(str(report.output)) as container:
        return report, next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def test_the_walker_and_the_door_are_hidden(tmp_path):
    report, picture = rendered("hide", tmp_path)
    assert report.hidden["walker"].frames == report.hidden["door"].frames == report.frames
    assert report.hidden["walker"].unsure == 0
    door = picture[40:240, 405:520].reshape(-1, 3)
    assert np.abs(door - [32, 36, 44]).max() <= 12  # h264 at its default quality


def test_the_head_is_hidden_and_the_feet_are_not(tmp_path):
    report, picture = rendered("face", tmp_path)
    assert report.hidden["head"].unsure == 0
    with av.open(str(ROOT / "assets" / "demo" / "street.mp4")) as container:
        plates = (frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0))
        plate = next(plate for index, plate in enumerate(plates) if index == 50)
    with av.open(str(ROOT / "assets" / "demo" / "truth.mkv")) as container:
        truths = (frame.to_ndarray(format="gray") > 127 for frame in container.decode(video=0))
        walker = next(truth for index, truth in enumerate(truths) if index == 50)
    changed = np.abs(picture - plate).max(axis=2) > 30
    rows = np.flatnonzero(walker.any(axis=1))
    top, bottom = rows[0], rows[-1]
    assert changed[top : top + 30][walker[top : top + 30]].mean() > 0.4
    assert changed[bottom - 40 :][walker[bottom - 40 :]].mean() < 0.05
