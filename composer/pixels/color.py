"""Colour between formats: RGB and YUV of every matrix and range, grey, and 8 to 16 bits.

Sample values are an affine map of RGB in 0..1, so any conversion is one affine map from one format's samples to
the other's. Where it leaves the planes apart (same matrix), each plane goes through a table and nothing else is
touched. Transfer and primaries are not converted: Composer works display-referred, in the plate's own.

Source: ITU-T H.273 (2021) for matrix coefficients and quantisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import InputError, ShapeError
from composer.pixels.planes import cell_mean, color_format
from composer.pixels.warp import resized_color, resized_plane, weighted
from composer.values import ColorTags, Frame, PixelFormat, Plane, Size

# Kr and Kb of each matrix that H.273 defines for luma as a weighted sum of non-linear RGB.
_WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
}


@dataclass(frozen=True, eq=False)
class Encoding:
    """Samples of a format as ``scale @ rgb + offset``, and RGB from them as ``inverse @ (samples - offset)``."""

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    inverse: NDArray[np.float64]


def resolved_tags(pixels: PixelFormat, color: ColorTags, size: Size) -> ColorTags:
    """Tags with matrix and range filled in for conversion.

    Args:
        pixels: the format; RGB needs no matrix, and untagged grey is full range, as FFmpeg takes it.
        color: what the file says.
        size: of the picture that the file holds, because untagged footage is BT.709 from 720 lines up.
    """
    if pixels.model == "rgb":
        return replace(color, matrix="rgb", range="full" if color.range == "unknown" else color.range)
    if color.matrix == "rgb":
        color = replace(color, matrix="unknown")
    if pixels.model == "gray" and color.range == "unknown":
        color = replace(color, range="full")
    return color.assumed(size)


def _weights(matrix: str) -> tuple[float, float]:
    if matrix not in _WEIGHTS:
        raise InputError(
            f"colour matrix {matrix!r} cannot be converted",
            hint=f"convert the footage to one of {', '.join(_WEIGHTS)} first",
        )
    return _WEIGHTS[matrix]


def can_convert(pixels: PixelFormat, color: ColorTags) -> bool:
    """False for a matrix without fixed weights, such as ICtCp: such pictures can only pass as they are.

    Example:
        >>> can_convert(PixelFormat("yuv"), ColorTags("bt709")), can_convert(PixelFormat("yuv"), ColorTags("ictcp"))
        (True, False)
    """
    return pixels.model == "rgb" or color.matrix in (*_WEIGHTS, "unknown", "rgb")


def encoding_of(pixels: PixelFormat, tags: ColorTags) -> Encoding:
    """How a format with resolved tags stores colours."""
    unit = 1 << (pixels.depth - 8)
    limited = tags.range == "limited"
    height = 219.0 * unit if limited else float(pixels.maximum)
    black = 16.0 * unit if limited else 0.0
    if pixels.model == "rgb":
        return Encoding(np.eye(3) * height, np.full(3, black), np.eye(3) / height)
    red, blue = _weights(tags.matrix)
    luma = np.array([red, 1 - red - blue, blue])
    if pixels.model == "gray":
        return Encoding(luma[None] * height, np.array([black]), np.full((3, 1), 1 / height))
    chroma = 224.0 * unit if limited else float(pixels.maximum)
    cb = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - blue)) * chroma
    cr = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - red)) * chroma
    scale = np.stack([luma * height, cb, cr])
    return Encoding(scale, np.array([black, 128.0 * unit, 128.0 * unit]), np.linalg.inv(scale))


def convert_frame(frame: Frame, pixels: PixelFormat, color: ColorTags, size: Size | None = None) -> Frame:
    """A frame in another format, matrix, range, depth and size.

    Args:
        frame: the picture in its own planes.
        pixels: format to convert to. Missing alpha becomes full coverage; surplus alpha is dropped.
        color: tags to convert to; what is unknown is assumed for a picture of the new size.
        size: size to resize to; the frame's own when None.

    Raises:
        InputError: for a colour matrix that has no fixed weights, such as ICtCp.
    """
    size = size or frame.size
    source = resolved_tags(frame.format, frame.color, frame.size)
    target = resolved_tags(pixels, color, size)
    first, second = encoding_of(frame.format, source), encoding_of(pixels, target)
    matrix = second.scale @ first.inverse
    matrix = np.round(matrix, 12) + 0.0
    shift = np.round(second.offset - matrix @ first.offset, 9) + 0.0
    convert = _by_matrix
    if _keeps_planes_apart(matrix):
        convert = _by_tables
    elif frame.format.model == "yuv":
        convert = _by_chroma
    planes = convert(frame, pixels, size, matrix, shift)
    if pixels.has_alpha:
        planes = (*planes, _alpha(frame, pixels, size))
    return replace(frame, planes=planes, format=pixels, color=target)


def _keeps_planes_apart(matrix: NDArray[np.float64]) -> bool:
    rows, columns = np.nonzero(matrix)
    return bool((rows == columns).all())


def _by_tables(
    frame: Frame, pixels: PixelFormat, size: Size, matrix: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[Plane, ...]:
    """Resize each plane in its own samples and look every sample up."""
    planes: list[Plane] = []
    alpha = frame.planes[-1] if frame.format.has_alpha else None
    for index, offset in enumerate(shift):
        shape = pixels.plane_shape(index, size)
        if index >= matrix.shape[1]:
            planes.append(np.full(shape, round(offset), pixels.dtype))
            continue
        plane = resized_color(frame.planes[index], alpha, shape, frame.format, index)
        gain = matrix[index, index]
        same = gain == 1.0 and offset == 0.0 and pixels.depth == frame.format.depth
        planes.append(plane if same else _looked_up(plane, gain, float(offset), frame.format, pixels))
    return tuple(planes)


def _by_chroma(
    frame: Frame, pixels: PixelFormat, size: Size, matrix: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[Plane, ...]:
    """From YUV: what chroma adds to each plane is worked out at chroma size, which is a quarter of the work."""
    alpha = frame.planes[-1] if frame.format.has_alpha else None
    layout = pixels if pixels.model == "yuv" else frame.format
    luma, *chroma = (
        resized_color(plane, alpha, layout.plane_shape(index, size), frame.format, index)
        for index, plane in enumerate(frame.planes[:3])
    )
    pairs = cv2.merge([plane.astype(np.float32) for plane in chroma])
    parts = cv2.split(cv2.transform(pairs, np.column_stack([matrix[:, 1:], shift])))
    bases = {gain: np.multiply(luma, np.float32(gain), dtype=np.float32) for gain in set(matrix[:, 0]) if gain}
    tints = [part.reshape(chroma[0].shape) for part in parts]
    return tuple(
        _summed(bases[gain], resized_plane(tint, luma.shape), pixels) if gain else _rounded(tint, pixels)
        for gain, tint in zip(matrix[:, 0], tints, strict=True)
    )


def _summed(base: NDArray[np.float32], tint: NDArray[np.float32], pixels: PixelFormat) -> Plane:
    """The rounded sum; whole bytes and words saturate by themselves, in one pass."""
    if pixels.depth in (8, 16) and base.size > 1:
        depth = cv2.CV_8U if pixels.depth == 8 else cv2.CV_16U
        total: Plane = cv2.add(base, tint, dtype=depth).reshape(base.shape)
        return total
    return _rounded(base + tint, pixels)


def _looked_up(plane: Plane, gain: float, offset: float, source: PixelFormat, target: PixelFormat) -> Plane:
    table: Plane = _rounded(np.arange(1 << source.depth) * gain + offset, target)
    if plane.dtype == np.uint8:
        looked: Plane = cv2.LUT(plane, table).reshape(plane.shape)
        return looked
    return np.asarray(table[np.minimum(plane, source.maximum)], target.dtype)


def _by_matrix(
    frame: Frame, pixels: PixelFormat, size: Size, matrix: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[Plane, ...]:
    """Bring every plane to full size, mix them, and average chroma over its cells."""
    alpha = frame.planes[-1] if frame.format.has_alpha else None
    full = [
        resized_color(plane, alpha, size.shape, frame.format, index).astype(np.float32)
        for index, plane in enumerate(frame.planes[: color_format(frame.format).plane_count])
    ]
    mixed = cv2.transform(cv2.merge(full), np.column_stack([matrix, shift]))
    parts = cv2.split(mixed.reshape(*size.shape, -1))
    weight = None if alpha is None else resized_plane(alpha, size.shape)
    return tuple(
        _rounded(weighted(lambda plane: cell_mean(plane, pixels.cell), part, weight), pixels)
        if pixels.is_chroma(index)
        else _rounded(part, pixels)
        for index, part in enumerate(parts)
    )


def _rounded(values: NDArray[np.floating], pixels: PixelFormat) -> Plane:
    bounded: Plane = np.clip(np.rint(values), 0, pixels.maximum).astype(pixels.dtype)
    return bounded


def _alpha(frame: Frame, pixels: PixelFormat, size: Size) -> Plane:
    """Coverage at the new size and depth; always full range."""
    if not frame.format.has_alpha:
        return np.full(size.shape, pixels.maximum, pixels.dtype)
    plane = resized_plane(frame.planes[-1], size.shape)
    if frame.format.depth == pixels.depth:
        return plane
    return _looked_up(plane, pixels.maximum / frame.format.maximum, 0.0, frame.format, pixels)


def frame_from_rgb(rgb: NDArray[np.uint8 | np.uint16], pixels: PixelFormat, color: ColorTags) -> Frame:
    """A picture in a format's own planes from packed RGB or RGBA.

    Args:
        rgb: (H, W, 3 or 4) uint8 or uint16, full range, straight alpha.
        pixels: format to convert to.
        color: matrix and range to convert to.

    Raises:
        ShapeError: when the array is something else.
    """
    if rgb.ndim != 3 or rgb.shape[2] not in (3, 4) or rgb.dtype not in (np.uint8, np.uint16):
        raise ShapeError("rgb", expected="(H, W, 3 or 4) uint8 or uint16", actual=f"{rgb.shape} {rgb.dtype}")
    depth = 8 if rgb.dtype == np.uint8 else 16
    packed = PixelFormat("rgb", depth, has_alpha=rgb.shape[2] == 4)
    planes = tuple(np.ascontiguousarray(rgb[..., channel]) for channel in range(rgb.shape[2]))
    return convert_frame(Frame(planes, packed), pixels, color)


def rgb_from_frame(frame: Frame, depth: int = 8) -> NDArray[np.uint8 | np.uint16]:
    """Packed full-range RGB of a frame: (H, W, 3), uint8 for depth 8 and uint16 above; alpha is dropped."""
    planes = convert_frame(frame, PixelFormat("rgb", depth), ColorTags("rgb", "full")).planes
    return np.stack(planes, axis=-1)


def color_planes(rgb: Sequence[int], pixels: PixelFormat, color: ColorTags) -> tuple[int, ...]:
    """The sample values of one colour in every colour plane.

    Args:
        rgb: red, green, blue, each 0..255.
        pixels: the plate's format.
        color: the plate's tags; pass ``resolved_tags`` when it may be untagged.

    Example:
        >>> color_planes((255, 255, 255), PixelFormat("yuv"), ColorTags("bt709", "limited"))
        (235, 128, 128)
    """
    patch = np.array(rgb, np.uint8).reshape(1, 1, 3)
    frame = frame_from_rgb(patch, color_format(replace(pixels, subsampling=(0, 0))), color)
    return tuple(int(plane[0, 0]) for plane in frame.planes)
