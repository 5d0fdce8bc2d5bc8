"""A timeline in words: for ``composer plan``, and what the user should know of it."""

from __future__ import annotations

from collections.abc import Iterator

from composer.media.sounds import Mixdown
from composer.plan.cuts import is_untouched
from composer.plan.model import SourcePlan
from composer.plan.timeline import ClipPlan, TimelinePlan, TransitionPlan
from composer.plan.timeline_sound import is_heard

_HDR = ("smpte2084", "arib-std-b67")


def timeline_summary(plan: TimelinePlan) -> str:
    """The whole in one line."""
    canvas, rate = plan.canvas, plan.rate.value
    count = len(plan.clips)
    clips = "1 clip" if count == 1 else f"{count} clips"
    length = f"{plan.frames} frames, {float(plan.frames / rate):.6g}s"
    return f"timeline of {clips} ({canvas.size}, {canvas.format.name}, {float(rate):.5g} fps, {length})"


def timeline_rows(plan: TimelinePlan) -> Iterator[tuple[str, str]]:
    """One row for every clip and every transition: word and text."""
    for clip, joint in zip(plan.clips, plan.transitions, strict=True):
        yield "clip", f"{_frames(clip.first, clip.frames)}: {clip.name}{_taken(clip)}{_changed(plan, clip)}"
        if joint is not None:
            yield "", f"{_frames(joint.first, joint.frames)}: {_transition(joint)}"


def _frames(first: int, count: int) -> str:
    return f"frames {first}..{first + count - 1}"


def _taken(clip: ClipPlan) -> str:
    if clip.info.kind == "still":
        return ""
    start = f" from {float(clip.pace.start):.6g}s" if clip.pace.start else ""
    stop = f" to {float(clip.stop):.6g}s" if clip.stop is not None else ""
    speed = clip.pace.speed
    pace = ", changing speed" if speed is None else "" if speed == 1 else f", speed {float(speed):g}"
    between = "" if clip.between == "nearest" else f", {clip.between} between pictures"
    return f"{start}{stop}{pace}{between}"


def _changed(plan: TimelinePlan, clip: ClipPlan) -> str:
    """What becomes of a clip that is not as the timeline is."""
    info, canvas = clip.info, plan.canvas
    said = []
    if (info.size, info.sample_aspect) != (canvas.size, canvas.sample_aspect):
        said.append(f"{info.size} to {canvas.size} ({clip.fit})")
    if info.kind != "still" and info.rate != plan.rate:
        said.append(f"{float(info.rate.value):.5g} to {float(plan.rate.value):.5g} fps")
    if info.format != canvas.format:
        said.append(f"{info.format.name} to {canvas.format.name}")
    elif not is_untouched(plan, clip) and not said:
        said.append(f"colours to {canvas.resolved.matrix} {canvas.resolved.range}")
    return f"; {', '.join(said)}" if said else ""


def _transition(joint: TransitionPlan) -> str:
    given = joint.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    kind = given.pop("transition")
    given.pop("for")
    words = ", ".join(f"{key}: {value}" for key, value in given.items())
    return f"{kind} {words}".strip()


def timeline_warnings(source: SourcePlan) -> Iterator[str]:
    """What the user should know before the first frame."""
    plan = source.timeline
    if plan is None:
        return
    for clip in plan.clips:
        if clip.sound is not None and not is_heard(clip):
            yield f"{source.name}: {clip.name} is silent: it changes speed, and sound is not stretched"
        if clip.nested is not None:
            if isinstance(clip.nested.output.audio, Mixdown):
                yield f"{source.name}: {clip.name} is silent: what it mixes is not taken along"
            yield from (f"{source.name}: {clip.name}: {words}" for words in clip.nested.warnings)
        theirs, ours = clip.info.color.transfer, plan.canvas.color.transfer
        if theirs != ours and {theirs, ours} & set(_HDR):
            yield f"{source.name}: {clip.name} has transfer {theirs}, the timeline {ours}: it is not converted"
