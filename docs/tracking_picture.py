"""Renders the recipe of docs/tracking.md on the demo shot, filmed as if by hand, and writes the picture of that page.

python docs/tracking_picture.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from blocks import recipes
from make_pictures import ROOT, frames_of, row, save
from numpy.typing import NDArray

from composer import render_recipe
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.values import Size

SIZE, FIRST, COUNT = Size(480, 270), 40, 36
SHOWN = (4, 18, 32)


def view(index: int) -> NDArray[np.float64]:
    """(3, 3) from the picture that is filmed by hand to the demo shot, which stands still: a sway, a turn, a zoom."""
    t = index / COUNT * 2 * np.pi
    turn, zoom = 0.035 * np.sin(t), 1.02 + 0.08 * np.sin(0.5 * t)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * zoom
    middle = np.array([300 + 50 * np.sin(t), 170 + 12 * np.sin(2 * t)])
    shift = middle - spin @ [SIZE.width / 2, SIZE.height / 2]
    return np.vstack([np.column_stack([spin, shift]), [2e-5 * np.sin(t), 0, 1]])


def filmed(plane: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
    """One plane of the demo shot as the hand-held camera sees it."""
    scale = 640 / plane.shape[1]
    there = np.diag([1 / scale, 1 / scale, 1]) @ view(index) @ np.diag([scale, scale, 1])
    size = (round(SIZE.width / scale), round(SIZE.height / scale))
    return np.asarray(cv2.warpPerspective(plane, there, size, flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR))


def write_hand_held(folder: Path) -> None:
    """The demo shot and its true matte, filmed as if by hand: plate.mkv and truth.mkv."""
    for name, source, layout in (("plate", "street.mp4", "yuv420p"), ("truth", "truth.mkv", "gray")):
        with open_reader(ROOT / "assets" / "demo" / source) as reader:
            frames = list(reader.frames())[FIRST : FIRST + COUNT]
        planes = [[filmed(plane, index) for plane in frame.planes] for index, frame in enumerate(frames)]
        write_clip(folder / f"{name}.mkv", size=SIZE, frames=COUNT, format=layout, paint=planes.__getitem__)


def main() -> None:
    """Write docs/pictures/tracking.jpg."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_hand_held(folder)
        text = recipes(ROOT / "docs" / "tracking.md")["planar"]
        (folder / "recipe.yaml").write_text(text.replace("assets/", f"{ROOT}/assets/"), encoding="utf-8")
        render_recipe(folder / "recipe.yaml", output=folder / "out.mkv", use_cache=False)
        save("tracking", row(frames_of(folder / "out.mkv", SHOWN), width=1200))


if __name__ == "__main__":
    main()
