"""Mattes as files: one picture a frame, a matte video, or the subject cut out with alpha."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled, OutputError, ProbeError
from composer.mask.stage import MatteSet, MatteStream
from composer.media.encode import VideoSettings, check_target, container_of
from composer.media.exr import can_write_exr, exr_of
from composer.media.probe import MediaInfo, probe
from composer.media.sequence import is_sequence, sequence_files
from composer.media.writer import open_writer
from composer.pixels.color import can_convert, convert_frame
from composer.pixels.planes import narrowed, widened
from composer.plan.model import SourcePlan
from composer.plan.target import refuse_inputs
from composer.render.shots import FileShot
from composer.values import ColorTags, Frame, FrameRate, Matte, PixelFormat, Plane, Progress, Span

Tell = Callable[[Progress], None]
Ask = Callable[[], bool]
_PNG = [int(cv2.IMWRITE_PNG_COMPRESSION), 1]  # mattes are flat: more effort saves a few percent


@dataclass(frozen=True)
class Holder:
    """How one kind of output holds a matte.

    Args:
        suffix: of the file; empty for a folder of pictures.
        codec: of the file, or of each picture.
        format: of the samples.
        is_cutout: whether the matte is the alpha of the picture, instead of a grey picture of its own.
    """

    suffix: str
    codec: str
    format: PixelFormat
    is_cutout: bool = False


#: By the name that ``--format`` takes.
HOLDERS = {
    "png8": Holder("", "png", PixelFormat("gray", 8)),
    "png16": Holder("", "png", PixelFormat("gray", 16)),
    "exr": Holder("", "exr", PixelFormat("gray", 16)),
    "ffv1": Holder(".mkv", "ffv1", PixelFormat("gray", 16)),
    "prores": Holder(".mov", "prores", PixelFormat("yuv", 10, (0, 0), has_alpha=True), is_cutout=True),
    "vp9": Holder(".webm", "vp9", PixelFormat("yuv", 8, (1, 1), has_alpha=True), is_cutout=True),
}
_PLAIN = {
    "": HOLDERS["png8"],
    ".mkv": Holder(".mkv", "ffv1", PixelFormat("gray", 8)),
    ".mov": HOLDERS["prores"],
    ".webm": HOLDERS["vp9"],
}


def holder_of(target: Path, name: str | None = None) -> Holder:
    """How a target holds a matte: as asked, else as its ending says.

    Args:
        target: a folder, or a file whose ending says what goes in.
        name: one of ``HOLDERS``; None takes 8 bits in a folder or a .mkv.

    Raises:
        OutputError: no such format, one that does not go into this target, or that this FFmpeg cannot write.
    """
    check_matte_target(target)
    if name is None:
        return _PLAIN[target.suffix.lower()]
    if name not in HOLDERS:
        raise OutputError(f"--format {name}: unknown", hint=f"one of {', '.join(HOLDERS)}")
    holder = HOLDERS[name]
    if holder.suffix != target.suffix.lower():
        wanted = f"end the name in {holder.suffix}" if holder.suffix else "name a folder"
        raise OutputError(f"--format {name} does not go into {target.name}", hint=wanted)
    if holder.codec == "exr" and not can_write_exr():
        raise OutputError("--format exr: the FFmpeg inside PyAV is built without it", hint="write png16 instead")
    return holder


def clip_shot(path: Path, *, span: Span | None = None, rate: FrameRate | None = None) -> FileShot:
    """A clip or a sequence of pictures, probed and ready for ``make_mattes``.

    Args:
        path: video, folder of pictures or pattern.
        span: seconds since the first frame; None is all of it.
        rate: frames a second of a sequence.

    Raises:
        ProbeError: it is not footage.
    """
    info = probe(path)
    if rate is not None and info.kind != "sequence":
        raise ProbeError(f"{path} has times of its own", hint="only a folder of pictures takes --rate")
    if rate is not None:
        info = replace(info, rate=rate)
    whole = span is None or span.is_whole
    return FileShot(
        SourcePlan("plate", path, info, rate=rate),
        span or Span(),
        info.size,
        info.claimed.frames if whole else None,
    )


def check_mattes_of(info: MediaInfo, target: Path, *, objects: bool, name: str | None = None) -> None:
    """Refuse, before anything is computed, a target that cannot take the mattes of this footage.

    Args:
        info: of the footage.
        target: a folder, or a file whose ending says what goes in.
        objects: whether every object gets a folder of its own.
        name: how it is held, as ``holder_of`` takes it.

    Raises:
        OutputError: naming what can, or that it would overwrite the footage.
        InputError: colours that cannot be converted for a cut-out.
    """
    kind = holder_of(target, name)
    refuse_inputs(target, [info.path])
    if not kind.suffix:
        return
    if objects:
        raise OutputError("--objects writes one folder per object", hint=f"name a folder instead of {target.name}")
    settings = VideoSettings(kind.codec)
    check_target(target, size=info.size, format=kind.format, settings=settings, sample_aspect=info.sample_aspect)
    if kind.is_cutout and not can_convert(info.format, info.color):
        words = f"{info.path.name} has colours in {info.color.matrix}, which cannot be converted here"
        raise OutputError(words, hint="write a matte instead of a cut-out: a folder or .mkv")


def check_matte_target(target: Path) -> None:
    """Refuse what mattes cannot be written to, whatever they are of.

    Args:
        target: a folder, or a file whose ending says what goes in.

    Raises:
        OutputError: naming what can.
    """
    endings = ", ".join(ending for ending in _PLAIN if ending)
    if target.suffix and target.suffix.lower() not in _PLAIN:
        container_of(target)
        raise OutputError(f"{target.name}: no alpha goes in there", hint=f"end the name in {endings}")
    if target.suffix and target.is_dir():
        raise OutputError(f"{target} is a folder, and its name ends in {target.suffix}", hint="choose another name")
    if not target.suffix and target.exists() and not target.is_dir():
        raise OutputError(f"{target} is a file, not a folder", hint=f"or end the name in {endings}")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"there is no folder {target.absolute().parent}", hint="make it first")


def write_pictures(
    mattes: MatteSet,
    name: str,
    shot: FileShot,
    folder: Path,
    *,
    objects: bool,
    tell: Tell,
    cancelled: Ask,
    holder: Holder = HOLDERS["png8"],
) -> int:
    """One grey picture per frame, named as the footage's own pictures or by number.

    Args:
        mattes: made from the shot.
        name: which of them.
        shot: the footage.
        folder: where to; made when absent, files of the same names are replaced.
        objects: one folder per object (``object_1``, ``object_2`` ..) instead of all in one.
        tell: told after every frame.
        cancelled: asked once a frame.
        holder: PNG of 8 or 16 bits, or EXR.

    Returns:
        Frames written, per object.
    """
    streams: dict[str, MatteStream] = {"": mattes.open(name)}
    if objects:
        streams = {f"object_{one.object_id}": one for one in mattes.objects(name)}
    names = picture_names(shot)
    count = 0
    with _all_or_nothing(folder) as part:
        for inside in streams:
            (part / inside).mkdir(exist_ok=True)
        for index, frame in enumerate(_checked(shot, cancelled)):
            stem = next(names)
            for inside, stream in streams.items():
                file = part / inside / f"{stem}.{holder.codec}"
                file.write_bytes(_picture(stream.matte_at(index, frame), holder))
            count = index + 1
            tell(Progress("write", count, shot.count))
    return count


def picture_names(shot: FileShot) -> Iterator[str]:
    """Names for the frames of a shot: those of a sequence's own files, else ``00000``, ``00001`` .."""
    path = shot.source.path
    if is_sequence(path):
        first = -(-shot.span.start * shot.rate.value // 1)
        yield from (file.stem for file in sequence_files(path)[int(first) :])
        return
    index = 0
    while True:
        yield f"{index:05d}"
        index += 1


def eight_bit(matte: Matte) -> NDArray[np.uint8]:
    """Coverage as 0 .. 255, rounded.

    Returns:
        (H, W) uint8.
    """
    return narrowed(matte.alpha).astype(np.uint8, copy=False)


def _picture(matte: Matte, holder: Holder) -> bytes:
    if holder.codec == "exr":
        return exr_of(widened(matte.alpha))
    samples = eight_bit(matte) if holder.format.depth == 8 else widened(matte.alpha)
    return cv2.imencode(".png", samples, _PNG)[1].tobytes()


def _checked(shot: FileShot, cancelled: Ask) -> Iterator[Frame]:
    for frame in shot.frames():
        if cancelled():
            raise Cancelled("stopped; nothing was written")
        yield frame


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place when all went well, and is removed otherwise."""
    check_matte_target(folder)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.absolute().parent))
    try:
        yield part
        _settle(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _settle(part: Path, folder: Path) -> None:
    part.chmod(0o755)
    if not folder.exists():
        part.replace(folder)
        return
    for file in sorted(part.rglob("*")):
        target = folder / file.relative_to(part)
        if file.is_dir():
            target.mkdir(exist_ok=True)
        else:
            file.replace(target)


def write_video(
    mattes: MatteSet,
    name: str,
    shot: FileShot,
    target: Path,
    *,
    tell: Tell,
    cancelled: Ask,
    holder: Holder | None = None,
) -> int:
    """A matte as lossless grey video (.mkv), or the subject cut out with alpha (.mov ProRes 4444, .webm VP9).

    Args:
        mattes: made from the shot.
        name: which of them.
        shot: the footage.
        target: its ending says which.
        tell: told after every frame.
        cancelled: asked once a frame.
        holder: as ``holder_of`` gives it; None goes by the ending.

    Returns:
        Frames written.

    Raises:
        OutputError: the ending is none of these, or the file cannot be written.
    """
    kind = holder or holder_of(target)
    info, stream = shot.source.info, mattes.open(name)
    color = replace(info.color, matrix="unknown", range="full") if not kind.is_cutout else _yuv_tags(info.color)
    with open_writer(
        target,
        size=shot.size,
        format=kind.format,
        color=color,
        time_base=info.time_base,
        rate=shot.rate,
        sample_aspect=info.sample_aspect,
        settings=VideoSettings(kind.codec),
    ) as writer:
        for index, frame in enumerate(_checked(shot, cancelled)):
            matte = stream.matte_at(index, frame)
            writer.write(
                cut_out(frame, matte, kind.format, color) if kind.is_cutout else _grey(frame, matte, kind.format, color)
            )
            tell(Progress("write", index + 1, shot.count))
        return writer.finish().frames


def _yuv_tags(color: ColorTags) -> ColorTags:
    return replace(color, matrix="bt709", range="limited") if color.matrix == "rgb" else color


def _grey(frame: Frame, matte: Matte, format_: PixelFormat, color: ColorTags) -> Frame:
    samples: Plane = eight_bit(matte) if format_.depth == 8 else widened(matte.alpha)
    return replace(frame, planes=(samples,), format=format_, color=color, origin=None)


def cut_out(frame: Frame, matte: Matte, format_: PixelFormat, color: ColorTags) -> Frame:
    """A frame with a matte as its alpha: straight, so colours stay as they are.

    Args:
        frame: the picture.
        matte: of its size.
        format_: with alpha.
        color: tags to convert to.
    """
    opaque = convert_frame(frame, format_, color)
    wide = widened(matte.alpha).astype(np.uint32) * format_.maximum
    alpha: Plane = np.asarray((wide + 32767) // 65535, format_.dtype)
    return replace(opaque, planes=(*opaque.planes[:-1], alpha), at=frame.at, duration=frame.duration, origin=None)
