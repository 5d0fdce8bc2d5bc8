"""Decoded pictures as planes: views where FFmpeg's format is planar, lossless rearrangement where it is packed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from composer.errors import DecodeError
from composer.values import PixelFormat, Plane

Array = NDArray[Any]

# name: (channel count, channel index of R G B [A]); 8-bit packed RGB.
_PACKED_RGB = {
    "rgb24": (3, (0, 1, 2)),
    "bgr24": (3, (2, 1, 0)),
    "rgba": (4, (0, 1, 2, 3)),
    "bgra": (4, (2, 1, 0, 3)),
    "argb": (4, (1, 2, 3, 0)),
    "abgr": (4, (3, 2, 1, 0)),
    "rgb0": (4, (0, 1, 2)),
    "bgr0": (4, (2, 1, 0)),
    "0rgb": (4, (1, 2, 3)),
    "0bgr": (4, (3, 2, 1)),
    "ya8": (2, (0, 0, 0, 1)),
}
_DEEP_RGB = {
    "rgb48": (3, (0, 1, 2)),
    "bgr48": (3, (2, 1, 0)),
    "rgba64": (4, (0, 1, 2, 3)),
    "bgra64": (4, (2, 1, 0, 3)),
    "ya16": (2, (0, 0, 0, 1)),
}
# name: (subsampling, depth, right shift of the stored 16-bit value, is V first)
_SEMI_PLANAR = {
    "nv12": ((1, 1), 8, 0, False),
    "nv21": ((1, 1), 8, 0, True),
    "nv16": ((1, 0), 8, 0, False),
    "nv24": ((0, 0), 8, 0, False),
    "nv42": ((0, 0), 8, 0, True),
    "p010le": ((1, 1), 10, 6, False),
    "p012le": ((1, 1), 12, 4, False),
    "p016le": ((1, 1), 16, 0, False),
    "p210le": ((1, 0), 10, 6, False),
    "p216le": ((1, 0), 16, 0, False),
    "p410le": ((0, 0), 10, 6, False),
    "p416le": ((0, 0), 16, 0, False),
}
# name: byte of Y0 U Y1 V
_PACKED_YUV = {"yuyv422": (0, 1, 2, 3), "uyvy422": (1, 0, 3, 2), "yvyu422": (0, 3, 2, 1)}
_MONO = ("monob", "monow")
_REARRANGED = {
    **{name: PixelFormat("rgb", 8, has_alpha=len(order) == 4) for name, (_, order) in _PACKED_RGB.items()},
    **{
        name + end: PixelFormat("rgb", 16, has_alpha=len(order) == 4)
        for name, (_, order) in _DEEP_RGB.items()
        for end in ("le", "be")
    },
    **{name: PixelFormat("yuv", depth, shifts) for name, (shifts, depth, _, _) in _SEMI_PLANAR.items()},
    **{name: PixelFormat("yuv", 8, (1, 0)) for name in _PACKED_YUV},
    "pal8": PixelFormat("rgb", 8, has_alpha=True),
    **dict.fromkeys(_MONO, PixelFormat("gray", 8)),
}
_RGB_ORDER = (2, 0, 1, 3)  # FFmpeg stores G B R [A]


def planar_format(name: str) -> PixelFormat:
    """The planar format in which Composer holds a picture of FFmpeg's format.

    Example:
        >>> planar_format("nv12").name, planar_format("bgra").name
        ('yuv420p', 'gbrap')
    """
    known = _REARRANGED.get(name)
    return known or _parsed("yuv" + name[4:] if name.startswith("yuvj") else name)


def _parsed(name: str) -> PixelFormat:
    try:
        format_ = PixelFormat.parse(name.removesuffix("be") + ("le" if name.endswith("be") else ""))
    except (ValueError, KeyError):
        raise DecodeError(
            f"pixel format {name} is not one that Composer holds",
            hint="convert the footage to yuv420p, yuv422p10, yuv444p10 or rgb first",
        ) from None
    if not 8 <= format_.depth <= 16 or "f" in name:
        raise DecodeError(f"pixel format {name}: expected 8 to 16 bits a sample", hint="convert the footage first")
    return format_


def _rows(plane: Any, *, dtype: str, width: int, height: int, channels: int = 1) -> Array:
    """One stored plane as (height, width[, channels]) without line padding; a read-only view."""
    itemsize = np.dtype(dtype).itemsize
    stride = plane.line_size
    buffer = np.frombuffer(plane, np.uint8)[: height * stride].reshape(height, stride)
    rows = buffer[:, : width * channels * itemsize].view(dtype)
    return rows.reshape(height, width, channels) if channels > 1 else rows


def planes_of(frame: av.VideoFrame) -> tuple[Plane, ...]:
    """The planes of a decoded frame, in the order of ``planar_format``; views wherever possible.

    All are read-only: the decoder may still predict from the same memory.
    """
    name = frame.format.name
    return sealed(_unpacker(name)(frame, name))


def luma_of(frame: av.VideoFrame) -> Plane:
    """The luma plane alone of a decoded YUV frame, read-only; chroma is neither copied nor rearranged."""
    name = frame.format.name
    if name in _SEMI_PLANAR:
        planes = _semi_planar_luma(frame, name)
    elif name in _PACKED_YUV:
        planes = _packed_yuv_luma(frame, name)
    else:
        planes = _stored(frame, name, (0,))
    return sealed(planes)[0]


def sealed(planes: tuple[Plane, ...]) -> tuple[Plane, ...]:
    """The same planes, read-only from now on."""
    for plane in planes:
        plane.flags.writeable = False
    return planes


def _unpacker(name: str) -> Callable[[av.VideoFrame, str], tuple[Plane, ...]]:
    if name in _PACKED_RGB:
        return _packed_rgb
    if name[:-2] in _DEEP_RGB:
        return _deep_rgb
    if name in _SEMI_PLANAR:
        return _semi_planar
    if name in _PACKED_YUV:
        return _packed_yuv
    if name == "pal8":
        return _palette
    return _mono if name in _MONO else _planar


def _planar(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    format_ = planar_format(name)
    order = _RGB_ORDER[: format_.plane_count] if format_.model == "rgb" else range(format_.plane_count)
    return _stored(frame, name, order)


def _stored(frame: av.VideoFrame, name: str, order: Iterable[int]) -> tuple[Plane, ...]:
    dtype = "u1" if planar_format(name).depth == 8 else (">u2" if name.endswith("be") else "<u2")
    stored = frame.planes
    rows = tuple(
        _rows(stored[index], dtype=dtype, width=stored[index].width, height=stored[index].height) for index in order
    )
    return tuple(plane.astype(np.uint16) for plane in rows) if dtype == ">u2" else rows


def _packed_rgb(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    channels, order = _PACKED_RGB[name]
    pixels = _rows(frame.planes[0], dtype="u1", width=frame.width, height=frame.height, channels=channels)
    return tuple(np.ascontiguousarray(pixels[..., index]) for index in order)


def _deep_rgb(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    channels, order = _DEEP_RGB[name[:-2]]
    dtype = ">u2" if name.endswith("be") else "<u2"
    pixels = _rows(frame.planes[0], dtype=dtype, width=frame.width, height=frame.height, channels=channels)
    return tuple(pixels[..., index].astype(np.uint16) for index in order)


def _semi_planar(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    (sx, sy), depth, shift, is_v_first = _SEMI_PLANAR[name]
    width, height = -(-frame.width >> sx), -(-frame.height >> sy)
    dtype = "u1" if depth == 8 else "<u2"
    chroma = _rows(frame.planes[1], dtype=dtype, width=width, height=height, channels=2)
    first, second = (np.ascontiguousarray(chroma[..., index]) for index in ((1, 0) if is_v_first else (0, 1)))
    return (*_semi_planar_luma(frame, name), *(_shifted(plane, shift) for plane in (first, second)))


def _semi_planar_luma(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    _, depth, shift, _ = _SEMI_PLANAR[name]
    dtype = "u1" if depth == 8 else "<u2"
    return (_shifted(_rows(frame.planes[0], dtype=dtype, width=frame.width, height=frame.height), shift),)


def _shifted(plane: Array, shift: int) -> Plane:
    return np.asarray(plane >> shift if shift else plane, plane.dtype)


def _packed_yuv(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    _, u, _, v = _PACKED_YUV[name]
    cells = _cells(frame)
    chroma = (np.ascontiguousarray(cells[..., u]), np.ascontiguousarray(cells[..., v]))
    return (*_packed_yuv_luma(frame, name), *chroma)


def _packed_yuv_luma(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    y0, _, y1, _ = _PACKED_YUV[name]
    cells = _cells(frame)
    luma = cells[..., [y0, y1]].reshape(frame.height, 2 * cells.shape[1])[:, : frame.width]
    return (np.ascontiguousarray(luma),)


def _cells(frame: av.VideoFrame) -> Array:
    return _rows(frame.planes[0], dtype="u1", width=-(-frame.width // 2), height=frame.height, channels=4)


def _palette(frame: av.VideoFrame, _name: str) -> tuple[Plane, ...]:
    indices = _rows(frame.planes[0], dtype="u1", width=frame.width, height=frame.height)
    stored: Any = frame.planes[1]
    colors = np.frombuffer(stored, "<u4")[:256]
    return tuple(((colors >> shift) & 255).astype(np.uint8)[indices] for shift in (16, 8, 0, 24))


def _mono(frame: av.VideoFrame, name: str) -> tuple[Plane, ...]:
    packed = _rows(frame.planes[0], dtype="u1", width=-(-frame.width // 8), height=frame.height)
    bits = np.unpackbits(packed, axis=1)[:, : frame.width]
    return (np.asarray((bits if name == "monob" else 1 - bits) * 255, np.uint8),)
