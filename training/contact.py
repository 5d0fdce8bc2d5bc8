"""A page to look at: frames above their mattes above their flow, the flow drawn as colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.film import FilmFrame

Colours = NDArray[np.uint8]

#: Columns of the sheet, their width in pixels, and the gap between them.
COLUMNS, WIDTH, GAP = 6, 320, 4
#: RGB in which objects are drawn, in turn.
PAINTS = np.array([[255, 120, 60], [70, 170, 255], [120, 230, 90], [240, 90, 220], [250, 220, 60]], np.float32)


class ContactSheet:
    """Keeps a few evenly spaced frames of a film, small."""

    def __init__(self, frames: int) -> None:
        self._wanted = set(np.linspace(0, frames - 1, COLUMNS).round().astype(int).tolist())
        self._columns: list[Colours] = []

    def add(self, frame: FilmFrame) -> None:
        """Take a frame, if it is among those that are shown."""
        if frame.number in self._wanted:
            rows = (frame.picture, drawn_alpha(frame), drawn_flow(frame))
            self._columns.append(np.vstack([_framed(row) for row in rows]))

    def drawn(self) -> Colours:
        """The sheet, (H, W, 3) uint8 RGB."""
        return np.hstack(self._columns)


def drawn_alpha(frame: FilmFrame) -> Colours:
    """Each object in its own colour; one that rests at this frame is darker."""
    shown = np.full(frame.picture.shape, 24, np.float32)
    for number, alpha in enumerate(frame.alpha):
        paint = PAINTS[number % len(PAINTS)] * (1.0 if frame.acts[number] else 0.45)
        shown += (paint - 24) * (alpha[..., None] / np.float32(255))
    return np.clip(shown, 0, 255).astype(np.uint8)


def drawn_flow(frame: FilmFrame) -> Colours:
    """Direction as hue, speed as colour against white; where the flow is not valid it is dark."""
    x, y = frame.flow[..., 0], frame.flow[..., 1]
    speed = np.hypot(x, y)
    most = max(1.0, float(np.percentile(speed, 98)))
    hue = ((np.arctan2(y, x) / np.pi + 1) * 90).astype(np.uint8) % 180
    strength = np.clip(speed / most * 255, 0, 255).astype(np.uint8)
    light = np.where(frame.valid, 255, 60).astype(np.uint8)
    return cv2.cvtColor(np.dstack([hue, strength, light]), cv2.COLOR_HSV2RGB)


def _framed(picture: Colours) -> Colours:
    height = round(picture.shape[0] * WIDTH / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.pad(small, ((0, GAP), (0, GAP), (0, 0)))
