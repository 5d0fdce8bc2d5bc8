"""A picture or video put into the plate, behind what moves in front of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import matched, rounded
from composer.errors import InputError
from composer.fields import MatteName, Opacity, Place, RegionName, SourceName
from composer.fields.animation import Animated
from composer.pixels.planes import crop, faded, inverted, product
from composer.pixels.warp import corner_pin, fit_boxes
from composer.values import Box, Frame, Layer, Placement, Plane, Quad, Size


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class Insert(Effect):
    """Pins a picture or video into a region, or lays it into an upright box.

    What the mattes in ``behind`` cover passes in front of it, softly. Only the box around the picture is
    computed. Transparency of the source is kept.
    """

    kind: ClassVar[str] = "insert"
    example: ClassVar[str] = "insert: {source: promo.mp4, region: wall, behind: walker, opacity: {0s: 0, 1s: 1}}"

    source: SourceName
    region: RegionName | None = Field(None, description="region whose corners it is pinned to")
    place: Place | None = Field(None, description="upright box to put it in: left, top, right, bottom")
    fit: Literal["cover", "contain", "stretch"] = Field(
        "contain", description="in a place: fill and cut off, show all, or distort; a region always takes all of it"
    )
    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")
    behind: Annotated[tuple[MatteName, ...], BeforeValidator(_listed)] = Field(
        (), description="matte or mattes that stay in front of it"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Insert:
        if (self.region is None) == (self.place is None):
            raise ValueError("expected region or place, and only one of them")
        return self

    def apply(self, inputs: Inputs) -> Layer | None:
        """The picture in its place, without what stands in front of it."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        picture = inputs.source(self.source) if opacity > 0 else None
        if picture is None:
            return None
        placed = inputs.region(self.region) if self.region is not None else None
        if self.region is not None and placed is None:
            return None
        frame, quad = self._placed(inputs, placed, matched(inputs, self.source, picture), picture.aspect)
        pinned = corner_pin(frame, quad, inputs.plate.size, inputs.plate.format)
        if pinned is None:
            return None
        coverage = faded(pinned.coverage, opacity)
        return Layer(pinned.planes, self._held_out(inputs, coverage, pinned.domain), pinned.domain)

    def _placed(self, inputs: Inputs, region: Placement | None, frame: Frame, aspect: float) -> tuple[Frame, Quad]:
        """What is shown of the picture, and where its corners go."""
        if region is not None:
            return frame, region.quad
        if self.place is None:
            raise InputError("insert: expected region or place")
        box = self.place.box(inputs.plate.size, proxy=inputs.proxy)
        target = Size(max(1, round(box.x1 - box.x0)), max(1, round(box.y1 - box.y0)))
        part, spot = fit_boxes(frame.size, target, self.fit, aspect=aspect)
        shown = crop(frame, rounded(part, frame.size, frame.format.cell))
        return shown, Quad.of_box(Box(box.x0 + spot.x0, box.y0 + spot.y0, box.x0 + spot.x1, box.y0 + spot.y1))

    def _held_out(self, inputs: Inputs, coverage: Plane, domain: Box) -> Plane:
        for name in self.behind:
            front = inputs.matte(name).alpha[domain.slices]
            if front.any():
                coverage = product(coverage, inverted(front))
        return coverage
