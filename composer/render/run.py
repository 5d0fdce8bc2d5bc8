"""Run a plan: read -> mattes -> compose -> write, overlapped, bounded, all or nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from composer.errors import Cancelled, NoMovingObject, NothingFound, OutputError
from composer.mask.asking import Asking
from composer.mask.stage import MatteSet, MatteSummary, make_mattes
from composer.media import FrameWriter, Written, open_writer
from composer.pipeline import Ahead, Behind
from composer.pixels.color import convert_frame
from composer.plan import make_plan
from composer.plan.model import MattePlan, Plan
from composer.recipe import load_recipe
from composer.render.clean import Unseen, unseen_words
from composer.render.covers import Hidden
from composer.render.given import source_files
from composer.render.hearing import Hearing, settle_sound
from composer.render.nested import nested_plans
from composer.render.report import Report, Stopwatch, report_path
from composer.render.require import refuse_unsure
from composer.render.scene import Scene
from composer.render.shots import AheadShot, matte_shot, plate_shot, shown
from composer.render.tracks import TrackSet, plan_tracks
from composer.render.view import View
from composer.values import Frame, Progress, Span

Tell = Callable[[Progress], None]
Ask = Callable[[], bool]


def render_plan(
    plan: Plan,
    *,
    progress: Tell = lambda _: None,
    cancelled: Ask = lambda: False,
) -> Report:
    """Render a plan to its output file, and write the report beside it.

    Args:
        plan: what to do.
        progress: told after every frame of every stage.
        cancelled: asked once a frame; True stops the work.

    Returns:
        The report.

    Raises:
        Cancelled: the user stopped it; nothing is left but the matte cache.
        InputError: footage that breaks off, weights that are missing, nothing that moves.
        UnsureMatte: a matte falls below what the recipe requires; nothing is written.
        EncodeError: the encoder refused.
        RenderError: a frame failed; carries its index.
    """
    started = time.perf_counter()
    watch = Stopwatch()
    with ExitStack() as stack:
        with watch.measure("mattes"):
            mattes = stack.enter_context(ready_mattes(plan, progress=progress, cancelled=cancelled))
        hearing = settle_sound(plan, watch, progress=progress, cancelled=cancelled)
        with watch.measure("tracks"):
            tracks = plan_tracks(plan, mattes, progress=progress, cancelled=cancelled)
        made = _write_frames(hearing.plan, mattes, tracks, watch, tell=progress, cancelled=cancelled)
        report = _report(hearing, mattes, tracks, made, watch)
    report = replace(report, seconds=time.perf_counter() - started)
    try:
        report.write(report_path(plan.output.path))
    except OutputError as error:
        error.hint = f"only the report failed: {plan.output.path} is complete"
        raise
    return report


def plan_mattes(plan: Plan, *, progress: Tell = lambda _: None, cancelled: Ask = lambda: False) -> MatteSet:
    """Make every matte of a plan, or find them in the cache.

    Args:
        plan: names the mattes, the plate and the segmenter.
        progress: told after every frame.
        cancelled: asked once a frame.
    """
    for inner in nested_plans(plan):
        if inner.cache is not None:  # found there when the pictures are asked for, however often
            ready_mattes(inner, progress=progress, cancelled=cancelled).close()
    files = {matte.name: AheadShot(matte_shot(plan, matte)) for matte in plan.mattes if matte.path is not None}
    mattes = make_mattes(
        {matte.name: matte.spec for matte in plan.mattes},
        plate_shot(plan),
        files=files,
        segmenter=plan.segmenter.name,
        weights=plan.segmenter.weights,
        device=plan.segmenter.device,
        asking=plan.segmenter.asking,
        cache=plan.cache,
        proxy=plan.scale,
        origin=plan.plate.info.start + plan.plate.start,
        progress=progress,
        cancelled=cancelled,
    )
    for file in files.values():
        mattes.resources.callback(file.close)
    return mattes


def ready_mattes(plan: Plan, *, progress: Tell, cancelled: Ask) -> MatteSet:
    """Every matte of a plan, made, and as good as the recipe requires.

    Args:
        plan: names the mattes, the plate and the segmenter.
        progress: told after every frame.
        cancelled: asked once a frame.

    Raises:
        NothingFound: a matte of objects holds none.
        UnsureMatte: a matte falls below what the recipe requires.
    """
    with ExitStack() as stack:
        mattes = stack.enter_context(plan_mattes(plan, progress=progress, cancelled=cancelled))
        _refuse_emptiness(plan, mattes)
        refuse_unsure(plan, mattes)
        stack.pop_all()
    return mattes


def _refuse_emptiness(plan: Plan, mattes: MatteSet) -> None:
    """A matte of objects that holds none would make a wrong picture: say so instead."""
    for matte in plan.mattes:
        wanted = matte.spec.looks_for
        if wanted is None or wanted.may_be_empty or mattes.summary(matte.name).objects:
            continue
        if matte.spec.moving is not None:
            raise NoMovingObject(
                f"nothing moves by itself in {plan.plate.path.name}: matte '{matte.name}' is empty",
                hint="lower its moving_score, click the subject with 'prompt', "
                "or set 'may_be_empty: true' if that is what you want",
            )
        raise NothingFound(
            f"matte '{matte.name}' ({matte.spec.kind}) found nothing in {plan.plate.path.name}: it is empty",
            hint="see what is there with 'composer mattes --kind automatic', "
            "or set 'may_be_empty: true' if that is what you want",
        )


@dataclass(frozen=True)
class _Made:
    """What came of the frames.

    Args:
        written: the finished output.
        picture_hash: of all composited planes; empty unless the output is reproducible.
        damaged: frames of the plate that the decoder flagged as damaged.
        unseen: what was taken out and is never seen.
        hidden: how what was to be hidden went.
        unsure: the same in words.
        view: what of every picture was written.
    """

    written: Written
    picture_hash: str
    damaged: int
    unseen: dict[str, Unseen]
    hidden: dict[str, Hidden]
    unsure: list[str]
    view: View


def _write_frames(
    plan: Plan, mattes: MatteSet, tracks: TrackSet, watch: Stopwatch, *, tell: Tell, cancelled: Ask
) -> _Made:
    damaged: list[int] = []
    shot = replace(plate_shot(plan), damaged=damaged.append)
    digest = hashlib.blake2b(digest_size=16)
    with ExitStack() as stack:
        writer = stack.enter_context(_writer(plan))
        scene = stack.enter_context(Scene(plan, mattes, tracks=tracks, tell=tell, cancelled=cancelled))
        decoded = watch.measured("decode", shot.frames())
        plates = stack.enter_context(Ahead(decoded, depth=4, name="decode plate"))

        def encode(frame: Frame) -> None:
            with watch.measure("encode"):
                writer.write(_in_format(frame, plan))

        with Behind(encode, depth=4, name="encode") as encoder:
            for count, (index, plate) in enumerate(shown(plan, plates), 1):
                if cancelled():
                    raise Cancelled("stopped; nothing was written")
                with watch.measure("compose"):
                    frame = scene.frame_at(index, plate)
                if plan.output.settings.reproducible:
                    for plane in frame.planes:
                        digest.update(plane.tobytes())
                encoder.put(frame)
                tell(Progress("render", count, plan.frames))
        picture_hash = digest.hexdigest() if plan.output.settings.reproducible else ""
        with watch.measure("encode"):  # what the encoder still holds
            written = writer.finish()
        made = (written, picture_hash, sum(damaged), scene.clean.unseen(), scene.covers.hidden(), scene.covers.words())
        return _Made(*made, scene.view)


def _in_format(frame: Frame, plan: Plan) -> Frame:
    """The frame as the encoder wants it; the plate's own format, the usual case, passes as it is."""
    target = plan.output
    return frame if frame.format == target.format else convert_frame(frame, target.format, target.color)


def _writer(plan: Plan) -> FrameWriter:
    output = plan.output
    return open_writer(
        output.path,
        size=output.size,
        format=output.format,
        color=output.color,
        time_base=output.time_base,
        rate=output.rate,
        sample_aspect=output.sample_aspect,
        settings=output.settings,
        audio=output.audio,
    )


def _report(hearing: Hearing, mattes: MatteSet, tracks: TrackSet, made: _Made, watch: Stopwatch) -> Report:
    plan, sound = hearing.plan, made.written.sound
    words = f"{plan.plate.path.name} is damaged: its decoder flagged {made.damaged} of {made.written.frames} frames"
    return Report(
        output=plan.output.path,
        frames=made.written.frames,
        seconds=0.0,
        stages=dict(watch.seconds),
        segmenter=plan.segmenter.name,
        reason=plan.segmenter.reason,
        mattes={matte.name: _summary(plan, mattes, matte) for matte in plan.mattes},
        looks={matte.name: mattes.report(matte.name) for matte in plan.mattes},
        warnings=(
            *warnings_of(plan, mattes, tracks),
            *([words] if made.damaged else []),
            *unseen_words(made.unseen),
            *made.unsure,
            *hearing.warnings(sound),
            *made.view.warnings,
        ),
        unseen=made.unseen,
        hidden=made.hidden,
        regions=tracks.summaries,
        versions=dict(plan.versions),
        picture_hash=made.picture_hash,
        bytes=made.written.bytes,
        sound=hearing.words(sound),
        framing=made.view.words,
    )


def _summary(plan: Plan, mattes: MatteSet, matte: MattePlan) -> MatteSummary:
    """What is known about a matte; where it did not name its segmenter, with the plan's reason for that one."""
    summary = mattes.summary(matte.name)
    is_plans = matte.spec.needs_analysis and matte.spec.segmenter is None and summary.segmenter == plan.segmenter.name
    return replace(summary, reason=plan.segmenter.reason) if is_plans else summary


def warnings_of(plan: Plan, mattes: MatteSet, tracks: TrackSet) -> tuple[str, ...]:
    """Everything that the user should know, of the plan, of every matte and every region, in sentences."""
    said = (f"{matte.name}: {line}" for matte in plan.mattes for line in mattes.summary(matte.name).warnings)
    return (*plan.warnings, *said, *tracks.warnings)


def render_recipe(
    recipe: Path | str,
    *,
    output: Path | str | None = None,
    params: Mapping[str, str] | None = None,
    sources: Mapping[str, Any] | None = None,
    span: Span | None = None,
    scale: float = 1.0,
    segmenter: str = "auto",
    weights: Path | None = None,
    device: str = "auto",
    asking: Asking | None = None,
    use_cache: bool = True,
    progress: Tell = lambda _: None,
    cancelled: Ask = lambda: False,
) -> Report:
    """Render a recipe file: load, plan and run in one call.

    Args:
        recipe: the YAML file.
        output: the file to write; None takes the recipe's own.
        params: values of the recipe's parameters by name, as ``--set`` takes them.
        sources: files, or MoviePy clips, in place of the recipe's sources of these names or beside them.
        span: seconds of the plate to use; None is all of it.
        scale: proxy scale, 0 < scale <= 1.
        segmenter: auto, embedded, classical, or the name of a model.
        weights: folder with model files; None looks in the usual places.
        device: auto, cpu, cuda, or several such as cuda:0,cuda:1.
        asking: on how many frames a segmenter that takes long is asked, and by how many workers.
        use_cache: whether mattes are kept for the next render.
        progress: told after every frame of every stage.
        cancelled: asked once a frame; True stops the work.

    Returns:
        The report; it is also written beside the output.

    Raises:
        InputError: recipe or footage cannot be used; the message says where and what to do.
    """
    with source_files(sources, progress=progress, cancelled=cancelled) as files:
        plan = make_plan(
            load_recipe(recipe, set=dict(params or {}), sources=files),
            output=Path(output) if output is not None else None,
            span=span,
            scale=scale,
            segmenter=segmenter,
            weights=weights,
            device=device,
            asking=asking,
            use_cache=use_cache,
        )
        return render_plan(plan, progress=progress, cancelled=cancelled)
