"""Pictures brought to one size, format and colour: scaled, laid on a canvas, converted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from composer.pixels.alpha import over_into
from composer.pixels.color import convert_frame, resolved_tags
from composer.pixels.planes import color_format, crop
from composer.pixels.transition import plain
from composer.pixels.warp import Fit, fit_boxes
from composer.values import Box, ColorTags, Frame, Layer, PixelFormat, Plane, Size


@dataclass(frozen=True)
class Canvas:
    """What every picture is brought to.

    Args:
        size: width and height.
        format: of the planes.
        color: tags; matrix and range may be unknown, and are then assumed for the size.
        sample_aspect: width of a pixel over its height.
    """

    size: Size
    format: PixelFormat
    color: ColorTags
    sample_aspect: Fraction = Fraction(1)

    def takes(self, size: Size, pixels: PixelFormat, color: ColorTags, sample_aspect: Fraction) -> bool:
        """Whether such pictures lie on the canvas already, so that no sample of them changes."""
        return (
            (size, pixels, sample_aspect) == (self.size, self.format, self.sample_aspect)
            and resolved_tags(pixels, color, size).matrix == self.resolved.matrix
            and resolved_tags(pixels, color, size).range == self.resolved.range
        )

    @property
    def resolved(self) -> ColorTags:
        """The tags with matrix and range filled in."""
        return resolved_tags(self.format, self.color, self.size)


def conformed(frame: Frame, canvas: Canvas, *, fit: Fit = "contain", sample_aspect: Fraction = Fraction(1)) -> Frame:
    """A picture brought to a canvas; one that lies on it already passes with every sample as it is.

    Args:
        frame: any planar picture.
        canvas: what it is brought to.
        fit: contain shows all, with black bars; cover fills and cuts off; stretch distorts.
        sample_aspect: width of one of the picture's pixels over its height.

    Returns:
        A frame of the canvas' size, format and tags, with the picture's time. Where the picture is seen through
        and the canvas' format has no alpha, black shows.
    """
    if canvas.takes(frame.size, frame.format, frame.color, sample_aspect):
        return replace(frame, color=canvas.color)
    part, place = fit_boxes(frame.size, canvas.size, fit, aspect=float(sample_aspect / canvas.sample_aspect))
    shown = crop(frame, on_cells(part, frame.size, frame.format.cell))
    box = on_cells(place, canvas.size, canvas.format.cell)
    pixels = replace(canvas.format, has_alpha=canvas.format.has_alpha or frame.format.has_alpha)
    inner = convert_frame(shown, pixels, canvas.resolved, Size(int(box.x1 - box.x0), int(box.y1 - box.y0)))
    if inner.size == canvas.size and inner.format == canvas.format:
        return replace(inner, color=canvas.color, origin=None)
    blank = plain(canvas.format, canvas.size, (0, 0, 0), color=canvas.color)
    blank = replace(blank, at=frame.at, duration=frame.duration)
    alpha = _as_matte(inner.planes[-1], pixels) if pixels.has_alpha and not canvas.format.has_alpha else None
    return _laid(blank, inner, box, alpha)


def _laid(blank: Frame, inner: Frame, box: Box, alpha: Plane | None) -> Frame:
    """A picture in its place on a blank canvas."""
    pixels = color_format(blank.format)
    layer = Layer(inner.planes[: pixels.plane_count], alpha, box)
    over_into(blank.planes, layer, blank.format)
    if blank.format.has_alpha:
        blank.planes[-1][box.slices] = inner.planes[-1]
    return blank


def _as_matte(alpha: Plane, pixels: PixelFormat) -> Plane:
    """An alpha plane as a matte: full coverage is 255 or 65535."""
    if pixels.depth in (8, 16):
        return alpha
    return (alpha.astype("uint32") * 65535 // pixels.maximum).astype("uint16")


def on_cells(box: Box, size: Size, cell: tuple[int, int]) -> Box:
    """The nearest box of whole chroma cells inside a picture, at least one cell large."""
    x0, x1 = _side(box.x0, box.x1, size.width, cell[0])
    y0, y1 = _side(box.y0, box.y1, size.height, cell[1])
    return Box(x0, y0, x1, y1)


def _side(start: float, end: float, length: int, step: int) -> tuple[int, int]:
    last = -(-length // step)
    first = min(max(0, round(start / step)), last - 1)
    stop = min(max(first + 1, round(end / step) if end < length else last), last)
    return first * step, min(stop * step, length)
