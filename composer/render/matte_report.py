"""The matte report as a file: every object and frame of a matte in numbers, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from composer.errors import OutputError
from composer.mask.report import MatteReport
from composer.mask.stage import MatteSummary
from composer.media.probe import MediaInfo
from composer.plan.target import refuse_inputs
from composer.render.report import write_whole


def check_report(path: Path, info: MediaInfo) -> None:
    """Refuse, before anything is computed, a place that no report can be written to.

    Args:
        path: of the report.
        info: of the footage, which must not be overwritten.

    Raises:
        OutputError: naming what is wrong.
    """
    if path.suffix.lower() != ".json":
        raise OutputError(f"{path.name}: the report is JSON", hint="end its name in .json")
    check_place(path, info)


def check_place(path: Path, info: MediaInfo) -> None:
    """Refuse a file that cannot be written, or that the footage is.

    Args:
        path: of the file.
        info: of the footage.

    Raises:
        OutputError: naming what is wrong.
    """
    refuse_inputs(path, [info.path])
    if path.is_dir():
        raise OutputError(f"{path} is a folder", hint="name a file")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"there is no folder {path.absolute().parent}", hint="make it first")


def write_report(path: Path, clip: Path, summary: MatteSummary, report: MatteReport) -> None:
    """Write what is known of a clip's matte, all of it or nothing.

    Args:
        path: of the JSON file.
        clip: what it is of.
        summary: the matte as a whole.
        report: the same frame by frame.

    Raises:
        OutputError: it cannot be written there.
    """
    whole = {key: value for key, value in asdict(summary).items() if key not in ("objects", "confidence")}
    text = json.dumps({"clip": str(clip), **whole, **report.as_json()}, indent=1)
    write_whole(path, (text + "\n").encode())
