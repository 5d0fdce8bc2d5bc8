"""Turning pictures upright without touching a value: planes are transposed and flipped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from composer.errors import ProbeError
from composer.values import ColorTags, PixelFormat, Plane, Size

# Where chroma sits after a quarter turn clockwise and after a half turn; what no tag can say becomes unknown.
_TURNED = {
    90: {"left": "top", "center": "center", "bottomleft": "topleft", "bottom": "left"},
    180: {"center": "center"},
    270: {"top": "left", "center": "center", "topleft": "bottomleft", "left": "bottom"},
}
# EXIF orientation: swap axes, mirror across, mirror down. Source: EXIF 2.32, tag 274.
_EXIF = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


@dataclass(frozen=True)
class Orientation:
    """How stored planes become upright: axes swapped first, then mirrored.

    Example:
        >>> Orientation.of_exif(6).rotation
        90
    """

    is_swapped: bool = False
    is_mirrored_across: bool = False
    is_mirrored_down: bool = False

    @classmethod
    def of_exif(cls, number: int) -> Orientation:
        """From EXIF tag 274; unknown numbers mean upright."""
        return cls(*_EXIF.get(number, (False, False, False)))

    @classmethod
    def of_frame(cls, frame: Any) -> Orientation:
        """From the display matrix that a container attached to a decoded frame."""
        for item in frame.side_data:
            if item.type.name == "DISPLAYMATRIX":
                return cls.of_matrix(np.frombuffer(item, "<i4", count=9).reshape(3, 3))
        return cls()

    @classmethod
    def of_matrix(cls, matrix: Any) -> Orientation:
        """From FFmpeg's 3x3 display matrix, 16.16 fixed point; (x, y) maps to (a x + c y, b x + d y)."""
        (a, b), (c, d) = (tuple(int(value) for value in row[:2]) for row in matrix[:2])
        if max(abs(a), abs(d)) >= max(abs(b), abs(c)):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    @property
    def is_upright(self) -> bool:
        """True when nothing is to do."""
        return self == Orientation()

    @property
    def rotation(self) -> int:
        """Clockwise degrees to upright: 0, 90, 180 or 270; mirror images count as their rotation."""
        if self.is_swapped:
            return 90 if self.is_mirrored_across else 270
        return 180 if self.is_mirrored_down else 0

    def planes(self, planes: tuple[Plane, ...]) -> tuple[Plane, ...]:
        """Upright planes; views of the stored ones."""
        return tuple(self._turned(plane) for plane in planes)

    def _turned(self, plane: Plane) -> Plane:
        upright = plane.T if self.is_swapped else plane
        return upright[:: -1 if self.is_mirrored_down else 1, :: -1 if self.is_mirrored_across else 1]

    def size(self, size: Size) -> Size:
        """Upright size."""
        return Size(size.height, size.width) if self.is_swapped else size

    def format(self, format_: PixelFormat) -> PixelFormat:
        """Upright format; 4:2:2 lying down is 4:4:0 standing up."""
        sx, sy = format_.subsampling
        return replace(format_, subsampling=(sy, sx)) if self.is_swapped else format_

    def color(self, color: ColorTags) -> ColorTags:
        """Tags with the chroma location turned along."""
        if self.is_upright:
            return color
        turned = _TURNED.get(self.rotation, {}).get(color.chroma_location, "unknown")
        return replace(color, chroma_location=turned)

    def check(self, what: str, *, size: Size, format_: PixelFormat) -> None:
        """Refuse turns that would tear chroma off its pixels: odd sizes that are mirrored.

        Args:
            what: the file, for the message.
            size: upright size.
            format_: upright format.
        """
        sx, sy = format_.cell
        if (self.is_mirrored_across and size.width % sx) or (self.is_mirrored_down and size.height % sy):
            raise ProbeError(
                f"{what}: is stored rotated, at the odd size {size} with shared chroma ({format_.name}); "
                "turning it upright would shift its colours",
                hint="crop it to even width and height, or convert it to 4:4:4, first",
            )
