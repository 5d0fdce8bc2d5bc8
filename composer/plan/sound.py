"""Which sound goes along, and which part of it."""

from __future__ import annotations

from composer.media.audio import AudioTrack, plan_audio
from composer.media.encode import container_of
from composer.media.sounds import Mixdown
from composer.plan.footage import Footage, duration
from composer.plan.heard import first_sound, named, output_shift, refuse_broken, refuse_stretched, refuse_undecodable
from composer.plan.mixdown import decide_mix
from composer.plan.model import OutputPlan, SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.sound import AudioOptions
from composer.recipe.text import Path
from composer.values import Span

PLACE: Path = ("output", "audio")


def decide_sound(loaded: LoadedRecipe, footage: Footage, target: OutputPlan, used: Span) -> AudioTrack | Mixdown | None:
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
    if asked is not None and asked.is_silent:
        return None
    if asked is not None and asked.only is None:
        return decide_mix(loaded, asked, footage, target, used)
    name = asked.only if asked is not None and asked.only is not None else "plate"
    source = named(loaded, footage, name, PLACE)
    if asked is None and not source.info.audio:
        return None
    stream = first_sound(loaded, source, PLACE)
    if source.timeline is not None:
        return decide_mix(loaded, asked or AudioOptions(), footage, target, used)
    container = container_of(target.path)
    if source is footage.plate:
        return _playable(loaded, source, plan_audio(source.info, used, container))
    refuse_stretched(loaded, source, PLACE)
    heard = _heard(source, footage.plate, used)
    if heard is not None:
        refuse_broken(loaded, source, stream, PLACE, until=heard.end)
    offset = output_shift(footage, used) - source.info.start - source.start
    track = None if heard is None else plan_audio(source.info, heard, container, offset=offset)
    return _playable(loaded, source, track)


def _playable(loaded: LoadedRecipe, source: SourcePlan, track: AudioTrack | None) -> AudioTrack | None:
    """The track, unless it has to be decoded and its codec is not one that we decode."""
    sound = next((each for each in source.info.audio if track and each.index == track.stream), None)
    if track is not None and sound is not None and track.mode == "encode":
        refuse_undecodable(loaded, source, sound, PLACE)
    return track


def _heard(source: SourcePlan, plate: SourcePlan, used: Span) -> Span | None:
    """The part of another source's sound that the used span of the plate lasts; None where it has ended by then."""
    start = source.start + (used.start - plate.start)
    last = used.end if used.end is not None else duration(plate.info)
    ends = [end for end in (None if last is None else start + last - used.start, source.stop) if end is not None]
    end = min(ends, default=None)
    return None if end is not None and end <= start else Span(start, end)
