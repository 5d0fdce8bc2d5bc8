"""Sources turned into the plate's own colours and sizes, once per picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from composer.effects.base import Inputs, Picture
from composer.pixels.color import color_planes, convert_frame, resolved_tags
from composer.pixels.conform import on_cells
from composer.pixels.planes import color_format, copied, crop, cropped
from composer.pixels.warp import Fit, fit_boxes
from composer.values import Box, ColorTags, Frame, Layer, PixelFormat, Plane, Size


def plate_tags(inputs: Inputs) -> ColorTags:
    """The plate's tags with matrix and range filled in: what every layer is converted to."""
    return resolved_tags(inputs.plate.format, inputs.plate.color, inputs.plate.size)


def layer_format(inputs: Inputs) -> PixelFormat:
    """The format of a layer's planes: the plate's without alpha."""
    return color_format(inputs.plate.format)


def altered(
    inputs: Inputs, planes: tuple[Plane, ...], matte: Plane | None, domain: Box, *, by: Frame | None = None
) -> Layer:
    """A layer of footage that was altered: where the plate is see-through it stays so.

    Args:
        inputs: the plate.
        planes: colour planes of the domain.
        matte: how far they take the plate's place; None for all of it.
        domain: where.
        by: the picture that they are from, where it is not the plate: its alpha comes along.
    """
    has_alpha = inputs.plate.format.has_alpha
    alpha = (by or inputs.plate).planes[-1][domain.slices] if has_alpha else None
    return Layer(planes, matte, domain, alpha)


def filled(inputs: Inputs, rgb: tuple[int, int, int], size: Size) -> tuple[Plane, ...]:
    """Planes of one colour in the plate's format."""
    pixels = layer_format(inputs)
    values = inputs.memo.once(("color", rgb, pixels), lambda: color_planes(rgb, pixels, plate_tags(inputs)))
    return tuple(np.full(pixels.plane_shape(index, size), value, pixels.dtype) for index, value in enumerate(values))


def matched(inputs: Inputs, name: str, picture: Picture) -> Frame:
    """A picture in the plate's matrix, range and depth, keeping its own size, chroma and alpha.

    Args:
        inputs: the plate to match.
        name: of the source, which the work is remembered under.
        picture: what to match.
    """
    pixels = layer_format(inputs)
    own = picture.frame.format
    wanted = replace(
        pixels,
        subsampling=own.subsampling if pixels.model == own.model == "yuv" else (0, 0),
        has_alpha=own.has_alpha,
    )
    return inputs.memo.once(
        ("matched", name, wanted),
        lambda: convert_frame(picture.frame, wanted, plate_tags(inputs)),
        version=picture.version,
    )


def fitted(inputs: Inputs, name: str, picture: Picture, fit: Fit) -> Frame:
    """A picture that fills the whole plate in the plate's format, with alpha when it has some.

    Args:
        inputs: the plate to fill.
        name: of the source, which the work is remembered under.
        picture: what to fit.
        fit: cover, contain (with black bars) or stretch.
    """
    key = ("fitted", name, fit, inputs.plate.size, layer_format(inputs))
    return inputs.memo.once(key, lambda: _fitted(inputs, picture, fit), version=picture.version)


def _fitted(inputs: Inputs, picture: Picture, fit: Fit) -> Frame:
    size = inputs.plate.size
    pixels = replace(layer_format(inputs), has_alpha=picture.frame.format.has_alpha)
    part, place = fit_boxes(picture.frame.size, size, fit, aspect=picture.aspect)
    source = crop(picture.frame, on_cells(part, picture.frame.size, picture.frame.format.cell))
    box = on_cells(place, size, pixels.cell)
    inner = convert_frame(source, pixels, plate_tags(inputs), Size(int(box.x1 - box.x0), int(box.y1 - box.y0)))
    if inner.size == size:
        return inner
    bars = filled(inputs, (0, 0, 0), size)
    if pixels.has_alpha:
        bars = (*bars, np.full(size.shape, pixels.maximum, pixels.dtype))
    canvas = copied(replace(inner, planes=bars))
    for plane, piece in zip(cropped(canvas.planes, pixels, box), inner.planes, strict=True):
        plane[...] = piece
    return canvas
