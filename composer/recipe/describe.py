"""What the keys of a recipe take, in words: for the command line's help and the reference page."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from composer.fields import (
    Animated,
    AnimatedLength,
    Color,
    Corners,
    Length,
    Place,
    Reference,
    Time,
)
from composer.fields.levels import AnimatedDecibels, Decibels, Lufs
from composer.fields.scalars import ParsedField

_WORDS: dict[Any, str] = {
    Length: "length",
    Time: "time",
    Color: "color",
    Place: "box",
    Corners: "corners",
    Animated: "number or keyframes",
    AnimatedLength: "length or keyframes",
    Decibels: "decibels",
    AnimatedDecibels: "decibels or keyframes",
    Lufs: "loudness",
    float: "number",
    int: "whole number",
    bool: "true or false",
    str: "text",
    dict: "mapping",
    Any: "a value of its type",
}


@dataclass(frozen=True)
class Key:
    """One key of a section or effect.

    Args:
        name: as recipes write it.
        takes: what values it takes, in words.
        default: as recipes write it; empty where the key is required or has none.
        is_required: whether it has to be there.
        help: one sentence.
    """

    name: str
    takes: str
    default: str
    is_required: bool
    help: str


def keys_of(model: type[BaseModel]) -> Iterator[Key]:
    """Every key that a model takes, in its order.

    Example:
        >>> from composer.recipe.model import Source
        >>> next(keys_of(Source)).name
        'file'
    """
    for name, field in model.model_fields.items():
        default = "" if field.is_required() or field.get_default() in (None, ()) else spelled_value(field)
        help_ = field.description or _inherited_help(field.annotation)
        yield Key(field.alias or name, _takes(field), default, field.is_required(), help_)


def summary(model: type[BaseModel]) -> str:
    """The first sentence of a model's docstring."""
    text = inspect.cleandoc(model.__doc__ or "").split("\n\n")[0]
    return " ".join(text.split())


def prose(model: type[BaseModel]) -> str:
    """A model's docstring without its examples and attribute lists."""
    kept = []
    for block in inspect.cleandoc(model.__doc__ or "").split("\n\n"):
        if block.startswith(("Example:", "Args:", "Attributes:", "Source:")):
            continue
        kept.append(" ".join(block.split()))
    return "\n\n".join(kept)


def spelled_value(field: FieldInfo) -> str:
    """A field's default as a recipe writes it."""
    return _spelled(field.get_default(call_default_factory=True))


def _spelled(value: Any) -> str:
    if isinstance(value, ParsedField):
        value = value.spelled()
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_spelled(item) for item in value)}]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _takes(field: FieldInfo) -> str:
    reference = next((mark for mark in field.metadata if isinstance(mark, Reference)), None)
    words = f"{reference.kind} name" if reference else _type_words(field.annotation)
    return words + _bounds(field.metadata)


def _type_words(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated_words(args[0], args[1:])
    if origin is Literal:
        return " or ".join([", ".join(map(str, args[:-1])), str(args[-1])]) if len(args) > 1 else str(args[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(_type_words(part) for part in args if part is not type(None)))
    if origin is tuple:
        return f"list of {_type_words(args[0])}" if Ellipsis in args else f"[{', '.join(map(_type_words, args))}]"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    return _WORDS.get(origin or annotation, getattr(annotation, "__name__", str(annotation)))


def _annotated_words(inner: Any, metadata: Sequence[Any]) -> str:
    nested = next((mark.metadata for mark in metadata if isinstance(mark, FieldInfo)), [])
    if any(isinstance(mark, str) and mark.startswith("xy") for mark in metadata):
        return "point [x, y]"
    reference = next((mark for mark in metadata if isinstance(mark, Reference)), None)
    return f"{reference.kind} name" if reference else _type_words(inner) + _bounds([*metadata, *nested])


def _bounds(metadata: Sequence[Any]) -> str:
    low = next((f"{mark.ge:g}" for mark in metadata if isinstance(mark, Ge)), "")
    low = low or next((f"above {mark.gt:g}" for mark in metadata if isinstance(mark, Gt)), "")
    high = next((f"{mark.le:g}" for mark in metadata if isinstance(mark, Le)), "")
    high = high or next((f"below {mark.lt:g}" for mark in metadata if isinstance(mark, Lt)), "")
    if low and high:
        return f" {low} to {high}"
    if low:
        return f" {low}" if low.startswith("above") else f" at least {low}"
    return f" at most {high}" if high else ""


def _inherited_help(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return next((str(mark.description) for mark in get_args(annotation)[1:] if isinstance(mark, FieldInfo)), "")
    helps = (_inherited_help(part) for part in get_args(annotation))
    return next((text for text in helps if text), "")
