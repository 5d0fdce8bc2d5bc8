"""Which characters a font has: its cmap table, read from its bytes.

Source: ISO/IEC 14496-22 (OpenType), tables cmap and its formats 4 and 12.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator

# Characters that show nothing by themselves: joiners, directional marks, variation selectors, controls.
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
_SELECTORS = range(0xFE00, 0xFE10)


def characters_of(font: bytes) -> frozenset[int]:
    """Code points that a TrueType or OpenType font has a glyph for.

    Args:
        font: content of a .ttf, .otf or .ttc file; the first font of a collection counts.

    Raises:
        ValueError: it is no font, or has no table of characters that is known.
    """
    try:
        return frozenset(code for start in _tables(font) for code in _codes(font, start))
    except (struct.error, IndexError) as error:
        raise ValueError("not a TrueType or OpenType font, or a damaged one") from error


def _tables(font: bytes) -> Iterator[int]:
    """Where the Unicode tables of characters start."""
    start = struct.unpack_from(">I", font, 12)[0] if font[:4] == b"ttcf" else 0
    if font[start : start + 4] not in (b"\0\1\0\0", b"OTTO", b"true"):
        raise ValueError("not a TrueType or OpenType font")
    (count,) = struct.unpack_from(">H", font, start + 4)
    records = (struct.unpack_from(">4sIII", font, start + 12 + 16 * index) for index in range(count))
    cmap = next((offset for tag, _, offset, _ in records if tag == b"cmap"), None)
    if cmap is None:
        raise ValueError("the font has no table of characters")
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * index)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            yield cmap + offset


def _codes(font: bytes, start: int) -> Iterator[int]:
    (format_,) = struct.unpack_from(">H", font, start)
    if format_ == 4:
        (twice,) = struct.unpack_from(">H", font, start + 6)
        count = twice // 2
        ends = struct.unpack_from(f">{count}H", font, start + 14)
        starts = struct.unpack_from(f">{count}H", font, start + 16 + twice)
        for first, last in zip(starts, ends, strict=True):
            yield from range(first, min(last, 0xFFFE) + 1)
    elif format_ == 12:
        (count,) = struct.unpack_from(">I", font, start + 12)
        for index in range(min(count, 0x110000)):
            first, last, _ = struct.unpack_from(">III", font, start + 16 + 12 * index)
            yield from range(first, min(last, 0x10FFFF) + 1)


def missing(text: str, characters: frozenset[int]) -> tuple[str, ...]:
    r"""Characters of a text that a font cannot show, once each; what it can put together from parts counts as there.

    Example:
        >>> missing("aΩé", frozenset(map(ord, "ae\u0301")))
        ('Ω',)
    """
    lost = []
    for character in dict.fromkeys(unicodedata.normalize("NFC", text)):
        parts = unicodedata.normalize("NFD", character)
        seen = unicodedata.category(character) not in _UNSEEN and ord(character) not in _SELECTORS
        if seen and ord(character) not in characters and not all(ord(part) in characters for part in parts):
            lost.append(character)
    return tuple(lost)


def named(character: str) -> str:
    """A character as an error tells it.

    Example:
        >>> named("Ω")
        "'Ω' (U+03A9 GREEK CAPITAL LETTER OMEGA)"
    """
    return f"'{character}' (U+{ord(character):04X} {unicodedata.name(character, 'without a name')})"
