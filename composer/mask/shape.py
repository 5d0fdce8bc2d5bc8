"""Mattes drawn by hand: a shape, and how it moves (roto, garbage matte, wipe)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from composer.fields import AnimatedOutline, AnimatedPlace, FieldModel
from composer.pixels.shape import ellipse_points, rounded_points, shape_coverage
from composer.values import Frame, FrameRate, Matte, Plane, Size


class ShapeSource(FieldModel):
    """A shape drawn by hand, still or moving by keyframes: a garbage matte, roto, a wipe.

    Example:
        >>> ShapeSource.model_validate({"polygon": [[0, 0], [1, 0], [1, 0.4], [0, 0.4]]}).curve
        False
    """

    polygon: AnimatedOutline | None = Field(
        None, description="points in order around the shape; keyframes have as many each"
    )
    box: AnimatedPlace | None = Field(None, description="left, top, right, bottom")
    ellipse: AnimatedPlace | None = Field(None, description="the ellipse that fills this box")
    curve: bool = Field(False, description="run smoothly through the polygon's points")

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        given = [name for name in ("polygon", "box", "ellipse") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of polygon, box, ellipse; got {' and '.join(given) or 'none'}")
        if self.curve and self.polygon is None:
            raise ValueError("curve: only a polygon has points to run through")
        return self

    def points_at(self, seconds: Fraction, rate: FrameRate, size: Size, proxy: float) -> NDArray[np.float64]:
        """(N, 2) xy pixels around the shape at a time.

        Args:
            seconds: since the start of the recipe.
            rate: turns keyframes in frames into seconds.
            size: of the picture.
            proxy: its scale against full size.
        """
        if self.polygon is not None:
            points = self.polygon.points_at(seconds, rate, size, proxy)
            return rounded_points(points) if self.curve else points
        if self.ellipse is not None:
            return ellipse_points(self.ellipse.edges_at(seconds, rate, size, proxy))
        if self.box is not None:
            left, top, right, bottom = self.box.edges_at(seconds, rate, size, proxy)
            return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        raise ValueError("expected one of polygon, box, ellipse")


@dataclass
class Drawn:
    """A drawn shape through the shot.

    Args:
        source: the shape.
        origin: seconds on the plate's clock at which the recipe starts.
        rate: of the plate.
        size: of the shot.
        proxy: scale of the shot against full size.
    """

    source: ShapeSource
    origin: Fraction
    rate: FrameRate
    size: Size
    proxy: float = 1.0
    _last: tuple[NDArray[np.float64], Size, Plane] | None = field(default=None, repr=False)

    def matte_at(self, index: int, frame: Frame) -> Matte:  # noqa: ARG002 - the shape depends on the time alone
        """See ``streams.MatteStream``."""
        seconds = frame.at.seconds - self.origin
        proxy = self.proxy * frame.size.height / self.size.height
        points = self.source.points_at(seconds, self.rate, frame.size, proxy)
        return Matte(self._coverage(points, frame.size), at=frame.at)

    def _coverage(self, points: NDArray[np.float64], size: Size) -> Plane:
        """The coverage; a shape that rests is drawn once."""
        last = self._last
        if last is None or last[1] != size or not np.array_equal(last[0], points):
            last = self._last = (points, size, shape_coverage(points, size))
        return last[2]
