"""The clip teaches itself: what surely moves shows what movers look like here, and doubtful pixels are asked again.

Two pupils learn from the steadied motion, a pixel network and a colour histogram, and add their words to its logits;
then both learn once more from the result. A guard silences them where they cannot tell movers from the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.appearance import Appearance, bins_of, colors_say, learn_colors
from composer.mask.logits import Map, to_logits, to_probability
from composer.mask.pixel_net import Look, PixelNet, learn_pixel_net, look_of

Picture = NDArray[np.uint8]
Value = TypeVar("Value", bound=np.generic)

#: Times the pupils learn. A third round gains 0.2 points of J (measured 2026-11-24).
ROUNDS = 2
#: Weights of the pixel network's and the histogram's words beside the motion's logits. Source: research on per-clip
#: appearance (2026-11-22).
PIXELS, COLORS = 0.7, 0.4
#: Separation of the network's words, in logits, at which the pupils begin to count, and at which they count in full.
GUARD = (1.6, 3.2)
#: The pupils learn from, and teach each other on, every so many-th row and column; only the last word is on all pixels.
THIN = 2
#: Between these a pixel is in doubt and teaches nothing: a mover's still part looks like the mover, not like the rest.
#: Source: of five pairs on thirteen generated films +2 to +3 points of J (those with 0.05 gained up to 2 more); on ten
#: DAVIS sequences +0.3, where they lost (measured 2026-11-25).
DOUBT = (0.1, 0.6)
#: Deviation in pixels by which the network's words on a frame are blurred.
BLUR = 0.7
#: A pixel is surely a mover from this probability, surely none below its complement.
SURE = 0.8


def self_trained(
    pictures: Sequence[Picture],
    probability: Sequence[Map],
    *,
    rounds: int = ROUNDS,
    pixels: float = PIXELS,
    colors: float = COLORS,
    doubt: tuple[float, float] = DOUBT,
) -> list[Map]:
    """Let a clip's own look speak on what moves in it.

    Args:
        pictures: (h, w, 3) uint8 BGR, one per frame.
        probability: (h, w) float32 0..1, the same frames: what moves.
        rounds: how often the pupils learn.
        pixels: weight of the pixel network's words.
        colors: weight of the histogram's words.
        doubt: pixels with a probability between these teach nothing.

    Returns:
        (h, w) float32 0..1 per frame; as given where nothing can be learned.
    """
    looks = [look_of(picture) for picture in pictures]
    thin, chances = [_thinned(look) for look in looks], [_thinned(chance) for chance in probability]
    given, taught = chances, None
    for number in range(rounds):
        pupils = _taught(thin, [_without_doubt(chance, doubt) for chance in given])
        if pupils is None:
            break
        taught = pupils
        if number + 1 < rounds:
            given = [taught.told(chance, look, pixels, colors) for chance, look in zip(chances, thin, strict=True)]
    if taught is None:
        return list(probability)
    return [taught.told(chance, look, pixels, colors) for chance, look in zip(probability, looks, strict=True)]


@dataclass(frozen=True, eq=False)
class _Pupils:
    net: PixelNet
    histogram: Appearance
    trust: np.float32

    def told(self, chance: Map, look: Look, pixels: float, colors: float) -> Map:
        """A frame's probability with the pupils' words added, in logits."""
        word = cv2.GaussianBlur(self.net.judge(look), (0, 0), BLUR) if self.trust and pixels else np.float32(0)
        color = colors_say(bins_of(look[..., :3]), self.histogram) if self.trust and colors else np.float32(0)
        return to_probability(to_logits(chance) + self.trust * (pixels * word + colors * color))


def _taught(looks: Sequence[Look], probability: Sequence[Map]) -> _Pupils | None:
    net = learn_pixel_net(looks, probability)
    if net is None:
        return None
    histogram = learn_colors((bins_of(look[..., :3]) for look in looks), probability)
    return _Pupils(net, histogram, _trust(separation([net.judge(look) for look in looks], probability)))


def _without_doubt(chance: Map, doubt: tuple[float, float]) -> Map:
    """One half, which has no weight in learning, where a pixel is in doubt."""
    low, high = doubt
    return np.where((chance > low) & (chance < high), np.float32(0.5), chance)


def _thinned(plane: NDArray[Value]) -> NDArray[Value]:
    return np.ascontiguousarray(plane[::THIN, ::THIN])


def separation(words: Sequence[Map], probability: Sequence[Map]) -> float:
    """How far apart the words on sure movers and on the sure rest lie.

    Args:
        words: (h, w) float32 logits per frame.
        probability: (h, w) float32 0..1 per frame.

    Returns:
        Difference of the means, in logits; 0 where one of the two is missing.
    """
    total, pixels = np.zeros(2), np.zeros(2)
    for word, chance in zip(words, probability, strict=True):
        for one, where in enumerate((chance < 1 - SURE, chance > SURE)):
            total[one] += word[where].sum(dtype=np.float64)
            pixels[one] += np.count_nonzero(where)
    rest, movers = total / np.maximum(pixels, 1)
    return float(movers - rest) if pixels.all() else 0.0


def _trust(apart: float) -> np.float32:
    low, high = GUARD
    return np.float32(np.clip((apart - low) / (high - low), 0, 1))
