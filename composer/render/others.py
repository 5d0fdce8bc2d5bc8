"""Other moments of the footage for the edits: read a second time, a bounded number of pictures in memory.

Pictures are found by their own times and paired with mattes by their index. Every reading goes forwards once and has
mattes of its own, which are made for all that it keeps, in order, when the first of them is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from composer.effects.base import Inputs
from composer.effects.other import Other
from composer.mask.stage import MatteSet, MatteStream
from composer.pipeline import Ahead
from composer.plan.model import Plan, Window
from composer.render.compose import Lazy
from composer.render.shots import plate_shot
from composer.values import ROUNDED, Frame, Matte

Build = Callable[["Kept", Mapping[str, Matte]], Inputs]


@dataclass(frozen=True)
class _Moment:
    """A moment of the footage: a frame's index, or seconds on the plate's clock."""

    index: int | None = None
    seconds: Fraction = Fraction(0)

    def is_before(self, kept: Kept) -> bool:
        """Whether a picture comes later."""
        if self.index is not None:
            return self.index < kept.index
        return self.seconds + ROUNDED < kept.frame.at.seconds

    def is_over(self, kept: Kept, length: Fraction) -> bool:
        """Whether a picture of this length has ended by then."""
        if self.index is not None:
            return self.index > kept.index
        return self.seconds + ROUNDED >= kept.frame.at.seconds + length


@dataclass(eq=False)
class Kept:
    """A picture of the plate that is kept.

    Args:
        index: in the used span.
        frame: the picture.
        mattes: those made so far.
    """

    index: int
    frame: Frame
    mattes: dict[str, Matte] = field(default_factory=dict)


class _Reading:
    """One more reading of the plate, forwards, with mattes of its own.

    Args:
        plan: names the plate.
        mattes: made before.
        build: makes an effect's inputs of a kept picture and its mattes.
    """

    def __init__(self, plan: Plan, mattes: MatteSet, build: Build) -> None:
        self._plan, self._mattes, self._build = plan, mattes, build
        self._stack = ExitStack()
        self._pictures: Iterator[Kept] | None = None
        self._next: Kept | None = None
        self._streams: dict[str, MatteStream] | None = None
        self.kept: list[Kept] = []

    def passed(self, moment: _Moment) -> Iterator[Kept]:
        """The pictures from where the reading stands up to the one shown at a moment."""
        if self._pictures is None:
            self._pictures = self._opened()
            self._next = next(self._pictures, None)
        while self._next is not None and not moment.is_before(self._next):
            found, self._next = self._next, next(self._pictures, None)
            yield found

    def _opened(self) -> Iterator[Kept]:
        frames = self._stack.enter_context(Ahead(plate_shot(self._plan).frames(), depth=2, name="decode other moments"))
        return (Kept(index, frame) for index, frame in enumerate(frames))

    def shown(self, moment: _Moment) -> Kept | None:
        """The kept picture that is shown at a moment up to which was read, or None outside of the footage."""
        found = next((kept for kept in reversed(self.kept) if not moment.is_before(kept)), None)
        if found is None or self._next is not None or found is not self.kept[-1]:
            return found
        length = found.frame.duration * found.frame.at.time_base or 1 / self._plan.plate.info.rate.value
        return None if moment.is_over(found, length) else found

    def inputs_of(self, kept: Kept | None) -> Inputs | None:
        """What an effect may look at there; mattes are made when they are asked for."""
        if kept is None:
            return None
        names = [matte.name for matte in self._plan.mattes]
        return self._build(kept, Lazy({name: partial(self._matte, name, kept) for name in names}))

    def _matte(self, name: str, kept: Kept) -> Matte:
        if self._streams is None:
            self._streams = self._mattes.open_all()
        for each in self.kept:  # in rising order, as streams want it
            if name not in each.mattes:
                each.mattes[name] = self._streams[name].matte_at(each.index, each.frame)
        return kept.mattes[name]

    def close(self) -> None:
        """Stop reading."""
        self._stack.close()


class _Along(_Reading):
    """A reading that serves shifts: it keeps what lies between the earliest and the latest."""

    def moved(self, window: Window, moments: Mapping[Other, _Moment]) -> dict[Other, Kept | None] | None:
        """The pictures at some moments, or None where more would have to be kept than the window may.

        Args:
            window: the shifts, earliest first.
            moments: where they lead; never earlier than at the call before.
        """
        first = moments[window.others[0]]
        for kept in self.passed(first):
            self.kept = [kept]
        while len(self.kept) > 1 and not first.is_before(self.kept[1]):
            self.kept.pop(0)
        for kept in self.passed(moments[window.others[-1]]):
            self.kept.append(kept)
            if len(self.kept) > window.frames:
                return None
        return {other: self.shown(moments[other]) for other in window.others}


class _Held(_Reading):
    """A reading that serves moments that stay: it keeps their pictures."""

    def __init__(self, plan: Plan, mattes: MatteSet, build: Build) -> None:
        super().__init__(plan, mattes, build)
        self._found: dict[Other, Inputs | None] = {}
        self._last: Kept | None = None

    def held(self, other: Other, moments: Mapping[Other, _Moment]) -> Inputs | None:
        """The picture at a moment; earlier ones are kept on the way.

        Args:
            other: which moment.
            moments: all of them, in order of time.
        """
        for each, moment in moments.items():
            if other in self._found:
                break
            if each not in self._found:
                self._found[each] = self.inputs_of(self._reached(moment))
        return self._found[other]

    def _reached(self, moment: _Moment) -> Kept | None:
        for kept in self.passed(moment):
            self._last = kept
        if self._last is None:
            return None
        if self._last not in self.kept:
            self.kept.append(self._last)
        return self.shown(moment)


class OtherMoments:
    """All other moments that the edits of a plan look at.

    Args:
        plan: names them.
        mattes: made before.
        build: makes an effect's inputs of a kept picture and its mattes.
        origin: seconds on the plate's clock at which the recipe starts.
    """

    def __init__(self, plan: Plan, mattes: MatteSet, build: Build, *, origin: Fraction) -> None:
        self._plan, self._mattes, self._build = plan, mattes, build
        self._rate = plan.plate.info.rate
        self._along = {window: _Along(plan, mattes, build) for window in plan.others.windows}
        self._held = _Held(plan, mattes, build)
        self._moments = {other: _Moment(seconds=other.seconds_at(self._rate) + origin) for other in plan.others.held}

    def at(self, index: int, frame: Frame) -> Lazy[Other, Inputs | None]:
        """Other moments, seen from a frame of the plate; read when they are asked for.

        Args:
            index: of the frame in the used span, rising.
            frame: that frame.
        """
        makers: dict[Other, Callable[[], Inputs | None]] = {
            other: partial(self._held.held, other, self._moments) for other in self._plan.others.held
        }
        for window in self._plan.others.windows:
            makers |= {other: partial(self._shifted, other, index, frame) for other in window.others}
        return Lazy(makers)

    def _shifted(self, other: Other, index: int, frame: Frame) -> Inputs | None:
        window = next(window for window in self._along if other in window.others)
        moments = {each: self._moment(each, index, frame) for each in window.others}
        found = self._along[window].moved(window, moments)
        if found is not None:
            return self._along[window].inputs_of(found[other])
        self._along.pop(window).close()
        single = {
            Window((each,), window.frames): _Along(self._plan, self._mattes, self._build) for each in window.others
        }
        self._along |= single
        return self._shifted(other, index, frame)

    def _moment(self, other: Other, index: int, frame: Frame) -> _Moment:
        if other.shift is not None and other.shift.frames is not None:
            return _Moment(index=index + other.shift.frames)
        return _Moment(seconds=frame.at.seconds + other.seconds_at(self._rate))

    def close(self) -> None:
        """Stop all reading."""
        for reading in (self._held, *self._along.values()):
            reading.close()
