"""The sound of a timeline: every clip's own at its place, crossed with the pictures where one goes over into the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from composer.media.probe import AudioInfo
from composer.media.sounds import Sound
from composer.plan.timeline import ClipPlan, TimelinePlan


def timeline_sounds(plan: TimelinePlan) -> Iterator[tuple[Sound, AudioInfo]]:
    """Every sound of a timeline, with the stream that it is of, in seconds since the timeline's first frame.

    A transition crosses two sounds at equal power, from its first frame to the end of its last. Clips that do not run
    at their own speed are silent: sound is not stretched.

    Args:
        plan: clips and transitions.
    """
    period, before = 1 / plan.rate.value, Fraction(0)
    for clip, joint in zip(plan.clips, plan.transitions, strict=True):
        after = joint.frames * period if joint is not None else Fraction(0)
        if clip.sound is not None and is_heard(clip):
            start = clip.sound.zero + clip.pace.start
            end = start + clip.frames * period
            sound = Sound(
                path=clip.sound.path,
                stream=clip.sound.stream.index,
                start=start,
                end=end if clip.sound.end is None else min(end, clip.sound.end),
                at=clip.first * period,
                fade_in=before,
                fade_out=after,
                shape="equal_power",
            )
            yield sound, clip.sound.stream
        before = after


def is_heard(clip: ClipPlan) -> bool:
    """Whether a clip has a sound that fits its pictures."""
    return clip.sound is not None and clip.pace.speed == 1


def sound_of(plan: TimelinePlan) -> tuple[AudioInfo, ...]:
    """What a timeline's sound looks like from outside: the best rate and the most channels of its clips.

    Args:
        plan: clips and transitions.
    """
    streams = [stream for _, stream in timeline_sounds(plan)]
    if not streams:
        return ()
    widest = max(streams, key=lambda stream: stream.channels)
    rate = max(stream.sample_rate for stream in streams)
    length = plan.frames / plan.rate.value
    return (replace(widest, index=0, codec="timeline", sample_rate=rate, start=Fraction(0), duration=length),)


def moved(sound: Sound, by: Fraction, *, start: Fraction, end: Fraction, is_last: bool) -> Sound | None:
    """A sound of a timeline at another time, without what lies outside the part of the timeline that is used.

    Args:
        sound: in the timeline's time.
        by: seconds added to that.
        start: of the used part, seconds of the mix; what lies before 0 is not heard anyway and need not be cut off.
        end: of the used part, seconds of the mix.
        is_last: whether the mix ends there too, so that nothing need be cut off at the end.

    Returns:
        None where nothing of it is left.
    """
    at = sound.at + by
    late = max(Fraction(0), start - at)
    if sound.end is None or at >= end or sound.start + late >= sound.end:
        return None
    early = max(Fraction(0), at + sound.end - sound.start - end)
    if early and not is_last:
        sound = replace(sound, end=sound.end - early, fade_out=max(Fraction(0), sound.fade_out - early))
    if start:
        fade_in = max(Fraction(0), sound.fade_in - late)
        at, sound = at + late, replace(sound, start=sound.start + late, fade_in=fade_in)
    return replace(sound, at=at)
