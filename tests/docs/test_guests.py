"""docs/guests.md and docs/matte-files.md list what the code lists, and their recipes are some."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from composer import load_recipe
from composer.effects.clip_effects import REFUSED, SUPPORTED
from composer.effects.filters import FILTERS, INSTEAD
from composer.render.cutouts import HOLDERS

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above

PAGE, FILES = ROOT / "docs" / "guests.md", ROOT / "docs" / "matte-files.md"


def test_the_page_lists_every_filter_and_effect_with_its_reason():
    _, filters, effects = PAGE.read_text(encoding="utf-8").split("\n## ")
    for part, listed, refused in ((filters, FILTERS, INSTEAD), (effects, SUPPORTED, REFUSED)):
        paragraph = next(block for block in part.split("\n\n") if block.startswith("`") and ", " in block)
        assert re.findall(r"`(\w+)`", paragraph) == list(listed)
        assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", part, re.MULTILINE)) == refused


def test_the_recipe_of_the_page_is_one(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("composer: 1\nsources: {plate: plate.mp4}\n" + recipes(PAGE)["filters"])
    assert [edit.kind for edit in load_recipe(recipe).recipe.edits] == ["ffmpeg", "ffmpeg", "moviepy", "moviepy"]


def test_the_page_of_matte_files_lists_every_format_with_its_ending(tmp_path):
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", FILES.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {name: f"`{one.suffix}`" if one.suffix else "a folder" for name, one in HOLDERS.items()}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("composer: 1\nsources: {plate: plate.mp4}\n" + recipes(FILES)["hand"])
    assert set(load_recipe(recipe).recipe.mattes) == {"hand", "soft"}
