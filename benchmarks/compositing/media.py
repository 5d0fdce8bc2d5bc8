"""Makes what the compositing benchmark works on: plate, matte, and a still and a moving background.

    python benchmarks/compositing/media.py FOLDER --height 720 --frames 250

The plate is a textured picture that pans, with fresh noise on every frame, so that the encoder has real work;
the matte is a soft disk that wanders, stored without loss as grey FFV1.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

RATE = 25


def texture(height: int, width: int, seed: int) -> np.ndarray:
    """(height, width, 3) uint8: octaves of smooth noise, coarse to fine."""
    random = np.random.default_rng(seed)
    total = np.full((height, width, 3), 120.0, np.float32)
    for cells, strength in ((4, 50), (16, 30), (64, 16), (200, 8)):
        coarse = random.normal(0, strength, (cells, cells * width // height, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0, 255).astype(np.uint8)


def encoded(
    path: Path,
    pictures: Iterator[np.ndarray],
    size: tuple[int, int],
    *,
    codec: str,
    pixels: str,
    options: dict[str, str],
) -> None:
    """Write (H, W, 3) or (H, W) uint8 pictures as one video."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        stream.codec_context.time_base = Fraction(1, RATE)
        if pixels != "gray":
            stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="gray" if picture.ndim == 2 else "rgb24")
            if picture.ndim == 3:
                frame = frame.reformat(format=pixels, dst_colorspace=1, dst_color_range=1)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def panned(height: int, width: int, frames: int, seed: int) -> Iterator[np.ndarray]:
    """A texture sliding by, with noise of its own on every frame."""
    wide = texture(height, width + 2 * frames, seed)
    noises = np.random.default_rng(seed).normal(0, 4, (8, height, width, 1)).astype(np.int8)
    for index in range(frames):
        picture = wide[:, 2 * index : 2 * index + width].astype(np.int16) + noises[index % 8]
        yield np.clip(picture, 0, 255).astype(np.uint8)


def disk(height: int, width: int, frames: int) -> Iterator[np.ndarray]:
    """A soft disk, a sixth of the picture, on a winding way."""
    for index in range(frames):
        matte = np.zeros((height, width), np.uint8)
        angle = 2 * np.pi * index / 250
        centre = (round(width * (0.5 + 0.2 * np.cos(angle))), round(height * (0.5 + 0.1 * np.sin(2 * angle))))
        cv2.ellipse(matte, centre, (width // 8, height * 2 // 5), 0, 0, 360, 255, -1)
        yield cv2.GaussianBlur(matte, (0, 0), height / 360)


def make(folder: Path, height: int, frames: int) -> None:
    """Write plate.mp4, matte.mkv, moving.mp4 and still.png."""
    folder.mkdir(parents=True, exist_ok=True)
    width = height * 16 // 9
    size = (width, height)
    lossy = {"codec": "libx264", "pixels": "yuv420p", "options": {"preset": "veryfast", "crf": "16"}}
    encoded(folder / "plate.mp4", panned(height, width, frames, 1), size, **lossy)
    encoded(folder / "moving.mp4", panned(height, width, frames, 2), size, **lossy)
    encoded(folder / "matte.mkv", disk(height, width, frames), size, codec="ffv1", pixels="gray", options={})
    cv2.imwrite(str(folder / "still.png"), texture(height * 5 // 4, width * 5 // 4, 3)[..., ::-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--frames", type=int, default=250)
    asked = parser.parse_args()
    make(asked.folder, asked.height, asked.frames)
