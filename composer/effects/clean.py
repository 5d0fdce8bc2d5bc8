"""The shot without its subject, as a recipe asks for it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from composer.fields import FieldModel, Length, MatteName
from composer.pixels.filter import spread
from composer.values import Frame, Matte, Plane


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


class CleanPlate(FieldModel):
    """The footage without what mattes cover: what is seen there at other times, and a guess where it never is."""

    without: Annotated[
        tuple[MatteName, ...],
        BeforeValidator(_listed),
        Field(min_length=1, description="matte or mattes that are taken out"),
    ]
    grow: Length = Field(Length.parse("4px"), description="how much wider than the mattes")
    samples: int = Field(32, ge=2, le=60, description="most frames of a shot that are looked at")

    def hole(self, mattes: list[Matte], height: int, proxy: float) -> Plane:
        """(H, W) uint8, 255 on every pixel that is not to be looked at on a frame, else 0.

        Args:
            mattes: those named in ``without``, of that frame.
            height: of the picture, which a share is a share of.
            proxy: scale of that picture against full size.
        """
        covered = np.zeros(mattes[0].alpha.shape, np.uint8)
        for matte in mattes:
            covered[matte.alpha > 0] = 255
        return spread(covered, max(0.0, self.grow.pixels(height, proxy=proxy)))


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A clean plate as it looks from one frame.

    Args:
        frame: of the plate's size, format and time.
        version: equal versions are equal pictures.
        unseen: (H, W) uint8, 255 where the background is never seen and was guessed; None where that is nowhere.
        is_still: whether the camera rests, so that the picture is that of the empty place all over.
    """

    frame: Frame
    version: Hashable
    unseen: Plane | None = None
    is_still: bool = False
