"""Plain values into models, and pydantic's complaints into words that point at the recipe."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from composer.effects import EFFECTS
from composer.effects.base import Effect
from composer.errors import InputError, RecipeError
from composer.recipe.model import Recipe
from composer.recipe.names import misnamed
from composer.recipe.place import Marks, nearest, together
from composer.recipe.text import Path

_EXPECTED = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "string_too_short": "some text",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of names",
    "tuple_type": "a list",
    "list_type": "a list",
}


def build(data: Mapping[str, Any], marks: Marks) -> Recipe:
    """The recipe that plain values spell.

    Args:
        data: the file's values in the current format, parameters filled in.
        marks: where they stand.

    Raises:
        RecipeError: naming every value that does not fit, each with its line.
    """
    problems: list[RecipeError] = []
    edits = tuple(_edits(data.get("edits"), marks, problems))
    try:
        recipe = Recipe.model_validate({**data, "edits": edits})
    except ValidationError as error:
        problems += problems_of(error, (), Recipe, marks)
    else:
        problems += misnamed(recipe, marks)
    if "plate" not in (data.get("sources") or {}):
        hint = "add sources: {plate: clip.mp4}, or give it with --set plate=clip.mp4"
        problems.append(marks.problem(("sources",), "no footage: 'plate' is missing", hint=hint, kind=RecipeError))
    if problems:
        raise together(problems)
    return recipe


def _edits(raw: Any, marks: Marks, problems: list[RecipeError]) -> Iterator[Effect]:
    if raw is not None and not isinstance(raw, list):
        problems.append(marks.problem(("edits",), "expected a list of edits, each '- effect: {...}'", kind=RecipeError))
        return
    for index, item in enumerate(raw or []):
        try:
            yield _edit(item, ("edits", index), marks)
        except ValidationError as error:
            kind = next(iter(item)) if isinstance(item, dict) else item
            problems += problems_of(error, ("edits", index, kind), EFFECTS[kind], marks)
        except RecipeError as error:
            problems.append(error)


def _edit(raw: Any, path: Path, marks: Marks) -> Effect:
    item = {raw: {}} if isinstance(raw, str) else raw
    if not isinstance(item, dict) or not item:
        raise marks.problem(path, "expected one effect, such as blur: {radius: 12}", kind=RecipeError)
    kind, body = next(iter(item.items()))
    if kind not in EFFECTS:
        hint = nearest(kind, EFFECTS)
        raise marks.problem((*path, kind), f"unknown effect '{kind}'", hint=hint, key=True, kind=RecipeError)
    if len(item) > 1:
        hint = f"indent its keys below '{kind}:', or write {kind}: {{...}}"
        words = f"an edit is one effect, got the keys {', '.join(item)}"
        raise marks.problem((*path, list(item)[1]), words, hint=hint, key=True, kind=RecipeError)
    try:
        effect = EFFECTS[kind]
    except InputError as error:  # a plug-in that cannot be used
        raise marks.problem((*path, kind), error.message, hint=error.hint, key=True, kind=RecipeError) from error
    return effect.model_validate({} if body is None else body)


def problems_of(error: ValidationError, base: Path, model: type[BaseModel], marks: Marks) -> list[RecipeError]:
    """Every complaint of a validation, one per value, pointing at the recipe.

    Args:
        error: what pydantic raised.
        base: path of the validated value in the recipe.
        model: what it was validated as.
        marks: where the recipe's values stand.
    """
    by_path: dict[Path, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        path = _known(marks, (*base, *details["loc"]), details["type"])
        by_path.setdefault(path, []).append(details)
    return [_problem(path, base, details, model, marks) for path, details in by_path.items()]


def _problem(
    path: Path, base: Path, complaints: Sequence[ErrorDetails], model: type[BaseModel], marks: Marks
) -> RecipeError:
    first = complaints[0]
    if first["type"] == "extra_forbidden":
        models = models_at(model, path[len(base) : -1])
        # Of several that the place may hold, pydantic's location says which one it was read as.
        models = [each for each in models if each.__name__ in first["loc"]] or models
        names = [name for each in models for name in key_names(each)]
        hint = nearest(str(path[-1]), names)
        if first["input"] is None and " " in str(path[-1]):
            hint = "text with a comma in it needs quotes"
        return marks.problem(path, f"unknown key '{path[-1]}'", hint=hint, key=True, kind=RecipeError)
    if first["type"] == "missing":
        return marks.problem(path, f"missing key '{path[-1]}'", kind=RecipeError)
    words = list(dict.fromkeys(_words(details) for details in complaints))
    expected = " or ".join([words[0], *(word.removeprefix("expected ") for word in words[1:])])
    got = "" if ", got " in expected or first["type"] == "value_error" else f", got {_short(first['input'])}"
    return marks.problem(path, expected + got, hint=_hint(first), kind=RecipeError)


def _words(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"expected {context['expected']}"
    text = details["msg"].replace("Input should be ", "expected ")
    return text[:1].lower() + text[1:]


def _hint(details: ErrorDetails) -> str:
    if details["type"] != "literal_error" or not isinstance(details["input"], str):
        return ""
    names = [word.strip().strip("'") for word in details["ctx"]["expected"].replace(" or ", ",").split(",")]
    hint = nearest(details["input"], names)
    return hint if hint.startswith("did") else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known(marks: Marks, location: Sequence[str | int], kind: str) -> Path:
    """The part of pydantic's location that the recipe has; its union tags and validator names fall away."""
    path: Path = ()
    node = marks.root
    for step in location:
        child = node.child(step)
        if child is None:
            # A missing key is not in the recipe, and yet it is what the message is about.
            if kind == "missing" and step == location[-1]:
                return (*path, step)
            continue
        node, path = child, (*path, step)
    return path


def key_names(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes, as recipes write them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def models_at(model: type[BaseModel], path: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models that may validate the value at a path: several where its keys decide."""
    annotation: Any = model
    for step in path:
        annotation = _inside(annotation, step)
    return [member for member in _members(annotation) if _is_model(member)]


def _inside(annotation: Any, step: str | int) -> Any:
    for member in _members(annotation):
        if _is_model(member):
            fields = member.model_fields.items()
            return next((field.annotation for name, field in fields if step in (name, field.alias)), None)
        if get_origin(member) in (dict, tuple, list):
            return next(part for part in reversed(get_args(member)) if part is not Ellipsis)
    return None


def _members(annotation: Any) -> list[Any]:
    """The alternatives of a type, with Annotated and unions taken apart."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
