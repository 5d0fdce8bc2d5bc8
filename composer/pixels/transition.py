"""From one picture to another: pure functions of two frames and how much of the way has passed.

At a share of 0 every one gives the first frame and at 1 the second, the very same samples; between, each sample is
rounded once. Edges that run over the picture are mattes, so subsampled chroma is mixed by the mean of its cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from composer.pixels.alpha import blended
from composer.pixels.color import color_planes, resolved_tags
from composer.pixels.planes import cell_mean, color_format, matte_for
from composer.values import ColorTags, Frame, PixelFormat, Plane, Size

Direction = Literal["left", "right", "up", "down"]
Ramp = NDArray[np.float32]
_FULL = 65535


def dissolved(first: Frame, second: Frame, share: float) -> Frame:
    """Every sample on its way from the first frame to the second.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, 1 the second.

    Returns:
        A frame with the first one's time; the first or second itself at the ends.
    """
    weight = round(min(max(share, 0.0), 1.0) * _FULL)
    if weight in (0, _FULL):
        return first if weight == 0 else _timed(second, first)
    if first.format.has_alpha:
        return _mixed_with_alpha(first, second, np.full(first.size.shape, weight, np.uint16))
    pairs = zip(first.planes, second.planes, strict=True)
    return replace(first, planes=tuple(blended(b, a, np.asarray(weight, np.uint16)) for a, b in pairs), origin=None)


def wiped(first: Frame, second: Frame, share: float, *, direction: Direction = "right", soft: float = 0.0) -> Frame:
    """The second frame behind an edge that runs over the picture.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, 1 the second.
        direction: where the edge runs to.
        soft: width of the edge as a share of the way, 0..1.
    """
    height, width = first.size.shape
    is_across = direction in ("left", "right")
    length = width if is_across else height
    places = np.arange(length, dtype=np.float32) + np.float32(0.5)
    if direction in ("left", "up"):
        places = places[::-1]
    line = _covered(places, share, way=float(length), soft=soft)
    matte = line[None, :] if is_across else line[:, None]
    return mixed(first, second, _matte(np.broadcast_to(matte, (height, width)), first.format), share)


def opened(
    first: Frame, second: Frame, share: float, *, center: tuple[float, float] = (0.5, 0.5), soft: float = 0.0
) -> Frame:
    """The second frame in a circle that grows until it covers the picture.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, 1 the second.
        center: of the circle, as shares of width and height.
        soft: width of its edge as a share of the way, 0..1.
    """
    height, width = first.size.shape
    x = np.arange(width, dtype=np.float32) + np.float32(0.5 - center[0] * width)
    y = np.arange(height, dtype=np.float32) + np.float32(0.5 - center[1] * height)
    apart = np.hypot(x[None, :], y[:, None])
    matte = _covered(apart, share, way=float(apart.max()), soft=soft)
    return mixed(first, second, _matte(matte, first.format), share)


def ordered(first: Frame, second: Frame, share: float, *, ramp: Ramp, soft: float = 0.1) -> Frame:
    """The second frame where a picture is darker than a shade that rises.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, 1 the second.
        ramp: (H, W) float32, 0..1, of the frames' size.
        soft: how many shades change at the same time, as a share of all, 0..1.
    """
    matte = _covered(ramp * np.float32(255), share, way=255.0, soft=soft)
    return mixed(first, second, _matte(matte, first.format), share)


def slid(first: Frame, second: Frame, share: float, *, direction: Direction = "left") -> Frame:
    """The second frame sliding in over the first, on whole chroma cells.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, 1 the second.
        direction: where it moves to.
    """
    return _moved(first, second, share, direction, takes_along=False)


def pushed(first: Frame, second: Frame, share: float, *, direction: Direction = "left") -> Frame:
    """The second frame pushing the first out of the picture, on whole chroma cells.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, 1 the second.
        direction: where both move to.
    """
    return _moved(first, second, share, direction, takes_along=True)


def faded_through(first: Frame, second: Frame, share: float, *, rgb: Sequence[int]) -> Frame:
    """The first frame fading to a colour, then the second coming from it.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        share: 0 is the first, a half the colour alone, 1 the second.
        rgb: red, green, blue, each 0..255.
    """
    blank = _timed(plain(first.format, first.size, rgb, color=first.color), first)
    if share <= 0.5:
        return dissolved(first, blank, 2 * share)
    return dissolved(blank, _timed(second, first), 2 * share - 1)


def plain(pixels: PixelFormat, size: Size, rgb: Sequence[int], *, color: ColorTags) -> Frame:
    """A frame of one colour, opaque.

    Args:
        pixels: its format.
        size: its size.
        rgb: red, green, blue, each 0..255.
        color: its tags; matrix and range may be unknown, and are then assumed for the size.
    """
    values = color_planes(rgb, color_format(pixels), resolved_tags(pixels, color, size))
    values = (*values, pixels.maximum) if pixels.has_alpha else values
    planes = (np.full(pixels.plane_shape(index, size), value, pixels.dtype) for index, value in enumerate(values))
    return Frame(tuple(planes), pixels, color)


def mixed(first: Frame, second: Frame, matte: Plane, share: float) -> Frame:
    """The second frame where a matte is full, the first where it is empty.

    Args:
        first: any planar frame.
        second: one of the same size and format.
        matte: (H, W) uint8 or uint16.
        share: at 0 and 1 the frames themselves come back, whatever the matte.
    """
    if share <= 0 or share >= 1:
        return first if share <= 0 else _timed(second, first)
    if first.format.has_alpha:
        return _mixed_with_alpha(first, second, matte)
    planes = (
        blended(b, a, matte_for(matte, first.format, index))
        for index, (a, b) in enumerate(zip(first.planes, second.planes, strict=True))
    )
    return replace(first, planes=tuple(planes), origin=None)


def _timed(second: Frame, first: Frame) -> Frame:
    """The second frame with the first one's time."""
    return replace(second, at=first.at, duration=first.duration)


def _mixed_with_alpha(first: Frame, second: Frame, matte: Plane) -> Frame:
    """Straight colours weigh as much as they cover; where neither covers anything they are mixed plainly."""
    pixels = first.format
    share = matte / np.float64(np.iinfo(matte.dtype).max)
    weights = (first.planes[-1] * (1 - share), second.planes[-1] * share)
    planes: list[Plane] = []
    for index in range(pixels.plane_count - 1):
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        below, above, plain_share = (_at_cells(part, cell) for part in (*weights, share))
        total = below + above
        plain_mix = first.planes[index] * (1 - plain_share) + second.planes[index] * plain_share
        weighed = first.planes[index] * below + second.planes[index] * above
        color = np.divide(weighed, total, out=plain_mix, where=total > 0)
        planes.append(np.rint(color).astype(pixels.dtype))
    planes.append(np.rint(weights[0] + weights[1]).astype(pixels.dtype))
    return replace(first, planes=tuple(planes), origin=None)


def _at_cells(part: NDArray[np.float64], cell: tuple[int, int]) -> NDArray[np.float64]:
    return np.asarray(cell_mean(part.astype(np.float32), cell), np.float64) if cell != (1, 1) else part


def _covered(places: NDArray[np.floating[Any]], share: float, *, way: float, soft: float) -> NDArray[np.float32]:
    """Coverage behind an edge that has gone a share of its way: none of it at 0, all of it at 1.

    Args:
        places: how far along the way each sample lies, 0..way.
        share: 0..1.
        way: length of the way.
        soft: width of the edge as a share of the way; never less than one unit, so that it is antialiased.
    """
    edge = max(soft * way, 1.0)
    reached = np.float32(share * (way + edge))
    return np.clip((reached - places) / np.float32(edge), 0, 1).astype(np.float32)


def _matte(coverage: NDArray[np.float32], pixels: PixelFormat) -> Plane:
    """Coverage 0..1 as a matte that loses nothing that the format can show."""
    full = 255 if pixels.depth == 8 else _FULL
    return np.ascontiguousarray(np.rint(coverage * np.float32(full)).astype(np.uint8 if full == 255 else np.uint16))


def _moved(first: Frame, second: Frame, share: float, direction: Direction, *, takes_along: bool) -> Frame:
    """The second frame coming in from one side, over the first or pushing it."""
    if share <= 0 or share >= 1:
        return first if share <= 0 else _timed(second, first)
    is_across, is_forward = direction in ("left", "right"), direction in ("left", "up")
    axis = 1 if is_across else 0
    pixels, cell = first.format, first.format.cell[1 - axis]
    cells = -(-first.size.shape[axis] // cell)
    gone = round(share * cells)
    planes = []
    for index, pair in enumerate(zip(first.planes, second.planes, strict=True)):
        scale = 1 if pixels.is_chroma(index) else cell
        below, above = pair if is_across else (plane.T for plane in pair)
        kept = (gone if is_forward == takes_along else 0, cells - (0 if is_forward == takes_along else gone))
        parts = (below, (kept[0] * scale, kept[1] * scale)), (above, (0, gone * scale))
        if not is_forward:
            parts = (above, ((cells - gone) * scale, cells * scale)), parts[0]
        joined = _joined(parts, whole=cells * scale, length=below.shape[1])
        planes.append(np.ascontiguousarray(joined if is_across else joined.T))
    return replace(first, planes=tuple(planes), origin=None)


def _joined(parts: Sequence[tuple[Plane, tuple[int, int]]], *, whole: int, length: int) -> Plane:
    """Columns of planes side by side; each is continued to whole cells, so that luma and chroma change together."""
    wide = ((np.pad(plane, ((0, 0), (0, whole - plane.shape[1])), mode="edge"), part) for plane, part in parts)
    return np.concatenate([plane[:, start:end] for plane, (start, end) in wide], axis=1)[:, :length]
