"""How the finished picture is framed."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from composer.fields import Animated, AnimatedPlace, FieldModel, MatteName, Time

_ASPECT = re.compile(r"(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)")
Side = Annotated[int, Field(ge=2, le=16384)]


class Framing(FieldModel):
    """What part of the finished picture is written, and how large.

    Framing comes after all edits: mattes, regions and edits keep the coordinates of the footage. A part that rests and is
    written in its own size is copied, not resampled.
    """

    size: tuple[Side, Side] | None = Field(None, description="width and height of what is written, in pixels")
    aspect: str | None = Field(
        None, description="shape such as '9:16' or '2.39:1': the largest part of that shape, from the middle"
    )
    crop: AnimatedPlace | None = Field(
        None, description="the part to show: left, top, right, bottom; keyframes pan and zoom"
    )
    zoom: Animated = Field(Animated.parse(1), description="2 shows half as much, twice as large; at least 1")
    rotate: Animated = Field(
        Animated.parse(0), description="degrees, clockwise; as much larger as it takes for no corner to be empty"
    )

    follow: MatteName | None = Field(
        None, description="the matte of a subject that the view keeps in the picture; it needs room to move"
    )
    stabilise: float = Field(
        0.0, ge=0, le=1, description="share of the camera's shake that is taken out; the picture is enlarged to suit"
    )
    smooth: Time = Field(
        Time.parse("1s"), description="how slowly the view follows, and how slow a motion of the camera is no shake"
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.follow is not None and self.crop is not None:
            raise ValueError("write either follow or crop: both say where the view is; zoom says how much it shows")
        if self.follow is not None and not self.has_room:
            raise ValueError("follow: the view shows the whole picture; give it a size, an aspect or a zoom above 1")
        if self.smooth.moment.frames == 0 or self.smooth.moment.seconds == 0:
            raise ValueError("smooth: expected more than 0s")
        if self.size is not None and self.aspect is not None:
            raise ValueError("write either size or aspect: a size has its shape")
        if self.aspect is not None:
            self.shape()
        if any(value < 1 for value in self.zoom.values):
            raise ValueError(
                f"zoom: expected 1 or more, got {self.zoom.spelled()!r}; there is nothing outside the picture"
            )
        return self

    def shape(self) -> Fraction | None:
        """Width over height as displayed, where the recipe asks for a shape alone.

        Raises:
            ValueError: the aspect is none.
        """
        if self.aspect is None:
            return None
        match = _ASPECT.fullmatch(self.aspect.strip())
        if match is None or not float(match[1]) or not float(match[2]):
            raise ValueError(f"aspect: expected a shape such as '9:16', got {self.aspect!r}")
        return Fraction(match[1]) / Fraction(match[2])

    @property
    def has_room(self) -> bool:
        """Whether the view may show less than the picture."""
        return self.size is not None or self.aspect is not None or any(value > 1 for value in self.zoom.values)

    @property
    def is_watched(self) -> bool:
        """Whether what the view shows depends on what is seen in the shot."""
        return self.follow is not None or self.stabilise > 0

    @property
    def rests(self) -> bool:
        """Whether the keyframes show the same part all the time, upright."""
        crops = 1 if self.crop is None else len(self.crop.values)
        return crops == len(self.zoom.values) == 1 and set(self.rotate.values) == {0.0}
