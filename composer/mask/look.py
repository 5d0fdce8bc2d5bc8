"""Pictures of a shot as the mask room looks at them: grey for motion, small and full RGB for edges."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_features import working_size
from composer.pixels.color import resolved_tags, rgb_from_frame
from composer.pixels.luma import luma_frame
from composer.pixels.planes import color_format
from composer.values import Frame, Plane, Size

Picture = NDArray[np.uint8]


def small_size(size: Size) -> Size:
    """The size at which motion is judged: about 256x144 pixels of the picture's own aspect."""
    height, width = working_size(size.height, size.width)
    return Size(width, height)


def grey(frame: Frame) -> Picture:
    """Brightness of a frame, (H, W) uint8; as stored, so limited range stays limited."""
    return _eight_bits(luma_frame(frame).planes[0], frame.format.depth)


def rgb(frame: Frame) -> Picture:
    """A frame in colour for eyes that look for edges, (H, W, 3) uint8 RGB; grey in three equal channels.

    8-bit 4:2:0, which is most footage, is converted by OpenCV in a millisecond as if it were BT.601: the hues
    are a little off for BT.709 and no edge moves. Everything else is converted exactly.
    """
    layout = frame.format
    height, width = frame.size.shape
    if layout.model == "gray":
        return _grey_rgb(frame)
    if layout.model != "yuv" or layout.subsampling != (1, 1) or height % 2 or width % 2:
        return cast("Picture", rgb_from_frame(frame))
    y, u, v = (_eight_bits(plane, layout.depth) for plane in frame.planes[:3])
    if _is_full(frame):  # JPEG's: 7 grey levels off if taken for limited (measured 2026-11-25)
        u, v = (cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in (u, v))
        return cast("Picture", cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2RGB))
    stacked = np.concatenate([y.ravel(), u.ravel(), v.ravel()]).reshape(height * 3 // 2, width)
    return cast("Picture", cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420))


def small_bgr(frame: Frame, size: Size) -> Picture:
    """A frame reduced to ``size``, (h, w, 3) uint8 BGR."""
    wide = (size.width, size.height)
    if frame.format.model == "rgb":
        reduced = cv2.resize(rgb(frame), wide, interpolation=cv2.INTER_AREA)
        return cast("Picture", cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
    planes = frame.planes[: color_format(frame.format).plane_count]
    small = [cv2.resize(_eight_bits(plane, frame.format.depth), wide, interpolation=cv2.INTER_AREA) for plane in planes]
    if frame.format.model == "gray":
        return cast("Picture", cv2.cvtColor(small[0], cv2.COLOR_GRAY2BGR))
    y, u, v = small
    return cast("Picture", cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2BGR))


def _is_full(frame: Frame) -> bool:
    return resolved_tags(frame.format, frame.color, frame.size).range == "full"


def _grey_rgb(frame: Frame) -> Picture:
    """What ``rgb`` makes of a picture whose chroma is everywhere none."""
    plane = _eight_bits(frame.planes[0], frame.format.depth)
    if not _is_full(frame):
        plane = cv2.LUT(plane, _expanded())
    return cast("Picture", cv2.cvtColor(plane, cv2.COLOR_GRAY2RGB))


@lru_cache(maxsize=1)
def _expanded() -> Picture:
    """Full-range brightness by limited one, (256,) uint8, in OpenCV's own rounding."""
    levels = np.arange(256, dtype=np.uint8)
    stacked = np.concatenate([levels, np.full(128, 128, np.uint8)]).reshape(24, 16)
    return cast("Picture", cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420)[..., 0].ravel())


def _eight_bits(plane: Plane, depth: int) -> Picture:
    return plane if plane.dtype == np.uint8 else (plane >> (depth - 8)).astype(np.uint8)  # type: ignore[return-value]
