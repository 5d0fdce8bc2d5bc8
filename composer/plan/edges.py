"""What fine edges need is refused before the first frame where it is not here."""

from __future__ import annotations

from collections.abc import Sequence

from composer.errors import ModelUnavailable, PlanError
from composer.mask.matting import check_installed
from composer.plan.model import MattePlan
from composer.recipe import LoadedRecipe


def check_edges(loaded: LoadedRecipe, mattes: Sequence[MattePlan]) -> tuple[str, ...]:
    """See that every matte can have the edges it asks for.

    Args:
        loaded: the recipe, for messages.
        mattes: those that are used.

    Returns:
        The libraries that this takes beside those of every render.

    Raises:
        PlanError: ``edges: fine`` without the library that it takes; the hint has the line that installs it.
    """
    fine = [matte for matte in mattes if matte.spec.edges == "fine"]
    for matte in fine:
        try:
            check_installed("edges: fine")
        except ModelUnavailable as error:
            place = ("mattes", matte.name, "edges")
            raise loaded.marks.problem(place, error.message, hint=error.hint, kind=PlanError) from error
    return ("pymatting",) if fine else ()
