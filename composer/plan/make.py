"""Recipe and probed media into a plan: everything that can be refused is refused here."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from composer.effects import EFFECTS
from composer.errors import PlanError
from composer.mask.asking import Asking
from composer.media.encode import ignored_settings
from composer.media.sounds import Mixdown
from composer.plan.cleans import clean_bytes, decide_cleans
from composer.plan.colors import check_colors
from composer.plan.covers import cover_bytes, missed_by_covers, undone_covers
from composer.plan.edges import check_edges
from composer.plan.effort import slow_searches
from composer.plan.estimate import estimate_memory
from composer.plan.files import read_files
from composer.plan.footage import Footage, gather
from composer.plan.framing import decide_framing
from composer.plan.handles import cut_short, with_handles
from composer.plan.model import OutputPlan, Plan, ReadFile
from composer.plan.moments import on_used_frames
from composer.plan.nested import Nesting
from composer.plan.others import decide_others
from composer.plan.regions import check_places, region_quads
from composer.plan.segmenter import decide_segmenter
from composer.plan.sound import decide_sound
from composer.plan.span import frame_count, parse_span, used_span
from composer.plan.target import decide_output, refuse_overwriting, unwritten_output
from composer.plan.timeline_words import timeline_warnings
from composer.plan.tracks import decide_tracks
from composer.plan.versions import versions
from composer.recipe import LoadedRecipe, Recipe
from composer.values import Size, Span


def make_plan(
    loaded: LoadedRecipe,
    *,
    output: Path | None = None,
    is_written: bool = True,
    span: Span | str | None = None,
    scale: float = 1.0,
    segmenter: str = "auto",
    weights: Path | None = None,
    device: str = "auto",
    asking: Asking | None = None,
    use_cache: bool = True,
    inside: tuple[Path, ...] = (),
) -> Plan:
    """Everything that a render will do, decided; no frame is decoded yet.

    Args:
        loaded: the recipe.
        output: the file to write, relative to the working folder; None takes the recipe's own.
        is_written: False where the pictures are taken as they are, for no file: then no encoder has a say.
        span: seconds since the recipe's start to use, or text such as ``1s..4s``; None is all of it.
        scale: proxy scale, 0 < scale <= 1; the size is rounded to even numbers.
        segmenter: auto, embedded, classical, or the name of a model.
        weights: folder with model files; None looks in the usual places.
        device: auto, cpu, cuda, or several such as cuda:0,cuda:1.
        asking: on how many frames a segmenter that takes long is asked, and by how many workers.
        use_cache: whether mattes are kept for the next render.
        inside: the recipes whose timelines lead to this one, outermost first.

    Returns:
        The plan; equal inputs give equal plans.

    Raises:
        PlanError: recipe and footage do not fit each other; file, line and column are known.
        ModelUnavailable: a segmenter is asked for that is not here.
    """
    if not 0 < scale <= 1:
        raise PlanError(f"--scale {scale:g}: expected more than 0 and at most 1")
    alike = partial(make_plan, segmenter=segmenter, weights=weights, device=device, asking=asking, use_cache=use_cache)
    footage = gather(loaded, Nesting(alike, (*inside, loaded.path.resolve())))
    plate = footage.plate
    asked = parse_span(span, plate.info.rate) if isinstance(span, str) else span or Span()
    used = used_span(plate, asked)
    read = with_handles(loaded, plate, used)
    footage = replace(footage, mattes=tuple(on_used_frames(loaded, each, plate, read) for each in footage.mattes))
    size = proxy_size(plate.info.size, scale)
    extras = check_edges(loaded, footage.mattes)
    quads = region_quads(loaded, size, proxy=scale)
    check_places(loaded, size, footage.sources, proxy=scale)
    framing = decide_framing(loaded, plate, size=size, proxy=scale)
    reads, remarks = read_files(loaded)
    written = size if framing is None else framing.size
    if is_written:
        target = _output(loaded, footage, used, reads, path=output, size=written)
    else:
        target = unwritten_output(plate, size=written)
    check_colors(loaded, footage, target)
    target = replace(target, audio=decide_sound(loaded, footage, target, used))
    chosen = decide_segmenter(loaded, footage.mattes, name=segmenter, weights=weights, device=device, asking=asking)
    count, rate = frame_count(plate, used), plate.info.rate
    tracks = decide_tracks(loaded, footage.mattes, plate, read)
    cleans = decide_cleans(loaded, footage.sources.values())
    others = decide_others(loaded, plate, read, size=size, mattes=len(footage.mattes))
    return Plan(
        recipe=loaded.path,
        recipe_digest=recipe_digest(loaded.recipe, reads),
        plate=plate,
        span=used,
        frames=count,
        read=read,
        scale=scale,
        size=size,
        sources=footage.sources,
        mattes=footage.mattes,
        regions=quads,
        edits=loaded.recipe.edits,
        output=target,
        segmenter=chosen,
        memory=estimate_memory(
            plate, footage.sources.values(), footage.mattes, size=size, output=target, segmenter=chosen.name
        )
        + others.bytes
        + clean_bytes(cleans, plate, size=size)
        + cover_bytes(loaded, plate, size=size),
        framing=framing,
        require=loaded.recipe.require,
        cache=cache_folder() if use_cache else None,
        warnings=(
            *_warnings(loaded, footage, target),
            *others.warnings,
            *(() if inside else cut_short(loaded, plate, used, tracks, has_cleans=bool(cleans))),
            *remarks,
            *undone_covers(loaded, footage),
            *missed_by_covers(loaded, footage),
            *slow_searches(footage.mattes, chosen, frames=frame_count(plate, read), rate=rate),
        ),
        versions=versions(*extras, *EFFECTS.packages(edit.kind for edit in loaded.recipe.edits)),
        others=others,
        cleans=cleans,
        reads=reads,
        tracks=tracks,
    )


def _output(
    loaded: LoadedRecipe, footage: Footage, used: Span, reads: tuple[ReadFile, ...], *, path: Path | None, size: Size
) -> OutputPlan:
    """The output without its sound, once nothing stands against it."""
    target = decide_output(loaded, footage.plate, path=path, size=size)
    frames = frame_count(footage.plate, used)
    refuse_overwriting(
        loaded, target.path, [*_inputs(footage), *(file.path for file in reads)], path=path, frames=frames
    )
    return target


def proxy_size(size: Size, scale: float) -> Size:
    """The size to work at: the plate's own, or scaled to even numbers.

    Example:
        >>> str(proxy_size(Size(855, 481), 1.0)), str(proxy_size(Size(854, 480), 0.3))
        ('855x481', '256x144')
    """
    if scale == 1:
        return size
    return Size(*(max(2, 2 * round(side * scale / 2)) for side in (size.width, size.height)))


def recipe_digest(recipe: Recipe, reads: tuple[ReadFile, ...] = ()) -> str:
    """Hash of what a recipe means, whatever its layout and comments, with the content of the files its edits read."""
    meaning = recipe.model_dump(mode="json", by_alias=True, exclude={"params"})
    kinds = [edit.kind for edit in recipe.edits]
    content = [[file.name, file.digest] for file in reads]
    text = json.dumps([meaning, kinds, *content], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def cache_folder() -> Path:
    """Where mattes are kept between renders: COMPOSER_CACHE, else the user's cache folder."""
    if named := os.environ.get("COMPOSER_CACHE"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "composer" / "mattes"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "composer" / "mattes"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "composer" / "mattes"


def _inputs(footage: Footage) -> list[Path]:
    named = {**footage.sound, **footage.sources}
    return [file for source in named.values() for file in source.files] + [
        matte.path for matte in footage.mattes if matte.path
    ]


def _warnings(loaded: LoadedRecipe, footage: Footage, target: OutputPlan) -> list[str]:
    said = [words for source in (footage.plate, *footage.sources.values()) for words in timeline_warnings(source)]
    recipe = loaded.recipe
    is_mixed = isinstance(target.audio, Mixdown)
    if not (recipe.edits or recipe.sources["plate"].timeline or recipe.output.frame or is_mixed):
        said.append("the recipe has no edits: the output is the plate, encoded again")
    mattes = {matte.name for matte in footage.mattes}
    if unused := [name for name in loaded.recipe.mattes if name not in mattes]:
        said.append(f"no edit uses {'the matte' if len(unused) == 1 else 'the mattes'} {', '.join(unused)}")
    if target.format.model != footage.plate.info.format.model:
        said.append(f"the plate is {footage.plate.info.format.name}; it is written as {target.format.name}")
    for word, value in ignored_settings(target.settings):
        said.append(f"{target.settings.codec} has no {word}: {value} is not used")
    if (sound := _looped_sound(loaded, footage, target)) is not None:
        said.append(f"the sound of '{sound}' is not looped: it ends where its file does")
    if footage.plate.info.audio and target.audio is None and loaded.recipe.output.audio is None:
        said.append(f"{target.path.suffix or 'a folder of pictures'} holds no sound: the plate's is left out")
    return said


def _looped_sound(loaded: LoadedRecipe, footage: Footage, target: OutputPlan) -> str | None:
    """The source whose sound goes along although it is shorter than its looped picture."""
    asked = loaded.recipe.output.audio
    source = footage.sound.get(asked.only or "") if asked is not None else None
    return source.name if target.audio is not None and source is not None and source.end == "loop" else None
