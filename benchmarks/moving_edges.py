"""Soft edges in time and in colour: generated things with true alpha that rest, cross the picture, and are panned over.

    python benchmarks/moving_edges.py [--count N] [--no-write]

A composite that no run trained on rests for eight frames, crosses its background for eight, and then both are panned over
for eight, smeared by a half-open shutter, with fresh noise on every frame. Its coarse matte is degraded from the truth (training/edges/coarse.py), three quarters in one
way throughout and a quarter anew on every frame, and outlined as the segmenter does. Compared: that, cut in two (hard
mask), the same with ``edges: fine``, and with what the frame before says left out.

SAD counts thousands of pixels; MSE and dtSSD (change of the error from frame to frame; Erofeev et al., BMVC 2015) are
taken within 20 pixels of the true edge. Flicker is that of ``composer eval``. Composite error: mean absolute difference
from the true composite over two new backgrounds, in 8-bit levels, where the true matte is soft; with the plate's own
colour in the edge, with local means (``edges: fast``) and with parted colours (``edges: fine``).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from edges import Case, by_network
from numpy.typing import NDArray
from pictures import write_result

from composer.bundle import bundled
from composer.effects import Background, Inputs
from composer.mask import calm
from composer.mask.edge_net import EdgeNet
from composer.mask.fine import Fine
from composer.mask.flicker import FlickerMeter
from composer.pixels.alpha import over
from composer.pixels.unmix import edge_colors
from composer.values import ColorTags, Frame, FrameRate, Matte, PixelFormat, Size
from training.edges.coarse import draw_small
from training.edges.composites import make_composite
from training.edges.examples import HELD_OUT
from training.scenes.dice import Dice
from training.scenes.textures import TexturePool

Map = NDArray[np.float32]
SIDE, STEP, PAN = 640, (7.0, 2.5), (-3.3, 1.2)
PARTS_OF = {"resting": (0, 8), "crossing": (8, 16), "panned": (16, 24)}
SHUTTER, PARTS, NOISE, FRESH = 0.5, 8, 2.0, 0.25
COUNT = 24
NEW = ("#20a050", "#f0f0f0")


@dataclass(frozen=True, eq=False)
class Moment:
    """One frame: (H, W, 3) uint8 picture, (H, W) float32 truth, (H, W, 3) float32 subject colour, coarse matte."""

    picture: NDArray[np.uint8]
    truth: Map
    front: Map
    coarse: Map


@dataclass
class Held:
    """A matte that is there already."""

    alphas: Sequence[NDArray[np.uint8]]

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        return Matte(self.alphas[index], at=frame.at)


def sequence(index: int) -> Iterator[Moment]:
    pool, dice = TexturePool(HELD_OUT + 1), Dice(HELD_OUT + 3, index)
    made = make_composite(dice, pool, size=SIDE)
    noise = np.random.default_rng(index)
    colours = made.front * made.alpha[..., None]
    for number in range(COUNT):
        crossed, panned = min(max(0, number - 7), 8), max(0, number - 15)
        parts = np.linspace(-SHUTTER / 2, SHUTTER / 2, PARTS)
        here = [(crossed + part * (crossed > 0 and not panned), panned + part * (panned > 0)) for part in parts]
        things = [(STEP[0] * own + PAN[0] * by, STEP[1] * own + PAN[1] * by) for own, by in here]
        rests = [(PAN[0] * by, PAN[1] * by) for _, by in here]
        truth, thing = (smeared(plane, things) for plane in (made.alpha, colours))
        behind = smeared(made.behind, rests)
        seen = thing + (1 - truth[..., None]) * behind + noise.normal(0, NOISE, made.front.shape)
        picture = np.clip(np.rint(seen), 0, 255).astype(np.uint8)
        steady, fresh = (draw_small(Dice(HELD_OUT + 4, index, one), truth, SIDE / 256) for one in (0, number + 1))
        yield Moment(picture, truth, thing / np.maximum(truth, 1e-3)[..., None], steady + FRESH * (fresh - steady))


def smeared(picture: Map, places: Sequence[tuple[float, float]]) -> Map:
    return np.mean([moved(picture, *place) for place in places], axis=0, dtype=np.float32)


def moved(picture: Map, across: float, down: float) -> Map:
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float64)
    size = picture.shape[1::-1]
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def frame_of(picture: NDArray[np.uint8], index: int) -> Frame:
    planes = tuple(np.ascontiguousarray(picture[..., band]) for band in range(3))
    return Frame(
        planes, PixelFormat("rgb"), ColorTags("rgb", "full"), replace(Frame(planes, PixelFormat("rgb")).at, pts=index)
    )


def stream(alphas: Sequence[NDArray[np.uint8]], moments: Sequence[Moment], memory: float) -> list[NDArray[np.uint8]]:
    calm.MEMORY = memory
    fine = Fine(Held(alphas))
    return [fine.matte_at(index, frame_of(moment.picture, index)).alpha for index, moment in enumerate(moments)]


def errors(alphas: Sequence[NDArray[np.uint8]], moments: Sequence[Moment]) -> dict[str, float]:
    off = [alpha.astype(np.float32) / 255 - moment.truth for alpha, moment in zip(alphas, moments, strict=True)]
    near = [near_edge(moment.truth) for moment in moments]
    row = {
        "SAD": float(np.mean([np.abs(one).sum() for one in off])) / 1e3,
        "MSE": float(np.mean([(one[where] ** 2).mean() for one, where in zip(off, near, strict=True)])),
    }
    for name, (first, end) in PARTS_OF.items():
        change = [np.sqrt(((off[one] - off[one - 1])[near[one]] ** 2).mean()) for one in range(first + 1, end)]
        row[f"dtSSD {name}"] = float(np.mean(change))
        meter = FlickerMeter(Size(SIDE, SIDE))
        for one in range(first, end):
            meter.see(cv2.cvtColor(moments[one].picture, cv2.COLOR_RGB2GRAY), alphas[one])
        row[f"flicker {name}"] = meter.mean
    return row


def near_edge(truth: Map) -> NDArray[np.bool_]:
    sure = ((truth <= 0) | (truth >= 1)).astype(np.uint8)
    sure[cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0.5] = 0
    return cv2.distanceTransform(sure, cv2.DIST_L2, 5) <= 20


def composite_error(alpha: NDArray[np.uint8], moment: Moment, *, way: str) -> float:
    """Mean error of colour in the true edge."""
    frame = frame_of(moment.picture, 0)
    colors = edge_colors(frame, alpha) if way == "parted" else None
    soft = (moment.truth > 0.01) & (moment.truth < 0.99)
    off = []
    for color in NEW:
        effect = Background.model_validate({"color": color, "keep": "it", "clean_edges": way != "mixed"})
        mattes = {"it": Matte(alpha, colors=colors)}
        result = over(frame, effect.apply(Inputs(frame, Fraction(0), FrameRate(Fraction(25)), mattes=mattes)))
        flat = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)], np.float32)
        ideal = moment.truth[..., None] * moment.front + (1 - moment.truth[..., None]) * flat
        off.append(np.abs(np.stack(result.planes, axis=-1) - ideal)[soft].mean())
    return float(np.mean(off))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=8, help="sequences")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    memory = calm.MEMORY
    net = by_network(EdgeNet(bundled("assets/weights/edges.onnx")))
    ways: dict[str, Callable[..., list[NDArray[np.uint8]]]] = {
        "truth": lambda _, moments: [np.rint(moment.truth * 255).astype(np.uint8) for moment in moments],
        "hard mask": lambda alphas, _: [np.where(alpha > 127, 255, 0).astype(np.uint8) for alpha in alphas],
        "network (fast)": lambda alphas, _: list(alphas),
        "fine, each frame alone": lambda alphas, moments: stream(alphas, moments, 0.0),
        "fine": lambda alphas, moments: stream(alphas, moments, memory),
    }
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for index in range(asked.count):
        moments = list(sequence(index))
        cases = [Case(moment.picture, moment.truth, moment.coarse) for moment in moments]
        alphas = [np.rint(net(case) * 255).astype(np.uint8) for case in cases]
        for name, way in ways.items():
            began = time.process_time()
            found = way(alphas, moments)
            spent = 1e3 * (time.process_time() - began) / len(moments)
            row = errors(found, moments) | {"ms": spent}
            for colours in ("mixed", "means", "parted"):
                shown = [composite_error(found[at], moments[at], way=colours) for at in (4, 12)]
                row[f"colour, {colours}"] = float(np.mean(shown))
            rows[name].append(row)
    means = {name: {key: float(np.nanmean([one[key] for one in of])) for key in of[0]} for name, of in rows.items()}
    for name, row in means.items():
        print(f"{name:24s}" + "  ".join(f"{key} {value:.4f}" for key, value in row.items()), flush=True)
    if not asked.no_write:
        result: dict[str, Any] = {"sequences": asked.count, "frames": COUNT, "ways": means}
        write_result("moving_edges", result)


if __name__ == "__main__":
    main()
