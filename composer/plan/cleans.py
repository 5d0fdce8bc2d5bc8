"""Clean plates that a recipe asks for, and what they keep in memory."""

from __future__ import annotations

from collections.abc import Collection

from composer.effects.clean import CleanPlate
from composer.plan.estimate import frame_bytes
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
from composer.values import Size

_READING_FRAMES = 16  # what a decoder keeps waiting, and the search for cuts


def decide_cleans(loaded: LoadedRecipe, sources: Collection[SourcePlan]) -> tuple[CleanPlate, ...]:
    """Every clean plate that the edits look at, once.

    Args:
        loaded: the recipe.
        sources: what edits insert.
    """
    asked = [one for edit in loaded.recipe.edits for one in edit.clean_plates()]
    return tuple(dict.fromkeys(asked + [source.clean for source in sources if source.clean is not None]))


def clean_bytes(cleans: tuple[CleanPlate, ...], plate: SourcePlan, *, size: Size) -> int:
    """Most memory that clean plates take, whatever the length: kept frames, their holes, and the plates.

    Args:
        cleans: those that are made.
        plate: the footage.
        size: of the picture that is worked on.
    """
    if not cleans:
        return 0
    frame, pixels = frame_bytes(size, plate.info.format), size.width * size.height
    kept = max(asked.samples for asked in cleans)
    return (kept + _READING_FRAMES) * (frame + pixels * (1 + len(cleans))) + 4 * len(cleans) * frame
