"""preview: one frame, a sheet of frames with every matte outlined, or what a click on a frame would take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    SegmenterOption,
    SpanText,
    Weights,
    Workers,
    recipe_file,
    settings_of,
)

if TYPE_CHECKING:
    from composer.render.shots import FileShot

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Only the frame at this time, such as 2s or 48f.")]
Target = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The PNG to write.")]
Count = Annotated[int, typer.Option("--frames", min=1, max=100, help="Frames on the sheet.")]
Columns = Annotated[int, typer.Option("--columns", min=1, max=20, help="Frames side by side.")]
Scale = Annotated[float, typer.Option("--scale", help="Work at this fraction of the size.")]
Pick = Annotated[
    list[str] | None,
    typer.Option("--pick", metavar="X,Y@TIME", help="Show what this click would take; also on a clip. Repeatable."),
]
PickOff = Annotated[
    list[str] | None, typer.Option("--pick-off", metavar="X,Y@TIME", help="With --pick: a click beside the object.")
]
Subject = Annotated[
    Path, typer.Argument(metavar="RECIPE", help="The recipe, a YAML file; with --pick also a clip.", show_default=False)
]


def preview(
    recipe: Subject,
    output: Target = Path("preview.png"),
    at: At = None,
    frames: Count = 12,
    columns: Columns = 4,
    pick: Pick = None,
    pick_off: PickOff = None,
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
    """Render single frames to a PNG: a sheet from all over the shot, the one at a time, or what a click would take."""
    from composer.mask.asking import Asking
    from composer.plan import make_plan, parse_moment
    from composer.plan.target import refuse_inputs
    from composer.recipe import load_recipe
    from composer.render.run import plan_mattes, warnings_of
    from composer.render.stills import check_picture_target, contact_sheet, still, write_picture
    from composer.render.tracks import plan_tracks

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        check_picture_target(output)
        if pick or pick_off:
            _pick(
                recipe,
                output,
                [pick or [], pick_off or []],
                others={"--at": at, "--span": span},
                params=params,
                scale=scale,
                choice={"segmenter": segmenter, "weights": weights, "device": device},
                as_json=as_json,
                cancelled=cancelled,
            )
            return
        loaded = load_recipe(recipe_file(recipe), set=settings_of(params))
        plan = make_plan(
            loaded,
            is_written=loaded.recipe.output.file is not None,  # what the video will be is planned as for a render
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
            tracks = plan_tracks(plan, mattes, progress=tell, cancelled=cancelled)
            if moment is not None:
                picture = still(plan, mattes, moment, tracks=tracks, cancelled=cancelled)
            else:
                picture = contact_sheet(
                    plan, mattes, count=frames, columns=columns, tracks=tracks, tell=tell, cancelled=cancelled
                )
            warnings = warnings_of(plan, mattes, tracks)
        write_picture(picture, output)
        if as_json:
            emit("preview", output=str(output), width=picture.shape[1], height=picture.shape[0], warnings=warnings)
            return
        for warning in warnings:
            typer.echo(f"warning: {warning}", err=True)
        typer.echo(f"{output}: {picture.shape[1]}x{picture.shape[0]}", err=True)


def _pick(
    subject: Path,
    output: Path,
    clicks: Sequence[Sequence[str]],
    *,
    others: Mapping[str, str | None],
    params: Sequence[str] | None,
    scale: float,
    choice: Mapping[str, Any],
    as_json: bool,
    cancelled: Callable[[], bool],
) -> None:
    """Draw what clicks would take, print the lines of a recipe that ask for it, and how sure that is."""
    from composer.errors import InputError, NothingPicked
    from composer.plan.segmenter import decide_device
    from composer.plan.target import refuse_inputs
    from composer.render.picked import UNSURE, parse_picks, pick
    from composer.render.stills import write_picture

    for option, value in others.items():
        if value is not None:
            raise InputError(f"{option} does not go with --pick", hint="the time goes behind the place: 0.5,0.3@2s")
    prompt = parse_picks(*clicks)
    shot = _plate_of(subject, settings_of(params), scale)
    refuse_inputs(output, [shot.source.path])
    device = decide_device(choice["device"])
    found = pick(shot, prompt, **{**choice, "device": device}, proxy=scale, cancelled=cancelled)
    write_picture(found.picture, output)
    facts = {"frame": found.index, "area": round(found.area, 6), "quality": round(found.quality, 4)}
    if as_json:
        emit("pick", output=str(output), **facts, segmenter=found.segmenter, recipe=found.recipe)
    else:
        typer.echo(found.recipe)
        said = f"frame {found.index}: {found.area:.1%} of the picture, quality {found.quality:.2f} ({found.segmenter})"
        typer.echo(f"{output}: {said}", err=True)
    if not found.area:
        raise NothingPicked(
            "nothing was found at the click", hint="click elsewhere on it, or draw a box: in the recipe"
        )
    if found.quality < UNSURE and not as_json:
        typer.echo("warning: unsure; add a click on the object (--pick) or beside it (--pick-off)", err=True)


def _plate_of(subject: Path, settings: Mapping[str, str], scale: float) -> FileShot:
    """The plate of a recipe, as it uses it, or a clip."""
    from dataclasses import replace

    from composer.errors import InputError
    from composer.plan import make_plan
    from composer.recipe import load_recipe
    from composer.render.cutouts import clip_shot
    from composer.render.shots import plate_shot

    file = recipe_file(subject)
    if file.suffix.lower() in (".yaml", ".yml"):
        loaded = load_recipe(file, set=dict(settings))
        is_written = loaded.recipe.output.file is not None
        return plate_shot(make_plan(loaded, is_written=is_written, scale=scale, segmenter="embedded", use_cache=False))
    if settings:
        raise InputError("--set is for recipes", hint=f"{subject} is taken to be a clip")
    if not 0 < scale <= 1:
        raise InputError(f"--scale {scale:g}: expected more than 0, at most 1")
    shot = clip_shot(file)
    return replace(shot, size=shot.size.scaled(scale))
