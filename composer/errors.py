"""Everything Composer can raise on purpose.

ComposerError                exit 1   something failed that is ours to explain
|-- InputError               exit 2   what you gave us cannot be used; the message says what to do
|   |-- RecipeError                   the recipe: file, line and column are known
|   |   `-- PlanError                 recipe and footage do not fit each other
|   |-- ProbeError                    a file is not media that we read
|   |-- DecodeError                   a file breaks off or is damaged
|   |-- ModelUnavailable              weights or an extra are not installed
|   |-- NothingFound     exit 3   nothing in the footage is what a matte asks for
|   |   `-- NoMovingObject            nothing in it moves by itself
|   |-- UnsureMatte          exit 3   a matte falls below what the recipe requires
|   |-- FileRefused                   a file that an edit reads is not what it needs
|   `-- OutputError                   the output cannot be written as asked
|-- EncodeError              exit 1   the encoder refused; carries its own words
|-- RenderError              exit 1   a frame failed; carries frame and stage
`-- Cancelled                exit 130 stopped by the user
ShapeError (ValueError)      a wrong array inside the library: expected and actual
"""

from __future__ import annotations

from pathlib import Path


class ComposerError(Exception):
    """Base of every error that Composer raises on purpose.

    Args:
        message: what is wrong, in the user's words.
        hint: what to do about it, or empty.
    """

    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class InputError(ComposerError):
    """What was given cannot be used; changing the recipe or the file mends it."""

    exit_status = 2


class RecipeError(InputError):
    """The recipe is wrong at a known place.

    Args:
        message: what is wrong.
        path: the recipe file.
        line: one-based line, or 0 where no line applies.
        column: one-based column, or 0.
        field: dotted path such as ``edits[0].background.keep``.
        snippet: the source lines with a marker, ready to print.
        hint: what to do, such as the nearest valid name.
        others: further errors of the same file, told together with this one.
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path | str = "",
        line: int = 0,
        column: int = 0,
        field: str = "",
        snippet: str = "",
        hint: str = "",
        others: tuple[RecipeError, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = str(path)
        self.line = line
        self.column = column
        self.field = field
        self.snippet = snippet
        self.others = others

    def __str__(self) -> str:
        return "\n".join(error.told() for error in (self, *self.others))

    def told(self) -> str:
        """This error alone, in the words that a user reads."""
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        head = f"{place}: {self.message}" if place else self.message
        if self.field:
            head += f" ({self.field})"
        return "\n".join(part for part in (head, self.snippet or (self.hint and f"  {self.hint}")) if part)


class PlanError(RecipeError):
    """Recipe and footage do not fit each other."""


class ProbeError(InputError):
    """A file is not media that Composer reads."""


class DecodeError(InputError):
    """A file breaks off or is damaged at a known frame."""


class ModelUnavailable(InputError):
    """Weights or an optional extra are not installed."""


class NothingFound(InputError):
    """Nothing in the footage is what a matte asks for, so the matte is empty."""

    exit_status = 3


class NoMovingObject(NothingFound):
    """Nothing in the footage moves by itself, so a matte of what moves is empty."""


class NothingPicked(InputError):
    """Where a frame was clicked, nothing has an outline."""

    exit_status = 3


class UnsureMatte(InputError):
    """A matte falls below what the recipe requires of it.

    Args:
        message: which matte, where and by how much.
        matte: its name.
        frames: those that fall below, rising.
        hint: what to do.
    """

    exit_status = 3

    def __init__(self, message: str, *, matte: str, frames: tuple[int, ...], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.matte = matte
        self.frames = frames


class FileRefused(InputError):
    """A file that an edit reads is not what it needs.

    Args:
        message: what is wrong with it, with the line where it has lines.
        file: as the recipe names it.
        field: of the edit, where another one than the file's is to be changed.
        hint: what to do.
    """

    def __init__(self, message: str, *, file: str, field: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.field = field


class OutputError(InputError):
    """The output cannot be written as asked."""


class EncodeError(ComposerError):
    """The encoder refused; the message carries its own words."""


class RenderError(ComposerError):
    """A frame failed while rendering; carries the frame's index and the stage."""


class Cancelled(ComposerError):
    """The user stopped the work."""

    exit_status = 130


class ShapeError(ValueError):
    """An array has the wrong shape, dtype or range.

    Args:
        what: name of the array.
        expected: what was expected, in words.
        actual: what came.
    """

    def __init__(self, what: str, *, expected: object, actual: object) -> None:
        super().__init__(f"{what}: expected {expected}, got {actual}")
        self.expected = expected
        self.actual = actual
