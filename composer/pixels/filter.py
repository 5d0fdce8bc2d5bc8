"""Blurs that can leave pixels out, softer and wider mattes, and mattes that follow the picture's edges.

A large blur is computed on a smaller picture: averaging down, blurring the rest and interpolating up has the
same spread. Pixels to leave out are first replaced by a weighted mean of what lies around them (normalised
convolution with weight 0 for each of them), so a blurred background never shows a trace of the subject.

Source: Knutsson and Westin, "Normalized and differential convolution", CVPR 1993; the pyramid of means is the
pull-push of Gortler et al., "The Lumigraph", SIGGRAPH 1996.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import bounds, cell_mean, plane_slices, product
from composer.pixels.warp import resized_plane
from composer.values import Box, PixelFormat, Plane, Size

BlurKind = Literal["gaussian", "box", "pixelate"]
Floats = NDArray[np.float32]

# The blur left to do on the smaller picture, in its pixels: below this the interpolation up would show.
_LEAST_SIGMA, _LEAST_RADIUS = 1.5, 6.0
# The largest radius, in longer sides of a plane: a larger one makes it no evener, only the memory it takes grows.
_FARTHEST = 4
# What is filled in is computed from means of squares of this side: local enough to continue an edge's colour.
_FILL = 8
# Deviation of a feather, in radii: a Gaussian is over after two of them.
_FEATHER = 0.5


def blurred_planes(
    planes: tuple[Plane, ...], pixels: PixelFormat, radius: float, kind: BlurKind, *, exclude: Plane | None = None
) -> tuple[Plane, ...]:
    """Blur every colour plane of a picture.

    Args:
        planes: colour planes, without alpha.
        pixels: their format.
        radius: pixels of the full-size plane. Gaussian: twice the standard deviation; box: half the side of
            the square; pixelate: half the side of a block.
        kind: gaussian, box or pixelate.
        exclude: (H, W) uint8 or uint16; whatever it covers at all is never sampled.
    """
    if exclude is not None:
        planes = filled_planes(planes, pixels, exclude)
    return tuple(
        _blurred(plane, radius, kind, pixels.cell if pixels.is_chroma(index) else (1, 1))
        for index, plane in enumerate(planes)
    )


def blurred(plane: Plane, radius: float, kind: BlurKind = "gaussian", *, exclude: Plane | None = None) -> Plane:
    """Blur one plane; ``radius``, ``kind`` and ``exclude`` as in ``blurred_planes``.

    Example:
        >>> int(blurred(np.full((4, 4), 7, np.uint8), 3.0)[0, 0])
        7
    """
    return blurred_planes((plane,), PixelFormat("gray", 8 * plane.dtype.itemsize), radius, kind, exclude=exclude)[0]


def filled_planes(planes: tuple[Plane, ...], pixels: PixelFormat, exclude: Plane) -> tuple[Plane, ...]:
    """A picture whose excluded pixels are replaced by a smooth continuation of what surrounds them.

    Args:
        planes: colour planes, without alpha.
        pixels: their format.
        exclude: (H, W) uint8 or uint16; what it covers at all is replaced, and has no say in by what. Where it
            covers everything there is nothing to go by, and the planes come back as they are.
    """
    box = bounds(exclude)
    size = Size(exclude.shape[1], exclude.shape[0])
    if box.is_empty:
        return planes
    reach = 2 * _FILL
    area = Box(box.x0 - reach, box.y0 - reach, box.x1 + reach, box.y1 + reach).snapped(size, step=pixels.cell)
    keep = exclude[area.slices] == 0
    if not keep.any():
        return planes
    result = []
    for index, plane in enumerate(planes):
        # A chroma sample counts only when its whole cell may be sampled.
        kept = keep if not pixels.is_chroma(index) else _whole_cells(keep, pixels.cell)
        place = plane_slices(area, pixels, index)
        copy = plane.copy()
        # Where no chroma sample is free of the subject, grey is the one that tells nothing of it.
        copy[place] = _filled_plane(plane[place], kept) if kept.any() else 1 << (pixels.depth - 1)
        result.append(copy)
    return tuple(result)


def _whole_cells(keep: NDArray[np.bool_], cell: tuple[int, int]) -> NDArray[np.bool_]:
    means = cell_mean(keep.astype(np.float32), cell)
    return np.asarray(means == 1.0)


def _filled_plane(plane: Plane, keep: NDArray[np.bool_]) -> Plane:
    """The plane where ``keep`` is true, and a pull-push continuation where it is not."""
    weight = keep.astype(np.float32)
    shape = -(-plane.shape[0] // _FILL), -(-plane.shape[1] // _FILL)
    below = cell_mean(weight, (_FILL, _FILL))
    above = cell_mean(plane.astype(np.float32) * weight, (_FILL, _FILL))
    soft = [cv2.blur(part, (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(shape) for part in (above, below)]
    means = np.rint(_pulled(soft[0], soft[1], lambda: float(plane[keep].mean()))).astype(plane.dtype)
    result = _enlarged(means, (_FILL, _FILL), plane.shape)
    np.copyto(result, plane, where=keep)
    return result


def _pulled(above: Floats, below: Floats, rest: Callable[[], float]) -> Floats:
    """Weighted means, from an ever larger surrounding where there is hardly any weight; ``rest`` is the whole mean."""
    reached = below > 1e-3
    here = np.divide(above, below, out=np.zeros_like(above), where=reached)
    if reached.all():
        return here
    if max(above.shape) <= 1:
        return np.full_like(here, rest())
    shape = -(-above.shape[0] // 2), -(-above.shape[1] // 2)
    wider = _pulled(cell_mean(above, (2, 2)), cell_mean(below, (2, 2)), rest)
    spread_out = resized_plane(wider, (2 * shape[0], 2 * shape[1]))[: above.shape[0], : above.shape[1]]
    return np.where(reached, here, spread_out)


def _blurred(plane: Plane, radius: float, kind: BlurKind, cell: tuple[int, int]) -> Plane:
    if kind == "pixelate":
        return _pixelated(plane, radius, cell)
    radius = min(radius, _FARTHEST * max(plane.shape[0] * cell[1], plane.shape[1] * cell[0]))
    across, down = radius / cell[0], radius / cell[1]
    if max(across, down) < 0.25:
        return plane
    step = _step(across, kind), _step(down, kind)
    small = cell_mean(plane, step)
    if kind == "box":
        width, height = 2 * round(across / step[0]) + 1, 2 * round(down / step[1]) + 1
        small = cv2.blur(small, (width, height), borderType=cv2.BORDER_REPLICATE).reshape(small.shape)
    else:
        x, y = _left_over(across / 2, step[0]), _left_over(down / 2, step[1])
        small = cv2.GaussianBlur(small, (0, 0), sigmaX=x, sigmaY=y, borderType=cv2.BORDER_REPLICATE)
    return _enlarged(small.reshape(-(-plane.shape[0] // step[1]), -1), step, plane.shape)


def _step(radius: float, kind: BlurKind) -> int:
    """How much smaller the picture is on which the blur is computed.

    A power of two, so that the blur does not flicker while its radius is animated.
    """
    step = radius / 2 / _LEAST_SIGMA if kind == "gaussian" else radius / _LEAST_RADIUS
    return 1 << max(0, int(np.floor(np.log2(max(step, 1.0)))))


def _left_over(sigma: float, step: int) -> float:
    """Averaging adds 1/12 of a squared small pixel of spread and interpolating 1/6; none when nothing shrank."""
    sigma /= step
    return float(np.sqrt(max(sigma * sigma - 0.25, 0.01))) if step > 1 else max(sigma, 0.1)


def _enlarged(small: Plane, step: tuple[int, int], shape: tuple[int, ...]) -> Plane:
    """Interpolate up by whole factors and cut off what padding added."""
    full = resized_plane(small, (small.shape[0] * step[1], small.shape[1] * step[0]))
    return full[: shape[0], : shape[1]]


def block_side(wanted: float, cell: tuple[int, int]) -> int:
    """The nearest side of a square block of whole chroma cells, in pixels, at least one cell."""
    return max(1, round(wanted / max(cell))) * max(cell)


def _pixelated(plane: Plane, radius: float, cell: tuple[int, int]) -> Plane:
    """One mean per block; blocks start at the top left of the picture and are whole chroma cells."""
    side, (height, width) = block_side(2 * radius, cell), plane.shape
    block = (min(side // cell[0], width), min(side // cell[1], height))  # a larger one has no more of the picture
    if block == (1, 1):
        return plane
    means = cell_mean(plane, block)
    size = (means.shape[1] * block[0], means.shape[0] * block[1])
    full = cv2.resize(means, size, interpolation=cv2.INTER_NEAREST).reshape(size[::-1])
    return np.asarray(full[: plane.shape[0], : plane.shape[1]], plane.dtype)


def feather(matte: Plane, radius: float) -> Plane:
    """A matte with softer edges: a gaussian of half the radius; 0 and full stay exact away from edges.

    Args:
        matte: (H, W) uint8 or uint16.
        radius: pixels; 0 changes nothing.
    """
    if radius <= 0:
        return matte
    soft = cv2.GaussianBlur(matte, (0, 0), _FEATHER * radius, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft, matte.dtype).reshape(matte.shape)


def faded_inwards(matte: Plane, radius: float) -> Plane:
    """A matte that fades from nothing at its outline to what it is a radius further in; translucent parts keep their share.

    Half of a blurred edge lies inside of it, falling from full to a half: that half is stretched.

    Args:
        matte: (H, W) uint8; what lies outside of it counts as its border samples do.
        radius: pixels; 0 changes nothing.
    """
    if radius <= 0:
        return matte
    soft = blurred(np.where(matte > 0, np.uint8(255), np.uint8(0)), radius).astype(np.int16)
    return product(matte, np.clip(2 * soft - 255, 0, 255).astype(np.uint8))


def spread(matte: Plane, radius: float) -> Plane:
    """A matte grown by a radius in pixels, or choked (shrunk) by a negative one; softness is kept.

    Args:
        matte: (H, W) uint8 or uint16.
        radius: pixels; parts of one are mixed from the whole radii on either side.
    """
    if radius < 0:
        # Choking is spreading of what is left out; written so, the two are exact opposites.
        full = np.iinfo(matte.dtype).max
        return np.asarray(full - spread(np.asarray(full - matte, matte.dtype), -radius), matte.dtype)
    whole, rest = int(radius), radius - int(radius)
    inner = _dilated(matte, whole)
    if rest < 1e-6:
        return inner
    outer = _dilated(matte, whole + 1)
    return np.rint(inner + (outer.astype(np.float32) - inner) * np.float32(rest)).astype(matte.dtype)


def distance_from(matte: Plane) -> Floats:
    """How far every pixel lies from what a matte covers, in pixels; 0 on it, and far where it covers nothing.

    Args:
        matte: (H, W) uint8 or uint16.
    """
    return np.asarray(cv2.distanceTransform((matte == 0).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _dilated(matte: Plane, radius: int) -> Plane:
    if radius == 0:
        return matte
    radius = min(radius, math.ceil(math.hypot(*matte.shape)))  # that far, one sample reaches all others
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(matte, disk), matte.dtype).reshape(matte.shape)
