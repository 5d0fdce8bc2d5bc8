"""Every recipe is a test: rendered small and compared with a picture that someone has looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from golden import Shots, checked, compared, read, rendered, write, write_shots

from tests.tolerances import GOLDEN_RECIPE

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
REFERENCES = HERE / "references"
OUT = ROOT / "out" / "recipes"
RECIPES = sorted(
    [*(ROOT / "templates").glob("*.yaml"), *HERE.glob("[!.]*.yaml"), ROOT / "assets" / "demo" / "demo.yaml"]
)


@pytest.fixture(scope="session")
def shots(tmp_path_factory) -> Shots:
    """The golden part of the demo shot."""
    return write_shots(ROOT / "assets" / "demo", tmp_path_factory.mktemp("shots"))


def params_of(recipe: Path, shots: Shots) -> dict[str, str]:
    """What a recipe has to be told; the demo recipe names its own files."""
    told = {"plate": str(shots.green if recipe.stem.startswith("green_screen") else shots.plate)}
    if "  video: " in recipe.read_text(encoding="utf-8"):
        told["video"] = str(ROOT / "assets" / "loop.mp4")
    if recipe.parent == HERE and "truth:" in recipe.read_text(encoding="utf-8"):
        told["truth"] = str(shots.truth)
    return {} if recipe.stem == "demo" else told


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_renders_the_picture_that_was_looked_at(recipe, tmp_path, shots, request):
    picture = rendered(recipe, tmp_path, params=params_of(recipe, shots))
    reference = REFERENCES / f"{recipe.stem}.png"
    if request.config.getoption("--rewrite-references"):
        write(reference, picture)
        return
    assert reference.exists(), (
        f"no reference for {recipe.name}: run pytest tests/recipes --rewrite-references and look at it"
    )
    difference = checked(picture, reference, OUT, GOLDEN_RECIPE)
    assert difference.is_within, f"{recipe.name}: {difference}; see {OUT}"


def test_no_reference_is_left_without_a_recipe():
    assert {path.stem for path in REFERENCES.glob("*.png")} == {recipe.stem for recipe in RECIPES}


def test_the_comparison_fails_when_a_subject_is_lost_and_leaves_three_pictures(tmp_path):
    """The proof that a golden test can fail: the reference with its middle frame shown twice."""
    reference = REFERENCES / "demo.png"
    known = read(reference)
    third = known.shape[1] // 3
    wrong = np.hstack([known[:, third : 2 * third], known[:, third:]])
    assert not checked(wrong, reference, tmp_path, GOLDEN_RECIPE).is_within
    assert {path.name for path in tmp_path.iterdir()} == {
        f"demo.{kind}.png" for kind in ("picture", "reference", "difference")
    }
    np.testing.assert_array_equal(read(tmp_path / "demo.picture.png"), wrong)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: np.roll(p, 3, 1),
        lambda p: np.clip(p.astype(int) + 3, 0, 255).astype(np.uint8),
        lambda p: p[:, :-2],
        lambda p: p[..., ::-1],
    ],
    ids=["shifted", "brighter", "narrower", "red and blue swapped"],
)
def test_the_comparison_sees_small_faults(spoil):
    known = read(REFERENCES / "demo.png")
    assert compared(known, known, GOLDEN_RECIPE).is_within
    assert not compared(np.ascontiguousarray(spoil(known)), known, GOLDEN_RECIPE).is_within


def test_a_few_pixels_of_noise_are_within_tolerance():
    known = read(REFERENCES / "demo.png")
    noise = np.random.default_rng(1).integers(-1, 2, known.shape)
    assert compared(np.clip(known + noise, 0, 255).astype(np.uint8), known, GOLDEN_RECIPE).is_within
