"""How far long work has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One step of long work, told to whoever watches.

    Args:
        stage: what is being done, such as ``mattes: motion`` or ``render``.
        done: frames finished in this stage.
        total: frames in all, or None while not known.
    """

    stage: str
    done: int
    total: int | None = None
