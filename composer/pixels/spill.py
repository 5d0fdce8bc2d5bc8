"""The screen's light taken off the subject that stands before it.

Green light on a subject shows as green above the mean of red and blue. That much is taken away, and as much brightness as
goes with it is given back in grey, so that luma stays as it is: of YUV only the chroma planes change.

Source: Wright, "Digital Compositing for Film and Video", 4th edition 2017, chapter 4: despill by the average limit.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.color import encoding_of
from composer.pixels.rgb import in_bands, shifted_rgb, unit_rgb
from composer.values import ColorTags, PixelFormat, Plane

Screen = Literal["green", "blue"]
_CHANNELS = {"green": 1, "blue": 2}
_BT709 = np.array([0.2126, 0.7152, 0.0722])  # of RGB footage, which has no luma of its own


def despilled(
    planes: tuple[Plane, ...], screen: Screen, amount: float, pixels: PixelFormat, color: ColorTags
) -> tuple[Plane, ...]:
    """Planes without the screen's light.

    Args:
        planes: colour planes of a subject.
        screen: its colour.
        amount: 0 changes nothing, 1 takes all of it.
        pixels: their format, without alpha.
        color: resolved tags.
    """
    if amount <= 0 or pixels.model == "gray":
        return planes
    scale = encoding_of(pixels, color).scale
    luma = scale[0] / scale[0].sum() if pixels.model == "yuv" else _BT709
    channel = _CHANNELS[screen]
    above = np.full(3, -0.5)
    above[channel] = 1.0
    change = np.full(3, luma[channel])
    change[channel] -= 1.0
    result = in_bands(pixels, lambda parts: _despilled(parts[0], above, amount * change, pixels, color), (planes,))
    return (planes[0], *result[1:]) if pixels.model == "yuv" else result


def _despilled(
    planes: tuple[Plane, ...],
    above: NDArray[np.float64],
    change: NDArray[np.float64],
    pixels: PixelFormat,
    color: ColorTags,
) -> tuple[Plane, ...]:
    rgb = unit_rgb(planes, pixels, color)
    spill = cv2.transform(rgb, above[None].astype(np.float32)).reshape(rgb.shape[:2])
    np.maximum(spill, 0, out=spill)
    moved = cv2.transform(spill, change[:, None].astype(np.float32)).reshape(rgb.shape)
    return shifted_rgb(planes, moved, pixels, color)
