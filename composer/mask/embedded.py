"""The segmenter that needs no download: motion masks made to follow the picture; clicks and boxes by colour.

Given prompts with masks (the usual case: the motion network's opinion) the edges network outlines what they cover
together, and every pixel goes to one of them. Given points or a box alone two colour models are fitted with GrabCut on
a reduced picture, which is decent where the object's colours differ from what is around it, and says by its quality
where they do not; the edges network outlines what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.bundle import bundled, digest_of_file
from composer.errors import ShapeError
from composer.mask.edge_net import EDGE_SIDE, REACH, EdgeNet, found_edge, outlined, window_of
from composer.mask.refine import Guide, Map, enlarged, guide_of
from composer.values import Box, Candidate, Prompt, Size

#: Logits go from minus to plus half of this; only none and all are that sure.
LOGIT_SPAN = 8.0
#: The soft edge is where logits lie between minus and plus this.
SOFT_LOGITS = 1.6
#: Probability below which a prompt's mask is taken to end.
_FAINT = 0.02
#: Pixels of the reduced picture that a refined edge may lie away from the mask.
_REACH = int(REACH)
#: Pixels of it beyond which a mask has no say about whose a pixel is: the blur that finds the nearest ends there.
_NEAREST = 4 * _REACH
#: Longest side at which GrabCut runs: some 100 ms, once per prompt (measured 2026-11-22).
_CUT_SIDE = 320
_CUT_ROUNDS = 4
_WEIGHTS = bundled("assets/weights/edges.onnx")
#: Share of the shorter side that a click is sure about, and that a lone click is taken to reach.
_CLICK, _CLICK_REACH = 0.015, 0.35
#: The same share that a box around clicks has beyond them, where colours alone found nothing at them. Source: of the
#: first outlines from one click on generated films, mean J 0.26 without it and 0.37 with it (measured 2026-11-25).
_ROOM = 0.25


class EmbeddedSegmenter:
    """See the module; keeps no state.

    Example:
        >>> picture = np.zeros((48, 64, 3), np.uint8)
        >>> picture[12:36, 16:40] = (200, 40, 40)
        >>> ask = Prompt(np.empty((0, 2), np.float32), np.empty(0, np.int8), Box(12, 8, 44, 40))
        >>> segmenter = EmbeddedSegmenter()
        >>> candidate, = segmenter.predict(segmenter.embed(picture), [ask])
        >>> bool(candidate.logits[24, 28] > 0), bool(candidate.logits[4, 4] > 0)
        (True, False)
    """

    name = "embedded"

    def __init__(self, net: EdgeNet | None = None) -> None:
        """Take a network, or the one that ships with Composer.

        Args:
            net: draws the edges.

        Raises:
            ModelUnavailable: the shipped weights are missing or damaged.
        """
        self._net = net or _shipped()
        self.digest = embedded_digest()

    def embed(self, image: NDArray[np.uint8]) -> Guide:
        """Reduce a picture; see ``Segmenter.embed``."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ShapeError("image", expected="(H, W, 3) uint8 RGB", actual=f"{image.shape} {image.dtype}")
        return guide_of(image, side=EDGE_SIDE)

    def predict(self, embedding: Guide, prompts: Sequence[Prompt]) -> list[Candidate]:
        """Outline what each prompt points at; see ``Segmenter.predict``. Masks of one call share no pixel."""
        masked = [prompt for prompt in prompts if prompt.mask is not None]
        together = iter(self._together(embedding, masked))
        return [self._colored(embedding, one) if one.mask is None else next(together) for one in prompts]

    def _colored(self, guide: Guide, prompt: Prompt) -> Candidate:
        """What clicks or a box find; clicks that find nothing are asked again with a box around them."""
        found = self._by_colors(guide, prompt)
        if (found.logits > 0).any() or prompt.box is not None or not (prompt.labels == 1).any():
            return found
        return self._by_colors(guide, replace(prompt, box=_box_around(prompt, guide.size)))

    def _by_colors(self, guide: Guide, prompt: Prompt) -> Candidate:
        coarse, quality = _by_color(guide, prompt)
        part = part_of(coarse, guide)
        if part.is_empty:
            return Candidate(_logits(guide.size, part, None), 0.0, prompt.moving_score)
        alpha = outlined(self._net, guide, coarse, part)
        return Candidate(_logits(guide.size, part, alpha), quality, prompt.moving_score)

    def _together(self, guide: Guide, prompts: Sequence[Prompt]) -> list[Candidate]:
        """One matte of all masks, so that no seam shows where things touch; then every pixel to one thing."""
        masks = [_resized(prompt.mask, guide.small_size) for prompt in prompts if prompt.mask is not None]
        whole = np.clip(sum(masks), 0, 1).astype(np.float32) if masks else np.zeros(guide.small_size.shape, np.float32)
        part = part_of(whole, guide)
        if part.is_empty:
            return [Candidate(_logits(guide.size, part, None), 0.0, prompt.moving_score) for prompt in prompts]
        alpha = outlined(self._net, guide, whole, part)
        owners = _owners(guide, masks, part)
        candidates = []
        for number, (prompt, mask) in enumerate(zip(prompts, masks, strict=True)):
            own = alpha if len(masks) == 1 else np.where(owners == number, alpha, np.float32(0))
            quality = _agreement(own, mask, part, guide)
            candidates.append(Candidate(_logits(guide.size, part, own), quality, prompt.moving_score))
        return candidates


def embedded_digest() -> str:
    """What tells this segmenter's answers from those of another version or other weights."""
    return f"embedded:4:{digest_of_file(_WEIGHTS)}"


@lru_cache(maxsize=1)
def _shipped() -> EdgeNet:
    return EdgeNet(_WEIGHTS)


def _owners(guide: Guide, masks: Sequence[Map], part: Box) -> NDArray[np.uint8]:
    """Which of several masks a pixel belongs to, (height, width) of the part: the one most sure of it."""
    best = np.zeros((int(part.y1 - part.y0), int(part.x1 - part.x0)), np.float32)
    owners = np.zeros(best.shape, np.uint8)
    if len(masks) == 1:
        return owners
    for number, mask in enumerate(masks):
        near_part = part_of(mask, guide, reach=_NEAREST).intersected(part)
        if near_part.is_empty:
            continue
        window = window_of(guide, near_part)
        own = np.ascontiguousarray(mask[window.slices])
        edge = found_edge(np.ascontiguousarray(guide.small[window.slices]), own)
        # Where no mask is sure of a pixel it goes to the nearest.
        near = edge + np.float32(0.01) * cv2.GaussianBlur(own, (0, 0), REACH)
        sure = enlarged(guide, near, window, near_part)
        here = Box(*(side - corner for side, corner in zip(_sides(near_part), (part.x0, part.y0) * 2, strict=True)))
        owners[here.slices][sure > best[here.slices]] = number
        np.maximum(best[here.slices], sure, out=best[here.slices])
    return owners


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _logits(size: Size, part: Box, alpha: Map | None) -> Map:
    """Logits that ``composer.mask.cut.coverage`` reads back as this alpha; none outside the part."""
    logits = np.full(size.shape, -LOGIT_SPAN / 2, np.float32)
    if alpha is not None:
        soft = (alpha - np.float32(0.5)) * np.float32(2 * SOFT_LOGITS)
        sure = np.where(alpha < 0.5, np.float32(-LOGIT_SPAN / 2), np.float32(LOGIT_SPAN / 2))
        logits[part.slices] = np.where((alpha <= 0) | (alpha >= 1), sure, soft)
    return logits


def part_of(coarse: Map, guide: Guide, *, reach: int = _REACH) -> Box:
    """The part of the full picture that a refined mask may cover.

    Args:
        coarse: (h, w) float32 0..1 at the guide's reduced size.
        guide: the picture.
        reach: pixels of the reduced picture around the mask.
    """
    left, top, width, height = cv2.boundingRect((coarse > _FAINT).view(np.uint8))
    if width == 0:
        return Box(0, 0, 0, 0)
    near = Box(left - reach, top - reach, left + width + reach, top + height + reach)
    small, full = guide.small_size, guide.size
    return near.scaled(full.width / small.width, full.height / small.height).snapped(full)


def _agreement(sharp: Map, coarse: Map, part: Box, guide: Guide) -> float:
    """Overlap of the refined with the coarse outline: low where the picture has no edge to follow."""
    whole = cv2.resize(coarse, (guide.size.width, guide.size.height), interpolation=cv2.INTER_LINEAR)[part.slices]
    first, second = sharp > 0.5, whole > 0.5
    either = np.count_nonzero(first | second)
    return float(np.count_nonzero(first & second) / either) if either else 0.0


def _resized(plane: NDArray[np.float32], size: Size) -> Map:
    if plane.shape == size.shape:
        return plane.astype(np.float32, copy=False)
    shrinks = size.width < plane.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast("Map", cv2.resize(plane.astype(np.float32), (size.width, size.height), interpolation=method))


def _by_color(guide: Guide, prompt: Prompt) -> tuple[Map, float]:
    """A coarse mask from points and box, at the guide's reduced size, and how far the colours part."""
    share = min(1.0, _CUT_SIDE / max(guide.size.width, guide.size.height))
    size = guide.size.scaled(share)
    picture = cv2.resize(guide.image, (size.width, size.height), interpolation=cv2.INTER_AREA)
    scale = (size.width / guide.size.width, size.height / guide.size.height)
    trimap = _trimap(picture, prompt, scale)
    if not np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).any():
        return np.zeros(guide.small_size.shape, np.float32), 0.0
    if not np.isin(trimap, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones(guide.small_size.shape, np.float32), 0.0
    asked = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
    models = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    cv2.setRNGSeed(0)  # GrabCut's first clusters are drawn at random
    cv2.grabCut(picture, trimap, None, *models, _CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
    inside = _connected_to(inside if inside.any() else asked, prompt, scale)
    coarse = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.8)
    return _resized(coarse, guide.small_size), _color_contrast(picture, inside)


def _trimap(picture: NDArray[np.uint8], prompt: Prompt, scale: tuple[float, float]) -> NDArray[np.uint8]:
    """GrabCut's four labels from a box and points."""
    height, width = picture.shape[:2]
    size = Size(width, height)
    trimap = np.full(size.shape, cv2.GC_BGD, np.uint8)
    radius = max(1, round(_CLICK * min(size.shape)))
    points = [(*_pixel(place, scale, size), label) for place, label in _labelled(prompt)]
    if prompt.box is not None:
        trimap[prompt.box.scaled(*scale).snapped(size).slices] = cv2.GC_PR_FGD
    else:
        for x, y, label in points:
            if label:
                reach = round(_CLICK_REACH * min(size.shape))
                disk = cv2.circle(np.zeros(size.shape, np.uint8), (x, y), reach, 1, -1) > 0
                alike = _alike(picture, x, y, radius)
                trimap[disk & (trimap == cv2.GC_BGD)] = cv2.GC_PR_BGD
                trimap[disk & alike] = cv2.GC_PR_FGD
    for x, y, label in points:
        cv2.circle(trimap, (x, y), radius, cv2.GC_FGD if label else cv2.GC_BGD, -1)
    return trimap


def _box_around(prompt: Prompt, size: Size) -> Box:
    """A box around the clicks on the object, with room for it."""
    on, room = prompt.points[prompt.labels == 1], _ROOM * min(size.shape)
    (x0, y0), (x1, y1) = (on.min(axis=0) - room).tolist(), (on.max(axis=0) + room).tolist()
    return Box(x0, y0, x1, y1)


def _labelled(prompt: Prompt) -> list[tuple[NDArray[np.float32], int]]:
    return list(zip(prompt.points, prompt.labels.tolist(), strict=True))


def _pixel(place: NDArray[np.float32], scale: tuple[float, float], size: Size) -> tuple[int, int]:
    """The pixel of the reduced picture that a click means; the right and bottom border are on the last ones."""
    x, y = (int(along * share) for along, share in zip(place, scale, strict=True))
    return min(max(x, 0), size.width - 1), min(max(y, 0), size.height - 1)


def _alike(picture: NDArray[np.uint8], x: int, y: int, radius: int) -> NDArray[np.bool_]:
    """Where the colour is near that of a click, measured against the picture's own spread."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    here = lab[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1].reshape(-1, 3)
    off = np.linalg.norm((lab - here.mean(axis=0)) * np.array([0.6, 1, 1], np.float32), axis=2)
    return cast("NDArray[np.bool_]", off < max(8.0, float(np.quantile(off, 0.15))))


def _connected_to(inside: NDArray[np.bool_], prompt: Prompt, scale: tuple[float, float]) -> NDArray[np.bool_]:
    """Drop islands that no click on the object touches; with a box alone, keep those of a fair size."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=8)
    if count <= 1:
        return inside
    size = Size(labels.shape[1], labels.shape[0])
    hit = {int(labels[_pixel(place, scale, size)[::-1]]) for place, label in _labelled(prompt) if label} - {0}
    if not hit:
        areas = stats[1:, cv2.CC_STAT_AREA]
        hit = {1 + int(i) for i in np.flatnonzero(areas >= 0.1 * areas.max())}
    return np.isin(labels, list(hit))


def _color_contrast(picture: NDArray[np.uint8], inside: NDArray[np.bool_]) -> float:
    """How far the colours inside differ from those in a ring around, 0 not at all .. 1 wholly."""
    wide = cv2.dilate(inside.view(np.uint8), np.ones((15, 15), np.uint8)).view(np.bool_)
    ring = wide & ~inside
    if not inside.any() or not ring.any():
        return 0.0
    bins = (picture // 32).astype(np.int32) @ np.array([64, 8, 1], np.int32)
    shares = [np.bincount(bins[where], minlength=512) / np.count_nonzero(where) for where in (inside, ring)]
    return float(0.5 * np.abs(shares[0] - shares[1]).sum())
