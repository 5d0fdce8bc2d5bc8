"""The base of effects that hide something: what they cover on every frame, and when in doubt."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.cover import Cover
from composer.fields import Length, MatteName, RegionName, Time
from composer.pixels.area import hard
from composer.values import Plane


class Hiding(Effect):
    """An effect that hides what a matte covers or what lies in a region, and when in doubt covers more."""

    inside: MatteName | None = Field(None, description="hide what this matte covers")
    region: RegionName | None = Field(None, description="hide what lies in this region")
    grow: Length = Field(Length.parse(0.02), description="how much wider than found the cover is")
    hold: Time = Field(
        Time.parse("0.2s"), description="what was found up to so long before and after a frame is covered there too"
    )
    pace: Length = Field(
        Length.parse(0.5),
        description="how far it may move in a second while it is not found, as a share of the height or pixels: "
        "so fast the last known area grows",
    )
    unsure: Literal["hold", "picture"] = Field(
        "hold",
        description="where it is not surely found: cover the last known area, ever wider by pace, or the whole picture; "
        "before it is first found the whole picture is covered",
    )
    sure: float = Field(0.5, ge=0, le=1, description="confidence below which a frame counts as unsure")

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.inside is None) == (self.region is None):
            raise ValueError("expected inside or region, and only one of them")
        for name in ("grow", "pace"):
            if getattr(self, name).amount < 0:
                raise ValueError(f"{name}: expected 0 or more")
        return self

    @property
    def cover(self) -> Cover:
        """What it hides."""
        return Cover(self.inside, self.region, self.grow, self.hold.moment, self.pace, self.unsure, self.sure)

    def covers(self) -> tuple[Cover, ...]:
        """The one thing it hides."""
        return (self.cover,)

    def hidden(self, inputs: Inputs) -> Plane:
        """(H, W) uint8, 255 on every pixel to cover on this frame, else 0."""
        return hard(inputs.cover(self.cover).area)
