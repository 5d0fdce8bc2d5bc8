"""Where an effect works: inside a matte, outside it, in a region, or everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.fields import MatteName, RegionName
from composer.pixels.planes import bounds, color_planes_of, cropped, inverted, whole
from composer.pixels.warp import quad_coverage
from composer.values import Box, Plane, Size


@dataclass(frozen=True, eq=False)
class Area:
    """The part of the picture that an effect works on.

    Args:
        domain: whole pixels on chroma cells, not empty.
        coverage: (h, w) uint8 or uint16 of the domain; None covers all of it.
        spared: (H, W) uint8 or uint16 of the whole picture: a subject that is kept out; None where there is none.
    """

    domain: Box
    coverage: Plane | None
    spared: Plane | None = None

    @property
    def size(self) -> Size:
        """Of the domain."""
        return Size(int(self.domain.x1 - self.domain.x0), int(self.domain.y1 - self.domain.y0))

    def planes(self, inputs: Inputs) -> tuple[Plane, ...]:
        """The plate's colour planes of the domain; views, nothing is copied."""
        return cropped(color_planes_of(inputs.plate), inputs.plate.format, self.domain)


def area_of(
    inputs: Inputs, *, inside: str | None = None, outside: str | None = None, region: str | None = None
) -> Area | None:
    """What a matte covers, leaves out, or a region takes up; everything where nothing is named.

    Args:
        inputs: hold mattes and regions.
        inside: a matte.
        outside: a matte.
        region: a region.

    Returns:
        The area, or None where it is empty: nothing there, or a region that is lost.
    """
    if region is not None:
        return _in_region(inputs, region)
    if inside is None and outside is None:
        return Area(whole(inputs.plate), None)
    subject = inputs.matte(inside or outside or "").alpha
    coverage = subject if inside is not None else inverted(subject)
    return covered_area(inputs, coverage, spared=None if outside is None else subject)


def covered_area(inputs: Inputs, coverage: Plane, *, spared: Plane | None = None) -> Area | None:
    """The area that (H, W) coverage of the whole picture takes up, or None where it is empty."""
    domain = bounds(coverage).snapped(inputs.plate.size, step=inputs.plate.format.cell)
    return None if domain.is_empty else Area(domain, coverage[domain.slices], spared)


def _in_region(inputs: Inputs, name: str) -> Area | None:
    placed = inputs.region(name)
    if placed is None:
        return None
    domain = placed.quad.bounds.snapped(inputs.plate.size, step=inputs.plate.format.cell)
    return None if domain.is_empty else Area(domain, quad_coverage(placed.quad, domain))


class Placed(Effect):
    """An effect that works inside a matte, outside it, in a region, or everywhere."""

    everywhere: ClassVar[bool] = True

    inside: MatteName | None = Field(None, description="only what this matte covers")
    outside: MatteName | None = Field(None, description="everything but what this matte covers")
    region: RegionName | None = Field(None, description="only this region")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [name for name in ("inside", "outside", "region") if getattr(self, name) is not None]
        if len(given) > 1 or not (given or self.everywhere):
            rest = ", or none of them for the whole picture" if self.everywhere else ""
            raise ValueError(f"expected one of inside, outside, region{rest}; got {' and '.join(given) or 'none'}")
        return self

    def area(self, inputs: Inputs) -> Area | None:
        """Where it works now, or None where there is nothing to work on."""
        return area_of(inputs, inside=self.inside, outside=self.outside, region=self.region)
