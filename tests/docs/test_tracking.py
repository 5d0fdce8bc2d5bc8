"""The recipe of docs/tracking.md puts things where the page says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes
from composer.render.tracks import plan_tracks

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above
from tracking_picture import COUNT, view, write_hand_held  # noqa: E402 - likewise

PAGE = ROOT / "docs" / "tracking.md"


def test_every_region_moves_with_what_it_names(tmp_path):
    write_hand_held(tmp_path)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(recipes(PAGE)["planar"].replace("assets/", f"{ROOT}/assets/"))
    plan = make_plan(load_recipe(recipe), use_cache=False)
    with plan_mattes(plan) as mattes:
        tracks = plan_tracks(plan, mattes)
    for name in ("door", "wall"):
        corners = np.column_stack([plan.regions[name].corners, np.ones(4)]).T
        for index in range(0, COUNT, 5):
            there = np.linalg.inv(view(index)) @ view(4) @ corners
            placed = tracks.regions_at(index)[name]
            assert np.abs(placed.quad.corners.T - there[:2] / there[2]).max() < 1.0, (name, index)
    assert all(tracks.regions_at(index)["head"] is not None for index in range(COUNT))


def test_the_numbers_on_the_page_are_those_that_were_measured():
    text = PAGE.read_text(encoding="utf-8")
    known = json.loads((ROOT / "benchmarks" / "results" / "tracking.json").read_text())["known"]
    for row, peers in known.items():
        assert f"| {row} | {peers['ours']['mean']:.2f} | {peers['ours']['worst']:.2f} |" in text
        assert peers["ours"]["mean"] <= (1.0 if "crossed" in row else 0.5)
