"""Small generated shots with known truth, and stand-ins for network and segmenter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from composer.mask.choose import SegmenterChoice
from composer.mask.motion_features import working_size
from composer.mask.motion_net import MotionFrame
from composer.pixels.luma import luma_frame
from composer.values import Candidate, Frame, FrameRate, PixelFormat, Prompt, Size, Timestamp

RED = (220, 40, 40)
RATE = FrameRate(Fraction(25))
SIZE = Size(192, 112)
TIME_BASE = Fraction(1, 25)


@dataclass(frozen=True)
class Scene:
    """Red disks over grey texture; ``places`` gives each disk's centre, or None, per frame."""

    places: tuple[tuple[tuple[float, float] | None, ...], ...]
    size: Size = SIZE
    radius: int = 14
    rate: FrameRate = RATE
    name: str = "scene"

    @property
    def key(self) -> str:
        return f"{self.name}:{self.places}:{self.size}:{self.radius}"

    @property
    def count(self) -> int | None:
        return len(self.places)

    def truth(self, index: int) -> np.ndarray:
        """Ids of the disks per pixel."""
        labels = np.zeros(self.size.shape, np.int32)
        for number, place in enumerate(self.places[index], start=1):
            if place is not None:
                y, x = np.mgrid[: self.size.height, : self.size.width] + 0.5
                labels[np.hypot(x - place[0], y - place[1]) < self.radius] = number
        return labels

    def picture(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        noise = np.random.default_rng(5).integers(30, 80, self.size.shape).astype(np.uint8)
        grey = cv2.GaussianBlur(noise, (0, 0), 1.5)
        rgb = cv2.merge([grey, grey, grey])
        rgb[self.truth(index) > 0] = RED
        return rgb

    def frames(self, *, luma: bool = False) -> Iterator[Frame]:
        for index in range(len(self.places)):
            planes = tuple(np.ascontiguousarray(plane) for plane in cv2.split(self.picture(index)))
            frame = Frame(planes, PixelFormat("rgb"), at=Timestamp(index, TIME_BASE), duration=1)
            yield luma_frame(frame) if luma else frame


def crossing(count: int = 12, step: float = 8, **options) -> Scene:
    """One disk that walks from left to right."""
    return Scene(tuple((((30 + step * t), 56.0),) for t in range(count)), **options)


class RedMoves:
    """Motion as an oracle: what is red moves; the flow is the disk's true shift."""

    digest = "red"

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __call__(self, frames: Iterable[np.ndarray]) -> Iterator[MotionFrame]:
        for index, grey in enumerate(frames):
            yield self.motion(index, working_size(*grey.shape))

    def motion(self, index: int, shape: tuple[int, int]) -> MotionFrame:
        labels = self.scene.truth(index)
        moves = cv2.resize((labels > 0).astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
        return MotionFrame(
            probability=np.clip(moves * 0.94 + 0.03, 0, 1),
            forward=self.flow(index, index + 1, shape),
            backward=self.flow(index, index - 1, shape),
            camera=np.eye(3),
            still=1.0,
        )

    def flow(self, start: int, end: int, shape: tuple[int, int]) -> np.ndarray:
        flow = np.zeros((*shape, 2), np.float32)
        if not 0 <= end < len(self.scene.places):
            return flow
        labels = cv2.resize(self.scene.truth(start).astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST)
        scale = np.array([shape[1] / self.scene.size.width, shape[0] / self.scene.size.height])
        for number, (here, there) in enumerate(zip(self.scene.places[start], self.scene.places[end], strict=True), 1):
            if here is not None and there is not None:
                flow[labels == number] = (np.asarray(there) - np.asarray(here)) * scale
        return flow


class NothingMoves:
    digest = "nothing"

    def __call__(self, frames):
        for grey in frames:
            shape = working_size(*grey.shape)
            still = np.zeros((*shape, 2), np.float32)
            yield MotionFrame(np.full(shape, 0.02, np.float32), still, still, np.eye(3), 1.0)


class RedSegmenter:
    """A fake: outlines the red pixels inside the prompt's box, or around its points."""

    name = "red"
    digest = "red"

    def embed(self, image: np.ndarray) -> np.ndarray:
        return np.where((image[..., 0] > 150) & (image[..., 1] < 90), 4.0, -4.0).astype(np.float32)

    def predict(self, embedding: np.ndarray, prompts: list[Prompt]) -> list[Candidate]:
        return [Candidate(self._inside(embedding, prompt), 0.9, prompt.moving_score) for prompt in prompts]

    def _inside(self, red: np.ndarray, prompt: Prompt) -> np.ndarray:
        if prompt.box is None:
            return red
        inside = np.full_like(red, -4.0)
        part = prompt.box.snapped(Size(red.shape[1], red.shape[0])).slices
        inside[part] = red[part]
        return inside


@dataclass(frozen=True)
class RedChoice(SegmenterChoice):
    """Chooses the fake, as one that takes long; a worker process can be told to."""

    name: str = "red"
    reason: str = "a test"
    digest: str = "red"

    def load(self) -> RedSegmenter:
        return RedSegmenter()
