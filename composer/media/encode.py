"""Which encoder writes what: formats, containers, quality, and refusals by name before the first frame."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from composer.errors import OutputError
from composer.values import PixelFormat, Size

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm", ".gif": "gif"}
PNG_SUFFIX = ".png"
Model = Literal["yuv", "rgb", "gray"]


@dataclass(frozen=True)
class VideoSettings:
    """How pictures are compressed.

    Args:
        codec: a key of ``CODECS``.
        quality: smaller is better (CRF); None for the codec's own default. Lossless codecs ignore it.
        preset: the encoder's preset, or None for its default.
        format: store in this format instead of the frames' own; the caller converts.
        reproducible: same bytes for the same frames, at some cost in size.
        threads: encoder threads, >= 1.
    """

    codec: str = "h264"
    quality: float | None = None
    preset: str | None = None
    format: PixelFormat | None = None
    reproducible: bool = False
    threads: int = 2


@dataclass(frozen=True)
class Codec:
    """What one encoder can hold.

    Args:
        name: as recipes spell it.
        encoder: FFmpeg's encoder.
        containers: FFmpeg's names of the containers that carry it.
        depths: bits a sample.
        subsamplings: of yuv formats.
        models: pixel models.
        has_alpha: whether coverage can be stored, in the subsamplings of ``alpha_subsamplings``.
        alpha_subsamplings: see ``has_alpha``.
        is_even: True where subsampled axes must be even.
        default_quality: CRF where none is asked for.
        worst_quality: the largest CRF; None where quality cannot be chosen.
        aspects: containers in which pixels that are not square can be told; FFmpeg's Matroska writer tells them only
            through streams that carry them inside.
        presets: valid presets, first to last; empty where there are none.
    """

    name: str
    encoder: str
    containers: tuple[str, ...]
    depths: tuple[int, ...]
    subsamplings: tuple[tuple[int, int], ...]
    models: tuple[Model, ...] = ("yuv",)
    has_alpha: bool = False
    alpha_subsamplings: tuple[tuple[int, int], ...] = ()
    is_even: bool = False
    default_quality: float | None = None
    worst_quality: float | None = None
    aspects: tuple[str, ...] = ("mp4", "mov")
    presets: tuple[str, ...] = ()


_X26X = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
_420, _422, _444, _440 = (1, 1), (1, 0), (0, 0), (0, 1)
CODECS: Mapping[str, Codec] = {
    codec.name: codec
    for codec in (
        Codec(
            "h264",
            "libx264",
            ("mp4", "mov", "matroska"),
            (8, 10),
            (_420, _422, _444),
            ("yuv", "gray"),
            is_even=True,
            default_quality=18,
            worst_quality=51,
            aspects=("mp4", "mov", "matroska"),
            presets=_X26X,
        ),
        Codec(
            "hevc",
            "libx265",
            ("mp4", "mov", "matroska"),
            (8, 10, 12),
            (_420, _422, _444),
            ("yuv", "rgb", "gray"),
            is_even=True,
            default_quality=20,
            worst_quality=51,
            aspects=("mp4", "mov", "matroska"),
            presets=_X26X,
        ),
        Codec(
            "av1",
            "libsvtav1",
            ("mp4", "matroska", "webm"),
            (8, 10),
            (_420,),
            is_even=True,
            default_quality=28,
            worst_quality=63,
            presets=tuple(str(number) for number in range(14)),
        ),
        Codec(
            "vp9",
            "libvpx-vp9",
            ("webm", "matroska", "mp4"),
            (8,),
            (_420, _422, _444, _440),
            ("yuv", "rgb"),
            has_alpha=True,
            alpha_subsamplings=(_420,),
            default_quality=24,
            worst_quality=63,
            presets=tuple(str(number) for number in range(9)),
        ),
        Codec(
            "prores",
            "prores_ks",
            ("mov", "matroska"),
            (10,),
            (_422, _444),
            has_alpha=True,
            alpha_subsamplings=(_444,),
            is_even=True,
        ),
        Codec(
            "ffv1",
            "ffv1",
            ("matroska",),
            (8, 9, 10, 12, 14, 16),
            (_420, _422, _444, _440, (2, 0), (2, 2)),
            ("yuv", "rgb", "gray"),
            has_alpha=True,
            alpha_subsamplings=(_420, _422, _444),
        ),
        Codec("png", "png", ("png",), (8, 16), (), ("rgb", "gray"), has_alpha=True, aspects=("png",)),
        Codec("gif", "gif", ("gif",), (8,), (), ("rgb",), has_alpha=True, aspects=()),
    )
}


def codec_of(name: str) -> Codec:
    """The codec of that name.

    Raises:
        OutputError: listing the valid names.
    """
    if name not in CODECS:
        raise OutputError(f"video codec {name!r} is not known", hint=f"expected one of {', '.join(CODECS)}")
    return CODECS[name]


def container_of(path: Path) -> str:
    """FFmpeg's container for an output name; ``png`` for a folder, a pattern or a single picture."""
    suffix = path.suffix.lower()
    if suffix in ("", PNG_SUFFIX):
        return "png"
    if suffix not in CONTAINERS:
        raise OutputError(
            f"{path.name}: no video file ends in {suffix!r}", hint=f"expected one of {', '.join(CONTAINERS)}, .png"
        )
    return CONTAINERS[suffix]


def check_target(
    path: Path | str,
    *,
    size: Size,
    format: PixelFormat,  # noqa: A002 - the word of the trade
    settings: VideoSettings,
    sample_aspect: Fraction = Fraction(1),
) -> None:
    """Refuse, before the first frame, what the codec or the container cannot hold.

    Args:
        path: output file.
        size: of the frames.
        format: of the frames as they will be handed to the writer.
        settings: how to compress.
        sample_aspect: width over height of one pixel.

    Raises:
        OutputError: naming what does not fit, and what would.
    """
    codec, container = codec_of(settings.codec), container_of(Path(path))
    if container not in codec.containers:
        ending = next(
            suffix for suffix, known in (*CONTAINERS.items(), (PNG_SUFFIX, "png")) if known in codec.containers
        )
        fitting = ", ".join(other.name for other in CODECS.values() if container in other.containers)
        raise OutputError(
            f"{Path(path).name}: {codec.name} does not go into this kind of file",
            hint=f"end the name in {ending}, or use the codec {fitting}",
        )
    _check_format(codec, format)
    _check_size(codec, size, format)
    _check_aspect(codec, container, sample_aspect)
    _check_settings(codec, settings)


def _check_aspect(codec: Codec, container: str, sample_aspect: Fraction) -> None:
    if sample_aspect != 1 and container not in codec.aspects:
        raise OutputError(
            f"{codec.name} in this kind of file cannot say that pixels are {sample_aspect} as wide as high",
            hint="use h264 or hevc, or an mp4 or mov file",
        )


def _check_settings(codec: Codec, settings: VideoSettings) -> None:
    if settings.preset is not None and codec.presets and settings.preset not in codec.presets:
        raise OutputError(
            f"{codec.name}: there is no preset {settings.preset!r}", hint=f"expected one of {', '.join(codec.presets)}"
        )
    worst = codec.worst_quality
    if settings.quality is not None and worst is not None and not 0 <= settings.quality <= worst:
        raise OutputError(
            f"{codec.name}: quality {settings.quality:g} is out of range",
            hint=f"expected 0 (best) to {worst:g} (worst); {codec.default_quality:g} is usual",
        )


def ignored_settings(settings: VideoSettings) -> tuple[tuple[str, str], ...]:
    """Settings that the codec has no use for, as (word, value).

    Example:
        >>> ignored_settings(VideoSettings("ffv1", quality=18)), ignored_settings(VideoSettings("h264", quality=18))
        ((('quality', '18'),), ())
    """
    codec = codec_of(settings.codec)
    asked = (("quality", settings.quality, codec.worst_quality is None), ("preset", settings.preset, not codec.presets))
    return tuple(
        (word, value if isinstance(value, str) else f"{value:g}")
        for word, value, is_ignored in asked
        if value is not None and is_ignored
    )


def holds(codec: Codec, format_: PixelFormat) -> bool:
    """True where a codec stores a format as it is."""
    if format_.model not in codec.models or format_.depth not in codec.depths:
        return False
    if format_.model == "gray":
        return not format_.has_alpha
    if format_.model == "rgb":
        is_full_alpha = not codec.subsamplings or (0, 0) in codec.alpha_subsamplings
        return not format_.has_alpha or (codec.has_alpha and is_full_alpha)
    allowed = codec.alpha_subsamplings if format_.has_alpha else codec.subsamplings
    return format_.subsampling in allowed


def _check_format(codec: Codec, format_: PixelFormat) -> None:
    if holds(codec, format_):
        return
    if format_.has_alpha and not codec.has_alpha:
        raise OutputError(
            f"{codec.name} cannot store alpha ({format_.name})",
            hint="use vp9 (webm), prores (mov), ffv1 (mkv) or png, or put a background behind it",
        )
    nearest = nearest_format(codec, format_)
    raise OutputError(
        f"{codec.name} cannot store {format_.name}",
        hint=f"set output video format to {nearest.name}, or use ffv1 (mkv), which keeps it as it is",
    )


def _check_size(codec: Codec, size: Size, format_: PixelFormat) -> None:
    cell_width, cell_height = format_.cell
    if codec.is_even and (size.width % cell_width or size.height % cell_height):
        even = Size(max(2, size.width // 2 * 2), max(2, size.height // 2 * 2))
        raise OutputError(
            f"{codec.name} cannot store {format_.name} at the odd size {size}",
            hint=f"crop to {even}, use format yuv444p, or use vp9 (webm) or ffv1 (mkv), which keep odd sizes",
        )
    if codec.name == "av1" and (size.width < 64 or size.height < 64):
        raise OutputError(f"av1 cannot store {size}: at least 64x64", hint="use h264 or vp9 for such small pictures")


def nearest_format(codec: Codec, format_: PixelFormat) -> PixelFormat:
    """The format a codec can hold that loses least of another one."""
    model: Model = format_.model if format_.model in codec.models else codec.models[0]
    if model == "rgb" and format_.has_alpha and not holds(codec, PixelFormat("rgb", codec.depths[0], has_alpha=True)):
        model = "yuv"
    has_alpha = format_.has_alpha and codec.has_alpha
    depth = next((bits for bits in codec.depths if bits >= format_.depth), codec.depths[-1])
    allowed = (codec.alpha_subsamplings if has_alpha else codec.subsamplings) if model == "yuv" else ((0, 0),)
    wanted = format_.subsampling
    # Prefer the same grid, then the coarsest that is at least as fine, then the finest there is.
    finer = [grid for grid in allowed if grid[0] <= wanted[0] and grid[1] <= wanted[1]]
    subsampling = wanted if wanted in allowed else max(finer, key=sum) if finer else min(allowed, key=sum)
    return replace(format_, model=model, depth=depth, subsampling=subsampling, has_alpha=has_alpha)


@dataclass(frozen=True)
class _Request:
    """What the option builders below choose from."""

    settings: VideoSettings
    quality: float
    format: PixelFormat
    size: Size

    @property
    def is_reproducible(self) -> bool:
        return self.settings.reproducible

    def preset(self, default: str) -> str:
        return self.settings.preset or default


def encoder_options(
    settings: VideoSettings, format_: PixelFormat, *, size: Size, chroma_location: str
) -> dict[str, str]:
    """FFmpeg options of the encoder, as text."""
    codec = codec_of(settings.codec)
    quality = settings.quality if settings.quality is not None else codec.default_quality
    options = _OPTIONS[codec.name](_Request(settings, quality or 0, format_, size))
    if format_.model == "yuv" and chroma_location != "unknown":
        options["chroma_sample_location"] = chroma_location
    return options


def _h264(request: _Request) -> dict[str, str]:
    # x264 is lossless at quantiser 0; with more than 8 bits CRF 0 is not that.
    strength = {"crf": f"{request.quality:g}"} if request.quality else {"qp": "0"}
    options = {**strength, "preset": request.preset("medium")}
    if request.is_reproducible:
        # Source: measured 2026-11-22, x264's macroblock tree gives other bytes in 2 of 14 runs on a busy machine.
        options["mbtree"] = "0"
    return options


def _hevc(request: _Request) -> dict[str, str]:
    threads = request.settings.threads
    words = f"log-level=error:pools={threads}:frame-threads={1 if request.is_reproducible else max(1, threads // 2)}"
    if request.is_reproducible:
        words += ":cutree=0:info=0"
    if request.quality == 0:
        words += ":lossless=1"
    return {"crf": f"{request.quality:g}", "preset": request.preset("medium"), "x265-params": words}


def _av1(request: _Request) -> dict[str, str]:
    os.environ.setdefault("SVT_LOG", "1")  # errors only; SVT-AV1 writes to stderr past FFmpeg's log
    parallel = 1 if request.is_reproducible else request.settings.threads
    return {"crf": f"{request.quality:g}", "preset": request.preset("8"), "svtav1-params": f"lp={parallel}"}


def _vp9(request: _Request) -> dict[str, str]:
    options = {"crf": f"{request.quality:g}", "b": "0", "cpu-used": request.preset("4"), "deadline": "good"}
    options["row-mt"] = "0" if request.is_reproducible else "1"
    if request.quality == 0:
        options["lossless"] = "1"
    if request.format.has_alpha:
        options["auto-alt-ref"] = "0"  # libvpx refuses alternate references with alpha
    return options


def _prores(request: _Request) -> dict[str, str]:
    profile = "4444" if request.format.subsampling == (0, 0) else "hq"
    return {"profile": profile, "vendor": "apl0", "alpha_bits": "16" if request.format.has_alpha else "0"}


def _ffv1(request: _Request) -> dict[str, str]:
    # Version 3 with a checksum per slice, every frame on its own: damage is seen, and stays in one frame.
    slices = "4" if request.size.width * request.size.height >= 4096 else "1"  # tiny pictures cannot be cut
    return {"level": "3", "slicecrc": "1", "g": "1", "slices": slices}


def _plain(request: _Request) -> dict[str, str]:
    del request
    return {}


_OPTIONS: Mapping[str, Callable[[_Request], dict[str, str]]] = {
    "h264": _h264,
    "hevc": _hevc,
    "av1": _av1,
    "vp9": _vp9,
    "prores": _prores,
    "ffv1": _ffv1,
    "png": _plain,
    "gif": _plain,
}
