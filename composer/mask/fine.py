"""``edges: fine``: a matte whose soft band is decided again, pixel by pixel, with the colours on either side of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask import look
from composer.mask.band import Speed, band_of
from composer.mask.calm import Seen, calmed
from composer.mask.matting import solved
from composer.mask.streams import MatteStream
from composer.motion.flow import DisFlow, Grey
from composer.pixels.unmix import edge_colors
from composer.values import Frame, Matte, Plane

Mask = NDArray[np.bool_]

#: Longest side of the picture on which motion is judged.
FLOW_SIDE = 480


@dataclass
class Fine:
    """A matte with fine edges. What lies outside its band stays as it is, bit for bit.

    The frame before tells how the edge moves and calms it; where that frame was not asked for, as at the start,
    no motion is assumed and nothing is calmed.

    Args:
        inner: the matte as made.
    """

    inner: MatteStream
    _flow: DisFlow = field(default_factory=DisFlow, repr=False)
    _before: Seen | None = field(default=None, repr=False)

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        made = self.inner.matte_at(index, frame)
        picture, grey = look.rgb(frame), _reduced(look.grey(frame))
        before = self._before if _follows(self._before, index, made.alpha) else None
        if before is None:
            alpha = fine_alpha(picture, made.alpha, band_of(made.alpha))
        else:
            flow = self._flow.estimate(grey, before.grey)
            band = band_of(made.alpha, Speed.of(made.alpha, flow))
            fresh = Seen(index, grey, picture, fine_alpha(picture, made.alpha, band))
            alpha = calmed(fresh, before, flow, band)
        self._before = Seen(index, grey, picture, alpha)
        return Matte(alpha, made.object_id, frame.at, edge_colors(frame, alpha))


def _follows(before: Seen | None, index: int, alpha: Plane) -> bool:
    same = before is not None and (before.alpha.shape, before.alpha.dtype) == (alpha.shape, alpha.dtype)
    return same and before is not None and before.index == index - 1


def fine_alpha(picture: NDArray[np.uint8], alpha: Plane, band: Mask) -> Plane:
    """Decide the band of a matte by closed-form matting.

    Args:
        picture: (H, W, 3) uint8 RGB.
        alpha: (H, W) uint8 or uint16; not changed.
        band: (H, W) bool, the pixels to decide about.

    Returns:
        The same shape and type; the very same values outside the band.
    """
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
