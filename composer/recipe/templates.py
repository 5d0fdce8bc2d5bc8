"""Recipes that come along: found by name, copied for editing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from composer.bundle import bundled
from composer.errors import InputError
from composer.recipe.place import nearest


@dataclass(frozen=True)
class Template:
    """A ready-made recipe.

    Args:
        name: without folder and ending.
        about: the first line of its comment.
        path: the file.
    """

    name: str
    about: str
    path: Path


def list_templates() -> tuple[Template, ...]:
    """Every template, by name.

    Example:
        >>> "blur_background" in [template.name for template in list_templates()]
        True
    """
    return tuple(Template(path.stem, _about(path), path) for path in _files())


def template(name: str) -> Template:
    """The template of a name.

    Raises:
        InputError: with the nearest name.
    """
    known = {each.name: each for each in list_templates()}
    if name.removesuffix(".yaml") not in known:
        raise InputError(f"unknown template '{name}'", hint=nearest(name, known))
    return known[name.removesuffix(".yaml")]


def template_text(found: Template, *, beside: Path) -> str:
    """A template's text, with the way to the shipped pictures spelled from another folder.

    Args:
        found: the template.
        beside: the file that it will be written to.
    """
    folder = beside.absolute().parent
    assets = bundled("assets").resolve()
    way = Path(os.path.relpath(assets, folder)) if assets.is_relative_to(folder) else assets
    return found.path.read_text(encoding="utf-8").replace("../assets/", f"{way.as_posix()}/")


def _files() -> list[Path]:
    return sorted(path for path in bundled("templates").glob("*.yaml") if not path.name.startswith("."))


def _about(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()
