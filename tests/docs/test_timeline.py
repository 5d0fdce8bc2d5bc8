"""The recipes of docs/timeline.md render what the page says."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from composer.media import probe
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import render_plan
from composer.values import FrameRate, Size

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import blocks  # noqa: E402 - docs/ is made importable just above

RECIPE = blocks(ROOT / "docs" / "timeline.md", "yaml")[0].text


def test_the_recipe_renders_as_long_as_its_clips_less_their_transitions(tmp_path):
    write_clip(tmp_path / "a.mp4", size=Size(64, 36), frames=100, codec="h264")
    write_clip(tmp_path / "b.mp4", size=Size(48, 48), frames=30, rate=FrameRate(Fraction(30000, 1001)), codec="h264")
    cv2.imwrite(str(tmp_path / "card.png"), np.full((20, 30, 3), 200, np.uint8))
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("[1280, 720]", "[64, 36]"))
    plan = make_plan(load_recipe(tmp_path / "recipe.yaml"), use_cache=False)
    b = -int(-2 * Fraction(30 * 1001, 30000) * 25 // 1)
    assert plan.frames == 75 + b + 75 - 13 - 12
    render_plan(plan)
    assert probe(tmp_path / "out.mp4").claimed.frames == plan.frames
