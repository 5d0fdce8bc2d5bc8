"""A subject taken out against the truth: the empty place that the demo shot's generator knows.

    python benchmarks/clean_plate.py [--frames N] [--no-write]

The walker of assets/demo is removed by ``remove`` and, as the peer, by OpenCV's inpainting of every frame by itself
(Navier-Stokes and Telea), all with the same true matte, grown alike. PSNR of luma against the generator's empty street,
pooled over all frames: inside the hole, and around it where the shadow lies. Four shots: as filmed; in light that
changes by a sixth; through a window that pans and turns over it, which is a moving camera without parallax; and both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import write_result

from composer import render_recipe
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.values import FrameRate, Size, Span

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "assets"))
from scripts import street  # noqa: E402 - the generator of the demo shot

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
GROW, REACH = 6, 40
WINDOW = Size(400, 240)
RECIPE = """composer: 1
sources: {{plate: plate.mkv}}
mattes: {{walker: {{file: matte.mkv}}}}
edits: [{{remove: {{matte: walker, grow: {grow}px{more}}}}}]
output: {{file: out.mkv, video: {{codec: ffv1}}}}
"""
PEERS = {"inpainting, Navier-Stokes": cv2.INPAINT_NS, "inpainting, Telea": cv2.INPAINT_TELEA}


@dataclass(frozen=True, eq=False)
class Shot:
    """Frames with what is behind them.

    Args:
        frames: planes of each.
        mattes: (h, w) uint8 of each.
        truths: (h, w) float32 luma of the empty place, of each.
    """

    frames: list[tuple[Bytes, ...]]
    mattes: list[Bytes]
    truths: list[Floats]


def empty_place() -> Floats:
    """(H, W) luma of the street without walker and without noise."""
    place = street.still_place()
    seen = np.mean([street.through_lens(place, seed=seed).astype(np.float32) for seed in range(24)], axis=0)
    rgb = seen / 255
    return np.asarray(16 + 219 * (rgb @ np.array([0.2126, 0.7152, 0.0722])), np.float32)


def filmed(count: int) -> Shot:
    """The demo shot, every so many-th frame."""
    step = max(1, street.COUNT // count)
    with open_reader(ROOT / "assets/demo/street.mp4") as plate, open_reader(ROOT / "assets/demo/truth.mkv") as truth:
        pairs = list(zip(plate.frames(Span()), truth.frames(Span()), strict=True))[::step]
        frames = [tuple(plane.copy() for plane in frame.planes) for frame, _ in pairs]
        mattes = [matte.planes[0].copy() for _, matte in pairs]
    return Shot(frames, mattes, [empty_place()] * len(frames))


def in_changing_light(shot: Shot) -> Shot:
    """The same in light that swings by a sixth and shifts a little."""
    gains = 1 + np.sin(np.linspace(0, 5, len(shot.frames))) / 6

    def lit(plane: Any, gain: float) -> Floats:
        return np.clip(16 + (plane.astype(np.float32) - 16) * np.float32(gain), 0, 255)

    frames = [
        (np.rint(lit(planes[0], gain)).astype(np.uint8), *planes[1:])
        for planes, gain in zip(shot.frames, gains, strict=True)
    ]
    return Shot(frames, shot.mattes, [lit(truth, gain) for truth, gain in zip(shot.truths, gains, strict=True)])


def through_a_window(shot: Shot) -> Shot:
    """The same through a window that follows the walker, turns and zooms a little."""
    frames, mattes, truths = [], [], []
    for index, planes in enumerate(shot.frames):
        share = index / len(shot.frames)
        turn = cv2.getRotationMatrix2D(
            (320 - 110 + 220 * share, 180), 3 * np.sin(5 * share), 1 + 0.1 * np.sin(3 * share)
        )
        turn[:, 2] += np.array([WINDOW.width / 2, WINDOW.height / 2]) - (320 - 110 + 220 * share, 180)

        def seen(plane: Any, cell: int = 1, turn: Any = turn) -> Any:
            # OpenCV's centres: a chroma sample lies half a pixel away from the pixel of its number.
            into = np.diag([1 / cell, 1 / cell]) @ turn[:, :2] * cell
            offset = (turn[:, 2] + turn[:, :2] @ np.full(2, 0.5 * (cell - 1)) - 0.5 * (cell - 1)) / cell
            size = (WINDOW.width // cell, WINDOW.height // cell)
            return cv2.warpAffine(
                plane, np.column_stack([into, offset]), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
            )

        frames.append((seen(planes[0]), seen(planes[1], 2), seen(planes[2], 2)))
        mattes.append(seen(shot.mattes[index]))
        truths.append(seen(shot.truths[index]))
    return Shot(frames, mattes, truths)


def removed(shot: Shot, folder: Path, more: str) -> tuple[list[Bytes], float]:
    """Luma of every frame after ``remove``, and seconds it took."""
    height, width = shot.mattes[0].shape
    size, rate, count = Size(width, height), FrameRate.parse(25), len(shot.frames)
    write_clip(folder / "plate.mkv", size=size, rate=rate, frames=count, paint=lambda index: shot.frames[index])
    write_clip(
        folder / "matte.mkv",
        size=size,
        rate=rate,
        frames=count,
        format="gray",
        paint=lambda index: [shot.mattes[index]],
    )
    (folder / "recipe.yaml").write_text(RECIPE.format(grow=GROW, more=more))
    start = time.perf_counter()
    render_recipe(folder / "recipe.yaml", use_cache=False)
    took = time.perf_counter() - start
    with open_reader(folder / "out.mkv") as reader:
        return [frame.planes[0].copy() for frame in reader.frames(Span())], took


def inpainted(shot: Shot, method: int) -> tuple[list[Bytes], float]:
    """Luma of every frame, the hole guessed from its own rim, and seconds it took for all planes."""
    start, lumas = time.perf_counter(), []
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * GROW + 1, 2 * GROW + 1))
    for planes, matte in zip(shot.frames, shot.mattes, strict=True):
        hole = cv2.dilate((matte > 0).astype(np.uint8), disk)
        small = cv2.resize(hole, planes[1].shape[::-1], interpolation=cv2.INTER_AREA)
        done = [cv2.inpaint(plane, mask, 4, method) for plane, mask in zip(planes, (hole, small, small), strict=True)]
        lumas.append(done[0])
    return lumas, time.perf_counter() - start


def decibels(lumas: list[Bytes], shot: Shot) -> tuple[float, float]:
    """PSNR where the walker was, and within reach around it, pooled over the frames."""
    inside, around = [], []
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1, 2 * REACH + 1))
    for luma, matte, truth in zip(lumas, shot.mattes, shot.truths, strict=True):
        error = (luma - truth) ** 2
        near = cv2.dilate((matte > 0).astype(np.uint8), disk) > 0
        inside.append(error[matte > 0])
        around.append(error[near & (matte == 0)])
    pooled = (float(np.concatenate(part).mean()) for part in (inside, around))
    first, second = (10 * np.log10(255**2 / each) for each in pooled)
    return round(first, 2), round(second, 2)


def ways(shot: Shot) -> Iterator[tuple[str, Callable[[], tuple[list[Bytes], float]]]]:
    yield "as filmed, the walker in", lambda: ([planes[0] for planes in shot.frames], 0.0)
    for name, method in PEERS.items():
        yield name, lambda method=method: inpainted(shot, method)
    for name, more in (("remove", ""), ("remove with its shadow", ", shadow: 0.25")):

        def run(more: str = more) -> tuple[list[Bytes], float]:
            with tempfile.TemporaryDirectory() as folder:
                return removed(shot, Path(folder), more)

        yield name, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=65)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    still = filmed(asked.frames)
    shots = {
        "still camera": still,
        "still camera, changing light": in_changing_light(still),
        "moving camera": through_a_window(still),
        "moving camera, changing light": in_changing_light(through_a_window(still)),
    }
    results: dict[str, Any] = {}
    for name, shot in shots.items():
        results[name] = {}
        for way, run in ways(shot):
            lumas, took = run()
            inside, around = decibels(lumas, shot)
            each = 1000 * took / len(lumas)
            results[name][way] = {"dB inside": inside, "dB around": around, "ms a frame": round(each, 1)}
            print(
                f"{name:30} {way:28} {inside:6.2f} dB inside, {around:6.2f} dB around, {each:6.1f} ms a frame",
                flush=True,
            )
    facts = {"frames": len(still.frames), "grow": GROW, "reach": REACH, "shots": results}
    if not asked.no_write:
        write_result("clean_plate", facts)


if __name__ == "__main__":
    main()
