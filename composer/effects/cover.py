"""What must not be seen, as an effect asks for it, and where that may be on a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from composer.fields import Length
from composer.values import Moment, Plane


@dataclass(frozen=True)
class Cover:
    """Something to hide through the shot.

    Args:
        matte: what it is, or None.
        region: where it is, or None; one of the two is given.
        grow: how much wider than found the covered area is.
        hold: what was found up to so long before and after a frame is covered there too.
        pace: how far it may move in a second while it is not found.
        unsure: what is covered where it is not surely found: the last known area, or the whole picture.
        sure: confidence, 0..1, below which a frame counts as unsure.
    """

    matte: str | None
    region: str | None
    grow: Length
    hold: Moment
    pace: Length
    unsure: Literal["hold", "picture"]
    sure: float

    @property
    def name(self) -> str:
        """The matte's or the region's name."""
        return self.matte or self.region or ""


@dataclass(frozen=True, eq=False)
class Covered:
    """Where something to hide may be on one frame.

    Args:
        area: (H, W) uint8, 255 on every pixel to cover, else 0.
        is_sure: whether it was surely found on this very frame.
    """

    area: Plane
    is_sure: bool = True
