"""Planes into av frames for an encoder: one copy, or none where the reader's own frame is still untouched."""

from __future__ import annotations

from typing import Any

import av
import numpy as np

from composer.media.origin import Origin
from composer.values import Frame, PixelFormat

_RGB_ORDER = (2, 0, 1, 3)  # FFmpeg stores G B R [A]
_PACKED = {"rgb24": (0, 1, 2), "rgba": (0, 1, 2, 3), "bgra": (2, 1, 0, 3), "bgr0": (2, 1, 0)}


def untouched(frame: Frame, name: str) -> av.VideoFrame | None:
    """The decoder's own frame, where the planes are still its own and the encoder takes its format."""
    origin = frame.origin
    if not isinstance(origin, Origin) or origin.frame.format.name != name or len(origin.planes) != len(frame.planes):
        return None
    is_own = all(own is plane for own, plane in zip(origin.planes, frame.planes, strict=True))
    return origin.frame if is_own else None


def filled(frame: Frame, name: str) -> av.VideoFrame:
    """A new av frame of format ``name`` with the planes copied in."""
    picture = av.VideoFrame(frame.size.width, frame.size.height, name)
    if name in _PACKED:
        _fill_packed(picture, frame, _PACKED[name])
    elif name.startswith(("rgb48", "rgba64")):
        _fill_deep(picture, frame, "<u2" if name.endswith("le") else ">u2")
    else:
        _fill_planar(picture, frame)
    return picture


def _rows(plane: Any, dtype: str, width: int) -> Any:
    itemsize = np.dtype(dtype).itemsize
    buffer = np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
    return buffer[:, : width * itemsize].view(dtype)


def _fill_planar(picture: av.VideoFrame, frame: Frame) -> None:
    order = _RGB_ORDER if frame.format.model == "rgb" else range(4)
    dtype = "u1" if frame.format.depth == 8 else ("<u2" if picture.format.name.endswith("le") else ">u2")
    stored = picture.planes
    for index, plane in zip(order, frame.planes, strict=False):
        np.copyto(_rows(stored[index], dtype, stored[index].width), plane)


def _fill_packed(picture: av.VideoFrame, frame: Frame, order: tuple[int, ...]) -> None:
    channels = 3 if picture.format.name == "rgb24" else 4
    plane = picture.planes[0]
    pixels = _rows(plane, "u1", frame.size.width * channels).reshape(*frame.size.shape, channels)
    for channel, index in enumerate(order):
        pixels[..., channel] = frame.planes[index]


def _fill_deep(picture: av.VideoFrame, frame: Frame, dtype: str) -> None:
    channels = frame.format.plane_count
    plane = picture.planes[0]
    pixels = _rows(plane, dtype, frame.size.width * channels).reshape(*frame.size.shape, channels)
    for channel in range(channels):
        pixels[..., channel] = frame.planes[channel]


def encoder_format(codec: str, format_: PixelFormat) -> str:
    """FFmpeg's pixel format under which an encoder takes a planar format.

    Example:
        >>> encoder_format("ffv1", PixelFormat("rgb", 8, has_alpha=True))
        'bgra'
    """
    if format_.model == "rgb" and codec == "ffv1" and format_.depth == 8:
        return "bgra" if format_.has_alpha else "bgr0"
    if format_.model == "rgb" and codec == "png":
        deep = {8: ("rgb24", "rgba"), 16: ("rgb48be", "rgba64be")}[format_.depth]
        return deep[format_.has_alpha]
    if codec == "gif":
        return "pal8"
    if codec == "png" and format_.depth == 16:
        return "gray16be"
    return format_.name
