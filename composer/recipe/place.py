"""Errors that point at a line of the recipe, with what is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from composer.errors import RecipeError
from composer.recipe.text import Node, Spot

Problem = TypeVar("Problem", bound=RecipeError)
_WIDTH = 110  # columns of source shown around the marker


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the known name nearest to a word, or with all of them when none is near.

    Example:
        >>> nearest("waker", ["walker", "still"])
        "did you mean 'walker'?"
    """
    names = list(known)
    if close := difflib.get_close_matches(word, names, n=1, cutoff=0.6):
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(names)}" if names else ""


def spelled(path: Sequence[str | int]) -> str:
    """A path as people write it.

    Example:
        >>> spelled(("edits", 0, "background", "keep"))
        'edits[0].background.keep'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@dataclass(frozen=True)
class Marks:
    """Where every value of a recipe stands.

    Args:
        path: the file, as the user named it.
        lines: its lines.
        root: the values with their places.
    """

    path: Path
    lines: tuple[str, ...] = field(repr=False)
    root: Node = field(repr=False)

    def problem(
        self,
        field_path: Sequence[str | int],
        message: str,
        *,
        hint: str = "",
        key: bool = False,
        kind: type[Problem],
    ) -> Problem:
        """An error of some kind that points at a value.

        Args:
            field_path: keys and list positions from the root.
            message: what is wrong.
            hint: what to do about it.
            key: point at the last key instead of its value.
            kind: the error's class.
        """
        if field_path and field_path[0] not in self.root.value:
            # A section that the recipe leaves out has no line to point at.
            return kind(message, path=self.path, hint=hint)
        spot = self.root.spot_of(field_path, key=key)
        return located(self, spot, message, hint=hint, field_path=field_path, kind=kind)


def located(
    marks: Marks,
    spot: Spot,
    message: str,
    *,
    hint: str = "",
    field_path: Sequence[str | int] = (),
    kind: type[Problem],
) -> Problem:
    """An error of some kind that points at a spot."""
    return kind(
        message,
        path=marks.path,
        line=spot.line + 1,
        column=spot.column + 1,
        field=spelled(field_path),
        snippet=snippet(marks.lines, spot, hint),
        hint=hint,
    )


def snippet(lines: Sequence[str], spot: Spot, hint: str) -> str:
    """The line with a marker below, cut to width around it."""
    if spot.line >= len(lines):
        return hint
    line = lines[spot.line].rstrip("\n")
    first = max(0, spot.column - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = "".join(letter if letter.isprintable() else " " for letter in line[first : first + _WIDTH])
    carets = "^" * max(1, min(spot.end, len(line), first + _WIDTH) - spot.column)
    gap = " " * (spot.column - first)
    return f"{spot.line + 1:>5} | {shown}\n{'':5} | {gap}{carets} {hint}".rstrip()


def together(problems: Sequence[Problem], *, most: int = 10) -> Problem:
    """One error that tells several, in the order of the file."""
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    first = ordered[0]
    first.others = tuple(ordered[1:most])
    return first
