"""Temporal stability T of DAVIS: how much the outline of one frame must be deformed to become that of the next.

The longest outlines of two consecutive masks become polygons, every point is described by where the other points of
its outline lie around it (shape context), and the two rings of points are matched in order at the least cost. A shift
or a change of scale costs nothing; jitter, and parts that come and go, cost a lot.

Source: Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation", CVPR 2016, and
the authors' published evaluation, whose constants these are; Belongie, Malik and Puzicha, "Shape Matching and Object
Recognition Using Shape Contexts", TPAMI 2002; Douglas and Peucker, 1973.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]
Costs = NDArray[np.float64]
Indices = NDArray[np.int64]

#: Pixels that a polygon may lie off the outline, and at most between two points that are matched.
TOLERANCE, SPACING = 1.5, 3.0
#: Pixels off a straight line at which a corner of the pixel grid is none.
_STRAIGHT = 0.05
#: Points of an outline at most: beyond, each is one of several. The descriptors' size grows with their square. No
#: annotation of DAVIS at 480p comes near it.
MOST_POINTS = 2500
#: Bins of a descriptor: angles, and distances between these shares of the mean distance of two points.
ANGLES = 12
RADII = np.logspace(np.log10(1 / 8), np.log10(2), 5)
#: The published numbers are mean costs times this.
SCALE = 5.0
#: Steps along an outline, clockwise: right, down, left, up, as (row, column).
_STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])
_BEGINS = ((0, 0), (0, 1), (1, 1), (1, 0))
#: The same steps as (x, y), in the order in which the published evaluation tries them.
_PREFERRED = ((0, -1), (-1, 0), (0, 1), (1, 0))


@dataclass(frozen=True, eq=False)
class Contour:
    """The longest outline of a mask, described.

    Args:
        points: (N, 2) float64 pixels, x and y of pixel corners; the last repeats the first.
        bins: (N, 60) float32, the share of all points in every bin around each.
    """

    points: Points
    bins: NDArray[np.float32]


def contour_of(mask: Mask) -> Contour | None:
    """Describe the outline that T compares: of all outlines, holes too, the one with the most corners.

    Args:
        mask: (H, W) bool.

    Returns:
        The contour, or None where there is none.
    """
    best: Points | None = None
    for ring in sorted(_rings(mask), key=len, reverse=True):
        if best is not None and len(ring) // 2 + 2 < len(best):
            break  # two steps at least lie between two corners
        polygon = _polygon(ring)
        if len(polygon) > 3 and (best is None or len(polygon) > len(best)):
            best = polygon
    if best is None:
        return None
    points = _upsampled(best)
    if len(points) > MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(int)]
    return Contour(points, _described(points))


def instability(before: Contour | None, after: Contour | None) -> float:
    """T of two consecutive frames.

    Args:
        before: of a frame.
        after: of the next.

    Returns:
        From 0, the same shape, to 5; NaN where either has no contour, which the mean of a sequence leaves out.
    """
    if before is None or after is None:
        return float("nan")
    costs = _costs(before.bins, after.bins)
    rows, columns = _path(costs)
    # The first path is tied to where the two outlines happen to begin; the second begins at its best pair.
    away = int(np.argmin(costs[rows[:-1], columns[:-1]])) if len(rows) > 1 else 0
    turn, other = int(rows[away]) + 1, int(columns[away]) + 1
    rows, columns = _path(np.roll(costs, (-turn, -other), axis=(0, 1)))
    rows, columns = (rows + turn) % costs.shape[0], (columns + other) % costs.shape[1]
    rows, columns = _cheapest(rows, columns, costs)
    columns, rows = _cheapest(columns, rows, costs.T)
    return SCALE * float(costs[rows, columns].mean())


def _rings(mask: Mask) -> Iterator[Points]:
    """Every outline along pixel borders, object to the right, closed; begun as the published evaluation does.

    That is at its last corner at which two pixels touch, else at its first, rows before columns.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return
    top, left = int(rows[0]), int(columns[0])
    inside = np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1)
    width = inside.shape[1]
    begins, ends, ways = _edges(inside)
    follower = _followers(begins, ends, ways, inside.size)
    corners = begins.tolist()
    knots = set(np.flatnonzero(np.bincount(begins) > 1).tolist())
    waiting = np.ones(len(corners), np.bool_).tolist()
    for first in np.argsort(begins, kind="stable").tolist():
        if not waiting[first]:
            continue
        ring, edge = [], first
        while waiting[edge]:
            waiting[edge] = False
            ring.append(edge)
            edge = follower[edge]
        for part in _untangled([corners[each] for each in ring]):
            start = part.index(max(knots.intersection(part), default=min(part)))
            flat = np.asarray([*part[start:], *part[: start + 1]])
            # The frame of one pixel around the cut-out puts corner (0, 0) of the picture at (1, 1).
            yield np.stack([flat % width + left - 1, flat // width + top - 1], axis=1).astype(np.float64)


def _edges(inside: Mask) -> tuple[Indices, Indices, Indices]:
    """Borders between inside and outside as steps from corner to corner: begin, end (flat indices), direction.

    Corner (y, x) is the upper left one of pixel (y, x).
    """
    width = inside.shape[1]
    begins, ends, ways = [], [], []
    # Upper, right, lower and left border of a pixel: where its neighbour lies, and where its walk begins.
    for way, (neighbour, begin) in enumerate(zip(((-1, 0), (0, 1), (1, 0), (0, -1)), _BEGINS, strict=True)):
        border = inside & ~np.roll(inside, (-neighbour[0], -neighbour[1]), axis=(0, 1))
        y, x = np.nonzero(border)
        start = (y + begin[0]) * width + x + begin[1]
        begins.append(start)
        ends.append(start + _STEPS[way, 0] * width + _STEPS[way, 1])
        ways.append(np.full(len(start), way))
    return np.concatenate(begins), np.concatenate(ends), np.concatenate(ways)


def _followers(begins: Indices, ends: Indices, ways: Indices, corners: int) -> list[int]:
    """For every step the one that follows; where two pixels touch at a corner, the one around the same pixel."""
    leaving = np.full((4, corners), -1, np.int64)
    leaving[ways, begins] = np.arange(len(begins))
    found = np.full(len(begins), -1, np.int64)
    for turn in (3, 0, 1):  # left, straight on, right; the last that exists wins
        following = leaving[(ways + turn) % 4, ends]
        found = np.where(following >= 0, following, found)
    return found.tolist()


def _untangled(corners: list[int]) -> Iterator[list[int]]:
    """Cut a ring that meets itself into rings that do not."""
    place: dict[int, int] = {}
    walked: list[int] = []
    for corner in corners:
        if corner in place:
            loop = walked[place[corner] :]
            yield loop
            del walked[-len(loop) :]
            for gone in loop:
                del place[gone]
        place[corner] = len(walked)
        walked.append(corner)
    yield walked


def _polygon(ring: Points) -> Points:
    """A ring's corners within the tolerance.

    Found in the direction in which the published evaluation walks: of the two that leave the first corner up before
    left before down before right.
    """
    one, other = ((ring[step] - ring[0]).tolist() for step in (1, -2))
    way = 1 if _PREFERRED.index(tuple(one)) < _PREFERRED.index(tuple(other)) else -1
    straight = _simplified(ring[::way], _STRAIGHT)
    kept = [0]
    x, y = straight[0].tolist()
    for index, (right, down) in enumerate(straight[1:-1].tolist(), start=1):
        if (right - x) ** 2 + (down - y) ** 2 >= TOLERANCE**2:
            kept.append(index)
            x, y = right, down
    return _simplified(straight[[*kept, len(straight) - 1]], TOLERANCE)[::way]


def _simplified(points: Points, tolerance: float) -> Points:
    """Douglas and Peucker: the points without which the line would lie farther off than the tolerance."""
    stretches = np.array([[0, len(points) - 1]])
    keys = [stretches[0]]
    while len(stretches := stretches[np.diff(stretches, axis=1)[:, 0] > 1]):
        starts, ends = stretches.T
        farthest = _farthest(points, starts, ends, tolerance)
        split = farthest >= 0
        found = farthest[split]
        keys.append(found)
        stretches = np.concatenate([np.stack([starts[split], found], axis=1), np.stack([found, ends[split]], axis=1)])
    return points[np.sort(np.concatenate(keys))]


def _farthest(points: Points, starts: Indices, ends: Indices, tolerance: float) -> Indices:
    """For every stretch the point between its ends farthest from its chord, -1 where that is within the tolerance."""
    sizes = ends - starts - 1
    firsts = np.cumsum(sizes) - sizes
    stretch = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(stretch)) + (starts + 1 - firsts)[stretch]
    (x, y), (right, down) = (points[place] - points[starts][stretch]).T, (points[ends] - points[starts])[stretch].T
    along, length = x * right + y * down, right * right + down * down
    # In single precision as in the published evaluation: it decides which of several equally far points is taken.
    share = along.astype(np.float32) / np.where(length > 0, length, 1).astype(np.float32)
    share = np.clip(share, 0, 1).astype(np.float64)
    off = (x - share * right) ** 2 + (y - share * down) ** 2
    most = np.maximum.reduceat(off, firsts)
    last = np.full(len(sizes), -1)
    reached = np.flatnonzero((off == most[stretch]) & (off > tolerance**2))
    last[stretch[reached]] = place[reached]  # of several equally far the last
    return last


def _upsampled(polygon: Points) -> Points:
    """Points along a polygon's sides, at most the spacing apart."""
    sides = np.diff(polygon, axis=0)
    parts = np.maximum(1, np.ceil(np.hypot(*sides.T) / SPACING)).astype(int)
    side = np.repeat(np.arange(len(sides)), parts)
    number = np.arange(len(side)) - np.repeat(np.cumsum(parts) - parts, parts)
    between = polygon[:-1][side] + sides[side] * (number / parts[side])[:, None]
    return np.concatenate([between, polygon[-1:]])


def _described(points: Points) -> NDArray[np.float32]:
    """Shape contexts: (N, 60) share of the points in every bin of angle and distance, each point its own too."""
    x, y = (axis[None, :] - axis[:, None] for axis in points.T)
    angle = np.arctan2(y, x)
    # Rounded as in the published evaluation: right angles lie between two bins.
    angle += 2 * np.pi
    angle -= (angle >= 2 * np.pi) * (2 * np.pi)
    angle /= 2 * np.pi / ANGLES
    sector = np.minimum(angle.astype(np.int64), ANGLES - 1)
    x *= x
    y *= y
    distance = np.sqrt(np.add(x, y, out=x), out=x)
    ring = np.zeros(distance.shape, np.uint8)  # from 1 far away to 5 close by, 0 beyond all
    for edge in RADII * distance.mean():
        ring += distance < edge
    count, bins = len(points), ANGLES * (len(RADII) + 1)
    sector *= len(RADII) + 1
    sector += ring
    sector += np.arange(count)[:, None] * bins
    counts = np.bincount(sector.ravel(), minlength=count * bins).reshape(count, ANGLES, -1)[..., 1:].reshape(count, -1)
    return (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)


def _costs(first: NDArray[np.float32], second: NDArray[np.float32]) -> Costs:
    """Half the chi-squared distance of every two descriptors, (N, M): 1 less twice the sum of a b / (a + b)."""
    alike = np.zeros((len(first), len(second)), np.float32)
    room = np.empty_like(alike)
    for a, b in zip(first.T, np.ascontiguousarray(second.T), strict=True):
        rows = np.flatnonzero(a)
        one, share = a[rows, None], room[: len(rows)]
        np.add(one, b, out=share)
        np.divide(b, share, out=share)
        share *= one
        alike[rows] += share
    return np.maximum(0, 1 - 2 * alike.astype(np.float64))


def _path(costs: Costs) -> tuple[Indices, Indices]:
    """The cheapest way from the last pair to the first, one step back in one ring or both, as rows and columns."""
    total, width = _totals(costs).ravel().data, costs.shape[1]
    place = len(total) - 1
    walked = [place]
    while place >= width:
        up, both, back = place - width, place - width - 1, place - 1
        if place % width == 0:
            place = up
        elif total[both] <= total[up] and total[both] <= total[back]:
            place = both
        else:
            place = up if total[up] <= total[back] else back
        walked.append(place)
    walked.extend(range(place - 1, -1, -1))
    rows, columns = np.divmod(np.asarray(walked), width)
    return rows, columns


def _totals(costs: Costs) -> Costs:
    """Cost of the cheapest way to every pair; a row at a time, its steps sideways by running minima."""
    total = np.empty_like(costs)
    runs = np.cumsum(costs, axis=1)
    total[0] = runs[0]
    enter = np.empty(costs.shape[1])
    for above, now, run in zip(total, total[1:], runs[1:], strict=False):
        # Entered at column k, then sideways: enter(k) + run(j) - run(k - 1).
        enter[0] = above[0]
        np.minimum(above[1:], above[:-1], out=enter[1:])
        enter[1:] -= run[:-1]
        np.minimum.accumulate(enter, out=now)
        np.add(now, run, out=now)
    return total


def _cheapest(one: Indices, other: Indices, costs: Costs) -> tuple[Indices, Indices]:
    """Of the pairs with the same first partner the cheapest."""
    order = np.lexsort((np.arange(len(one)), costs[one, other], one))
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(one[order]) > 0
    return one[order][first], other[order][first]
