"""Writing animated GIF: every frame with its own best 256 colours, times in hundredths of a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from composer.media.audio import AudioTrack
from composer.media.encode import VideoSettings
from composer.media.sounds import Mixdown
from composer.media.writer import OutputShape, VideoWriter
from composer.values import Frame

_TICK = Fraction(1, 100)  # Source: GIF89a, delay time
_CLEAR = 255  # palette entry kept for transparent pixels


class GifWriter(VideoWriter):
    """Takes 8-bit rgb frames; coverage below one half becomes transparent, the rest opaque."""

    def __init__(
        self,
        target: Path,
        shape: OutputShape,
        *,
        settings: VideoSettings,
        audio: AudioTrack | Mixdown | None,
        metadata: Mapping[str, str],
    ) -> None:
        del audio  # a GIF has none
        super().__init__(target, replace(shape, time_base=_TICK), settings=settings, audio=None, metadata=metadata)

    def _picture(self, frame: Frame) -> av.VideoFrame:
        """The frame in a palette of its own."""
        colors = 255 if frame.format.has_alpha else 256
        image = Image.fromarray(np.dstack(frame.planes[:3])).quantize(colors, method=Image.Quantize.MEDIANCUT)
        indices = np.array(image)
        palette = np.zeros((256, 4), np.uint8)
        found = np.array(image.getpalette() or [], np.uint8).reshape(-1, 3)[:colors]
        palette[: len(found), :3] = found[:, ::-1]  # stored as B G R A
        palette[:, 3] = 255
        if frame.format.has_alpha:
            indices[frame.planes[3] < 128] = _CLEAR
            palette[_CLEAR] = 0
        return _paletted(indices, palette)


def _paletted(indices: Any, palette: Any) -> av.VideoFrame:
    height, width = indices.shape
    picture = av.VideoFrame(width, height, "pal8")
    stored: tuple[Any, ...] = picture.planes
    rows = np.frombuffer(stored[0], np.uint8).reshape(height, stored[0].line_size)
    rows[:, :width] = indices
    np.frombuffer(stored[1], np.uint8)[:1024] = palette.ravel()
    return picture
