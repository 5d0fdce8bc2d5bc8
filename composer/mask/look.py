"""Pictures of a shot as the mask room looks at them: grey for motion, small and full RGB for edges."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_features import working_size
from composer.pixels.color import rgb_from_frame
from composer.values import Frame, Plane, Size

Picture = NDArray[np.uint8]


def small_size(size: Size) -> Size:
    """The size at which motion is judged: about 256x144 pixels of the picture's own aspect."""
    height, width = working_size(size.height, size.width)
    return Size(width, height)


def grey(frame: Frame) -> Picture:
    """Brightness of a frame, (H, W) uint8; as stored, so limited range stays limited."""
    plane = frame.planes[0] if frame.format.model != "rgb" else _green_weighted(frame)
    return _eight_bits(plane, frame.format.depth)


def rgb(frame: Frame) -> Picture:
    """A frame in colour for eyes that look for edges, (H, W, 3) uint8 RGB.

    8-bit 4:2:0, which is most footage, is converted by OpenCV in a millisecond as if it were BT.601: the hues
    are a little off for BT.709 and no edge moves. Everything else is converted exactly.
    """
    layout = frame.format
    height, width = frame.size.shape
    if layout.model != "yuv" or layout.subsampling != (1, 1) or height % 2 or width % 2:
        return cast("Picture", rgb_from_frame(frame))
    y, u, v = (_eight_bits(plane, layout.depth) for plane in frame.planes[:3])
    stacked = np.concatenate([y.ravel(), u.ravel(), v.ravel()]).reshape(height * 3 // 2, width)
    return cast("Picture", cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420))


def small_bgr(frame: Frame, size: Size) -> Picture:
    """A frame reduced to ``size``, (h, w, 3) uint8 BGR."""
    wide = (size.width, size.height)
    if frame.format.model != "yuv":
        reduced = cv2.resize(rgb(frame), wide, interpolation=cv2.INTER_AREA)
        return cast("Picture", cv2.cvtColor(reduced, cv2.COLOR_RGB2BGR))
    planes = [_eight_bits(plane, frame.format.depth) for plane in frame.planes[:3]]
    y, u, v = (cv2.resize(plane, wide, interpolation=cv2.INTER_AREA) for plane in planes)
    return cast("Picture", cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2BGR))


def _eight_bits(plane: Plane, depth: int) -> Picture:
    return plane if plane.dtype == np.uint8 else (plane >> (depth - 8)).astype(np.uint8)  # type: ignore[return-value]


def _green_weighted(frame: Frame) -> Plane:
    weights = (0.2126, 0.7152, 0.0722)
    mixed = sum(plane.astype(np.float32) * w for plane, w in zip(frame.planes[:3], weights, strict=True))
    return np.rint(mixed).astype(frame.format.dtype)
