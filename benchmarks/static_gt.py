"""Overlap of the `moving` matte with ground truth on still-camera sequences; same code as `composer eval`.

python benchmarks/static_gt.py [--only NAME ...] [--no-write]
"""

from __future__ import annotations

import argparse

from pictures import DATA, measured, write_result

FOLDER = DATA / "static_gt"
#: Measures more than motion (an abandoned bag, a seated person), so it stands apart from the mean.
NOT_MOTION_ALONE = ("Candela_m1.10",)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    rows, mean = measured(FOLDER, asked.only, apart=NOT_MOTION_ALONE)
    print(f"{'mean':22s}IoU {mean['IoU']:.3f}  (without {', '.join(NOT_MOTION_ALONE)})")
    if not asked.no_write:
        write_result("static_gt", {"mean_IoU": mean["IoU"], "left_out_of_mean": NOT_MOTION_ALONE, "sequences": rows})


if __name__ == "__main__":
    main()
