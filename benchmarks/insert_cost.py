"""What an insert over a tenth of a 1080p picture costs, against decoding and encoding alone.

    python benchmarks/insert_cost.py [--rounds N] [--frames N] [--height N] [--only WAY ...]

The plate pans and is noisy, so that the encoder has real work (benchmarks/compositing/media.py); x264 veryfast, CRF 20,
two threads. Every way is rendered once in every round; medians of processor time go to benchmarks/results/insert_cost.json.

Prediction, written 2026-11-25 before the first measurement: a still in perspective costs at most 5 % more than nothing
at all, since it is pinned once; a video 15 %, with its own decoding; each of shadow and light from behind another 5 %.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from composer import render_recipe

HERE = Path(__file__).parent
ASSETS = HERE.parent / "assets"
RESULT = HERE / "results" / "insert_cost.json"
# A quadrangle of 10 % of the picture, seen at an angle.
WALL = "[[0.30, 0.25], [0.62, 0.28], [0.62, 0.60], [0.30, 0.585]]"
WAYS = {
    "nothing": None,
    "still": "source: sign.png, region: wall",
    "still behind a matte": "source: sign.png, region: wall, behind: subject",
    "video": "source: clip, region: wall",
    "multiply": "source: sign.png, region: wall, blend: multiply",
    "shadow": "source: sign.png, region: wall, shadow: {}",
    "match_color": "source: sign.png, region: wall, match_color: 0.5",
    "light_wrap": "source: sign.png, region: wall, light_wrap: 0.5",
    "grain": "source: sign.png, region: wall, grain: 1",
}


def recipe(folder: Path, edit: str | None) -> Path:
    """A recipe with one insert, or none."""
    behind = "mattes: {subject: {file: matte.mkv}}\n" if edit and "subject" in edit else ""
    text = f"""composer: 1
sources:
  plate: plate.mp4
  clip: {{file: {ASSETS / "loop.mp4"}, loop: true}}
{behind}regions: {{wall: {{corners: {WALL}}}}}
edits: [{"" if edit is None else "{insert: {" + edit.replace("sign.png", str(ASSETS / "sign.png")) + "}}"}]
output: {{file: out.mp4, video: {{codec: h264, quality: 20, preset: veryfast}}}}
"""
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def measured(folder: Path, names: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time of every way, round after round."""
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            path = recipe(folder, WAYS[name])
            before = time.process_time()
            render_recipe(path, use_cache=False)
            seconds[name].append(time.process_time() - before)
            print(f"{name:22} {seconds[name][-1]:6.2f} s", flush=True)
    return seconds


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--only", nargs="+", choices=list(WAYS), default=list(WAYS))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        media = [sys.executable, str(HERE / "compositing" / "media.py"), name]
        subprocess.run([*media, "--height", str(asked.height), "--frames", str(asked.frames)], check=True)
        seconds = measured(folder, list(dict.fromkeys(["nothing", *asked.only])), asked.rounds)
    medians = {way: median(values) for way, values in seconds.items()}
    ratios = {way: round(value / medians["nothing"], 3) for way, value in medians.items()}
    for way, ratio in ratios.items():
        print(f"{way:22} {medians[way]:6.2f} s  {ratio:.3f} times nothing")
    command = (
        f"python benchmarks/insert_cost.py --rounds {asked.rounds} --frames {asked.frames} --height {asked.height}"
    )
    result = {
        "command": command,
        "measure": "processor time of the whole render, median",
        "times_nothing": ratios,
        "seconds": {way: [round(value, 3) for value in values] for way, values in seconds.items()},
    }
    if list(WAYS) == list(seconds):
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
