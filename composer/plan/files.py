"""Files that edits read as they are: lookup tables, fonts, captions; read once, checked before the first frame."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path as FilePath

from composer.bundle import bundled
from composer.errors import FileRefused, PlanError
from composer.plan.model import ReadFile
from composer.recipe import LoadedRecipe
from composer.recipe.names import Use, is_path, uses
from composer.recipe.place import nearest
from composer.recipe.text import Path

#: Largest file that is read whole into memory: a 65x65x65 table is 8 MB, a font of all of Unicode 20 MB.
MOST_BYTES = 32 << 20


def read_files(loaded: LoadedRecipe) -> tuple[tuple[ReadFile, ...], tuple[str, ...]]:
    """Every file that the edits read, and what there is to know about them.

    Args:
        loaded: the recipe.

    Returns:
        The files, once each, and warnings.

    Raises:
        PlanError: a file is not there, too large, or not what its edit needs.
    """
    read: dict[str, ReadFile] = {}
    by_edit: dict[int, list[Use]] = {}
    for use in uses(loaded.recipe):
        if use.kind == "file" and isinstance(use.path[1], int):
            by_edit.setdefault(use.path[1], []).append(use)
            if use.name not in read:
                read[use.name] = read_file(loaded, use)
    contents = {name: file.content for name, file in read.items()}
    said = [line for index, found in by_edit.items() for line in _checked(loaded, index, found, contents)]
    return tuple(read.values()), tuple(dict.fromkeys(said))


def _checked(loaded: LoadedRecipe, index: int, used: list[Use], contents: Mapping[str, bytes]) -> list[str]:
    edit = loaded.recipe.edits[index]
    try:
        said = edit.check_files({use.name: contents[use.name] for use in used})
    except FileRefused as error:
        whole: Path = ("edits", index, edit.kind)
        named = next((use.path for use in used if use.name == error.file), whole)
        place = (*whole, error.field) if error.field else named
        words = f"{FilePath(error.file).name}: {error.message}"
        raise loaded.marks.problem(place, words, hint=error.hint, kind=PlanError) from error
    return [f"edits[{index}].{edit.kind}: {line}" for line in said]


def read_file(loaded: LoadedRecipe, use: Use) -> ReadFile:
    """A file by the name that a recipe gives it: one that ships with Composer, or one relative to the recipe.

    Args:
        loaded: the recipe.
        use: where it names the file, and how.

    Raises:
        PlanError: it is not there, too large, or cannot be read.
    """
    path = _found(loaded, use)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise loaded.marks.problem(use.path, f"{path} is not a file", kind=PlanError)
        if size > MOST_BYTES:
            words = f"{path.name} has {size >> 20} MB; at most {MOST_BYTES >> 20} MB are read"
            raise loaded.marks.problem(use.path, words, kind=PlanError)
        content = path.read_bytes()
    except OSError as error:
        words = f"{path} cannot be read: {error.strerror}"
        raise loaded.marks.problem(use.path, words, kind=PlanError) from error
    return ReadFile(use.name, path, hashlib.blake2b(content, digest_size=16).hexdigest(), content)


def _found(loaded: LoadedRecipe, use: Use) -> FilePath:
    """The file of a name: one that ships with Composer, or one relative to the recipe."""
    shipped = {path.stem: path for path in sorted(bundled("assets/fonts").glob("*.ttf"))}
    if use.name in shipped:
        return shipped[use.name]
    path = loaded.file(use.name)
    if not path.exists():
        near = nearest(use.name, shipped) if not is_path(use.name) else ""
        raise loaded.marks.problem(use.path, f"there is no file {path}", hint=near, kind=PlanError)
    return path
