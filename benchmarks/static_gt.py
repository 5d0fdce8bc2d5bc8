"""Overlap of the `moving` matte with ground truth on still-camera sequences; what is unknown does not count.

python benchmarks/static_gt.py [--only NAME ...] [--no-write]
"""

from __future__ import annotations

import argparse
from typing import Any

import cv2
import numpy as np
from pictures import DATA, each, mattes_of, pictures, write_result

FOLDER = DATA / "static_gt"
#: Unknown or outside the region of interest; 50 is shadow and counts as background.
IGNORED = (85, 170)
#: Measures more than motion (an abandoned bag, a seated person), so it is named apart.
NOT_MOTION_ALONE = ("Candela_m1.10",)


def measured(name: str) -> dict[str, Any]:
    shot = pictures(FOLDER / name / "input")
    alphas, summary, speed = mattes_of(shot, {"moving": {"may_be_empty": True, "min_area": 0}})
    by_number = {
        "".join(filter(str.isdigit, path.stem)): path for path in sorted((FOLDER / name / "groundtruth").iterdir())
    }
    both = either = frames = 0
    for file, alpha in zip(shot.files, alphas, strict=True):
        path = by_number.get("".join(filter(str.isdigit, file.stem)))
        if path is None:
            continue
        truth = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        counts, found = ~np.isin(truth, IGNORED), alpha > 127
        both += int(np.count_nonzero(found & (truth == 255) & counts))
        either += int(np.count_nonzero((found | (truth == 255)) & counts))
        frames += 1
    return {"IoU": both / max(either, 1), "frames": frames, "frames_per_second": speed, "objects": len(summary.objects)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    names = asked.only or sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    rows = each(names, measured)
    counted = [row["IoU"] for name, row in rows.items() if name not in NOT_MOTION_ALONE]
    mean = float(np.mean(counted)) if counted else 0.0
    print(f"{'mean':22s}IoU {mean:.3f}  (without {', '.join(NOT_MOTION_ALONE)})")
    if not asked.no_write:
        write_result("static_gt", {"mean_IoU": mean, "left_out_of_mean": NOT_MOTION_ALONE, "sequences": rows})


if __name__ == "__main__":
    main()
