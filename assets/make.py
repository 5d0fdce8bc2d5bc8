"""Remakes every file under assets/ from nothing: ``python assets/make.py [name ...]``, or ``make assets``.

The same seeds give the same pictures. Names: street, dusk, meadow, sign, frame, mark, loop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scripts import backdrops, files, frame, loop, sign, street
from scripts.sound import street_sound
from scripts.walker import STRIDE

HERE = Path(__file__).parent


def footsteps() -> list[tuple[float, float, float]]:
    """When each heel of the walker meets the ground: time, loudness, place from left to right."""
    seconds = street.COUNT / street.RATE
    half = STRIDE / street.SPEED / 2
    steps = []
    for at in np.arange(0, seconds, half):
        across = float(street.CAMERA.project(np.array([[street.pose_at(at).x, 0, street.PATH]]))[0, 0]) / street.WIDE
        steps.append((float(at), float(np.exp(-(((across - 0.5) / 0.75) ** 2))), 2 * across - 1))
    return steps


def make_street() -> None:
    """The demo shot with its sound, and the true matte of the walker."""
    mattes: list[NDArray[np.uint8]] = []

    def frames() -> Iterator[NDArray[np.uint8]]:
        for picture, matte in street.shoot():
            mattes.append(matte)
            yield picture

    sound = street_sound(street.COUNT / street.RATE, footsteps())
    files.write_video(HERE / "demo" / "street.mp4", frames(), rate=street.RATE, crf=21, sound=sound)
    files.write_mattes(HERE / "demo" / "truth.mkv", mattes, rate=street.RATE)


MAKERS: dict[str, Callable[[], None]] = {
    "street": make_street,
    "dusk": lambda: files.write_picture(HERE / "backdrops" / "dusk.png", backdrops.dusk()),
    "meadow": lambda: files.write_picture(HERE / "backdrops" / "meadow.png", backdrops.meadow()),
    "sign": lambda: files.write_picture(HERE / "sign.png", sign.paint_sign()),
    "frame": lambda: files.write_picture(HERE / "frame.png", frame.paint_frame()),
    "mark": lambda: files.write_picture(HERE / "mark.png", frame.paint_mark()),
    "loop": lambda: files.write_video(HERE / "loop.mp4", loop.frames(), rate=loop.RATE, crf=22),
}


if __name__ == "__main__":
    for name in sys.argv[1:] or MAKERS:
        print(f"making {name}", flush=True)
        MAKERS[name]()
