"""Writes docs/pictures/transitions.jpg: every transition from the demo shot to a backdrop, at three moments."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from make_pictures import ROOT, Picture, frames_of, row, save

from composer import render_recipe

WAYS = (
    "dissolve",
    "wipe, soft: 0.2",
    "slide",
    "push, direction: up",
    "iris, soft: 0.05",
    "fade, color: black",
    "luma, picture: MEADOW",
)
RECIPE = """composer: 1
sources:
  plate:
    timeline:
      - {{clip: "{street}", start: 2s, for: 9f}}
      - {{transition: {way}, for: 9f}}
      - {{clip: "{dusk}", for: 9f}}
    size: [320, 180]
    fit: cover
edits: []
output: {{file: out.mkv, video: {{codec: ffv1}}}}
"""


def strip(way: str, folder: Path) -> Picture:
    """A transition at a quarter, a half and three quarters of its way, its name beside it."""
    assets = ROOT / "assets"
    street, dusk = assets / "demo" / "street.mp4", assets / "backdrops" / "dusk.png"
    words = way.replace("MEADOW", f'"{assets / "backdrops" / "meadow.png"}"')
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(street=street, dusk=dusk, way=words), encoding="utf-8")
    render_recipe(recipe, output=folder / "out.mkv")
    name = np.full((180, 130, 3), 255, np.uint8)
    cv2.putText(name, way.partition(",")[0], (8, 96), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (60, 60, 60), 1, cv2.LINE_AA)
    return np.hstack([name, row(frames_of(folder / "out.mkv", (1, 4, 7)), width=3 * 320 + 12)])


def main() -> None:
    """Render all of them and put them below one another."""
    with tempfile.TemporaryDirectory() as folder:
        strips = [strip(way, Path(folder)) for way in WAYS]
    gap = np.full((6, strips[0].shape[1], 3), 255, np.uint8)
    whole = np.vstack([part for each in strips for part in (each, gap)][:-1])
    save("transitions", cv2.resize(whole, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    main()
