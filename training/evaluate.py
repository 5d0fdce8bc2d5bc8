"""Score the network on annotated footage: overlap per sequence, raw, smoothed in time, and helped by its own look.

    python -m training.evaluate --data ../shared/data --weights assets/weights/motion.onnx

The footage is only ever measured on. J is the overlap of the mask at 0.5 with the truth at full
size: per frame and averaged for DAVIS (first and last frame left out), pooled over all pixels for
the still-camera sequences, where pixels marked unknown are left out and shadows are background.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_features import working_size
from composer.mask.motion_net import FLOW_SCALE, MotionNet, estimate_motion, load_motion_net
from composer.mask.propagate import smooth_in_time
from composer.mask.self_training import self_trained

Truth = dict[int, Path]
PICTURES = (".jpg", ".png", ".bmp")


@dataclass(frozen=True)
class Sequence:
    """Annotated footage: frames in order, and truth for some of them by frame position."""

    name: str
    frames: list[Path]
    truth: Truth
    pooled: bool


def davis(folder: Path) -> list[Sequence]:
    """The DAVIS sequences in a folder."""
    found = []
    for place in sorted((folder / "JPEGImages" / "480p").iterdir()):
        frames = sorted(place.glob("*.jpg"))
        truth = folder / "Annotations" / "480p" / place.name
        inner = {i: truth / f"{frames[i].stem}.png" for i in range(1, len(frames) - 1)}
        found.append(Sequence(place.name, frames, inner, pooled=False))
    return found


def still(folder: Path) -> list[Sequence]:
    """The still-camera sequences in a folder."""
    found = []
    for place in sorted(p for p in folder.iterdir() if (p / "input").is_dir()):
        frames = sorted(p for p in (place / "input").iterdir() if p.suffix in PICTURES)
        position = {_number(path): i for i, path in enumerate(frames)}
        marked = sorted(p for p in (place / "groundtruth").iterdir() if p.suffix in PICTURES)
        truth = {position[_number(p)]: p for p in marked if _number(p) in position}
        found.append(Sequence(place.name, frames, truth, pooled=True))
    return found


def _number(path: Path) -> int:
    return int("".join(filter(str.isdigit, path.stem)))


def evaluate(sequence: Sequence, net: MotionNet, *, every: int, scale: float) -> dict[str, float]:
    """Score one sequence.

    Returns:
        raw, smooth, look: J in points of 100, each stage on top of the one before; ms: milliseconds per frame for flow
        and network.
    """
    greys = [_grey(path) for path in sequence.frames]
    began = time.process_time()
    motion = list(estimate_motion(greys, net, flow_scale=scale))
    spent = time.process_time() - began
    height, width = working_size(*greys[0].shape)
    small = [_small(path, height, width) for path in sequence.frames]
    raw = np.stack([m.probability for m in motion])
    forward = np.stack([m.forward for m in motion])
    backward = np.stack([m.backward for m in motion])
    grey = np.stack([cv2.cvtColor(one, cv2.COLOR_BGR2GRAY).astype(np.uint8) for one in small])
    smooth = smooth_in_time(raw, forward, backward, grey)
    fused = np.stack(self_trained(small, list(smooth)))
    chosen = list(sequence.truth.items())[::every]
    return {
        "raw": overlap(raw, chosen, pooled=sequence.pooled),
        "smooth": overlap(smooth, chosen, pooled=sequence.pooled),
        "look": overlap(fused, chosen, pooled=sequence.pooled),
        "still": float(np.mean([m.still for m in motion])),
        "ms": 1e3 * spent / len(greys),
    }


def overlap(probability: NDArray[np.float32], truth: list[tuple[int, Path]], *, pooled: bool) -> float:
    """J in points of 100 over the frames that have truth."""
    both, either = [], []
    for index, path in truth:
        labels = _grey(path)
        size = (labels.shape[1], labels.shape[0])
        found = cv2.resize(probability[index], size, interpolation=cv2.INTER_LINEAR) > 0.5
        known = (labels != 85) & (labels != 170)
        target = labels > 200
        both.append(float((found & target & known).sum()))
        either.append(float(((found | target) & known).sum()))
    if pooled:
        return 100 * sum(both) / max(1.0, sum(either))
    return 100 * float(np.mean([b / e if e else 1.0 for b, e in zip(both, either, strict=True)]))


def _small(path: Path, height: int, width: int) -> NDArray[np.uint8]:
    picture = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _grey(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        message = f"{path} is not a picture"
        raise ValueError(message)
    return picture.astype(np.uint8)


def main() -> None:
    """Parse the command line, score, print a table, optionally write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=Path("assets/weights/motion.onnx"))
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--scale", type=float, default=FLOW_SCALE)
    parser.add_argument("--mirrored", action="store_true")
    parser.add_argument("--only", choices=("davis", "still"))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    net = load_motion_net(args.weights, mirrored=args.mirrored)
    groups = {
        "davis": davis(args.data / "davis"),
        "still": still(args.data / "static_gt"),
    }
    results: dict[str, dict[str, dict[str, float]]] = {}
    for group, sequences in groups.items():
        if args.only not in (None, group):
            continue
        scores = {s.name: evaluate(s, net, every=args.every, scale=args.scale) for s in sequences}
        names = next(iter(scores.values()))
        scores["mean"] = {k: float(np.mean([s[k] for s in scores.values()])) for k in names}
        for name, score in scores.items():
            print(f"{name:26}" + "".join(f"{k} {v:6.1f}  " for k, v in score.items()), flush=True)
        results[group] = scores
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
