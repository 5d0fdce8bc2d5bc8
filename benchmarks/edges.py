"""Edges against true alphas: a coarse matte brought to full size in several ways, the same matte for all.

    python benchmarks/edges.py [--count N] [--without-pymatting] [--picture FILE] [--no-write]

Generated composites that no run trained on, and the pictures of ../shared/data/alpha_gt, each with coarse mattes
degraded from its truth (training/edges/coarse.py) to about 256x144. SAD counts thousands of pixels, MSE is taken in
the band where the coarse matte leaves the edge open, gradient error is that of alphamatting.com in that band, in
thousands. Stock matting (pymatting, `pip install composer-video[fine]`): closed form in that same band, and closed form and
KNN in the narrower one of ``edges: fine``, with what the network is sure of around it. *fine* is Composer's. Cost is that
of squares cut to 1280x720.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, write_result

from composer.bundle import bundled
from composer.mask.band import band_of as fine_band
from composer.mask.edge_net import CRISP, EDGE_SIDE, EdgeNet, draft_of, outlined
from composer.mask.embedded import part_of
from composer.mask.fine import fine_alpha
from composer.mask.refine import NARROW, Guide, guide_of, refined
from composer.values import Box, Size
from training.edges.coarse import draw_small
from training.edges.composites import make_composite
from training.edges.examples import HELD_OUT
from training.scenes.dice import Dice
from training.scenes.textures import TexturePool

Map = NDArray[np.float32]
#: Pixels in a coarse matte, whatever the picture's size: 256 by 144.
COARSE = 256 * 144
#: The guided filter's longest side and wide radius.
GUIDE_SIDE, RADIUS = 480, 10
#: Coarse mattes made of each picture of alpha_gt.
MATTES = 6
#: Composites whose crops the picture shows: place of the top left corner, and the crop's side.
SHOWN, CROP = {3: (120, 210), 5: (130, 130), 12: (170, 200)}, 220
GROUND_TRUTH = {
    "lemur": ("pymatting_lemur/lemur.png", "pymatting_lemur/lemur_alpha.png"),
    "GT05": ("alphamatting_GT05/merged_GT05.jpg", "alphamatting_GT05/alpha_GT05.jpg"),
    "closed_form": ("closed_form_matting/source.png", "closed_form_matting/output_alpha.png"),
}


@dataclass(frozen=True, eq=False)
class Case:
    """A picture, its truth, and a coarse matte at its own size."""

    picture: NDArray[np.uint8]
    truth: Map
    coarse: Map


def generated(side: int, count: int) -> Iterator[Case]:
    pool = TexturePool(HELD_OUT + 1)
    for index in range(count):
        dice = Dice(HELD_OUT + 1, side, index)
        made = make_composite(dice, pool, size=side)
        # The size of a square cut from a 16:9 picture as wide as it.
        yield Case(made.picture, made.alpha, draw_small(dice, made.alpha, side / 256))


def ground_truth(name: str) -> Iterator[Case]:
    files = [str(DATA / "alpha_gt" / file) for file in GROUND_TRUTH[name]]
    picture = np.ascontiguousarray(cv2.imread(files[0])[..., ::-1])
    truth = cv2.imread(files[1], cv2.IMREAD_GRAYSCALE).astype(np.float32) / np.float32(255)
    ratio = float(np.sqrt(truth.size / COARSE))
    for index in range(MATTES):
        yield Case(picture, truth, draw_small(Dice(HELD_OUT + 2, index), truth, ratio))


def upsampled(case: Case, size: Size) -> Map:
    """Coarse matte at another size, as the segmenter brings it there."""
    shrinks = size.width < case.coarse.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(case.coarse, (size.width, size.height), interpolation=method), np.float32)


def by_guided_filter(case: Case) -> Map:
    """What the segmenter did before it had a network: a wide window to find the edge, a narrow one to follow it."""
    guide = guide_of(case.picture, side=GUIDE_SIDE)
    coarse = upsampled(case, guide.small_size)
    small, part = Box.whole(guide.small_size), part_of(coarse, guide)
    share = max(guide.small_size.shape) / GUIDE_SIDE
    wide, narrow = (max(1, round(radius * share)) for radius in (RADIUS, NARROW))
    found = refined(Guide(guide.small, guide.small), coarse, small, radius=wide)
    crisp = np.clip((found - np.float32(0.5)) * np.float32(CRISP) + np.float32(0.5), 0, 1)
    alpha = np.zeros(guide.size.shape, np.float32)
    alpha[part.slices] = refined(guide, crisp, part, radius=narrow)
    return alpha


def by_ramp(case: Case) -> Map:
    """The guided filter's answer with the steep ramp that went with it when a matte was stored."""
    return np.clip((by_guided_filter(case) - 0.5) * np.float32(2.5) + np.float32(0.5), 0, 1)


def by_network(net: EdgeNet) -> Callable[[Case], Map]:
    def answer(case: Case) -> Map:
        guide = guide_of(case.picture, side=EDGE_SIDE)
        coarse = upsampled(case, guide.small_size)
        part = part_of(coarse, guide)
        alpha = np.zeros(guide.size.shape, np.float32)
        if not part.is_empty:
            alpha[part.slices] = outlined(net, guide, coarse, part)
        return alpha

    return answer


def by_fine(net: EdgeNet) -> Callable[[Case], Map]:
    """The network's answer with ``edges: fine``."""
    draw = by_network(net)

    def answer(case: Case) -> Map:
        alpha = np.rint(draw(case) * 255).astype(np.uint8)
        return fine_alpha(case.picture, alpha, fine_band(alpha)).astype(np.float32) / np.float32(255)

    return answer


def by_stock(net: EdgeNet, method: str) -> Callable[[Case], Map]:
    """A method of pymatting as it comes, in the band of ``edges: fine``."""
    draw = by_network(net)

    def answer(case: Case) -> Map:
        alpha = np.rint(draw(case) * 255).astype(np.uint8)
        return matted(case, np.where(fine_band(alpha), 0.5, alpha / 255.0), method)

    return answer


def by_closed_form(case: Case) -> Map:
    sure = upsampled(case, size_of(case)) > 0.5
    return matted(case, np.where(band_of(case), 0.5, sure.astype(np.float64)), "cf")


def matted(case: Case, trimap: NDArray[np.float64], method: str) -> Map:
    """A trimap's unknown pixels by pymatting, on the box around them."""
    try:
        import pymatting  # noqa: PLC0415  # a peer, and seconds to import
    except ImportError as error:
        message = "stock matting needs pymatting: pip install composer-video[fine], or --without-pymatting"
        raise SystemExit(message) from error
    open_ = (trimap > 0) & (trimap < 1)
    rows, columns = (np.flatnonzero(open_.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return trimap.astype(np.float32)
    cut = slice(max(0, rows[0] - 8), rows[-1] + 9), slice(max(0, columns[0] - 8), columns[-1] + 9)
    if not (trimap[cut] == 1).any() or not (trimap[cut] == 0).any():
        return trimap.astype(np.float32)
    trimap[cut] = getattr(pymatting, f"estimate_alpha_{method}")(case.picture[cut] / 255.0, trimap[cut])
    return trimap.astype(np.float32)


def size_of(case: Case) -> Size:
    return Size(case.truth.shape[1], case.truth.shape[0])


def band_of(case: Case) -> NDArray[np.bool_]:
    """Where the coarse matte leaves the edge open, at the picture's size: what the network may change."""
    guide = guide_of(case.picture, side=EDGE_SIDE)
    band = draft_of(guide.small, upsampled(case, guide.small_size)).band
    return cv2.resize(band, case.truth.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5


def gradient(alpha: Map) -> Map:
    """Length of the slope at a deviation of 1.4 pixels. Source: Rhemann et al., CVPR 2009."""
    soft = cv2.GaussianBlur(alpha, (0, 0), 1.4)
    return np.hypot(*(cv2.Sobel(soft, cv2.CV_32F, 1 - down, down, scale=1 / 8) for down in (0, 1)))


def errors(alpha: Map, case: Case, band: NDArray[np.bool_]) -> dict[str, float]:
    off = alpha - case.truth
    slopes = (gradient(alpha) - gradient(case.truth)) ** 2
    return {
        "SAD": float(np.abs(off).sum()) / 1e3,
        "MSE": float((off[band] ** 2).mean()),
        "gradient": float(slopes[band].sum()) / 1e3,
        "IoU": float(((alpha > 0.5) & (case.truth > 0.5)).sum() / max(1, ((alpha > 0.5) | (case.truth > 0.5)).sum())),
    }


def compared(cases: Iterator[Case], ways: dict[str, Callable[[Case], Map]]) -> dict[str, dict[str, float]]:
    """Mean errors and milliseconds of CPU of every way over the cases whose edge is in sight."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for case in cases:
        band = band_of(case)
        if not band.any():
            continue
        for name, way in ways.items():
            began = time.process_time()
            alpha = way(case)
            spent = 1e3 * (time.process_time() - began)
            rows[name].append(errors(alpha, case, band) | {"ms": spent})
    return {name: {key: float(np.mean([one[key] for one in of])) for key in of[0]} for name, of in rows.items()}


def cost(ways: dict[str, Callable[[Case], Map]], count: int) -> dict[str, float]:
    """Milliseconds of CPU a frame of 1280x720."""
    cases = [
        Case(case.picture[280:1000].copy(), case.truth[280:1000], case.coarse[56:200])
        for case in generated(1280, count)
        if 0.01 < case.truth[280:1000].mean() < 0.5
    ]
    return {name: row["ms"] for name, row in compared(iter(cases), ways).items()}


def draw_picture(file: Path, ways: dict[str, Callable[[Case], Map]]) -> None:
    """Crops of generated composites: picture, network, fine, truth."""
    rows = []
    for number, (top, left) in SHOWN.items():
        case = next(islice(generated(640, number + 1), number, None))
        planes = [ways["network"](case), ways["fine"](case), case.truth]
        shown = [case.picture, *(np.dstack([np.rint(plane * 255).astype(np.uint8)] * 3) for plane in planes)]
        cut = np.s_[top : top + CROP, left : left + CROP]
        rows.append(np.hstack([np.pad(one[cut], ((3, 3), (3, 3), (0, 0)), constant_values=255) for one in shown]))
    cv2.imwrite(str(file), np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=24, help="generated composites of each size")
    parser.add_argument("--without-pymatting", action="store_true")
    parser.add_argument("--picture", type=Path, help="only draw crops into this file")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    net = EdgeNet(bundled("assets/weights/edges.onnx"))
    drawn = by_network(net)
    ways: dict[str, Callable[[Case], Map]] = {
        "coarse": lambda case: upsampled(case, size_of(case)),
        "guided filter": by_guided_filter,
        "guided filter, ramp": by_ramp,
        "hard mask": lambda case: (drawn(case) > 0.5).astype(np.float32),
        "network": drawn,
    }
    if not asked.without_pymatting:
        ways |= {"closed form, wide band": by_closed_form, "closed form": by_stock(net, "cf")}
        ways |= {"KNN": by_stock(net, "knn"), "fine": by_fine(net)}
    if asked.picture:
        draw_picture(asked.picture, ways)
        return
    sets: dict[str, Iterator[Case]] = {f"generated, {side} wide": generated(side, asked.count) for side in (640, 1280)}
    sets |= {f"alpha_gt, {name}": ground_truth(name) for name in GROUND_TRUTH}
    results: dict[str, Any] = {}
    for name, cases in sets.items():
        slow = ("KNN", "closed form, wide band") if "1280" in name else ()
        results[name] = compared(cases, {way: call for way, call in ways.items() if way not in slow})
        print(name)
        for way, row in results[name].items():
            print(f"  {way:22s}" + "  ".join(f"{key} {value:9.4f}" for key, value in row.items()), flush=True)
    frame = cost({way: call for way, call in ways.items() if way in ("network", "closed form", "fine")}, asked.count)
    print("ms a frame of 1280x720", {way: round(value, 1) for way, value in frame.items()}, flush=True)
    if not asked.no_write:
        found = {"composites": asked.count, "mattes_per_picture": MATTES, "sets": results, "ms_720p": frame}
        write_result("edges", found)


if __name__ == "__main__":
    main()
