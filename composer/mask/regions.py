"""Everything in a picture as regions: small ones of one colour, merged pair by pair until the whole is one.

A watershed on a smoothed picture gives some hundreds of small regions whose borders lie on edges. Then the two
neighbours that differ least become one, again and again: in colour, in texture, and by the edge between them, small
regions first. What is left is a tree; every node of it is something that may be a thing.

Source: the merging is that of Uijlings et al., "Selective Search for Object Recognition", IJCV 2013, with the edge
between two regions as one more way in which they differ; the small regions are those of Vincent and Soille,
"Watersheds in digital spaces", 1991.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
Map = NDArray[np.float32]

#: Pixels between the seeds of the small regions.
STEP = 7
#: Levels of each colour channel, and directions and strengths of texture, in a region's histograms.
_LEVELS, _DIRECTIONS = 12, 8
#: How much each way of differing counts.
COLOR, TEXTURE, EDGE = 1.0, 0.5, 1.0
#: A region's size counts to this power: the smaller, the earlier it is merged.
SIZE_POWER = 0.3


@dataclass(frozen=True, eq=False)
class Tree:
    """A picture's regions; the first ones are the leaves, every later one is two earlier ones together.

    Args:
        leaves: (h, w) int32, the leaf of every pixel, 0 and up.
        children: (N, 2) int32, the two parts of every node that is no leaf, rising.
        areas: (M,) float64 pixels of every node, leaves first.
        costs: (M,) float64, how much the two parts of a node differed; 0 for leaves.
        contrasts: (M,) float64, how much every node differs from what lies around it, 0 for the whole picture.
        cut: (M,) float64, share of a node's outline that is the picture's own border, 0..1.
    """

    leaves: Labels
    children: NDArray[np.int32]
    areas: NDArray[np.float64]
    costs: NDArray[np.float64]
    contrasts: NDArray[np.float64]
    cut: NDArray[np.float64]

    @property
    def leaf_count(self) -> int:
        """How many regions there were before merging."""
        return len(self.areas) - len(self.children)

    def members(self) -> list[NDArray[np.int32]]:
        """The leaves of every node."""
        found = [np.array([leaf], np.int32) for leaf in range(self.leaf_count)]
        for one, other in self.children:
            found.append(np.concatenate([found[one], found[other]]))
        return found


def tree_of(picture: NDArray[np.uint8]) -> Tree:
    """Cut a picture into regions and merge them until one is left.

    Args:
        picture: (h, w, 3) uint8 RGB; some hundred pixels wide, more only takes longer.
    """
    flattened = cv2.bilateralFilter(picture, 7, 40, 3)
    edges = edge_strength(flattened)
    return _Merging(picture, edges, small_regions(flattened, edges)).run()


def edge_strength(picture: NDArray[np.uint8]) -> Map:
    """How much the colours change at every pixel.

    Args:
        picture: (h, w, 3) uint8 RGB.

    Returns:
        (h, w) float32, 0..1.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    slopes = [cv2.Scharr(lab, cv2.CV_32F, *axis) / np.float32(32) for axis in ((1, 0), (0, 1))]
    steep = np.sqrt(sum(slope**2 for slope in slopes)).max(axis=2)
    return np.asarray(1 - np.exp(-steep / np.float32(12)), np.float32)


def small_regions(picture: NDArray[np.uint8], edges: Map, *, step: int = STEP) -> Labels:
    """Small regions of one colour, grown from the flattest place of every cell of a grid.

    Args:
        picture: (h, w, 3) uint8 RGB.
        edges: (h, w) float32 of it.
        step: side of a cell in pixels.

    Returns:
        (h, w) int32 from 0, every region in one piece.
    """
    height, width = edges.shape
    seeds = np.zeros((height, width), np.int32)
    smooth = cv2.GaussianBlur(edges, (0, 0), 1.5)
    corners = [(top, left) for top in range(0, height, step) for left in range(0, width, step)]
    for number, (top, left) in enumerate(corners, start=1):
        cell = smooth[top : top + step, left : left + step]
        y, x = divmod(int(cell.argmin()), cell.shape[1])
        seeds[top + y, left + x] = number
    return _without_lines(cv2.watershed(picture, seeds))


def _without_lines(grown: Labels) -> Labels:
    """Watershed leaves lines between regions and around the picture: they go to a neighbour."""
    labels = grown.astype(np.float32)
    while (labels < 1).any():
        wide = cv2.dilate(labels, np.ones((3, 3), np.uint8))
        labels = np.where(labels < 1, wide, labels)
    # Where two seeds lay side by side, a line took one of them.
    return np.unique(labels.astype(np.int32), return_inverse=True)[1].reshape(grown.shape).astype(np.int32)


def _histograms(picture: NDArray[np.uint8], leaves: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colour and texture of every leaf, (N, bins) each, in pixels."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
    x, y = cv2.Sobel(grey, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(grey, cv2.CV_32F, 0, 1) / 8
    turn = np.minimum((np.mod(np.arctan2(y, x), np.pi) / np.pi * _DIRECTIONS).astype(np.int64), _DIRECTIONS - 1)
    strength = np.digitize(np.hypot(x, y), (2, 6, 15))
    color = [_counts(leaves, plane.astype(np.int64) * _LEVELS // 256, _LEVELS) for plane in cv2.split(lab)]
    return np.hstack(color), _counts(leaves, np.where(strength == 0, 0, 1 + turn + _DIRECTIONS * (strength - 1)), 25)


def _counts(leaves: Labels, bins: NDArray[np.integer], count: int) -> NDArray[np.float64]:
    pairs = leaves.ravel().astype(np.int64) * count + bins.ravel()
    return np.bincount(pairs, minlength=(int(leaves.max()) + 1) * count).reshape(-1, count).astype(np.float64)


def _touching(leaves: Labels, edges: Map) -> dict[tuple[int, int], NDArray[np.float64]]:
    """For every two leaves side by side the length of their border, and the strength of the edge summed along it."""
    count = int(leaves.max()) + 1
    lengths, strengths = np.zeros(count * count), np.zeros(count * count)
    for one, other, edge in (
        (leaves[:, :-1], leaves[:, 1:], np.maximum(edges[:, :-1], edges[:, 1:])),
        (leaves[:-1], leaves[1:], np.maximum(edges[:-1], edges[1:])),
    ):
        apart = one != other
        low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        pairs = low.astype(np.int64) * count + high
        lengths += np.bincount(pairs, minlength=count * count)
        strengths += np.bincount(pairs, edge[apart], minlength=count * count)
    return {
        (int(pair // count), int(pair % count)): np.array([lengths[pair], strengths[pair]])
        for pair in np.flatnonzero(lengths)
    }


class _Merging:
    """The state of the merging: regions that are left, what they look like, and who lies beside whom."""

    def __init__(self, picture: NDArray[np.uint8], edges: Map, leaves: Labels) -> None:
        self._leaves = leaves
        color, texture = _histograms(picture, leaves)
        count = len(color)
        self._areas = np.zeros(2 * count - 1)
        self._areas[:count] = np.bincount(leaves.ravel(), minlength=count)
        self._color, self._texture = (np.zeros((2 * count - 1, part.shape[1])) for part in (color, texture))
        self._color[:count], self._texture[:count] = color, texture
        self._beside: dict[int, dict[int, NDArray[np.float64]]] = {one: {} for one in range(count)}
        for (one, other), border in _touching(leaves, edges).items():
            self._beside[one][other] = self._beside[other][one] = border
        frame = np.concatenate([leaves[0], leaves[-1], leaves[:, 0], leaves[:, -1]])
        self._frame = np.zeros(2 * count - 1)
        self._frame[:count] = np.bincount(frame, minlength=count)

    def run(self) -> Tree:
        """Merge until one region is left."""
        count = len(self._beside)
        queue = [
            (self._cost(one, other), one, other)
            for one, beside in self._beside.items()
            for other in beside
            if one < other
        ]
        heapq.heapify(queue)
        costs, children = np.zeros(2 * count - 1), list[tuple[int, int]]()
        contrasts, cut = np.zeros(2 * count - 1), np.zeros(2 * count - 1)
        for one in range(count):
            contrasts[one], cut[one] = self._outline(one)
        while queue:
            cost, one, other = heapq.heappop(queue)
            if one not in self._beside or other not in self._beside:
                continue  # merged by now
            made = count + len(children)
            children.append((one, other))
            costs[made] = cost
            for near in self._join(one, other, made):
                heapq.heappush(queue, (self._cost(near, made), near, made))
            contrasts[made], cut[made] = self._outline(made)
        return Tree(self._leaves, np.array(children, np.int32).reshape(-1, 2), self._areas, costs, contrasts, cut)

    def _join(self, one: int, other: int, made: int) -> list[int]:
        """Put two regions together; returns who lies beside them."""
        for values in (self._areas, self._color, self._texture, self._frame):
            values[made] = values[one] + values[other]
        beside: dict[int, NDArray[np.float64]] = {}
        for part in (one, other):
            for near, border in self._beside.pop(part).items():
                if near not in (one, other):
                    beside[near] = beside[near] + border if near in beside else border
        for near, border in beside.items():
            theirs = self._beside[near]
            theirs.pop(one, None)
            theirs.pop(other, None)
            theirs[made] = border
        self._beside[made] = beside
        return list(beside)

    def _cost(self, one: int, other: int) -> float:
        """What merging two neighbours costs."""
        share = min(self._areas[one], self._areas[other]) / self._leaves.size
        return float(self._differs(one, other) * share**SIZE_POWER)

    def _differs(self, one: int, other: int) -> float:
        """How much two neighbours differ, 0 and up."""
        color, texture = (
            float(np.abs(part[one] / self._areas[one] - part[other] / self._areas[other]).sum())
            for part in (self._color, self._texture)
        )
        length, strength = self._beside[one][other]
        return COLOR * color / 6 + TEXTURE * texture / 2 + EDGE * float(strength / length)

    def _outline(self, one: int) -> tuple[float, float]:
        """How much a region differs from what lies around it, and the share of its outline on the picture's border."""
        lengths = {near: float(border[0]) for near, border in self._beside[one].items()}
        whole = sum(lengths.values())
        differs = sum(length * self._differs(one, near) for near, length in lengths.items())
        return differs / whole if whole else 0.0, float(self._frame[one] / max(whole + self._frame[one], 1))
