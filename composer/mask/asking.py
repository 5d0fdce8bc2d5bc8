"""How a segmenter that takes long is asked."""

from __future__ import annotations

from dataclasses import dataclass

KEYFRAME_WORDS = "the segmenter is asked once in so many frames unless something happens, 1 on every; else by segmenter"


@dataclass(frozen=True)
class Asking:
    """On how many frames, and by how many workers.

    Args:
        keyframes: once in this many frames unless something happens, 1 on every frame; None leaves it to the
            segmenter.
        workers: how many frames are looked at side by side; None goes by processors, memory and devices.
        processes: whether the workers are processes of their own instead of threads.
    """

    keyframes: int | None = None
    workers: int | None = None
    processes: bool = False
