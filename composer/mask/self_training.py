"""The clip teaches itself: what surely moves shows what movers look like here, and doubtful pixels are asked again.

Two pupils learn from the steadied motion, a pixel network and a colour histogram, and add their words to its logits;
then both learn once more from the result. A guard silences them where they cannot tell movers from the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from composer.mask.appearance import colors_say, learn_appearance
from composer.mask.logits import Map, to_logits, to_probability
from composer.mask.pixel_net import learn_pixel_net

Picture = NDArray[np.uint8]

#: Times the pupils learn. A third round gains 0.2 points of J (measured 2026-11-24).
ROUNDS = 2
#: Weights of the pixel network's and the histogram's words beside the motion's logits. Source: research on per-clip
#: appearance (2026-11-22).
PIXELS, COLORS = 0.7, 0.4
#: Separation of the network's words, in logits, at which the pupils begin to count, and at which they count in full.
GUARD = (1.6, 3.2)
#: A pixel is surely a mover from this probability, surely none below its complement.
SURE = 0.8


def self_trained(
    pictures: Sequence[Picture],
    probability: Sequence[Map],
    *,
    rounds: int = ROUNDS,
    pixels: float = PIXELS,
    colors: float = COLORS,
) -> list[Map]:
    """Let a clip's own look speak on what moves in it.

    Args:
        pictures: (h, w, 3) uint8 BGR, one per frame.
        probability: (h, w) float32 0..1, the same frames: what moves.
        rounds: how often the pupils learn.
        pixels: weight of the pixel network's words.
        colors: weight of the histogram's words.

    Returns:
        (h, w) float32 0..1 per frame; as given where nothing can be learned.
    """
    given = list(probability)
    for _ in range(rounds):
        net = learn_pixel_net(pictures, given)
        if net is None:
            break
        histogram = learn_appearance(pictures, given)
        words = [net.judge(picture) for picture in pictures]
        trust = _trust(separation(words, given))
        given = [
            to_probability(to_logits(chance) + trust * (pixels * word + colors * colors_say(picture, histogram)))
            for chance, word, picture in zip(probability, words, pictures, strict=True)
        ]
    return given


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
