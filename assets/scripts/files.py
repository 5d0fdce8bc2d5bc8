"""Writes pictures, video and mattes so that the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
BT709, LIMITED = 1, 1  # numbers of ITU-T H.273 for matrix, primaries and transfer; FFmpeg's number for the range


def yuv420(rgb: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    """Limited-range BT.709 planes of an (H, W, 3) picture; chroma is the mean of 2 x 2 pixels."""
    red, green, blue = np.moveaxis(rgb.astype(np.float32) / 255, 2, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    half = [cv2.resize(c, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for c in (blue - luma, red - luma)]
    planes = (16 + 219 * luma, 128 + 224 * half[0] / 1.8556, 128 + 224 * half[1] / 1.5748)
    return tuple(np.clip(np.rint(plane), 0, 255).astype(np.uint8) for plane in planes)


def video_frame(planes: tuple[Bytes, ...], name: str) -> av.VideoFrame:
    """A PyAV frame of the named format from its planes."""
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], name)
    for target, plane in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.shape[0], target.line_size), np.uint8)
        rows[:, : plane.shape[1]] = plane
        target.update(rows.tobytes())
    return frame


def write_video(path: Path, frames: Iterable[Bytes], *, rate: int, crf: int, sound: Floats | None = None) -> None:
    """Write H.264 (BT.709, limited range) with AAC sound.

    Args:
        path: ``.mp4`` file.
        frames: (H, W, 3) RGB pictures of even size.
        rate: frames per second.
        crf: x264 quality, smaller is better.
        sound: (2, N) samples at 48 kHz in -1..1, or none.
    """
    with av.open(str(path), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        video, audio = None, container.add_stream("aac", 48000, layout="stereo") if sound is not None else None
        for index, rgb in enumerate(frames):
            if video is None:
                video = container.add_stream(
                    "libx264",
                    rate,
                    options={"crf": str(crf), "preset": "veryslow", "x264-params": "mbtree=0:threads=1"},
                )
                video.height, video.width, video.pix_fmt = rgb.shape[0], rgb.shape[1], "yuv420p"
                context = video.codec_context
                context.color_range = context.colorspace = context.color_primaries = context.color_trc = BT709
            frame = video_frame(yuv420(rgb), "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio is not None:
            for start in range(0, sound.shape[1], 1024):
                block = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(sound[:, start : start + 1024]), "fltp", "stereo"
                )
                block.sample_rate, block.pts, block.time_base = 48000, start, Fraction(1, 48000)
                container.mux(audio.encode(block))
            container.mux(audio.encode())


def write_mattes(path: Path, mattes: Iterable[Bytes], *, rate: int) -> None:
    """Write (H, W) mattes losslessly as grey FFV1 in Matroska."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        video = None
        for index, matte in enumerate(mattes):
            if video is None:
                video = container.add_stream(
                    "ffv1", rate, options={"level": "3", "coder": "1", "context": "1", "g": "300", "slices": "4"}
                )
                video.height, video.width, video.pix_fmt = matte.shape[0], matte.shape[1], "gray"
                video.codec_context.color_range = 2  # full
            frame = video_frame((matte,), "gray")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode())


def write_picture(path: Path, picture: Bytes) -> None:
    """Write an (H, W, 3) RGB or (H, W, 4) RGBA picture as PNG."""
    code = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    cv2.imwrite(str(path), cv2.cvtColor(picture, code), [cv2.IMWRITE_PNG_COMPRESSION, 9])
