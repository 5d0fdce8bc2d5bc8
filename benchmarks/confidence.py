"""Which number tells best how far a frame's matte can be trusted, before anybody has the truth.

    python -m training.film --seed 3 --count 8 --size 384x216 --frames 14 --davis scratch/films
    python -m training.film --seed 11 --count 16 --size 384x216 --frames 14 --davis scratch/films
    python benchmarks/confidence.py scratch/films --out benchmarks/results/confidence.json

Runs the moving matte on films with known truth, and ranks their frames by each way of making one number out of the
moving score, the outline's quality and the agreement with the frame before. Said is Spearman's rank correlation with
the frame's true overlap, over all frames and as a mean within films. The peer is each number alone.

Predicted before the run: the least of the three beats each alone, and their product is no better. Outcome: wrong; the
mean of the two scores follows best, and the least of that mean and agreement, which is what ships, as well.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from composer.mask.measure import region_overlap
from composer.mask.report import ObjectReport
from composer.mask.score import combined_score
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.render.cutouts import clip_shot

Way = Callable[[float, float, float], float]

#: From moving score, quality and agreement, 0..1 each.
WAYS: dict[str, Way] = {
    "moving score": lambda m, _q, _a: m,
    "quality": lambda _m, q, _a: q,
    "agreement": lambda _m, _q, a: a,
    "mean of moving score and quality": lambda m, q, _a: combined_score(m, q),
    "least of that mean and agreement": lambda m, q, a: min(combined_score(m, q), a),
    "that mean times agreement": lambda m, q, a: combined_score(m, q) * a,
    "least of the three": min,
    "product of the three": lambda m, q, a: m * q * a,
}


def ranks(values: Sequence[float]) -> np.ndarray:
    """Places in rising order, ties sharing theirs."""
    order = np.asarray(values)
    return np.array([(order < one).sum() + ((order == one).sum() - 1) / 2 for one in order])


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's; 0 where one of the two never changes."""
    first, second = ranks(one), ranks(other)
    if len(first) < 3 or not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def by_area(objects: Sequence[ObjectReport], index: int, way: Way) -> float | None:
    """A frame's number: that of its objects, by area; None where the matte is empty."""
    total = weighted = 0.0
    for one in objects:
        if index in one.index:
            k = one.index.index(index)
            flicker = one.flickers[k]
            agreement = 1.0 if flicker is None else 1 - flicker
            number = way(one.moving_scores[k] or 0.0, one.qualities[k] or 0.0, agreement)
            total, weighted = total + one.areas[k], weighted + one.areas[k] * number
    return weighted / total if total else None


def measured(folder: Path, truth: Path) -> tuple[list[float], dict[str, list[float]]]:
    """True overlap of every frame that has a matte, and every way's number for it."""
    shot = clip_shot(folder)
    spec = MatteSpec.model_validate({"moving": {"moving_score": 0.0}})
    overlaps: list[float] = []
    numbers: dict[str, list[float]] = {name: [] for name in WAYS}
    with make_mattes({"all": spec}, shot, segmenter="embedded") as mattes:
        objects, stream = mattes.report("all").objects, mattes.open("all")
        for index, (frame, file) in enumerate(zip(shot.frames(), sorted(truth.iterdir()), strict=True)):
            alpha = stream.matte_at(index, frame).alpha
            found = {name: by_area(objects, index, way) for name, way in WAYS.items()}
            if found["quality"] is not None:
                overlaps.append(region_overlap(alpha > 127, cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127))
                for name, number in found.items():
                    numbers[name].append(number or 0.0)
    return overlaps, numbers


def main() -> None:
    """Measure, print and write."""
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("films", type=Path, help="a data set laid out as DAVIS")
    line.add_argument("--out", type=Path)
    args = line.parse_args()
    cv2.setNumThreads(1)
    films = []
    for folder in sorted((args.films / "JPEGImages" / "480p").iterdir()):
        films.append(measured(folder, args.films / "Annotations" / "480p" / folder.name))
        print(folder.name, len(films[-1][0]), f"{np.mean(films[-1][0]):.3f}", flush=True)
    whole = [one for overlaps, _ in films for one in overlaps]
    found = {}
    for name in WAYS:
        over_all = rank_correlation(whole, [one for _, numbers in films for one in numbers[name]])
        within = [rank_correlation(overlaps, numbers[name]) for overlaps, numbers in films if len(overlaps) > 2]
        found[name] = {"over all frames": round(over_all, 3), "mean within films": round(float(np.mean(within)), 3)}
        print(f"{name:<36}{over_all:>8.3f}{np.mean(within):>8.3f}")
    if args.out:
        facts = {"command": "python " + " ".join(sys.argv), "frames": len(whole), "rank correlation": found}
        args.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
