"""Parameters: what ``--set`` and templates fill in, and ``${name}`` anywhere in a recipe."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from composer.fields import Color, Corners, FieldModel, Length, Place, Time
from composer.recipe.place import nearest
from composer.recipe.text import Node, read_text, scalar

ParamType = Literal["file", "color", "number", "integer", "text", "flag", "choice", "time", "length", "corners", "box"]

Refuse = Callable[[Node, str, str], None]

_USE = re.compile(r"\$(\$?)\{([^}]*)\}")
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Param(FieldModel):
    """One parameter of a recipe: its type, what it is when nobody sets it, and what it is for."""

    type: ParamType = Field(description="what values it takes")
    default: Any = Field(default=None, description="its value unless set; without one it has to be set")
    help: str = Field(default="", description="what it is for, in a few words")
    min: float | None = Field(default=None, description="smallest number")
    max: float | None = Field(default=None, description="largest number")
    options: tuple[str, ...] = Field(default=(), description="the words of a choice")

    @model_validator(mode="after")
    def _fits(self) -> Param:
        if (self.type == "choice") != bool(self.options):
            raise ValueError("options: a choice needs them, and nothing else takes them")
        if self.type not in ("number", "integer") and (self.min is not None or self.max is not None):
            raise ValueError(f"min and max are for number and integer, not for {self.type}")
        if self.default is not None:
            self.checked(self.default)
        return self

    def checked(self, value: Any) -> Any:
        """The value if it is one this parameter takes.

        Raises:
            ValueError: in the user's words.
        """
        checked = _CHECKS[self.type](value)
        if self.options and checked not in self.options:
            raise ValueError(f"expected one of {', '.join(self.options)}, got {value!r}")
        if self.min is not None and checked < self.min:
            raise ValueError(f"expected at least {self.min:g}, got {value!r}")
        if self.max is not None and checked > self.max:
            raise ValueError(f"expected at most {self.max:g}, got {value!r}")
        return checked

    def read(self, text: str, *, folder: Path) -> Any:
        """The value that a command line spells.

        Args:
            text: as typed after ``--set name=``.
            folder: what a relative file is relative to.
        """
        if self.type == "file":
            return str(folder / os.path.expanduser(self.checked(text)))  # noqa: PTH111 - never fails
        if self.type in ("corners", "box"):
            return self.checked(_listed(text))
        if self.type == "flag":
            return self.checked(_FLAGS.get(text.lower(), text))
        return self.checked(text if self.type in ("text", "choice", "color", "time") else scalar(text))


def _listed(text: str) -> Any:
    try:
        return read_text(text).plain()
    except Exception as error:  # whatever a broken list trips over, the words are the same
        raise ValueError(f"expected a list such as [0.1, 0.2], got {text!r}") from error


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a number, got {value!r}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, got {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"expected text, got {value!r}")
    return str(value)


def _file(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a file name, got {value!r}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def _parsed_by(parse: Callable[[Any], object]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        parse(value)
        return value

    return check


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "file": _file,
    "color": _parsed_by(Color.parse),
    "number": _number,
    "integer": _integer,
    "text": _text,
    "flag": _flag,
    "choice": _text,
    "time": _parsed_by(Time.parse),
    "length": _parsed_by(Length.parse),
    "corners": _parsed_by(Corners.parse),
    "box": _parsed_by(Place.parse),
}


class UnknownParam(Exception):
    """A ``${name}`` that the recipe does not declare."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def filled(node: Node, values: Mapping[str, Any], refuse: Refuse) -> Node:
    """A tree with every ``${name}`` replaced, in values and in keys.

    A value that is nothing but ``${name}`` keeps the parameter's type; inside text it is spelled out;
    ``$${name}`` stays as ``${name}``.

    Args:
        node: the tree.
        values: parameter values by name.
        refuse: told of each use of an unknown name and of keys that turn out the same, with node, words and hint.
    """
    if isinstance(node.value, dict):
        names = {key: _key(node, key, values, refuse) for key in node.value}
        if len(set(names.values())) < len(names):
            twice = next(name for name in names.values() if list(names.values()).count(name) > 1)
            refuse(node, f"'{twice}' stands here twice once its parameters are filled in", "choose other values")
        children = {names[key]: filled(child, values, refuse) for key, child in node.value.items()}
        keys = None if node.keys is None else {names[key]: spot for key, spot in node.keys.items()}
        return Node(children, node.spot, node.size, keys)
    if isinstance(node.value, tuple):
        return Node(tuple(filled(child, values, refuse) for child in node.value), node.spot, node.size)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node
    try:
        return placed(_replaced(node.value, values), node)
    except UnknownParam as unknown:
        refuse(node, *_unknown(unknown.name, values))
        return node


def _key(node: Node, key: str, values: Mapping[str, Any], refuse: Refuse) -> str:
    """A key of a mapping with its parameters spelled out: times of keyframes may be parameters."""
    if not isinstance(key, str) or "${" not in key:
        return key
    try:
        return _spelled(_replaced(key, values))
    except UnknownParam as unknown:
        refuse(node.value[key] if node.keys is None else Node(key, node.keys[key]), *_unknown(unknown.name, values))
        return key


def _unknown(name: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Words and hint for a name that the recipe does not declare."""
    return f"unknown parameter '{name}'", nearest(name, values) if values else "declare it under params:"


def _replaced(text: str, values: Mapping[str, Any]) -> Any:
    whole = _USE.fullmatch(text)
    if whole and not whole[1]:
        return _value(whole[2], values)
    return _USE.sub(lambda use: use[0][1:] if use[1] else _spelled(_value(use[2], values)), text)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name.strip() not in values:
        raise UnknownParam(name.strip())
    return values[name.strip()]


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def placed(value: Any, at: Node) -> Node:
    """A plain value as a tree of nodes that all stand at one place."""
    if isinstance(value, Mapping):
        children = {str(key): placed(child, at) for key, child in value.items()}
        return Node(children, at.spot, keys=dict.fromkeys(children, at.spot))
    if isinstance(value, list | tuple):
        return Node(tuple(placed(child, at) for child in value), at.spot)
    return Node(value, at.spot)
