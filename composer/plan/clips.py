"""One clip of a timeline: how much of it is taken, and how many frames that is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from composer.errors import PlanError
from composer.media.probe import MediaInfo
from composer.plan.model import Plan
from composer.plan.nested import nested_sound
from composer.plan.pace import Pace, pace_of
from composer.plan.timeline import ClipPlan, ClipSound, TitlePlan, slack_of
from composer.recipe import LoadedRecipe, Source
from composer.recipe.text import Path
from composer.recipe.timeline import ClipEntry, ShownEntry, Transition
from composer.values import ROUNDED, FrameRate, Moment


@dataclass(frozen=True)
class AskedClip:
    """One clip of a timeline as it is asked for.

    Args:
        place: of its entry in the recipe.
        entry: what it says.
        info: of its file; of a title made anew once the canvas is known.
        nested: the plan of the recipe that it is, or None for a file.
        title: the plan of the title that it is, or None for a file.
        joint: the transition into it with its place, or None for a cut.
    """

    place: Path
    entry: ShownEntry
    info: MediaInfo
    nested: Plan | None = None
    title: TitlePlan | None = None
    joint: tuple[Path, Transition] | None = None


def frames_of(moment: Moment, rate: FrameRate) -> int:
    """A length in whole frames: the nearest number, at least one.

    Example:
        >>> frames_of(Moment.parse("0.5s"), FrameRate(Fraction(25))), frames_of(Moment.parse("8f"), FrameRate(Fraction(25)))
        (13, 8)
    """
    return max(1, int(moment.seconds_at(rate) * rate.value + Fraction(1, 2)))


def clip_plan(loaded: LoadedRecipe, asked: AskedClip, rate: FrameRate, source: Source) -> ClipPlan:
    """A clip and its length; where it begins is not known yet.

    Args:
        loaded: the recipe.
        asked: what it says, and what its file is.
        rate: of the timeline.
        source: the timeline, which says how clips fill it.

    Raises:
        PlanError: pointing at what cannot be taken.
    """
    entry, info = asked.entry, asked.info
    pace, stop, frames = (_still if info.kind == "still" else _moving)(loaded, asked, rate)
    own_rate = entry.rate if isinstance(entry, ClipEntry) else None
    return ClipPlan(
        path=info.path,
        info=info,
        first=0,
        frames=frames,
        pace=pace,
        stop=stop,
        between=entry.between,
        fit=entry.fit or source.fit or "contain",
        rate=None if own_rate is None else FrameRate.parse(own_rate),
        nested=asked.nested,
        sound=nested_sound(asked.nested) if asked.nested is not None else _sound(info),
        title=asked.title,
    )


def _sound(info: MediaInfo) -> ClipSound | None:
    return ClipSound(info.path, info.audio[0], info.start) if info.audio else None


def _still(loaded: LoadedRecipe, asked: AskedClip, rate: FrameRate) -> tuple[Pace, None, int]:
    entry = asked.entry
    for word in ("start", "stop", "speed", "between"):
        if word in entry.model_fields_set:
            words = f"{word}: {asked.info.path.name} is a still; it looks the same at every moment"
            raise loaded.marks.problem((*asked.place, word), words, hint="say for: 3s", key=True, kind=PlanError)
    if entry.for_ is None:
        words = f"{asked.info.path.name} is a still: say how long it is shown"
        raise loaded.marks.problem((*asked.place, "clip"), words, hint="add for: 3s", kind=PlanError)
    return pace_of(Fraction(0), entry.speed, rate), None, frames_of(entry.for_.moment, rate)


def _moving(loaded: LoadedRecipe, asked: AskedClip, rate: FrameRate) -> tuple[Pace, Fraction | None, int]:
    """Pace, asked end and frames shown of a clip that moves."""
    entry, info = asked.entry, asked.info
    start, stop = _trim(asked)
    length = info.length
    check_trim(loaded, asked.place, info, start, stop)
    pace = pace_of(start, entry.speed, rate)
    end = stop if stop is not None else length
    if end is None and entry.for_ is None:
        words = f"the header of {info.path.name} does not say how long it is"
        raise loaded.marks.problem(asked.place, words, hint="say stop or for", kind=PlanError)
    most = None if end is None else pace.frames_until(end - slack_of(info), rate)
    if entry.for_ is None:
        return pace, stop, most or 1
    frames = frames_of(entry.for_.moment, rate)
    if most is not None and frames > most:
        words = f"for: {info.path.name} lasts {most} frames from there, {frames} are asked for"
        raise loaded.marks.problem((*asked.place, "for"), words, hint="show it slower, or shorter", kind=PlanError)
    return pace, pace.at(frames / rate.value), frames


def _trim(asked: AskedClip) -> tuple[Fraction, Fraction | None]:
    """Seconds into the clip at which it begins and ends; a recipe inside is planned for just that part."""
    entry, rate = asked.entry, asked.info.rate
    if asked.nested is not None:
        return Fraction(0), None
    start = entry.start.moment.seconds_at(rate) if entry.start else Fraction(0)
    return start, entry.stop.moment.seconds_at(rate) if entry.stop else None


def check_trim(
    loaded: LoadedRecipe,
    place: Path,
    info: MediaInfo,
    start: Fraction,
    stop: Fraction | None,
    *,
    last: Fraction | None = None,
) -> None:
    """Refuse a part that is empty, or that a file does not have.

    Args:
        loaded: the recipe.
        place: of the file in it.
        info: of the file.
        start: seconds since its first frame.
        stop: the same, or None.
        last: seconds at which more than its pictures ends; None for their end.

    Raises:
        PlanError: pointing at the word that cannot be.
    """
    if stop is not None and stop <= start:
        words = f"stop ({float(stop):g}s) is not after start ({float(start):g}s)"
        raise loaded.marks.problem((*place, "stop"), words, kind=PlanError)
    for word, moment, end, slack in (
        ("start", start, info.length, -ROUNDED),
        ("stop", stop, last or info.length, ROUNDED),
    ):
        if moment is not None and end is not None and moment > end + slack:
            words = f"{word} ({float(moment):g}s) is past the end of {info.path.name}, which is {float(end):.4g}s long"
            raise loaded.marks.problem((*place, word), words, kind=PlanError)
