"""Small generated clips: a textured disc that moves over a textured ramp, in any format, with known truth."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.media.audio import AudioTrack
from composer.media.encode import VideoSettings, check_target
from composer.media.writer import FrameWriter, OutputShape, writer_of
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Plane, Size, Timestamp

Paint = Callable[[int], Sequence[Plane]]
DEFAULT_SIZE = Size(64, 36)
DEFAULT_RATE = FrameRate(Fraction(25))
_TONE = 440.0  # hertz
_SAMPLE_RATE = 48_000
_SPEED = 2.0  # pixels a frame


def disc_mask(index: int, size: Size = DEFAULT_SIZE) -> NDArray[np.bool_]:
    """Where the disc is on a frame: the truth that segmenters are compared with.

    Args:
        index: frame number.
        size: of the picture.

    Returns:
        (H, W) bool.
    """
    x, y, radius = _disc(index, size)
    columns, rows = np.arange(size.width) + 0.5, np.arange(size.height)[:, None] + 0.5
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)


def _disc(index: int, size: Size) -> tuple[float, float, float]:
    radius = min(size.width, size.height) / 4
    travel = max(1.0, size.width - 2 * radius)
    way = (_SPEED * index) % (2 * travel)
    return radius + (way if way <= travel else 2 * travel - way), size.height / 2, radius


def clip_planes(index: int, size: Size = DEFAULT_SIZE, format: PixelFormat | None = None) -> tuple[Plane, ...]:  # noqa: A002
    """The planes of one generated frame.

    Args:
        index: frame number.
        size: of the picture.
        format: planar format; yuv420p where left out. Alpha is full on the disc and a ramp elsewhere.
    """
    format_ = format or PixelFormat("yuv", 8, (1, 1))
    return tuple(_plane(number, index, size, format_) for number in range(format_.plane_count))


def _plane(number: int, index: int, size: Size, format_: PixelFormat) -> Plane:
    height, width = format_.plane_shape(number, size)
    shown = Size(width, height)
    across, down = format_.cell if format_.is_chroma(number) else (1, 1)
    mask = disc_mask(index, size)[::down, ::across]
    ramp = np.linspace(0.25, 0.75, width)[None, :] + np.zeros((height, 1))
    back = ramp + 0.1 * (_texture(shown, seed=number) - 0.5)
    x = round(_disc(index, size)[0] * width / size.width)
    disc = 0.35 + 0.15 * number + 0.2 * (np.roll(_texture(shown, seed=10 + number), x, axis=1) - 0.5)
    if format_.has_alpha and number == format_.plane_count - 1:
        back, disc = ramp, np.ones_like(ramp)
    values = np.where(mask, disc, back)
    return np.asarray(np.rint(np.clip(values, 0.08, 1) * format_.maximum), format_.dtype)


def _texture(size: Size, *, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random(size.shape)


def write_clip(
    path: Path | str,
    *,
    size: Size = DEFAULT_SIZE,
    frames: int = 8,
    rate: FrameRate = DEFAULT_RATE,
    codec: str = "ffv1",
    format: PixelFormat | str = "yuv420p",  # noqa: A002
    color: ColorTags | None = None,
    audio: bool = False,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    rotation: int = 0,
    sample_aspect: Fraction = Fraction(1),
    paint: Paint | None = None,
    quality: float | None = None,
) -> Path:
    """Write a generated clip.

    Args:
        path: where; the ending chooses the container.
        size: stored size, before rotation.
        frames: how many.
        rate: frames a second.
        codec: as in a recipe; ffv1 keeps every value.
        format: planar format or FFmpeg's name of one.
        color: tags; BT.709 limited where left out.
        audio: add a 440 Hz sine, mono, 48 kHz, as long as the pictures.
        pts: ticks of every frame for uneven spacing; 0, 1, 2 ... where left out.
        time_base: seconds per tick; 1 / rate where left out.
        rotation: clockwise degrees that a player shall turn it: 0, 90, 180, 270.
        sample_aspect: width over height of one stored pixel.
        paint: planes of a frame by its number; ``clip_planes`` where left out.
        quality: CRF; None for the codec's default.

    Returns:
        The path.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_clip(Path(folder) / "clip.mkv", frames=2).stat().st_size > 0
        True
    """
    target = Path(path)
    format_ = PixelFormat.parse(format) if isinstance(format, str) else format
    tags = color or default_color(format_)
    base = time_base or 1 / rate.value
    shape = OutputShape(size, format_, tags, base, rate, sample_aspect, rotation)
    settings = VideoSettings(codec, quality=quality, threads=1, preset=_FASTEST.get(codec))
    ticks = list(pts) if pts is not None else [_tick(index / rate.value, base) for index in range(frames)]
    sound = target.with_name(f".{target.stem}.wav")
    try:
        track = _sine(sound, seconds=_length(ticks, shape)) if audio else None
        with _opened(target, shape, settings=settings, track=track) as writer:
            for index, tick in enumerate(ticks):
                duration = (ticks[index + 1] if index + 1 < len(ticks) else tick + _step(ticks, shape)) - tick
                planes = tuple(paint(index)) if paint else clip_planes(index, size, format_)
                writer.write(Frame(planes, format_, tags, Timestamp(tick, base), duration))
            writer.finish()
    finally:
        sound.unlink(missing_ok=True)
    return target


_FASTEST = {"h264": "ultrafast", "hevc": "ultrafast", "vp9": "8", "av1": "13"}


def default_color(format_: PixelFormat) -> ColorTags:
    """BT.709 limited for yuv, full sRGB for the rest."""
    if format_.model == "yuv":
        return ColorTags("bt709", "limited", "bt709", "bt709", "left" if format_.subsampling == (1, 1) else "unknown")
    return ColorTags("rgb" if format_.model == "rgb" else "unknown", "full", "iec61966-2-1", "bt709")


def _tick(seconds: Fraction, time_base: Fraction) -> int:
    return round(seconds / time_base)


def _step(ticks: list[int], shape: OutputShape) -> int:
    return max(1, ticks[-1] - ticks[-2] if len(ticks) > 1 else _tick(1 / shape.rate.value, shape.time_base))


def _length(ticks: list[int], shape: OutputShape) -> Fraction:
    return (ticks[-1] + _step(ticks, shape)) * shape.time_base


def _sine(file: Path, *, seconds: Fraction) -> AudioTrack:
    count = round(seconds * _SAMPLE_RATE)
    samples = 8000 * np.sin(2 * np.pi * _TONE / _SAMPLE_RATE * np.arange(count))
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, _SAMPLE_RATE, count, "NONE", "not compressed"))
        out.writeframes(samples.astype("<i2").tobytes())
    return AudioTrack(file, 0, Fraction(0), None, "encode")


def _opened(target: Path, shape: OutputShape, *, settings: VideoSettings, track: AudioTrack | None) -> FrameWriter:
    check_target(target, size=shape.size, format=shape.format, settings=settings, sample_aspect=shape.sample_aspect)
    return writer_of(target, shape, settings=settings, audio=track)
