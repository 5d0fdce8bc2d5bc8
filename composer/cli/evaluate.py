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
    from composer.render.evaluate import measure, sequences_in

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        chosen = [each for each in sequences_in(dataset) if not names or each.name in names]
        results = []
        for sequence in chosen:
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


def _tell(result: Result, *, as_json: bool) -> None:
    if as_json:
        facts = {"frames": result.frames, "J": result.overlap, "F": result.boundary}
        emit("sequence", name=result.name, **facts)
    else:
        typer.echo(f"{result.name:<24} {result.frames:>5} frames  J {result.overlap:.3f}  F {result.boundary:.3f}")


def _tell_mean(results: list[Result], *, as_json: bool) -> None:
    from composer.errors import InputError

    if not results:
        raise InputError("no such sequence")
    overlap = sum(result.overlap for result in results) / len(results)
    boundary = sum(result.boundary for result in results) / len(results)
    if as_json:
        emit("mean", sequences=len(results), J=overlap, F=boundary)
    else:
        typer.echo(f"{'mean':<24} {len(results):>5} shots   J {overlap:.3f}  F {boundary:.3f}")
