"""Fixtures that every room's tests may ask for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
#: Makes tests/scenes.py and tests/plans.py importable, wherever pytest is started.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


def pytest_addoption(parser: pytest.Parser) -> None:
    """One flag rewrites every reference picture: ``pytest tests/recipes --rewrite-references``."""
    parser.addoption("--rewrite-references", action="store_true", help="rewrite the reference pictures of all recipes")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real footage, or a skip that says where it was looked for."""
    if not DATA.is_dir():
        pytest.skip(f"no real footage: expected the folder {DATA.parent.name}/{DATA.name} beside this checkout")
    return DATA
