"""Things pointed at by hand and followed: six real clips, two things each, and DAVIS from one click and from a mask.

    python benchmarks/clicked.py [--sheets FOLDER] [--only NAME ...] [--no-davis] [--no-write]

The places were chosen by looking at the frames named. Clips are worked on at half size. For DAVIS the click lies where
the truth of the first frame is thickest; ``mask`` starts from that truth itself. Peer in the same run: the same first
outline carried along OpenCV's DIS flow alone, at the same size.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, write_result

from composer.mask import look
from composer.mask.ask import follow_size
from composer.mask.draw import draw_objects
from composer.mask.measure import region_overlap, scores_of
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.summary import MatteSummary, ObjectSummary
from composer.motion import DisFlow, warp_by_flow
from composer.pixels.color import rgb_from_frame
from composer.render.cutouts import clip_shot
from composer.render.shots import FileShot
from composer.values import Frame, Matte

Picture = NDArray[np.uint8]

CLIPS: dict[str, dict[str, dict[str, Any]]] = {
    "static/edgetam_01_dog.mp4": {
        "woman": {"box": [0.17, 0.29, 0.35, 0.79], "at": "0f"},
        "dog": {"box": [0.35, 0.52, 0.56, 0.78], "at": "0f"},
    },
    "static/edgetam_05_default_juggle.mp4": {
        "man": {"box": [0.45, 0.05, 0.66, 0.95], "at": "0f"},
        "ball": {"points": [[0.51, 0.45]], "at": "0f"},
    },
    "static/edgetam_14_social_dog_training.mp4": {
        "dog": {"box": [0.53, 0.3, 0.82, 0.72], "at": "0f"},
        "legs": {"box": [0.42, 0.0, 0.66, 1.0], "at": "84f"},
    },
    "static/moviepy_chaplin.mp4": {
        "policeman": {"box": [0.19, 0.07, 0.36, 0.97], "at": "0f"},
        "tramp": {"box": [0.36, 0.1, 0.58, 1.0], "at": "48f"},
    },
    "moving/cotracker_cat.mp4": {
        "cat": {"box": [0.1, 0.26, 0.68, 0.9], "at": "0f"},
        "pink_pillow": {"points": [[0.85, 0.65]], "at": "0f"},
    },
    "moving/edgetam_08_driving.mp4": {
        "white_car": {"box": [0.0, 0.58, 0.24, 0.88], "at": "72f"},
        "right_car": {"box": [0.55, 0.67, 0.61, 0.79], "at": "0f"},
    },
}
SHEET = (4, 3)


def half(path: Path) -> FileShot:
    shot = clip_shot(path)
    return replace(shot, size=shot.size.scaled(0.5))


def followed(shot: FileShot, prompt: dict[str, Any], *, scale: float, mask: FileShot | None = None) -> Iterator[Any]:
    """The mattes of a prompt, frame by frame as (frame, matte); last the facts that are kept of it."""
    spec = MatteSpec.model_validate({"prompt": prompt})
    started = time.process_time()
    files = {} if mask is None else {"it": mask}
    with make_mattes({"it": spec}, shot, files=files, segmenter="embedded", proxy=scale) as mattes:
        seconds = time.process_time() - started
        stream = mattes.open("it")
        for index, frame in enumerate(shot.frames()):
            yield frame, stream.matte_at(index, frame)
        facts = mattes.analyses["it"].entry.facts
        yield {"confidences": facts["confidences"], "warnings": facts["warnings"], "cpu_seconds": seconds}


def measure_clip(path: Path, things: dict[str, dict[str, Any]], sheets: Path | None) -> dict[str, Any]:
    shot = half(path)
    rows, tiles, covers = {}, {}, []
    for number, (name, prompt) in enumerate(things.items(), start=1):
        *frames, facts = followed(shot, prompt, scale=0.5)
        areas = [float((matte.alpha > 127).mean()) for _, matte in frames]
        covers.append([cv2.resize(matte.alpha, (160, 90), interpolation=cv2.INTER_AREA) > 127 for _, matte in frames])
        cost = round(1000 * facts.pop("cpu_seconds") / len(frames), 1)
        rows[name] = {**facts, **_areas(areas), "ms_per_frame": cost}
        for index in np.linspace(0, len(frames) - 1, SHEET[0] * SHEET[1]).round().astype(int).tolist():
            frame, matte = frames[index]
            tiles.setdefault(index, (frame, []))[1].append(Matte(matte.alpha, number))
        worst = min(facts["confidences"])
        print(f"{path.stem:32s} {name:12s} spans {rows[name]['spans']} confidence {worst:.2f}", flush=True)
    most = max(region_overlap(one, two) for one, two in zip(*covers, strict=True) if one.any() or two.any())
    if sheets is not None:
        cv2.imwrite(str(sheets / f"{path.stem}.png"), sheet(tiles, list(things)))
    return {"frames": len(covers[0]), "most_overlap_of_the_two": round(most, 3), "objects": rows}


def _areas(areas: Sequence[float]) -> dict[str, Any]:
    seen = np.array(areas) > 0
    ends = np.cumsum([len(list(group)) for _, group in groupby(seen)])
    spans = [[int(b), int(e) - 1] for b, e in zip([0, *ends[:-1]], ends, strict=True) if seen[b]]
    known = np.array(areas)[seen] if seen.any() else np.zeros(1)
    steps = np.abs(np.diff(known)) / np.maximum(known[1:], 1e-6) if len(known) > 1 else np.zeros(1)
    return {
        "spans": spans,
        "area": {
            "first": round(float(known[0]), 5),
            "mean": round(float(known.mean()), 5),
            "least": round(float(known.min()), 5),
            "most": round(float(known.max()), 5),
            "largest_step": round(float(steps.max()), 3),
        },
    }


def sheet(tiles: dict[int, tuple[Frame, list[Matte]]], names: list[str]) -> Picture:
    """Frames with both outlines, numbered."""
    objects = tuple(ObjectSummary(number, 0, 0, 1, 0.1, 0.0, 1.0) for number in range(1, len(names) + 1))
    drawn = []
    for index, (frame, mattes) in sorted(tiles.items()):
        picture = draw_objects(rgb_from_frame(frame), mattes, MatteSummary(objects))
        cv2.putText(picture, f"frame {index}", (6, picture.shape[0] - 8), 0, 0.6, (255, 255, 0), 2, cv2.LINE_AA)
        drawn.append(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    across = SHEET[0]
    return np.vstack([np.hstack(drawn[start : start + across]) for start in range(0, len(drawn), across)])


def measure_sequence(folder: Path, name: str) -> dict[str, Any]:
    """J from one click, from the mask of the first frame, and of flow alone from both first outlines."""
    shot = clip_shot(folder / "JPEGImages" / "480p" / name)
    files = sorted((folder / "Annotations" / "480p" / name).glob("*.png"))
    truths = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127 for file in files]
    depth = cv2.distanceTransform(np.pad(truths[0], 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
    asked = {"click": {"points": [[f"{x}px", f"{y}px"]]}, "mask": {"mask": "first.png"}}
    row: dict[str, Any] = {"frames": len(truths), "click": [int(x), int(y)]}
    for way, prompt in asked.items():
        *frames, facts = followed(shot, prompt, scale=1.0, mask=clip_shot(files[0]) if way == "mask" else None)
        overlaps = [region_overlap(matte.alpha > 127, truth) for (_, matte), truth in zip(frames, truths, strict=True)]
        row[f"J_{way}"] = scores_of(overlaps[1:-1]).mean
        row[f"J_{way}_first"] = overlaps[0]
        row[f"J_{way}_flow_alone"] = scores_of(_by_flow(frames, frames[0][1].alpha, truths)[1:-1]).mean
        row[f"confidence_{way}"] = min(facts["confidences"])
        row[f"ms_per_frame_{way}"] = 1000 * facts["cpu_seconds"] / len(frames)
        row[f"trust_tells_{way}"] = _rank(facts["confidences"][1:-1], overlaps[1:-1])
    print(f"{name:16s}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items() if key[:2] == "J_"), flush=True)
    return row


def _by_flow(frames: list[Any], first: Picture, truths: list[NDArray[np.bool_]]) -> list[float]:
    """The peer: the first outline carried along the flow from frame to frame, and nothing else."""
    size, flow = follow_size(frames[0][0].size), DisFlow()
    greys = [cv2.cvtColor(look.small_bgr(frame, size), cv2.COLOR_BGR2GRAY) for frame, _ in frames]
    mask = cv2.resize(first, (size.width, size.height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    overlaps = []
    for index, (grey, truth) in enumerate(zip(greys, truths, strict=True)):
        if index:
            mask = warp_by_flow(mask, flow.estimate(grey, greys[index - 1]))
        overlaps.append(region_overlap(cv2.resize(mask, truth.shape[::-1]) > 0.5, truth))
    return overlaps


def _rank(confidences: list[float], overlaps: list[float]) -> float:
    """Rank correlation of confidence and overlap; 0 where one of them never changes."""
    ranks = [np.argsort(np.argsort(values)).astype(float) for values in (confidences, overlaps)]
    return float(np.corrcoef(*ranks)[0, 1]) if np.ptp(confidences) > 0 and np.ptp(overlaps) > 0 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--only", nargs="*", default=[""])
    parser.add_argument("--no-davis", action="store_true")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    if asked.sheets is not None:
        asked.sheets.mkdir(parents=True, exist_ok=True)
    clips = {
        name: measure_clip(DATA / "video" / name, things, asked.sheets)
        for name, things in CLIPS.items()
        if any(part in name for part in asked.only)
    }
    davis = {} if asked.no_davis else _davis(DATA / "davis")
    if not asked.no_write:
        write_result("clicked", {"clips": clips, "davis": davis})


def _davis(folder: Path) -> dict[str, Any]:
    names = sorted(path.name for path in (folder / "JPEGImages" / "480p").iterdir())
    rows = {name: measure_sequence(folder, name) for name in names}
    means = {key: float(np.mean([row[key] for row in rows.values()])) for key in rows[names[0]] if key != "click"}
    print("mean            " + "  ".join(f"{key} {value:.3f}" for key, value in means.items()))
    return {"mean": means, "sequences": rows}


if __name__ == "__main__":
    main()
