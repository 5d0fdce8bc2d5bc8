"""Blend modes: what colour comes of one picture over another, before coverage is looked at.

``B(below, above)`` on display-referred red, green and blue from 0 to 1. Coverage then mixes as ever: Porter and Duff's
*over* with ``B`` in place of the upper colour, ``(1 - a) below + a B(below, above)``.

Source: W3C, Compositing and Blending Level 1 (2024), sections 9 and 10; Porter and Duff, "Compositing Digital Images",
SIGGRAPH 1984, for *over* and *plus* (add). Subtract and divide, which W3C has not, are those of Photoshop and GIMP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.rgb import in_bands, shifted_rgb, unit_rgb
from composer.values import ColorTags, PixelFormat, Plane

Colors = NDArray[np.float32]
BlendMode = Literal[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "soft_light",
    "hard_light",
    "add",
    "subtract",
    "difference",
    "exclusion",
    "darken",
    "lighten",
    "color_dodge",
    "color_burn",
    "divide",
    "hue",
    "saturation",
    "color",
    "luminosity",
]
_NOTHING = 3e-6  # of what rounding of 32 bit floats makes of a white that multiplies
# W3C's own weights of luminosity, whatever the matrix of the footage.
_LUMINOSITY = np.array([0.3, 0.59, 0.11], np.float32)


def blend(mode: BlendMode, below: Colors, above: Colors) -> Colors:
    """One colour blended with another.

    Args:
        mode: how.
        below: (..., 3) float32 from 0 to 1, the plate.
        above: the same of the layer.

    Returns:
        (..., 3) float32 from 0 to 1.

    Example:
        >>> blend("multiply", np.float32([0.5, 1, 0]), np.float32([0.5, 0.25, 1])).tolist()
        [0.25, 0.25, 0.0]
    """
    return np.clip(_MODES[mode](below, above), 0, 1).astype(np.float32)


def blended_planes(
    mode: BlendMode,
    plate: tuple[Plane, ...],
    layer: tuple[Plane, ...],
    pixels: PixelFormat,
    color: ColorTags,
    *,
    alpha: Plane | None = None,
) -> tuple[Plane, ...]:
    """A layer's planes blended with the plate's under them.

    A pixel that blending does not change keeps the plate's samples bit for bit, so that multiplying with white leaves the
    plate as it is. Chroma of a cell in which only some pixels change is the mean of all of them.

    Args:
        mode: how.
        plate: colour planes of the layer's domain, without alpha.
        layer: the same of the layer.
        pixels: their format, without alpha.
        color: resolved tags of both.
        alpha: (H, W) coverage of a plate that has some: where there is no plate the layer keeps its own colours.
    """
    if mode == "normal":
        return layer
    pictures = (plate, layer, () if alpha is None else (alpha,))
    return in_bands(pixels, lambda parts: _blended(mode, parts, pixels, color), pictures)


def _blended(
    mode: BlendMode, parts: tuple[tuple[Plane, ...], ...], pixels: PixelFormat, color: ColorTags
) -> tuple[Plane, ...]:
    """Some rows of plate, layer and, where there is one, the plate's alpha."""
    plate, layer, alpha = parts
    raw = unit_rgb(plate, pixels, color)
    below = np.clip(raw, 0, 1)
    above = np.clip(unit_rgb(layer, pixels, color), 0, 1)
    result = blend(mode, below, above)
    for coverage in alpha:
        share = (coverage / np.float32(pixels.maximum))[..., None]
        result = np.where(share < 1, above + (result - above) * share, result)
    # Limited range holds colours that no screen shows; they stay where nothing changes.
    moved = cv2.transform(cv2.absdiff(result, below), np.ones((1, 3), np.float32)).reshape(raw.shape[:2])
    change = result - raw
    change *= (moved > _NOTHING)[..., None]
    return shifted_rgb(plate, change, pixels, color)


def _screen(below: Colors, above: Colors) -> Colors:
    return below + above - below * above


def _hard_light(below: Colors, above: Colors) -> Colors:
    return np.where(above <= 0.5, 2 * below * above, _screen(below, 2 * above - 1))


def _soft_light(below: Colors, above: Colors) -> Colors:
    lifted = np.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, np.sqrt(below))
    darker = below - (1 - 2 * above) * below * (1 - below)
    return np.where(above <= 0.5, darker, below + (2 * above - 1) * (lifted - below))


def _ratio(above: Colors, below: Colors) -> Colors:
    """The quotient, at most 1; nothing in nothing is nothing, and something in nothing is all."""
    quotient = np.divide(above, below, out=np.ones_like(above), where=below > above)
    return np.where(above > 0, quotient, np.float32(0))


def _luminosity(color: Colors) -> Colors:
    return np.asarray((color @ _LUMINOSITY)[..., None])


def _with_luminosity(color: Colors, luminosity: Colors) -> Colors:
    """SetLum and ClipColor: moved to a luminosity, then drawn towards its grey until it fits."""
    color = color + (luminosity - _luminosity(color))
    low, high = color.min(axis=-1, keepdims=True), color.max(axis=-1, keepdims=True)
    # Luminosity lies between the channels, so neither divisor is 0 where it is used.
    color = np.where(low < 0, luminosity + _share(color - luminosity, luminosity, luminosity - low), color)
    return np.where(high > 1, luminosity + _share(color - luminosity, 1 - luminosity, high - luminosity), color)


def _share(values: Colors, numerator: Colors, divisor: Colors) -> Colors:
    return values * np.divide(
        numerator, divisor, out=np.zeros_like(divisor), where=divisor >= np.finfo(np.float32).tiny
    )


def _with_saturation(color: Colors, saturation: Colors) -> Colors:
    """SetSat: the channels stretched so that the least is 0 and the most is the saturation; grey becomes black."""
    return _share(color - color.min(axis=-1, keepdims=True), saturation, _saturation(color))


def _saturation(color: Colors) -> Colors:
    return np.asarray(color.max(axis=-1, keepdims=True) - color.min(axis=-1, keepdims=True))


_MODES: dict[str, Callable[[Colors, Colors], Colors]] = {
    "normal": lambda below, above: above,  # noqa: ARG005  # one shape for all
    "multiply": lambda below, above: below * above,
    "screen": _screen,
    "overlay": lambda below, above: _hard_light(above, below),
    "soft_light": _soft_light,
    "hard_light": _hard_light,
    "add": lambda below, above: below + above,
    "subtract": lambda below, above: below - above,
    "difference": lambda below, above: np.abs(below - above),
    "exclusion": lambda below, above: below + above - 2 * below * above,
    "darken": np.minimum,
    "lighten": np.maximum,
    "color_dodge": lambda below, above: _ratio(below, 1 - above),
    "color_burn": lambda below, above: 1 - _ratio(1 - below, above),
    "divide": _ratio,
    "hue": lambda below, above: _with_luminosity(_with_saturation(above, _saturation(below)), _luminosity(below)),
    "saturation": lambda below, above: _with_luminosity(
        _with_saturation(below, _saturation(above)), _luminosity(below)
    ),
    "color": lambda below, above: _with_luminosity(above, _luminosity(below)),
    "luminosity": lambda below, above: _with_luminosity(below, _luminosity(above)),
}
