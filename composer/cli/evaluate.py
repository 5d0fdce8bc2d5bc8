"""eval: how good the mattes are on footage with ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.bars import telling
from composer.cli.exits import emit, interruptible, told
from composer.cli.options import Debug, Device, Json, NoCache, SegmenterOption, Weights

if TYPE_CHECKING:
    from composer.render.evaluate import Result

Dataset = Annotated[Path, typer.Argument(metavar="DATASET", help="DAVIS, or folders with input and groundtruth.")]
Names = Annotated[list[str] | None, typer.Option("--sequence", help="Only this sequence. Repeatable.")]


def evaluate(
    dataset: Dataset,
    names: Names = None,
    segmenter: SegmenterOption = "auto",
    weights: Weights = None,
    device: Device = "auto",
    no_cache: NoCache = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure what moves against ground truth: J (overlap) and F (outline)."""
    from composer.plan import cache_folder
    from composer.plan.segmenter import decide_device
    from composer.render.evaluate import chosen, measure, published, sequences_in

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        results = []
        for sequence in chosen(sequences_in(dataset), names):
            with telling(as_json=as_json) as tell:
                result = measure(
                    sequence,
                    segmenter=segmenter,
                    weights=weights,
                    device=decide_device(device),
                    cache=None if no_cache else cache_folder(),
                    progress=tell,
                    cancelled=cancelled,
                )
            results.append(result)
            _tell(result, as_json=as_json)
        _tell_mean(results, as_json=as_json)
        for method, (region, boundary) in published(dataset, [result.name for result in results]).items():
            _tell_published(method, region, boundary, as_json=as_json)


def _tell(result: Result, *, as_json: bool) -> None:
    region, boundary = result.region, result.boundary
    if as_json:
        emit(
            "sequence",
            name=result.name,
            frames=result.frames,
            J=region.mean,
            J_recall=region.recall,
            J_decay=region.decay,
            F=boundary.mean,
            F_recall=boundary.recall,
            F_decay=boundary.decay,
            IoU=result.pooled,
        )
    else:
        typer.echo(
            f"{result.name:<24} {result.frames:>5} frames"
            f"  J {region.mean:.3f} recall {region.recall:.2f} decay {region.decay:+.2f}"
            f"  F {boundary.mean:.3f} recall {boundary.recall:.2f} decay {boundary.decay:+.2f}"
            f"  IoU {result.pooled:.3f}"
        )


def _tell_mean(results: list[Result], *, as_json: bool) -> None:
    region = sum(result.region.mean for result in results) / len(results)
    boundary = sum(result.boundary.mean for result in results) / len(results)
    pooled = sum(result.pooled for result in results) / len(results)
    if as_json:
        emit("mean", sequences=len(results), J=region, F=boundary, IoU=pooled)
    else:
        shots = f"{len(results):>5} shots"
        typer.echo(f"{'mean':<24} {shots}   J {region:.3f}  F {boundary:.3f}  IoU {pooled:.3f}")


def _tell_published(method: str, region: float, boundary: float, *, as_json: bool) -> None:
    if as_json:
        emit("published", method=method, J=region, F=boundary)
    else:
        typer.echo(f"  published: {method:<11} {'':>13}  J {region:.3f}  F {boundary:.3f}")
