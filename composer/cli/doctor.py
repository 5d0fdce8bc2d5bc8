"""doctor: what is installed, what this machine can do, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import typer

from composer.cli.exits import told
from composer.cli.options import Debug, Json, Weights

Row = tuple[str, str, str]


def doctor(weights: Weights = None, as_json: Json = False, debug: Debug = False) -> None:
    """Say which versions, codecs, weights and devices there are."""
    import json

    with told(debug=debug):
        parts: tuple[Callable[[], Iterator[Row]], ...] = (
            _python,
            _plugins,
            _text,
            _ffmpegs,
            _codecs,
            _device,
            _disk,
        )
        rows = [row for part in parts for row in part()] + list(_weights(weights))
        if as_json:
            typer.echo(json.dumps([{"part": part, "name": name, "found": found} for part, name, found in rows]))
            return
        width = max(len(name) for _, name, _ in rows)
        for part, name, found in rows:
            typer.echo(f"{part:<9}{name:<{width}}  {found}")


def _python() -> Iterator[Row]:
    import platform
    from importlib import metadata

    yield "system", "machine", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    optional = {"torch": "sam", "segment-anything": "sam", "pymatting": "fine"}
    for name in ("composer-video", "av", "numpy", "pydantic", "ruamel.yaml", "moviepy", *optional):
        try:
            yield "library", name, metadata.version(name)
        except metadata.PackageNotFoundError:
            extra = f" (optional: the {optional[name]} extra)" if name in optional else ""
            yield "library", name, f"not installed{extra}"


def _plugins() -> Iterator[Row]:
    from composer.effects import EFFECTS

    for plugin in EFFECTS.plugins():
        yield "plug-in", plugin.name, f"cannot be used: {plugin.problem}; {plugin}" if plugin.problem else str(plugin)


def _text() -> Iterator[Row]:
    from PIL import features

    from composer.bundle import bundled
    from composer.pixels.text import can_shape

    parts = ", ".join(f"{name} {features.version(name)}" for name in ("raqm", "harfbuzz", "fribidi") if can_shape())
    yield "text", "shaping", parts or "missing: this Pillow has no raqm, so text and captions cannot be rendered"
    yield "text", "fonts", ", ".join(sorted(path.stem for path in bundled("assets/fonts").glob("*.ttf")))


def _ffmpegs() -> Iterator[Row]:
    """Each wheel carries an FFmpeg of its own, each with its own versions and its own holes."""
    import av
    import cv2

    yield "ffmpeg", "inside av", f"{av.ffmpeg_version_info} (reads and writes all media)"
    build = cv2.getBuildInformation()
    inside = next((line.split(":", 1)[1].strip() for line in build.splitlines() if "avcodec:" in line), "none")
    yield "ffmpeg", "inside opencv", f"{cv2.__version__}, avcodec {inside} (never opens a file here)"
    yield "ffmpeg", "inside imageio-ffmpeg", _guest_ffmpeg()


def _guest_ffmpeg() -> str:
    try:
        import imageio_ffmpeg
    except ImportError:
        return "not installed"
    return f"{imageio_ffmpeg.get_ffmpeg_version()} (benchmarks only: renders never start it)"


def _codecs() -> Iterator[Row]:
    from av.codec import Codec as Encoder
    from av.codec.codec import UnknownCodecError

    from composer.media.encode import CODECS

    for codec in CODECS.values():
        try:
            yield "codec", codec.name, f"{Encoder(codec.encoder, 'w').name}: writes {', '.join(codec.containers)}"
        except UnknownCodecError:
            yield "codec", codec.name, f"missing: this av has no {codec.encoder}"


def _device() -> Iterator[Row]:
    import os
    from pathlib import Path

    yield "device", "cpu", f"{os.cpu_count()} cores"
    cards = sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*"))
    yield "device", "cuda", ", ".join(cards) if cards else "none found"


def _disk() -> Iterator[Row]:
    import shutil
    import tempfile
    from pathlib import Path

    from composer.plan import cache_folder

    cache = cache_folder()
    folder = next(parent for parent in (cache, *cache.parents) if parent.exists())
    for name, path in (("cache", folder), ("temporary", Path(tempfile.gettempdir()))):
        yield "disk", name, f"{shutil.disk_usage(path).free / 1e9:.1f} GB free at {cache if name == 'cache' else path}"


def _weights(weights: Weights) -> Iterator[Row]:
    from composer.bundle import bundled
    from composer.weights import MODELS, find_weights, weight_folders

    embedded = sorted(path.name for path in bundled("assets/weights").glob("*"))
    yield "weights", "embedded", ", ".join(embedded) or "missing: this installation is incomplete"
    yield "weights", "classical", "needs none"
    folders = weight_folders(weights)
    for model in MODELS:
        path = find_weights(model, folders)
        yield "weights", model.name, str(path) if path else f"not here (composer models download {model.name})"
