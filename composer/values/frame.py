"""Pictures and what belongs to them; frozen, in the file's own planes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from composer.errors import ShapeError
from composer.values.geometry import Box, Size
from composer.values.timing import Timestamp

Plane = NDArray[np.uint8 | np.uint16]
_NAME = re.compile(r"(yuva?|gbra?)(?:(\d)(\d)(\d))?p(\d+)?(?:le)?")
_SHIFTS = {"444": (0, 0), "422": (1, 0), "420": (1, 1), "440": (0, 1), "411": (2, 0), "410": (2, 2)}


@dataclass(frozen=True)
class PixelFormat:
    """How a planar picture is stored.

    Planes are ordered Y U V [A], R G B [A] or Y; rgb planes are never subsampled.

    Args:
        model: what the planes mean.
        depth: bits per sample, 8 to 16.
        subsampling: right shifts of chroma width and height; 4:2:0 is (1, 1).
        has_alpha: whether a last plane holds straight coverage.
    """

    model: Literal["yuv", "rgb", "gray"]
    depth: int = 8
    subsampling: tuple[int, int] = (0, 0)
    has_alpha: bool = False

    @classmethod
    def parse(cls, name: str) -> PixelFormat:
        """Read FFmpeg's name of a planar format, such as ``yuv420p10le`` or ``gbrap``."""
        if name.startswith("gray"):
            return cls("gray", int(name[4:].removesuffix("le") or 8))
        match = _NAME.fullmatch(name)
        if not match:
            raise ValueError(f"pixel format: expected a planar format such as yuv420p, got {name!r}")
        family, depth = match[1], int(match[5] or 8)
        shifts = _SHIFTS["".join(match.group(2, 3, 4))] if match[2] else (0, 0)
        return cls("yuv" if family[0] == "y" else "rgb", depth, shifts, family.endswith("a"))

    @property
    def name(self) -> str:
        """FFmpeg's name of the format."""
        depth = "" if self.depth == 8 else f"{self.depth}le"
        if self.model == "gray":
            return f"gray{depth}"
        if self.model == "rgb":
            return f"gbr{'a' if self.has_alpha else ''}p{depth}"
        layout = next(text for text, shifts in _SHIFTS.items() if shifts == self.subsampling)
        return f"yuv{'a' if self.has_alpha else ''}{layout}p{depth}"

    @property
    def maximum(self) -> int:
        """The largest sample value."""
        return (1 << self.depth) - 1

    @property
    def dtype(self) -> type[np.uint8 | np.uint16]:
        """uint8 for 8 bits, uint16 above."""
        return np.uint8 if self.depth == 8 else np.uint16

    @property
    def cell(self) -> tuple[int, int]:
        """Pixels per chroma sample: (width, height)."""
        return 1 << self.subsampling[0], 1 << self.subsampling[1]

    @property
    def plane_count(self) -> int:
        """Number of planes."""
        return (1 if self.model == "gray" else 3) + self.has_alpha

    def is_chroma(self, index: int) -> bool:
        """True for the planes that may be subsampled."""
        return self.model == "yuv" and index in (1, 2)

    def plane_shape(self, index: int, size: Size) -> tuple[int, int]:
        """(height, width) of one plane of a picture; chroma is rounded up."""
        if not self.is_chroma(index):
            return size.shape
        sx, sy = self.subsampling
        return -(-size.height >> sy), -(-size.width >> sx)


@dataclass(frozen=True)
class ColorTags:
    """What a file says about its colours, in FFmpeg's words; ``unknown`` where it says nothing.

    Args:
        matrix: bt709, smpte170m, bt470bg, bt2020nc, ... or unknown; rgb for RGB files.
        range: limited, full or unknown.
        transfer: bt709, smpte2084, arib-std-b67, iec61966-2-1, ... or unknown.
        primaries: bt709, bt2020, ... or unknown.
        chroma_location: left, center, topleft, ... or unknown.
    """

    matrix: str = "unknown"
    range: str = "unknown"
    transfer: str = "unknown"
    primaries: str = "unknown"
    chroma_location: str = "unknown"

    def assumed(self, size: Size) -> ColorTags:
        """The tags with matrix and range filled in, for conversion only; never written to a file.

        Source: players' custom, BT.709 from 720 lines up and BT.601 below; limited range.
        """
        matrix = self.matrix if self.matrix != "unknown" else ("bt709" if size.height >= 720 else "smpte170m")
        span = self.range if self.range != "unknown" else ("full" if matrix == "rgb" else "limited")
        return ColorTags(matrix, span, self.transfer, self.primaries, self.chroma_location)


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture in its file's own planes.

    Args:
        planes: (h, w) uint8 or uint16 each, in the order that ``format`` states.
        format: how the planes are stored.
        color: the file's colour tags.
        at: when it is shown.
        duration: ticks of ``at.time_base`` until the next frame; 0 when unknown.
        origin: whatever the reader wants back from the writer (an av frame); opaque.
    """

    planes: tuple[Plane, ...]
    format: PixelFormat
    color: ColorTags = field(default_factory=ColorTags)
    at: Timestamp = field(default_factory=lambda: Timestamp(0, Fraction(1, 1000)))
    duration: int = 0
    origin: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.planes) != self.format.plane_count:
            raise ShapeError(
                "planes", expected=f"{self.format.plane_count} of {self.format.name}", actual=len(self.planes)
            )
        for index, plane in enumerate(self.planes):
            expected = self.format.plane_shape(index, self.size)
            if plane.shape != expected or plane.dtype != self.format.dtype:
                raise ShapeError(
                    f"plane {index} of {self.format.name}",
                    expected=f"{expected} {np.dtype(self.format.dtype)}",
                    actual=f"{plane.shape} {plane.dtype}",
                )

    @property
    def size(self) -> Size:
        """Width and height of the full-resolution plane."""
        height, width = self.planes[0].shape
        return Size(width, height)


@dataclass(frozen=True, eq=False)
class EdgeColors:
    """What a soft edge shows, parted: the subject's own colour and that of what lies behind it.

    Args:
        subject: colour planes of the domain, in the plate's format without alpha; the plate's own samples where
            the matte is full.
        behind: the same of what the matte leaves out; the plate's own samples where the matte is 0.
        mixed: the plate's planes of the domain, which both were found from.
        domain: whole pixels on chroma cells, around everything soft.
    """

    subject: tuple[Plane, ...]
    behind: tuple[Plane, ...]
    mixed: tuple[Plane, ...]
    domain: Box

    @property
    def swapped(self) -> EdgeColors:
        """The colours of the complement."""
        return EdgeColors(self.behind, self.subject, self.mixed, self.domain)


@dataclass(frozen=True, eq=False)
class Matte:
    """Soft coverage of one object on one frame.

    Args:
        alpha: (H, W) uint8 (0..255) or uint16 (0..65535); 0 outside, full inside.
        object_id: the same through the shot; 0 for "all of it".
        at: the frame's time, or None for a matte that holds always.
        colors: what its soft edge shows, where that was worked out.
    """

    alpha: Plane
    object_id: int = 0
    at: Timestamp | None = None
    colors: EdgeColors | None = None

    def __post_init__(self) -> None:
        if self.alpha.ndim != 2 or self.alpha.dtype not in (np.uint8, np.uint16):
            raise ShapeError(
                "alpha", expected="(H, W) uint8 or uint16", actual=f"{self.alpha.shape} {self.alpha.dtype}"
            )

    @property
    def maximum(self) -> int:
        """Full coverage: 255 or 65535."""
        return 255 if self.alpha.dtype == np.uint8 else 65535

    @property
    def size(self) -> Size:
        """Width and height."""
        height, width = self.alpha.shape
        return Size(width, height)

    def complement(self) -> Matte:
        """What this matte leaves out; the two sum to full coverage at every pixel."""
        inverted = np.asarray(self.maximum - self.alpha, dtype=self.alpha.dtype)
        return Matte(inverted, self.object_id, self.at, self.colors and self.colors.swapped)


@dataclass(frozen=True, eq=False)
class Layer:
    """What an effect returns: a picture with coverage on a domain box, ready for *over*.

    Args:
        planes: colour planes of the domain only, in the plate's format without alpha.
        matte: (h, w) uint8 or uint16 coverage of the domain, straight (colour is not premultiplied);
            None means fully covered.
        domain: whole pixels, on chroma cells (``Box.snapped``), inside the plate.
        alpha: what a plate's own alpha becomes in the domain, as far as the matte covers, for a picture that takes the
            plate's place: footage that was altered stays as see-through as it was. None for a new thing on top, under
            which the plate becomes opaque.
    """

    planes: tuple[Plane, ...]
    matte: Plane | None
    domain: Box
    alpha: Plane | None = None

    def __post_init__(self) -> None:
        height, width = self.planes[0].shape
        if (width, height) != (self.domain.x1 - self.domain.x0, self.domain.y1 - self.domain.y0):
            raise ShapeError("layer", expected=f"planes of {self.domain}", actual=self.planes[0].shape)
        if self.matte is not None and self.matte.shape != self.planes[0].shape:
            raise ShapeError("layer matte", expected=self.planes[0].shape, actual=self.matte.shape)
        if self.alpha is not None and self.alpha.shape != self.planes[0].shape:
            raise ShapeError("layer alpha", expected=self.planes[0].shape, actual=self.alpha.shape)


@dataclass(frozen=True, eq=False)
class Flow:
    """Motion from one frame to a named other.

    Args:
        xy: (H, W, 2) float32 pixels, (dx, dy).
        valid: (H, W) bool, where forward and backward motion agree.
    """

    xy: NDArray[np.float32]
    valid: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Prompt:
    """A question to a segmenter: what is here?

    Args:
        points: (P, 2) float32 xy pixels.
        labels: (P,) int8, 1 inside and 0 outside.
        box: where the object lies, or None.
        mask: (h, w) float32 probability at any resolution, or None.
        moving_score: 0..1, how surely this moves by itself.
        object_id: identity through the shot, 0 when not known yet.
    """

    points: NDArray[np.float32]
    labels: NDArray[np.int8]
    box: Box | None = None
    mask: NDArray[np.float32] | None = None
    moving_score: float = 0.0
    object_id: int = 0


@dataclass(frozen=True, eq=False)
class Candidate:
    """A segmenter's answer to one prompt.

    Args:
        logits: (H, W) float32; > 0 inside.
        quality: 0..1, the segmenter's own predicted overlap.
        moving_score: 0..1, taken over from the prompt; kept apart from quality.
    """

    logits: NDArray[np.float32]
    quality: float
    moving_score: float
