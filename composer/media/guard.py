"""What may be opened: local files in known containers, decoded by known decoders, nothing through a protocol."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av

from composer.errors import ProbeError

# The containers and decoders this project reads and tests; everything else in FFmpeg stays shut, because each
# demuxer and decoder is code that a hostile file may reach.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi",
    "mpegts",
    "mpeg",
    "mpegvideo",
    "gif",
    "ogg",
    "flv",
    "mxf",
    "wav",
    "flac",
    "mp3",
    "aac",
)
VIDEO_DECODERS = frozenset(
    (
        "h264",
        "hevc",
        "libdav1d",
        "av1",
        "vp8",
        "vp9",
        "libvpx",
        "libvpx-vp9",
        "mpeg1video",
        "mpeg2video",
        "mpeg4",
        "msmpeg4v2",
        "msmpeg4",
        "mjpeg",
        "prores",
        "ffv1",
        "gif",
        "png",
        "rawvideo",
        "dnxhd",
        "qtrle",
    )
)
AUDIO_DECODERS = frozenset(
    ("aac", "ac3", "eac3", "alac", "flac", "mp2float", "mp2", "mp3float", "mp3", "opus", "libopus", "vorbis")
)
MAX_PIXELS = 16384 * 16384

_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?::|,,)")
_PLAYLISTS = (".m3u8", ".m3u", ".mpd", ".ffconcat", ".concat", ".pls", ".xspf", ".sdp", ".ism")
_TEXT = bytes(range(32, 127)) + b"\t\r\n\f"

_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(DEMUXERS),
    "max_pixels": str(MAX_PIXELS),
    "enable_drefs": "0",  # a mov may name other files as its data: never follow
}


def local_file(path: Path | str) -> Path:
    """The absolute path of an existing, plain, non-empty local file that looks like media.

    Raises:
        ProbeError: naming the file, what is wrong with it, and what to do.
    """
    text = str(path)
    file = Path(text)
    if not file.exists():
        _refuse_protocol(text)
        raise ProbeError(f"{text}: there is no such file", hint="check the path; paths are relative to the recipe")
    if file.is_dir():
        raise ProbeError(f"{text}: is a folder", hint="name a file, or a folder that holds only pictures")
    if not file.is_file():
        raise ProbeError(f"{text}: is not a plain file", hint="copy the footage to a file first")
    _refuse_playlist(file)
    return file.resolve()


def _refuse_protocol(text: str) -> None:
    if _PROTOCOL.match(text) and not re.match(r"[A-Za-z]:[\\/]", text):
        raise ProbeError(
            f"{text}: only local files are opened, no addresses and no FFmpeg protocols",
            hint="download or copy the footage first, then name that file",
        )


def _refuse_playlist(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise ProbeError(f"{file}: cannot be read ({error.strerror})", hint="check the file's permissions") from error
    if not head:
        raise ProbeError(f"{file}: is empty (0 bytes)", hint="copy or export it again")
    if file.suffix.lower() in _PLAYLISTS or head.startswith((b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD")):
        raise ProbeError(
            f"{file}: is a playlist, which would open other files",
            hint="name the video file itself; join parts into one file first",
        )
    if not head.strip(_TEXT):
        raise ProbeError(f"{file}: is text, not media", hint="name a video or picture file")


def open_container(file: Path) -> Any:
    """Open a checked local file for reading.

    Returns:
        An ``av`` input container; the caller closes it.
    """
    try:
        return av.open(str(file), options=dict(_OPTIONS), metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ProbeError(f"{file}: {_opening(error)}", hint=_remedy(file)) from error


def _opening(error: Exception) -> str:
    if isinstance(error, av.error.PermissionError):
        return "cannot be read (no permission)"
    if isinstance(error, av.error.InvalidDataError | av.error.ArgumentError):
        return "is damaged or not a media file that Composer reads"
    return f"cannot be opened ({getattr(error, 'strerror', None) or error})"


def _remedy(file: Path) -> str:
    if file.suffix.lower() in (".mp4", ".mov", ".m4v"):
        return "an mp4 or mov cut short while recording or copying lacks its index; copy or export it again"
    return "convert it to mp4, mov, mkv, webm, avi or mpeg first"


def check_decoder(file: Path, name: str, *, allowed: frozenset[str] = VIDEO_DECODERS) -> None:
    """Refuse a stream whose decoder is not on the list, before its first decode."""
    if name not in allowed and not (allowed is AUDIO_DECODERS and name.startswith("pcm_")):
        usual = "aac, flac or wav" if allowed is AUDIO_DECODERS else "h264, hevc, av1, vp9, prores or ffv1"
        raise ProbeError(
            f"{file}: its codec {name!r} is not one that Composer decodes", hint=f"convert it to {usual} first"
        )
