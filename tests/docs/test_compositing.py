"""docs/compositing.md lists the modes and easings that there are, and its recipe changes only what it says."""

from __future__ import annotations

import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import get_args

import av
import numpy as np

from composer import render_recipe
from composer.fields.easing import CURVES
from composer.pixels.blend import BlendMode
from composer.values import Span

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "compositing.md"
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above


def test_every_blend_mode_and_easing_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    modes = re.findall(r"`(\w+)`", text.split("| mode |")[1].split("## A subject")[0])
    assert set(modes) == set(get_args(BlendMode))
    words = re.findall(r"`(\w+)`", text.split("## Easings")[1])
    curves = [f"{way}{name}" for name in words if name.startswith("_") for way in ("in", "out", "in_out")]
    assert {word for word in words if not word.startswith("_")} | set(curves) == set(CURVES)


def test_the_recipe_puts_a_sign_and_a_mark_into_the_street_and_nothing_else(tmp_path):
    (text,) = recipes(PAGE).values()
    recipe = tmp_path / "recipe.yaml"
    truth = f"{{file: {ROOT}/assets/demo/truth.mkv}}"
    text = text.replace("assets/", f"{ROOT}/assets/").replace("{moving: {}}", truth).replace("out.mp4", "out.mkv")
    recipe.write_text(text.replace("output: {", "output: {video: {codec: ffv1}, "))
    report = render_recipe(recipe, span=Span(Fraction(1, 2), Fraction(14, 25)), scale=0.5, use_cache=False)
    plain = recipe.with_name("plain.yaml")
    plain.write_text(text.split("edits:")[0] + "edits: []\noutput: {file: plain.mkv, video: {codec: ffv1}}\n")
    before = render_recipe(plain, span=Span(Fraction(1, 2), Fraction(14, 25)), scale=0.5, use_cache=False)
    one, other = (first(each.output) for each in (report, before))
    changed = np.abs(one - other).max(axis=-1) > 8
    assert changed[30:65, 95:150].mean() > 0.9  # the sign
    assert not changed[100:].any()
    assert changed[:60, 155:200].any()  # the mark passes the middle


def first(path):
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
