"""Whose sound can be heard, and how the recipe's time and the output's go together."""

from __future__ import annotations

from fractions import Fraction

from composer.errors import PlanError
from composer.media.audio import can_decode
from composer.media.decoding import first_at
from composer.media.probe import AudioInfo
from composer.plan.footage import Footage
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.text import Path
from composer.values import Span


def named(loaded: LoadedRecipe, footage: Footage, name: str, place: Path) -> SourcePlan:
    """The source of a name.

    Raises:
        PlanError: it is a file without a name.
    """
    if name in footage.sound:
        return footage.sound[name]
    words = f"'{name}' is a file; sound comes from a source with a name"
    raise loaded.marks.problem(place, words, hint="name it under sources:", kind=PlanError)


def first_sound(loaded: LoadedRecipe, source: SourcePlan, place: Path) -> AudioInfo:
    """The sound stream of a source that is taken.

    Raises:
        PlanError: it has none.
    """
    if source.info.audio:
        return source.info.audio[0]
    words = f"'{source.name}' has no sound: {source.path.name} holds pictures only"
    raise loaded.marks.problem(place, words, hint="write audio: none, or leave it out", kind=PlanError)


def refuse_stretched(loaded: LoadedRecipe, source: SourcePlan, place: Path) -> None:
    """Refuse a source that runs faster or slower than it was recorded."""
    if source.speed != 1:
        words = f"'{source.name}' runs at speed {float(source.speed):g}; sound is not stretched, "
        hint = "write audio: none, or leave speed out"
        raise loaded.marks.problem(place, words + "so it would not fit the picture", hint=hint, kind=PlanError)


def refuse_undecodable(loaded: LoadedRecipe, source: SourcePlan, sound: AudioInfo, place: Path) -> None:
    """Refuse sound that has to be decoded and cannot be."""
    if not can_decode(sound.codec):
        words = f"{source.path.name}: its sound is {sound.codec}, which Composer does not decode"
        hint = "write audio: none, or convert the sound to aac, flac or wav first"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)


def begins_at(footage: Footage, used: Span) -> Fraction:
    """The recipe's time of the output's first picture, which may come up to a frame after the start of the span."""
    info = footage.plate.info
    if used.is_whole:
        return used.start - footage.plate.start
    first = first_at(info, info.start + used.start) - info.start if info.kind == "video" else used.start
    return first - footage.plate.start


def output_shift(footage: Footage, used: Span) -> Fraction:
    """What brings the recipe's time to the output's clock: a whole plate keeps its own times, a cut one starts at 0."""
    return (footage.plate.info.start if used.is_whole else Fraction(0)) - begins_at(footage, used)
