"""What is written, and in which format: what codec and container cannot hold is refused by name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path as FilePath

from composer.errors import OutputError, PlanError
from composer.media.encode import Codec, VideoSettings, check_target, codec_of, container_of
from composer.media.pictures import check_pictures
from composer.media.sequence import is_sequence
from composer.plan.model import OutputPlan, SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.text import Path
from composer.values import ColorTags, PixelFormat, Size

_DEFAULT_CODEC = {"mp4": "h264", "mov": "h264", "matroska": "h264", "webm": "vp9", "png": "png", "gif": "gif"}
# Encoded bytes depend on the thread count: a reproducible render fixes it for every machine.
_REPRODUCIBLE_THREADS = 2
_MOST_THREADS = 8


def decide_output(loaded: LoadedRecipe, plate: SourcePlan, *, path: FilePath | None, size: Size) -> OutputPlan:
    """The output, without its sound.

    Args:
        loaded: the recipe.
        plate: gives format, tags and time base where the recipe asks for nothing else.
        path: from the command line, or None for the recipe's own.
        size: of the written picture.

    Raises:
        PlanError: no file named, or one that cannot hold what is asked.
    """
    target = _path(loaded, path)
    place = _place(path)
    _check_folder(loaded, target, place)
    if target.suffix and target.is_dir():
        words, hint = f"{target.name} is a folder, and a video is one file", "choose another name, or remove the folder"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
    video = loaded.recipe.output.video
    with _refused_at(loaded, place):
        container = container_of(target)
    with _refused_at(loaded, ("output", "video", "codec")):
        codec = codec_of(video.codec or _DEFAULT_CODEC[container])
    settings = _settings(loaded, codec.name)
    format_ = _asked_format(loaded) or _own_format(plate.info.format, codec)
    if format_.has_alpha and not codec.has_alpha:
        opaque = replace(format_, has_alpha=False).name
        hint = (
            f"use vp9 (webm), prores (mov), ffv1 (mkv) or png, or drop it with output: {{video: {{format: {opaque}}}}}"
        )
        words = f"{codec.name} cannot store the plate's alpha ({format_.name})"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
    aspect = plate.info.sample_aspect
    with _refused_at(loaded, ("output", "video", "codec") if video.codec else place):
        check_target(target, size=size, format=format_, settings=replace(settings, preset=None), sample_aspect=aspect)
    with _refused_at(loaded, ("output", "video", "preset")):
        check_target(target, size=size, format=format_, settings=settings, sample_aspect=aspect)
    return OutputPlan(
        path=target,
        size=size,
        format=format_,
        color=_tags(plate.info.color, plate.info.format, format_),
        time_base=plate.info.time_base,
        rate=plate.info.rate,
        sample_aspect=aspect,
        settings=settings,
    )


def unwritten_output(plate: SourcePlan, *, size: Size) -> OutputPlan:
    """What pictures are that no encoder gets to see: as the plate has them, whatever its format, size and pixels.

    Args:
        plate: gives format, tags and time base.
        size: of the finished picture.
    """
    return OutputPlan(
        path=FilePath(tempfile.gettempdir()) / "unwritten.mkv",
        size=size,
        format=plate.info.format,
        color=plate.info.color,
        time_base=plate.info.time_base,
        rate=plate.info.rate,
        sample_aspect=plate.info.sample_aspect,
        settings=VideoSettings(codec="ffv1"),
    )


@contextmanager
def _refused_at(loaded: LoadedRecipe, place: Path) -> Iterator[None]:
    """Say what the media room refuses with the place in the recipe that asks for it."""
    try:
        yield
    except OutputError as error:
        raise loaded.marks.problem(place, error.message, hint=error.hint, kind=PlanError) from error


def _path(loaded: LoadedRecipe, path: FilePath | None) -> FilePath:
    if path is not None:
        return FilePath(os.path.normpath(path.absolute()))
    if loaded.recipe.output.file is None:
        hint = "add output: {file: out.mp4}, or give -o out.mp4"
        raise loaded.marks.problem(("output",), "nothing says where to write", hint=hint, kind=PlanError)
    return loaded.file(loaded.recipe.output.file)


def _check_folder(loaded: LoadedRecipe, target: FilePath, place: Path) -> None:
    folder = target.parent
    if not folder.is_dir():
        words = f"there is no folder {folder} to write {target.name} into"
        raise loaded.marks.problem(place, words, hint="make it first", kind=PlanError)
    if not os.access(folder, os.W_OK):
        raise loaded.marks.problem(place, f"the folder {folder} cannot be written to", kind=PlanError)


def _settings(loaded: LoadedRecipe, codec: str) -> VideoSettings:
    video, reproducible = loaded.recipe.output.video, loaded.recipe.output.reproducible
    threads = _REPRODUCIBLE_THREADS if reproducible else min(_MOST_THREADS, os.cpu_count() or 1)
    return VideoSettings(
        codec=codec, quality=video.quality, preset=video.preset, reproducible=reproducible, threads=threads
    )


def _asked_format(loaded: LoadedRecipe) -> PixelFormat | None:
    video = loaded.recipe.output.video
    if video.format is None:
        return None
    try:
        return PixelFormat.parse(video.format)
    except (ValueError, KeyError, StopIteration) as error:
        words = f"expected a planar pixel format such as yuv420p or yuv422p10le, got {video.format!r}"
        raise loaded.marks.problem(("output", "video", "format"), words, kind=PlanError) from error


def _own_format(plate: PixelFormat, codec: Codec) -> PixelFormat:
    """The plate's own format; only the step between RGB and YUV is taken without being asked for.

    Everything else that a codec cannot hold (depth, alpha) is refused by ``check_target`` in words.
    """
    if plate.model in codec.models:
        return plate
    if "yuv" in codec.models:
        # Source: players' custom; only 4:2:0 plays everywhere.
        return replace(plate, model="yuv", subsampling=(1, 1))
    return replace(plate, model="rgb", subsampling=(0, 0))


def _tags(plate: ColorTags, before: PixelFormat, after: PixelFormat) -> ColorTags:
    if before.model == after.model:
        return plate
    if after.model == "rgb":
        return replace(plate, matrix="rgb", range="full", chroma_location="unknown")
    return replace(plate, matrix="bt709", range="limited", chroma_location="left")


def _place(path: FilePath | None) -> Path:
    """Where the recipe names the output; a name from the command line has no line in it to point at."""
    return ("output", "file") if path is None else ("-o",)


def refuse_overwriting(
    loaded: LoadedRecipe,
    target: FilePath,
    inputs: Iterable[FilePath],
    *,
    path: FilePath | None,
    frames: int | None,
) -> None:
    """Refuse an output that is one of the inputs, under whatever name, and one that cannot take all pictures.

    Args:
        loaded: the recipe.
        target: what is written.
        inputs: every file that is read.
        path: from the command line, or None for the recipe's own.
        frames: how many are written, or None where the header does not tell.

    Raises:
        PlanError: naming the file.
    """
    with _refused_at(loaded, _place(path)):
        refuse_inputs(target, (loaded.path, *inputs))
        if container_of(target) == "png":
            check_pictures(target, frames=frames)


def refuse_inputs(target: FilePath, inputs: Iterable[FilePath]) -> None:
    """Refuse to write over a file that is read, or pictures into a folder whose pictures are read.

    Args:
        target: a file, a folder, or a pattern of picture names.
        inputs: files, folders and patterns that are read.

    Raises:
        OutputError: naming the file.
    """
    for source in inputs:
        if _same(target, source):
            words = f"the output {target.name} is also an input; it would be overwritten while it is read"
            raise OutputError(words, hint="choose another name")
        if is_sequence(source) and _same(_folder(target), _folder(source)):
            words = f"the folder {_folder(target).name} holds pictures that are read: none are written into it"
            raise OutputError(words, hint="choose another folder")


def _folder(path: FilePath) -> FilePath:
    """The folder that pictures go into or come from; a single file is its own."""
    is_pattern = "%" in path.name and path.suffix.lower() != ""
    return path.parent if is_pattern else path


def _same(first: FilePath, second: FilePath) -> bool:
    if first.exists() and second.exists():
        return first.samefile(second)
    return os.path.normpath(first.absolute()) == os.path.normpath(second.absolute())
