"""Render real clips with real recipes, check frames, times and sound, and draw contact sheets to look at.

    python benchmarks/real_clips.py ../shared/data/video out/real [--span 0s..2s] [--scale 0.5]

Four clips, three templates each. Every output must have as many frames as its plate, at the same times, and
sound where the plate has sound; a contact sheet per render and one table are written to the output folder.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.media import open_reader, probe
from composer.pixels.color import rgb_from_frame
from composer.render import Report, render_recipe
from composer.values import Span

CLIPS = (
    "static/edgetam_05_default_juggle.mp4",
    "static/edgetam_14_social_dog_training.mp4",
    "static/moviepy_chaplin.mp4",
    "moving/cotracker_cat.mp4",
)
TEMPLATES = ("background_swap", "blur_background", "picture_on_wall")
HERE = Path(__file__).parents[1]


def times_of(path: Path, span: Span) -> list[Fraction]:
    """Times of all frames, counted from the first."""
    with open_reader(path) as reader:
        times = [frame.at.seconds for frame in reader.frames(span)]
    return [time - times[0] for time in times]


def contact_sheet(path: Path, *, across: int = 4, down: int = 3, width: int = 480) -> NDArray[np.uint8]:
    """Evenly spread pictures of a video in a grid, (H, W, 3) uint8 BGR."""
    count = len(times_of(path, Span()))
    wanted = set(np.linspace(0, count - 1, across * down).round().astype(int).tolist())
    with open_reader(path) as reader:
        tiles = [
            _tile(rgb_from_frame(frame), width) for index, frame in enumerate(reader.frames(Span())) if index in wanted
        ]
    tiles += [np.zeros_like(tiles[0])] * (across * down - len(tiles))
    return np.vstack([np.hstack(tiles[row * across : (row + 1) * across]) for row in range(down)])


def _tile(rgb: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    height = round(rgb.shape[0] * width / rgb.shape[1])
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)[:, :, ::-1])


def check(clip: Path, report: Report, span: Span) -> dict[str, object]:
    """Compare an output with its plate, in plain words and numbers."""
    before, after = times_of(clip, span), times_of(report.output, Span())
    return {
        "clip": clip.name,
        "output": report.output.name,
        "frames": [len(before), len(after)],
        "same_times": before == after,
        "sound": [bool(probe(clip).audio), bool(probe(report.output).audio)],
        "seconds": round(report.seconds, 2),
        "frames_per_second": round(report.frames / report.seconds, 2),
        "warnings": list(report.warnings),
    }


def main() -> None:
    """Render all twelve and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=Fraction, default=None, help="use the first seconds only")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--clip", default="", help="only clips whose name contains this")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    span = Span(end=arguments.seconds)
    rows = []
    for clip in (arguments.videos / name for name in CLIPS if arguments.clip in name):
        for template in TEMPLATES:
            output = arguments.out / f"{clip.stem}.{template}.mp4"
            recipe = HERE / "templates" / f"{template}.yaml"
            report = render_recipe(recipe, output=output, params={"plate": str(clip)}, span=span, scale=arguments.scale)
            rows.append(check(clip, report, span))
            print(json.dumps(rows[-1]), flush=True)
            cv2.imwrite(str(output.with_suffix(".png")), contact_sheet(output))
    (arguments.out / "table.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
