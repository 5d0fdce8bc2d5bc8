"""What a camera and a codec do to a clean picture: blur, noise, exposure drift, compression."""

from __future__ import annotations

import io
from collections.abc import Callable

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
