"""The comparison with others: every yes of Composer is shown and proven, and every link of the documentation leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (DOCS / "compare.md").read_text(encoding="utf-8").splitlines()
    if line.count("|") == 17 and not line.startswith(("| feature", "|---"))
]


def test_there_are_the_features_that_were_looked_up():
    assert len(ROWS) == 34


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_yes_has_a_test_and_every_answer_is_one(row):
    answer = row[1].split("**")[1]
    assert answer in ("yes", "part", "no")
    assert answer != "yes" or "[test](../tests/" in row[1]
    assert answer != "part" or len(row[1]) > 30, "part says what is missing"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []
