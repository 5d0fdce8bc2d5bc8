"""Light from behind that wraps around the edge of what stands in front of it.

At its edge a subject is lit by what is behind it, and a lens spreads that light over it. So the blurred background is
screened over the inner side of the edge, fully at the outline and not at all a radius further in.

Source: Brinkmann, "The Art and Science of Digital Compositing", 2nd edition 2008, on light wrap; Wright, "Digital
Compositing for Film and Video", likewise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.pixels.filter import blurred, blurred_planes
from composer.pixels.rgb import in_bands, shifted_rgb, unit_rgb
from composer.values import ColorTags, PixelFormat, Plane


def wrap_weight(coverage: Plane, radius: float) -> NDArray[np.float32]:
    """How much light reaches every pixel: 1 at the outline and outside, 0 from a radius inside.

    Args:
        coverage: (H, W) uint8 or uint16 of what is lit.
        radius: pixels.
    """
    full = np.iinfo(coverage.dtype).max
    outside = np.float32(1) - blurred(coverage, radius) / np.float32(full)
    return np.asarray(np.minimum(2 * outside, 1), np.float32)


def light_of(planes: tuple[Plane, ...], pixels: PixelFormat, radius: float) -> tuple[Plane, ...]:
    """The light that comes from a background: its colours, blurred."""
    return blurred_planes(planes, pixels, radius, "gaussian")


def wrapped(
    planes: tuple[Plane, ...],
    light: tuple[Plane, ...],
    weight: NDArray[np.float32],
    pixels: PixelFormat,
    color: ColorTags,
) -> tuple[Plane, ...]:
    """Planes with light screened over them; where its weight is 0 samples stay bit for bit.

    Args:
        planes: colour planes of what is lit.
        light: the same of the light.
        weight: (H, W) float32 from 0 to 1.
        pixels: format of both, without alpha.
        color: resolved tags.
    """
    pictures = (planes, light, (weight,))
    return in_bands(pixels, lambda parts: _wrapped(parts, pixels, color), pictures)


def _wrapped(parts: tuple[tuple[NDArray[Any], ...], ...], pixels: PixelFormat, color: ColorTags) -> tuple[Plane, ...]:
    """Some rows of what is lit, of the light and of its weight."""
    planes, light, (weight,) = parts
    own, more = (np.clip(unit_rgb(each, pixels, color), 0, 1) for each in (planes, light))
    return shifted_rgb(planes, weight[..., None] * more * (1 - own), pixels, color)
