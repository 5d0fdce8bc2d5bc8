"""What reader and writer cost: decode and encode through Composer against a bare PyAV loop.

python benchmarks/passthrough.py [--rounds N] FILE ...
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import av

from composer.media import VideoSettings, open_reader, open_writer

RESULTS = Path(__file__).parent / "results"
THREADS = 2


def bare(source: Path, target: Path) -> None:
    """PyAV alone, same decoder and encoder settings."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        pictures = reader.streams.video[0]
        pictures.codec_context.thread_count, pictures.codec_context.thread_type = THREADS, "AUTO"
        out = writer.add_stream("libx264", rate=pictures.average_rate, options={"crf": "18", "preset": "veryfast"})
        context = out.codec_context
        context.width, context.height = pictures.codec_context.width, pictures.codec_context.height
        context.pix_fmt, context.time_base, context.thread_count = "yuv420p", pictures.time_base, THREADS
        for picture in reader.decode(pictures):
            picture.pict_type = 0
            writer.mux(out.encode(picture))
        writer.mux(out.encode(None))


def composer(source: Path, target: Path, *, copy: bool) -> None:
    """Composer's reader and writer; with ``copy`` every plane is taken for edited and copied once."""
    settings = VideoSettings("h264", quality=18, preset="veryfast", threads=THREADS)
    with open_reader(source, threads=THREADS) as reader:
        info = reader.info
        with open_writer(
            target,
            size=info.size,
            format=info.format,
            color=info.color,
            time_base=info.time_base,
            rate=info.rate,
            settings=settings,
        ) as writer:
            for frame in reader.frames():
                writer.write(replace(frame, origin=None) if copy else frame)
            writer.finish()


def measured(source: Path, rounds: int) -> dict[str, Any]:
    """Median seconds of processor time per way, ways taken in turns."""
    ways: dict[str, Callable[[Path, Path], None]] = {
        "bare PyAV": bare,
        "untouched frames": lambda one, other: composer(one, other, copy=False),
        "edited frames": lambda one, other: composer(one, other, copy=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, way in ways.items():
                before = time.process_time()
                way(source, Path(folder) / "out.mp4")
                seconds[name].append(time.process_time() - before)
    medians = {name: median(values) for name, values in seconds.items()}
    return {name: {"cpu_seconds": value, "ratio": value / medians["bare PyAV"]} for name, value in medians.items()}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    rows = {file.name: measured(file, asked.rounds) for file in asked.files}
    for file, row in rows.items():
        print(file, ", ".join(f"{name} {value['ratio']:.3f}" for name, value in row.items()))
    command = f"python benchmarks/passthrough.py --rounds {asked.rounds} " + " ".join(rows)
    result = {"command": command, "measure": "processor time", "rows": rows}
    (RESULTS / "passthrough.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
