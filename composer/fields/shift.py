"""Times from now, with a sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from composer.fields.scalars import ParsedField
from composer.values import Moment


@dataclass(frozen=True)
class Shift(ParsedField):
    """A time from now such as ``-1s``, ``0.5s`` or ``-12f``; negative is the past.

    Example:
        >>> Shift.parse("-12f").moment.frames
        -12
    """

    moment: Moment

    @classmethod
    def parse(cls, raw: Any) -> Shift:
        """Read a time with a sign; a bare number is seconds."""
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError(f"expected a time from now like -1s, 0.5s or -12f, got {raw!r}")
        word = str(raw).strip()
        try:
            moment = Moment.parse(word.removeprefix("-").removeprefix("+"))
        except ValueError:
            raise ValueError(f"expected a time from now like -1s, 0.5s or -12f, got {raw!r}") from None
        return cls(moment.times(-1) if word.startswith("-") else moment)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Text or a number of seconds."""
        return {
            "type": ["string", "number"],
            "description": "a time from now: -1s is a second ago, 0.5s half a second ahead, -12f twelve frames ago",
            "examples": ["-1s"],
        }

    def spelled(self) -> str:
        """As ``-48f`` or ``2.5s``."""
        moment = self.moment
        return f"{moment.frames}f" if moment.seconds is None else f"{float(moment.seconds):g}s"
