"""Planes of a picture: cutting, copying and pasting on whole chroma cells, and mattes at chroma size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.values import Box, Frame, PixelFormat, Plane


def plane_slices(box: Box, pixels: PixelFormat, index: int) -> tuple[slice, slice]:
    """Rows and columns that a box takes up in one plane.

    Args:
        box: whole pixels on chroma cells, as ``Box.snapped`` returns them.
        pixels: format of the picture; says which planes are subsampled.
        index: which plane.
    """
    sx, sy = pixels.subsampling if pixels.is_chroma(index) else (0, 0)
    x0, y0, x1, y1 = int(box.x0), int(box.y0), int(box.x1), int(box.y1)
    return slice(y0 >> sy, -(-y1 >> sy)), slice(x0 >> sx, -(-x1 >> sx))


def cropped(planes: tuple[Plane, ...], pixels: PixelFormat, box: Box) -> tuple[Plane, ...]:
    """Views of the part of every plane inside a box on chroma cells; nothing is copied."""
    return tuple(plane[plane_slices(box, pixels, index)] for index, plane in enumerate(planes))


def crop(frame: Frame, box: Box) -> Frame:
    """A frame of views of the part inside a box on chroma cells; nothing is copied."""
    return replace(frame, planes=cropped(frame.planes, frame.format, box))


def copied(frame: Frame) -> Frame:
    """A frame with planes of its own that may be written to."""
    return replace(frame, planes=tuple(np.array(plane, order="C", copy=True) for plane in frame.planes))


def whole(frame: Frame) -> Box:
    """The box that covers a frame."""
    return Box.whole(frame.size)


def color_format(pixels: PixelFormat) -> PixelFormat:
    """The format without its alpha plane: what a layer's planes are stored in."""
    return replace(pixels, has_alpha=False)


def color_planes_of(frame: Frame) -> tuple[Plane, ...]:
    """The frame's planes without alpha."""
    return frame.planes[: color_format(frame.format).plane_count]


def cell_mean(plane: NDArray[Any], cell: tuple[int, int]) -> NDArray[Any]:
    """The rounded mean of every chroma cell; a constant stays exact, a cut-off cell means what it has.

    Args:
        plane: (H, W) uint8, uint16 or float32 (whose mean is not rounded).
        cell: (width, height) in pixels.

    Returns:
        (ceil(H / height), ceil(W / width)) of the same dtype.
    """
    if cell == (1, 1):
        return plane
    height, width = plane.shape
    right, bottom = -width % cell[0], -height % cell[1]
    if right or bottom:
        plane = cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    size = (plane.shape[1] // cell[0], plane.shape[0] // cell[1])
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), plane.dtype)


def matte_for(matte: Plane, pixels: PixelFormat, index: int) -> Plane:
    """A full-size matte as coverage of one plane's samples.

    Chroma of more than 8 bits takes a 16 bit matte, so that the mean loses nothing that the plane can show.

    Args:
        matte: (H, W) uint8 or uint16.
        pixels: format of the picture.
        index: which plane.
    """
    if not pixels.is_chroma(index) or pixels.cell == (1, 1):
        return matte
    if pixels.depth > 8:
        matte = widened(matte)
    return cell_mean(matte, pixels.cell)


def widened(matte: Plane) -> Plane:
    """A matte as uint16, 0..65535; 255 becomes 65535 exactly."""
    return matte if matte.dtype == np.uint16 else np.multiply(matte, 257, dtype=np.uint16)


def narrowed(matte: Plane) -> Plane:
    """A matte as uint8, 0..255, rounded to nearest."""
    if matte.dtype == np.uint8:
        return matte
    return ((matte.astype(np.uint32) + 128) // 257).astype(np.uint8)


def inverted(matte: Plane) -> Plane:
    """What a matte leaves out; both sum to full coverage at every pixel."""
    return np.asarray(cv2.bitwise_not(matte), matte.dtype).reshape(matte.shape)


def bounds(matte: Plane) -> Box:
    """The smallest box of whole pixels around everything that is not 0; empty when nothing is."""
    x, y, width, height = cv2.boundingRect(matte if matte.dtype == np.uint8 else (matte > 0).view(np.uint8))
    return Box(x, y, x + width, y + height)


def product(first: Plane, second: Plane) -> Plane:
    """Coverage by both of two mattes of one size, rounded; uint16 when either is.

    Example:
        >>> product(np.full((1, 1), 128, np.uint8), np.full((1, 1), 255, np.uint8)).item()
        128
    """
    if first.dtype == second.dtype == np.uint8:
        total = np.multiply(first, second, dtype=np.uint16)
        total += 128
        total += total >> 8
        return (total >> 8).astype(np.uint8)
    wide = np.multiply(widened(first), widened(second), dtype=np.uint32)
    return ((wide + 32767) // 65535).astype(np.uint16)


def faded(matte: Plane, share: float) -> Plane:
    """A matte times a number from 0 to 1, rounded; 1 changes nothing and 0 leaves nothing."""
    if share >= 1:
        return matte
    maximum = np.iinfo(matte.dtype).max
    table = np.rint(np.arange(maximum + 1) * max(share, 0.0)).astype(matte.dtype)
    return np.asarray(cv2.LUT(matte, table), matte.dtype) if maximum == 255 else table[matte]
