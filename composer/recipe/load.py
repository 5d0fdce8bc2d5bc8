"""A recipe file into a recipe that knows its own line numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from composer.errors import RecipeError
from composer.recipe.build import build, problems_of
from composer.recipe.model import Recipe
from composer.recipe.params import Param, filled, placed
from composer.recipe.place import Marks, located, nearest, snippet, together
from composer.recipe.text import MAX_BYTES, Node, Spot, TextError, read_text
from composer.recipe.upgrade import upgraded


@dataclass(frozen=True)
class LoadedRecipe:
    """A recipe, where it came from, and where its values stand.

    Args:
        recipe: what was asked, parameters filled in.
        path: the file, as the user named it.
        marks: line and column of every value.
    """

    recipe: Recipe
    path: Path
    marks: Marks

    @property
    def folder(self) -> Path:
        """What the recipe's relative paths are relative to, absolute."""
        return self.path.absolute().parent

    def file(self, name: str) -> Path:
        """A path of the recipe, absolute and without dots; ``~`` is the user's home."""
        return Path(os.path.normpath(self.folder / os.path.expanduser(name)))  # noqa: PTH111 - never fails


def load_recipe(
    path: Path | str,
    *,
    set: Mapping[str, str] = {},  # noqa: A002 - reads as --set; never changed
    sources: Mapping[str, Path] = {},
) -> LoadedRecipe:
    """The recipe in a file, with parameters filled in and every name, type and bound checked.

    Args:
        path: a YAML file.
        set: parameter values as the command line spells them; files in it are relative to the working folder.
        sources: absolute files of sources by name, in place of what the recipe says.

    Raises:
        RecipeError: with file, line, column and the nearest valid name; further errors in ``others``.

    Example:
        >>> from composer.bundle import bundled
        >>> load_recipe(bundled("templates") / "blur_background.yaml", set={"plate": "clip.mp4"}).recipe.composer
        1
    """
    path = Path(path)
    return parse_recipe(_text(path), path=path, set=set, sources=sources)


def declared_params(path: Path) -> dict[str, Param]:
    """The parameters that a recipe file declares, by name.

    Args:
        path: a YAML file.

    Raises:
        RecipeError: the file cannot be read, or a declaration is wrong.
    """
    return _params(_marked(_text(path), path))


def parse_recipe(
    text: str,
    *,
    path: Path | str,
    set: Mapping[str, str] = {},  # noqa: A002 - as above
    sources: Mapping[str, Path] = {},
) -> LoadedRecipe:
    """The recipe in a text; ``path`` names it in messages and anchors its relative paths."""
    path = Path(path)
    marks = _marked(text, path)
    params = _params(marks)
    # A source that is handed over needs no parameter to name its file.
    set = {name: str(file) for name, file in sources.items() if name in params} | dict(set)  # noqa: A001
    values = _values(params, set, marks)
    root = _with_footage(marks.root, params, set)
    for name, file in sources.items():
        root = _with_source(root, name, str(file))
    root = _with_params(root, values, marks)
    marks = Marks(path, marks.lines, root)
    try:
        data = upgraded(root.plain())
    except ValueError as error:
        hint = "" if "composer" in root.value else "start the file with: composer: 1"
        raise marks.problem(("composer",), str(error), hint=hint, kind=RecipeError) from error
    return LoadedRecipe(build(data, marks), path, marks)


def _marked(text: str, path: Path) -> Marks:
    lines = tuple(text.splitlines())
    try:
        root = read_text(text)
    except TextError as error:
        raise _unreadable(error, path, lines) from error
    marks = Marks(path, lines, root)
    if not isinstance(root.value, dict):
        raise marks.problem((), "expected a recipe: a mapping with composer, sources and edits", kind=RecipeError)
    return marks


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise RecipeError(f"larger than {MAX_BYTES} bytes: this is no recipe", path=path)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise RecipeError("no such recipe file", path=path, hint="composer templates lists ready-made ones") from None
    except OSError as error:
        raise RecipeError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError:
        hint = "footage goes in with --set plate=clip.mp4" if path.suffix not in (".yaml", ".yml") else ""
        raise RecipeError("not a text file in UTF-8", path=path, hint=hint) from None


def _unreadable(error: TextError, path: Path, lines: tuple[str, ...]) -> RecipeError:
    hint = error.hint
    if error.message.startswith("not YAML") and any("${" in line for line in lines[error.spot.line :][:1]):
        hint = 'inside {} and [] a parameter needs quotes: "${name}"'
    marker = snippet(lines, error.spot, hint)
    line, column = error.spot.line + 1, error.spot.column + 1
    return RecipeError(error.message, path=path, line=line, column=column, snippet=marker, hint=hint)


def _params(marks: Marks) -> dict[str, Param]:
    node = marks.root.value.get("params")
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise marks.problem(("params",), "expected a mapping of parameters by name", kind=RecipeError)
    params: dict[str, Param] = {}
    problems: list[RecipeError] = []
    for name, spec in node.value.items():
        try:
            params[name] = Param.model_validate(spec.plain())
        except ValidationError as error:
            problems += problems_of(error, ("params", name), Param, marks)
    if problems:
        raise together(problems)
    return params


def _values(params: Mapping[str, Param], given: Mapping[str, str], marks: Marks) -> dict[str, Any]:
    """Every parameter's value: as set, else its default; what has neither is refused."""
    values: dict[str, Any] = {}
    problems = [_unknown_param(name, params, marks) for name in given if name not in params and name != "plate"]
    for name, param in params.items():
        try:
            values[name] = param.read(given[name], folder=Path.cwd()) if name in given else param.default
        except ValueError as error:
            words = f"--set {name}={given[name]}: {error}"
            problems.append(marks.problem(("params", name), words, hint=param.help, key=True, kind=RecipeError))
            continue
        if values[name] is None:
            words = f"parameter '{name}' is not set" + (f": {param.help}" if param.help else "")
            hint = f"give it with --set {name}={_example(name, param)}"
            problems.append(marks.problem(("params", name), words, hint=hint, key=True, kind=RecipeError))
    if problems:
        raise together(problems)
    return values


def _example(name: str, param: Param) -> str:
    examples = {"color": "'#00b140'", "flag": "true", "time": "2s", "length": "12px", "number": "1", "integer": "1"}
    return param.options[0] if param.options else examples.get(param.type, "clip.mp4" if name == "plate" else "...")


def _unknown_param(name: str, params: Mapping[str, Param], marks: Marks) -> RecipeError:
    hint = nearest(name, [*params, "plate"] if "plate" not in params else params)
    return RecipeError(f"--set {name}: unknown parameter '{name}'", path=marks.path, hint=hint)


def _with_footage(root: Node, params: Mapping[str, Param], given: Mapping[str, str]) -> Node:
    """``--set plate=clip.mp4`` names the footage of any recipe, also of one that declares no such parameter."""
    if "plate" in params or "plate" not in given:
        return root
    return _with_source(root, "plate", str(Path.cwd() / os.path.expanduser(given["plate"])))  # noqa: PTH111 - never fails


def _with_source(root: Node, name: str, file: str) -> Node:
    """A recipe in which a source is another file; how its time runs stays as it is."""
    sources = root.value.get("sources", Node({}, root.spot))
    old = sources.value.get(name) if isinstance(sources.value, dict) else None
    spot = old or Node(None, Spot(0, 0, 1))
    entry = placed({**old.plain(), "file": file} if old and isinstance(old.value, dict) else file, spot)
    inside = {**(sources.value if isinstance(sources.value, dict) else {}), name: entry}
    keys = {name: entry.spot, **(sources.keys or {})}
    return Node({**root.value, "sources": Node(inside, sources.spot, keys=keys)}, root.spot, keys=root.keys)


def _with_params(root: Node, values: Mapping[str, Any], marks: Marks) -> Node:
    problems: list[RecipeError] = []

    def refuse(node: Node, words: str, hint: str) -> None:
        problems.append(located(marks, node.spot, words, hint=hint, kind=RecipeError))

    # A parameter's own declaration is not filled in: its help may speak of ${name}.
    parts = {k: node if k == "params" else filled(node, values, refuse) for k, node in root.value.items()}
    if problems:
        raise together(problems)
    return Node(parts, root.spot, keys=root.keys)
