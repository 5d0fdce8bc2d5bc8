"""``edges: fine``: a matte whose soft band is decided again, pixel by pixel, with the colours on either side of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask import look
from composer.mask.band import Speed, band_of
from composer.mask.matting import solved
from composer.mask.streams import MatteStream
from composer.mask.unmix import edge_colors
from composer.motion.flow import DisFlow, FlowField, Grey
from composer.values import Frame, Matte, Plane

#: Longest side of the picture on which motion is judged.
FLOW_SIDE = 320


@dataclass
class Fine:
    """A matte with fine edges. What lies outside its band stays as it is, bit for bit.

    Motion is that from the frame before; where that was not asked for, as at the start, none is assumed.

    Args:
        inner: the matte as made.
    """

    inner: MatteStream
    _flow: DisFlow = field(default_factory=DisFlow, repr=False)
    _before: tuple[int, Grey] | None = None

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        made = self.inner.matte_at(index, frame)
        motion = self._motion(index, frame)
        speed = None if motion is None else Speed.of(made.alpha, motion)
        alpha = fine_alpha(look.rgb(frame), made.alpha, speed)
        return Matte(alpha, made.object_id, frame.at, edge_colors(frame, alpha))

    def _motion(self, index: int, frame: Frame) -> FlowField | None:
        """Flow to the frame before, (h, w, 2) at a reduced size; remembers this frame for the next."""
        here = _reduced(look.grey(frame))
        before, self._before = self._before, (index, here)
        if before is None or before[0] != index - 1 or before[1].shape != here.shape:
            return None
        return self._flow.estimate(here, before[1])


def fine_alpha(picture: NDArray[np.uint8], alpha: Plane, speed: Speed | None = None) -> Plane:
    """Decide the band of a matte by closed-form matting.

    Args:
        picture: (H, W, 3) uint8 RGB.
        alpha: (H, W) uint8 or uint16; not changed.
        speed: how its edges move, where that is known.

    Returns:
        The same shape and type; the very same values outside the band.
    """
    band = band_of(alpha, speed)
    if not band.any():
        return alpha
    full = np.float32(np.iinfo(alpha.dtype).max)
    share = solved(picture, alpha.astype(np.float32) / full, band)
    result = alpha.copy()
    result[band] = np.rint(share[band] * full).astype(alpha.dtype)
    return result


def _reduced(grey: Grey) -> Grey:
    height, width = grey.shape
    share = min(1.0, FLOW_SIDE / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
