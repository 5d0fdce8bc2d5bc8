"""What something that was pointed at looks like, against everything else on the frames it was pointed at on.

A pixel network and a colour histogram learn it there, once; on other frames they say, pixel by pixel, whether that is
what they see. A guard silences them where they cannot even tell the object apart where it was pointed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.appearance import Appearance, bins_of, colors_say, learn_colors
from composer.mask.pixel_net import Look, PixelNet, learn_pixel_net, look_of
from composer.mask.self_training import GUARD, separation
from composer.values import Box, Size

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]
Value = TypeVar("Value", bound=np.generic)

#: Every so many-th row and column is learned from.
THIN = 2
#: Weight of the histogram's word beside the network's; without it following lost half a point of J on eight generated
#: films (measured 2026-11-25).
COLORS = 0.4
#: Deviation, in pixels, by which words are blurred, and how far around a part they look.
BLUR, AROUND = 0.7, 24


@dataclass(frozen=True, eq=False)
class Likeness:
    """An object's look; ``learn_likeness`` makes it.

    Args:
        net: by colour and texture at and around a pixel.
        colors: by colour alone.
        trust: 0..1, how far they could tell it apart where it was pointed at.
    """

    net: PixelNet
    colors: Appearance
    trust: float

    def words(self, picture: Picture, part: Box) -> Map:
        """What a part of a frame looks like.

        Args:
            picture: (h, w, 3) uint8 BGR.
            part: whole pixels.

        Returns:
            (height, width) of the part, float32: logits, above 0 for the object's look.
        """
        height, width = picture.shape[:2]
        wide = Box(part.x0 - AROUND, part.y0 - AROUND, part.x1 + AROUND, part.y1 + AROUND).snapped(Size(width, height))
        look = look_of(np.ascontiguousarray(picture[wide.slices]))
        inside = Box(part.x0 - wide.x0, part.y0 - wide.y0, part.x1 - wide.x0, part.y1 - wide.y0)
        words = self._words(np.ascontiguousarray(look[inside.slices]))
        return (words * np.float32(self.trust)).astype(np.float32)

    def _words(self, look: Look) -> Map:
        net = cv2.GaussianBlur(self.net.judge(look), (0, 0), BLUR)
        return np.asarray(net + np.float32(COLORS) * colors_say(bins_of(look[..., :3]), self.colors), np.float32)


def learn_likeness(pictures: Sequence[Picture], masks: Sequence[Map]) -> Likeness | None:
    """Learn an object's look.

    Args:
        pictures: (h, w, 3) uint8 BGR, the frames it was pointed at on.
        masks: (h, w) float32 0..1, its outline on each.

    Returns:
        Its look; None where it fills the picture or is not there.
    """
    looks = [_thinned(look_of(picture)) for picture in pictures]
    chances = [_thinned(mask) for mask in masks]
    net = learn_pixel_net(looks, chances)
    if net is None:
        return None
    colors = learn_colors((bins_of(look[..., :3]) for look in looks), chances)
    low, high = GUARD
    apart = separation([net.judge(look) for look in looks], chances)
    return Likeness(net, colors, float(np.clip((apart - low) / (high - low), 0, 1)))


def _thinned(plane: NDArray[Value]) -> NDArray[Value]:
    return np.ascontiguousarray(plane[::THIN, ::THIN])
