"""Flow used three ways: as a question to the segmenter, as its picture, and alone.

    python benchmarks/flow_uses.py --films scratch/films                 # all parts
    python benchmarks/flow_uses.py --part films --films scratch/films    # films, davis or cost alone

What is in the result already is not measured again, so it can be stopped and repeated; --anew forgets it.

The films are generated (`python -m training.film --seed 3 --count 8 --size 640x360 --frames 48 --davis scratch/films`),
and settings are chosen on them: there the picture is drawn with the camera's motion in it as well. DAVIS is measured
with what ships, grey input beside the three ways (docs/grey.md). What flow and network say of a sequence is worked out
once and given to every way: it is the same for all of them. The cost is processor time, one thread, of making the
mattes of one DAVIS sequence anew, each way twice in turns, beside decoding alone.

Predictions, written 2026-11-25 before the measurements (breakdance had been seen): on DAVIS the picture loses 4 points
of J and 10 of F to prompts, because drawn flow is soft where the photograph is sharp; alone loses 1 and 6; T is best
alone. Raw flow is worse than with the camera's taken out, most with a moving camera. Alone takes a third less time.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, RESULTS, write_result

from composer.mask import analysis, stage
from composer.mask.choose import SegmenterChoice, choose_segmenter
from composer.mask.motion_net import MotionFrame
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.tools import digest_of, motion_of
from composer.mask.ways import FLOW_USES
from composer.render.cutouts import clip_shot
from composer.render.evaluate import measure
from composer.render.truth import chosen, sequences_in

Rows = dict[str, dict[str, Any]]
DAVIS = DATA / "davis"
TIMED = DAVIS / "JPEGImages" / "480p" / "camel"


#: Name of a way to what ``measure`` is asked for.
RAW = "picture, camera's motion in it"
WAYS = {
    "prompts": {"flow": "prompts"},
    "picture": {"flow": "picture"},
    "alone": {"flow": "alone"},
    "prompts, grey": {"flow": "prompts", "input_kind": "grey"},
    RAW: {"flow": "picture"},
}
PARTS = ("films", "davis", "cost")


class Held:
    """Motion of one sequence, worked out when first asked for. Of its brightness, so grey is no different."""

    def __init__(self, choice: SegmenterChoice) -> None:
        self._motion = motion_of(choice)
        self.digest = digest_of(self._motion)
        self._frames: list[MotionFrame] = []

    def __call__(self, frames: Iterable[NDArray[np.uint8]]) -> Iterator[MotionFrame]:
        """See ``estimate_motion``."""
        if self._frames:  # the pictures are read all the same: others wait for them
            yield from (one for _, one in zip(frames, self._frames, strict=True))
            return
        for one in self._motion(frames):
            self._frames.append(one)
            yield one


def scores(folder: Path, asked: argparse.Namespace, ways: list[str], found: Rows, keep: Callable[[], None]) -> None:
    """Some ways on every sequence of a data set that is not in ``found`` yet; kept after each."""
    shortest_first = sorted(chosen(sequences_in(folder), asked.only), key=lambda one: len(list(one.pictures.iterdir())))
    for sequence in shortest_first:
        held = Held(choose_segmenter(asked.segmenter))
        for way in ways:
            kept = found.setdefault(way, {"mean": {}, "sequences": {}})
            if sequence.name in kept["sequences"]:
                continue
            with patch.object(stage, "motion_of", lambda _, held=held: held), raw_flow(way):
                one = measure(sequence, segmenter=asked.segmenter, **WAYS[way])
            row = {"J": one.fit.region.mean, "F": one.fit.boundary.mean, "T": one.stability, "flicker": one.flicker}
            kept["sequences"][sequence.name] = row
            kept["mean"] = {
                key: sum(each[key] for each in kept["sequences"].values()) / len(kept["sequences"]) for key in row
            }
            told(sequence.name, way, row)
            keep()
    for way, kept in found.items():
        told("mean", way, kept["mean"])


def told(name: str, way: str, row: dict[str, float]) -> None:
    print(f"{name:14s}{way:32s}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)


def raw_flow(way: str) -> AbstractContextManager[Any]:
    """Where that is the way, flow is drawn with the camera's motion in it."""
    return patch.object(analysis, "own_flow", lambda motion, _: motion.forward) if way == RAW else nullcontext()


def cost(segmenter: str, *, rounds: int = 2) -> dict[str, Any]:
    """Milliseconds of processor time a frame, one thread."""
    cv2.setNumThreads(1)
    shot, spent = clip_shot(TIMED), {name: [] for name in ("decoding alone", *FLOW_USES)}
    frames = 0
    for _ in range(rounds):
        for name, each in spent.items():
            began = time.process_time()
            if name == "decoding alone":
                frames = sum(1 for _ in shot.frames())
            else:
                spec = MatteSpec.model_validate({"moving": {"flow": name}})
                make_mattes({"asked": spec}, shot, segmenter=segmenter).close()
            each.append(1e3 * (time.process_time() - began) / frames)
    least = {name: min(each) for name, each in spent.items()}
    return {"clip": TIMED.name, "frames": frames, "cpu_ms": spent, "ratio": {
        name: value / least["prompts"] for name, value in least.items()
    }}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--films", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--way", choices=list(WAYS), action="append")
    parser.add_argument("--segmenter", default="embedded")
    parser.add_argument("--anew", action="store_true", help="forget what is in the result already")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    kept = RESULTS / "flow_uses.json"
    before = json.loads(kept.read_text()) if kept.exists() and not asked.anew else {}
    before = before if before.get("analysis") == analysis.VERSION else {}  # what others found is not to be mixed in
    result: dict[str, Any] = {part: before[part] for part in PARTS if part in before}

    def keep() -> None:
        if not asked.no_write:
            write_result("flow_uses", {"segmenter": asked.segmenter, "analysis": analysis.VERSION, **result})

    for part in asked.part or [part for part in PARTS if part != "films" or asked.films]:
        if part == "cost":
            result[part] = cost(asked.segmenter)
            print(json.dumps(result[part], indent=1))
        else:
            folder = DAVIS if part == "davis" else asked.films
            found = result.setdefault(part, {})
            ways = asked.way or [way for way in WAYS if way != RAW or part == "films"]
            scores(folder, asked, ways, found, keep)
        keep()


if __name__ == "__main__":
    main()
