"""A title of a timeline, read like a still: the effect ``text`` writes it onto a colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Self

from composer.effects.base import Inputs
from composer.media.probe import WHOLE, MediaInfo, Scan
from composer.pixels.luma import luma_frame
from composer.pixels.transition import plain
from composer.plan.timeline import TitlePlan
from composer.render.compose import compose
from composer.values import Frame, Span, Timestamp


class TitleReader:
    """One picture with words on a colour.

    Args:
        title: the words.
        info: size, format and colour of the picture.
    """

    corrupt = 0

    def __init__(self, title: TitlePlan, info: MediaInfo) -> None:
        self._title = title
        self.info = info

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """The picture, where the span starts at 0; with ``luma`` its brightness alone."""
        if Fraction(0) not in span:
            return
        info, title = self.info, self._title
        blank = plain(info.format, info.size, title.on.rgb, color=info.color)
        blank = replace(blank, at=Timestamp(0, info.time_base), duration=1)
        files = {title.font.name: title.font.content}
        frame = compose((title.text,), Inputs(plate=blank, seconds=Fraction(0), rate=info.rate, files=files))
        yield luma_frame(frame) if luma else frame

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in."""
        return replace(self.info, found=Scan(1, 0, 0, self.info.time_base, 0, is_vfr=False))

    def close(self) -> None:
        """Nothing stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
