"""A plan as an OpenTimelineIO document, so that editing programs find its clips where a render puts them.

Clips, transitions, speeds, holds and sounds are OTIO's own. What only Composer does, the edits and their mattes, goes
along as effects and metadata, with a marker for every edit that does not last for the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from composer.effects.base import Effect
from composer.errors import PlanError
from composer.media.audio import AudioTrack
from composer.media.probe import MediaInfo, probe
from composer.media.sounds import Mixdown
from composer.plan import otio_parts as parts
from composer.plan.footage import duration
from composer.plan.model import Plan, SourcePlan
from composer.plan.otio_parts import Part
from composer.plan.timeline import ClipPlan, TimelinePlan
from composer.values import Span
from composer.version import VERSION

_MOST_LOOPS = 1000


def otio_of(plan: Plan) -> Part:
    """The whole document, ready to be written as JSON.

    Args:
        plan: decided by ``make_plan``.

    Raises:
        PlanError: nobody knows how long the plate is.
    """
    rate, length = plan.plate.info.rate.value, _length(plan)
    edits = [_told(edit) for edit in plan.edits]
    shown = [parts.effect(edit.kind, values) for edit, values in zip(plan.edits, edits, strict=True)]
    plate = parts.track("plate", "Video", _plate(plan, rate, length), effects=shown)
    tracks = [plate, *_inserted(plan, rate, length), *_sounds(plan, rate, length)]
    mattes = {
        matte.name: matte.spec.model_dump(mode="json", by_alias=True, exclude_unset=True) for matte in plan.mattes
    }
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": plan.recipe.stem,
        "global_start_time": parts.rational(Fraction(0), rate),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "source_range": None,
            "children": tracks,
            "effects": [],
            "markers": list(_markers(plan, rate, length)),
            "enabled": True,
            "metadata": {},
        },
        "metadata": parts.told(
            {"version": VERSION, "recipe": plan.recipe_digest, "size": str(plan.output.size), "mattes": mattes}
        ),
    }


def _length(plan: Plan) -> Fraction:
    """Seconds of output."""
    if plan.frames is not None:
        return plan.frames / plan.plate.info.rate.value
    whole = duration(plan.plate.info)
    end = plan.span.end if whole is None else whole if plan.span.end is None else min(whole, plan.span.end)
    if end is None:
        raise PlanError(f"{plan.plate.path.name} does not tell how long it is", hint="give a --span with an end")
    return end - plan.span.start


def _told(edit: Effect) -> dict[str, Any]:
    return edit.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _plate(plan: Plan, rate: Fraction, length: Fraction) -> Iterator[Part]:
    """The plate's track: its file, or the clips of its timeline."""
    if plan.plate.timeline is not None:
        yield from _timeline(plan.plate.timeline, plan.span)
        return
    media = parts.reference(plan.plate.info, duration(plan.plate.info))
    yield parts.clip("plate", media, plan.span.start, length, rate)


def _timeline(timeline: TimelinePlan, span: Span) -> Iterator[Part]:
    """Clips and transitions of a timeline, cut to what is used of it; a transition is cut in its middle."""
    used, rate = timeline.used(span), timeline.rate.value
    start = 0
    for clip, joint in zip(timeline.clips, timeline.transitions, strict=True):
        cut = clip.end if joint is None else joint.first + joint.frames // 2
        first, last = max(start, used.start), min(cut, used.stop)
        if first < last:
            yield _clip(clip, first, last - first, rate)
        if joint is not None and used.start < cut < used.stop:
            before, after = min(cut - joint.first, cut - used.start), joint.first + joint.frames - cut
            values = joint.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
            kind = values.pop("transition")
            yield parts.transition(kind, before / rate, min(after, used.stop - cut) / rate, rate, values)
        start = cut


def _clip(clip: ClipPlan, first: int, count: int, rate: Fraction) -> Part:
    """Frames of one clip, from one of the timeline's on."""
    is_still, speed = clip.info.kind == "still", clip.pace.speed
    start = Fraction(0) if is_still else clip.pace.at((first - clip.first) / rate)
    effects = [parts.warp(speed)] if speed is not None and speed != 1 and not is_still else []
    if speed is None:
        effects = [
            parts.effect("speed", {"frames": [float(clip.pace.at(index / rate)) for index in range(clip.frames)]})
        ]
    values = {"between": clip.between, "fit": clip.fit}
    media = parts.reference(clip.info, duration(clip.info))
    return parts.clip(clip.path.name, media, start, count / rate, rate, effects=effects, values=values)


def _shown(plan: Plan, edit: Effect, length: Fraction) -> tuple[Fraction, Fraction]:
    """From when to when an edit is applied, in seconds of the output."""
    rate = plan.plate.info.rate
    first = Fraction(0) if edit.from_ is None else edit.from_.moment.seconds_at(rate)
    last = None if edit.to is None else edit.to.moment.seconds_at(rate)
    origin = plan.span.start - plan.plate.start
    return max(Fraction(0), first - origin), length if last is None else min(length, last - origin)


def _markers(plan: Plan, rate: Fraction, length: Fraction) -> Iterator[Part]:
    for edit in plan.edits:
        start, end = _shown(plan, edit, length)
        if (edit.from_ is not None or edit.to is not None) and start < end:
            yield parts.marker(edit.kind, start, end - start, rate, _told(edit))


def _inserted(plan: Plan, rate: Fraction, length: Fraction) -> Iterator[Part]:
    """A track for every edit that shows a source, with the source where it is shown."""
    for edit in plan.edits:
        source = plan.sources.get(str(getattr(edit, "source", None)))
        start, end = _shown(plan, edit, length)
        if source is None or source.clean is not None or start >= end:
            continue
        children = [parts.gap(start, rate)] if start else []
        yield parts.track(f"{edit.kind}: {source.name}", "Video", [*children, *_source(source, plan, start, end, rate)])


def _source(source: SourcePlan, plan: Plan, start: Fraction, end: Fraction, rate: Fraction) -> Iterator[Part]:
    """A source as it is shown between two seconds of the output: its clip, then what it does past its end."""
    media, own = parts.reference(source.info, duration(source.info)), _own_length(source)
    if source.timeline is not None:
        media |= {"OTIO_SCHEMA": "MissingReference.1", "target_url": None}
        media.pop("target_url")
    effects = [parts.warp(source.speed)] if source.speed != 1 else []
    if own is None:
        yield parts.clip(source.name, media, Fraction(0), end - start, rate)
        return
    now = plan.span.start - plan.plate.start + start  # sources run from the recipe's start
    left, loops = end - start, 0
    while left > 0 and loops < _MOST_LOOPS:
        into = now % own if source.end == "loop" else min(now, own)
        piece = min(left, own - into)
        if piece > 0:
            yield parts.clip(source.name, media, source.start + into * source.speed, piece, rate, effects=effects)
        now, left, loops = now + piece, left - piece, loops + 1
        if source.end != "loop" and left > 0:
            yield from _past_end(source, media, left, rate)
            return


def _past_end(source: SourcePlan, media: Part, left: Fraction, rate: Fraction) -> Iterator[Part]:
    if source.end == "trim":
        yield parts.gap(left, rate)
        return
    whole = source.stop if source.stop is not None else duration(source.info) or Fraction(0)
    last = max(source.start, whole - 1 / source.info.rate.value)
    yield parts.clip(source.name, media, last, left, rate, effects=[parts.freeze()])


def _own_length(source: SourcePlan) -> Fraction | None:
    """Seconds of output that a source lasts once; None where it is a still or nobody knows."""
    whole = duration(source.info)
    end = source.stop if whole is None else whole if source.stop is None else min(source.stop, whole)
    return None if end is None or source.info.kind == "still" else (end - source.start) / source.speed


def _sounds(plan: Plan, rate: Fraction, length: Fraction) -> Iterator[Part]:
    """A track for every sound, each at its place."""
    sound, origin = plan.output.audio, plan.plate.info.start if plan.span.is_whole else Fraction(0)
    if isinstance(sound, AudioTrack):
        begin = max(Fraction(0), sound.start + sound.offset - origin)
        info = probe(sound.path)
        yield _sound("sound", info, start=sound.start, end=sound.end, begin=begin, rate=rate, length=length)
    elif isinstance(sound, Mixdown):
        for number, one in enumerate(sound.sounds, 1):
            late, info = max(Fraction(0), -one.at), probe(one.path)
            start, begin = one.start + late, one.at + late
            yield _sound(f"sound {number}", info, start=start, end=one.end, begin=begin, rate=rate, length=length)


def _sound(
    name: str,
    info: MediaInfo,
    *,
    start: Fraction,
    end: Fraction | None,
    begin: Fraction,
    rate: Fraction,
    length: Fraction,
) -> Part:
    """A track with one sound: a piece of a file's clock, heard from a second of the output on."""
    own = None if end is None else end - start
    piece = length - begin if own is None else min(own, length - begin)
    children = [parts.gap(begin, rate)] if begin else []
    media = parts.reference(info, duration(info))
    if piece > 0:
        children.append(parts.clip(info.path.name, media, max(Fraction(0), start - info.start), piece, rate))
    return parts.track(name, "Audio", children)
