"""What the analysis of a shot works with: segmenter, motion network, folder, and whom to tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.bundle import bundled, digest_of_file
from composer.errors import Cancelled
from composer.mask.asking import Asking
from composer.mask.choose import SegmenterChoice
from composer.mask.classical import ClassicalMotion
from composer.mask.motion_net import ByCamera, MotionFrame, MotionJudge, Together, estimate_motion, load_motion_net
from composer.mask.observe import Observer
from composer.mask.ways import FlowUse
from composer.values import Progress

Motion = Callable[[Iterable[NDArray[np.uint8]]], Iterator[MotionFrame]]


@dataclass(frozen=True)
class Tools:
    """What the analysis works with.

    Args:
        choice: the segmenter.
        folder: where finished mattes are kept, and temporary files.
        motion: the motion network, or a stand-in.
        proxy: scale of the shot against full size.
        progress: told once a frame.
        cancelled: asked once a frame.
        observer: is shown every step.
        flow: what it is for.
        asking: on how many frames the segmenter is asked, and by how many workers.
        lock: held while either is called.
    """

    choice: SegmenterChoice
    folder: Path
    motion: Motion
    proxy: float
    progress: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    observer: Observer = field(default_factory=Observer)
    flow: FlowUse = "prompts"
    asking: Asking = field(default_factory=Asking)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def keyframes(self) -> int:
        """Frames from one that the segmenter is asked about to the next, where nothing happens."""
        return self.asking.keyframes or self.choice.keyframes

    @property
    def is_quick(self) -> bool:
        """Whether the segmenter is simply asked about every frame as it comes."""
        return self.flow == "alone" or (self.keyframes == 1 and self.choice.keyframes == 1)

    def tick(self, stage: str, done: int, total: int | None) -> None:
        """Tell how far it is, and stop where the user wants it; one thread at a time."""
        with self.lock:
            self.progress(Progress(stage, done, total))
            stop = self.cancelled()
        if stop:
            raise Cancelled(f"stopped at frame {done} of {stage}")


@dataclass(frozen=True)
class NetMotion:
    """The motion networks that ship with Composer; read when first used.

    Args:
        moving: weights for a camera that moves, where the other network has a say too.
        standing: weights for one that stands still.
    """

    moving: Path
    standing: Path

    @property
    def digest(self) -> str:
        """Hash of the weights."""
        return f"{digest_of_file(self.moving)}+{digest_of_file(self.standing)}"

    def judge(self) -> MotionJudge:
        """Read the networks: who judges depends on the camera."""
        standing, moving = (load_motion_net(path, mirrored=True) for path in (self.standing, self.moving))
        return ByCamera(standing=standing, moving=Together([moving, load_motion_net(self.standing)]))

    def __call__(self, frames: Iterable[NDArray[np.uint8]]) -> Iterator[MotionFrame]:
        """See ``estimate_motion``."""
        return estimate_motion(frames, self.judge())


def motion_of(choice: SegmenterChoice) -> Motion:
    """The networks in assets/weights, or what the classical path has in their place."""
    if not choice.learns:
        return ClassicalMotion()
    return NetMotion(*(bundled(f"assets/weights/{name}.onnx") for name in ("motion", "motion_still")))


def digest_of(motion: Motion) -> str:
    """What tells one source of motion from another in the cache."""
    return str(getattr(motion, "digest", ""))
