"""What fine edges need is refused before the first frame where it is not here."""

from __future__ import annotations

from collections.abc import Sequence

from composer.effects.joining import Joined
from composer.errors import ModelUnavailable, PlanError
from composer.mask.matting import check_installed
from composer.plan.model import MattePlan
from composer.recipe import LoadedRecipe
from composer.recipe.text import Path


def check_edges(loaded: LoadedRecipe, mattes: Sequence[MattePlan]) -> tuple[str, ...]:
    """See that every matte and every background can have the edges it asks for.

    Args:
        loaded: the recipe, for messages.
        mattes: those that are used.

    Returns:
        The libraries that this takes beside those of every render.

    Raises:
        PlanError: ``edges: fine`` or ``foreground: fine`` without the library that it takes; the hint has the line that installs it.
    """
    asking: list[tuple[Path, str]] = [
        (("mattes", matte.name, "edges"), "edges: fine") for matte in mattes if matte.spec.edges == "fine"
    ]
    for index, edit in enumerate(loaded.recipe.edits):
        if isinstance(edit, Joined) and edit.foreground == "fine":
            asking.append((("edits", index, edit.kind, "foreground"), "foreground: fine"))
    for place, words in asking:
        try:
            check_installed(words)
        except ModelUnavailable as error:
            raise loaded.marks.problem(place, error.message, hint=error.hint, kind=PlanError) from error
    return ("pymatting",) if asking else ()
