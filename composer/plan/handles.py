"""What is read around a span of the footage, so that it shows what the whole would show there, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from composer.effects.base import Effect
from composer.plan.footage import duration
from composer.plan.model import SourcePlan, TracksPlan
from composer.recipe import LoadedRecipe
from composer.values import FrameRate, Span

#: Frames read beyond what is asked for: one that is shown when a moment comes began before it.
_MARGIN = 2


def with_handles(loaded: LoadedRecipe, plate: SourcePlan, used: Span) -> Span:
    """A span with all that covers and other moments look at around it, as far as the recipe uses the footage.

    Args:
        loaded: the recipe.
        plate: the footage, with the recipe's own start and stop.
        used: seconds since its first frame that are shown.
    """
    rate = plate.info.rate
    reaches = [reach for edit in loaded.recipe.edits for reach in _reaches(edit, rate)]
    if not reaches:
        return used
    margin = _MARGIN / rate.value
    start = max(plate.start, used.start + min(Fraction(0), *reaches) - margin)
    end = None if used.end is None else used.end + max(Fraction(0), *reaches) + margin
    return Span(start, plate.stop if end is None or _ends_with(plate, end) else end)


def _reaches(edit: Effect, rate: FrameRate) -> Iterator[Fraction]:
    """Seconds from now, negative for the past, at which an edit looks."""
    for cover in edit.covers():
        yield from (-cover.hold.seconds_at(rate), cover.hold.seconds_at(rate))
    yield from (other.seconds_at(rate) for other in edit.others() if other.shift is not None)


def _ends_with(plate: SourcePlan, seconds: Fraction) -> bool:
    """Whether the footage that the recipe uses has ended by then."""
    ends = [end for end in (plate.stop, duration(plate.info)) if end is not None]
    return bool(ends) and seconds >= min(ends)


def cut_short(
    loaded: LoadedRecipe, plate: SourcePlan, used: Span, tracks: TracksPlan, *, has_cleans: bool
) -> tuple[str, ...]:
    """Words where a span leaves footage out that decides what is seen in it.

    Args:
        loaded: the recipe.
        plate: the footage, with the recipe's own start and stop.
        used: seconds since its first frame that are shown.
        tracks: what is followed.
        has_cleans: whether clean plates are made.
    """
    if used.start <= plate.start and (used.end is None or _ends_with(plate, used.end)):
        return ()
    framing = loaded.recipe.output.frame
    parts = ["clean plates"] * has_cleans
    parts += [f"the region {track.name}" for track in tracks.regions]
    parts += [f"the framing that follows {framing.follow}"] if framing and framing.follow else []
    parts += ["the steadied camera"] if framing and framing.stabilise else []
    words = "made from the span alone; rendered as a whole, the same moments may look different"
    return (f"{', '.join(parts)}: {words}",) if parts else ()
