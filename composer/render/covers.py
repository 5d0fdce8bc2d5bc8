"""Where things to hide may be: what is found on neighbouring frames is covered too, and doubt covers more, not less.

The plate is read a second time, so far ahead as a cover holds. Of every frame near now only areas are kept, one bit a
pixel; of all frames before, only the last known area.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from composer.effects.base import Inputs
from composer.effects.cover import Cover, Covered
from composer.effects.where import area_of
from composer.mask.stage import MatteSet, MatteStream
from composer.pipeline import Ahead
from composer.pixels.area import grown, hard
from composer.plan.model import Plan
from composer.render.compose import Lazy
from composer.render.others import Build, Kept
from composer.render.shots import plate_shot
from composer.values import ROUNDED, Frame, Matte, Plane, Size


@dataclass(frozen=True)
class Hidden:
    """How a cover went.

    Args:
        frames: on which it was asked for.
        unsure: of these, on how many what it hides was not surely found.
        whole: of these, on how many the whole picture was covered.
        first_unsure: seconds of the first one since the recipe's start; None where all are sure.
    """

    frames: int = 0
    unsure: int = 0
    whole: int = 0
    first_unsure: float | None = None


@dataclass
class Tally:
    """Adds up how all covers of one name went; a frame counts once, however many of them are asked for on it."""

    hidden: Hidden = field(default_factory=Hidden)
    _index: int = -1
    _counted: tuple[bool, bool] = (False, False)

    def add(self, index: int, seconds: Fraction, *, is_unsure: bool, is_whole: bool) -> None:
        """Count a cover on a frame.

        Args:
            index: of the frame, rising.
            seconds: of the frame.
            is_unsure: whether what it hides was not surely found.
            is_whole: whether the whole picture was covered for that.
        """
        was, is_new = self.hidden, index != self._index
        unsure, whole = (False, False) if is_new else self._counted
        first = float(seconds) if is_unsure and was.first_unsure is None else was.first_unsure
        more = (is_unsure and not unsure, is_whole and not whole)
        self.hidden = Hidden(was.frames + is_new, was.unsure + more[0], was.whole + more[1], first)
        self._index, self._counted = index, (is_unsure or unsure, is_whole or whole)


@dataclass(frozen=True)
class _Seen:
    """What was found on one frame: its area, one bit a pixel, or None where it was not surely found."""

    index: int
    seconds: Fraction
    bits: NDArray[np.uint8] | None


@dataclass(eq=False)
class Keeper:
    """Follows one thing to hide through the shot.

    Args:
        cover: what to hide, and how.
        size: of the picture.
        hold: seconds before and after a frame that are covered too.
        grow: pixels.
        pace: pixels per second.
        tally: counts how it goes.
    """

    cover: Cover
    size: Size
    hold: Fraction
    grow: float
    pace: float
    tally: Tally = field(default_factory=Tally)
    _near: deque[_Seen] = field(default_factory=deque)
    _last: _Seen | None = None

    def add(self, index: int, seconds: Fraction, area: Plane | None, *, now: Fraction) -> None:
        """Note what was found on a frame, and forget what nobody will ask for.

        Args:
            index: of the frame, rising.
            seconds: of the frame.
            area: (H, W) uint8, 0 or 255; None where it is not known where the thing is.
            now: seconds of the earliest frame that may still be asked for.
        """
        self._near.append(_Seen(index, seconds, None if area is None else np.packbits(area > 0)))
        self._forget(now)

    def at(self, index: int, seconds: Fraction) -> Covered:
        """What to cover on a frame, once all frames up to ``hold`` after it are noted."""
        self._forget(seconds)
        near = [seen for seen in self._near if abs(seen.seconds - seconds) <= self.hold + ROUNDED]
        is_sure = any(seen.index == index and seen.bits is not None for seen in near)
        area = self._covered(near, seconds, is_sure=is_sure)
        self.tally.add(index, seconds, is_unsure=not is_sure, is_whole=not is_sure and bool(area.all()))
        return Covered(area, is_sure)

    def _forget(self, now: Fraction) -> None:
        """Keep only the last known area of all that is too long ago to be near a moment."""
        while self._near and self._near[0].seconds + self.hold + ROUNDED < now:
            left = self._near.popleft()
            self._last = left if left.bits is not None else self._last

    def _covered(self, near: list[_Seen], seconds: Fraction, *, is_sure: bool) -> Plane:
        if is_sure:
            return self._grown(near, self.grow)
        known = [seen for seen in (self._last, *near) if seen is not None and seen.bits is not None]
        past = [seen for seen in known if seen.seconds <= seconds]
        if self.cover.unsure == "picture" or not past:
            return np.full(self.size.shape, 255, np.uint8)
        moved = self.pace * float(seconds - past[-1].seconds)
        return np.maximum(self._grown(near, self.grow), self._grown(past[-1:], self.grow + moved))

    def _grown(self, seen: list[_Seen], radius: float) -> Plane:
        """All their areas together, grown."""
        area = np.zeros(self.size.shape, np.uint8)
        for each in seen:
            if each.bits is not None:
                bits = np.unpackbits(each.bits, count=area.size).reshape(area.shape)
                np.maximum(area, bits * np.uint8(255), out=area)
        return grown(area, radius)


class Covers:
    """All covers that the edits of a plan ask for.

    Args:
        plan: names them.
        mattes: made before.
        build: makes an effect's inputs of a picture and its mattes.
    """

    def __init__(self, plan: Plan, mattes: MatteSet, build: Build) -> None:
        self._plan, self._mattes, self._build = plan, mattes, build
        asked = dict.fromkeys(cover for edit in plan.edits for cover in edit.covers())
        self._tallies = {cover.name: Tally() for cover in asked}
        self._keepers = {cover: self._keeper(cover) for cover in asked}
        self._stack = ExitStack()
        self._pictures: Iterator[tuple[int, Frame]] | None = None
        self._streams: dict[str, MatteStream] = {}
        self._doubts: dict[str, tuple[float | None, ...]] = {}
        self._next: Inputs | None = None
        self._index = -1
        self._now: dict[Cover, tuple[int, Covered]] = {}

    def _keeper(self, cover: Cover) -> Keeper:
        size, rate = self._plan.size, self._plan.plate.info.rate
        grow, pace = (each.pixels(size.height, proxy=self._plan.scale) for each in (cover.grow, cover.pace))
        return Keeper(cover, size, cover.hold.seconds_at(rate), grow, pace, self._tallies[cover.name])

    def at(self, index: int, seconds: Fraction) -> Lazy[Cover, Covered]:
        """Every cover on a frame; worked out when asked for.

        Args:
            index: of the frame in the used span, rising.
            seconds: of the frame since the recipe's start.
        """
        makers: dict[Cover, Callable[[], Covered]] = {
            cover: partial(self._covered, cover, index, seconds) for cover in self._keepers
        }
        return Lazy(makers)

    def hidden(self) -> dict[str, Hidden]:
        """How the covers of everything that is hidden went, by its name."""
        return {name: tally.hidden for name, tally in self._tallies.items()}

    def words(self) -> list[str]:
        """What a user should know about covers, in sentences."""
        return [_words(name, hidden) for name, hidden in self.hidden().items() if hidden.unsure]

    def close(self) -> None:
        """Stop reading."""
        self._stack.close()

    def _covered(self, cover: Cover, index: int, seconds: Fraction) -> Covered:
        if cover not in self._now or self._now[cover][0] != index:
            self._read(seconds)
            self._now[cover] = (index, self._keepers[cover].at(index, seconds))
        return self._now[cover][1]

    def _read(self, now: Fraction) -> None:
        """Note all frames up to the last one that covers of a moment look at."""
        until = now + max(keeper.hold for keeper in self._keepers.values())
        if self._pictures is None:
            frames = Ahead(plate_shot(self._plan).frames(), depth=2, name="decode for covers")
            self._pictures = enumerate(self._stack.enter_context(frames))
            self._streams = self._mattes.open_all()
            self._step()
        while self._next is not None and self._next.seconds <= until + ROUNDED:
            for cover, keeper in self._keepers.items():
                keeper.add(self._index, self._next.seconds, self._found(cover, self._next), now=now)
            self._step()

    def _step(self) -> None:
        self._index, frame = next(self._pictures or iter(()), (self._index, None))
        self._next = None
        if frame is not None:
            makers = {name: partial(stream.matte_at, self._index, frame) for name, stream in self._streams.items()}
            mattes: Mapping[str, Matte] = Lazy(makers)
            self._next = self._build(Kept(self._index, frame), mattes)

    def _found(self, cover: Cover, inputs: Inputs) -> Plane | None:
        """The area on one frame, hard; None where it is not surely known."""
        if cover.region is not None:
            placed = inputs.region(cover.region)
            if placed is None or placed.confidence < cover.sure:
                return None
            area = area_of(inputs, region=cover.region)
        else:
            area = area_of(inputs, inside=cover.matte)
            doubt = self._confidence(cover.matte or "")
            if area is None or (doubt is not None and doubt < cover.sure):
                return None
        found = np.zeros(self._plan.size.shape, np.uint8)
        if area is not None and area.coverage is not None:
            found[area.domain.slices] = hard(area.coverage)
        return found

    def _confidence(self, matte: str) -> float | None:
        """How surely a matte is right on the frame that is read; None for what nobody had to find."""
        if matte not in self._doubts:
            self._doubts[matte] = self._mattes.report(matte).confidences
        known = self._doubts[matte]
        return known[self._index] if self._index < len(known) else None


def _words(name: str, hidden: Hidden) -> str:
    held = hidden.unsure - hidden.whole
    parts = [f"the last known area, grown, on {held}"] * bool(held) + [f"the whole picture on {hidden.whole}"] * bool(
        hidden.whole
    )
    return (
        f"{name}: not surely found on {hidden.unsure} of {hidden.frames} frames on which it is hidden, "
        f"first at {hidden.first_unsure or 0:.2f} s; covered there: {', '.join(parts)}"
    )
