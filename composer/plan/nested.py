"""A recipe inside a timeline: planned like any other, and seen from outside like a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path as FilePath

from composer.errors import PlanError
from composer.media.audio import AudioTrack
from composer.media.probe import Claim, MediaInfo
from composer.plan.model import Plan
from composer.plan.timeline import ClipSound
from composer.recipe import LoadedRecipe, load_recipe
from composer.recipe.model import VideoOptions
from composer.recipe.text import Path
from composer.recipe.timeline import RecipeEntry


@dataclass(frozen=True)
class Nesting:
    """How recipes inside a recipe are planned.

    Args:
        plan: makes a plan, as ``make_plan`` does, with everything that the command line chose.
        trail: the recipes that lead here, resolved, outermost first.
    """

    plan: Callable[..., Plan]
    trail: tuple[FilePath, ...]

    def planned(self, loaded: LoadedRecipe, entry: RecipeEntry, place: Path) -> Plan:
        """The plan of a recipe inside another, for just the part that is shown.

        Args:
            loaded: the outer recipe.
            entry: names the inner one.
            place: of that entry in the outer recipe.

        Raises:
            PlanError: there is no such recipe, or it leads back to one that it is inside of.
            RecipeError: what is wrong in the inner recipe, with its own line.
        """
        file = loaded.file(entry.recipe)
        if not file.is_file():
            words = f"{file}: there is no such recipe"
            raise loaded.marks.problem((*place, "recipe"), words, hint="check the path", kind=PlanError)
        if file.resolve() in self.trail:
            circle = (*self.trail[self.trail.index(file.resolve()) :], file)
            words = f"a recipe inside itself: {' -> '.join(each.name for each in circle)}"
            raise loaded.marks.problem((*place, "recipe"), words, kind=PlanError)
        inner = load_recipe(file, set={name: _told(loaded, value) for name, value in entry.params.items()})
        return self.plan(_unwritten(inner), is_written=False, span=_span(entry), inside=self.trail)


def _told(loaded: LoadedRecipe, value: str | float | bool) -> str:  # noqa: FBT001 - a parameter's value, not a flag
    """A parameter's value as the command line would spell it; a file of the outer recipe is named in full."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and loaded.file(value).exists():
        return str(loaded.file(value))
    return str(value)


def _unwritten(inner: LoadedRecipe) -> LoadedRecipe:
    """The recipe without what it says of its own file: that changes none of its pictures."""
    output = inner.recipe.output.model_copy(update={"file": None, "video": VideoOptions()})
    return replace(inner, recipe=inner.recipe.model_copy(update={"output": output}))


def _span(entry: RecipeEntry) -> str | None:
    if entry.start is None and entry.stop is None:
        return None
    return f"{entry.start.spelled() if entry.start else ''}..{entry.stop.spelled() if entry.stop else ''}"


def nested_info(plan: Plan) -> MediaInfo:
    """What a recipe's pictures look like from outside.

    Args:
        plan: of the inner recipe.
    """
    plate = plan.plate.info
    end = plan.span.end if plan.span.end is not None else plate.length
    return replace(
        plate,
        path=plan.recipe.absolute(),
        kind="timeline",
        container="recipe",
        codec="recipe",
        size=plan.output.size,
        start=plate.start if plan.span.is_whole else Fraction(0),
        claimed=Claim(plan.frames, None if end is None else end - plan.span.start),
        found=None,
        audio=(),
        digest=_digest(plan),
    )


def nested_sound(plan: Plan) -> ClipSound | None:
    """The sound that a recipe takes from one of its files as it is; None for silence and for what it mixes.

    Args:
        plan: of the inner recipe.
    """
    track = plan.output.audio
    if not isinstance(track, AudioTrack):
        return None
    infos = [source.info for source in (plan.plate, *plan.sources.values()) if source.path == track.path]
    streams = [stream for info in infos for stream in info.audio if stream.index == track.stream]
    first = plan.plate.info.start if plan.span.is_whole else Fraction(0)
    return ClipSound(track.path, streams[0], first - track.offset, track.end) if streams else None


def _digest(plan: Plan) -> str:
    """Hash of everything that decides a recipe's pictures."""
    infos = [plan.plate.info, *(source.info for source in plan.sources.values())]
    infos += [matte.info for matte in plan.mattes if matte.info is not None]
    told = [plan.recipe_digest, [info.digest for info in infos], str(plan.span), plan.segmenter.name, plan.versions]
    return blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
