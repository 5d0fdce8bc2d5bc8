"""Names that point at something named elsewhere in the recipe: found by their annotation, checked, ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from composer.errors import RecipeError
from composer.fields import Reference
from composer.recipe.model import Recipe
from composer.recipe.place import Marks, nearest
from composer.recipe.text import Path


@dataclass(frozen=True)
class Use:
    """One place where a recipe names something.

    Args:
        path: where in the recipe.
        kind: matte, source, region or file.
        name: as written.
    """

    path: Path
    kind: str
    name: str


def uses(recipe: Recipe) -> Iterator[Use]:
    """Every use of a name in a recipe, in the order of its sections."""
    for name, source in recipe.sources.items():
        yield from _in_model(source, ("sources", name))
    for name, matte in recipe.mattes.items():
        yield from _in_model(matte, ("mattes", name))
    for name, region in recipe.regions.items():
        yield from _in_model(region, ("regions", name))
    for index, edit in enumerate(recipe.edits):
        yield from _in_model(edit, ("edits", index, edit.kind))
    if recipe.require is not None:
        yield from _in_model(recipe.require, ("require",))
    if recipe.output.audio is not None:
        yield from _in_model(recipe.output.audio, ("output", "audio"))
    if recipe.output.frame is not None:
        yield from _in_model(recipe.output.frame, ("output", "frame"))


def _in_model(model: BaseModel, path: Path) -> Iterator[Use]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        step = (*path, field.alias or name)
        marks = [mark for mark in field.metadata if isinstance(mark, Reference)]
        yield from _in_value(value, _references(field.annotation) + marks, step)


def _in_value(value: Any, marks: list[Reference], path: Path) -> Iterator[Use]:
    if isinstance(value, BaseModel):
        yield from _in_model(value, path)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _in_value(item, marks, (*path, index))
    elif isinstance(value, str) and marks:
        yield Use(path, marks[0].kind, value)


def _references(annotation: Any) -> list[Reference]:
    """The reference marks anywhere inside a type."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return [mark for mark in metadata if isinstance(mark, Reference)] + _references(inner)
    return [mark for part in get_args(annotation) for mark in _references(part)]


def is_path(name: str) -> bool:
    """True for a source that is spelled as a file instead of a name.

    Example:
        >>> is_path("sky.png"), is_path("promo")
        (True, False)
    """
    return any(sign in name for sign in "./\\")


def misnamed(recipe: Recipe, marks: Marks) -> list[RecipeError]:
    """An error for every name that nothing in the recipe carries, and for every matte made of itself."""
    known: dict[str, Mapping[str, Any]] = {
        "matte": recipe.mattes,
        "source": recipe.sources,
        "region": recipe.regions,
    }
    problems = []
    for use in uses(recipe):
        if use.kind == "file":
            continue
        names = known[use.kind]
        if use.name in names or (use.kind == "source" and is_path(use.name)):
            continue
        hint = nearest(use.name, names) or f"name it under {use.kind}s:"
        problems.append(marks.problem(use.path, f"unknown {use.kind} '{use.name}'", hint=hint, kind=RecipeError))
    return problems or _circles(recipe, marks)


def _circles(recipe: Recipe, marks: Marks) -> list[RecipeError]:
    done: set[str] = set()
    for name in recipe.mattes:
        if circle := _circle(recipe, (name,), done):
            words = f"matte '{circle[0]}' is made of itself: {' -> '.join(circle)}"
            return [marks.problem(("mattes", circle[0]), words, key=True, kind=RecipeError)]
    return []


def _circle(recipe: Recipe, trail: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    """The names of a circle that begins somewhere on the trail, or nothing; ``done`` collects what is safe."""
    for name in recipe.mattes[trail[-1]].inputs:
        if name in trail:
            return (*trail[trail.index(name) :], name)
        if name not in done and (circle := _circle(recipe, (*trail, name), done)):
            return circle
    done.add(trail[-1])
    return ()


def ordered(recipe: Recipe) -> tuple[str, ...]:
    """The mattes that edits, their regions or the framing use or that must reach something, each after what it is made of.

    Example:
        >>> ordered(Recipe.model_validate({"composer": 1, "mattes": {"a": {"invert": "b"}, "b": "moving"}}))
        ()
    """
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in order:
            return
        for inside in recipe.mattes[name].inputs:
            visit(inside)
        order.setdefault(name)

    asked = list(uses(recipe))
    inserted = {use.name for use in asked if use.kind == "source" and use.path[0] == "edits"}
    shown = {"sources": inserted, "regions": {use.name for use in asked if use.kind == "region"}}
    for use in asked:
        is_used = use.path[0] in ("edits", "require", "output") or use.path[1] in shown.get(str(use.path[0]), ())
        if use.kind == "matte" and is_used:
            visit(use.name)
    return tuple(order)
