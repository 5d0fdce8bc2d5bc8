"""YAML 1.2 text into plain nodes that know where they stand.

Read from the parser's events: no tags, no constructors, and limits that a hostile file cannot get around.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MAX_BYTES = 1 << 20  # a hand-written recipe is a few KB
MAX_DEPTH = 32  # the deepest recipe we know has 6 levels
MAX_NODES = 20_000  # after aliases are followed
MAX_ALIASES = 100

# Source: YAML 1.2.2, section 10.3.2, the core schema's scalars.
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Spot:
    """A stretch of one line; zero-based line and columns, end not included."""

    line: int
    column: int
    end: int


@dataclass(frozen=True)
class Node:
    """A scalar, list or mapping, and where it stands.

    Args:
        value: a YAML scalar as Python has it, a tuple of nodes, or a dict of nodes by key.
        spot: where it begins.
        size: nodes in it, aliases followed.
        keys: of a mapping, where each key stands.
    """

    value: Any
    spot: Spot
    size: int = 1
    keys: Mapping[str, Spot] | None = None

    def plain(self) -> Any:
        """The value without places: dict, list and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def spot_of(self, path: Sequence[str | int], *, key: bool = False) -> Spot:
        """Where the value at a path stands, or what is nearest around it.

        Args:
            path: keys and list positions from here.
            key: the place of the last key instead of its value.
        """
        if not path:
            return self.spot
        child = self.child(path[0])
        if child is None:
            return self.spot
        if key and len(path) == 1 and self.keys:
            return self.keys[str(path[0])]
        return child.spot_of(path[1:], key=key)

    def child(self, step: str | int) -> Node | None:
        """The node at a key or list position, or None."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, tuple) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None


class TextError(Exception):
    """The text is not a YAML file that we read; carries the place."""

    def __init__(self, message: str, spot: Spot, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.spot = spot
        self.hint = hint


def read_text(text: str) -> Node:
    """The one document in a YAML text.

    Args:
        text: YAML 1.2, at most 1 MiB.

    Raises:
        TextError: not YAML, a key twice, a tag, a recursive alias, too big or too deep.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TextError(f"the file is larger than {MAX_BYTES} bytes", Spot(0, 0, 0))
    return _Reading(text).document()


def scalar(text: str) -> Any:
    """A plain YAML scalar as Python has it.

    Example:
        >>> scalar("0x1f"), scalar("no"), scalar("48f"), scalar("~")
        (31, 'no', '48f', None)
    """
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text) and len(text) < 40:
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan")) if "." in text[:2] else float(text)
    return text


class _Reading:
    """One pass over the events of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()
        self._aliases = 0
        self._events = self._parsed()

    def _parsed(self) -> Iterator[Event]:
        try:
            yield from YAML(typ="safe", pure=True).parse(self._text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            spot = Spot(mark.line, mark.column, mark.column + 1) if mark else Spot(0, 0, 0)
            raise TextError(f"not YAML: {error.problem or error.context}", spot) from error
        except YAMLError as error:
            raise TextError(f"not YAML: {str(error).splitlines()[0]}", Spot(0, 0, 0)) from error

    def document(self) -> Node:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._refuse(event, "a second document: a recipe is one YAML document")
                root = self._node(next(self._events), 1)
        if root is None:
            raise TextError("the file is empty", Spot(0, 0, 0))
        return root

    def _refuse(self, event: Event, message: str, *, hint: str = "") -> NoReturn:
        raise TextError(message, _spot(event), hint=hint)

    def _node(self, event: Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if tag := getattr(event, "tag", None):
            self._refuse(event, f"tags such as {tag} are not read")
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._open.add(anchor)
        node = self._content(event, depth)
        if node.size > MAX_NODES:
            self._refuse(event, f"more than {MAX_NODES} values once aliases are followed")
        if anchor:
            self._open.discard(anchor)
            self._anchors[anchor] = node
        return node

    def _alias(self, event: AliasEvent) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            self._refuse(event, f"more than {MAX_ALIASES} aliases")
        if event.anchor in self._open:
            self._refuse(event, f"alias '*{event.anchor}' stands inside what it names")
        if event.anchor not in self._anchors:
            self._refuse(event, f"unknown anchor '{event.anchor}'")
        return self._anchors[event.anchor]

    def _content(self, event: Event, depth: int) -> Node:
        if isinstance(event, ScalarEvent):
            text = self._text_of(event)
            return Node(scalar(text) if event.implicit[0] else text, _spot(event))
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, depth)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, depth)
        return self._refuse(event, "expected a value")

    def _text_of(self, event: ScalarEvent) -> str:
        """The text of a scalar; escapes that JSON writes as a pair of surrogates become one character."""
        try:
            return str(event.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            return self._refuse(event, "half of a character: an escape that needs its second half")

    def _sequence(self, start: Event, depth: int) -> Node:
        items = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, depth + 1))
        return Node(tuple(items), _spot(start), 1 + sum(item.size for item in items))

    def _mapping(self, start: Event, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Spot] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event)
            if key in values:
                first = keys[key].line + 1
                self._refuse(event, f"key '{key}' stands here twice", hint=f"first on line {first}")
            keys[key] = _spot(event)
            values[key] = self._node(next(self._events), depth + 1)
        return Node(values, _spot(start), 1 + sum(node.size for node in values.values()), keys)

    def _key(self, event: Event) -> str:
        if not isinstance(event, ScalarEvent):
            self._refuse(event, "expected a key that is a single word")
        if event.value == "<<" and event.implicit[0]:
            self._refuse(event, "merge keys (<<) are not part of YAML 1.2", hint="repeat the keys, or use a parameter")
        return self._text_of(event)


def _spot(event: Event) -> Spot:
    start, end = event.start_mark, event.end_mark
    return Spot(start.line, start.column, max(start.column + 1, end.column if end.line == start.line else 0))
