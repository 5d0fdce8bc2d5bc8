"""Pictures of recipes: those that the golden tests compare with, found by what a recipe does."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from composer.recipe.templates import Template, list_templates

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "recipes"
PAGE = Path(__file__).parent / "gallery.md"

INTRO = """# Gallery

Made by `make docs` from [templates/](../templates); do not edit it by hand. Every template is a recipe to use as it
is, `composer render NAME --set plate=clip.mp4 -o out.mp4`, or to make your own of, `composer new NAME`.
Each strip shows three frames of the demo shot, rendered small: the very pictures that the tests compare with.
"""


def gallery() -> str:
    """The page of all templates."""
    return "\n".join([INTRO, *(_entry(each) for each in list_templates())])


def _entry(each: Template) -> str:
    comment = list(_comment(each.path))
    commands = [line[2:] for line in comment if line.startswith("  ")]
    prose = " ".join(line.strip() for line in comment[1:] if line.strip() and not line.startswith("  "))
    picture = link(GOLDEN / "references" / f"{each.name}.png", PAGE)
    shown = "\n".join(f"    {line}" for line in commands)
    return f"## {each.name}\n\n{each.about} {prose}\n\n![{each.name}]({picture})\n\n{shown}\n"


def _comment(path: Path) -> Iterator[str]:
    """The lines of a recipe's first comment, without their signs."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return
        yield line[1:].removeprefix(" ") if not line.startswith("#   ") else line[2:]


def picture_of(effect: str) -> Path | None:
    """The picture of a recipe that uses an effect: one that is named after it, else the first, else a template's."""
    recipes = [GOLDEN / f"{effect}.yaml", *sorted(GOLDEN.glob("*.yaml")), *sorted((ROOT / "templates").glob("*.yaml"))]
    for recipe in recipes:
        picture = GOLDEN / "references" / f"{recipe.stem}.png"
        if picture.exists() and recipe.exists() and _uses(recipe.read_text(encoding="utf-8"), effect):
            return picture
    return None


def _uses(recipe: str, effect: str) -> bool:
    return re.search(rf"^\s*- {effect}:", recipe, re.MULTILINE) is not None


def link(target: Path, page: Path) -> str:
    """How a page of the documentation links to a file of the repository."""
    return Path(os.path.relpath(target, page.parent)).as_posix()
