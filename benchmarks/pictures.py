"""Sequences of pictures and their ground truth, as shots."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.summary import MatteSummary
from composer.values import Frame, FrameRate, PixelFormat, Size

DATA = Path(__file__).parents[2] / "shared" / "data"
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Pictures:
    """A folder of pictures as a shot."""

    files: tuple[Path, ...]
    size: Size
    key: str
    rate: FrameRate

    @property
    def count(self) -> int | None:
        """Frames in it."""
        return len(self.files)

    def frames(self) -> Iterator[Frame]:
        """From the first picture on."""
        for file in self.files:
            blue, green, red = cv2.split(cv2.imread(str(file)))
            yield Frame((red, green, blue), PixelFormat("rgb"))


def pictures(folder: Path) -> Pictures:
    """The pictures of a folder, by name."""
    files = tuple(sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png")))
    height, width = cv2.imread(str(files[0])).shape[:2]
    return Pictures(files, Size(width, height), str(folder), FrameRate(Fraction(25)))


def mattes_of(
    shot: Pictures, spec: dict[str, Any], **options: Any
) -> tuple[list[NDArray[np.uint8]], MatteSummary, float]:
    """Every frame's matte, the summary, and frames per second of making them."""
    started = time.perf_counter()
    with make_mattes({"asked": MatteSpec.model_validate(spec)}, shot, **options) as made:
        seconds = time.perf_counter() - started
        stream = made.open("asked")
        alphas = [stream.matte_at(index, frame).alpha for index, frame in enumerate(shot.frames())]
        return alphas, made.summary("asked"), len(alphas) / seconds


def write_result(name: str, result: dict[str, Any]) -> None:
    """Keep a result beside the command that made it."""
    RESULTS.mkdir(exist_ok=True)
    head = {
        "command": f"python {' '.join(['benchmarks/' + Path(sys.argv[0]).name, *sys.argv[1:]])}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {cv2.getNumThreads()} threads, OpenCV {cv2.__version__}",
    }
    (RESULTS / f"{name}.json").write_text(json.dumps({**head, **result}, indent=1) + "\n")


def each(names: list[str], measure: Callable[[str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Measure one after the other and print as they come."""
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        rows[name] = measure(name)
        print(
            f"{name:22s}"
            + "  ".join(f"{key} {value:.3f}" for key, value in rows[name].items() if isinstance(value, float)),
            flush=True,
        )
    return rows
