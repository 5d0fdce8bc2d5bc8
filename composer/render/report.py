"""What a render says afterwards: for people on the screen, for machines beside the output."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from composer.errors import OutputError
from composer.mask.report import MatteReport
from composer.mask.stage import MatteSummary
from composer.motion.path import PathSummary
from composer.render.clean import Unseen
from composer.render.covers import Hidden

Item = TypeVar("Item")


@dataclass(frozen=True)
class Report:
    """The account of one finished render.

    Args:
        output: the file or folder that was written.
        frames: pictures written.
        seconds: wall time of the whole render.
        stages: busy seconds per stage; stages overlap, so they sum to more than ``seconds``.
        segmenter: which one cut out the mattes; empty where none was asked for.
        reason: why that one.
        mattes: what each matte holds.
        looks: the same frame by frame, with the frames that a person should look at.
        regions: how surely each region that moves was followed.
        warnings: everything the user should know, in sentences.
        versions: of everything that decides pixels.
        picture_hash: of all composited planes before the encoder; empty unless the output is reproducible.
        bytes: size of what was written.
        sound: what became of the sound, in words.
        framing: what a view that follows or steadies did, in words; empty where it just stood.
        unseen: what clean plates had to guess, by what was taken out.
        hidden: on how many frames what was to be hidden was not surely found, by its name.
    """

    output: Path
    frames: int
    seconds: float
    stages: dict[str, float]
    segmenter: str = ""
    reason: str = ""
    mattes: dict[str, MatteSummary] = field(default_factory=dict)
    looks: dict[str, MatteReport] = field(default_factory=dict)
    regions: dict[str, PathSummary] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    picture_hash: str = ""
    bytes: int = 0
    sound: str = "none"
    framing: str = ""
    unseen: dict[str, Unseen] = field(default_factory=dict)
    hidden: dict[str, Hidden] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_plain))
        return plain

    def write(self, path: Path) -> Path:
        """Write the report as JSON, all of it or nothing.

        Raises:
            OutputError: it cannot be written there.
        """
        write_whole(path, (json.dumps(self.as_json(), indent=2) + "\n").encode())
        return path


def report_path(output: Path) -> Path:
    """Where the report of an output lies: ``out.mp4.report.json``."""
    return output.with_name(output.name + ".report.json")


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file, all of it or nothing.

    Raises:
        OutputError: it cannot be written there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return float(value)
    return str(value)


class Stopwatch:
    """Adds up busy time per stage; each stage is measured by one thread only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Count the time inside towards a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start

    def measured(self, stage: str, items: Iterable[Item]) -> Iterator[Item]:
        """The same items; the time that each takes to come counts towards a stage."""
        iterator = iter(items)
        while True:
            with self.measure(stage):
                item = next(iterator, None)
            if item is None:
                return
            yield item
