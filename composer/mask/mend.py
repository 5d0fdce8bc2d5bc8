"""A guessed outline put right with clicks: what is clicked in comes in with all that looks like it nearby, or goes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.values import Prompt

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: Share of the shorter side that a click is sure about, and that it is taken to reach, or as far as the guess is.
CLICK, REACH = 0.02, 0.25
#: Distance in Lab within which a colour is taken for the one clicked at, before GrabCut learns better.
ALIKE = 14.0
ROUNDS = 3


def mended(picture: Picture, guess: Map, clicks: Prompt) -> Map:
    """Put a guess right.

    Colours of what is there and what is not are learned from the guess and the clicks, and decide near the clicks
    that the guess contradicts; elsewhere the guess stays. At a click itself the click is right.

    Args:
        picture: (h, w, 3) uint8 BGR, reduced.
        guess: (h, w) float32 0..1.
        clicks: points in pixels of the same picture; its box is not asked.

    Returns:
        (h, w) float32 0..1.

    Example:
        >>> picture = np.zeros((40, 60, 3), np.uint8)
        >>> picture[10:30, 10:50] = (40, 40, 200)
        >>> half = np.zeros((40, 60), np.float32)
        >>> half[10:30, 10:26] = 1
        >>> ask = Prompt(np.array([[44, 20]], np.float32), np.array([1], np.int8))
        >>> whole = mended(picture, half, ask)
        >>> bool(whole[20, 35] > 0.5), bool(whole[20, 55] > 0.5)
        (True, False)
    """
    inside = guess > 0.5
    wrong = _contradicting(inside, clicks)
    if not wrong:
        return guess
    height, width = inside.shape
    click = max(1, round(CLICK * min(height, width)))
    trimap = _trimap(picture, inside, wrong, round(REACH * min(height, width)))
    for x, y, label in _places(inside, clicks):
        cv2.circle(trimap, (x, y), click, cv2.GC_FGD if label else cv2.GC_BGD, -1)
    said = _joined_to(_cut(picture, trimap), inside, wrong, click)
    return np.where(said == inside, guess, said.astype(np.float32)).astype(np.float32)


def _places(inside: NDArray[np.bool_], clicks: Prompt) -> list[tuple[int, int, int]]:
    """Whole pixels and label of every click."""
    height, width = inside.shape
    return [
        (min(max(int(x), 0), width - 1), min(max(int(y), 0), height - 1), int(label))
        for (x, y), label in zip(clicks.points, clicks.labels, strict=True)
    ]


def _contradicting(inside: NDArray[np.bool_], clicks: Prompt) -> list[tuple[int, int, int]]:
    return [(x, y, label) for x, y, label in _places(inside, clicks) if bool(inside[y, x]) != bool(label)]


def _trimap(
    picture: Picture, inside: NDArray[np.bool_], wrong: list[tuple[int, int, int]], reach: int
) -> NDArray[np.uint8]:
    """GrabCut's labels: the guess is sure out of reach of the clicks that contradict it, and probable within.

    What has a click's colour and hangs together with it is probably as the click says.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32)
    trimap = np.where(inside, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
    # What lies between a click and the guess is as open as what lies around the click.
    away = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, 5)
    far = [max(reach, 2 + int(away[y, x])) if inside.any() else reach for x, y, _ in wrong]
    near = [
        cv2.circle(np.zeros(inside.shape, np.uint8), (x, y), radius, 1, -1) > 0
        for (x, y, _), radius in zip(wrong, far, strict=True)
    ]
    for disk in near:
        trimap[disk] = np.where(inside[disk], cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    for disk, (x, y, label) in zip(near, wrong, strict=True):
        here = lab[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].reshape(-1, 3).mean(axis=0)
        alike = disk & (np.linalg.norm(lab - here, axis=2) < ALIKE) & (inside != bool(label))
        _, parts = cv2.connectedComponents(alike.view(np.uint8), connectivity=4)
        trimap[alike & (parts == parts[y, x])] = cv2.GC_PR_FGD if label else cv2.GC_PR_BGD
    return trimap


def _cut(picture: Picture, trimap: NDArray[np.uint8]) -> NDArray[np.bool_]:
    if not np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        return np.zeros(trimap.shape, np.bool_)
    if not np.isin(trimap, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones(trimap.shape, np.bool_)
    models = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    cv2.setRNGSeed(0)  # GrabCut's first clusters are drawn at random
    cv2.grabCut(picture, trimap, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))


def _joined_to(
    decided: NDArray[np.bool_], inside: NDArray[np.bool_], wrong: list[tuple[int, int, int]], click: int
) -> NDArray[np.bool_]:
    """Of all changes only those that hang together with a click that asked for them."""
    said = inside.copy()
    for label in (0, 1):
        asked = np.zeros(inside.shape, np.uint8)
        for x, y, of in wrong:
            if of == label:
                cv2.circle(asked, (x, y), click, 1, -1)
        changed = (decided if label else ~decided) & (inside != bool(label)) | asked.view(np.bool_)
        _, parts = cv2.connectedComponents(changed.view(np.uint8), connectivity=4)
        hit = np.unique(parts[asked.view(np.bool_)])
        said[np.isin(parts, hit[hit > 0])] = bool(label)
    return said
