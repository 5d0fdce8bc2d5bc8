"""Data sets with ground truth, measured and kept as JSON."""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2

from composer.mask.measure import Scores
from composer.render.evaluate import Result, measure, summed
from composer.render.truth import chosen, sequences_in

DATA = Path(__file__).parents[2] / "shared" / "data"
RESULTS = Path(__file__).parent / "results"


def measured(
    folder: Path, names: list[str] | None, *, apart: tuple[str, ...] = (), segmenter: str = "embedded", **way: str
) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """Evaluate a data set as ``composer eval`` does.

    Args:
        folder: of the data set.
        names: sequences, or None for all.
        apart: measured, but left out of the mean.
        segmenter: embedded, or the name of a model.
        way: flow and input_kind, as ``measure`` takes them.

    Returns:
        Scores by sequence, and their means.
    """
    footage = {sequence.name: sequence for sequence in chosen(sequences_in(folder), names)}
    results = {}

    def measure_one(name: str) -> dict[str, Any]:
        started = time.perf_counter()
        found = measure(footage[name], segmenter=segmenter, **way)
        results[name] = found
        return {**_facts(found), "seconds": time.perf_counter() - started}

    rows = each(list(footage), measure_one)
    counted = [found for name, found in results.items() if name not in apart] or list(results.values())
    summary = summed(counted)
    steady = (summary.stability, summary.flicker, summary.truth_flicker)
    mean = {**_scores(summary.region, summary.boundary, steady, summary.pooled), "AUC": summary.ranking}
    return rows, {key: value for key, value in mean.items() if not math.isnan(value)}


def _facts(found: Result) -> dict[str, Any]:
    fit = found.fit
    steady = (found.stability, found.flicker, found.truth_flicker)
    scores = _scores(fit.region, fit.boundary, steady, fit.pooled)
    return {"frames": fit.frames, **{key: value for key, value in scores.items() if not math.isnan(value)}}


def _scores(region: Scores, boundary: Scores, steady: tuple[float, float, float], pooled: float) -> dict[str, float]:
    return {
        "J": region.mean, "J_recall": region.recall, "J_decay": region.decay,
        "F": boundary.mean, "F_recall": boundary.recall, "F_decay": boundary.decay,
        "T": steady[0], "flicker": steady[1], "truth_flicker": steady[2], "IoU": pooled,
    }  # fmt: skip


def write_result(name: str, result: dict[str, Any]) -> None:
    """Keep a result beside the command that made it."""
    RESULTS.mkdir(exist_ok=True)
    head = {
        "command": f"python {' '.join(['benchmarks/' + Path(sys.argv[0]).name, *sys.argv[1:]])}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {cv2.getNumThreads()} threads, OpenCV {cv2.__version__}",
    }
    (RESULTS / f"{name}.json").write_text(json.dumps({**head, **result}, indent=1) + "\n")


def each(names: list[str], measure: Callable[[str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Measure one after the other and print as they come."""
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        rows[name] = measure(name)
        print(
            f"{name:22s}"
            + "  ".join(f"{key} {value:.3f}" for key, value in rows[name].items() if isinstance(value, float)),
            flush=True,
        )
    return rows
