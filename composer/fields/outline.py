"""Shapes as recipes write them: a list of points, or a table of such lists by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.fields.animation import Keyframes
from composer.fields.scalars import Length, ParsedField, Place
from composer.values import FrameRate, Size

_SHAPE = "a shape of at least three points [[x, y], [x, y], [x, y]]"
_MOST_POINTS = 500


@dataclass(frozen=True)
class Outline(ParsedField):
    """The corners of a shape ``[[x, y], ...]``, three or more, each a fraction of the picture or pixels."""

    points: tuple[tuple[Length, Length], ...]

    @classmethod
    def parse(cls, raw: Any) -> Outline:
        """Read three or more pairs of lengths."""
        if not isinstance(raw, list | tuple) or not 3 <= len(raw) <= _MOST_POINTS:
            raise ValueError(f"expected {_SHAPE}, got {raw!r}")
        if any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in raw):
            raise ValueError(f"expected {_SHAPE}, got {raw!r}")
        return cls(tuple((Length.parse(x), Length.parse(y)) for x, y in raw))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A list of pairs."""
        pair = {"type": "array", "items": Length.json_schema(), "minItems": 2, "maxItems": 2}
        return {
            "type": "array",
            "items": pair,
            "minItems": 3,
            "maxItems": _MOST_POINTS,
            "description": "the points of a shape, in order around it",
        }

    def pixels(self, size: Size, proxy: float) -> NDArray[np.float64]:
        """The points in pixels of a picture, (N, 2) xy."""
        wide, high = size.width, size.height
        return np.array([[x.pixels(wide, proxy=proxy), y.pixels(high, proxy=proxy)] for x, y in self.points])

    def spelled(self) -> list[list[str | float]]:
        """As a list of pairs."""
        return [[x.spelled(), y.spelled()] for x, y in self.points]


class AnimatedOutline(Keyframes[Outline]):
    """A shape, or a keyframe table of shapes of as many points.

    Example:
        >>> shape = AnimatedOutline.parse({"0s": [[0, 0], [1, 0], [0, 1]], "2s": [[0, 0], [0.5, 0], [0, 0.5]]})
        >>> shape.points_at(Fraction(1), FrameRate(Fraction(25)), Size(8, 8), 1.0).tolist()
        [[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]]
    """

    @classmethod
    def parse(cls, raw: Any) -> Any:
        """Read a shape or a table; every shape of a table has as many points."""
        shapes = super().parse(raw)
        counts = sorted({len(shape.points) for shape in shapes.values})
        if len(counts) > 1:
            words = " and ".join(str(count) for count in counts)
            raise ValueError(
                f"every keyframe needs as many points, got {words}; each point moves to its own next place"
            )
        return shapes

    @classmethod
    def one(cls, raw: Any) -> Outline:
        """Read one shape."""
        return Outline.parse(raw)

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """A shape."""
        return Outline.json_schema()

    def points_at(self, seconds: Fraction, rate: FrameRate, size: Size, proxy: float) -> NDArray[np.float64]:
        """The points at a time, (N, 2) xy pixels of a picture."""
        return self.at(seconds, rate, lambda outline: outline.pixels(size, proxy))


class AnimatedPlace(Keyframes[Place]):
    """An upright box, or a keyframe table of boxes; a keyframe may be a box without room, from which others grow."""

    @classmethod
    def parse(cls, raw: Any) -> Any:
        """Read a box with room inside, or a table."""
        return super().parse(raw if isinstance(raw, Mapping) else Place.parse(raw))

    @classmethod
    def one(cls, raw: Any) -> Place:
        """Read one box."""
        return raw if isinstance(raw, Place) else Place.parse(raw, may_be_empty=True)

    @classmethod
    def value_schema(cls) -> dict[str, Any]:
        """A box."""
        return Place.json_schema()

    def edges_at(self, seconds: Fraction, rate: FrameRate, size: Size, proxy: float) -> NDArray[np.float64]:
        """(4,) left, top, right and bottom at a time, in pixels of a picture."""

        def edges(place: Place) -> NDArray[np.float64]:
            box = place.box(size, proxy=proxy)
            return np.array([box.x0, box.y0, box.x1, box.y1])

        return self.at(seconds, rate, edges)
