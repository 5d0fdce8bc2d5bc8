"""The footage that mattes are made of, as ``render`` hands it over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from composer.values import Frame, FrameRate, Size


class Shot(Protocol):
    """Footage that can be read again from its start."""

    @property
    def key(self) -> str:
        """Changes when the content, the used span or the size does."""
        ...

    @property
    def size(self) -> Size:
        """Of every frame."""
        ...

    @property
    def rate(self) -> FrameRate:
        """Nominal frame rate."""
        ...

    @property
    def count(self) -> int | None:
        """Frames in it, as far as known before decoding."""
        ...

    def frames(self, *, luma: bool = False) -> Iterator[Frame]:
        """Decode from the start; upright frames of one size.

        Args:
            luma: brightness alone is wanted, as grey frames.
        """
        ...


@dataclass(frozen=True)
class GreyShot:
    """A shot of which only the brightness is looked at: whoever reads it gets grey frames.

    Args:
        shot: in colour.
    """

    shot: Shot

    @property
    def key(self) -> str:
        """See ``Shot``; what is found in grey is kept apart from what is found in colour."""
        return f"{self.shot.key}:luma"

    @property
    def size(self) -> Size:
        """See ``Shot``."""
        return self.shot.size

    @property
    def rate(self) -> FrameRate:
        """See ``Shot``."""
        return self.shot.rate

    @property
    def count(self) -> int | None:
        """See ``Shot``."""
        return self.shot.count

    def frames(self, *, luma: bool = True) -> Iterator[Frame]:
        """See ``Shot``; grey whatever is asked for."""
        del luma
        return self.shot.frames(luma=True)
