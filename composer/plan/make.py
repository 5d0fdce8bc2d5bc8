"""Recipe and probed media into a plan: everything that can be refused is refused here."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from composer.effects import EFFECTS
from composer.errors import PlanError
from composer.mask.asking import Asking
from composer.plan.cleans import clean_bytes, decide_cleans
from composer.plan.colors import check_colors
from composer.plan.covers import cover_bytes
from composer.plan.edges import check_edges
from composer.plan.estimate import estimate_memory
from composer.plan.files import read_files
from composer.plan.footage import Footage, gather
from composer.plan.framing import decide_framing
from composer.plan.handles import cut_short, with_handles
from composer.plan.model import OutputPlan, Plan, ReadFile, SegmenterPlan
from composer.plan.moments import on_used_frames
from composer.plan.nested import Nesting
from composer.plan.others import decide_others
from composer.plan.regions import check_places, region_quads
from composer.plan.segmenter import decide_segmenter
from composer.plan.sound import decide_sound
from composer.plan.span import frame_count, parse_span, used_span
from composer.plan.target import decide_output, refuse_overwriting, unwritten_output
from composer.plan.tracks import decide_tracks
from composer.plan.versions import versions
from composer.plan.warnings import plan_warnings
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
    basis = _basis(loaded, gather(loaded, Nesting(alike, (*inside, loaded.path.resolve()))), span, scale)
    quads = region_quads(loaded, basis.size, proxy=scale)
    check_places(loaded, basis.size, basis.footage.sources, proxy=scale)
    framing = decide_framing(loaded, basis.footage.plate, size=basis.size, proxy=scale)
    target = _output(basis, basis.size if framing is None else framing.size, output, is_written=is_written)
    chosen = decide_segmenter(
        loaded, basis.footage.mattes, name=segmenter, weights=weights, device=device, asking=asking
    )
    plan = _plan(basis, target, chosen, extras=check_edges(loaded, basis.footage.mattes))
    said = (*plan_warnings(plan, loaded, basis.footage), *basis.remarks)
    return replace(
        plan,
        regions=quads,
        framing=framing,
        cache=cache_folder() if use_cache else None,
        # A recipe in a timeline is looked at in parts on purpose.
        warnings=said
        if inside
        else (*said, *cut_short(loaded, plan.plate, plan.span, plan.tracks, has_cleans=bool(plan.cleans))),
    )


@dataclass(frozen=True)
class _Basis:
    """What everything else is decided on: the recipe, its files, and which part of them at which size.

    Args:
        loaded: the recipe.
        footage: its pictures and sounds.
        used: seconds of the plate that are shown.
        read: the same with what is looked at around.
        scale: proxy scale.
        size: of the picture worked on.
        reads: files that edits read.
        remarks: what the user should know of those files.
    """

    loaded: LoadedRecipe
    footage: Footage
    used: Span
    read: Span
    scale: float
    size: Size
    reads: tuple[ReadFile, ...]
    remarks: tuple[str, ...]


def _basis(loaded: LoadedRecipe, footage: Footage, span: Span | str | None, scale: float) -> _Basis:
    plate = footage.plate
    asked = parse_span(span, plate.info.rate) if isinstance(span, str) else span or Span()
    used = used_span(plate, asked)
    read = with_handles(loaded, plate, used)
    mattes = tuple(on_used_frames(loaded, each, plate, read) for each in footage.mattes)
    reads, remarks = read_files(loaded)
    size = proxy_size(plate.info.size, scale)
    return _Basis(loaded, replace(footage, mattes=mattes), used, read, scale, size, reads, tuple(remarks))


def _plan(basis: _Basis, target: OutputPlan, chosen: SegmenterPlan, *, extras: tuple[str, ...]) -> Plan:
    """The plan before its regions, framing and warnings."""
    loaded, footage, plate, size = basis.loaded, basis.footage, basis.footage.plate, basis.size
    sources = footage.sources.values()
    cleans = decide_cleans(loaded, sources)
    others = decide_others(loaded, plate, basis.read, size=size, mattes=len(footage.mattes))
    memory = estimate_memory(plate, sources, footage.mattes, size=size, output=target, segmenter=chosen.name)
    kept = others.bytes + clean_bytes(cleans, plate, size=size) + cover_bytes(loaded, plate, size=size)
    return Plan(
        recipe=loaded.path,
        recipe_digest=recipe_digest(loaded.recipe, basis.reads),
        plate=plate,
        span=basis.used,
        frames=frame_count(plate, basis.used),
        read=basis.read,
        scale=basis.scale,
        size=size,
        sources=footage.sources,
        mattes=footage.mattes,
        regions={},
        edits=loaded.recipe.edits,
        output=target,
        segmenter=chosen,
        memory=memory + kept,
        require=loaded.recipe.require,
        versions=versions(*extras, *EFFECTS.packages(edit.kind for edit in loaded.recipe.edits)),
        others=others,
        cleans=cleans,
        reads=basis.reads,
        tracks=decide_tracks(loaded, footage.mattes, plate, basis.read),
    )


def _output(basis: _Basis, size: Size, path: Path | None, *, is_written: bool) -> OutputPlan:
    """The output with its sound, once nothing stands against it."""
    loaded, footage = basis.loaded, basis.footage
    if is_written:
        target = decide_output(loaded, footage.plate, path=path, size=size)
        inputs = [*_inputs(footage), *(file.path for file in basis.reads)]
        refuse_overwriting(loaded, target.path, inputs, path=path, frames=frame_count(footage.plate, basis.used))
    else:
        target = unwritten_output(footage.plate, size=size)
    check_colors(loaded, footage, target)
    return replace(target, audio=decide_sound(loaded, footage, target, basis.used))


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
