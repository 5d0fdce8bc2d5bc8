"""From a timeline in a recipe to its exact plan: files probed, lengths counted, what cannot be is refused by line.

What all clips are brought to: size, pixel shape, rate, format and colour of the first clip that moves, or of the first
still where none does, unless the timeline gives a size or a rate of its own. A size of its own means square pixels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import blake2b

from composer.errors import InputError, PlanError
from composer.media.probe import Claim, MediaInfo, content_digest, probe
from composer.pixels.color import can_convert
from composer.pixels.conform import Canvas
from composer.plan.model import Plan
from composer.plan.nested import Nesting, nested_info, nested_sound
from composer.plan.pace import Pace, pace_of
from composer.plan.timeline import VERSION, ClipPlan, ClipSound, TimelinePlan, TransitionPlan, slack_of
from composer.plan.timeline_sound import sound_of
from composer.recipe import LoadedRecipe, Source
from composer.recipe.text import Path
from composer.recipe.timeline import ClipEntry, Entry, Luma, RecipeEntry, ShownEntry, Transition
from composer.values import ROUNDED, FrameRate, Moment, Size

_MOVING = ("video", "sequence", "animation", "timeline")


@dataclass(frozen=True)
class _Asked:
    """One clip of a timeline as it is asked for.

    Args:
        place: of its entry in the recipe.
        entry: what it says.
        info: of its file.
        nested: the plan of the recipe that it is, or None for a file.
        joint: the transition into it with its place, or None for a cut.
    """

    place: Path
    entry: ShownEntry
    info: MediaInfo
    nested: Plan | None = None
    joint: tuple[Path, Transition] | None = None


def decide_timeline(loaded: LoadedRecipe, source: Source, place: Path, nesting: Nesting) -> TimelinePlan:
    """The plan of a timeline.

    Args:
        loaded: the recipe.
        source: one of its sources, with a timeline.
        place: of that source in the recipe.
        nesting: plans recipes inside it.

    Raises:
        PlanError: pointing at the entry that cannot be used.
    """
    asked = tuple(_asked(loaded, source.timeline or (), (*place, "timeline"), nesting))
    canvas, rate = _common(source, [each.info for each in asked])
    clips: list[ClipPlan] = []
    joints: list[TransitionPlan | None] = []
    for each in asked:
        clip = _clip(loaded, each, rate, source)
        end = clips[-1].end if clips else 0
        if each.joint is not None:
            count = frames_of(each.joint[1].for_.moment, rate)
            joints.append(_joint(loaded, each.joint, first=end - count, frames=count))
            end -= count
        elif clips:
            joints.append(None)
        clips.append(replace(clip, first=end))
    plan = TimelinePlan(canvas, rate, tuple(clips), (*joints, None))
    _check_handles(loaded, asked, plan)
    _check_colors(loaded, asked, plan)
    return plan


def _asked(loaded: LoadedRecipe, entries: Sequence[Entry], place: Path, nesting: Nesting) -> Iterator[_Asked]:
    """Every clip with the transition before it; transitions stand between clips."""
    joint: tuple[Path, Transition] | None = None
    last: Path | None = None
    for number, entry in enumerate(entries):
        here = (*place, number)
        if isinstance(entry, ShownEntry):
            yield replace(_opened(loaded, entry, here, nesting), joint=joint)
            joint, last = None, None
            continue
        if number == 0 or last is not None:
            words = "a transition stands between two clips"
            raise loaded.marks.problem(here, words, hint="put a clip before it", kind=PlanError)
        joint, last = (here, entry) if isinstance(entry, Transition) else None, here
    if last is not None or not entries:
        hint = "put a clip after it" if entries else "add one, such as {clip: a.mp4}"
        words = "a transition stands between two clips" if entries else "a timeline without a clip"
        raise loaded.marks.problem(last or place, words, hint=hint, kind=PlanError)


def _opened(loaded: LoadedRecipe, entry: ShownEntry, place: Path, nesting: Nesting) -> _Asked:
    if isinstance(entry, RecipeEntry):
        plan = nesting.planned(loaded, entry, place)
        return _Asked(place, entry, nested_info(plan), plan)
    if isinstance(entry, ClipEntry):
        return _Asked(place, entry, _probed(loaded, entry, place))
    raise loaded.marks.problem(place, "expected a clip or a recipe", kind=PlanError)


def _probed(loaded: LoadedRecipe, entry: ClipEntry, place: Path) -> MediaInfo:
    try:
        info = probe(loaded.file(entry.clip))
    except InputError as error:
        raise loaded.marks.problem((*place, "clip"), error.message, hint=error.hint, kind=PlanError) from error
    if entry.rate is None:
        return info
    if info.kind != "sequence":
        words = f"{info.path.name} has times of its own; only a sequence of pictures takes a rate"
        raise loaded.marks.problem((*place, "rate"), words, hint="use speed", key=True, kind=PlanError)
    rate = FrameRate.parse(entry.rate)
    return replace(info, rate=rate, time_base=1 / rate.value)


def _common(source: Source, infos: Sequence[MediaInfo]) -> tuple[Canvas, FrameRate]:
    """What all clips are brought to."""
    model = next((info for info in infos if info.kind in _MOVING), infos[0])
    own = source.size is None
    size = model.size if source.size is None else Size(*source.size)
    canvas = Canvas(size, model.format, model.color, model.sample_aspect if own else Fraction(1))
    return canvas, model.rate if source.rate is None else FrameRate.parse(source.rate)


def frames_of(moment: Moment, rate: FrameRate) -> int:
    """A length in whole frames: the nearest number, at least one.

    Example:
        >>> frames_of(Moment.parse("0.5s"), FrameRate(Fraction(25))), frames_of(Moment.parse("8f"), FrameRate(Fraction(25)))
        (13, 8)
    """
    return max(1, int(moment.seconds_at(rate) * rate.value + Fraction(1, 2)))


def _clip(loaded: LoadedRecipe, asked: _Asked, rate: FrameRate, source: Source) -> ClipPlan:
    """A clip and its length; where it begins is not known yet."""
    entry, info = asked.entry, asked.info
    if info.kind == "still":
        pace, stop, frames = _still(loaded, asked, rate)
    else:
        pace, stop, frames = _moving(loaded, asked, rate)
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
    )


def _sound(info: MediaInfo) -> ClipSound | None:
    return ClipSound(info.path, info.audio[0], info.start) if info.audio else None


def _still(loaded: LoadedRecipe, asked: _Asked, rate: FrameRate) -> tuple[Pace, None, int]:
    entry = asked.entry
    for word in ("start", "stop", "speed", "between"):
        if word in entry.model_fields_set:
            words = f"{word}: {asked.info.path.name} is a still; it looks the same at every moment"
            raise loaded.marks.problem((*asked.place, word), words, hint="say for: 3s", key=True, kind=PlanError)
    if entry.for_ is None:
        words = f"{asked.info.path.name} is a still: say how long it is shown"
        raise loaded.marks.problem((*asked.place, "clip"), words, hint="add for: 3s", kind=PlanError)
    return pace_of(Fraction(0), entry.speed, rate), None, frames_of(entry.for_.moment, rate)


def _moving(loaded: LoadedRecipe, asked: _Asked, rate: FrameRate) -> tuple[Pace, Fraction | None, int]:
    """Pace, asked end and frames shown of a clip that moves."""
    entry, info = asked.entry, asked.info
    start, stop = _trim(asked)
    length = info.length
    _check_trim(loaded, asked, start, stop)
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


def _trim(asked: _Asked) -> tuple[Fraction, Fraction | None]:
    """Seconds into the clip at which it begins and ends; a recipe inside is planned for just that part."""
    entry, rate = asked.entry, asked.info.rate
    if asked.nested is not None:
        return Fraction(0), None
    start = entry.start.moment.seconds_at(rate) if entry.start else Fraction(0)
    return start, entry.stop.moment.seconds_at(rate) if entry.stop else None


def _check_trim(loaded: LoadedRecipe, asked: _Asked, start: Fraction, stop: Fraction | None) -> None:
    name, length = asked.info.path.name, asked.info.length
    if stop is not None and stop <= start:
        words = f"stop ({float(stop):g}s) is not after start ({float(start):g}s)"
        raise loaded.marks.problem((*asked.place, "stop"), words, kind=PlanError)
    for word, moment in (("start", start), ("stop", stop)):
        slack = ROUNDED if word == "stop" else -ROUNDED
        if moment is not None and length is not None and moment > length + slack:
            words = f"{word} ({float(moment):g}s) is past the end of {name}, which is {float(length):.4g}s long"
            raise loaded.marks.problem((*asked.place, word), words, kind=PlanError)


def _joint(loaded: LoadedRecipe, joint: tuple[Path, Transition], *, first: int, frames: int) -> TransitionPlan:
    place, spec = joint
    if not isinstance(spec, Luma):
        return TransitionPlan(spec, first, frames)
    try:
        info = probe(loaded.file(spec.picture))
    except InputError as error:
        raise loaded.marks.problem((*place, "picture"), error.message, hint=error.hint, kind=PlanError) from error
    if info.kind != "still":
        words = f"{info.path.name} is no still; the order of a luma transition is one picture"
        raise loaded.marks.problem((*place, "picture"), words, kind=PlanError)
    return TransitionPlan(spec, first, frames, loaded.file(spec.picture))


def _check_handles(loaded: LoadedRecipe, asked: Sequence[_Asked], plan: TimelinePlan) -> None:
    """Both clips of a transition are shown all through it, so a clip is no shorter than its transitions together."""
    before = 0
    for each, clip, joint in zip(asked, plan.clips, plan.transitions, strict=True):
        after = joint.frames if joint is not None else 0
        if clip.frames < before + after:
            name = clip.path.name
            words = f"{name} is shown for {clip.frames} frames, and its transitions take {before + after} of them"
            hint = "show more of it, or make the transitions shorter"
            raise loaded.marks.problem(each.place, words, hint=hint, kind=PlanError)
        before = after


def _check_colors(loaded: LoadedRecipe, asked: Sequence[_Asked], plan: TimelinePlan) -> None:
    """Colours that only pass as they are cannot be converted, nor shared with clips of other colours."""
    for each, clip in zip(asked, plan.clips, strict=True):
        info = clip.info
        if is_untouched(plan, clip):
            continue
        for format_, color in ((info.format, info.color), (plan.canvas.format, plan.canvas.color)):
            if not can_convert(format_, color):
                words = f"{info.path.name} would have to be converted, and colours in {color.matrix} cannot be"
                hint = "convert the footage to bt709 or bt2020nc first"
                raise loaded.marks.problem(each.place, words, hint=hint, kind=PlanError)


def is_untouched(plan: TimelinePlan, clip: ClipPlan) -> bool:
    """Whether every sample of a clip's pictures stays as it is where it is shown alone."""
    info = clip.info
    return plan.canvas.takes(info.size, info.format, info.color, info.sample_aspect)


def described(loaded: LoadedRecipe, plan: TimelinePlan) -> MediaInfo:
    """What a timeline looks like to everything that takes a file.

    Args:
        loaded: the recipe; stands in for the file.
        plan: its timeline.
    """
    canvas, rate = plan.canvas, plan.rate
    return MediaInfo(
        path=loaded.path.absolute(),
        kind="timeline",
        container="timeline",
        codec="timeline",
        size=canvas.size,
        format=canvas.format,
        stored_format=canvas.format.name,
        color=canvas.color,
        rate=rate,
        time_base=1 / rate.value,
        start=Fraction(0),
        rotation=0,
        sample_aspect=canvas.sample_aspect,
        claimed=Claim(plan.frames, plan.frames / rate.value),
        found=None,
        audio=sound_of(plan),
        digest=_digest(plan),
    )


def _digest(plan: TimelinePlan) -> str:
    """Hash of everything that decides the timeline's pictures."""
    clips = [
        (clip.info.digest, clip.first, clip.frames, repr(clip.pace), clip.between, clip.fit, str(clip.rate))
        for clip in plan.clips
    ]
    joints = [
        each and (each.spec.model_dump(mode="json"), each.frames, each.picture and content_digest(each.picture))
        for each in plan.transitions
    ]
    text = json.dumps([VERSION, repr(plan.canvas), str(plan.rate), clips, joints])
    return blake2b(text.encode(), digest_size=16).hexdigest()
