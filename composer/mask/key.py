"""Keys: mattes from colour, brightness, or the difference to a clean plate; frame by frame, nothing learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import DecodeError
from composer.mask.sources import KeySource
from composer.pixels.color import color_planes, convert_frame, resolved_tags, rgb_from_frame
from composer.values import ColorTags, Frame, Matte, PixelFormat, Plane

#: A screen lit to between these shares of its colour is at no distance: folds and hot spots. Half the light is then
#: within the usual tolerance, and neutral greys are well outside it.
SHADES = (0.7, 1.25)
#: Chroma of the usual screens, to which distances from paler key colours are stretched: neutral stays outside.
SCREEN = 0.36
#: Below this much chroma (0 grey, about 0.6 for pure green) a key colour counts as grey, and brightness decides too.
GREY = 0.08
_FULL_YUV = PixelFormat("yuv", 8)
_FULL_TAGS = ColorTags(matrix="bt709", range="full")


@dataclass
class Keyed:
    """A key through the shot.

    Args:
        source: what to key.
        clean: frames of the clean plate, paired by index, the last one holding; for difference keys.
    """

    source: KeySource
    clean: Iterator[Frame] | None = None
    _at: int = -1
    _clean: Frame | None = None

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``streams.MatteStream``."""
        source = self.source
        if source.color is not None:
            distance = chroma_distance(frame, source.color.rgb)
        elif source.luma is not None:
            distance = luma_distance(frame, source.luma)
        else:
            distance = difference(frame, self._clean_at(index))
        covered = ramp(distance, source.tolerance, source.softness)
        alpha = 255 - covered if source.clean is not None else covered
        return Matte(cast("Plane", alpha), at=frame.at)

    def _clean_at(self, index: int) -> Frame:
        while self.clean is not None and self._at < index:
            picture = next(self.clean, None)
            if picture is None:
                self.clean = None
            else:
                self._clean, self._at = picture, self._at + 1
        if self._clean is None:
            raise DecodeError("the clean plate has no frames")
        return self._clean


def ramp(distance: NDArray[np.float32], tolerance: float, softness: float) -> NDArray[np.uint8]:
    """Turn a distance into coverage: full up to the tolerance, none beyond the softness, linear between.

    Args:
        distance: (H, W) float32, >= 0.
        tolerance: where full coverage ends.
        softness: how much further it takes to none; 0 gives a hard edge.

    Returns:
        (H, W) uint8.
    """
    if softness <= 0:
        return np.where(distance <= tolerance, np.uint8(255), np.uint8(0))
    share = (tolerance + softness - distance) * np.float32(255 / softness)
    return np.rint(np.clip(share, 0, 255)).astype(np.uint8)


def chroma_distance(frame: Frame, rgb: tuple[int, int, int]) -> NDArray[np.float32]:
    """How far each pixel's colour is from a key colour in any shade of light.

    The distance is measured in the plane of colour differences to the line from the dark to the bright end
    of the key colour, so that a fold in the screen or its bright middle costs nothing. For a grey key colour
    brightness counts as well.

    Args:
        frame: the plate.
        rgb: key colour, 0..255 each, straight sRGB.

    Returns:
        (H, W) float32; 1 is the whole range of a colour difference plane.
    """
    plain = _yuv(frame)
    layout, tags = plain.format, resolved_tags(plain.format, plain.color, plain.size)
    neutral, span = float(1 << (layout.depth - 1)), (224 if tags.range == "limited" else 255) << (layout.depth - 8)
    key = np.asarray(color_planes(rgb, layout, tags), np.float32)
    toward = (key[1:3] - neutral) / span
    u, v = ((plane.astype(np.float32) - neutral) / span for plane in plain.planes[1:3])
    pure = float(np.hypot(*toward))
    if pure < GREY:
        colour = _upsampled(np.hypot(u - toward[0], v - toward[1]), frame)
        return np.hypot(colour, (plain.planes[0].astype(np.float32) - key[0]) / span)
    shade = np.clip((u * toward[0] + v * toward[1]) / pure**2, *SHADES)
    distance = np.hypot(u - shade * toward[0], v - shade * toward[1]) * np.float32(max(1.0, SCREEN / pure))
    return _upsampled(distance.astype(np.float32), frame)


def luma_distance(frame: Frame, between: tuple[float, float]) -> NDArray[np.float32]:
    """How far each pixel's brightness lies outside a range.

    Args:
        frame: the plate.
        between: lowest and highest brightness, 0 black .. 1 white.

    Returns:
        (H, W) float32, 0 inside the range; 1 is from black to white.
    """
    luma = brightness(frame)
    return np.maximum(np.maximum(between[0] - luma, luma - between[1]), 0)


def brightness(frame: Frame) -> NDArray[np.float32]:
    """Luma of any frame: (H, W) float32, 0 black .. 1 white, beyond where the file goes beyond."""
    plain = frame if frame.format.model == "gray" else _yuv(frame)
    depth, tags = plain.format.depth, resolved_tags(plain.format, plain.color, plain.size)
    black, white = (0, plain.format.maximum) if tags.range == "full" else (16 << (depth - 8), 235 << (depth - 8))
    return (plain.planes[0].astype(np.float32) - np.float32(black)) / np.float32(white - black)


def difference(frame: Frame, clean: Frame) -> NDArray[np.float32]:
    """How far a picture is from the empty scene, in the channel that differs most.

    Args:
        frame: the plate.
        clean: the scene without the subject, the same size.

    Returns:
        (H, W) float32, 0 where equal, 1 from black to white. Smoothed over three pixels against noise.
    """
    rgb, empty = _rgb8(frame), _rgb8(clean)
    if rgb.shape != empty.shape:
        empty = cast("NDArray[np.uint8]", cv2.resize(empty, rgb.shape[1::-1], interpolation=cv2.INTER_AREA))
    apart = cv2.GaussianBlur(cv2.absdiff(rgb, empty), (3, 3), 0)
    return apart.max(axis=2).astype(np.float32) / np.float32(255)


def _yuv(frame: Frame) -> Frame:
    """The frame itself where it has brightness and colour apart, else a full-range copy that has."""
    return frame if frame.format.model == "yuv" else convert_frame(frame, _FULL_YUV, _FULL_TAGS)


def _rgb8(frame: Frame) -> NDArray[np.uint8]:
    return cast("NDArray[np.uint8]", rgb_from_frame(frame))


def _upsampled(plane: NDArray[np.float32], frame: Frame) -> NDArray[np.float32]:
    height, width = frame.size.shape
    if plane.shape == (height, width):
        return plane
    sx, sy = (1 << shift for shift in frame.format.subsampling)
    whole = cv2.resize(plane, (plane.shape[1] * sx, plane.shape[0] * sy), interpolation=cv2.INTER_LINEAR)
    return cast("NDArray[np.float32]", whole[:height, :width])
