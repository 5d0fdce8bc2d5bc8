"""How far the work is: bars on a terminal, one line a stage elsewhere, JSON events for machines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

from composer.cli.exits import emit

if TYPE_CHECKING:
    from composer.values import Progress  # brings numpy along, which --help can do without

Tell: TypeAlias = "Callable[[Progress], None]"
_EVENT_PAUSE = 0.2  # seconds between two JSON events of one stage


@contextmanager
def telling(*, as_json: bool = False) -> Iterator[Tell]:
    """Something to hand to ``progress=``; what it shows goes to stderr, JSON to stdout."""
    if as_json:
        yield _events()
    elif sys.stderr.isatty():
        with _bars() as tell:
            yield tell
    else:
        yield _lines()


def _lines() -> Tell:
    seen: set[str] = set()

    def tell(progress: Progress) -> None:
        if progress.stage not in seen:
            seen.add(progress.stage)
            count = "" if progress.total is None else f" ({progress.total})"
            typer.echo(f"{progress.stage}{count}", err=True)

    return tell


def _events() -> Tell:
    last: dict[str, float] = {}

    def tell(progress: Progress) -> None:
        now = time.monotonic()
        is_end = progress.done == progress.total
        if is_end or now - last.get(progress.stage, 0.0) >= _EVENT_PAUSE:
            last[progress.stage] = now
            emit("progress", stage=progress.stage, done=progress.done, total=progress.total)

    return tell


@contextmanager
def _bars() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _BarTeller(bars)


class _BarTeller:
    """One bar a stage, with frames a second."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}
        self._began: dict[str, float] = {}

    def __call__(self, progress: Progress) -> None:
        stage, now = progress.stage, time.monotonic()
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=progress.total, pace="")
            self._began[stage] = now
        passed = now - self._began[stage]
        pace = _pace(stage, progress.done / passed) if passed > 0.5 else ""
        self._bars.update(self._tasks[stage], completed=progress.done, total=progress.total, pace=pace)


def _pace(stage: str, per_second: float) -> str:
    # Downloads and their checks count bytes, everything else frames.
    if stage.startswith(("download ", "check ")):
        return f"{per_second / 1e6:6.1f} MB/s"
    return f"{per_second:6.1f} fps"
