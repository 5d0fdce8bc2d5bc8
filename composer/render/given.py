"""Sources that a program hands over: files, and MoviePy clips, which become lossless files for as long as it takes.

A clip is drawn once, picture by picture, at its own rate; from then on it is a file like any other. So memory does not
grow with its length, and what is remembered of it between renders goes by its content.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled, InputError, RenderError
from composer.media.audio import AudioTrack
from composer.media.encode import VideoSettings
from composer.media.writer import open_writer
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Progress, Size, Timestamp

Tell = Callable[[Progress], None]
Ask = Callable[[], bool]
_RATE = FrameRate(Fraction(25))  # of a clip that is one picture
_COLOR = ColorTags("rgb", "full", "iec61966-2-1", "bt709")


@contextmanager
def source_files(sources: Mapping[str, Any] | None, *, progress: Tell, cancelled: Ask) -> Iterator[dict[str, Path]]:
    """Files for sources by name; those that were made for clips are removed at the end.

    Args:
        sources: paths and MoviePy clips by the name of the source; None for none.
        progress: told after every frame of a clip.
        cancelled: asked once a frame.

    Raises:
        InputError: something else than a path or a clip, or a clip without a rate.
        RenderError: a clip fails; names source and frame.
    """
    if not sources:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="composer-") as folder:
        files = {}
        for number, (name, source) in enumerate(sources.items()):
            if isinstance(source, str | Path):
                files[name] = Path(source).expanduser().absolute()
            else:
                files[name] = Path(folder) / f"source{number}.mkv"
                write_source(source, files[name], name, progress=progress, cancelled=cancelled)
        yield files


def write_source(clip: Any, target: Path, name: str, *, progress: Tell, cancelled: Ask) -> None:
    """Write a MoviePy clip losslessly, with its mask as alpha and its sound.

    Args:
        clip: a ``moviepy.VideoClip``; without a duration it is one picture.
        target: a .mkv file.
        name: of the source, for messages.
        progress: told after every frame.
        cancelled: asked once a frame.
    """
    rate, count = _pace(clip, name)
    first = _picture(clip, name, 0, rate)
    size = Size(first.shape[1], first.shape[0])
    format_ = PixelFormat("rgb", 8, has_alpha=first.shape[2] == 4)
    with open_writer(
        target,
        size=size,
        format=format_,
        color=_COLOR,
        time_base=1 / rate.value,
        rate=rate,
        settings=VideoSettings("ffv1", reproducible=True),  # equal clips are equal files
        audio=_sound(clip, target, name, count / rate.value),
    ) as writer:
        for index in range(count):
            if cancelled():
                raise Cancelled("stopped; nothing was written")
            picture = first if index == 0 else _picture(clip, name, index, rate)
            if picture.shape != first.shape:
                raise RenderError(f"source '{name}': frame {index} is {picture.shape}, the first one {first.shape}")
            planes = tuple(np.ascontiguousarray(picture[..., channel]) for channel in range(picture.shape[2]))
            writer.write(Frame(planes, format_, _COLOR, Timestamp(index, 1 / rate.value), 1))
            progress(Progress(f"source {name}", index + 1, count))
        writer.finish()


def _pace(clip: Any, name: str) -> tuple[FrameRate, int]:
    """Rate and number of the frames of a clip."""
    if not hasattr(clip, "get_frame") or not hasattr(clip, "duration"):
        words = f"source '{name}': expected a path or a MoviePy clip, got {type(clip).__name__}"
        raise InputError(words, hint="numpy pictures become a clip with moviepy.ImageSequenceClip(pictures, fps=25)")
    if clip.duration is None:
        return _RATE, 1
    if getattr(clip, "fps", None) is None:
        raise InputError(f"source '{name}': the clip has no frame rate", hint="give it one: clip.with_fps(25)")
    rate = FrameRate.parse(clip.fps)
    return rate, max(1, round(Fraction(float(clip.duration)) * rate.value))


def _picture(clip: Any, name: str, index: int, rate: FrameRate) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8, straight: the clip's picture, and its mask where it has one."""
    seconds = float(index / rate.value)
    try:
        picture = np.asarray(clip.get_frame(seconds))
        mask = None if clip.mask is None else np.asarray(clip.mask.get_frame(seconds), np.float64)
    except Exception as error:
        raise RenderError(f"source '{name}': frame {index}: {type(error).__name__}: {error}") from error
    colors = picture[..., :3] if picture.ndim == 3 else np.dstack([picture] * 3)
    rgb = np.clip(np.rint(colors), 0, 255).astype(np.uint8)
    return rgb if mask is None else np.dstack([rgb, np.clip(np.rint(mask * 255), 0, 255).astype(np.uint8)])


def _sound(clip: Any, target: Path, name: str, length: Fraction) -> AudioTrack | None:
    """The clip's sound, written beside it; MoviePy mixes it."""
    if getattr(clip, "audio", None) is None:
        return None
    file = target.with_suffix(".wav")
    try:
        clip.audio.with_duration(float(length)).write_audiofile(
            str(file), fps=48000, nbytes=2, codec="pcm_s16le", logger=None
        )
    except Exception as error:
        raise RenderError(f"source '{name}': its sound fails: {type(error).__name__}: {error}") from error
    return AudioTrack(file, 0, Fraction(0), None, "copy")
