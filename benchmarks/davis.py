"""J, F and T of the `moving` matte on the shared DAVIS-2016 sequences, official protocol; same code as `composer eval`.

python benchmarks/davis.py [--only NAME ...] [--segmenter NAME] [--no-write]
"""

from __future__ import annotations

import argparse

from pictures import DATA, measured, write_result

from composer.render.truth import published

DAVIS = DATA / "davis"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--segmenter", default="embedded")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    rows, mean = measured(DAVIS, asked.only, segmenter=asked.segmenter)
    print(f"{'mean':22s}" + "  ".join(f"{key} {value:.3f}" for key, value in mean.items()))
    found = published(DAVIS, list(rows))
    peers = {peer: {"J": region, "F": outline} for peer, (region, outline) in found.items()}
    for peer, values in peers.items():
        print(f"  {peer:10s} J {values['J']:.3f}  F {values['F']:.3f}")
    if not asked.no_write:
        write_result("davis", {"segmenter": asked.segmenter, "mean": mean, "sequences": rows, "published": peers})


if __name__ == "__main__":
    main()
