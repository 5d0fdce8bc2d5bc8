"""Things of a key frame get their names: those that were carried here keep theirs, what is new gets a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.associate import ids_in
from composer.mask.automatic import Proposal, apart

Labels = NDArray[np.int32]
Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: A carried thing and an outline of this overlap are the same; the outline is then the thing's.
MATCH = 0.5
#: A carried thing without an outline stays while the picture under it is trusted this much.
TRUST = 0.5
#: Key frames a thing may be gone and still come back as itself; how far its colour (Lab) and its size may differ then.
PATIENCE, COLOR, GROWN = 4, 14.0, 2.0
#: How far, as a share of the picture's width, it may be from where it was, for every key frame that it was gone.
WANDERS = 0.06


@dataclass(frozen=True, eq=False)
class Gone:
    """A thing that is not seen just now.

    Args:
        mask: (h, w) bool, where it was last seen.
        color: (3,) float64 its mean Lab.
        age: key frames since then.
    """

    mask: NDArray[np.bool_]
    color: NDArray[np.float64]
    age: int = 1


@dataclass(frozen=True, eq=False)
class Names:
    """What is known after a key frame.

    Args:
        labels: (h, w) int32 ids of the things on it, 0 for none; None before the first.
        qualities: how surely each of them is one, 0..1.
        colors: (3,) float64 mean Lab of each.
        gone: things that may come back, by id.
        last_id: highest id given so far.
    """

    labels: Labels | None = None
    qualities: dict[int, float] = field(default_factory=dict)
    colors: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    gone: dict[int, Gone] = field(default_factory=dict)
    last_id: int = 0


def named(
    known: Names, carried: Labels, trust: Map, proposals: Sequence[Proposal], picture: Picture, *, least: float
) -> Names:
    """Name the things of the next key frame.

    Args:
        known: after the key frame before.
        carried: (h, w) int32, its labels as the flow brings them here.
        trust: (h, w) float32 0..1, how far that is to be believed.
        proposals: what may be a thing on this frame, the best first; masks of the same size.
        picture: (h, w, 3) uint8 BGR of this frame.
        least: share of the picture below which nothing is a thing.
    """
    found = _kept(carried, trust, proposals, known.qualities)
    labels = _laid_out(found, carried.shape)
    lost = set(ids_in(carried)) - set(ids_in(labels))
    gone = {one: Gone(each.mask, each.color, each.age + 1) for one, each in known.gone.items() if each.age < PATIENCE}
    gone |= {one: Gone(carried == one, known.colors[one]) for one in lost}
    last = known.last_id
    for new in apart(proposals, labels > 0, least=least):
        back = _returning(new, gone, picture)
        last += back is None
        one = last if back is None else back
        gone.pop(one, None)
        labels[new.mask] = one
        found[one] = new
    here = ids_in(labels)
    qualities = {one: found[one].quality for one in here}
    return Names(labels, qualities, {one: _color(picture, labels == one) for one in here}, gone, last)


def _kept(
    carried: Labels, trust: Map, proposals: Sequence[Proposal], qualities: dict[int, float]
) -> dict[int, Proposal]:
    """The outlines of the things that were carried here: a new one where one fits, else the carried one."""
    found: dict[int, Proposal] = {}
    taken: set[int] = set()
    for _, one, number in _pairs(carried, proposals):
        if one not in found and number not in taken:
            taken.add(number)
            found[one] = proposals[number]
    for one in ids_in(carried):
        inside = carried == one
        if one not in found and float(trust[inside].mean()) >= TRUST:
            found[one] = Proposal(inside, qualities.get(one, 0.0))
    return found


def _pairs(carried: Labels, proposals: Sequence[Proposal]) -> list[tuple[float, int, int]]:
    """Things and outlines that overlap enough, most first: minus the overlap, id, number of the outline."""
    areas = np.bincount(carried.ravel())
    pairs = []
    for number, proposal in enumerate(proposals):
        inside = np.bincount(carried[proposal.mask], minlength=len(areas))
        overlap = inside / np.maximum(areas + np.count_nonzero(proposal.mask) - inside, 1)
        pairs += [(-float(overlap[one]), int(one), number) for one in np.flatnonzero(overlap >= MATCH) if one]
    return sorted(pairs)


def _laid_out(found: dict[int, Proposal], shape: tuple[int, ...]) -> Labels:
    """A label per pixel; where outlines lie in each other the smaller one is seen."""
    labels = np.zeros((shape[0], shape[1]), np.int32)
    for one in sorted(found, key=lambda one: (-int(np.count_nonzero(found[one].mask)), one)):
        labels[found[one].mask] = one
    return labels


def _color(picture: Picture, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB)
    return np.asarray(lab[inside].mean(axis=0), np.float64)


def _returning(new: Proposal, gone: dict[int, Gone], picture: Picture) -> int | None:
    """The thing gone before that this one looks like and lies near, if any."""
    area, color = int(np.count_nonzero(new.mask)), _color(picture, new.mask)
    near: list[tuple[float, int]] = []
    for one, each in gone.items():
        ratio = area / max(1, int(np.count_nonzero(each.mask)))
        far = float(np.linalg.norm(color - each.color))
        reach = WANDERS * new.mask.shape[1] * each.age
        if far < COLOR and 1 / GROWN < ratio < GROWN and _distance(new.mask, each.mask) <= reach:
            near.append((far, one))
    return min(near)[1] if near else None


def _distance(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Pixels between two masks, 0 where they touch."""
    return float(cv2.distanceTransform((~other).view(np.uint8), cv2.DIST_L2, 3)[one].min())
