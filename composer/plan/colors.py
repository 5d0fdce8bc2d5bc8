"""Colour matrices that only pass as they are: whatever would have to convert them is refused with its line."""

from __future__ import annotations

from collections.abc import Iterator

from composer.errors import PlanError
from composer.media.probe import MediaInfo
from composer.pixels.color import can_convert
from composer.plan.footage import Footage
from composer.plan.model import MattePlan, OutputPlan
from composer.recipe import LoadedRecipe
from composer.recipe.names import uses
from composer.recipe.text import Path


def check_colors(loaded: LoadedRecipe, footage: Footage, target: OutputPlan) -> None:
    """Refuse what would have to convert colours that cannot be converted, such as ICtCp or YCgCo.

    A plate of such colours may be blurred and cut; nothing can be put into it, and it goes out as it came.

    Raises:
        PlanError: naming the file and its matrix.
    """
    for info, place in _converted(loaded, footage, target):
        if not can_convert(info.format, info.color):
            words = f"{info.path.name} has colours in {info.color.matrix}, which cannot be converted here"
            hint = "convert the footage to bt709 or bt2020nc first"
            raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)


def _converted(loaded: LoadedRecipe, footage: Footage, target: OutputPlan) -> Iterator[tuple[MediaInfo, Path]]:
    """Every file whose colours are converted, with what in the recipe asks for it."""
    plate = footage.plate.info
    for use in uses(loaded.recipe):
        if use.kind == "source" and use.path[0] == "edits":
            yield footage.sources[use.name].info, use.path
    for index, edit in enumerate(loaded.recipe.edits):
        if edit.brings_color:
            yield plate, ("edits", index, edit.kind)
    for matte in footage.mattes:
        place: Path = ("mattes", matte.name, matte.spec.kind)
        if matte.info is not None:
            yield matte.info, place
        if _looks_at_color(matte, plate):
            yield plate, place
    if target.format != plate.format:
        yield plate, ("output", "video", "format")


def _looks_at_color(matte: MattePlan, plate: MediaInfo) -> bool:
    """Whether a matte is made from the plate's colours; for finding edges, even 4:2:0 needs no exact ones."""
    if matte.spec.key is not None:
        return matte.spec.key.luma is None
    is_even = plate.size.width % 2 == 0 and plate.size.height % 2 == 0
    return matte.spec.needs_analysis and not (plate.format.subsampling == (1, 1) and is_even)
