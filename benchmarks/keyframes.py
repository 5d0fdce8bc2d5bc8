"""What asking a segmenter on keyframes alone costs in J, and how many frames are then asked about.

    python benchmarks/keyframes.py [--only NAME ...] [--every N ...] [--data FOLDER] [--add] [--no-write]

Motion, names and prompts are the pipeline's own. Three segmenters stand in for one that takes long: ``truth`` answers
with the ground truth's parts that a prompt means, so that every pixel lost is lost on the way between keyframes;
``erring`` does so with errors of the size that Segment Anything makes (a jittering boundary, lost and leaked parts,
spread in space, drawn anew on every frame); ``embedded`` is the one that ships. With ``--add`` sequences can be
measured one by one. The peer is each of them asked on
every frame, in the same run on the same motion. Settings were chosen on generated films (``--data``, made with
``python -m training.film --seed 3 --count 8 --size 640x360 --frames 48 --davis FOLDER``), save that the picture's edges
have half a say between keyframes: that was chosen on car-shadow and goat; and the distance of 8 and the rarity of changes, on four of the ten.

Prediction, written 2026-11-25 before the first measurement: with one frame in 12 where nothing happens, about one in 9
is asked about in the end; ``erring`` loses less than half a point of J, since two answers are averaged, ``truth``
about 1.5 points, and ``embedded`` one.

Outcome, same day, with one in 8: ``embedded`` loses nothing (J 0.755 to 0.756) with 15 % of the frames asked about;
``erring`` loses 4.3 points: its errors are new on every frame, so that asked on every frame the neighbours' vote
takes them away, and between keyframes they are carried along.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, RESULTS, write_result

from composer.mask import analysis, look
from composer.mask.asking import Asking
from composer.mask.choose import SegmenterChoice, choose_segmenter
from composer.mask.cut import Named
from composer.mask.measure import region_overlap
from composer.mask.observe import Observer
from composer.mask.pick import picked
from composer.mask.sources import MatteSpec
from composer.mask.store import MatteEntry, MatteWriter
from composer.mask.tools import Tools, motion_of
from composer.mask.trace import Trace
from composer.mask.tracks import Tracks
from composer.render.cutouts import clip_shot
from composer.render.shots import FileShot
from composer.render.truth import Sequence as Footage
from composer.render.truth import Truths, chosen, sequences_in
from composer.values import Candidate, Prompt

SPEC = MatteSpec.model_validate({"moving": {"may_be_empty": True}})
#: Pixels by which the boundary jitters and how far a jitter reaches; share of the picture's parts that are lost or
#: leaked, and how far those reach, at 480 lines.
JITTER, GRAIN = 2.0, 5.0
BLOT, SPREAD = 14.0, 28.0


@dataclass(frozen=True)
class TruthChoice(SegmenterChoice):
    """Chooses a segmenter that knows the truth of one sequence.

    Args:
        footage: whose.
        errs: whether it makes mistakes.
    """

    footage: Footage | None = None
    errs: bool = False

    def load(self) -> TruthSegmenter:
        """Read all of the truth."""
        if self.footage is None:
            raise ValueError("expected footage with truth")
        return TruthSegmenter(self.footage, errs=self.errs)


class TruthSegmenter:
    """Answers with the parts of the truth that a prompt means; knows a frame by its picture."""

    name = "truth"
    digest = "truth"

    def __init__(self, footage: Footage, *, errs: bool) -> None:
        shot = clip_shot(footage.pictures)
        truths = Truths(replace(footage, ends=True), shot.size)
        self._errs = errs
        self._truths: dict[bytes, tuple[int, NDArray[np.bool_]]] = {}
        for index, frame in enumerate(shot.frames()):
            truth = truths.at(index)
            inside = np.zeros(shot.size.shape, np.bool_) if truth is None else truth.inside
            self._truths[_digest(look.rgb(frame))] = (index, inside)

    def embed(self, image: NDArray[np.uint8]) -> tuple[int, NDArray[np.bool_]]:
        """Find the frame."""
        return self._truths[_digest(image)]

    def predict(self, embedding: tuple[int, NDArray[np.bool_]], prompts: Sequence[Prompt]) -> list[Candidate]:
        """The truth's parts that the motion lies on; where there are none, the motion itself."""
        index, truth = embedding
        return [self._answer(index, truth, prompt) for prompt in prompts]

    def _answer(self, index: int, truth: NDArray[np.bool_], prompt: Prompt) -> Candidate:
        height, width = truth.shape
        moved = cv2.resize(prompt.mask, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
        count, parts = cv2.connectedComponents(truth.view(np.uint8), connectivity=8)
        shared = np.bincount(parts[moved], minlength=count)
        least = 0.1 * np.minimum(np.bincount(parts.ravel(), minlength=count), np.count_nonzero(moved))
        meant = (shared > least) & (np.arange(count) > 0)
        inside = meant[parts] if meant.any() else moved
        away = _signed_distance(inside)
        if self._errs:
            away = away + _errors(inside.shape, seed=(index, prompt.object_id))
        return Candidate(np.clip(away, -4, 4).astype(np.float32), 0.9, prompt.moving_score)


def _digest(picture: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(picture).tobytes(), digest_size=16).digest()


def _signed_distance(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    within = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, 5)
    without = cv2.distanceTransform((~inside).view(np.uint8), cv2.DIST_L2, 5)
    return np.where(inside, within - 0.5, 0.5 - without).astype(np.float32)


def _errors(shape: tuple[int, int], *, seed: tuple[int, int]) -> NDArray[np.float32]:
    """By how many pixels the outline is off, here and there."""
    random = np.random.default_rng(seed)
    scale = shape[0] / 480
    jitter = JITTER * scale * _noise(random, shape, GRAIN * scale)
    # Only the far ends of the slow noise reach anything: a part lost here, a leak there.
    slow = _noise(random, shape, SPREAD * scale)
    blots = BLOT * scale * np.sign(slow) * np.maximum(np.abs(slow) - 1.2, 0)
    return np.asarray(jitter + blots, np.float32)


def _noise(random: np.random.Generator, shape: tuple[int, int], sigma: float) -> NDArray[np.float32]:
    field_ = cv2.GaussianBlur(random.standard_normal(shape).astype(np.float32), (0, 0), sigma)
    return (field_ - field_.mean()) / field_.std()


@dataclass
class Why(Observer):
    """Counts keyframes by reason."""

    reasons: Counter[str] = field(default_factory=Counter)

    def saw_keyframe(self, index: int, reason: str) -> None:  # noqa: ARG002  # as the base has it
        """See ``Observer``."""
        self.reasons[f"asked: {reason}"] += 1


@dataclass(frozen=True)
class Looked:
    """A sequence after the first look.

    Args:
        footage: pictures and truth.
        shot: the pictures.
        named: what moves, frame by frame.
        facts: the objects.
    """

    footage: Footage
    shot: FileShot
    named: list[Named]
    facts: dict[str, Any]


def looked(footage: Footage) -> Looked:
    """Find what moves, once for all that is compared."""
    shot, tracks, choice = clip_shot(footage.pictures), Tracks(), choose_segmenter("embedded")
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(choice, Path(folder), motion_of(choice), 1.0, lambda _: None, lambda: False)
        trace = Trace(Observer(), shot.size, shot.rate)
        named = list(analysis._named(shot, tools, tracks, trace))  # noqa: SLF001  # the pipeline's own first look, held
    objects = [asdict(analysis.told(one, 0.0)) for one in tracks.kept(shot.rate)]
    return Looked(footage, shot, named, {"objects": objects, "warnings": []})


def scored(seen: Looked, choice: SegmenterChoice, every: int) -> dict[str, Any]:
    """J of one sequence, the share of its frames that were asked about, and why.

    Args:
        seen: after the first look.
        choice: the segmenter.
        every: see ``composer.mask.keyframes.sections``.
    """
    shot, why, truths = seen.shot, Why(), Truths(seen.footage, seen.shot.size)
    with tempfile.TemporaryDirectory() as folder:
        path, asking = Path(folder) / "mattes", Asking(every, workers=1)
        tools = Tools(choice, Path(folder), motion_of(choice), 1.0, lambda _: None, lambda: False, why, asking=asking)
        with MatteWriter(path, shot.size) as writer:
            found = analysis._outlined(shot, tools, seen.named, writer.add)  # noqa: SLF001  # and its second
            writer.finish(seen.facts)
        entry = MatteEntry(path)
        wanted = picked(SPEC, analysis.Analysis(entry, analysis.summary_of(entry.facts, choice)), shot)
        overlaps = []
        for index in range(len(entry)):
            truth = truths.at(index)
            if truth is not None:
                alpha = entry.read(index).alpha_of(wanted, entry.size)
                overlaps.append(region_overlap(alpha > 127, truth.inside, ignore=truth.ignored))
        entry.close()
    return {"J": float(np.mean(overlaps)), "asked": len(found.keyframes) / len(seen.named), "reasons": why.reasons}


def measured(footage: Footage, asked: argparse.Namespace) -> dict[str, Any]:
    """One sequence with every segmenter, on every frame and on keyframes."""
    choices = {
        "truth": TruthChoice("truth", "a benchmark", "truth", footage=footage),
        "erring": TruthChoice("erring", "a benchmark", "erring", footage=footage, errs=True),
        "embedded": choose_segmenter("embedded"),
    }
    seen, row = looked(footage), dict[str, Any]()
    for name in asked.segmenter:
        row[name] = {"every frame": scored(seen, choices[name], 1)["J"]}
        for every in asked.every:
            row[name][f"1 in {every}"] = scored(seen, choices[name], every)
    return row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--data", type=Path, default=DATA / "davis")
    parser.add_argument("--every", type=int, nargs="*", default=[8])
    parser.add_argument("--segmenter", nargs="*", default=["truth", "erring", "embedded"])
    parser.add_argument("--add", action="store_true", help="keep the sequences measured before, and their means")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    kept = RESULTS / "keyframes.json"
    rows: dict[str, Any] = json.loads(kept.read_text())["sequences"] if asked.add and kept.exists() else {}
    for footage in chosen(sequences_in(asked.data), asked.only):
        rows[footage.name] = measured(footage, asked)
        _tell(footage.name, rows[footage.name])
    mean = {name: _mean([row[name] for row in rows.values()]) for name in asked.segmenter}
    _tell("mean", mean)
    if not asked.no_write:
        write_result("keyframes", {"mean": mean, "sequences": rows})


def _mean(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"every frame": float(np.mean([row["every frame"] for row in rows]))}
    for key in rows[0]:
        if key != "every frame":
            reasons = sum((Counter(row[key]["reasons"]) for row in rows), Counter())
            found[key] = {part: float(np.mean([row[key][part] for row in rows])) for part in ("J", "asked")}
            found[key]["reasons"] = dict(reasons)
    return found


def _tell(name: str, row: dict[str, Any]) -> None:
    for segmenter, found in row.items():
        words = [
            f"{key}: J {each['J']:.3f} ({100 * (each['J'] - found['every frame']):+.1f}) asked {each['asked']:.3f}"
            f" {' '.join(f'{why[7:]} {count}' for why, count in each['reasons'].items())}"
            for key, each in found.items()
            if key != "every frame"
        ]
        print(f"{name:20s} {segmenter:9s} every frame: J {found['every frame']:.3f}  {'  '.join(words)}", flush=True)


if __name__ == "__main__":
    main()
