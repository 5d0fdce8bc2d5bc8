"""J and F of the `moving` matte on the shared DAVIS-2016 sequences, official protocol.

python benchmarks/davis.py [--only NAME ...] [--segmenter NAME] [--no-write]
"""

from __future__ import annotations

import argparse
from typing import Any

import cv2
import numpy as np
from pictures import DATA, each, mattes_of, pictures, write_result

from composer.mask.measure import boundary_accuracy, region_overlap, scores_of
from composer.render.evaluate import published

DAVIS = DATA / "davis"


def measured(name: str, segmenter: str) -> dict[str, Any]:
    shot = pictures(DAVIS / "JPEGImages" / "480p" / name)
    alphas, summary, speed = mattes_of(shot, {"moving": {"may_be_empty": True}}, segmenter=segmenter)
    truths = [
        cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127
        for path in sorted((DAVIS / "Annotations" / "480p" / name).glob("*.png"))
    ]
    # The official measure leaves out the first and the last frame.
    pairs = [(alpha > 127, truth) for alpha, truth in zip(alphas, truths, strict=True)][1:-1]
    region = scores_of([region_overlap(*pair) for pair in pairs])
    boundary = scores_of([boundary_accuracy(*pair) for pair in pairs])
    return {
        "J": region.mean, "J_recall": region.recall, "J_decay": region.decay,
        "F": boundary.mean, "F_recall": boundary.recall, "F_decay": boundary.decay,
        "frames_per_second": speed, "objects": len(summary.objects),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--segmenter", default="embedded")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    names = asked.only or sorted(path.name for path in (DAVIS / "JPEGImages" / "480p").iterdir())
    rows = each(names, lambda name: measured(name, asked.segmenter))
    mean = {key: float(np.mean([row[key] for row in rows.values()])) for key in next(iter(rows.values()))}
    print(f"{'mean':22s}" + "  ".join(f"{key} {value:.3f}" for key, value in mean.items()))
    peers = {peer: {"J": region, "F": outline} for peer, (region, outline) in published(DAVIS, names).items()}
    for peer, values in peers.items():
        print(f"  {peer:10s} J {values['J']:.3f}  F {values['F']:.3f}")
    if not asked.no_write:
        write_result("davis", {"segmenter": asked.segmenter, "mean": mean, "sequences": rows, "published": peers})


if __name__ == "__main__":
    main()
