"""preview: one frame, or a sheet of frames with every matte outlined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.bars import telling
from composer.cli.exits import emit, interruptible, told
from composer.cli.options import (
    Debug,
    Device,
    Json,
    Keyframes,
    NoCache,
    Params,
    RecipeFile,
    SegmenterOption,
    SpanText,
    Weights,
    Workers,
    recipe_file,
    settings_of,
)

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Only the frame at this time, such as 2s or 48f.")]
Target = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The PNG to write.")]
Count = Annotated[int, typer.Option("--frames", min=1, max=100, help="Frames on the sheet.")]
Columns = Annotated[int, typer.Option("--columns", min=1, max=20, help="Frames side by side.")]
Scale = Annotated[float, typer.Option("--scale", help="Work at this fraction of the size.")]


def preview(
    recipe: RecipeFile,
    output: Target = Path("preview.png"),
    at: At = None,
    frames: Count = 12,
    columns: Columns = 4,
    params: Params = None,
    span: SpanText = None,
    scale: Scale = 1.0,
    segmenter: SegmenterOption = "auto",
    weights: Weights = None,
    device: Device = "auto",
    keyframes: Keyframes = None,
    workers: Workers = None,
    no_cache: NoCache = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Render single frames to a PNG: a sheet from all over the shot, or the one at a time."""
    from composer.mask.asking import Asking
    from composer.plan import make_plan, parse_moment
    from composer.plan.target import refuse_inputs
    from composer.recipe import load_recipe
    from composer.render.run import plan_mattes, warnings_of
    from composer.render.stills import check_picture_target, contact_sheet, still, write_picture

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        check_picture_target(output)
        loaded = load_recipe(recipe_file(recipe), set=settings_of(params))
        # What the video will be is planned as for a render; a recipe that names no file gets one that holds anything.
        stand_in = None if loaded.recipe.output.file else output.with_suffix(".mkv")
        plan = make_plan(
            loaded,
            output=stand_in,
            span=span,
            scale=scale,
            segmenter=segmenter,
            weights=weights,
            device=device,
            asking=Asking(keyframes, workers),
            use_cache=not no_cache,
        )
        refuse_inputs(output, plan.files)
        moment = None if at is None else parse_moment(at, plan.plate.info.rate)
        with (
            telling(as_json=as_json) as tell,
            plan_mattes(plan, progress=tell, cancelled=cancelled) as mattes,
        ):
            if moment is not None:
                picture = still(plan, mattes, moment, cancelled=cancelled)
            else:
                picture = contact_sheet(plan, mattes, count=frames, columns=columns, tell=tell, cancelled=cancelled)
            warnings = warnings_of(plan, mattes)
        write_picture(picture, output)
        if as_json:
            emit("preview", output=str(output), width=picture.shape[1], height=picture.shape[0], warnings=warnings)
            return
        for warning in warnings:
            typer.echo(f"warning: {warning}", err=True)
        typer.echo(f"{output}: {picture.shape[1]}x{picture.shape[0]}", err=True)
