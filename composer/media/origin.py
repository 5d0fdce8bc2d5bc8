"""What a reader hangs on a frame so that a writer can hand the decoder's own picture on, uncopied."""

from __future__ import annotations

from dataclasses import dataclass

import av

from composer.values import Plane


@dataclass(frozen=True, eq=False)
class Origin:
    """A decoded picture and the planes that are views of it.

    Args:
        frame: the decoder's picture; it owns the memory.
        planes: the very arrays that the reader put into ``Frame.planes``.
    """

    frame: av.VideoFrame
    planes: tuple[Plane, ...]
