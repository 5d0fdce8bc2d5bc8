"""Lookup tables of colour, as .cube files hold them.

Source: Adobe Systems, "Cube LUT Specification", version 1.0, 2013. Tetrahedral interpolation: Kasson, Nin, Plouffe and
Hafner, "Performing color space conversions with three-dimensional linear interpolation", J. Electronic Imaging, 1995.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Pixels looked up at once, so that what lies between stays in the cache.
_BATCH = 1 << 14
_MOST_1D, _MOST_3D = 65536, 256


@dataclass(frozen=True, eq=False)
class Lut:
    """A table from colours to colours.

    Args:
        table: (N, 3) float32, each channel by itself; or (N, N, N, 3), indexed blue, green, red.
        low: what the first entry stands for, per channel.
        high: what the last entry stands for, per channel.
    """

    table: Floats
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def applied(self, rgb: Floats) -> Floats:
        """Colours through the table.

        Args:
            rgb: (..., 3) float32; what lies outside the table takes its border.

        Returns:
            The same shape.
        """
        low, high = np.array(self.low, np.float32), np.array(self.high, np.float32)
        flat = rgb.reshape(-1, 3)
        result = np.empty_like(flat)
        for start in range(0, len(flat), _BATCH):
            part = np.clip((flat[start : start + _BATCH] - low) / (high - low), 0, 1)
            looked = _by_channel if self.table.ndim == 2 else _tetrahedral
            result[start : start + _BATCH] = looked(self.table, part)
        return result.reshape(rgb.shape)


def _by_channel(table: Floats, share: Floats) -> Floats:
    at = np.linspace(0, 1, len(table))
    channels = [np.interp(share[:, channel], at, table[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)


def _tetrahedral(table: Floats, share: Floats) -> Floats:
    """Each cell of the table is cut into six tetrahedra along its grey diagonal; four corners are mixed.

    The way from the darkest corner to the brightest takes the channel with the largest share first and the one with the
    least last.
    """
    count = len(table)
    flat = table.reshape(-1, 3)
    place = share * np.float32(count - 1)
    first = np.minimum(place.astype(np.int32), count - 2)
    red, green, blue = (np.ascontiguousarray(part) for part in (place - first).T)
    steps = np.array([1, count, count * count], np.int32)  # red runs fastest
    base = first @ steps
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    middle = np.maximum(np.minimum(red, green), np.minimum(np.maximum(red, green), blue))
    largest = np.where(red >= most, steps[0], np.where(green >= most, steps[1], steps[2]))
    # Looked for from the other end, so that of equal shares not the same one is first and last.
    smallest = np.where(blue <= least, steps[2], np.where(green <= least, steps[1], steps[0]))
    total = np.int32(steps.sum())
    corners = (base, base + largest, base + total - smallest, base + total)
    falls = (1 - most, most - middle, middle - least, least)
    result = flat.take(corners[0], axis=0) * falls[0][:, None]
    for corner, fall in zip(corners[1:], falls[1:], strict=True):
        result += flat.take(corner, axis=0) * fall[:, None]
    return np.asarray(result, np.float32)


def parse_cube(content: bytes) -> Lut:
    """Read a .cube file.

    Args:
        content: of the file.

    Raises:
        ValueError: naming the line and what was expected.
    """
    heads: dict[str, list[float]] = {}
    rows: list[list[float]] = []
    for number, line in _lines(content):
        words = line.split()
        if words[0][0].isalpha():
            if rows:
                raise ValueError(f"line {number}: expected numbers, got {words[0]!r}")
            if words[0] != "TITLE":
                heads[words[0]] = _numbers(words[1:], number)
        else:
            rows.append(_row(words, number))
    return _lut(heads, rows)


def _lines(content: bytes) -> list[tuple[int, str]]:
    """Lines that say something, numbered from 1."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not a .cube file: byte {error.start} is no text") from error
    stripped = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in stripped if line and not line.startswith("#")]


def _numbers(words: list[str], number: int) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise ValueError(f"line {number}: expected numbers, got {' '.join(words)!r}") from None
    if not np.isfinite(values).all():
        raise ValueError(f"line {number}: expected finite numbers, got {' '.join(words)!r}")
    return values


def _row(words: list[str], number: int) -> list[float]:
    values = _numbers(words, number)
    if len(values) != 3:
        raise ValueError(f"line {number}: expected red, green and blue, got {len(values)} numbers")
    return values


def _lut(heads: dict[str, list[float]], rows: list[list[float]]) -> Lut:
    sizes = [(name, heads[name]) for name in ("LUT_1D_SIZE", "LUT_3D_SIZE") if name in heads]
    if len(sizes) != 1:
        raise ValueError("expected one of LUT_1D_SIZE and LUT_3D_SIZE")
    name, given = sizes[0]
    most = _MOST_1D if name == "LUT_1D_SIZE" else _MOST_3D
    if len(given) != 1 or given[0] != int(given[0]) or not 2 <= given[0] <= most:
        raise ValueError(f"{name}: expected one whole number from 2 to {most}")
    count = int(given[0])
    wanted = count if name == "LUT_1D_SIZE" else count**3
    if len(rows) != wanted:
        raise ValueError(f"{name} {count}: expected {wanted} lines of colours, got {len(rows)}")
    table = np.array(rows, np.float32)
    low, high = _domain(heads)
    return Lut(table if name == "LUT_1D_SIZE" else table.reshape(count, count, count, 3), low, high)


def _domain(heads: dict[str, list[float]]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """What the table spans: Adobe's DOMAIN_MIN and DOMAIN_MAX, or Resolve's LUT_*_INPUT_RANGE."""
    ranges = [heads[name] for name in ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE") if name in heads]
    if ranges and len(ranges[0]) != 2:
        raise ValueError("LUT_*_INPUT_RANGE: expected two numbers")
    low, high = ([value] * 3 for value in (ranges[0] if ranges else (0.0, 1.0)))
    low, high = heads.get("DOMAIN_MIN", low), heads.get("DOMAIN_MAX", high)
    if len(low) != 3 or len(high) != 3 or any(first >= last for first, last in zip(low, high, strict=True)):
        raise ValueError("DOMAIN_MIN and DOMAIN_MAX: expected three numbers each, the first below the second")
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])
