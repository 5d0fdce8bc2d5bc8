"""The same composite with a ready matte, by Composer, MoviePy, an ffmpeg graph, and not at all.

    python benchmarks/compositing/compare.py            # 720p and 1080p, 250 frames, 5 rounds, then memory
    python benchmarks/compositing/compare.py --quick    # 50 frames, 2 rounds, no memory run

A textured, noisy plate gets a new background, a still and a video in turn, behind a soft matte (grey FFV1);
x264 veryfast, CRF 20, two threads, no sound. All contestants run in turn in every round, each in a process of its
own; medians and ratios go to benchmarks/results/compositing.json. "plain" only decodes and encodes the plate.
Seconds count from after the imports until the file is closed; for ffmpeg, the whole process.

Predictions, written 2026-11-23 before the first measurement:
- at least 5 times as fast as MoviePy, which mixes whole RGB frames in float64 and pipes raw video through ffmpeg;
- at least 1.3 times as fast as the ffmpeg graph, which blends every sample and scales the matte every frame;
- at most 1.35 times the time of plain decoding and encoding, since 9 of 10 blocks are copied or left alone, and
  decoding, compositing and encoding overlap;
- peak memory under 500 MB at 1080p, and within a tenth the same for 10 s and 100 s;
- taking the old background out of soft edges costs less than 10 % of the whole.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import av
import imageio_ffmpeg
import numpy as np
from contestants import ffmpeg_command

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "compositing.json"
NAMES = ("plain", "composer", "composer_plain_edges", "ffmpeg", "moviepy")
TARGETS = {"moviepy": ("at least", 5.0), "ffmpeg": ("at least", 1.3), "plain": ("at most", 1.35)}


def measured(command: list[str]) -> dict[str, float]:
    """Run one process; wall seconds, its own count of seconds where it tells one, and its peak memory."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, problem = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} {command[1]} failed: {problem[-2000:]}")
    told = json.loads(out.strip().splitlines()[-1]) if out.strip() else {}
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall": wall, "seconds": told.get("seconds", wall), "cpu": cpu, "megabytes": usage.ru_maxrss / 1024}


def command_of(name: str, folder: Path, kind: str, height: int, frames: int) -> tuple[list[str], Path]:
    output = folder / f"out_{name}_{kind}.mp4"
    if name == "ffmpeg":
        binary = imageio_ffmpeg.get_ffmpeg_exe()
        return ffmpeg_command(
            folder, kind, output, binary=binary, size=(height * 16 // 9, height), frames=frames
        ), output
    return [sys.executable, str(HERE / "contestants.py"), name, str(folder), kind, str(output)], output


def difference(first: Path, second: Path, every: int = 10) -> float:
    """Mean absolute luma difference of every tenth frame of two videos, by index."""
    with av.open(str(first)) as a, av.open(str(second)) as b:
        pairs = enumerate(zip(a.decode(video=0), b.decode(video=0), strict=False))
        gaps = [
            np.abs(one.to_ndarray()[: one.height].astype(int) - two.to_ndarray()[: two.height]).mean()
            for index, (one, two) in pairs
            if index % every == 0
        ]
    return round(float(np.mean(gaps)), 3)


def make_media(folder: Path, height: int, frames: int) -> None:
    command = [sys.executable, str(HERE / "media.py"), str(folder), "--height", str(height), "--frames", str(frames)]
    subprocess.run(command, check=True)


def case(folder: Path, kind: str, height: int, frames: int, rounds: int) -> dict[str, object]:
    """All contestants in turn, round after round."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    outputs = {}
    for _ in range(rounds):
        for name in NAMES:
            command, outputs[name] = command_of(name, folder, kind, height, frames)
            runs[name].append(measured(command))
            print(
                f"{height}p {kind:7} {name:22} {runs[name][-1]['seconds']:7.2f} s {runs[name][-1]['megabytes']:6.0f} MB"
            )
    middle = {name: {key: round(median(run[key] for run in runs[name]), 3) for key in runs[name][0]} for name in NAMES}
    ours = middle["composer"]["seconds"]
    return {
        "height": height,
        "background": kind,
        "frames": frames,
        "median": middle,
        "all_seconds": {name: [round(run["seconds"], 3) for run in runs[name]] for name in NAMES},
        "frames_per_second": {name: round(frames / middle[name]["seconds"], 1) for name in NAMES},
        "times_faster_than": {name: round(middle[name]["seconds"] / ours, 2) for name in ("moviepy", "ffmpeg")},
        "times_plain": round(ours / middle["plain"]["seconds"], 2),
        "luma_difference": {
            name: difference(outputs["composer_plain_edges"], outputs[name]) for name in ("ffmpeg", "moviepy")
        },
    }


def memory(folder: Path, height: int, frames: int) -> dict[str, object]:
    """Composer's peak memory for a clip, and for one ten times as long."""
    long = folder / "long"
    long.mkdir(exist_ok=True)
    for name in ("plate.mp4", "matte.mkv", "moving.mp4"):
        repeat = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-stream_loop", "9", "-i", str(folder / name)]
        subprocess.run([*repeat, "-c", "copy", str(long / name)], check=True)
    result = {"height": height}
    for place, count in ((folder, frames), (long, 10 * frames)):
        command, _ = command_of("composer", place, "moving", height, count)
        run = measured(command)
        result[f"{count}_frames"] = {key: round(value, 1) for key, value in run.items()}
        print(f"memory {height}p {count} frames: {run['megabytes']:.0f} MB, {run['seconds']:.1f} s")
    return result


def machine() -> dict[str, object]:
    packages = ("av", "opencv-python-headless", "numpy", "moviepy", "imageio-ffmpeg")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "load_before": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heights", type=int, nargs="+", default=[720, 1080])
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="50 frames, 2 rounds, no memory run, nothing written")
    parser.add_argument("--no-memory", action="store_true", help="leave the long memory run out")
    parser.add_argument("--output", type=Path, default=RESULT, help="JSON file to write")
    asked = parser.parse_args()
    frames, rounds = (50, 2) if asked.quick else (asked.frames, asked.rounds)
    about = machine()
    result: dict[str, object] = {
        "command": " ".join(["python", "benchmarks/compositing/compare.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": about,
        "targets": TARGETS,
        "cases": [],
    }
    with tempfile.TemporaryDirectory() as scratch:
        for height in asked.heights:
            folder = Path(scratch) / str(height)
            make_media(folder, height, frames)
            result["cases"] += [case(folder, kind, height, frames, rounds) for kind in ("still", "moving")]
        if not asked.quick and not asked.no_memory:
            result["memory"] = memory(Path(scratch) / str(asked.heights[-1]), asked.heights[-1], frames)
    result["load_after"] = round(os.getloadavg()[0], 2)
    if not asked.quick:
        asked.output.parent.mkdir(exist_ok=True)
        asked.output.write_text(json.dumps(result, indent=2) + "\n")
    for entry in result["cases"]:
        print(
            json.dumps(
                {
                    key: entry[key]
                    for key in (
                        "height",
                        "background",
                        "times_faster_than",
                        "times_plain",
                        "luma_difference",
                    )
                }
            )
        )


if __name__ == "__main__":
    main()
