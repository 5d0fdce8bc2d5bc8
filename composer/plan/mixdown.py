"""A mix, decided: which piece of which file is heard when, and what all of it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import av

from composer.errors import PlanError
from composer.fields import Time
from composer.fields.levels import AnimatedDecibels
from composer.media.audio import is_lossless
from composer.media.encode import container_of
from composer.media.listen import layout_name
from composer.media.probe import AudioInfo
from composer.media.sound_file import sound_end
from composer.media.sounds import Curve, Duck, Mixdown, Sound
from composer.plan.footage import Footage, duration
from composer.plan.heard import (
    begins_at,
    first_sound,
    named,
    output_shift,
    refuse_broken,
    refuse_stretched,
    refuse_undecodable,
)
from composer.plan.model import OutputPlan, SourcePlan
from composer.plan.timeline import TimelinePlan
from composer.plan.timeline_sound import moved, timeline_sounds
from composer.recipe import LoadedRecipe
from composer.recipe.sound import AudioOptions, DuckOptions, SoundOptions
from composer.recipe.text import Path
from composer.values import Span

_USUAL_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)  # that every encoder takes
_BEST_RATE = 48_000


def decide_mix(
    loaded: LoadedRecipe, asked: AudioOptions, footage: Footage, target: OutputPlan, used: Span
) -> Mixdown | None:
    """The mix of an output; None where its file holds no sound.

    Args:
        loaded: the recipe.
        asked: its sound.
        footage: its files.
        target: what is written.
        used: seconds since the plate's first frame.

    Raises:
        PlanError: naming the sound that cannot be heard, and why.
    """
    container = container_of(target.path)
    if container in ("png", "gif"):
        return None
    place: Path = ("output", "audio", "mix") if asked.mix else ("output", "audio")
    table = _Table(loaded, footage, _end(loaded, footage, place))
    places: list[Path] = [(*place, index) if asked.mix else place for index in range(len(asked.sounds))]
    heard = [one for each, here in zip(asked.sounds, places, strict=True) for one in table.heard(each, here)]
    for each, here in zip(asked.mix, places, strict=False):
        _check_duck(loaded, each, [other.source for other in asked.mix], (*here, "duck", "under"))
    last = used.end - footage.plate.start if used.end is not None else table.end
    streams = [stream for _, stream in heard]
    return Mixdown(
        sounds=tuple(sound for sound, _ in heard),
        until=min(last, table.end),
        rate=_rate(streams, container),
        layout=layout_name(av.AudioLayout(max(streams, key=lambda stream: stream.channels).layout)),
        start=begins_at(footage, used),
        offset=output_shift(footage, used),
        is_lossless=all(is_lossless(stream.codec) for stream in streams),
        loudness=None if asked.loudness is None else asked.loudness.value,
        whole=None if used.start == footage.plate.start and last >= table.end else table.end,
    )


def _end(loaded: LoadedRecipe, footage: Footage, place: Path) -> Fraction:
    """When the whole of the recipe ends, in its own time."""
    plate = footage.plate
    end = plate.stop if plate.stop is not None else duration(plate.info)
    if end is None:
        words = f"{plate.path.name} does not say how long it is, so a mix cannot end with it"
        raise loaded.marks.problem(place, words, hint="give the plate a stop: under sources", kind=PlanError)
    return end - plate.start


def _rate(streams: Sequence[AudioInfo], container: str) -> int:
    """The highest rate of the sounds that every encoder takes, up to 48 kHz; WebM's Opus knows that one only."""
    best = max(stream.sample_rate for stream in streams)
    return best if best in _USUAL_RATES and container != "webm" else _BEST_RATE


def _check_duck(loaded: LoadedRecipe, asked: SoundOptions, mixed: Sequence[str], place: Path) -> None:
    if asked.duck is None:
        return
    if asked.duck.under == asked.source:
        words = f"'{asked.source}' cannot duck under itself"
        raise loaded.marks.problem(place, words, hint="name the sound that it makes room for", kind=PlanError)
    if asked.duck.under not in mixed:
        words = f"'{asked.duck.under}' is not heard in this mix, so nothing can duck under it"
        raise loaded.marks.problem(place, words, hint=f"mixed are: {', '.join(mixed)}", kind=PlanError)


@dataclass(frozen=True)
class _Table:
    """What every sound of a mix is placed on.

    Args:
        loaded: the recipe.
        footage: its files.
        end: when the recipe ends, in its own time.
    """

    loaded: LoadedRecipe
    footage: Footage
    end: Fraction

    def heard(self, asked: SoundOptions, place: Path) -> Iterator[tuple[Sound, AudioInfo]]:
        """One sound in the recipe's time, or those of a timeline, each with the stream that it is of."""
        source = named(self.loaded, self.footage, asked.source, place)
        stream = first_sound(self.loaded, source, place)
        if source.timeline is not None:
            yield from self._of_timeline(asked, source, source.timeline, place)
            return
        refuse_stretched(self.loaded, source, place)
        refuse_undecodable(self.loaded, source, stream, place)
        at, fade_out = self._seconds(asked.at), self._seconds(asked.fade_out)
        if at >= self.end:
            words = f"'{asked.source}' would begin at {float(at):g}s; the picture ends at {float(self.end):g}s"
            raise self.loaded.marks.problem((*place, "at"), words, kind=PlanError)
        loop = asked.loop or source.end == "loop"
        if source is not self.footage.plate:  # where that breaks off its pictures do too, and say so
            ends = [source.stop, None if loop else source.start + self.end - at]
            needed = min((end for end in ends if end is not None), default=None)
            refuse_broken(self.loaded, source, stream, place, until=needed)
        stop = None if source.stop is None else source.info.start + source.stop
        if fade_out and stop is None and not loop:
            stop = sound_end(source.info, stream.index)  # a fade ends where the sound does
        sound = Sound(
            path=source.path,
            stream=stream.index,
            start=source.info.start + source.start,
            end=stop,
            at=at,
            until=self.end,
            name=asked.source,
            gain=self._curve(asked.gain),
            fade_in=self._seconds(asked.fade_in),
            fade_out=fade_out,
            loop=loop,
            mute=tuple(self._muted(asked, place)),
            duck=None if asked.duck is None else self._duck(asked.duck),
        )
        yield sound, stream

    def _of_timeline(
        self, asked: SoundOptions, source: SourcePlan, timeline: TimelinePlan, place: Path
    ) -> Iterator[tuple[Sound, AudioInfo]]:
        """Every clip's sound; gain, mute and ducking go over all of them."""
        refuse_stretched(self.loaded, source, place)
        for word in ("fade_in", "fade_out", "loop"):
            if word in asked.model_fields_set:
                words = f"{word}: '{asked.source}' is a timeline, whose clips fade into each other"
                hint = "write gain: {0s: -60, 1s: 0}"
                raise self.loaded.marks.problem((*place, word), words, hint=hint, key=True, kind=PlanError)
        at = self._seconds(asked.at)
        stop = source.stop if source.stop is not None else timeline.frames / timeline.rate.value
        end = at + stop - source.start
        for each, stream in timeline_sounds(timeline):
            refuse_undecodable(self.loaded, source, stream, place)
            sound = moved(each, at - source.start, start=at, end=min(end, self.end), is_last=end >= self.end)
            if sound is not None:
                yield self._shaped(sound, asked, place), stream

    def _shaped(self, sound: Sound, asked: SoundOptions, place: Path) -> Sound:
        """A sound with what is asked for over its time."""
        duck = None if asked.duck is None else self._duck(asked.duck)
        gain, mute = self._curve(asked.gain), tuple(self._muted(asked, place))
        return replace(sound, name=asked.source, gain=gain, mute=mute, duck=duck)

    def _seconds(self, time: Time) -> Fraction:
        return time.moment.seconds_at(self.footage.plate.info.rate)

    def _curve(self, gain: AnimatedDecibels) -> Curve:
        rate = self.footage.plate.info.rate
        return Curve(tuple(moment.seconds_at(rate) for moment in gain.moments), gain.values, gain.ease)

    def _muted(self, asked: SoundOptions, place: Path) -> Iterator[Span]:
        for index, (first, last) in enumerate(asked.mute):
            start, end = self._seconds(first), self._seconds(last)
            if end <= start:
                words = f"muted from {float(start):g}s to {float(end):g}s: the end is not after the start"
                raise self.loaded.marks.problem((*place, "mute", index), words, kind=PlanError)
            yield Span(start, end)

    def _duck(self, asked: DuckOptions) -> Duck:
        attack, release = float(self._seconds(asked.attack)), float(self._seconds(asked.release))
        return Duck(asked.under, asked.by.value, asked.threshold.value, attack, release)


def mix_words(mix: Mixdown) -> str:
    """What a mix will be, in words."""
    names = ", ".join(dict.fromkeys(sound.name for sound in mix.sounds))
    count = f"{len(mix.sounds)} sounds mixed ({names})" if len(mix.sounds) > 1 else f"{names}, mixed"
    ducks = [f"{sound.name} ducks under {sound.duck.under}" for sound in mix.sounds if sound.duck is not None]
    level = [] if mix.loudness is None else [f"to {mix.loudness:g} LUFS, peaks under {mix.ceiling:g} dBTP"]
    return ", ".join([count, *ducks, f"{mix.layout} at {mix.rate} Hz", *level])
