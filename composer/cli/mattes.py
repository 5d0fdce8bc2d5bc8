"""mattes: everything that moves in a clip, as pictures, as a matte video, or cut out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composer.cli.bars import telling
from composer.cli.exits import emit, interruptible, told
from composer.cli.options import (
    Debug,
    Device,
    Flow,
    Input,
    Json,
    Keyframes,
    NoCache,
    SegmenterOption,
    SpanText,
    Weights,
    Workers,
    one_of,
)

if TYPE_CHECKING:
    from composer.mask.report import MatteReport
    from composer.mask.sources import MatteSpec
    from composer.mask.stage import MatteSummary

_NAME = "moving"

Clip = Annotated[Path, typer.Argument(metavar="CLIP", help="A video, a folder of pictures, or name_%05d.png.")]
Target = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="DIR", help="Folder for PNGs; or .mkv (matte), .mov or .webm (cut out with alpha)."
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="png8, png16 or exr in a folder, ffv1 (.mkv, 16 bits), prores (.mov) or vp9 (.webm); by the name if left out.",
    ),
]
Objects = Annotated[bool, typer.Option("--objects", help="One folder per object.")]
Static = Annotated[bool, typer.Option("--static", help="What does not move instead; short for --kind static.")]
Kind = Annotated[
    str, typer.Option("--kind", help="moving, static, automatic (every thing) or static_objects (things that rest).")
]
Text = Annotated[str | None, typer.Option("--text", metavar="WORDS", help="What these words name, such as 'red car'.")]
Pick = Annotated[str, typer.Option("--pick", help="all, largest, longest or surest of the objects.")]
ObjectIds = Annotated[
    list[int] | None, typer.Option("--object", metavar="ID", help="Only this object, by its id. Repeatable.")
]
Rate = Annotated[str | None, typer.Option("--rate", help="Frames per second of a folder of pictures; 25 by default.")]
Score = Annotated[
    float | None,
    typer.Option(
        "--moving-score",
        min=0,
        max=1,
        help="Leave out objects that move less surely than this; of static objects those that move more surely.",
    ),
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="What is known of every object and frame, as JSON.")
]
SheetFile = Annotated[
    Path | None,
    typer.Option("--sheet", metavar="FILE", help="A PNG of the frames to look at, with outlines and confidence."),
]
#: Where nothing is said: the kinds for which it is not a recipe's own default.
_SCORES = {"moving": 0.5, "static": 0.5}


def mattes(
    clip: Clip,
    output: Target,
    format_name: Format = None,
    objects: Objects = False,
    static: Static = False,
    kind: Kind = "moving",
    text: Text = None,
    pick: Pick = "all",
    object_ids: ObjectIds = None,
    span: SpanText = None,
    rate: Rate = None,
    moving_score: Score = None,
    report: ReportFile = None,
    sheet: SheetFile = None,
    flow: Flow = "prompts",
    input_kind: Input = "color",
    segmenter: SegmenterOption = "auto",
    weights: Weights = None,
    device: Device = "auto",
    keyframes: Keyframes = None,
    workers: Workers = None,
    no_cache: NoCache = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Cut out what moves, or things of another kind, one soft matte per frame; exit status 3 when there is none."""
    from composer.errors import NoMovingObject, NothingFound
    from composer.mask.asking import Asking
    from composer.mask.stage import make_mattes
    from composer.mask.ways import FLOW_USES, INPUT_KINDS
    from composer.plan import cache_folder, parse_frame_rate, parse_span, used_span
    from composer.plan.segmenter import decide_device
    from composer.render.cutouts import check_mattes_of, clip_shot, holder_of, write_pictures, write_video
    from composer.render.matte_report import check_place, check_report, write_report
    from composer.render.matte_sheet import matte_sheet
    from composer.render.stills import check_picture_target, write_picture

    with told(debug=debug, as_json=as_json), interruptible() as cancelled, telling(as_json=as_json) as tell:
        kind = _kind_of(kind, text, static=static, objects=objects)
        shot = clip_shot(clip, rate=None if rate is None else parse_frame_rate(rate))
        check_mattes_of(shot.source.info, output, objects=objects, name=format_name)
        holder = holder_of(output, format_name)
        if report is not None:
            check_report(report, shot.source.info)
        if sheet is not None:
            check_place(sheet, shot.source.info)
            check_picture_target(sheet)
        if span is not None:
            used = used_span(shot.source, parse_span(span, shot.rate))
            shot = clip_shot(clip, span=used, rate=shot.source.rate)
        way = {"flow": one_of("--flow", flow, FLOW_USES), "input": one_of("--input", input_kind, INPUT_KINDS)}
        spec = _spec_of(kind, text, pick, object_ids, moving_score, way)
        with make_mattes(
            {_NAME: spec},
            shot,
            segmenter=segmenter,
            weights=weights,
            device=decide_device(device),
            asking=Asking(keyframes, workers),
            cache=None if no_cache else cache_folder(),
            progress=tell,
            cancelled=cancelled,
        ) as made:
            watch: dict[str, Any] = {"tell": tell, "cancelled": cancelled, "holder": holder}
            if output.suffix:
                frames = write_video(made, _NAME, shot, output, **watch)
            else:
                frames = write_pictures(made, _NAME, shot, output, objects=objects, **watch)
            summary, told_of = made.summary(_NAME), made.report(_NAME)
            if report is not None:
                write_report(report, clip, summary, told_of)
            if sheet is not None:
                write_picture(matte_sheet(made, _NAME, shot, cancelled=cancelled), sheet)
    with told(debug=debug, as_json=as_json):
        _tell(summary, told_of, output, frames, as_json=as_json)
        if summary.nothing_moves:
            raise NoMovingObject(f"nothing moves by itself in {clip}: the mattes are empty")
        if not summary.objects:
            raise NothingFound(f"nothing was found in {clip}: the mattes are empty")


def _kind_of(kind: str, text: str | None, *, static: bool, objects: bool) -> str:
    """The kind of matte that the options name together."""
    from composer.errors import InputError
    from composer.mask.sources import BARE_KINDS

    one_of("--kind", kind, BARE_KINDS)
    if (static or text is not None) and kind != "moving":
        raise InputError(f"--{'static' if static else 'text'} and --kind exclude each other")
    if static and text is not None:
        raise InputError("--static and --text exclude each other")
    kind = "static" if static else "text" if text is not None else kind
    if kind == "static" and objects:
        raise InputError("--static and --objects exclude each other: what does not move is one matte")
    return kind


def _spec_of(
    kind: str,
    text: str | None,
    pick: str,
    object_ids: list[int] | None,
    moving_score: float | None,
    way: dict[str, str],
) -> MatteSpec:
    """The matte that the options ask for; what a kind does not take is refused in words."""
    from pydantic import ValidationError

    from composer.errors import InputError
    from composer.mask.sources import MatteSpec

    score = _SCORES.get(kind) if moving_score is None else moving_score
    raw: dict[str, Any] = {} if score is None else {"moving_score": score}
    raw |= {} if text is None else {"words": text}
    raw |= {} if pick == "all" else {"pick": pick}
    raw |= {} if object_ids is None else {"object": object_ids}
    plain = {"flow": "prompts", "input": "color"}
    raw |= {name: value for name, value in way.items() if kind in _SCORES or value != plain[name]}
    try:
        return MatteSpec.model_validate({kind: raw})
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(f"--{part}" for part in first["loc"][1:2])
        words = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{place} does not fit a matte of kind {kind}: {words}".strip()) from error


def _tell(summary: MatteSummary, report: MatteReport, output: Path, frames: int, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        facts: dict[str, Any] = {"output": str(output), "frames": frames, **asdict(summary)}
        emit("mattes", **facts)
        return
    for warning in summary.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"{output}: {frames} frames, segmenter {summary.segmenter} ({summary.reason})")
    if summary.objects:
        typer.echo("  id   frames           seen   area    moving  quality")
    for one in summary.objects:
        span = f"{one.first}-{one.last}"
        typer.echo(
            f"{one.object_id:>4}   {span:<15} {one.frames:>5}  {one.mean_area:>6.1%}  "
            f"{one.moving_score:>6.2f}  {one.quality:>7.2f}"
        )
    for found in report.objects:
        typer.echo(found.words())
    if report.cuts:
        typer.echo(f"scenes begin at frames {', '.join(map(str, (0, *report.cuts)))}")
    for look in report.look_at:
        typer.echo(f"look at frame {look.frame} ({look.seconds:.2f} s): object {look.object_id}, {look.why}")
