"""Mattes drawn into the picture: outlines, ids and moving scores, for contact sheets and previews."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.summary import MatteSummary, ObjectSummary
from composer.values import Matte

Picture = NDArray[np.uint8]

#: How much of an object's colour is laid over it.
TINT = 0.3
#: Golden angle on the colour circle: neighbours in number are far in hue, however many there are.
_HUE_STEP = 0.61803398875


def draw_objects(rgb: Picture, mattes: Sequence[Matte], summary: MatteSummary) -> Picture:
    """Draw the objects of one frame.

    Args:
        rgb: (H, W, 3) uint8, the frame; not changed.
        mattes: one per object, with its id, of the frame's size; id 0 is drawn without a number.
        summary: of the matte they belong to; gives the moving scores.

    Returns:
        (H, W, 3) uint8. Where nothing is covered, the picture with the words "nothing moves" or "empty here".
    """
    drawn = rgb.copy()
    known = {one.object_id: one for one in summary.objects}
    covered = [matte for matte in mattes if matte.alpha.any()]
    for matte in covered:
        _tint(drawn, matte)
    for matte in covered:
        _outline(drawn, matte)
    for matte in covered:
        _label(drawn, matte, known.get(matte.object_id))
    if not covered:
        _write(drawn, "nothing moves" if summary.nothing_moves else "empty here", (8, 8), (255, 255, 255))
    return drawn


def color_of(object_id: int) -> tuple[int, int, int]:
    """An object's colour, the same everywhere: (red, green, blue)."""
    red, green, blue = colorsys.hsv_to_rgb((0.08 + (object_id - 1) * _HUE_STEP) % 1.0, 0.85, 1.0)
    return round(255 * red), round(255 * green), round(255 * blue)


def _tint(drawn: Picture, matte: Matte) -> None:
    left, top, width, height = cv2.boundingRect((matte.alpha > 0).view(np.uint8))
    part = (slice(top, top + height), slice(left, left + width))
    share = matte.alpha[part].astype(np.float32)[..., None] * np.float32(TINT / matte.maximum)
    mixed = drawn[part] * (1 - share) + np.asarray(color_of(matte.object_id), np.float32) * share
    drawn[part] = np.rint(mixed).astype(np.uint8)


def _outline(drawn: Picture, matte: Matte) -> None:
    inside = (matte.alpha > matte.maximum // 2).view(np.uint8)
    lines, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    thickness = max(1, round(min(drawn.shape[:2]) / 400))
    cv2.drawContours(drawn, lines, -1, color_of(matte.object_id), thickness, cv2.LINE_AA)


def _label(drawn: Picture, matte: Matte, known: ObjectSummary | None) -> None:
    if not matte.object_id:
        return
    left, top, _, _ = cv2.boundingRect((matte.alpha > matte.maximum // 2).view(np.uint8))
    words = f"{matte.object_id}"
    if known is not None and known.moving_score > 0:
        words += f"  moving {known.moving_score:.2f}"
    _write(drawn, words, (left, max(0, top - _text_height(drawn) - 4)), color_of(matte.object_id))


def _text_height(drawn: Picture) -> int:
    return max(9, round(min(drawn.shape[:2]) / 34))


def _write(drawn: Picture, words: str, corner: tuple[int, int], color: tuple[int, int, int]) -> None:
    """Text on a patch of colour with its top left at a corner, moved inside the picture."""
    font, height = cv2.FONT_HERSHEY_SIMPLEX, _text_height(drawn)
    scale, thick, rim = height / 26, max(1, round(height / 16)), max(2, height // 5)
    (width, tall), below = cv2.getTextSize(words, font, scale, thick)
    x = int(np.clip(corner[0], rim, max(rim, drawn.shape[1] - width - rim)))
    y = int(np.clip(corner[1] + tall, tall + rim, max(tall + rim, drawn.shape[0] - below - rim)))
    cv2.rectangle(drawn, (x - rim, y - tall - rim), (x + width + rim, y + below + rim // 2), color, -1)
    bright = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 140
    cv2.putText(drawn, words, (x, y), font, scale, (0, 0, 0) if bright else (255, 255, 255), thick, cv2.LINE_AA)
