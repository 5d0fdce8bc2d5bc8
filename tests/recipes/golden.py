"""Renders a recipe small, tiles a few of its frames and compares them with a reference picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from composer import render_recipe
from composer.values import Span
from tests.tolerances import PictureTolerance

Picture = NDArray[np.uint8]
FIRST, COUNT = 48, 18  # frames of the demo shot in which the walker passes the place of the sign
SPAN = Span(Fraction(FIRST, 25), Fraction(FIRST + COUNT, 25))
WIDE, HIGH = 320, 180
SHOWN = (0, 9, 17)  # frames of the span that the reference keeps
QUIET = {"segmenter": "embedded", "use_cache": False}  # the same on every machine, with and without torch


def decoded(path: Path) -> list[Picture]:
    """All frames of a video as (H, W, 3) RGB; each at its own time, whatever the recipe does to the pictures."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        rate = container.streams.video[0].average_rate
    for index, frame in enumerate(frames):
        assert abs(frame.pts * frame.time_base - index / rate) <= Fraction(1, 1000), f"frame {index} at {frame.time}"
    return [frame.to_ndarray(format="rgb24") for frame in frames]


def lossless(recipe: Path) -> str:
    """A recipe's text for another folder: its files found from anywhere, its output FFV1."""

    def found(match: re.Match[str]) -> str:
        path = recipe.parent / match[0]
        return str(path.resolve()) if path.exists() else match[0]

    edits, _, output = recipe.read_text(encoding="utf-8").partition("\noutput:")
    kept = "".join(f"{line}\n" for line in output.splitlines() if line.startswith("  frame:"))
    return (
        re.sub(r"[\w./-]+\.(?:png|mp4|cube|srt|vtt)\b", found, edits) + f"\noutput:\n  video: {{codec: ffv1}}\n{kept}"
    )


def rendered(recipe: Path, folder: Path, *, params: dict[str, str]) -> Picture:
    """Render a recipe small and losslessly, and put the shown frames side by side, (H, 3 * W, 3) RGB.

    Args:
        recipe: one that has its plate as a parameter is rendered whole; any other at half size, in ``SPAN``.
        folder: where the video goes.
        params: what the recipe is told.
    """
    part = {} if "plate" in params else {"span": SPAN, "scale": 0.5}
    copy = folder / recipe.name
    copy.write_text(lossless(recipe), encoding="utf-8")
    render_recipe(copy, output=folder / "out.mkv", params=params, **QUIET, **part)
    frames = decoded(folder / "out.mkv")
    return np.hstack([frames[index] for index in SHOWN])


@dataclass(frozen=True)
class Difference:
    """How two pictures differ, and the words for it."""

    picture: Picture
    mean: float
    share: float
    tolerance: PictureTolerance

    @property
    def is_within(self) -> bool:
        """True when the pictures count as the same."""
        return self.mean <= self.tolerance.mean and self.share <= self.tolerance.share

    def __str__(self) -> str:
        return (
            f"mean difference {self.mean:.2f} (at most {self.tolerance.mean:g}), "
            f"{self.share:.2%} of the pixels differ by more than {self.tolerance.clear} (at most {self.tolerance.share:.2%})"
        )


def compared(picture: Picture, reference: Picture, tolerance: PictureTolerance) -> Difference:
    """The difference of two pictures; of another size, everything differs."""
    if picture.shape != reference.shape:
        return Difference(picture, 255.0, 1.0, tolerance)
    apart = np.abs(picture.astype(np.int16) - reference)
    clear = float((apart.max(2) > tolerance.clear).mean())
    return Difference(np.minimum(apart * 4, 255).astype(np.uint8), float(apart.mean()), clear, tolerance)


def write(path: Path, picture: Picture) -> None:
    """Write RGB as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


def read(path: Path) -> Picture:
    """Read PNG as RGB."""
    return cv2.imread(str(path))[..., ::-1]


def checked(picture: Picture, reference: Path, out: Path, tolerance: PictureTolerance) -> Difference:
    """Compare with a reference; when it fails, leave picture, reference and difference in ``out``."""
    known = read(reference)
    difference = compared(picture, known, tolerance)
    if not difference.is_within:
        for kind, shown in (("picture", picture), ("reference", known), ("difference", difference.picture)):
            write(out / f"{reference.stem}.{kind}.png", shown)
    return difference


@dataclass(frozen=True)
class Shots:
    """The golden part of the demo shot at half size: as it is, its true matte, and before a green screen."""

    plate: Path
    truth: Path
    green: Path


def write_shots(demo: Path, folder: Path) -> Shots:
    """Cut the golden part out of the demo shot, losslessly; the green screen is lit a little unevenly."""
    y, x = np.mgrid[:HIGH, :WIDE].astype(np.float32)
    light = 1 - 0.18 * np.hypot(x / WIDE - 0.45, y / HIGH - 0.4)
    screen = light[..., None] * np.array([22, 168, 66], np.float32)
    plates, truths = (small(demo / "street.mp4"), small(demo / "truth.mkv"))
    covers = [truth.astype(np.float32) / 255 for truth in truths]
    greens = [np.rint(p * c + screen * (1 - c)).astype(np.uint8) for p, c in zip(plates, covers, strict=True)]
    shots = Shots(folder / "plate.mkv", folder / "truth.mkv", folder / "green.mkv")
    write_video(shots.plate, plates, pixels="yuv420p")
    write_video(shots.truth, truths, pixels="gray")
    write_video(shots.green, greens, pixels="bgr0")
    return shots


def small(path: Path) -> list[Picture]:
    """The golden frames of a video at half size, (H, W, 3) RGB."""
    with av.open(str(path)) as container:
        part = islice(container.decode(video=0), FIRST, FIRST + COUNT)
        return [cv2.resize(f.to_ndarray(format="rgb24"), (WIDE, HIGH), interpolation=cv2.INTER_AREA) for f in part]


def write_video(path: Path, frames: list[Picture], *, pixels: str) -> None:
    """Write pictures losslessly."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 25)
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, pixels
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
