"""How good every step towards a matte is: seen while a shot is analysed, against its ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import InputError
from composer.mask.calibration import Reliability
from composer.mask.measure import Scores, boundary_accuracy, region_overlap, scores_of
from composer.mask.motion_net import MotionFrame
from composer.mask.observe import Map, Observer, otsu, own_motion
from composer.render.truth import Truth, Truths
from composer.values import Candidate, Prompt, Size

Mask = NDArray[np.bool_]

#: The steps in order, and what they are.
STEPS = {
    "flow": "flow that the camera does not explain, parted by Otsu's threshold on every frame",
    "net": "the motion network's probability, cut at one half",
    "steady": "the probability after recursion, the clip's own look and the plate, cut at one half",
    "prompts": "boxes given to the segmenter (J is their overlap with the boxes around the truth's parts) and points",
    "masks": "the segmenter's outlines, cut where its logits are 0",
    "mattes": "the finished mattes, cut at one half",
}
#: Share of a candidate that must lie in the truth for it to count as moving. A candidate whose overlap (IoU) with the
#: truth is one half or more always fulfils that.
LEAST_INSIDE = 0.5


@dataclass(frozen=True)
class Fit:
    """How well masks fit over a sequence.

    Args:
        frames: how many were compared.
        region: J, the overlap.
        boundary: F, the outline.
        pooled: overlap of all pixels taken together, 0..1, as still-camera benchmarks count it; frames in which
            nothing moves weigh nothing here and count as 1 or 0 in J.
        points: share of a segmenter's points that lie in the truth; NaN for what asks none.
    """

    frames: int
    region: Scores
    boundary: Scores
    pooled: float
    points: float = float("nan")


@dataclass(frozen=True)
class Overlap:
    """One frame's mask against its truth.

    Args:
        region: J.
        boundary: F.
        both: pixels in both.
        either: pixels in either.
    """

    region: float
    boundary: float
    both: int
    either: int


def compared(found: Mask, truth: Truth) -> Overlap:
    """Compare a mask.

    Args:
        found: (H, W) bool.
        truth: of the same frame and size.
    """
    inside, ignored = truth.inside, truth.ignored
    counted = found if ignored is None else found & ~ignored
    return Overlap(
        region_overlap(found, inside, ignore=ignored),
        boundary_accuracy(found, inside, ignore=ignored),
        int(np.count_nonzero(counted & inside)),
        int(np.count_nonzero(counted | inside)),
    )


def fit_of(overlaps: Sequence[Overlap]) -> Fit:
    """Sum up a sequence; a pooled overlap of nothing with nothing is 1, and without frames there is no value.

    Args:
        overlaps: frame by frame.
    """
    either = sum(one.either for one in overlaps)
    return Fit(
        len(overlaps),
        scores_of([one.region for one in overlaps]),
        scores_of([one.boundary for one in overlaps]),
        sum(one.both for one in overlaps) / either if either else 1.0 if overlaps else float("nan"),
    )


def steps_named(names: Sequence[str]) -> tuple[str, ...]:
    """The steps asked for, in order; ``all`` is all of them.

    Raises:
        InputError: no such step.
    """
    for name in names:
        if name not in (*STEPS, "all"):
            raise InputError(f"no such stage: {name}", hint=f"one of {', '.join(STEPS)}, or all")
    return tuple(step for step in STEPS if step in names or "all" in names)


@dataclass
class Steps(Observer):
    """Measures the steps of an analysis as it runs.

    Args:
        truths: of the shot.
        asked: steps to measure; what the moving score and the network's probability are worth is always seen.

    Attributes:
        scores: moving score of every candidate on a frame that counts, and whether it is in the truth.
        pixels: reliability of the network's probability, pixel by pixel at its own size.
    """

    truths: Truths
    asked: tuple[str, ...] = ()
    scores: list[tuple[float, bool]] = field(default_factory=list)
    pixels: Reliability = field(default_factory=Reliability)
    _overlaps: dict[str, dict[int, Overlap]] = field(default_factory=dict)
    _hits: dict[int, tuple[int, int]] = field(default_factory=dict)

    def fits(self) -> dict[str, Fit]:
        """How well each step seen fits, in order."""
        hit = sum(hits for hits, _ in self._hits.values())
        asked = sum(count for _, count in self._hits.values())
        points = hit / asked if asked else float("nan")
        fits = {
            step: fit_of([overlap for _, overlap in sorted(self._overlaps.get(step, {}).items())])
            for step in STEPS
            if step in self.asked and step != "mattes"  # those are seen by whoever finishes them
        }
        if "prompts" in fits:  # the outline of a box says nothing
            fits["prompts"] = replace(fits["prompts"], boundary=scores_of([]), points=points)
        return fits

    def saw_motion(self, index: int, motion: MotionFrame) -> None:
        """See ``Observer``."""
        truth = self.truths.at(index)
        if truth is None:
            return
        inside, known = truth.at(motion.probability.shape)
        self.pixels.add(motion.probability[known], inside[known])
        self._note("net", index, motion.probability, truth)
        if "flow" in self.asked and index + 1 < self.truths.count:  # the last frame has no next one
            away = own_motion(motion)
            self._note("flow", index, away / np.float32(2 * otsu(away)), truth)

    def saw_steady(self, index: int, probability: Map) -> None:
        """See ``Observer``."""
        if "steady" in self.asked and (truth := self.truths.at(index)) is not None:
            self._note("steady", index, probability, truth)

    def saw_objects(self, index: int, labels: NDArray[np.integer], scores: dict[int, float]) -> None:
        """See ``Observer``."""
        truth = self.truths.at(index) if scores else None
        if truth is None:
            return
        inside, known = truth.at((labels.shape[0], labels.shape[1]))
        for one, score in scores.items():
            where = labels == one
            seen = int(np.count_nonzero(where & known))
            if 2 * seen >= np.count_nonzero(where):  # of the others nobody knows
                self.scores.append((score, bool(np.count_nonzero(where & inside) >= LEAST_INSIDE * seen)))

    def saw_outlines(self, index: int, prompts: Sequence[Prompt], candidates: Sequence[Candidate]) -> None:
        """See ``Observer``."""
        if not {"prompts", "masks"} & set(self.asked) or (truth := self.truths.at(index)) is None:
            return
        if "prompts" in self.asked:
            self._hits[index] = _hits(prompts, truth)
            boxes = Truth(_boxes_around(truth.inside), truth.ignored)
            self._overlaps.setdefault("prompts", {})[index] = compared(_boxes_of(prompts, truth), boxes)
        if "masks" in self.asked:
            found = np.zeros(truth.inside.shape, np.bool_)
            for candidate in candidates:
                found |= candidate.logits > 0
            self._overlaps.setdefault("masks", {})[index] = compared(found, truth)

    def _note(self, step: str, index: int, probability: Map, truth: Truth) -> None:
        if step in self.asked:
            height, width = truth.inside.shape
            found = cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
            self._overlaps.setdefault(step, {})[index] = compared(np.asarray(found), truth)


def _hits(prompts: Sequence[Prompt], truth: Truth) -> tuple[int, int]:
    """Points in the truth, and all points that something is known about."""
    height, width = truth.inside.shape
    limit = np.array([width - 1, height - 1])
    hits = count = 0
    for prompt in prompts:
        for x, y in np.clip(prompt.points[prompt.labels > 0].astype(int), 0, limit).tolist():
            if truth.ignored is None or not truth.ignored[y, x]:
                count += 1
                hits += bool(truth.inside[y, x])
    return hits, count


def _boxes_of(prompts: Sequence[Prompt], truth: Truth) -> Mask:
    height, width = truth.inside.shape
    size, covered = Size(width, height), np.zeros((height, width), np.bool_)
    for prompt in prompts:
        if prompt.box is not None:
            covered[prompt.box.snapped(size).slices] = True
    return covered


def _boxes_around(inside: Mask) -> Mask:
    covered = np.zeros(inside.shape, np.bool_)
    count, _, stats, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=8)
    for left, top, width, height, _ in np.asarray(stats[1:count]).tolist():
        covered[top : top + height, left : left + width] = True
    return covered
