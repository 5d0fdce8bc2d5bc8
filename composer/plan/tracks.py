"""What is followed through the shot: regions that move, and the camera where an edit asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from composer.errors import PlanError
from composer.plan.footage import duration
from composer.plan.model import MattePlan, SourcePlan, TrackPlan, TracksPlan
from composer.recipe import LoadedRecipe
from composer.recipe.names import uses
from composer.values import Span

#: Kinds of mattes that cover what moves by itself, as a rule. A key may be of a screen that something is put on.
_MOVING = ("moving", "prompt", "text", "file")


def decide_tracks(loaded: LoadedRecipe, mattes: Sequence[MattePlan], plate: SourcePlan, used: Span) -> TracksPlan:
    """What has to be followed for the edits.

    Args:
        loaded: the recipe.
        mattes: those that are used.
        plate: the footage, with the recipe's own start.
        used: seconds since its first frame.

    Raises:
        PlanError: a region is known at a moment that is not used.
    """
    moving = tuple(matte.name for matte in mattes if matte.spec.kind in _MOVING)
    named = {use.name for use in uses(loaded.recipe) if use.kind == "region"}
    moves = [name for name, spec in loaded.recipe.regions.items() if name in named and _moves(loaded, name)]
    asks = any(edit.needs_camera for edit in loaded.recipe.edits)
    return TracksPlan(tuple(_track(loaded, name, moving, plate, used) for name in moves), asks, moving)


def _moves(loaded: LoadedRecipe, name: str) -> bool:
    spec = loaded.recipe.regions[name]
    return spec.follow is not None or spec.track != "none"


def _track(loaded: LoadedRecipe, name: str, moving: tuple[str, ...], plate: SourcePlan, used: Span) -> TrackPlan:
    spec = loaded.recipe.regions[name]
    if spec.track == "none":
        return TrackPlan(name, "follow", _where(loaded, name), Fraction(0), (), spec.follow, spec)
    at = _used_at(loaded, name, plate, used)
    without = () if spec.on is not None else moving if spec.without is None else spec.without
    return TrackPlan(name, spec.track, _where(loaded, name), at, without, spec.on, spec)


def _used_at(loaded: LoadedRecipe, name: str, plate: SourcePlan, used: Span) -> Fraction:
    """The moment at which a region's corners are right, since the first used frame."""
    spec = loaded.recipe.regions[name]
    asked = spec.at.moment.seconds_at(plate.info.rate) if spec.at is not None else Fraction(0)
    at = asked + plate.start - used.start
    ends = [end for end in (used.end, duration(plate.info)) if end is not None]
    if at < 0 or (ends and at >= min(ends) - used.start):
        said = spec.at.spelled() if spec.at is not None else "0s"
        words = f"the corners of '{name}' are right at {said}, and that frame is not used"
        place = ("regions", name, "at") if spec.at is not None else ("regions", name)
        hint = "name a time inside the shot, and a --span that holds it"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
    return at


def _where(loaded: LoadedRecipe, name: str) -> str:
    spot = loaded.marks.root.spot_of(("regions", name), key=True)
    return f"{loaded.marks.path}:{spot.line + 1}:{spot.column + 1}"
