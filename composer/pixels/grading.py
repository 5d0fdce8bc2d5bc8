"""Colour grading of display-referred R'G'B', 0..1: what is done, in which order, and by which formula.

1. Exposure and white balance multiply linear light. With the display's gamma of 2.4 a factor f of light is a factor of
   f ** (1 / 2.4) of the signal. Source: ITU-R BT.1886.
2. Contrast: ``(x - p) * contrast + p`` about mid grey, p = 0.18 ** (1 / 2.4).
3. Lift, gamma, gain: ``(x * slope + offset) ** power``, bounded to 0..1, with slope = gain * (1 - lift),
   offset = gain * lift and power = 1 / gamma. Source: ASC Color Decision List, version 1.2.
4. Saturation: ``luma + saturation * (x - luma)`` with BT.709 luma. Source: the same, section SAT.
5. A lookup table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from composer.pixels.lut import Lut
from composer.values import Plane

Channels = tuple[float, float, float]

_DISPLAY = 2.4
_GREY = 0.18 ** (1 / _DISPLAY)
# Source: ITU-R BT.709-6: luma; and linear R'G'B' from CIE XYZ, the inverse of IEC 61966-2-1's matrix.
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
_NEUTRAL = 6500.0


@dataclass(frozen=True)
class Grade:
    """What a grade does; the defaults change nothing.

    Args:
        exposure: stops.
        temperature: of the light that is to look white, kelvin, 4000 to 25000; more is warmer.
        tint: -1 is green, 1 magenta: half a stop of green either way.
        contrast: 1 changes nothing.
        lift: raises black, per channel.
        gamma: brightens the middle, per channel.
        gain: scales white, per channel.
        saturation: 0 is grey.
        lut: a table, last.
    """

    exposure: float = 0.0
    temperature: float = _NEUTRAL
    tint: float = 0.0
    contrast: float = 1.0
    lift: Channels = (0.0, 0.0, 0.0)
    gamma: Channels = (1.0, 1.0, 1.0)
    gain: Channels = (1.0, 1.0, 1.0)
    saturation: float = 1.0
    lut: Lut | None = field(default=None, compare=False)

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        return self == Grade() and self.lut is None

    def curve(self, channel: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Steps 1 to 3 of one channel, bounded to 0..1.

        Args:
            channel: 0 is red.
            values: R', G' or B', 0..1.
        """
        light = 2**self.exposure * white_balance(self.temperature, self.tint)[channel]
        bright = values * light ** (1 / _DISPLAY)
        steep = (bright - _GREY) * self.contrast + _GREY
        lift, gamma, gain = self.lift[channel], self.gamma[channel], self.gain[channel]
        line = np.clip(steep * (gain * (1 - lift)) + gain * lift, 0, 1)
        return np.asarray(line ** (1 / gamma), np.float64)


def white_balance(temperature: float, tint: float) -> NDArray[np.float64]:
    """Factors of linear red, green and blue that make a light's white neutral; luma of white stays.

    Source: CIE 15:2004, daylight locus; von Kries' diagonal, in R'G'B' as cameras have it.

    Args:
        temperature: kelvin, 4000 to 25000.
        tint: -1 is green, 1 magenta.
    """
    factors = _daylight(_NEUTRAL) / _daylight(temperature) * np.array([1.0, 2.0 ** (-tint / 2), 1.0])
    return np.asarray(factors / (factors @ _LUMA), np.float64)


def _daylight(kelvin: float) -> NDArray[np.float64]:
    """Linear RGB of daylight of a temperature, of luminance 1."""
    per = 1e3 / kelvin
    if kelvin <= 7000:
        x = -4.6070 * per**3 + 2.9678 * per**2 + 0.09911 * per + 0.244063
    else:
        x = -2.0064 * per**3 + 1.9018 * per**2 + 0.24748 * per + 0.237040
    y = -3.0 * x * x + 2.870 * x - 0.275
    return _RGB @ np.array([x / y, 1.0, (1 - x - y) / y])


def curves(grade: Grade) -> tuple[Plane, ...]:
    """Steps 1 to 3 of every channel as a table of 65536 uint16."""
    values = np.arange(65536) / 65535
    return tuple(np.rint(grade.curve(channel, values) * 65535).astype(np.uint16) for channel in range(3))


def graded(planes: tuple[Plane, ...], grade: Grade, tables: tuple[Plane, ...]) -> tuple[Plane, ...]:
    """A picture with a grade.

    Args:
        planes: R', G', B', (H, W) uint16, full range.
        grade: what to do.
        tables: its ``curves``.
    """
    planes = tuple(table[plane] for table, plane in zip(tables, planes, strict=True))
    if grade.saturation == 1 and grade.lut is None:
        return planes
    rgb = np.stack(planes, axis=-1).astype(np.float32)
    rgb *= np.float32(1 / 65535)
    if grade.saturation != 1:
        luma = rgb @ _LUMA.astype(np.float32)
        rgb = np.clip(luma[..., None] + np.float32(grade.saturation) * (rgb - luma[..., None]), 0, 1)
    if grade.lut is not None:
        rgb = grade.lut.applied(rgb)
    whole = np.rint(np.clip(rgb, 0, 1) * np.float32(65535)).astype(np.uint16)
    return tuple(np.ascontiguousarray(whole[..., channel]) for channel in range(3))
