"""The shape of the project: what may be called what, how long files may be, what starts without what."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "composer").rglob("*.py"))
HOMELESS = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}
REFUSED_VERBS = ("get_", "do_", "process_", "handle_")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_file_of_the_library_exceeds_400_lines():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in LIBRARY}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_the_library_raises_named_errors_and_never_asserts():
    places = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in LIBRARY
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Assert)
    ]
    assert places == []


def test_every_module_has_a_room_of_its_own_name():
    assert [str(path.relative_to(ROOT)) for path in LIBRARY if HOMELESS & {path.stem, *path.parts}] == []


def test_functions_say_what_they_do_instead_of_get_do_process_handle():
    names = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in LIBRARY
        for function in functions_of(path)
        if not function.name.startswith("__") and function.name.lstrip("_").startswith(REFUSED_VERBS)
    ]
    assert names == []


def test_nineteen_of_twenty_functions_stay_under_40_lines():
    lengths = [function.end_lineno - function.lineno + 1 for path in LIBRARY for function in functions_of(path)]
    assert sum(length >= 40 for length in lengths) <= 0.05 * len(lengths)


def imports_at_start(path: Path) -> set[str]:
    """Top-level packages that importing a module imports at once, not inside functions."""
    found: set[str] = set()
    waiting: list[ast.stmt] = list(tree_of(path).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.If | ast.Try | ast.ClassDef):
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return found


def test_no_module_imports_torch_before_a_model_is_loaded():
    heavy = {"torch", "torchvision", "timm", "segment_anything", "transformers"}
    assert [str(path.relative_to(ROOT)) for path in LIBRARY if heavy & imports_at_start(path)] == []


LOADED = "import sys; print(sorted({'torch', 'cv2', 'moviepy', 'av', 'numpy'} & set(sys.modules)))"


@pytest.mark.parametrize(
    "start",
    ["import composer", "from composer.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"],
    ids=["import", "help"],
)
def test_starting_loads_neither_torch_nor_opencv_nor_numpy(start):
    ran = subprocess.run([sys.executable, "-c", f"{start}\n{LOADED}"], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_an_import_that_points_up_would_be_seen():
    """The rooms are checked by import-linter; this proves that its contract names every room there is."""
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[[tool.importlinter.contracts]]")[1]
    rooms = {path.name for path in (ROOT / "composer").iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if f"composer.{room}" not in contract} == set()
