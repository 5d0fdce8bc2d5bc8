"""How a recipe points at something: a box, clicks, scribbles, a mask, and corrections at other times."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from composer.fields import FieldModel, Place, SourceName, Time
from composer.fields.scalars import Point
from composer.mask.naming import OVERRIDES, OutlinerName
from composer.mask.ways import INPUT_WORDS, InputKind
from composer.values import Prompt, Size

#: Distance between two points of a scribble, as a share of the picture's shorter side, and the most that a label gets:
#: clicks this close touch each other for the embedded segmenter, and Segment Anything is not drowned in them.
STEP, MOST = 0.03, 48
#: What to do about a click that lies outside the picture.
OUTSIDE_HINT = "fractions run from 0 to 1, pixels count from the top left of the full-size picture"

Stroke = Annotated[tuple[Point, ...], Field(min_length=1)]


class Scribble(FieldModel):
    """Strokes of a pen: lines through points [x, y], drawn over what is meant and over what is not."""

    include: tuple[Stroke, ...] = Field((), description="strokes on the object, each a list of points")
    exclude: tuple[Stroke, ...] = Field((), description="strokes beside it")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.include and not self.exclude:
            raise ValueError("a scribble needs a stroke: include: [[[x, y], [x, y]]]")
        return self


class Correction(FieldModel):
    """What is put right on another frame.

    Example:
        >>> Correction.model_validate({"at": "3s", "include": [[0.5, 0.2]]}).clicks(Size(100, 100)).labels.tolist()
        [1]
    """

    at: Time = Field(description="the time of the frame that is put right")
    include: tuple[Point, ...] = Field((), description="points [x, y] that belong to the object")
    exclude: tuple[Point, ...] = Field((), description="points that do not")
    scribble: Scribble | None = Field(None, description="strokes over what belongs to it and what does not")
    box: Place | None = Field(None, description="where the object is; what was followed to here counts for nothing")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.box is None and self.scribble is None and not self.include and not self.exclude:
            raise ValueError("a correction needs include, exclude, a scribble or a box")
        return self

    def clicks(self, size: Size, *, proxy: float = 1.0) -> Prompt:
        """Everything that was pointed at, in pixels; see ``PromptSource.clicks``."""
        return _clicks(self, size, proxy)


class PromptSource(FieldModel):
    """Something pointed at on one frame and followed through the shot, both ways.

    Example:
        >>> PromptSource.model_validate({"points": [[0.5, 0.2]], "exclude": [[0.1, 0.1]]}).point_labels
        (1,)
    """

    box: Place | None = Field(None, description="a box around the object")
    points: tuple[Point, ...] = Field((), description="points [x, y] on the object, or beside it where labels say so")
    labels: tuple[Literal[0, 1], ...] | None = Field(None, description="per point: 1 on the object (default), 0 beside")
    exclude: tuple[Point, ...] = Field((), description="points beside the object")
    scribble: Scribble | None = Field(None, description="strokes over the object and beside it")
    mask: SourceName | None = Field(None, description="a picture of the plate's size, white (or opaque) on the object")
    at: Time = Field(Time.parse(0), description="the time of the frame that the places are meant on")
    corrections: tuple[Correction, ...] = Field((), max_length=64, description="what is put right at other times")
    input: InputKind = Field("color", description=INPUT_WORDS)
    segmenter: OutlinerName | None = Field(None, description=OVERRIDES)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        drawn = self.scribble is not None and bool(self.scribble.include)
        if self.box is None and self.mask is None and not drawn and not self.points:
            raise ValueError("a prompt needs a box, a mask, a scribble, or at least one point")
        if self.box is not None and self.mask is not None:
            raise ValueError("write either a box or a mask, not both")
        if self.labels is not None and len(self.labels) != len(self.points):
            raise ValueError(f"expected one label per point, got {len(self.labels)} for {len(self.points)} points")
        if self.box is None and self.mask is None and not drawn and 1 not in self.point_labels:
            raise ValueError("without a box at least one point must lie on the object (label 1)")
        return self

    @property
    def point_labels(self) -> tuple[int, ...]:
        """One label per point."""
        return self.labels if self.labels is not None else (1,) * len(self.points)

    @property
    def include(self) -> tuple[Point, ...]:
        """The points that lie on the object."""
        return tuple(point for point, label in zip(self.points, self.point_labels, strict=True) if label)

    @property
    def beside(self) -> tuple[Point, ...]:
        """The points that do not."""
        return tuple(point for point, label in zip(self.points, self.point_labels, strict=True) if not label)

    def clicks(self, size: Size, *, proxy: float = 1.0) -> Prompt:
        """Everything that was pointed at, in pixels: box, points, and scribbles as rows of points.

        Args:
            size: the picture worked on.
            proxy: its scale against full size.
        """
        return _clicks(self, size, proxy)


def outside(clicks: Prompt, size: Size) -> tuple[float, float] | None:
    """The first click that does not lie in a picture, if any; a pixel beyond is the rounding of a proxy's size.

    Args:
        clicks: in its pixels.
        size: of the picture.
    """
    beyond = ((clicks.points < -1) | (clicks.points > (size.width + 1, size.height + 1))).any(axis=1)
    return None if not beyond.any() else tuple(clicks.points[int(beyond.argmax())].tolist())


def _clicks(asked: PromptSource | Correction, size: Size, proxy: float) -> Prompt:
    beside = asked.beside if isinstance(asked, PromptSource) else ()
    strokes = asked.scribble or Scribble.model_construct()
    on = [*_pixels(asked.include, size, proxy), *_drawn(strokes.include, size, proxy)]
    off = [*_pixels((*beside, *asked.exclude), size, proxy), *_drawn(strokes.exclude, size, proxy)]
    return Prompt(
        points=np.asarray(on + off, np.float32).reshape(-1, 2),
        labels=np.asarray([1] * len(on) + [0] * len(off), np.int8),
        box=None if asked.box is None else asked.box.box(size, proxy=proxy),
        object_id=1,
    )


def _pixels(points: tuple[Point, ...], size: Size, proxy: float) -> list[tuple[float, float]]:
    return [(x.pixels(size.width, proxy=proxy), y.pixels(size.height, proxy=proxy)) for x, y in points]


def _drawn(strokes: tuple[Stroke, ...], size: Size, proxy: float) -> list[tuple[float, float]]:
    """Points at even steps along strokes; wider steps where there would be too many."""
    lines = [np.asarray(_pixels(stroke, size, proxy)) for stroke in strokes]
    length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)
    step = max(STEP * min(size.width, size.height), length / max(1, MOST - len(lines)))
    return [place for line in lines for place in _along(line, step)]


def _along(line: np.ndarray, step: float) -> list[tuple[float, float]]:
    passed = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    places = np.linspace(0, passed[-1], 1 + int(passed[-1] // step))
    return [(float(np.interp(at, passed, line[:, 0])), float(np.interp(at, passed, line[:, 1]))) for at in places]
