"""Darker and less colourful pictures, worked out on the samples of their own format, without a conversion."""

from __future__ import annotations

import cv2
import numpy as np

from composer.values import ColorTags, PixelFormat, Plane

# Source: ITU-R BT.709-6, item 3.2: luma of RGB.
_LUMA = (0.2126, 0.7152, 0.0722)


def toned(
    planes: tuple[Plane, ...], pixels: PixelFormat, color: ColorTags, *, light: float = 1.0, chroma: float = 1.0
) -> tuple[Plane, ...]:
    """Planes with their light and their colour scaled.

    In Y'CbCr every sample is scaled about black or about neutral, which is the same as scaling R'G'B' about black and
    about grey of the same luma. Source: ITU-T H.273 (2021), equations 38 to 48: both are affine.

    Args:
        planes: colour planes, without alpha.
        pixels: their format.
        color: range resolved.
        light: 0 is black, 1 changes nothing.
        chroma: 0 is grey, 1 changes nothing.
    """
    black = (16 << (pixels.depth - 8)) if color.range == "limited" else 0
    if pixels.model == "rgb":
        planes = _grey_mixed(planes, chroma)
        return tuple(_scaled(plane, pixels, black, light) for plane in planes)
    neutral = 1 << (pixels.depth - 1)
    return tuple(
        _scaled(plane, pixels, *((neutral, light * chroma) if pixels.is_chroma(index) else (black, light)))
        for index, plane in enumerate(planes)
    )


def _scaled(plane: Plane, pixels: PixelFormat, about: int, gain: float) -> Plane:
    if gain == 1:
        return plane
    table = np.rint(about + (np.arange(pixels.maximum + 1) - about) * gain).clip(0, pixels.maximum)
    table = table.astype(plane.dtype)
    if plane.dtype == np.uint8:
        return np.asarray(cv2.LUT(plane, table)).reshape(plane.shape)
    return table[np.minimum(plane, pixels.maximum)]


def _grey_mixed(planes: tuple[Plane, ...], chroma: float) -> tuple[Plane, ...]:
    if chroma == 1:
        return planes
    grey = sum(weight * plane.astype(np.float32) for weight, plane in zip(_LUMA, planes, strict=True)) * (1 - chroma)
    return tuple(np.rint(grey + plane * np.float32(chroma)).astype(plane.dtype) for plane in planes)
