"""render: a recipe into a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.bars import telling
from composer.cli.exits import emit, interruptible, told
from composer.cli.options import (
    Debug,
    Device,
    Json,
    Keyframes,
    NoCache,
    Output,
    Params,
    RecipeFile,
    Scale,
    SegmenterOption,
    SpanText,
    Weights,
    Workers,
    recipe_file,
    settings_of,
)

if TYPE_CHECKING:
    from composer.render import Report

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but warnings and errors.")]


def render(
    recipe: RecipeFile,
    output: Output = None,
    params: Params = None,
    span: SpanText = None,
    scale: Scale = 1.0,
    segmenter: SegmenterOption = "auto",
    weights: Weights = None,
    device: Device = "auto",
    keyframes: Keyframes = None,
    workers: Workers = None,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Render a recipe, or a template by its name: composer render blur_background --set plate=clip.mp4 -o out.mp4."""
    from composer.mask.asking import Asking
    from composer.plan import make_plan
    from composer.recipe import load_recipe
    from composer.render import render_plan

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        plan = make_plan(
            load_recipe(recipe_file(recipe), set=settings_of(params)),
            output=output,
            span=span,
            scale=scale,
            segmenter=segmenter,
            weights=weights,
            device=device,
            asking=Asking(keyframes, workers),
            use_cache=not no_cache,
        )
        if quiet and not as_json:
            report = render_plan(plan, cancelled=cancelled)
        else:
            with telling(as_json=as_json) as tell:
                report = render_plan(plan, progress=tell, cancelled=cancelled)
        if as_json:
            emit("report", **report.as_json())
        else:
            _tell(report, quiet=quiet)


def _tell(report: Report, *, quiet: bool) -> None:
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if quiet:
        return
    pace = report.frames / report.seconds if report.seconds else 0.0
    typer.echo(f"{report.output}: {report.frames} frames in {report.seconds:.1f}s ({pace:.1f} fps)", err=True)
    for name, summary in report.mattes.items():
        for found in summary.objects:
            typer.echo(f"  {name}: {found.words()}", err=True)
