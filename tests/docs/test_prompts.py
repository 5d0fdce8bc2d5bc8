"""Every recipe of docs/prompts.md cuts out what it says it does."""

from __future__ import annotations

import contextlib
import io
import sys
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from composer.mask.measure import region_overlap
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes
from composer.render.shots import plate_shot

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import blocks, recipes  # noqa: E402 - docs/ is made importable just above

PAGE = ROOT / "docs" / "prompts.md"
RECIPES = recipes(PAGE)


@pytest.fixture(scope="module")
def truths():
    """The walker of the demo shot on the frames that the page uses."""
    with av.open(str(ROOT / "assets" / "demo" / "truth.mkv")) as container:
        return [frame.to_ndarray(format="gray") > 127 for frame in islice(container.decode(video=0), 50, 62)]


def covered(name, folder, truths):
    """Where the first matte of a recipe covers the picture, frame by frame."""
    cv2.imwrite(str(folder / "first.png"), np.where(truths[0], 255, 0).astype(np.uint8))
    path = folder / "recipe.yaml"
    path.write_text(RECIPES[name].replace("assets/", f"{ROOT}/assets/"))
    plan = make_plan(load_recipe(path), output=folder / "out.mkv", segmenter="embedded", use_cache=False)
    with plan_mattes(plan) as mattes:
        stream = mattes.open(plan.mattes[0].name)
        frames = enumerate(plate_shot(plan).frames())
        return [stream.matte_at(index, frame).alpha > 127 for index, frame in frames]


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "points"])
def test_the_walker_is_cut_out_on_every_frame(name, tmp_path, truths):
    found = covered(name, tmp_path, truths)
    assert len(found) == 12
    assert min(region_overlap(mask, truth) for mask, truth in zip(found, truths, strict=True)) > 0.75


def test_the_door_is_cut_out_and_nothing_else(tmp_path, truths):
    door = np.zeros(truths[0].shape, np.bool_)
    door[72:244, 423:503] = True
    assert min(region_overlap(mask, door) for mask in covered("points", tmp_path, truths)) > 0.6


def test_the_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("clip.mp4").symlink_to(ROOT / "assets" / "demo" / "street.mp4")
    (block,) = blocks(PAGE, "python")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block.text, str(PAGE), "exec"), {})  # noqa: S102 - this project's own page
    assert "mattes:\n  picked: {prompt: {points: [[0.72, 0.45]]}}" in said.getvalue()
