"""Neighbouring frames vote on a finished matte: what flows in from before and after counts as much as the frame's own.

An outline is drawn on every frame alone, so it trembles where the picture does not. Here the mattes of the frames
beside are carried along the flow, and wherever it can be believed the three are averaged; where it cannot, at what
appears, is covered or moves too fast, the frame's own stands. Repeated, the vote reaches further. Nothing is held but
three frames a round, however long the shot.

Source: voting with neighbours warped from both sides, Xie et al., "Moving Object Segmentation: All You Need Is SAM (and
Flow)", ACCV 2024, there for choosing among whole masks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.flicker import trust_in
from composer.mask.store import StoredMatte
from composer.values import Box, Size

Map = NDArray[np.float32]

#: Times that neighbours vote. Source: on ten DAVIS sequences one round takes T from 0.39 to 0.35 and flicker from 0.067
#: to 0.058, two to 0.34 and 0.053, each with 0.1 points of J and of F gained (measured 2026-11-25).
ROUNDS = 2
#: Pixels around a matte into which an edge may move, and to which the nearest of several objects may claim more.
MARGIN, FAR = 4, 24


@dataclass(frozen=True, eq=False)
class Neighbours:
    """How a frame, at working size, hangs together with those beside it.

    Args:
        grey: (h, w) uint8.
        forward: (h, w, 2) float16 pixels, flow to the next frame.
        backward: (h, w, 2) float16 pixels, flow to the frame before.
    """

    grey: NDArray[np.uint8]
    forward: NDArray[np.float16]
    backward: NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class Link:
    """How to fetch something from the frame beside.

    Args:
        landing: (h + 2, w + 2, 2) float32, where in that frame every working pixel and one more on each side lies, xy in
            working pixels with centres at integers. Unlike the flow it needs no grid added after it is enlarged.
        trust: (h, w) float32 0..1, how far it can be believed.
    """

    landing: NDArray[np.float32]
    trust: Map

    @classmethod
    def along(cls, flow: NDArray[np.float32], trust: Map) -> Link:
        """The link that a flow makes.

        Args:
            flow: (h, w, 2) float32 working pixels, to the frame beside.
            trust: (h, w) float32 0..1, how far it can be believed.
        """
        landing = cv2.copyMakeBorder(flow, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        landing[..., 0] += np.arange(-1, landing.shape[1] - 1, dtype=np.float32)
        landing[..., 1] += np.arange(-1, landing.shape[0] - 1, dtype=np.float32)[:, None]
        return cls(np.asarray(landing, np.float32), trust)


@dataclass(frozen=True, eq=False)
class Voter:
    """A frame that votes and is voted on.

    Args:
        matte: its own.
        beside: how it hangs together with its neighbours, or None where nobody knows.
        cut: whether a new scene begins with it.
        before: link to the frame before, once known.
        after: link to the frame after, once known.
    """

    matte: StoredMatte
    beside: Neighbours | None
    cut: bool = False
    before: Link | None = None
    after: Link | None = None


class Vote:
    """Takes the mattes of a shot one by one and hands them on in the same order, two frames later.

    Args:
        size: of the pictures.
        put: takes the frames after they were voted on, with their links.
        rounds: how often neighbours vote.
    """

    def __init__(self, size: Size, put: Callable[[Voter], None], *, rounds: int = ROUNDS) -> None:
        self._last: Voter | None = None
        self._first = _Round(size, put)
        for _ in range(rounds - 1):
            self._first = _Round(size, self._first.add, self._first.finish)

    def add(self, matte: StoredMatte, beside: Neighbours | None, *, cut: bool = False) -> None:
        """Take the next frame.

        Args:
            matte: its own.
            beside: its flow and brightness, or None, in which case it has no say.
            cut: whether a new scene begins with it.
        """
        voter = Voter(matte, beside, cut)
        if self._last is not None:
            last, voter = linked(self._last, voter)
            self._first.add(last)
        self._last = voter

    def finish(self) -> None:
        """Hand on what is still held."""
        if self._last is not None:
            self._first.add(self._last)
        self._last = None
        self._first.finish()


class _Round:
    """Everyone is voted on once, by neighbours that this round has not changed."""

    def __init__(self, size: Size, put: Callable[[Voter], None], then: Callable[[], None] = lambda: None) -> None:
        self._size, self._put, self._then = size, put, then
        self._before: Voter | None = None
        self._here: Voter | None = None

    def add(self, voter: Voter) -> None:
        self._settle(voter)
        self._before, self._here = self._here, voter

    def finish(self) -> None:
        self._settle(None)
        self._before = self._here = None
        self._then()

    def _settle(self, after: Voter | None) -> None:
        if self._here is not None:
            self._put(replace(self._here, matte=voted(self._before, self._here, after, self._size)))


def linked(before: Voter, here: Voter) -> tuple[Voter, Voter]:
    """Two consecutive frames, each with the link to the other; none across a cut.

    Args:
        before: a frame.
        here: the next one.
    """
    if here.cut or before.beside is None or here.beside is None:
        return before, here
    forth, back = before.beside.forward.astype(np.float32), here.beside.backward.astype(np.float32)
    greys = before.beside.grey, here.beside.grey
    after = Link.along(forth, trust_in(forth, back, *greys))
    link = Link.along(back, trust_in(back, forth, *greys[::-1]))
    return replace(before, after=after), replace(here, before=link)


def voted(before: Voter | None, here: Voter, after: Voter | None, size: Size) -> StoredMatte:
    """A frame's matte after its neighbours voted.

    Args:
        before: the frame before, or None.
        here: the frame.
        after: the frame after, or None.
        size: of the pictures.

    Returns:
        What was covered belongs to the same object as before, what is new to one nearby.
    """
    matte = here.matte
    sides = [(side, link) for side, link in ((before, here.before), (after, here.after)) if side and link]
    if not sides or matte.box.is_empty:
        return matte
    part = _reach(matte, [side.matte for side, _ in sides]).snapped(size)
    total = _placed(matte.alpha, matte.box, part).astype(np.float32)
    weight = np.ones_like(total)
    for side, link in sides:
        carried, trust = _fetched(side.matte, link, part, size)
        cv2.accumulateProduct(trust, carried, total)
        weight += trust
    alpha = np.asarray(cv2.divide(total, weight, dtype=cv2.CV_8U), np.uint8)
    if matte.labels is None and all(set(side.matte.ids) <= set(matte.ids) for side, _ in sides):
        return StoredMatte(part, alpha, None, matte.ids)
    own = np.uint8(1) if matte.labels is None else matte.labels
    labels = _spread(_placed(np.where(matte.alpha > 0, own, np.uint8(0)), matte.box, part))
    alpha = np.where(labels > 0, alpha, np.uint8(0))
    return StoredMatte(part, alpha, None if matte.labels is None else labels, matte.ids)


def _reach(matte: StoredMatte, sides: list[StoredMatte]) -> Box:
    """Where the vote counts: all around the matte, and wherever a neighbour has the same objects and no others."""
    boxes = [matte.box, *(side.box for side in sides if side.ids and set(side.ids) <= set(matte.ids))]
    return Box(
        min(box.x0 for box in boxes) - MARGIN,
        min(box.y0 for box in boxes) - MARGIN,
        max(box.x1 for box in boxes) + MARGIN,
        max(box.y1 for box in boxes) + MARGIN,
    )


def _fetched(matte: StoredMatte, link: Link, part: Box, size: Size) -> tuple[Map, Map]:
    """A neighbour's coverage as seen from a part of this frame, and the trust in it, both (height, width) of the part."""
    height, width = link.trust.shape
    across, down = width / size.width, height / size.height
    # From centres of the part's pixels to centres of working pixels.
    x, y = (part.x0 + 0.5) * across - 0.5, (part.y0 + 0.5) * down - 0.5
    shape = (int(part.x1 - part.x0), int(part.y1 - part.y0))

    def enlarged(plane: Map, border: int) -> NDArray[np.float32]:
        place = np.array([[across, 0, x + border], [0, down, y + border]])
        method = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(plane, place, shape, flags=method, borderMode=cv2.BORDER_REPLICATE), np.float32
        )

    trust = enlarged(link.trust, 0)
    if matte.box.is_empty:
        return np.zeros(shape[::-1], np.float32), trust
    scale = np.array([1 / across, 1 / down], np.float32)
    origin = np.array([0.5 / across - 0.5 - matte.box.x0, 0.5 / down - 0.5 - matte.box.y0], np.float32)
    landing = enlarged(link.landing * scale + origin, 1)
    whole = matte.alpha.astype(np.float32)
    none = cast("Map", None)
    carried = cv2.remap(whole, landing, none, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(carried, np.float32), trust


def _spread(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Labels that reach some pixels over what is covered, near ones first; beyond them nobody is given anything."""
    for reach in (MARGIN, FAR):
        wide = cv2.dilate(labels, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        labels = np.where(labels > 0, labels, np.asarray(wide, np.uint8))
    return labels


def _placed(plane: NDArray[np.uint8], box: Box, part: Box) -> NDArray[np.uint8]:
    """A plane of a box, extended with nothing to a part around it."""
    above, below = int(box.y0 - part.y0), int(part.y1 - box.y1)
    left, right = int(box.x0 - part.x0), int(part.x1 - box.x1)
    return np.asarray(cv2.copyMakeBorder(plane, above, below, left, right, cv2.BORDER_CONSTANT, value=0), np.uint8)
