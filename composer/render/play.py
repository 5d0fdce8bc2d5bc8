"""Sources in time: which of its pictures a file shows at each moment of the output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from types import TracebackType
from typing import Self

from composer.effects.base import Picture
from composer.errors import DecodeError
from composer.pipeline import Ahead
from composer.plan.model import SourcePlan
from composer.render.timeline import open_source
from composer.values import Frame, Span


class Player:
    """Plays one source for rising output times.

    Decoding runs ahead in a thread of its own. A looped file is opened again at its end, so memory stays
    the same however often it runs round.

    Args:
        source: the file and how its time runs.
        aspect: width of one of its pixels, in widths of the plate's.
        threads: decoder threads.
    """

    def __init__(self, source: SourcePlan, *, aspect: Fraction = Fraction(1), threads: int = 2) -> None:
        self._source = source
        self._aspect = float(aspect)
        self._stack = ExitStack()
        self._reader = self._stack.enter_context(open_source(source, threads=threads))
        self._ahead: Ahead[Frame] | None = None
        self._frames: Iterator[Frame] = iter(())
        self._cycle = Fraction(0)  # source seconds at which the current run began
        self._ended = False
        self._restart()
        self._current = self._first()
        self._origin = self._current.at.seconds
        self._index = 0
        self._next = None if self._is_still else self._advance()

    @property
    def _is_still(self) -> bool:
        return self._source.info.kind == "still"

    def _first(self) -> Frame:
        frame = self._advance()
        if frame is None:
            self.close()
            raise DecodeError(
                f"{self._source.path}: no picture at {float(self._source.start):g}s, where '{self._source.name}' starts",
                hint="start it earlier: the file is shorter than that",
            )
        return frame

    def picture_at(self, seconds: Fraction) -> Picture | None:
        """The picture shown at an output time; None once a trimmed source has ended.

        Args:
            seconds: since the start of the output; never less than at the call before.
        """
        wanted = seconds * self._source.speed
        while not self._ended and wanted >= self._next_at():
            self._step()
        if self._ended and self._source.end == "trim":
            return None
        return Picture(self._current, version=(self._source.name, self._index), aspect=self._aspect)

    def close(self) -> None:
        """Stop decoding and close the file."""
        if self._ahead is not None:
            self._ahead.close()
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _restart(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
        # A still looks the same at every moment of its own: start and stop only say how long it is shown.
        used = Span() if self._is_still else Span(self._source.start, self._source.stop)
        frames = self._reader.frames(used)
        self._ahead = Ahead(frames, depth=2, name=f"decode {self._source.name}")
        self._frames = iter(self._ahead)

    def _advance(self) -> Frame | None:
        return next(self._frames, None)

    def _shown_until(self, frame: Frame) -> Fraction:
        length = frame.duration * frame.at.time_base or 1 / self._source.info.rate.value
        return self._cycle + frame.at.seconds + length - self._origin

    def _next_at(self) -> Fraction | float:
        """Source time at which the picture changes, or the source ends."""
        if self._next is not None:
            return self._cycle + self._next.at.seconds - self._origin
        if not self._is_still:
            return self._end
        return float("inf") if self._source.stop is None else self._source.stop - self._source.start

    @property
    def _end(self) -> Fraction:
        return self._shown_until(self._current)

    def _step(self) -> None:
        if self._next is not None:
            self._current, self._next = self._next, self._advance()
            self._index += 1
        elif self._source.end == "loop" and not self._is_still:
            self._cycle = self._end
            self._restart()
            self._current, self._next = self._first(), self._advance()
            self._index = 0
        else:
            self._ended = True
