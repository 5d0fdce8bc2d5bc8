"""Covers that a recipe asks for: what they keep in memory, and edits that would undo them."""

from __future__ import annotations

from math import ceil

from composer.effects.base import Effect
from composer.plan.estimate import frame_bytes
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
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


def undone_covers(loaded: LoadedRecipe) -> tuple[str, ...]:
    """Words for every edit that brings untouched footage back over something that an edit before it hides."""
    edits = loaded.recipe.edits
    return tuple(
        f"edits[{index}].{edit.kind} shows untouched footage over what edits[{hides}].{edits[hides].kind} hides: "
        f"put {edits[hides].kind} after it"
        for index, edit in enumerate(edits)
        for hides in range(index)
        if edits[hides].covers() and _shows_footage(edit)
    )


def _shows_footage(edit: Effect) -> bool:
    """Whether an edit shows the footage as it was before all edits."""
    again = edit.kind == "restore" or getattr(edit, "source", None) == "plate"
    return again or bool(edit.others() or edit.clean_plates())
