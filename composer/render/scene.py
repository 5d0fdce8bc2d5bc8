"""What the edits of one output frame may look at: mattes, regions, sources, time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Self, TypeVar

from composer.effects.base import Inputs, Memo, Picture
from composer.effects.clean import Cleaned, CleanPlate
from composer.errors import ComposerError, RenderError
from composer.mask.stage import MatteSet, MatteStream
from composer.plan.model import Plan
from composer.render.clean import CleanPlates
from composer.render.compose import Lazy, compose
from composer.render.covers import Covers
from composer.render.others import Kept, OtherMoments
from composer.render.play import Player
from composer.render.tracks import TrackSet, plan_tracks
from composer.render.view import View, make_view
from composer.values import Frame, Matte, Progress, Timestamp

Value = TypeVar("Value")


@dataclass
class _Clock:
    """Time of edits and time of output.

    Edits count from where the recipe starts, whatever part of it is rendered, so that a preview of a span shows
    what the whole would show there. The output of a part starts at 0; a whole plate keeps its own pts.

    Args:
        origin: seconds on the plate's clock at which the recipe starts.
        keeps_pts: whether all of the plate is used.
        first: pts of the first used frame, once it is known.
    """

    origin: Fraction
    keeps_pts: bool
    first: int | None = None

    def seconds(self, frame: Frame) -> Fraction:
        return frame.at.seconds - self.origin

    def stamped(self, frame: Frame) -> Frame:
        if self.keeps_pts:
            return frame
        if self.first is None:
            self.first = frame.at.pts
        return replace(frame, at=Timestamp(frame.at.pts - self.first, frame.at.time_base))


class Scene:
    """Everything that edits may look at, opened once and asked frame by frame.

    Args:
        plan: names it all.
        mattes: made before.
        view: what the output shows of every picture; None looks at the shot first, where that depends on it.
        tracks: where regions that move lie; None follows them first.
        tell: told while the shot is looked at.
        cancelled: asked while footage is read ahead; True stops the work.

    Attributes:
        view: what the output shows of every picture.
        tracks: where regions that move lie.
        clean: its clean plates.
        covers: where what it hides may be.
    """

    def __init__(
        self,
        plan: Plan,
        mattes: MatteSet,
        *,
        view: View | None = None,
        tracks: TrackSet | None = None,
        tell: Callable[[Progress], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plan = plan
        self.view = view or make_view(plan, mattes, tell=tell, cancelled=cancelled)
        self.tracks = tracks or plan_tracks(plan, mattes, progress=tell, cancelled=cancelled)
        self._memo = Memo()
        self._clock = _Clock(plan.plate.info.start + plan.plate.start, keeps_pts=plan.span.is_whole)
        self._streams: dict[str, MatteStream] = mattes.open_all()
        self._stack = ExitStack()
        self._players: dict[str, Player] = {}
        with ExitStack() as guard:
            for name, source in plan.sources.items():
                if source.clean is not None:
                    continue
                aspect = source.info.sample_aspect / plan.plate.info.sample_aspect
                self._players[name] = guard.enter_context(Player(source, aspect=aspect))
            self._others = OtherMoments(plan, mattes, self._bare, origin=self._clock.origin)
            guard.callback(self._others.close)
            self.clean = CleanPlates(plan, mattes, cancelled)
            guard.callback(self.clean.close)
            self.covers = Covers(plan, mattes, self._bare)
            guard.callback(self.covers.close)
            self._stack = guard.pop_all()

    def frame_at(self, index: int, plate: Frame) -> Frame:
        """Composite one frame.

        Args:
            index: of the plate's frame in the used span, rising.
            plate: that frame.

        Raises:
            RenderError: an effect failed; carries the frame's index.
        """
        seconds = self._clock.seconds(plate)
        try:
            inputs = self._inputs(index, plate, seconds)
            frame = self.view.shown(compose(self._plan.edits, inputs), index, seconds)
            if self._plan.framing is not None and self._plan.framing.asked.follow is not None:
                self.view.note(inputs.mattes[self._plan.framing.asked.follow], index, seconds)
        except ComposerError:
            raise
        except Exception as error:
            raise RenderError(f"frame {index} ({float(seconds):.3f}s): {type(error).__name__}: {error}") from error
        return self._clock.stamped(frame)

    def _inputs(self, index: int, plate: Frame, seconds: Fraction) -> Inputs:
        mattes = Lazy({name: _later(stream.matte_at, index, plate) for name, stream in self._streams.items()})
        cleaned = self.clean.at(index, plate, mattes)
        sources = {name: _later(player.picture_at, seconds) for name, player in self._players.items()}
        clean = {name: source.clean for name, source in self._plan.sources.items() if source.clean is not None}
        return replace(
            self._bare(Kept(index, plate), mattes),
            sources=Lazy(sources | {name: partial(_emptied, cleaned, asked) for name, asked in clean.items()}),
            others=self._others.at(index, plate),
            cleaned=cleaned,
            covered=self.covers.at(index, seconds),
        )

    def _bare(self, kept: Kept, mattes: Mapping[str, Matte]) -> Inputs:
        """What there is at every moment of the footage."""
        return Inputs(
            plate=kept.frame,
            seconds=self._clock.seconds(kept.frame),
            rate=self._plan.plate.info.rate,
            proxy=self._plan.scale,
            mattes=mattes,
            regions=self.tracks.regions_at(kept.index),
            camera=_later(self.tracks.camera_at, kept.index),
            memo=self._memo,
            files={file.name: file.content for file in self._plan.reads},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _emptied(cleaned: Mapping[CleanPlate, Cleaned], asked: CleanPlate) -> Picture:
    """A clean plate as the picture of a source."""
    made = cleaned[asked]
    return Picture(made.frame, made.version)


def _later(function: Callable[..., Value], *args: object) -> Callable[[], Value]:
    return lambda: function(*args)
