"""Places in the picture: standing still, tracked through the shot, or pinned to a subject."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from composer.fields import Corners, FieldModel, Length, MatteName, Place, Time
from composer.motion.follow import PinnedTo
from composer.values import Quad, Size

_TRACKED = ("at", "without", "on")
_FOLLOWING = ("anchor", "size", "offset", "smooth")


class RegionSpec(FieldModel):
    """A place in the picture that something is put into: four corners or an upright box, or a spot on a subject.

    Corners and boxes stay where they are unless ``track`` says what they move with: a flat surface, the camera, or what
    a matte covers. They are given for the moment ``at`` and followed from there in both directions. While a region is
    lost, nothing is drawn into it, and the report says on which frames.
    """

    corners: Corners | None = Field(default=None, description="top-left, top-right, bottom-right, bottom-left")
    box: Place | None = Field(default=None, description="left, top, right, bottom")
    track: Literal["none", "planar", "camera", "matte"] = Field(
        default="none",
        description="what it moves with: nothing, the flat surface seen in it, the whole picture, or what a matte covers",
    )
    at: Time | None = Field(default=None, description="the moment at which corners or box are right; 0s by default")
    without: tuple[MatteName, ...] | None = Field(
        default=None,
        description="mattes of what moves by itself and is not looked at; by default every used matte of the kinds "
        "moving, prompt, text and file",
    )
    on: MatteName | None = Field(default=None, description="with track: matte, the matte that it moves with")
    follow: MatteName | None = Field(
        default=None, description="pin a box to what this matte covers, instead of corners"
    )
    anchor: PinnedTo = Field(
        default="center", description="the point of the subject that the middle of the box is put on"
    )
    size: tuple[Length, Length] | None = Field(default=None, description="width and height of the box")
    offset: tuple[Length, Length] = Field(
        default=(Length(0.0, is_pixels=False), Length(0.0, is_pixels=False)),
        description="how far right and down of that point the middle of the box is",
    )
    smooth: Time = Field(
        default_factory=lambda: Time.parse("0.5s"), description="the time over which the way of the point is averaged"
    )

    @model_validator(mode="after")
    def _one_shape(self) -> RegionSpec:
        given = [name for name in ("corners", "box", "follow") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"expected corners, box or follow, and only one of them; got {' and '.join(given) or 'none'}"
            )
        if self.follow is not None and self.size is None:
            raise ValueError("follow: expected size: [width, height] of the box beside it")
        if self.size is not None and any(length.amount <= 0 for length in self.size):
            raise ValueError("size: expected a width and a height above 0")
        return self

    @model_validator(mode="after")
    def _only_what_counts(self) -> RegionSpec:
        given = self.model_fields_set
        if self.follow is None and (stray := [name for name in _FOLLOWING if name in given]):
            raise ValueError(f"{stray[0]} belongs to follow: corners and boxes move with track")
        if self.follow is not None and self.track != "none":
            raise ValueError("follow and track are two ways to move; keep one")
        if self.track == "none" and (stray := [name for name in _TRACKED if name in given]):
            raise ValueError(f"{stray[0]} counts only with track: planar, camera or matte")
        if (self.track == "matte") != (self.on is not None):
            raise ValueError("track: matte and on: MATTE belong together")
        if self.on is not None and self.without is not None:
            raise ValueError("without has no use with track: matte: only what the matte covers is looked at")
        return self

    def quad(self, size: Size, *, proxy: float = 1.0) -> Quad:
        """The corners in pixels of a picture; of a region that follows a matte there are none yet."""
        if self.corners is not None:
            return self.corners.quad(size, proxy=proxy)
        if self.box is not None:
            return Quad.of_box(self.box.box(size, proxy=proxy))
        raise ValueError("expected corners or box")
