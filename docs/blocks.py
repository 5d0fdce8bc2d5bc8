"""Finds the code blocks of a Markdown page, so that documentation can be rendered and tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)[ ]?([\w-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Args:
        language: what follows the fence, such as yaml.
        name: the second word after the fence, or empty.
        text: what is inside.
    """

    language: str
    name: str
    text: str


def blocks(page: Path, language: str) -> list[Block]:
    """All blocks of one language on a page, in order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(*each) for each in found if each[0] == language]


def recipes(page: Path) -> dict[str, str]:
    """The named YAML blocks of a page."""
    return {block.name: block.text for block in blocks(page, "yaml") if block.name}
