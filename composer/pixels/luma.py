"""Brightness alone: a frame without its colours, for work that needs none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from composer.pixels.color import resolved_tags
from composer.values import ColorTags, Frame, PixelFormat, Plane, Size

#: Source: ITU-R BT.709; what RGB footage is taken to weigh, whatever its primaries.
_WEIGHTS = (0.2126, 0.7152, 0.0722)


def luma_layout(pixels: PixelFormat, color: ColorTags, size: Size) -> tuple[PixelFormat, ColorTags]:
    """How the brightness of such pictures is stored alone: grey of their depth, its range spelled out.

    Untagged grey is full range and untagged YUV limited, so what was assumed of the picture has to be said of its
    brightness.

    Args:
        pixels: format of the whole picture.
        color: its tags.
        size: of the picture.

    Example:
        >>> luma_layout(PixelFormat("yuv", 10, (1, 1)), ColorTags(), Size(640, 360))[1].range
        'limited'
    """
    tags = resolved_tags(pixels, color, size)
    return PixelFormat("gray", pixels.depth), ColorTags(range=tags.range)


def luma_frame(frame: Frame) -> Frame:
    """A frame's brightness alone, as stored; alpha is dropped.

    Args:
        frame: any planar picture.

    Returns:
        A grey frame: of YUV the luma plane itself, of RGB a weighted sum; a grey frame comes back as it is.
    """
    if frame.format.model == "gray" and not frame.format.has_alpha:
        return frame
    layout, color = luma_layout(frame.format, frame.color, frame.size)
    plane = frame.planes[0] if frame.format.model != "rgb" else _weighted(frame)
    return replace(frame, planes=(plane,), format=layout, color=color, origin=None)


def _weighted(frame: Frame) -> Plane:
    mixed = sum(plane.astype(np.float32) * w for plane, w in zip(frame.planes[:3], _WEIGHTS, strict=True))
    return np.rint(mixed).astype(frame.format.dtype)
