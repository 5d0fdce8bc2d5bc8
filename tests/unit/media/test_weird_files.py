"""Every deliberately odd file does what docs/weird-files.md says, and what plain PyAV sees."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import av
import pytest

from composer.media import open_reader

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "weird-files.md").read_text(encoding="utf-8")
NAMES = re.findall(r"^\| (\S+\.\w+) \|", PAGE, re.MULTILINE)

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def weird_files():
    spec = importlib.util.spec_from_file_location("weird_files", DOCS / "weird_files.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_names_every_file(data_dir):
    assert sorted(NAMES) == sorted(path.name for path in (data_dir / "video" / "weird").iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_tells_the_truth(data_dir, weird_files, tmp_path, name):
    row = str(weird_files.row(data_dir / "video" / "weird" / name, tmp_path))
    assert row in PAGE.splitlines()
    assert "DIFFER" not in row


@pytest.mark.parametrize("name", NAMES)
def test_frames_and_times_are_those_that_plain_pyav_decodes(data_dir, name):
    path = data_dir / "video" / "weird" / name
    with av.open(str(path)) as container:
        plain = [(frame.pts, frame.time_base) for frame in container.decode(video=0)]
    with open_reader(path) as reader:
        ours = [(frame.at.pts, frame.at.time_base) for frame in reader.frames()]
    assert ours == plain
