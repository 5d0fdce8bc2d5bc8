"""Levels of sound as recipes write them: decibels and loudness."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from composer.fields.animation import Keyframes
from composer.fields.scalars import ParsedField, number

_DECIBELS = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*dB", re.IGNORECASE)
_LUFS = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*LUFS", re.IGNORECASE)
_MOST = 60.0  # decibels up or down: more is a slip


def decibels(raw: Any) -> float:
    """Read ``-3dB``, or a bare number of decibels.

    Example:
        >>> decibels("-3 dB"), decibels(6)
        (-3.0, 6.0)
    """
    match = _DECIBELS.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if isinstance(raw, str) and match is None:
        raise ValueError(f"expected decibels such as -3dB, got {raw!r}")
    value = float(match[1]) if match else number(raw)
    if abs(value) > _MOST:
        raise ValueError(f"expected decibels from -60 to 60, got {raw!r}; silence is written with mute")
    return value


_SCHEMA = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?\s*dB$"}],
    "description": "decibels: -3dB, or a bare number of them",
}


@dataclass(frozen=True)
class Decibels(ParsedField):
    """A level, or a difference of levels, such as ``-3dB``."""

    value: float

    @classmethod
    def parse(cls, raw: Any) -> Decibels:
        """Read ``-3dB`` or ``-3``."""
        return cls(decibels(raw))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A number, or text with dB."""
        return _SCHEMA

    def spelled(self) -> str:
        """As ``-3dB``."""
        return f"{self.value:g}dB"


class AnimatedDecibels(Keyframes[float]):
    """Decibels, or a keyframe table of them; it is the decibels that are eased."""

    @classmethod
    def one(cls, raw: Any) -> float:
        """Read one level."""
        return decibels(raw)

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """A level."""
        return _SCHEMA


@dataclass(frozen=True)
class Lufs(ParsedField):
    """A loudness such as ``-16 LUFS``.

    Example:
        >>> Lufs.parse("-16 LUFS").value
        -16.0
    """

    value: float

    @classmethod
    def parse(cls, raw: Any) -> Lufs:
        """Read ``-16 LUFS`` or ``-16``."""
        match = _LUFS.fullmatch(raw.strip()) if isinstance(raw, str) else None
        if isinstance(raw, str) and match is None:
            raise ValueError(f"expected a loudness such as -16 LUFS, got {raw!r}")
        value = float(match[1]) if match else number(raw)
        if not -60 <= value <= -5:
            raise ValueError(f"expected a loudness from -60 to -5 LUFS, got {raw!r}; -16 is usual online, -23 on air")
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A number, or text with LUFS."""
        text = {"type": "string", "pattern": r"^-\d+(\.\d+)?\s*LUFS$"}
        return {"anyOf": [{"type": "number"}, text], "description": "a loudness: -16 LUFS"}

    def spelled(self) -> str:
        """As ``-16 LUFS``."""
        return f"{self.value:g} LUFS"
