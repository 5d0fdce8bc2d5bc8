"""Which sound goes along, and which part of it."""

from __future__ import annotations

from fractions import Fraction

from composer.errors import PlanError
from composer.media.audio import AudioTrack, can_decode, plan_audio
from composer.media.decoding import first_at
from composer.media.encode import container_of
from composer.plan.footage import Footage, duration
from composer.plan.model import OutputPlan, SourcePlan
from composer.recipe import LoadedRecipe
from composer.values import Span


def decide_sound(loaded: LoadedRecipe, footage: Footage, target: OutputPlan, used: Span) -> AudioTrack | None:
    """The sound of an output: as asked, else the plate's where it has any.

    Args:
        loaded: the recipe.
        footage: its files.
        target: what is written.
        used: seconds since the plate's first frame.

    Raises:
        PlanError: sound is asked for where there is none.
    """
    asked = loaded.recipe.output.audio
    if asked is not None and asked.keep is None:
        return None
    name = asked.keep if asked is not None and asked.keep is not None else "plate"
    source = footage.sound.get(name) or _unnamed(loaded, name)
    if not source.info.audio:
        return None if asked is None else _silent(loaded, name, source)
    container = container_of(target.path)
    if source is footage.plate:
        return _playable(loaded, source, plan_audio(source.info, used, container))
    if source.speed != 1:
        words = (
            f"'{name}' runs at speed {float(source.speed):g}; sound is not stretched, so it would not fit the picture"
        )
        raise loaded.marks.problem(
            ("output", "audio"), words, hint="write audio: none, or leave speed out", kind=PlanError
        )
    heard = _heard(source, footage.plate, used)
    if heard is None:
        return None
    return _playable(loaded, source, plan_audio(source.info, heard, container, offset=_shift(source, footage, used)))


def _playable(loaded: LoadedRecipe, source: SourcePlan, track: AudioTrack | None) -> AudioTrack | None:
    """The track, unless it has to be decoded and its codec is not one that we decode."""
    sound = next((each for each in source.info.audio if track and each.index == track.stream), None)
    if track is None or sound is None or track.mode == "copy" or can_decode(sound.codec):
        return track
    words = f"{source.path.name}: its sound is {sound.codec}, which Composer does not decode"
    hint = "write audio: none, or convert the sound to aac, flac or wav first"
    raise loaded.marks.problem(("output", "audio"), words, hint=hint, kind=PlanError)


def _silent(loaded: LoadedRecipe, name: str, source: SourcePlan) -> AudioTrack:
    words = f"'{name}' has no sound: {source.path.name} holds pictures only"
    raise loaded.marks.problem(("output", "audio"), words, hint="write audio: none", kind=PlanError)


def _unnamed(loaded: LoadedRecipe, name: str) -> SourcePlan:
    words = f"'{name}' is a file; sound comes from a source with a name"
    raise loaded.marks.problem(("output", "audio"), words, hint="name it under sources:", kind=PlanError)


def _heard(source: SourcePlan, plate: SourcePlan, used: Span) -> Span | None:
    """The part of another source's sound that the used span of the plate lasts; None where it has ended by then."""
    start = source.start + (used.start - plate.start)
    last = used.end if used.end is not None else duration(plate.info)
    ends = [end for end in (None if last is None else start + last - used.start, source.stop) if end is not None]
    end = min(ends, default=None)
    return None if end is not None and end <= start else Span(start, end)


def _shift(source: SourcePlan, footage: Footage, used: Span) -> Fraction:
    """What brings another source's clock to the output's: a whole plate keeps its own times, a cut one starts at 0.

    Time 0 of a cut plate is its first picture, which may come up to a frame after the start of the span.
    """
    info = footage.plate.info
    if used.is_whole:
        return info.start - source.info.start - source.start - (used.start - footage.plate.start)
    first = first_at(info, info.start + used.start) - info.start if info.kind == "video" else used.start
    return -source.info.start - source.start - (first - footage.plate.start)
