"""A recipe inside a timeline, read like a file: its own scene composites it, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from composer.media.probe import WHOLE, MediaInfo
from composer.media.video import scan_of
from composer.pixels.luma import luma_frame
from composer.plan.model import Plan
from composer.values import Frame, Span, Timestamp


def nested_plans(plan: Plan) -> Iterator[Plan]:
    """The plans of all recipes that a plan's timelines show."""
    for source in (plan.plate, *plan.sources.values()):
        clips = source.timeline.clips if source.timeline is not None else ()
        yield from (clip.nested for clip in clips if clip.nested is not None)


class RecipeReader:
    """The finished pictures of a recipe; its mattes are made when the first is asked for, or found in the cache.

    Args:
        plan: of the recipe.
        info: what its pictures look like.
    """

    corrupt = 0

    def __init__(self, plan: Plan, info: MediaInfo) -> None:
        self._plan = plan
        self.info = info

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """Frames with ``span.start <= time < span.end``, in seconds since the first frame.

        What lies before the span is decoded, but not composited.

        Args:
            span: in seconds.
            luma: brightness alone, as grey frames.
        """
        # A scene reads its sources through readers such as this one.
        from composer.render.run import ready_mattes  # noqa: PLC0415
        from composer.render.scene import Scene  # noqa: PLC0415
        from composer.render.shots import plate_shot, shown  # noqa: PLC0415

        with ExitStack() as stack:
            mattes = stack.enter_context(ready_mattes(self._plan, progress=lambda _: None, cancelled=lambda: False))
            scene = stack.enter_context(Scene(self._plan, mattes))
            first = None
            for index, plate in shown(self._plan, plate_shot(self._plan).frames()):
                first = plate.at.pts if first is None else first
                since = (plate.at.pts - first) * plate.at.time_base
                if span.end is not None and since >= span.end:
                    return
                if since >= span.start:
                    # A scene counts from the first frame that it is asked for; here that may be a later one.
                    pts = plate.at.pts if self._plan.span.is_whole else plate.at.pts - first
                    frame = replace(scene.frame_at(index, plate), at=Timestamp(pts, plate.at.time_base))
                    yield luma_frame(frame) if luma else frame

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in by compositing everything once."""
        times = [(frame.at.pts, frame.duration) for frame in self.frames()]
        return replace(self.info, found=scan_of(times, self.info))

    def close(self) -> None:
        """Nothing stays open between passes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
