"""What a media file is: what its header claims, and what reading it found, kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from composer.values import ColorTags, FrameRate, PixelFormat, Size, Span

Kind = Literal["video", "still", "sequence", "animation", "sound", "timeline"]
WHOLE = Span()
_BLOCK = 1 << 20
_digests: dict[tuple[str, int, int, int], str] = {}


@dataclass(frozen=True)
class AudioInfo:
    """One sound stream.

    Args:
        index: the stream's number in its file.
        codec: FFmpeg's name of the codec.
        sample_rate: samples a second.
        channels: number of channels.
        layout: FFmpeg's name of the channel layout, such as ``stereo``.
        start: seconds on the file's clock, or None where the file does not say.
        duration: seconds, or None.
    """

    index: int
    codec: str
    sample_rate: int
    channels: int
    layout: str
    start: Fraction | None
    duration: Fraction | None


@dataclass(frozen=True)
class Claim:
    """What the header says; either may be missing, and either may be wrong."""

    frames: int | None
    duration: Fraction | None


@dataclass(frozen=True)
class Scan:
    """What decoding from end to end found.

    Args:
        frames: pictures that decoded.
        first_pts: ticks of the first one.
        last_pts: ticks of the last one.
        duration: seconds from the first picture to the end of the last.
        corrupt: pictures that the decoder itself flagged as damaged.
        is_vfr: whether distances between pictures differ by more than one tick.
    """

    frames: int
    first_pts: int
    last_pts: int
    duration: Fraction
    corrupt: int
    is_vfr: bool


@dataclass(frozen=True)
class MediaInfo:
    """Everything a plan needs to know of a file.

    Args:
        path: the file, folder or pattern.
        kind: what it is.
        container: FFmpeg's name of the container, or the kind of picture.
        codec: FFmpeg's name of the codec.
        size: upright, as the reader yields it.
        format: as the reader yields it.
        stored_format: FFmpeg's name of the stored pixel format.
        color: colour tags.
        rate: frames a second; the average where frames are not evenly spaced.
        time_base: seconds per tick of the frames' pts.
        start: seconds of the first frame on the file's clock.
        rotation: clockwise degrees from stored to upright: 0, 90, 180, 270.
        sample_aspect: width over height of one upright pixel.
        claimed: what the header says.
        found: what a scan found, or None when none was asked for.
        audio: sound streams.
        digest: hash of the whole content.
    """

    path: Path
    kind: Kind
    container: str
    codec: str
    size: Size
    format: PixelFormat
    stored_format: str
    color: ColorTags
    rate: FrameRate
    time_base: Fraction
    start: Fraction
    rotation: int
    sample_aspect: Fraction
    claimed: Claim
    found: Scan | None
    audio: tuple[AudioInfo, ...]
    digest: str

    @property
    def length(self) -> Fraction | None:
        """Seconds of picture, as far as the header tells; None for a still and for what does not say."""
        if self.kind == "still":
            return None
        if self.claimed.frames is not None and self.kind == "sequence":
            return self.claimed.frames / self.rate.value
        return self.claimed.duration


_FAMILIES = {
    "libdav1d": "av1",
    "libvpx": "vp8",
    "libvpx-vp9": "vp9",
    "libopus": "opus",
    "mp2float": "mp2",
    "mp3float": "mp3",
}


def family(decoder: str) -> str:
    """The codec that a decoder decodes.

    Example:
        >>> family("libdav1d"), family("h264")
        ('av1', 'h264')
    """
    return _FAMILIES.get(decoder, decoder)


def content_digest(*files: Path) -> str:
    """Hash of the whole content of one file or of several in order; remembered while a file stays unchanged.

    Example:
        >>> len(content_digest(Path(__file__)))
        32
    """
    if len(files) == 1:
        return _file_digest(files[0])
    whole = blake2b(digest_size=16)
    for file in files:
        whole.update(_file_digest(file).encode())
    return whole.hexdigest()


def _file_digest(file: Path) -> str:
    status = file.stat()
    key = (str(file), status.st_size, status.st_mtime_ns, status.st_ino)
    if key not in _digests:
        digest = blake2b(digest_size=16)
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        _digests[key] = digest.hexdigest()
    return _digests[key]


def probe(path: Path | str, *, scan: bool = False) -> MediaInfo:
    """Look at a video, picture, folder of pictures, ``name_%05d.png`` pattern or animation.

    Args:
        path: local file, folder or pattern.
        scan: decode it from end to end and fill in ``found``.

    Raises:
        ProbeError: naming the file, what is wrong, and what to do.
        DecodeError: the scan met a damaged or missing part.
    """
    from composer.media.reader import open_reader  # noqa: PLC0415 - readers build on the types above

    with open_reader(path) as reader:
        return reader.scanned() if scan else reader.info
