"""How exactly a surface is followed, against known truth and beside what people script with OpenCV.

    python benchmarks/tracking.py --data ../shared/data -o benchmarks/results/tracking.json

Pictures that the repository ships are warped through a known motion of 100 frames at 1280x720 (shift, turn, zoom by a
third, changing perspective, noise), free and with a subject crossing that covers more than half of the surface. Peers, in the same
run: points carried from frame to frame with a homography by RANSAC, renewed when they thin out, as tutorials do it; and
OpenCV's TrackerMIL, which knows upright boxes only. With ``--data`` also a real shot, DAVIS' car-shadow, against corners
set by hand on full-size crops of three frames, to about half a pixel.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from composer.motion.pan import opened, panned
from composer.motion.points import Look, mapped
from composer.motion.track import begun, step

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT, FRAMES = 1280, 720, 100
QUAD = np.array([[420, 200], [840, 230], [820, 520], [400, 480]], np.float64)
TEXTURES = {"sign": "assets/sign.png", "dusk": "assets/backdrops/dusk.png", "street": "docs/pictures/demo.jpg"}
#: Corners in DAVIS' car-shadow, pixel edges: the lower windows of a facade, left group to third group.
FACADE = {
    0: [(58.5, 69.0), (291.3, 79.5), (293.4, 121.0), (66.2, 137.0)],
    20: [(312.5, 81.9), (518.0, 92.3), (517.3, 133.8), (314.6, 142.3)],
    39: [(535.6, 101.4), (757.4, 110.9), (755.4, 155.9), (534.4, 162.0)],
}
Shown = tuple[Look, np.ndarray]


def truth(frame: int) -> np.ndarray:
    a = frame / FRAMES * 2 * np.pi
    middle, turn, zoom = QUAD.mean(axis=0), 0.2 * np.sin(a), 1 + 0.35 * np.sin(a)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    quad = (QUAD - middle) @ spin.T * zoom + middle + [120 * np.sin(a * 1.3), 60 * np.sin(2 * a)]
    quad[0] += [20 * np.sin(a), 15 * np.sin(2 * a)]
    quad[2] += [15 * np.sin(1.5 * a), -10 * np.sin(a)]
    return quad


def shot(name: str, *, crossed: bool) -> Iterator[Shown]:
    random = np.random.default_rng(0)
    texture = cv2.resize(cv2.imread(str(ROOT / TEXTURES[name]), 0), (1600, 1000), interpolation=cv2.INTER_AREA)
    behind = cv2.resize(cv2.imread(str(ROOT / "assets/backdrops/meadow.png"), 0), (1920, 1080))[100:820, 200:1480]
    corners = np.array([[0, 0], [1599, 0], [1599, 999], [0, 999]], np.float32)
    twice = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    for frame in range(FRAMES):
        quad = truth(frame)
        matrix = twice @ cv2.getPerspectiveTransform(corners, quad.astype(np.float32))
        large = [cv2.warpPerspective(each, matrix, (2 * WIDTH, 2 * HEIGHT)) for each in (texture, texture * 0 + 255)]
        seen, inside = (cv2.resize(each, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for each in large)
        picture = np.where(inside > 127, seen, behind)
        usable = np.ones(picture.shape, np.bool_)
        if crossed:
            x = int(100 + frame / FRAMES * 1100)
            subject = np.zeros_like(usable)
            subject[150:, max(0, x - 120) : x + 120] = True
            picture = np.where(subject, np.roll(behind, x, axis=1), picture)
            usable = cv2.dilate(subject.view(np.uint8), np.ones((15, 15), np.uint8)) == 0
        grey = np.clip(picture + random.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        yield Look(grey, usable if crossed else None), quad


class Ours:
    """What ships."""

    def __init__(self, look: Look, quad: np.ndarray) -> None:
        self.state, self.quad, self.confidence = begun(look, quad), quad, 1.0

    def step(self, look: Look) -> np.ndarray | None:
        """The corners in the next picture."""
        self.state, found = step(self.state, look)
        self.confidence = found.confidence
        return None if found.matrix is None else mapped(found.matrix, self.quad)


class Chain:
    """Frame-to-frame Lucas-Kanade and a homography by RANSAC; the matte is given to it as well."""

    def __init__(self, look: Look, quad: np.ndarray) -> None:
        self.quad, self.grey = quad, look.grey
        self.points = self.chosen(look)

    def chosen(self, look: Look) -> np.ndarray:
        """Points on the surface, off the matte."""
        mask = np.zeros(look.grey.shape, np.uint8)
        cv2.fillConvexPoly(mask, self.quad.round().astype(int), 255)
        if look.usable is not None:
            mask[~look.usable] = 0
        found = cv2.goodFeaturesToTrack(look.grey, 300, 0.01, 7, mask=mask)
        return np.empty((0, 1, 2), np.float32) if found is None else found

    def step(self, look: Look) -> np.ndarray | None:
        """The corners in the next picture."""
        if len(self.points) < 4:
            return None
        there, status, _ = cv2.calcOpticalFlowPyrLK(self.grey, look.grey, self.points, None)
        good = (status.ravel() > 0) & look.sees(there.reshape(-1, 2))
        matrix = None
        if good.sum() >= 4:
            matrix, _ = cv2.findHomography(self.points[good], there[good], cv2.RANSAC, 3.0)
        if matrix is None:
            return None
        self.quad, self.grey = mapped(matrix, self.quad), look.grey
        self.points = there[good] if good.sum() >= 60 else self.chosen(look)
        return self.quad


class Mil:
    """OpenCV's TrackerMIL; its upright box stands for the four corners."""

    def __init__(self, look: Look, quad: np.ndarray) -> None:
        x, y = quad.min(axis=0).astype(int)
        wide, high = np.ptp(quad, axis=0).astype(int)
        self.tracker = cv2.TrackerMIL_create()
        self.tracker.init(cv2.cvtColor(look.grey, cv2.COLOR_GRAY2BGR), (int(x), int(y), int(wide), int(high)))

    def step(self, look: Look) -> np.ndarray | None:
        """The corners in the next picture."""
        found, (x, y, w, h) = self.tracker.update(cv2.cvtColor(look.grey, cv2.COLOR_GRAY2BGR))
        return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float64) if found else None


def measured(kind: Callable[[Look, np.ndarray], object], shown: Iterator[Shown], most: int = FRAMES) -> dict:
    first, quad = next(shown)
    tracker, off, trust, spent, lost = kind(first, quad), [], [], 0.0, 0
    for index, (look, quad) in enumerate(shown, 1):
        if index >= most:
            break
        began = time.process_time()
        placed = tracker.step(look)
        spent += time.process_time() - began
        if placed is None:
            lost += 1
            continue
        off.append(float(np.hypot(*(placed - quad).T).mean()))
        trust.append(getattr(tracker, "confidence", 0.0))
    result = {"frames": index, "lost": lost, "cpu_ms": round(1000 * spent / index, 1)}
    if off:
        result |= {"mean": round(float(np.mean(off)), 3), "worst": round(max(off), 3), "last": round(off[-1], 3)}
    return result | {"pairs": list(zip(np.round(trust, 3).tolist(), np.round(off, 3).tolist(), strict=True))}


def by_confidence(pairs: list[tuple[float, float]]) -> list[dict]:
    rows = []
    for low, high in ((0.0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        inside = [error for trust, error in pairs if low <= trust < high]
        if inside:
            mean, tail = float(np.mean(inside)), float(np.percentile(inside, 95))
            rows.append({"from": low, "frames": len(inside), "mean": round(mean, 3), "95%": round(tail, 3)})
    return rows


def camera() -> dict:
    """A camera that pans by most of a picture, turns and zooms, and comes back: mean error of the corners."""
    wide = cv2.resize(cv2.imread(str(ROOT / TEXTURES["street"]), 0), (1920, 1080), interpolation=cv2.INTER_CUBIC)
    corners, off, pan = np.array([[0, 0], [640, 0], [640, 360], [0, 360]], np.float64) - 0.5, [], None
    random = np.random.default_rng(0)
    half = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]])
    for frame in range(120):
        a = frame / 120 * 2 * np.pi
        turn, zoom = 0.1 * np.sin(a), 1 + 0.2 * np.sin(a)
        view = np.array(
            [
                [np.cos(turn) / zoom, -np.sin(turn) / zoom, 700 + 500 * np.sin(a)],
                [np.sin(turn) / zoom, np.cos(turn) / zoom, 300 + 150 * np.sin(2 * a)],
                [1e-5 * np.sin(a), 0, 1],
            ]
        )
        large = cv2.warpPerspective(wide, view @ half, (1280, 720), flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR)
        grey = cv2.resize(large, (640, 360), interpolation=cv2.INTER_AREA)
        look = Look(np.clip(grey + random.normal(0, 2, grey.shape), 0, 255).astype(np.uint8))
        if pan is None:
            (pan, _), first = opened(look), view
            continue
        pan, seen = panned(pan, look)
        true = np.linalg.inv(view) @ first
        off.append(float(np.hypot(*(mapped(seen.matrix, mapped(np.linalg.inv(true), corners)) - corners).T).mean()))
    return {"frames": len(off), "mean": round(float(np.mean(off)), 3), "worst": round(max(off), 3)}


def facade(data: Path) -> dict:
    folder, mattes = (data / "davis" / name / "480p" / "car-shadow" for name in ("JPEGImages", "Annotations"))

    def look(index: int) -> Look:
        covered = cv2.imread(str(mattes / f"{index:05d}.png"), 0) > 0
        near = cv2.dilate(covered.view(np.uint8), np.ones((11, 11), np.uint8))
        return Look(cv2.imread(str(folder / f"{index:05d}.jpg"), 0), near == 0)

    result = {}
    for name, kind in (("ours", Ours), ("chain", Chain)):
        for first, way in ((20, range(21, 40)), (20, range(19, -1, -1)), (0, range(1, 40))):
            tracker = kind(look(first), np.array(FACADE[first]) - 0.5)
            placed = None
            for index in way:
                placed = tracker.step(look(index))
            error = None
            if placed is not None:
                error = round(float(np.hypot(*(placed + 0.5 - FACADE[way[-1]]).T).mean()), 2)
            result[f"{name}: {first} to {way[-1]}"] = error
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    rows, pairs = {}, []
    for name in TEXTURES:
        for crossed in (False, True):
            row = f"{name}, crossed" if crossed else name
            shown = list(shot(name, crossed=crossed))
            rows[row] = {kind.__name__.lower(): measured(kind, iter(shown)) for kind in (Ours, Chain)}
            if name == "sign":
                rows[row]["mil"] = measured(Mil, iter(shown), 30)
            pairs += rows[row]["ours"]["pairs"]
            for one in rows[row].values():
                one.pop("pairs")
            print(row, rows[row], flush=True)
    result = {
        "command": "python benchmarks/tracking.py " + " ".join(sys.argv[1:]),
        "opencv": cv2.__version__,
        "unit": "mean distance of the four corners, pixels",
        "known": rows,
        "by_confidence": by_confidence(pairs),
        "camera_640x360": camera(),
    }
    if asked.data is not None:
        result["car-shadow_854x480"] = facade(asked.data)
    asked.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
