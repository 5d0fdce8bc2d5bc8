"""Text as pictures: shaped, wrapped and drawn, antialiased.

Shaping (ligatures, marks, Arabic joining) is HarfBuzz', the order of right-to-left text FriBidi's, outlines are
FreeType's; all three come with Pillow's raqm layout. Why: docs/decisions/0009-text.md.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from composer.values import Plane

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Line:
    """One line of a block.

    Args:
        text: in reading order.
        x: left end, pixels from the block's left side.
        baseline: pixels from the block's top.
        is_rtl: whether its paragraph reads from right to left.
    """

    text: str
    x: float
    baseline: float
    is_rtl: bool


@dataclass(frozen=True)
class Block:
    """Lines of text, laid out.

    Args:
        lines: from top to bottom.
        width: pixels.
        height: pixels.
    """

    lines: tuple[Line, ...]
    width: float
    height: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """A block as coverage, with room around it.

    Args:
        fill: (h, w) uint8: the letters.
        stroke: (h, w) uint8: the letters and what lies within the stroke's width around them.
        room: pixels between the picture's edges and the block's.
    """

    fill: Plane
    stroke: Plane
    room: int


def can_shape() -> bool:
    """Whether Pillow's complex text layout is here; PyPI's wheels have it, some distributions' builds do not."""
    return bool(features.check("raqm"))


class Face:
    """A font at a size.

    Args:
        font: content of a .ttf, .otf or .ttc file.
        size: pixels per em.

    Raises:
        ValueError: it is no font that FreeType can read.
    """

    def __init__(self, font: bytes, size: float) -> None:
        self.size = max(size, 1.0)
        try:
            self._font = ImageFont.truetype(BytesIO(font), self.size, layout_engine=ImageFont.Layout.RAQM)
        except OSError as error:
            raise ValueError(f"the font cannot be read: {error}") from error

    def laid_out(self, text: str, *, width: float | None, align: Align, line_height: float) -> Block:
        """Break a text into lines and place them.

        Args:
            text: may hold line breaks.
            width: pixels that no line exceeds where a break is possible; None breaks at line breaks only.
            align: of the lines within the block.
            line_height: distance of baselines, in sizes.
        """
        broken = [(line, is_rtl(part)) for part in text.split("\n") for line in self._wrapped(part, width)]
        widths = [self.length(line, rtl=rtl) for line, rtl in broken]
        widest = max(widths, default=0.0)
        ascent, descent = self._font.getmetrics()
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        step = line_height * self.size
        lines = tuple(
            Line(line, (widest - wide) * share, ascent + index * step, rtl)
            for index, ((line, rtl), wide) in enumerate(zip(broken, widths, strict=True))
        )
        return Block(lines, widest, ascent + descent + step * (len(lines) - 1))

    def length(self, text: str, *, rtl: bool = False) -> float:
        """How far a line advances, pixels."""
        return float(self._font.getlength(text, direction="rtl" if rtl else "ltr")) if text else 0.0

    def _wrapped(self, text: str, width: float | None) -> list[str]:
        """A paragraph in lines; a word wider than the width is broken between characters."""
        if width is None or self.length(text) <= width:
            return [text.strip()]
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if self.length(longer) <= width:
                line = longer
                continue
            lines += [line] if line else []
            *whole, line = self._pieces(word, width)
            lines += whole
        return [*lines, line]

    def _pieces(self, word: str, width: float) -> list[str]:
        pieces, piece = [], ""
        for cluster in _clusters(word):
            if piece and self.length(piece + cluster) > width:
                pieces.append(piece)
                piece = ""
            piece += cluster
        return [*pieces, piece]

    def drawn(self, block: Block, *, stroke: float = 0.0) -> Drawn:
        """Draw a block.

        Args:
            block: laid out by this face.
            stroke: width of the outline around letters, pixels.
        """
        room = int(np.ceil(self.size / 2 + stroke)) + 1
        return Drawn(self._coverage(block, room, 0.0), self._coverage(block, room, stroke), room)

    def _coverage(self, block: Block, room: int, stroke: float) -> Plane:
        size = int(np.ceil(block.width)) + 2 * room, int(np.ceil(block.height)) + 2 * room
        picture = Image.new("L", size)
        draw = ImageDraw.Draw(picture)
        for line in block.lines:
            if line.text:
                at = (line.x + room, line.baseline + room)
                direction = "rtl" if line.is_rtl else "ltr"
                draw.text(
                    at, line.text, fill=255, font=self._font, anchor="ls", stroke_width=stroke, direction=direction
                )
        return np.array(picture, np.uint8)


def _clusters(word: str) -> list[str]:
    """Characters with the marks that belong to them."""
    clusters: list[str] = []
    for character in word:
        if clusters and (unicodedata.combining(character) or unicodedata.category(character) in ("Mc", "Me", "Cf")):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def is_rtl(paragraph: str) -> bool:
    """Whether a paragraph reads from right to left: its first strong character decides.

    Source: Unicode Standard Annex 9, rules P2 and P3.
    """
    strong = (unicodedata.bidirectional(character) for character in paragraph)
    return next((kind != "L" for kind in strong if kind in ("L", "R", "AL")), False)
