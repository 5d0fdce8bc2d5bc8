"""OpenEXR pictures of one channel: mattes as other compositors exchange them.

Values are 0..1 and linear coverage, so no transfer stands between. Colours in EXR are linear light, which Composer does
not work in: they are refused instead of shown wrong.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np

from composer.media.guard import MAX_PIXELS
from composer.values import Plane

MAGIC = b"v/1\x01"
_HALF, _FLOAT = ("grayf16le", np.float16), ("grayf32le", np.float32)


def can_write_exr() -> bool:
    """Whether the FFmpeg inside PyAV has an encoder for EXR."""
    try:
        return bool(av.Codec("exr", "w").name)
    except av.codec.codec.UnknownCodecError:
        return False


def exr_of(plane: Plane) -> bytes:
    """A plane as an EXR file of one channel, 32-bit floating point, so that 16 bits come back exactly.

    Args:
        plane: (H, W) uint16, 0..65535.
    """
    height, width = plane.shape
    encoder: Any = av.CodecContext.create("exr", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, _FLOAT[0], Fraction(1, 25)
    encoder.options = {"format": "float", "compression": "zip16"}
    picture = av.VideoFrame.from_ndarray((plane / np.float32(65535)).astype(np.float32), format=_FLOAT[0])
    picture.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode(None)))


def plane_of_exr(data: bytes) -> tuple[Plane, str]:
    """The one channel of an EXR file, and FFmpeg's name of how it is stored.

    Returns:
        (H, W) uint16; values are held to 0..1.

    Raises:
        ValueError: it is damaged, or holds colours.
    """
    decoder: Any = av.CodecContext.create("exr", "r")
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    found = decoder.decode(av.Packet(data)) or decoder.decode(None)
    if not found:
        raise ValueError("no picture in it decodes")
    frame = found[0]
    kinds = dict((_HALF, _FLOAT))
    if frame.format.name not in kinds:
        raise ValueError(f"it holds {frame.format.name}; of EXR only one channel (Y) is read, as a matte")
    samples = np.frombuffer(frame.planes[0], kinds[frame.format.name])
    rows = samples.reshape(-1, frame.planes[0].line_size // samples.itemsize)[: frame.height, : frame.width]
    held = np.clip(np.nan_to_num(rows.astype(np.float32)), 0, 1)
    return np.rint(held * 65535).astype(np.uint16), frame.format.name
