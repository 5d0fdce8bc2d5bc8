"""Recipes of older formats, one step at a time.

A step takes the plain mapping of version n and returns that of version n + 1; it never changes its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

CURRENT = 1
Step = Callable[[Mapping[str, Any]], dict[str, Any]]
STEPS: Mapping[int, Step] = {}


def upgraded(data: Mapping[str, Any], *, steps: Mapping[int, Step] = STEPS, current: int = CURRENT) -> dict[str, Any]:
    """The mapping in the current format.

    Args:
        data: a recipe as plain values.
        steps: one function per version that has a successor.
        current: the version to arrive at.

    Raises:
        ValueError: no version, or one that this Composer does not read.
    """
    version = data.get("composer")
    if isinstance(version, bool) or not isinstance(version, int):
        raise ValueError(f"expected the recipe's format version, composer: {current}, got {version!r}")
    if version > current:
        raise ValueError(f"format {version} is newer than this Composer, which reads up to {current}")
    result = dict(data)
    while version < current:
        if version not in steps:
            raise ValueError(f"format {version} never existed; the current one is {current}")
        result = {**steps[version](result), "composer": version + 1}
        version += 1
    return result
