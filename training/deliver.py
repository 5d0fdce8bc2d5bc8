"""Films on disk: a folder with video, mattes, flow and truth, or a sequence laid out as DAVIS."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.media.encode import VideoSettings
from composer.media.writer import FrameWriter, open_writer
from composer.pixels.color import convert_frame
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Size, Timestamp
from training.contact import ContactSheet
from training.scenes.film import Film, FilmFrame

RATE = FrameRate(Fraction(25))
RGB, GREY, YUV = PixelFormat("rgb"), PixelFormat("gray"), PixelFormat("yuv", 8, (1, 1))
SCREEN = ColorTags("rgb", "full", "iec61966-2-1", "bt709")
VIDEO = ColorTags("bt709", "limited", "bt709", "bt709", "left")
PLAIN = ColorTags("unknown", "full", "unknown", "unknown")


@contextmanager
def finished(target: Path) -> Iterator[Path]:
    """A folder to fill that appears at its place only when it is whole; one that was there is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield partial
        if target.exists():
            shutil.rmtree(target)
        partial.chmod(0o755)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_film(film: Film, target: Path) -> None:
    """Write a film that has an end into a folder.

    There are film.mp4 (H.264), alpha-N.mkv of every object (FFV1, grey), flow.npz with flow_NNNNN (H, W, 2) float16
    pixels and valid_NNNNN (H, W) bool, truth.json, and contact.png to look at.

    Args:
        film: what to write.
        target: folder, made or replaced.
    """
    sheet = ContactSheet(film.frames or 1)
    told = []
    with finished(target) as folder, ExitStack() as opened:
        picture = opened.enter_context(_writer(folder / "film.mp4", film.size, YUV, VIDEO, codec="h264"))
        mattes = [
            opened.enter_context(_writer(folder / f"alpha-{number}.mkv", film.size, GREY, PLAIN, codec="ffv1"))
            for number in range(len(film.roles))
        ]
        flows = opened.enter_context(zipfile.ZipFile(folder / "flow.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1))
        for frame in film:
            picture.write(
                convert_frame(_frame(np.moveaxis(frame.picture, 2, 0), RGB, SCREEN, frame.number), YUV, VIDEO)
            )
            for writer, alpha in zip(mattes, frame.alpha, strict=True):
                writer.write(_frame(alpha[None], GREY, PLAIN, frame.number))
            _add(flows, f"flow_{frame.number:05d}", frame.flow.astype(np.float16))
            _add(flows, f"valid_{frame.number:05d}", frame.valid)
            told.append(_told(frame))
            sheet.add(frame)
        for writer in (picture, *mattes):
            writer.finish()
        (folder / "truth.json").write_text(json.dumps({**_about(film), "frames": told}, indent=1))
        cv2.imwrite(str(folder / "contact.png"), sheet.drawn()[..., ::-1])


def write_davis(film: Film, dataset: Path, name: str) -> None:
    """Write a film as a sequence of a data set laid out as DAVIS.

    Its truth are all objects that move at any time in the film, also while they rest, where they cover at least half
    of a pixel. The truth is put in place last, so that a sequence without it was cut short.

    Args:
        film: what to write.
        dataset: folder of the data set.
        name: of the sequence.
    """
    moves = np.array([not role.rests for role in film.roles], bool)
    pictures, truth = dataset / "JPEGImages" / "480p" / name, dataset / "Annotations" / "480p" / name
    with finished(truth) as masks, finished(pictures) as shown:
        for frame in film:
            covered = frame.alpha[moves].sum(0, dtype=np.int32) >= 128
            file = f"{frame.number:05d}"
            flags = [cv2.IMWRITE_JPEG_QUALITY, 95]
            cv2.imwrite(str(shown / f"{file}.jpg"), frame.picture[..., ::-1], flags)
            cv2.imwrite(str(masks / f"{file}.png"), covered.astype(np.uint8) * 255)


def _writer(path: Path, size: tuple[int, int], pixels: PixelFormat, color: ColorTags, *, codec: str) -> FrameWriter:
    settings = VideoSettings(codec, quality=14 if codec == "h264" else None, threads=1)
    shape = Size(size[1], size[0])
    return open_writer(
        path, size=shape, format=pixels, color=color, time_base=1 / RATE.value, rate=RATE, settings=settings
    )


def _frame(planes: NDArray[np.uint8], pixels: PixelFormat, color: ColorTags, number: int) -> Frame:
    held = tuple(np.ascontiguousarray(plane) for plane in planes)
    return Frame(held, pixels, color, Timestamp(number, 1 / RATE.value), 1)


def _add(archive: zipfile.ZipFile, name: str, array: NDArray[np.generic]) -> None:
    with archive.open(f"{name}.npy", "w") as file:
        np.lib.format.write_array(file, array)


def _about(film: Film) -> dict[str, object]:
    shutter = film.shutter
    return {
        "seed": film.seed[0],
        "index": film.seed[1],
        "size": [film.size[1], film.size[0]],
        "rate": str(RATE.value),
        "period": round(film.period, 2),
        "effects": film.effects,
        "shutter": {"open": shutter.open, "readout": shutter.readout, "moments": shutter.moments},
        "camera": {"kind": film.camera.kind, "focal": film.camera.focal},
        "objects": [{"number": number, "rests": role.rests} for number, role in enumerate(film.roles)],
    }


def _told(frame: FilmFrame) -> dict[str, object]:
    """What truth.json says of a frame; the homography leads to the next frame, in pixel centres."""
    return {
        "number": frame.number,
        "homography": frame.camera.tolist(),
        "still": frame.still,
        "nearness": [round(float(near), 5) for near in frame.nearness],
        "order": list(frame.order),
        "moves": frame.acts.tolist(),
        "coverage": [round(float(alpha.mean()) / 255, 5) for alpha in frame.alpha],
    }
