"""Where one scene ends and the next begins: a cut is a picture that no flow leads to, on neither side of it.

Two neighbouring pictures are compared by local correlation after one is fetched along the flow, so that neither a
fast subject, a swinging camera nor a change of light makes them strangers. Two things look like a cut and are none: a
flash, after which the old picture comes back, and a whip pan, on which no two neighbours are alike. A dissolve has no
frame at which the scene changes and is not found; black before and after a fade counts as a scene.

Own code and no library: a detector such as PySceneDetect's reads whole frames by itself and thresholds their change
of colour, which a flash, a whip pan and a subject that fills the picture exceed. Here small pictures and flow are at
hand anyway.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import DisFlow, FlowEstimator, Grey, consistent, warp_by_flow

#: Scenes are compared on pictures of about this many pixels (128x72).
GLANCE_AREA = 128 * 72
#: Likeness below which neighbours may be of two scenes: neighbours within 24 generated films have 0.61 and more, frames
#: of two such films 0.10 and less; where a camera whips after a motorcycle it falls to 0.16 (measured 2026-11-25).
STRANGERS = 0.3
#: By how much both scenes must be more like themselves than like each other.
OWN = 0.25
#: Frames on either side of a cut that must not resemble the other side: a flash lasts one or two.
AROUND = 3
#: Side of the windows within which two pictures are correlated, and the variance of noise, in grey levels squared.
WINDOW, NOISE = 9, 1.0


def likeness(first: Grey, second: Grey, flow: FlowEstimator) -> float:
    """How surely two pictures show the same things, be it elsewhere and in other light.

    Args:
        first: (h, w) uint8.
        second: (h, w) uint8.
        flow: how flow is measured.

    Returns:
        0..1: correlation within small windows after ``second`` is fetched along the flow, times the share of the
        picture from where the flow leads back again. Smooth pictures can be bent into each other, but not back.
    """
    forth, back = flow.estimate(first, second), flow.estimate(second, first)
    one, other = first.astype(np.float32), warp_by_flow(second, forth).astype(np.float32)
    mean, mean_other = _around(one), _around(other)
    together = float((_around(one * other) - mean * mean_other).mean())
    variance = 0.5 * float((_around(one * one) - mean**2 + _around(other * other) - mean_other**2).mean())
    return max(0.0, together + NOISE) / (max(0.0, variance) + NOISE) * float(consistent(forth, back).mean())


def _around(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.blur(plane, (WINDOW, WINDOW)).astype(np.float32, copy=False)


def marked(pictures: Iterable[Grey]) -> Iterator[tuple[Grey, bool]]:
    """The same pictures, each with whether it is the first after a cut, at most ``AROUND`` later.

    Args:
        pictures: (h, w) uint8 of a shot, in order, of one size.

    Example:
        >>> one, other = (np.random.default_rng(seed).integers(0, 255, (72, 128)).astype(np.uint8) for seed in (1, 2))
        >>> [cut for _, cut in marked([one] * 4 + [other] * 4)].index(True)
        4
    """
    waiting: deque[Grey] = deque()
    seen = _Seen()
    for picture in pictures:
        waiting.append(picture)
        seen.take_in(picture)
        if len(waiting) == AROUND:
            yield waiting.popleft(), seen.is_cut(len(waiting))
    while waiting:
        yield waiting.popleft(), seen.is_cut(len(waiting))


@dataclass
class _Seen:
    """The last few pictures, reduced, and how much each is like the one before it.

    Args:
        glances: at most ``AROUND`` of the scene before a place in question, and as many from there on.
        alike: likeness of each to the one before; 1 for the first of the shot.
    """

    glances: list[Grey] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)
    flow: DisFlow = field(default_factory=DisFlow, repr=False)

    def take_in(self, picture: Grey) -> None:
        glance = _glance(picture)
        self.alike.append(likeness(glance, self.glances[-1], self.flow) if self.glances else 1.0)
        self.glances.append(glance)
        del self.glances[: -2 * AROUND], self.alike[: -2 * AROUND]

    def is_cut(self, later: int) -> bool:
        """Whether a scene begins with the picture that so many others have followed."""
        place = len(self.glances) - 1 - later
        across = self.alike[place]
        if place < 1 or across >= STRANGERS:
            return False
        # What is unknown, beyond the ends of the shot, speaks for the cut.
        sides = self.alike[place - 1 : place] + self.alike[place + 1 : place + 2]
        if min(sides, default=1.0) < across + OWN:
            return False
        before, after = self.glances[max(0, place - AROUND) : place], self.glances[place:]
        return all(likeness(one, other, self.flow) < STRANGERS for one, other in product(before, after))


def _glance(picture: Grey) -> Grey:
    height, width = picture.shape
    scale = min(1.0, (GLANCE_AREA / (height * width)) ** 0.5)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), np.uint8)
