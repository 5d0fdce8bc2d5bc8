"""Covers that a recipe asks for: what they keep in memory, and edits that would undo them."""

from __future__ import annotations

from math import ceil

from composer.effects.base import Effect
from composer.plan.estimate import frame_bytes
from composer.plan.footage import Footage
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.names import uses
from composer.values import Size

_READING_FRAMES = 12  # what a decoder keeps waiting, as in plan/estimate


def cover_bytes(loaded: LoadedRecipe, plate: SourcePlan, *, size: Size) -> int:
    """Memory of a second reading and of the areas of neighbouring frames, one bit a pixel.

    Args:
        loaded: the recipe.
        plate: the footage.
        size: of the picture that is worked on.
    """
    rate = plate.info.rate
    holds = [cover.hold.seconds_at(rate) for edit in loaded.recipe.edits for cover in edit.covers()]
    if not holds:
        return 0
    frames = sum(2 * ceil((hold + max(holds)) * rate.value / 2) + 2 for hold in holds)
    return _READING_FRAMES * frame_bytes(size, plate.info.format) + frames * size.width * size.height // 8


def undone_covers(loaded: LoadedRecipe, footage: Footage) -> tuple[str, ...]:
    """Words for every edit that brings untouched footage back over something that an edit before it hides.

    Args:
        loaded: the recipe.
        footage: its files.
    """
    edits = loaded.recipe.edits
    shown = {use.path[1] for use in uses(loaded.recipe) if use.kind == "source" and _is_footage(use.name, footage)}
    return tuple(
        f"edits[{index}].{edit.kind} shows untouched footage over what edits[{hides}].{edits[hides].kind} hides: "
        f"put {edits[hides].kind} after it"
        for index, edit in enumerate(edits)
        for hides in range(index)
        if edits[hides].covers() and (index in shown or _shows_footage(edit))
    )


def missed_by_covers(loaded: LoadedRecipe, footage: Footage) -> tuple[str, ...]:
    """Words for every edit that shows footage of another moment or source before a cover, which looks at this one.

    Args:
        loaded: the recipe.
        footage: its files.
    """
    edits = loaded.recipe.edits
    sources = [use for use in uses(loaded.recipe) if use.kind == "source" and _is_footage(use.name, footage)]
    inserted = {use.path[1] for use in sources if use.name == "plate" or footage.sources[use.name].clean is None}
    return tuple(
        f"edits[{index}].{edit.kind} may show what edits[{hides}].{edits[hides].kind} hides in another place, where it "
        "is not looked for: look at the result"
        for index, edit in enumerate(edits)
        for hides in range(index + 1, len(edits))
        if edits[hides].covers() and (edit.others() or index in inserted)
    )


def _shows_footage(edit: Effect) -> bool:
    """Whether an edit by itself shows the footage as it was before all edits."""
    return edit.kind == "restore" or bool(edit.others() or edit.clean_plates())


def _is_footage(name: str, footage: Footage) -> bool:
    """Whether a source that edits may use shows pictures of the plate's, whatever it calls them."""
    source = footage.plate if name == "plate" else footage.sources.get(name)
    return source is not None and not _pictures(source).isdisjoint(_pictures(footage.plate))


def _pictures(source: SourcePlan) -> set[str]:
    """Digests of all files whose pictures are seen in a source; a clean plate shows those of the plate."""
    if source.timeline is None:
        return {source.info.digest}
    clips = [clip for clip in source.timeline.clips if clip.title is None]
    inner = [each for clip in clips if clip.nested for each in (clip.nested.plate, *clip.nested.sources.values())]
    files = {clip.info.digest for clip in clips if clip.nested is None}
    return files.union(*(_pictures(each) for each in inner))
