"""What a camera and a codec do to a clean picture: blur, noise, exposure drift, compression."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.dice import Dice
from training.scenes.layers import Picture

Grey = NDArray[np.uint8]


def photograph(dice: Dice, clean: list[Picture]) -> list[Grey]:
    """Turn painted pictures into frames as a file would hold them.

    Args:
        dice: source of draws.
        clean: T pictures (H, W) float32, 0..255.

    Returns:
        T frames (H, W) uint8.
    """
    blur = dice.between(0.4, 1.2) if dice.chance(0.3) else 0.0
    drift = dice.normal(0.02) if dice.chance(0.3) else 0.0
    flicker = dice.scale(0.003, 0.03) if dice.chance(0.12) else 0.0
    grain = _grain(dice)
    middle = len(clean) // 2
    frames = []
    for index, picture in enumerate(clean):
        sharp = cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture
        lit = sharp * (1 + drift * (index - middle) + dice.normal(flicker))
        frames.append(np.clip(grain(lit) + 0.5, 0, 255).astype(np.uint8))
    draw = dice.rng.random()
    if draw < 0.3:
        return _jpeg(frames, dice.count(25, 95))
    return _h264(frames, dice.count(16, 36)) if draw < 0.6 else frames


def _grain(dice: Dice) -> Callable[[Picture], Picture]:
    """Sensor noise: none, white, or blotchy as after denoising and scaling."""
    if dice.chance(0.3):
        return lambda picture: picture
    amount = dice.scale(0.4, 7)
    blotch = dice.between(0.5, 1.5) if dice.chance(0.4) else 0.0

    def noisy(picture: Picture) -> Picture:
        noise = dice.rng.standard_normal(picture.shape, dtype=np.float32)
        if blotch:
            noise = cv2.GaussianBlur(noise, (0, 0), blotch) * np.float32(1 + 2 * blotch)
        return picture + noise * np.float32(amount)

    return noisy


def _jpeg(frames: list[Grey], quality: int) -> list[Grey]:
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    coded = [cv2.imencode(".jpg", frame, flags)[1] for frame in frames]
    return [np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8) for data in coded]


def _h264(frames: list[Grey], quality: int) -> list[Grey]:
    """Through a real encoder: static blocks get skipped, moving ones smear."""
    height, width = frames[0].shape
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        options = {"preset": "ultrafast", "crf": str(quality), "threads": "1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        neutral = np.full((height // 2, width), 128, np.uint8)
        for frame in frames:
            planes = np.vstack([frame, neutral])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as coded:
        decoded = [f.to_ndarray()[:height, :width] for f in coded.decode(video=0)]
    return [np.ascontiguousarray(frame) for frame in decoded]


class Development:
    """Turns a film's painted pictures into frames one after the other, as a camera and a codec would."""

    def __init__(self, seed: tuple[int, ...], size: tuple[int, int]) -> None:
        """Draw what camera and codec do.

        Args:
            seed: names the film; the noise of a frame depends on it and on the frame's number alone.
            size: (height, width).
        """
        dice = Dice(*seed, 31)
        self._seed = seed
        self._blur = dice.between(0.4, 1.2) * dice.chance(0.3)
        self._flicker = dice.scale(0.003, 0.03) if dice.chance(0.12) else 0.0
        self._noise = dice.scale(0.4, 7) if dice.chance(0.7) else 0.0
        self._blotch = dice.between(0.5, 1.5) if dice.chance(0.4) else 0.0
        self._exposure = _drift(dice, dice.scale(0.01, 0.15) if dice.chance(0.4) else 0.0)
        self._cast = dice.normal(0.04)
        self._warmth = _drift(dice, dice.scale(0.01, 0.12) if dice.chance(0.4) else 0.0)
        self._wire = Wire(size, dice.count(16, 36)) if dice.chance(0.6) else None

    def develop(self, number: int, clean: Picture) -> NDArray[np.uint8]:
        """Develop the next frame, (H, W, 3) float32 RGB 0..255, to uint8; ``number`` rises by one each time."""
        dice = Dice(*self._seed, 32, number)
        picture = cv2.GaussianBlur(clean, (0, 0), self._blur) if self._blur else clean
        light = np.exp(self._exposure(number) + dice.normal(self._flicker))
        warm = self._cast + self._warmth(number)
        # White balance scales the channels apart: red against blue.
        picture = picture * np.array([light * np.exp(warm), light, light * np.exp(-warm)], np.float32)
        if self._noise:
            picture = picture + self._grain(dice, picture)
        frame = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
        return self._wire.passed(number, frame) if self._wire else frame

    def _grain(self, dice: Dice, picture: Picture) -> Picture:
        """Sensor noise, stronger in the light, as photons are; blotchy after denoising."""
        noise = dice.rng.standard_normal(picture.shape, dtype=np.float32)
        if self._blotch:
            noise = cv2.GaussianBlur(noise, (0, 0), self._blotch) * np.float32(1 + 2 * self._blotch)
        return noise * (np.float32(self._noise) * np.sqrt(0.4 + np.maximum(picture, 0) / 210))


def _drift(dice: Dice, amount: float) -> Callable[[float], float]:
    """A slow change that comes and goes, 0 at frame 0."""
    rate, phase = 2 * np.pi / dice.between(60, 400), dice.angle()
    return lambda number: amount * float(np.sin(rate * number + phase) - np.sin(phase))


class Wire:
    """A real H.264 encoder and decoder that hand over every frame at once; odd sizes are padded."""

    def __init__(self, size: tuple[int, int], quality: int) -> None:
        """Open both ends for frames of (height, width) at a CRF."""
        self._size = size
        self._into = av.CodecContext.create("libx264", "w")
        self._into.height, self._into.width = size[0] + size[0] % 2, size[1] + size[1] % 2
        self._into.pix_fmt, self._into.time_base = "yuv420p", Fraction(1, 25)
        # One thread and no lookahead: a frame depends on those before it only, and on nothing else.
        self._into.options = {"preset": "veryfast", "tune": "zerolatency", "crf": str(quality), "threads": "1"}
        self._out = av.CodecContext.create("h264", "r")
        self._out.thread_count = 1
        self._out.options = {"flags": "low_delay"}

    def passed(self, number: int, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame, (H, W, 3) uint8 RGB, as the decoder gives it back.

        Raises:
            RuntimeError: the decoder kept the frame.
        """
        height, width = self._size
        padded = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24").reformat(format="yuv420p")
        picture.pts, picture.time_base = number, self._into.time_base
        found = [shown for packet in self._into.encode(picture) for shown in self._out.decode(packet)]
        if len(found) != 1:
            raise RuntimeError(f"frame {number}: expected one frame from the decoder, got {len(found)}")
        return np.ascontiguousarray(found[0].to_ndarray(format="rgb24")[:height, :width])
