"""The footage that mattes are made of, as ``render`` hands it over."""

from __future__ import annotations

from collections.abc import Iterator
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

    def frames(self) -> Iterator[Frame]:
        """Decode from the start; upright frames of one size."""
        ...
