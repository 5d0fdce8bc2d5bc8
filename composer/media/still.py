"""Reading single pictures: PNG and JPEG in their own planes, WebP as RGB, EXR mattes, all turned upright."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from PIL import Image, UnidentifiedImageError

from composer.errors import DecodeError, ProbeError
from composer.media import exr, tags
from composer.media.guard import MAX_PIXELS
from composer.media.orient import Orientation
from composer.media.probe import WHOLE, Claim, MediaInfo, Scan, content_digest
from composer.media.unpack import planar_format, planes_of, sealed
from composer.pixels.luma import luma_frame
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Plane, Size, Span, Timestamp

PICTURE_RATE = FrameRate(Fraction(25))  # pictures have no rate of their own
_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "mjpeg", exr.MAGIC: "exr"}
_ORIENTATION = 274
# Decoded by a probe and not used yet: the render that follows opens the same files, and need not decode them again.
_unused: dict[tuple[str, int, int, int], Picture] = {}
_MOST_UNUSED = 4


@dataclass(frozen=True, eq=False)
class Picture:
    """One decoded picture, upright.

    Args:
        planes: in the order of ``format``.
        format: how they are stored.
        stored_format: FFmpeg's or Pillow's name of what the file holds.
        codec: what decoded it.
        color: colour tags.
        rotation: clockwise degrees that were applied.
        sample_aspect: width over height of one upright pixel.
    """

    planes: tuple[Plane, ...]
    format: PixelFormat
    stored_format: str
    codec: str
    color: ColorTags
    rotation: int
    sample_aspect: Fraction = Fraction(1)

    @property
    def size(self) -> Size:
        """Upright size."""
        height, width = self.planes[0].shape
        return Size(width, height)


def picture_codec(head: bytes) -> str | None:
    """``png``, ``mjpeg``, ``exr`` or ``webp`` by a file's first bytes, or None."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((codec for magic, codec in _MAGIC.items() if head.startswith(magic)), None)


def is_picture(file: Path) -> bool:
    """True for PNG, JPEG, WebP and EXR by content, whatever the name says."""
    with file.open("rb") as stream:
        return picture_codec(stream.read(16)) is not None


def read_picture(file: Path) -> Picture:
    """Decode one PNG, JPEG, WebP or EXR file.

    Raises:
        DecodeError: the file is damaged or of another kind.
    """
    data = file.read_bytes()
    codec = picture_codec(data[:16])
    if codec is None:
        raise DecodeError(f"{file}: is not a PNG, JPEG, WebP or EXR picture", hint="convert it to PNG first")
    try:
        if codec == "exr":
            return _exr(data)
        header = _header(data)
        turned = Orientation.of_exif(header.getexif().get(_ORIENTATION, 1))
        upright = _webp(header) if codec == "webp" else _native(data, codec)
    except (av.error.FFmpegError, UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise DecodeError(f"{file}: is a damaged picture ({error})", hint="copy or export it again") from error
    if turned.is_upright:
        return upright
    format_ = turned.format(upright.format)
    turned.check(str(file), size=turned.size(upright.size), format_=format_)
    planes = sealed(tuple(np.ascontiguousarray(plane) for plane in turned.planes(upright.planes)))
    return replace(
        upright,
        planes=planes,
        format=format_,
        color=turned.color(upright.color),
        rotation=turned.rotation,
        sample_aspect=1 / upright.sample_aspect if turned.is_swapped else upright.sample_aspect,
    )


def _header(data: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        header = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "MPO"))
    if header.width * header.height > MAX_PIXELS:
        raise ValueError(f"{header.width}x{header.height} pixels are too many")
    return header


def _native(data: bytes, codec: str) -> Picture:
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.thread_count = 1
    found = decoder.decode(av.Packet(data)) or decoder.decode(None)
    if not found or found[0].is_corrupt:
        raise ValueError("no picture in it decodes")
    frame = found[0]
    location = "center" if codec == "mjpeg" else "unknown"  # JFIF centres chroma
    color = tags.color_tags(frame, chroma_location=location)
    if codec == "png":
        color = replace(color, matrix="rgb", range="full")
    elif color.matrix == "unknown":
        color = replace(color, matrix="bt470bg")  # JFIF: BT.601 with 625 lines
    format_ = planar_format(frame.format.name)
    aspect = Fraction(decoder.sample_aspect_ratio or 1)
    return Picture(planes_of(frame), format_, frame.format.name, codec, color, 0, aspect)


def _exr(data: bytes) -> Picture:
    plane, stored = exr.plane_of_exr(data)
    return Picture(sealed((plane,)), PixelFormat("gray", 16), stored, "exr", ColorTags("unknown", "full"), 0)


def _webp(header: Image.Image) -> Picture:
    if getattr(header, "n_frames", 1) > 1:
        raise ValueError("animated WebP is not read: convert it to GIF, webm or mp4 first")
    has_alpha = "A" in header.mode or "transparency" in header.info
    pixels = np.asarray(header.convert("RGBA" if has_alpha else "RGB"))
    planes = sealed(tuple(np.ascontiguousarray(pixels[..., index]) for index in range(pixels.shape[2])))
    color = ColorTags("rgb", "full", "iec61966-2-1", "bt709")
    return Picture(planes, PixelFormat("rgb", 8, has_alpha=has_alpha), header.mode.lower(), "webp", color, 0)


def _key(file: Path) -> tuple[str, int, int, int]:
    """Changes when the file does."""
    status = file.stat()
    return str(file), status.st_size, status.st_mtime_ns, status.st_ino


def described(path: Path, picture: Picture, *, files: tuple[Path, ...], rate: FrameRate) -> MediaInfo:
    """What is known of a still or of a sequence from its first picture."""
    return MediaInfo(
        path=path,
        kind="still" if len(files) == 1 else "sequence",
        container="picture",
        codec=picture.codec,
        size=picture.size,
        format=picture.format,
        stored_format=picture.stored_format,
        color=picture.color,
        rate=rate,
        time_base=1 / rate.value,
        start=Fraction(0),
        rotation=picture.rotation,
        sample_aspect=picture.sample_aspect,
        claimed=Claim(len(files), len(files) / rate.value),
        found=None,
        audio=(),
        digest=content_digest(*files),
    )


class StillReader:
    """One picture as a shot of one frame."""

    corrupt = 0  # a damaged picture is refused

    def __init__(self, file: Path, *, rate: FrameRate | None = None) -> None:
        self._key = _key(file)
        try:
            self._picture = _unused.pop(self._key) if self._key in _unused else read_picture(file)
        except DecodeError as error:
            raise ProbeError(error.message, hint=error.hint) from error
        self._is_used = False
        self.info = described(file, self._picture, files=(file,), rate=rate or PICTURE_RATE)

    def frames(self, span: Span = WHOLE, *, luma: bool = False) -> Iterator[Frame]:
        """The picture, where the span starts at 0; with ``luma`` its brightness alone."""
        self._is_used = True
        if Fraction(0) in span:
            picture = self._picture
            frame = Frame(picture.planes, picture.format, picture.color, Timestamp(0, self.info.time_base), 1)
            yield luma_frame(frame) if luma else frame

    def scanned(self) -> MediaInfo:
        """``info`` with ``found`` filled in."""
        return replace(self.info, found=Scan(1, 0, 0, self.info.time_base, 0, is_vfr=False))

    def close(self) -> None:
        """Nothing stays open; a picture that was only probed waits for the next opening of its file."""
        if not self._is_used:
            _unused[self._key] = self._picture
            while len(_unused) > _MOST_UNUSED:
                _unused.pop(next(iter(_unused)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
