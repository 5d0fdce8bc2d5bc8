"""How much of the DAVIS objects the embedded automatic mode proposes, beside stock ways to cut a picture up.

For every truth object the best overlap (intersection over union, at 256x144) among what each way proposes, averaged.
Peers, in the same run: connected clusters of colour (k-means of Lab, 4 to 16 clusters pooled), and the small regions
before they are merged (superpixels by OpenCV's watershed).

python benchmarks/automatic.py [--frames 3] [--no-write]

Predicted before the first run: proposals 0.62, objects 0.50, colour clusters 0.40, superpixels 0.15; found: 0.51, 0.43,
0.29, 0.08. Things of one colour are found whole, people and things before their like come in parts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, write_result

from composer.mask.automatic import Asked, Proposal, apart, by_regions
from composer.mask.measure import region_overlap
from composer.mask.regions import edge_strength, small_regions
from composer.values import Size

DAVIS = DATA / "davis"
SIZE = Size(256, 144)
Mask = NDArray[np.bool_]
Way = Callable[[NDArray[np.uint8]], list[Mask]]


def proposals(picture: NDArray[np.uint8]) -> list[Mask]:
    """Everything that is proposed, nested as it comes."""
    return [one.mask for one in by_regions(picture, Asked(), SIZE)]


def objects(picture: NDArray[np.uint8]) -> list[Mask]:
    """The disjoint objects of a first key frame."""
    found: list[Proposal] = apart(by_regions(picture, Asked(), SIZE), np.zeros(SIZE.shape, np.bool_), least=0.001)
    return [one.mask for one in found]


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cv2.resize(picture, (SIZE.width, SIZE.height), interpolation=cv2.INTER_AREA)


def superpixels(picture: NDArray[np.uint8]) -> list[Mask]:
    """The regions before merging."""
    smooth = cv2.bilateralFilter(small(picture), 7, 40, 3)
    labels = small_regions(smooth, edge_strength(smooth))
    return [labels == one for one in range(int(labels.max()) + 1)]


def clusters(picture: NDArray[np.uint8]) -> list[Mask]:
    """Connected parts of one colour cluster, for several numbers of clusters."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small(picture), (0, 0), 1.5), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    found: list[Mask] = []
    for count in (4, 8, 16):
        cv2.setRNGSeed(0)
        _, labels, _ = cv2.kmeans(lab.astype(np.float32), count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
        plane = labels.reshape(SIZE.shape)
        for cluster in range(count):
            parts_count, parts, stats, _ = cv2.connectedComponentsWithStats((plane == cluster).astype(np.uint8))
            large = [n for n in range(1, parts_count) if stats[n, cv2.CC_STAT_AREA] >= 0.001 * plane.size]
            found += [parts == part for part in large]
    return found


WAYS: dict[str, Way] = {
    "proposals": proposals, "objects": objects, "colour clusters": clusters, "superpixels": superpixels,
}  # fmt: skip


def pictures(count: int) -> Iterator[tuple[str, NDArray[np.uint8], Mask]]:
    """Some frames of every sequence, evenly spread, with their truth."""
    for folder in sorted((DAVIS / "JPEGImages" / "480p").iterdir()):
        files = sorted(folder.glob("*.jpg"))
        for place in np.linspace(0, len(files) - 1, count + 2).round().astype(int)[1:-1]:
            truth = DAVIS / "Annotations" / "480p" / folder.name / f"{files[place].stem}.png"
            picture = cv2.cvtColor(cv2.imread(str(files[place])), cv2.COLOR_BGR2RGB)
            mask = (cv2.imread(str(truth), cv2.IMREAD_GRAYSCALE) > 127).astype(np.float32)
            yield folder.name, picture, cv2.resize(mask, (SIZE.width, SIZE.height), interpolation=cv2.INTER_AREA) > 0.5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=3, help="of every sequence")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    best: dict[str, dict[str, list[float]]] = {way: {} for way in WAYS}
    counts: dict[str, list[int]] = {way: [] for way in WAYS}
    spent = dict.fromkeys(WAYS, 0.0)
    frames = 0
    for name, picture, truth in pictures(asked.frames):
        frames += 1
        for way, propose in WAYS.items():
            started = time.process_time()
            masks = propose(picture)
            spent[way] += time.process_time() - started
            counts[way].append(len(masks))
            best[way].setdefault(name, []).append(max((region_overlap(one, truth) for one in masks), default=0.0))
    rows = {}
    for way, by_name in best.items():
        flat = np.array([one for each in by_name.values() for one in each])
        rows[way] = {
            "mean_best_overlap": float(flat.mean()), "recall_at_0.5": float((flat > 0.5).mean()),
            "masks": float(np.mean(counts[way])), "cpu_ms": 1000 * spent[way] / frames,
            "sequences": {name: float(np.mean(each)) for name, each in by_name.items()},
        }  # fmt: skip
        print(f"{way:16s} best overlap {flat.mean():.3f}  above half {(flat > 0.5).mean():.2f}  "
              f"masks {rows[way]['masks']:.0f}  {rows[way]['cpu_ms']:.0f} ms")  # fmt: skip
    if not asked.no_write:
        write_result("automatic", {"frames": frames, "ways": rows})


if __name__ == "__main__":
    main()
