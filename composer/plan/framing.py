"""How the finished picture is framed: the size that is written, and what part is shown at which time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError
from composer.pixels.conform import on_cells
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.framing import Framing
from composer.values import Box, FrameRate, Quad, Size


@dataclass(frozen=True)
class FramingPlan:
    """What part of the finished picture is written.

    Args:
        asked: as the recipe states it.
        plate: size of the picture that is worked on.
        size: of the written picture.
        shape: width over height of the part that is shown, in pixels; None for that of a crop that rests.
        proxy: scale of the plate against full size.
        step: chroma cell of the plate; a part that rests lies on whole cells.
    """

    asked: Framing
    plate: Size
    size: Size
    shape: Fraction | None
    proxy: float
    step: tuple[int, int]

    def window_at(self, seconds: Fraction, rate: FrameRate, *, middle: NDArray[np.float64] | None = None) -> Quad:
        """Corners of the part that is shown at a time, in pixels of the plate.

        Args:
            seconds: since the start of the recipe.
            rate: turns keyframes in frames into seconds.
            middle: (2,) where its middle lies, pixels; None for where the keyframes have it.
        """
        box = self.box_at(seconds, rate)
        if middle is not None:
            box = _about(box, middle)
        zoom = self._zoom_at(seconds, rate)
        degrees = self.asked.rotate.value_at(seconds, rate)
        if zoom == 1 and degrees == 0:
            return Quad.of_box(box)
        middle = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2
        corners = _turned(Quad.of_box(box).corners - middle, degrees) / zoom
        return Quad(middle + corners * _room(middle, corners, self.plate))

    def extent_at(self, seconds: Fraction, rate: FrameRate) -> tuple[float, float]:
        """Width and height of the part that is shown at a time, rotation aside, in pixels of the plate."""
        box, zoom = self.box_at(seconds, rate), self._zoom_at(seconds, rate)
        return (box.x1 - box.x0) / zoom, (box.y1 - box.y0) / zoom

    def box_at(self, seconds: Fraction, rate: FrameRate) -> Box:
        """The part that is shown before zoom and rotation: of the crop the largest part of the shape, in the picture."""
        crop = self.crop_at(seconds, rate)
        if not self._pans:  # one that moves is shifted at the border instead, for cutting it would change its shape
            crop = crop.intersected(Box.whole(self.plate))
        width, height = max(crop.x1 - crop.x0, self.step[0]), max(crop.y1 - crop.y0, self.step[1])
        if self.shape is not None:
            width, height = min(width, height * float(self.shape)), min(height, width / float(self.shape))
        share = min(1.0, self.plate.width / width, self.plate.height / height)
        left, right = _shifted((crop.x0 + crop.x1) / 2, width * share, self.plate.width)
        top, bottom = _shifted((crop.y0 + crop.y1) / 2, height * share, self.plate.height)
        box = Box(left, top, right, bottom)
        return on_cells(box, self.plate, self.step) if self.asked.rests else box

    def crop_at(self, seconds: Fraction, rate: FrameRate) -> Box:
        """The crop at a time as it is asked for; it may lie beyond the picture, or be empty where an easing overshoots."""
        if self.asked.crop is None:
            return Box.whole(self.plate)
        return Box(*(float(edge) for edge in self.asked.crop.edges_at(seconds, rate, self.plate, self.proxy)))

    @property
    def _pans(self) -> bool:
        return self.asked.crop is not None and len(self.asked.crop.values) > 1

    def _zoom_at(self, seconds: Fraction, rate: FrameRate) -> float:
        """At least 1, also where an easing overshoots: there is nothing outside the picture."""
        return max(1.0, self.asked.zoom.value_at(seconds, rate))


def _shifted(middle: float, length: float, whole: int) -> tuple[float, float]:
    """Start and end of a length about a middle, shifted inside a whole that is at least as long."""
    start = min(max(middle - length / 2, 0.0), whole - length)
    return start, start + length


def _about(box: Box, middle: NDArray[np.float64]) -> Box:
    """A box of the same size about another middle."""
    x, y = (float(value) for value in middle)
    wide, high = (box.x1 - box.x0) / 2, (box.y1 - box.y0) / 2
    return Box(x - wide, y - high, x + wide, y + high)


def _turned(corners: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Corners about the origin, turned against the picture: that turns with the clock."""
    turn = np.deg2rad(-degrees)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return corners @ matrix.T


def _room(middle: NDArray[np.float64], corners: NDArray[np.float64], plate: Size) -> float:
    """By how much corners about a middle have to shrink to lie inside the plate; 1 where they do."""
    limits = np.where(corners > 0, [plate.width, plate.height], [0, 0]) - middle
    shares = np.divide(limits, corners, out=np.ones_like(corners), where=np.abs(corners) > 1e-9)
    return float(min(1.0, shares.min()))


def decide_framing(loaded: LoadedRecipe, plate: SourcePlan, *, size: Size, proxy: float) -> FramingPlan | None:
    """How the output is framed, or None where it is shown as it is.

    Args:
        loaded: the recipe.
        plate: gives sample aspect, chroma cells and rate.
        size: of the picture that is worked on.
        proxy: its scale against full size.

    Raises:
        PlanError: a crop that shows nothing.
    """
    asked = loaded.recipe.output.frame
    if asked is None:
        return None
    whole = FramingPlan(asked, size, size, _shape(asked, plate), proxy, plate.info.format.cell)
    _check_crop(loaded, whole, plate)
    part = on_cells(whole.box_at(Fraction(0), plate.info.rate), size, whole.step)
    written = Size(int(part.x1 - part.x0), int(part.y1 - part.y0))
    if asked.size is not None:
        written = Size(*(max(2, 2 * round(side * proxy / 2)) if proxy != 1 else side for side in asked.size))
    shape = whole.shape
    if shape is None and not asked.rests:
        shape = Fraction(written.width, written.height)  # what is shown later fills the same picture
    return replace(whole, size=written, shape=shape)


def _shape(asked: Framing, plate: SourcePlan) -> Fraction | None:
    """Width over height in pixels of the part to show: pixels may be wider than high."""
    if asked.size is not None:
        return Fraction(*asked.size)
    shape = asked.shape()
    return None if shape is None else shape / plate.info.sample_aspect


def _check_crop(loaded: LoadedRecipe, framing: FramingPlan, plate: SourcePlan) -> None:
    crop = framing.asked.crop
    for moment in crop.moments if crop is not None else ():
        seconds = moment.seconds_at(plate.info.rate)
        box = framing.crop_at(seconds, plate.info.rate).intersected(Box.whole(framing.plate))
        if box.x1 - box.x0 < framing.step[0] or box.y1 - box.y0 < framing.step[1]:
            words = f"the crop at {float(seconds):g}s lies outside the picture, which is {plate.info.size}"
            hint = "left, top, right, bottom: fractions of the picture, or pixels above 1"
            raise loaded.marks.problem(("output", "frame", "crop"), words, hint=hint, kind=PlanError)
