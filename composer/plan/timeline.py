"""A timeline, decided: which frames of which clip are shown when, exact in frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from composer.pixels.conform import Canvas
from composer.pixels.warp import Fit
from composer.plan.pace import Pace
from composer.values import FrameRate, Span

if TYPE_CHECKING:
    from composer.effects.text import Text
    from composer.fields import Color
    from composer.media.probe import AudioInfo, MediaInfo
    from composer.plan.model import Plan, ReadFile
    from composer.recipe.timeline import Between, Transition

#: Changes when equal timelines come to show other pictures.
VERSION = 1


def slack_of(info: MediaInfo) -> Fraction:
    """Seconds by which a file's pictures may come later than they are meant: a tick where frames fall between ticks.

    Containers that keep milliseconds put frame 2 of 30 a second at 0.067 s, which is later than 2/30 s.
    """
    ticks = 1 / (info.rate.value * info.time_base)
    return Fraction(0) if ticks.denominator == 1 else info.time_base


@dataclass(frozen=True)
class ClipSound:
    """The sound that goes with a clip's pictures.

    Args:
        path: the file, absolute.
        stream: which of its streams.
        zero: seconds on the file's clock that are heard at the clip's first picture.
        end: seconds on the file's clock at which it ends, or None for the end of the file.
    """

    path: Path
    stream: AudioInfo
    zero: Fraction
    end: Fraction | None = None


@dataclass(frozen=True)
class TitlePlan:
    """Words on a colour.

    Args:
        text: the effect that writes them.
        on: what they stand on.
        font: what they are written with.
    """

    text: Text
    on: Color
    font: ReadFile


@dataclass(frozen=True)
class ClipPlan:
    """One clip in its place.

    Args:
        path: the file, absolute.
        info: what the probe found.
        first: the timeline's frame with which it begins.
        frames: how many frames it is shown.
        pace: how its own time runs.
        stop: seconds into the clip at which it ends, or None for the end of its file.
        between: what is shown between two of its pictures.
        fit: how it fills the picture.
        rate: asked rate of a sequence of pictures; None for all else.
        nested: the recipe that makes it; None for a file.
        sound: its sound, or None for silence.
        title: words that it shows; None for a file.
    """

    path: Path
    info: MediaInfo
    first: int
    frames: int
    pace: Pace
    stop: Fraction | None = None
    between: Between = "nearest"
    fit: Fit = "contain"
    rate: FrameRate | None = None
    nested: Plan | None = None
    sound: ClipSound | None = None
    title: TitlePlan | None = None

    @property
    def name(self) -> str:
        """What it is called in words."""
        return self.path.name if self.title is None else f"title '{' '.join(self.title.text.text.split())}'"

    @property
    def end(self) -> int:
        """The timeline's frame before which it ends."""
        return self.first + self.frames

    @property
    def slack(self) -> Fraction:
        """Seconds by which its pictures may come later than they are meant."""
        return slack_of(self.info)


@dataclass(frozen=True)
class TransitionPlan:
    """How one clip goes over into the next.

    Args:
        spec: kind and parameters, as the recipe states them.
        first: the timeline's first frame that shows both clips.
        frames: how many show both.
        picture: of a luma transition, absolute.
    """

    spec: Transition
    first: int
    frames: int
    picture: Path | None = None

    def share(self, index: int) -> float:
        """How much of it has passed in the middle of a frame of the timeline."""
        return (2 * (index - self.first) + 1) / (2 * self.frames)


@dataclass(frozen=True)
class Moment:
    """What one frame of the timeline is made of.

    Args:
        index: the frame.
        clip: number of the clip that is shown.
        transition: under way, into the next clip; None where one clip is shown alone.
    """

    index: int
    clip: int
    transition: TransitionPlan | None = None


@dataclass(frozen=True)
class TimelinePlan:
    """Clips and transitions with exact frame ranges, and what all of them are brought to.

    Args:
        canvas: size, format and colour.
        rate: constant; frame n is shown at n / rate.
        clips: in their order; each begins before the one before it ends only where a transition joins them.
        transitions: by the number of the clip that they lead out of.
    """

    canvas: Canvas
    rate: FrameRate
    clips: tuple[ClipPlan, ...]
    transitions: tuple[TransitionPlan | None, ...]

    @property
    def frames(self) -> int:
        """Length of the whole: the clips' lengths less what transitions share."""
        return self.clips[-1].end

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read."""
        pictures = (each.picture for each in self.transitions if each is not None and each.picture is not None)
        clips = (file for clip in self.clips for file in ((clip.path,) if clip.nested is None else clip.nested.files))
        return (*clips, *pictures)

    def used(self, span: Span) -> range:
        """The frames inside a span of seconds since the first."""
        rate = self.rate.value
        end = self.frames if span.end is None else min(self.frames, -int(-span.end * rate // 1))
        return range(-int(-span.start * rate // 1), end)

    def moments(self, frames: range) -> Iterator[Moment]:
        """What each of some rising frames is made of."""
        number = 0
        for index in frames:
            while index >= self.clips[number].end:
                number += 1
            transition = self.transitions[number]
            yield Moment(index, number, transition if transition is not None and index >= transition.first else None)
