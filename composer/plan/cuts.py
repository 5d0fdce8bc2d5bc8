"""From a timeline in a recipe to its exact plan: files probed, lengths counted, what cannot be is refused by line.

What all clips are brought to: size, pixel shape, rate, format and colour of the first clip that moves, or of the first
still where none does, unless the timeline gives a size or a rate of its own. A size of its own means square pixels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import blake2b

from composer.errors import InputError, PlanError
from composer.media.probe import Claim, MediaInfo, content_digest, probe
from composer.media.still import PICTURE_RATE
from composer.pixels.color import can_convert
from composer.pixels.conform import Canvas
from composer.plan.clips import AskedClip, clip_plan, frames_of
from composer.plan.nested import Nesting, nested_info
from composer.plan.timeline import VERSION, ClipPlan, TimelinePlan, TransitionPlan
from composer.plan.timeline_sound import sound_of
from composer.plan.titles import PLAIN_COLOR, PLAIN_FORMAT, title_info, title_plan
from composer.recipe import LoadedRecipe, Source
from composer.recipe.text import Path
from composer.recipe.timeline import ClipEntry, Entry, Luma, RecipeEntry, ShownEntry, TitleEntry, Transition
from composer.values import FrameRate, Size

_MOVING = ("video", "sequence", "animation", "timeline")


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
    canvas, rate = _common(loaded, source, [each.info for each in asked if each.title is None], place)
    asked = tuple(each if each.title is None else replace(each, info=title_info(each.title, canvas)) for each in asked)
    clips: list[ClipPlan] = []
    joints: list[TransitionPlan | None] = []
    for each in asked:
        clip = clip_plan(loaded, each, rate, source)
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


def _asked(loaded: LoadedRecipe, entries: Sequence[Entry], place: Path, nesting: Nesting) -> Iterator[AskedClip]:
    """Every clip with the transition before it; transitions stand between clips."""
    joint: tuple[Path, Transition] | None = None
    last: Path | None = None
    for number, entry in enumerate(entries):
        here = (*place, number)
        if isinstance(entry, ShownEntry | TitleEntry):
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


def _opened(loaded: LoadedRecipe, entry: ShownEntry | TitleEntry, place: Path, nesting: Nesting) -> AskedClip:
    if isinstance(entry, TitleEntry):
        title = title_plan(loaded, entry, place)
        nowhere = Canvas(Size(2, 2), PLAIN_FORMAT, PLAIN_COLOR)
        return AskedClip(place, ShownEntry.model_validate({"for": entry.for_}), title_info(title, nowhere), title=title)
    if isinstance(entry, RecipeEntry):
        plan = nesting.planned(loaded, entry, place)
        return AskedClip(place, entry, nested_info(plan), plan)
    if isinstance(entry, ClipEntry):
        return AskedClip(place, entry, _probed(loaded, entry, place))
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


def _common(loaded: LoadedRecipe, source: Source, infos: Sequence[MediaInfo], place: Path) -> tuple[Canvas, FrameRate]:
    """What all clips are brought to."""
    asked, size = source.rate and FrameRate.parse(source.rate), source.size and Size(*source.size)
    model = next((info for info in infos if info.kind in _MOVING), infos[0] if infos else None)
    if model is not None:
        aspect = Fraction(1) if size else model.sample_aspect
        return Canvas(size or model.size, model.format, model.color, aspect), asked or model.rate
    if size is None:
        words = "titles alone do not say how large the picture is"
        raise loaded.marks.problem(place, words, hint="give the timeline a size: [1280, 720]", kind=PlanError)
    return Canvas(size, PLAIN_FORMAT, PLAIN_COLOR), asked or PICTURE_RATE


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


def _check_handles(loaded: LoadedRecipe, asked: Sequence[AskedClip], plan: TimelinePlan) -> None:
    """Both clips of a transition are shown all through it, so a clip is no shorter than its transitions together."""
    before = 0
    for each, clip, joint in zip(asked, plan.clips, plan.transitions, strict=True):
        after = joint.frames if joint is not None else 0
        if clip.frames < before + after:
            words = f"{clip.name} is shown for {clip.frames} frames, and its transitions take {before + after} of them"
            hint = "show more of it, or make the transitions shorter"
            raise loaded.marks.problem(each.place, words, hint=hint, kind=PlanError)
        before = after


def _check_colors(loaded: LoadedRecipe, asked: Sequence[AskedClip], plan: TimelinePlan) -> None:
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
