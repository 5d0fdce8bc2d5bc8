"""Mattes against ground truth: J, F and T as DAVIS defines them, flicker, and how good each step towards them is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled, InputError
from composer.mask import look
from composer.mask.asking import Asking
from composer.mask.calibration import Reliability, ranking, reliability_of
from composer.mask.cut import in_order
from composer.mask.flicker import FlickerMeter
from composer.mask.measure import Scores
from composer.mask.sources import MatteSpec
from composer.mask.stability import Contour, contour_of, instability
from composer.mask.stage import MatteSet, make_mattes
from composer.render.cutouts import clip_shot, eight_bit
from composer.render.shots import FileShot
from composer.render.steps import Fit, Overlap, Steps, compared, fit_of
from composer.render.truth import Sequence as Footage
from composer.render.truth import Truth, Truths
from composer.values import Frame, Progress, Size

_NAME = "moving"
#: Width of the pictures shown of a sequence, their JPEG quality, and the colours of matte and truth.
_SHOWN_WIDTH, _JPEG_QUALITY = 480, 82
_MATTE_COLOR, _TRUTH_COLOR = (255, 64, 160), (255, 236, 64)


@dataclass(frozen=True)
class FrameScore:
    """One frame.

    Args:
        index: of the frame, from 0.
        region: J.
        boundary: F; NaN where the truth says nothing of the outline.
        stability: T against the frame before; NaN where that was not scored or either is empty.
    """

    index: int
    region: float
    boundary: float
    stability: float


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame worth looking at.

    Args:
        index: of the frame.
        region: its J.
        jpeg: the plate with the matte laid over it and the truth outlined.
    """

    index: int
    region: float
    jpeg: bytes


@dataclass(frozen=True, eq=False)
class Result:
    """How well the mattes of one sequence fit.

    Args:
        name: of the sequence.
        fit: J, F and pooled overlap of the finished mattes.
        stability: T, how much the outline jitters, from 0; NaN where no two scored frames follow each other.
        flicker: change from frame to frame that motion does not explain, 0..1; see ``composer.mask.flicker``.
        truth_flicker: the same of the ground truth, where it is known; NaN where no two frames of it follow each other.
        frames: frame by frame.
        steps: the steps that were asked for.
        scores: moving score of every candidate on a scored frame, and whether it is in the truth.
        pixels: reliability of the network's probability.
        shown: the best and the worst frame, where pictures were asked for.
    """

    name: str
    fit: Fit
    stability: float
    flicker: float
    truth_flicker: float
    frames: tuple[FrameScore, ...]
    steps: dict[str, Fit] = field(default_factory=dict)
    scores: tuple[tuple[float, bool], ...] = ()
    pixels: Reliability = field(default_factory=Reliability)
    shown: tuple[Shown, ...] = ()


class Means(NamedTuple):
    """Means over sequences of a step's J, F, pooled overlap and share of points in the truth."""

    region: float
    boundary: float
    pooled: float
    points: float


@dataclass(frozen=True, eq=False)
class Summary:
    """Over all sequences; means weigh every sequence alike and leave NaN out.

    Args:
        names: of the sequences.
        region: mean J, recall and decay.
        boundary: mean F, recall and decay.
        stability: mean T.
        flicker: mean flicker of the mattes.
        truth_flicker: mean flicker of the ground truth.
        pooled: mean pooled overlap.
        steps: means of every step that was asked for.
        ranking: AUC of the moving score over all candidates of all frames; NaN where one kind is missing.
        scores: reliability of the moving score.
        pixels: reliability of the network's probability.
    """

    names: tuple[str, ...]
    region: Scores
    boundary: Scores
    stability: float
    flicker: float
    truth_flicker: float
    pooled: float
    steps: dict[str, Means]
    ranking: float
    scores: Reliability
    pixels: Reliability

    @property
    def count(self) -> int:
        """Of sequences."""
        return len(self.names)


def measure(
    sequence: Footage,
    *,
    steps: tuple[str, ...] = (),
    pictures: bool = False,
    flow: str = "prompts",
    input_kind: str = "color",
    segmenter: str = "auto",
    weights: Path | None = None,
    device: str = "cpu",
    asking: Asking | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Make the mattes of everything that moves, anew, and compare them.

    A sequence in which nothing is found to move scores 0 wherever something does.

    Args:
        sequence: pictures and truth.
        steps: of ``STEPS``, to be measured as well.
        pictures: keep the best and the worst frame.
        flow: what flow is for: prompts, picture or alone.
        input_kind: color, or grey for brightness alone.
        segmenter: auto, embedded, classical, or the name of a model.
        weights: folder that holds model files, or None.
        device: cpu or cuda.
        asking: on how many frames a segmenter that takes long is asked, and by how many workers.
        progress: told after every frame.
        cancelled: asked once a frame.

    Raises:
        InputError: the truth is missing, damaged or of another size.
    """
    shot = clip_shot(sequence.pictures)
    truths = Truths(sequence, shot.size)
    seen = Steps(truths, steps)
    spec = MatteSpec.model_validate({"moving": {"may_be_empty": True, "flow": flow, "input": input_kind}})
    with make_mattes(
        {_NAME: spec},
        shot,
        segmenter=segmenter,
        weights=weights,
        device=device,
        asking=asking,
        observer=seen,
        progress=progress,
        cancelled=cancelled,
    ) as mattes:
        meters, gallery = _Meters(shot.size), _Gallery() if pictures else None
        jobs = _jobs(mattes, shot, truths, meters, progress=progress, cancelled=cancelled)
        frames, overlaps = _compared(jobs, gallery)
    if not frames:
        raise InputError(f"{sequence.name}: its ground truth says nothing of any frame", hint="all is marked unknown")
    fit = fit_of(overlaps)
    return Result(
        name=sequence.name,
        fit=fit,
        stability=_mean([one.stability for one in frames]),
        flicker=meters.matte.mean,
        truth_flicker=meters.truth.mean,
        frames=tuple(frames),
        steps={**seen.fits(), **({"mattes": fit} if "mattes" in steps else {})},
        scores=tuple(seen.scores),
        pixels=seen.pixels,
        shown=gallery.shown if gallery is not None else (),
    )


def _compared(jobs: Iterable[_Job], gallery: _Gallery | None) -> tuple[list[FrameScore], list[Overlap]]:
    """Every frame against its truth; the measures run beside decoding, and the matching of outlines beside them."""
    frames, overlaps = [], []
    for now, stability in in_order(_matched, _pairs(in_order(_scored, jobs))):
        frames.append(FrameScore(now.job.place, now.overlap.region, now.overlap.boundary, stability))
        overlaps.append(now.overlap)
        if gallery is not None:
            gallery.see(now)
    return frames, overlaps


def summed(results: Sequence[Result]) -> Summary:
    """Sum up a data set.

    Args:
        results: at least one.
    """
    scores = [pair for result in results for pair in result.scores]
    predictions, outcomes = [score for score, _ in scores], [moves for _, moves in scores]
    return Summary(
        tuple(result.name for result in results),
        _mean_scores([result.fit.region for result in results]),
        _mean_scores([result.fit.boundary for result in results]),
        _mean([result.stability for result in results]),
        _mean([result.flicker for result in results]),
        _mean([result.truth_flicker for result in results]),
        _mean([result.fit.pooled for result in results]),
        {step: _mean_fit([result.steps[step] for result in results]) for step in results[0].steps},
        ranking(predictions, outcomes),
        reliability_of(predictions, outcomes),
        sum((result.pixels for result in results), start=Reliability()),
    )


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _mean_scores(scores: list[Scores]) -> Scores:
    return Scores(*(_mean([getattr(one, part) for one in scores]) for part in ("mean", "recall", "decay")))


def _mean_fit(fits: list[Fit]) -> Means:
    return Means(
        _mean([fit.region.mean for fit in fits]),
        _mean([fit.boundary.mean for fit in fits]),
        _mean([fit.pooled for fit in fits]),
        _mean([fit.points for fit in fits]),
    )


class _Meters:
    """Flicker of the mattes on all frames, and of the truth wherever it is known of every pixel.

    Args:
        size: of the pictures.
    """

    def __init__(self, size: Size) -> None:
        self.matte, self.truth = FlickerMeter(size), FlickerMeter(size)
        self._index = -2

    def see(self, index: int, frame: Frame, alpha: NDArray[np.uint8], truth: Truth | None) -> None:
        """Take in the next frame."""
        grey = look.grey(frame)
        self.matte.see(grey, alpha)
        if truth is None or truth.ignored is not None:
            return
        if self._index != index - 1:
            self.truth.forget()
        self._index = index
        self.truth.see(grey, truth.inside.view(np.uint8) * np.uint8(255))


class _Job(NamedTuple):
    place: int
    frame: Frame
    alpha: NDArray[np.uint8]
    truth: Truth


class _Scored(NamedTuple):
    job: _Job
    overlap: Overlap
    contour: Contour | None


def _jobs(
    mattes: MatteSet,
    shot: FileShot,
    truths: Truths,
    meters: _Meters,
    *,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Iterator[_Job]:
    stream = mattes.open(_NAME)
    for index, frame in enumerate(shot.frames()):
        alpha = eight_bit(stream.matte_at(index, frame))
        truth = truths.at(index)
        meters.see(index, frame, alpha, truth)
        if truth is not None:
            yield _Job(index, frame, alpha, truth)
        progress(Progress("measure", index + 1, shot.count))
        if cancelled():
            raise Cancelled(f"stopped at frame {index + 1} of measuring")


def _scored(job: _Job) -> _Scored:
    found = job.alpha > 127
    return _Scored(job, compared(found, job.truth), contour_of(found))


def _pairs(scored: Iterable[_Scored]) -> Iterator[tuple[Contour | None, _Scored]]:
    """Every frame with the contour of the frame before it, where that was scored."""
    before: _Scored | None = None
    for now in scored:
        follows = before is not None and before.job.place == now.job.place - 1
        yield (before.contour if before is not None and follows else None), now
        before = now


def _matched(pair: tuple[Contour | None, _Scored]) -> tuple[_Scored, float]:
    before, now = pair
    return now, instability(before, now.contour)


class _Gallery:
    """The best and the worst frame so far."""

    def __init__(self) -> None:
        self._best: Shown | None = None
        self._worst: Shown | None = None

    def see(self, scored: _Scored) -> None:
        """Keep the frame where it is better or worse than all before."""
        region = scored.overlap.region
        if not scored.job.truth.inside.any() and self._best is not None and not scored.overlap.either:
            return  # nothing to see, and rightly nothing found
        is_best = self._best is None or region > self._best.region
        is_worst = self._worst is None or region < self._worst.region
        if is_best or is_worst:
            shown = Shown(scored.job.place, region, _drawn(scored.job))
            self._best = shown if is_best else self._best
            self._worst = shown if is_worst else self._worst

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Best, then worst."""
        return tuple(one for one in (self._best, self._worst) if one is not None)


def _drawn(job: _Job) -> bytes:
    """The plate darkened where the matte is not, the matte tinted, the truth outlined, as a JPEG."""
    rgb = look.rgb(job.frame)
    height, width = rgb.shape[:2]
    share = min(1.0, _SHOWN_WIDTH / width)
    size = (round(width * share), round(height * share))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(job.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    grey = small.mean(axis=2, keepdims=True)
    dim = 0.45 * (0.5 * grey + 0.5 * small)
    lit = 0.72 * small + 0.28 * np.asarray(_MATTE_COLOR, np.float32)
    drawn = np.rint(dim * (1 - alpha) + lit * alpha).clip(0, 255).astype(np.uint8)
    inside = cv2.resize(job.truth.inside.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    lines, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(drawn, lines, -1, _TRUTH_COLOR, 1, cv2.LINE_AA)
    bgr = cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [int(cv2.IMWRITE_JPEG_QUALITY), _JPEG_QUALITY])[1].tobytes()
