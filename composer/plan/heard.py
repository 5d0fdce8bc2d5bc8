"""Whose sound can be heard, and how the recipe's time and the output's go together."""

from __future__ import annotations

from fractions import Fraction

from composer.errors import PlanError
from composer.media.audio import can_decode
from composer.media.decoding import first_at
from composer.media.probe import AudioInfo
from composer.media.sound_file import sound_end
from composer.plan.footage import Footage
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.text import Path
from composer.values import Span

_GUESSED = ("aac",)  # without a header: FFmpeg guesses their length from the first frames


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


def refuse_broken(
    loaded: LoadedRecipe, source: SourcePlan, sound: AudioInfo, place: Path, *, until: Fraction | None
) -> None:
    """Refuse sound that breaks off before its header says, where more of it is to be heard.

    Args:
        loaded: the recipe.
        source: its file.
        sound: which stream.
        place: of it in the recipe.
        until: seconds since the source's first frame up to which it is heard; None for to its end.

    Raises:
        PlanError: naming both times.
    """
    claimed = sound.duration
    if claimed is None or source.info.container in _GUESSED:
        return
    needed = claimed if until is None else min(claimed, source.info.start + until)
    reached = sound_end(source.info, sound.index)
    if reached + max(Fraction(1, 5), claimed / 100) < needed:
        words = f"{source.path.name}: its sound breaks off at {float(reached):.2f} s; its header claims "
        hint = "copy it again, or give the source a stop before that time"
        raise loaded.marks.problem(place, f"{words}{float(claimed):.2f} s", hint=hint, kind=PlanError)


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
