"""Finishing of a matte: choke or spread, feather, garbage box; on uint8 and uint16 coverage."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from composer.mask.sources import MatteSpec
from composer.pixels.filter import feather, spread
from composer.values import Box, Plane, Size


@dataclass(frozen=True)
class Finish:
    """Finishing in pixels of the picture worked on.

    Args:
        grow: pixels the edge moves outwards; negative moves it inwards.
        feather: pixels over which the edge is softened.
        keep: whole-pixel box outside of which the matte is zero, or None.
    """

    grow: float = 0.0
    feather: float = 0.0
    keep: Box | None = None

    @classmethod
    def of(cls, spec: MatteSpec, size: Size, *, proxy: float = 1.0) -> Finish:
        """The finishing a spec asks for, on a picture of this size.

        Args:
            spec: lengths are fractions of the picture's height, or pixels at full size.
            size: the picture worked on.
            proxy: its scale against full size.
        """

        def pixels(name: str) -> float:
            length = getattr(spec, name)
            return 0.0 if length is None else float(length.pixels(size.height, proxy=proxy))

        keep = None if spec.garbage is None else spec.garbage.box(size, proxy=proxy).snapped(size)
        return cls(pixels("spread") - pixels("choke"), pixels("feather"), keep)

    @property
    def is_nothing(self) -> bool:
        """True where the matte stays as it is."""
        return self.grow == 0 and self.feather == 0 and self.keep is None

    @property
    def of_complement(self) -> Finish:
        """The finishing that does to what is left out what this does to the matte; without the box."""
        return Finish(-self.grow, self.feather)


def finished(alpha: Plane, finish: Finish) -> Plane:
    """Finish a matte: edge moved, then softened, then cut to the garbage box.

    Args:
        alpha: (H, W) uint8 or uint16; not changed.
        finish: what to do.

    Returns:
        The same shape and type; the very same array when there is nothing to do.
    """
    if finish.is_nothing:
        return alpha
    shaped = _shaped(alpha, finish)
    return shaped if finish.keep is None else _kept(shaped, finish.keep)


def finished_complement(alpha: Plane, finish: Finish) -> Plane:
    """Complement a matte and finish the result, so that equal feathers still sum to full everywhere.

    Args:
        alpha: (H, W) uint8 or uint16, the matte to leave out.
        finish: what to do to its complement.

    Returns:
        Full minus the matte finished the other way round: what spreads outside chokes inside.
    """
    full = np.iinfo(alpha.dtype).max
    inverted = full - finished(alpha, finish.of_complement)
    return inverted if finish.keep is None else _kept(inverted, finish.keep)


def _shaped(alpha: Plane, finish: Finish) -> Plane:
    if finish.grow == 0 and finish.feather == 0:
        return alpha
    reach = int(np.ceil(max(finish.grow, 0) + 2 * finish.feather)) + 2
    left, top, width, height = cv2.boundingRect((alpha > 0).view(np.uint8))
    if width == 0:
        return alpha
    box = Box(left - reach, top - reach, left + width + reach, top + height + reach)
    part = box.snapped(Size(alpha.shape[1], alpha.shape[0])).slices
    shaped = np.zeros_like(alpha)
    shaped[part] = feather(spread(alpha[part], finish.grow), finish.feather)
    return shaped


def _kept(alpha: Plane, box: Box) -> Plane:
    kept = np.zeros_like(alpha)
    if not box.is_empty:
        kept[box.slices] = alpha[box.slices]
    return kept
