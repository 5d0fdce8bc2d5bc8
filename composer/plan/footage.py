"""Files of a recipe, probed: what is missing, unreadable or of the wrong kind is refused with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path as FilePath

from composer.errors import InputError, PlanError
from composer.media.probe import MediaInfo, probe
from composer.media.sound_file import probe_sound
from composer.plan.clips import check_trim
from composer.plan.cuts import decide_timeline, described
from composer.plan.model import MattePlan, SourcePlan
from composer.plan.nested import Nesting
from composer.recipe import LoadedRecipe, Source
from composer.recipe.names import Use, ordered, uses
from composer.recipe.text import Path
from composer.values import FrameRate, Moment

_MOVING = ("video", "sequence", "animation", "timeline")


@dataclass(frozen=True)
class Footage:
    """Every file that a recipe uses.

    Args:
        plate: the footage that is worked on.
        sources: what edits insert, by the name that they use.
        mattes: the used mattes, each after those that it is made of.
        sound: every source of the recipe by name, for the sound.
    """

    plate: SourcePlan
    sources: Mapping[str, SourcePlan]
    mattes: tuple[MattePlan, ...]
    sound: Mapping[str, SourcePlan] = field(default_factory=dict)


def gather(loaded: LoadedRecipe, nesting: Nesting) -> Footage:
    """Probe every file that a recipe names.

    Args:
        loaded: the recipe.
        nesting: plans recipes inside its timelines.

    Raises:
        PlanError: pointing at the first file that cannot be used for what it is named for.
    """
    asked = loaded.recipe.sources
    if asked["plate"].clean_plate is not None:
        words = "the plate is footage; a clean plate is made of it"
        raise loaded.marks.problem(("sources", "plate"), words, hint="give it another name", kind=PlanError)
    named = {
        name: _source(loaded, name, source, nesting) for name, source in asked.items() if source.clean_plate is None
    }
    plate = _plate(loaded, named["plate"])
    named["plate"] = plate
    cleans = {name: source.clean_plate for name, source in asked.items() if source.clean_plate is not None}
    named |= {name: SourcePlan(name, plate.path, plate.info, clean=clean) for name, clean in cleans.items()}
    used = {use.name: _used(loaded, use, named) for use in uses(loaded.recipe) if _is_inserted(use)}
    mattes = tuple(_matte(loaded, name, named) for name in ordered(loaded.recipe))
    return Footage(plate, used, mattes, named)


def _is_inserted(use: Use) -> bool:
    return use.kind == "source" and use.path[0] == "edits"


def _source(loaded: LoadedRecipe, name: str, source: Source, nesting: Nesting) -> SourcePlan:
    place: Path = ("sources", name)
    timeline = decide_timeline(loaded, source, place, nesting) if source.timeline is not None else None
    rate = None if source.rate is None or timeline is not None else FrameRate.parse(source.rate)
    file = loaded.path.absolute() if source.file is None else loaded.file(source.file)
    info = described(loaded, timeline) if timeline is not None else _probed(loaded, str(file), place, rate=rate)
    start = _seconds(source.start.moment if source.start else None, info) or Fraction(0)
    stop = _seconds(source.stop.moment if source.stop else None, info)
    heard = (sound.duration for sound in info.audio if sound.duration is not None)
    last = None if info.length is None else max([info.length, *heard])
    check_trim(loaded, place, info, start, stop, last=last)
    if rate is not None and info.kind != "sequence":
        words = f"{info.path.name} has times of its own; only a sequence of pictures takes a rate"
        hint = "leave rate out, and use speed to play it faster or slower"
        raise loaded.marks.problem((*place, "rate"), words, hint=hint, key=True, kind=PlanError)
    return SourcePlan(
        name=name,
        path=file,
        info=info,
        start=start,
        stop=stop,
        speed=Fraction(str(source.speed)),
        end="loop" if source.loop else source.end,
        rate=rate,
        timeline=timeline,
    )


def _probed(loaded: LoadedRecipe, file: str, place: Path, *, rate: FrameRate | None = None) -> MediaInfo:
    try:
        info = probe(loaded.file(file))
    except InputError as error:
        if place[0] == "sources" and (heard := probe_sound(loaded.file(file))) is not None:
            return heard
        raise loaded.marks.problem(place, error.message, hint=error.hint, kind=PlanError) from error
    return replace(info, rate=rate) if rate is not None and info.kind == "sequence" else info


def _seconds(moment: Moment | None, info: MediaInfo) -> Fraction | None:
    return None if moment is None else moment.seconds_at(info.rate)


def duration(info: MediaInfo) -> Fraction | None:
    """Seconds of picture, as far as the header tells; None for a still and for what does not say."""
    return info.length


def _plate(loaded: LoadedRecipe, plate: SourcePlan) -> SourcePlan:
    place: Path = ("sources", "plate")
    if plate.info.kind not in _MOVING:
        what = "holds sound only" if plate.info.kind == "sound" else "is a picture"
        words = f"{plate.path.name} {what}; the plate has to be a video or a sequence"
        hint = "name a clip here, and use the picture in an edit"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
    if plate.speed != 1 or plate.end != "hold":
        key = "speed" if plate.speed != 1 else "loop" if loaded.recipe.sources["plate"].loop else "end"
        words = f"{key}: the plate runs once, at its own speed"
        raise loaded.marks.problem((*place, key), words, key=True, kind=PlanError)
    return plate


def _used(loaded: LoadedRecipe, use: Use, named: Mapping[str, SourcePlan]) -> SourcePlan:
    """The source that an edit names, by name or by path."""
    if use.name in named:
        return _seen(loaded, use.path, named[use.name])
    return SourcePlan(use.name, loaded.file(use.name), _probed(loaded, use.name, use.path))


def _seen(loaded: LoadedRecipe, place: Path, source: SourcePlan) -> SourcePlan:
    """A source that something is to be seen of."""
    if source.info.kind == "sound":
        words = f"'{source.name}' has sound but no picture: {source.path.name}"
        hint = f"name it under output: {{audio: {{mix: [{{source: {source.name}}}]}}}}"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
    return source


def _matte(loaded: LoadedRecipe, name: str, named: Mapping[str, SourcePlan]) -> MattePlan:
    spec = loaded.recipe.mattes[name]
    if spec.external is None:
        return MattePlan(name, spec)
    place: Path = ("mattes", name, spec.kind, *(["mask"] if spec.prompt is not None else []))
    if spec.external in named:
        _seen(loaded, place, named[spec.external])
    file = named[spec.external].path if spec.external in named else loaded.file(spec.external)
    info = named[spec.external].info if spec.external in named else _probed(loaded, spec.external, place)
    if spec.external in named and named[spec.external].clean is not None:
        words = f"'{spec.external}' is made of mattes, and is not there yet when this matte is made"
        raise loaded.marks.problem(place, words, hint="render it to a file first", kind=PlanError)
    if info.kind == "timeline":
        words = f"'{spec.external}' is a timeline; a matte is read from one file"
        raise loaded.marks.problem(place, words, hint="render it to a file first", kind=PlanError)
    _check_fit(loaded, place, info, named["plate"])
    if spec.prompt is not None and info.kind != "still":
        words = f"{info.path.name} has many pictures; a prompt's mask is one, of the frame at its time"
        raise loaded.marks.problem(place, words, hint="a matte of every frame is written file:", kind=PlanError)
    return MattePlan(name, spec, FilePath(file), info)


def _check_fit(loaded: LoadedRecipe, place: Path, info: MediaInfo, plate: SourcePlan) -> None:
    if info.size != plate.info.size:
        words = f"{info.path.name} is {info.size}, the plate is {plate.info.size}"
        hint = "scale it to the plate's size first; a matte pairs with the plate pixel by pixel"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
    theirs, ours = info.claimed.frames, plate.info.claimed.frames
    if info.kind != "still" and theirs is not None and ours is not None and theirs != ours and plate.start == 0:
        words = f"{info.path.name} has {theirs} frames, the plate has {ours}"
        hint = "a matte pairs with the plate frame by frame: export it over the whole shot"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
