"""eval: how good the mattes are on footage with ground truth, and where on the way to them quality is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from composer.cli.bars import telling
from composer.cli.exits import emit, interruptible, told
from composer.cli.options import Debug, Device, Json, Keyframes, SegmenterOption, Weights, Workers, one_of

if TYPE_CHECKING:
    from composer.mask.calibration import Reliability
    from composer.mask.measure import Scores
    from composer.render.evaluate import Result, Summary
    from composer.render.steps import Fit
    from composer.render.truth import Sequence as Footage

Dataset = Annotated[Path, typer.Argument(metavar="DATASET", help="DAVIS, or folders with input and groundtruth.")]
Names = Annotated[list[str] | None, typer.Option("--sequence", help="Only this sequence. Repeatable.")]
Apart = Annotated[
    list[str] | None, typer.Option("--apart", metavar="NAME", help="Shown, but not in the means. Repeatable.")
]
Stages = Annotated[
    list[str] | None,
    typer.Option("--stage", help="Also measure flow, net, steady, prompts, masks, mattes, or all. Repeatable."),
]
Page = Annotated[
    Path | None, typer.Option("--report", metavar="PAGE.html", help="Write one page with pictures; all stages on it.")
]

Flows = Annotated[
    list[str] | None,
    typer.Option(
        "--flow", metavar="WAYS", help="prompts (default), picture, alone; several, as in prompts,alone, are compared."
    ),
]
Inputs = Annotated[
    list[str] | None, typer.Option("--input", metavar="KINDS", help="color (default), grey; both are compared.")
]


class Way(NamedTuple):
    """One of the ways that are compared."""

    flow: str
    input: str


def evaluate(
    dataset: Dataset,
    names: Names = None,
    apart: Apart = None,
    stages: Stages = None,
    report: Page = None,
    flows: Flows = None,
    inputs: Inputs = None,
    segmenter: SegmenterOption = "auto",
    weights: Weights = None,
    device: Device = "auto",
    keyframes: Keyframes = None,
    workers: Workers = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure what moves against ground truth: J (overlap), F (outline) and T (jitter), found anew on every run."""
    from composer.mask.asking import Asking
    from composer.plan.segmenter import decide_device
    from composer.render.evaluate import measure
    from composer.render.page import check_page, write_page
    from composer.render.steps import steps_named
    from composer.render.truth import chosen, published, sequences_in

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        ways = _ways(flows, inputs)
        steps = steps_named(stages or (["all"] if report else []))
        if report is not None:
            _check_one(ways)
            check_page(report)
        known = sequences_in(dataset)
        left_out = {sequence.name for sequence in chosen(known, apart)} if apart else set()
        wanted = chosen(known, names)
        counted = [each.name for each in wanted if each.name not in left_out] or [each.name for each in wanted]
        peers = published(dataset, counted)  # a broken file is told before the work, not after
        work = partial(
            measure,
            steps=steps,
            pictures=report is not None,
            segmenter=segmenter,
            weights=weights,
            device=decide_device(device),
            asking=Asking(keyframes, workers),
            cancelled=cancelled,
        )
        measured = {way: _measured(wanted, counted, way, work, is_one=len(ways) == 1, as_json=as_json) for way in ways}
        for method, (region, boundary) in peers.items():
            _tell_published(method, region, boundary, as_json=as_json)
        if len(ways) > 1 and not as_json:
            _tell_ways({way: summary for way, (_, summary) in measured.items()})
        if report is not None:
            write_page(report, dataset.absolute().name, *measured[ways[0]], peers)
            typer.echo(f"{report}", err=as_json)


def _ways(flows: Sequence[str] | None, inputs: Sequence[str] | None) -> list[Way]:
    """Every use of flow with every kind of input that was asked for, each once."""
    from composer.mask.ways import FLOW_USES, INPUT_KINDS

    def listed(option: str, texts: Sequence[str], known: Sequence[str]) -> list[str]:
        words = [word.strip() for text in texts for word in text.split(",")]
        return list(dict.fromkeys(one_of(option, word, known) for word in words))

    uses = listed("--flow", flows or ["prompts"], FLOW_USES)
    return [Way(*way) for way in product(uses, listed("--input", inputs or ["color"], INPUT_KINDS))]


def _check_one(ways: Sequence[Way]) -> None:
    from composer.errors import InputError

    if len(ways) > 1:
        hint = "write a page of each, or leave --report out to compare them in a table"
        raise InputError(f"--report shows one way, got {len(ways)} of --flow and --input", hint=hint)


def _measured(
    wanted: Sequence[Footage], counted: Sequence[str], way: Way, work: partial[Result], *, is_one: bool, as_json: bool
) -> tuple[list[Result], Summary]:
    """All sequences in one way, told as they come, and their means."""
    from composer.render.evaluate import summed

    if not is_one and not as_json:
        typer.echo(f"flow: {way.flow}, input: {way.input}")
    results = []
    for sequence in wanted:
        with telling(as_json=as_json) as tell:
            results.append(work(sequence, flow=way.flow, input_kind=way.input, progress=tell))
        _tell(results[-1], way, as_json=as_json)
    summary = summed([result for result in results if result.name in counted])
    _tell_summary(summary, way, [each.name for each in wanted if each.name not in counted], as_json=as_json)
    return results, summary


def _tell_ways(summaries: dict[Way, Summary]) -> None:
    """The ways side by side."""
    typer.echo(f"{'flow':<10} {'input':<7} {'J':>6} {'F':>6} {'T':>6} {'flicker':>8} {'IoU':>6}")
    for way, found in summaries.items():
        scores = (found.region.mean, found.boundary.mean, found.stability)
        typer.echo(
            f"{way.flow:<10} {way.input:<7} {' '.join(f'{_short(score):>6}' for score in scores)}"
            f" {_short(found.flicker):>8} {_short(found.pooled):>6}"
        )


def _tell(result: Result, way: Way, *, as_json: bool) -> None:
    fit = result.fit
    if as_json:
        emit(
            "sequence",
            name=result.name,
            **way._asdict(),
            frames=fit.frames,
            **_plain("J", fit.region),
            **_plain("F", fit.boundary),
            T=_number(result.stability),
            flicker=_number(result.flicker),
            truth_flicker=_number(result.truth_flicker),
            IoU=fit.pooled,
            stages={step: _facts(each) for step, each in result.steps.items()},
            curve=[[one.index, *map(_number, (one.region, one.boundary, one.stability))] for one in result.frames],
        )
        return
    typer.echo(
        f"{result.name:<24} {fit.frames:>5} frames  {_words('J', fit.region)}  {_words('F', fit.boundary)}"
        f"  T {_short(result.stability)}  flicker {_short(result.flicker)}  IoU {fit.pooled:.3f}"
    )
    for step, each in result.steps.items():
        _tell_step(step, each.region.mean, each.boundary.mean, each.pooled, each.points)


def _tell_summary(summary: Summary, way: Way, apart: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        emit(
            "mean",
            sequences=summary.count,
            apart=list(apart),
            **way._asdict(),
            **_plain("J", summary.region),
            **_plain("F", summary.boundary),
            T=_number(summary.stability),
            flicker=_number(summary.flicker),
            truth_flicker=_number(summary.truth_flicker),
            IoU=summary.pooled,
            stages={
                step: dict(zip(("J", "F", "IoU", "points"), map(_number, means), strict=True))
                for step, means in summary.steps.items()
            },
        )
        moving = int(summary.scores.true.sum())
        emit("moving_score", AUC=_number(summary.ranking), moving=moving, **_reliable(summary.scores))
        emit("network", **_reliable(summary.pixels))
        return
    left = f" (without {', '.join(apart)})" if apart else ""
    typer.echo(
        f"{'mean':<24} {summary.count:>5} shots   {_words('J', summary.region)}  {_words('F', summary.boundary)}"
        f"  T {_short(summary.stability)}  flicker {_short(summary.flicker)}"
        f" (truth {_short(summary.truth_flicker)})  IoU {summary.pooled:.3f}{left}"
    )
    for step, means in summary.steps.items():
        _tell_step(step, *means)
    count = int(summary.scores.count.sum())
    typer.echo(
        f"moving score: AUC {_short(summary.ranking)}, calibration error {_short(summary.scores.error)}"
        f" ({count} candidates); network: calibration error {_short(summary.pixels.error)}"
    )


def _tell_step(step: str, region: float, boundary: float, pooled: float, points: float) -> None:
    said = f"  {step:<10} J {_short(region)}  IoU {_short(pooled)}"
    said += f"  {points:.1%} of points inside" if not math.isnan(points) else f"  F {_short(boundary)}"
    typer.echo(said)


def _tell_published(method: str, region: float, boundary: float, *, as_json: bool) -> None:
    if as_json:
        emit("published", method=method, J=region, F=boundary)
    else:
        typer.echo(f"  published: {method:<11} {'':>13}  J {region:.3f}  {'':>23}  F {boundary:.3f}")


def _facts(fit: Fit) -> dict[str, float | None]:
    return {
        "J": _number(fit.region.mean),
        "F": _number(fit.boundary.mean),
        "IoU": _number(fit.pooled),
        "points": _number(fit.points),
    }


def _reliable(found: Reliability) -> dict[str, Any]:
    return {"count": int(found.count.sum()), "calibration_error": _number(found.error), "curve": found.curve}


def _plain(name: str, scores: Scores) -> dict[str, float | None]:
    return {
        name: _number(scores.mean),
        f"{name}_recall": _number(scores.recall),
        f"{name}_decay": _number(scores.decay),
    }


def _words(name: str, scores: Scores) -> str:
    decay = "  -  " if math.isnan(scores.decay) else f"{scores.decay:+.2f}"
    recall = " -  " if math.isnan(scores.recall) else f"{scores.recall:.2f}"
    return f"{name} {_short(scores.mean)} recall {recall} decay {decay}"


def _short(value: float) -> str:
    return "  -  " if math.isnan(value) else f"{value:.3f}"


def _number(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(value) else value
