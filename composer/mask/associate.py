"""Which thing on this frame is which object of the shot: identities carried along the flow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.flow import FlowField, pixel_grid

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

#: An object is on a thing when they share this much of the smaller of the two.
SHARED = 0.25
#: Frames an object may be gone and still come back as itself.
PATIENCE = 15
#: Frames two parts of an object may be apart before they are two objects.
APART_FRAMES = 12
#: Least share of the object, each, that such parts have, and least gap between them in pixels at a width of 256.
APART_SHARE, APART_GAP = 0.2, 6.0


@dataclass(frozen=True)
class Ghost:
    """An object that is not seen just now.

    Args:
        mask: (h, w) uint8 0 or 1, where it would be by now had it gone on.
        velocity: pixels per frame when it was last seen, (dx, dy).
        age: frames since it was seen.
    """

    mask: NDArray[np.uint8]
    velocity: tuple[float, float]
    age: int = 1

    def later(self) -> Ghost:
        """A frame on."""
        shift = np.array([[1, 0, self.velocity[0]], [0, 1, self.velocity[1]]], np.float32)
        moved = cv2.warpAffine(self.mask, shift, self.mask.shape[::-1], flags=cv2.INTER_NEAREST)
        return Ghost(moved.astype(np.uint8), self.velocity, self.age + 1)


@dataclass(frozen=True)
class Identities:
    """Which objects are known after a frame.

    Args:
        labels: (h, w) int32 object ids on that frame, 0 for none; None before the first.
        velocities: pixels per frame of every object on that frame, (dx, dy).
        ghosts: objects gone for a while, by id.
        apart: for how many frames an object has been in two far parts, by id.
        last_id: highest id given so far.
    """

    labels: Labels | None = None
    velocities: dict[int, tuple[float, float]] = field(default_factory=dict)
    ghosts: dict[int, Ghost] = field(default_factory=dict)
    apart: dict[int, int] = field(default_factory=dict)
    last_id: int = 0


def associate(known: Identities, things: Mask, backward: FlowField) -> tuple[Identities, Labels]:
    """Name the things of the next frame.

    Every thing asks which objects, carried here by the flow, lie on it. None: it is new, or one that was gone
    comes back. One: it is that object. Several: objects touch, and each pixel goes to the nearest of them.

    Args:
        known: after the frame before.
        things: (h, w) bool, what moves on this frame.
        backward: (h, w, 2) float32 pixels, flow to the frame before.

    Returns:
        What is known now, and (h, w) int32 object ids, 0 for none.
    """
    carried = _carried(known.labels, backward, things.shape)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(things.view(np.uint8), connectivity=8)
    labels, last = np.zeros(things.shape, np.int32), known.last_id
    overlaps = _overlaps(parts, carried, count)
    owned = {one for owners in overlaps.values() for one in owners}
    ghosts = {one: ghost.later() for one, ghost in known.ghosts.items()} | _vanished(known, owned)
    # Large things choose first, so that a torn-off scrap cannot take a ghost from its body.
    for part in sorted(range(1, count), key=lambda p: -stats[p, cv2.CC_STAT_AREA]):
        where = parts == part
        owners = overlaps[part]
        if not owners:
            came_back = _returning(where, ghosts)
            last += came_back is None
            owners = [last if came_back is None else came_back]
            ghosts.pop(owners[0], None)
        labels[where] = owners[0] if len(owners) == 1 else _nearest(where, carried, owners)
    labels, apart, last = _parted(labels, known.apart, last)
    here = ids_in(labels)
    ghosts = {one: ghost for one, ghost in ghosts.items() if one not in here and ghost.age <= PATIENCE}
    velocities = {one: _velocity(labels == one, backward, known.velocities.get(one)) for one in here}
    return Identities(labels, velocities, ghosts, apart, last), labels


def ids_in(labels: NDArray[np.integer]) -> list[int]:
    """The objects on a label map, rising; 0 is none.

    Args:
        labels: (h, w) integers from 0.
    """
    found: list[int] = np.flatnonzero(np.bincount(labels.ravel())).tolist()
    return [one for one in found if one]


def _carried(labels: Labels | None, backward: FlowField, shape: tuple[int, ...]) -> Labels:
    if labels is None:
        return np.zeros((shape[0], shape[1]), np.int32)
    columns, rows = pixel_grid(*labels.shape)
    x = np.clip(np.rint(columns + backward[..., 0]), 0, labels.shape[1] - 1).astype(np.intp)
    y = np.clip(np.rint(rows + backward[..., 1]), 0, labels.shape[0] - 1).astype(np.intp)
    return cast("Labels", labels[y, x])


def _overlaps(parts: Labels, carried: Labels, count: int) -> dict[int, list[int]]:
    """For every thing the objects on it, most pixels first."""
    ids = [0, *ids_in(carried)]
    place = np.zeros(max(ids) + 1, np.int64)
    place[ids] = np.arange(len(ids))
    pairs = parts.ravel().astype(np.int64) * len(ids) + place[carried].ravel()
    table = np.bincount(pairs, minlength=count * len(ids)).reshape(count, -1)
    of_part, of_object = table.sum(axis=1), table.sum(axis=0)
    found: dict[int, list[int]] = {}
    for part in range(1, count):
        shares = [
            (int(table[part, k]), int(one))
            for k, one in enumerate(ids)
            if one and table[part, k] >= max(1.0, SHARED * min(of_part[part], of_object[k]))
        ]
        found[part] = [one for _, one in sorted(shares, reverse=True)]
    return found


def _returning(where: Mask, ghosts: dict[int, Ghost]) -> int | None:
    """The object gone before that this thing lies on, if any."""
    area = int(np.count_nonzero(where))
    best, most = None, SHARED
    for one, ghost in ghosts.items():
        # A hidden object went on somehow: look a few pixels around for every frame it was gone.
        side = 2 * min(1 + ghost.age, 8) + 1
        wide = cv2.dilate(ghost.mask, np.ones((side, side), np.uint8)) > 0
        size = max(1, int(np.count_nonzero(ghost.mask)))
        shared = int(np.count_nonzero(wide & where)) / min(area, size)
        similar = 0.2 < area / size < 5
        if similar and shared > most:
            best, most = one, shared
    return best


def _nearest(where: Mask, carried: Labels, owners: list[int]) -> Labels:
    """For the pixels of a thing the nearest of several objects."""
    far = [cv2.distanceTransform((carried != one).view(np.uint8), cv2.DIST_L2, 3)[where] for one in owners]
    return np.asarray(owners, np.int32)[np.argmin(far, axis=0)]


def _parted(labels: Labels, apart: dict[int, int], last: int) -> tuple[Labels, dict[int, int], int]:
    """Give a part that has long been away from the rest of its object a name of its own."""
    counts: dict[int, int] = {}
    for one in ids_in(labels):
        second = _far_part(labels == one)
        if second is None:
            continue
        counts[one] = apart.get(one, 0) + 1
        if counts[one] >= APART_FRAMES:
            del counts[one]
            last += 1
            labels[second] = last
    return labels, counts, last


def _far_part(mask: Mask) -> Mask | None:
    """The second largest part of an object where it is large and far from the largest."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if count < 3:
        return None
    order = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
    if stats[order[1], cv2.CC_STAT_AREA] < APART_SHARE * np.count_nonzero(mask):
        return None
    away = cv2.distanceTransform((parts != order[0]).view(np.uint8), cv2.DIST_L2, 3)
    second = parts == order[1]
    return second if float(away[second].min()) >= APART_GAP * mask.shape[1] / 256 else None


def _vanished(known: Identities, owned: set[int]) -> dict[int, Ghost]:
    """Objects of the frame before that own nothing now."""
    if known.labels is None:
        return {}
    gone = set(known.velocities) - owned
    return {one: Ghost((known.labels == one).astype(np.uint8), known.velocities[one]).later() for one in gone}


def _velocity(inside: Mask, backward: FlowField, before: tuple[float, float] | None) -> tuple[float, float]:
    """How far an object moves a frame: half of what it did before, half of what it does now."""
    dx, dy = (-float(np.median(backward[..., axis][inside])) for axis in (0, 1))
    return (dx, dy) if before is None else (0.5 * (dx + before[0]), 0.5 * (dy + before[1]))
