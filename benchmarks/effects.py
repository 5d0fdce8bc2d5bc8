"""What every effect costs for a 1080p frame, beside decoding and encoding that frame.

    python benchmarks/effects.py                 # every effect
    python benchmarks/effects.py blur insert     # some
    python benchmarks/effects.py --height 720 --frames 12 --rounds 1 --no-write

A noisy, panning plate and a soft matte over a sixth of the picture (made by ``benchmarks/compositing/media.py``); the
recipes are those of RECIPES below, each with one edit. Frames are decoded before; measured is processor time of
compositing alone, the decoding of an inserted video included (the usual frame, and what is beside it once in a shot: tracks,
clean plates, drawn letters), and that of the peer: decoding the same plate with PyAV
and encoding it with x264 (veryfast, CRF 20), per frame. Medians over rounds, effects in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import av

from composer import load_recipe, make_plan
from composer.effects import EFFECTS
from composer.plan.model import Plan
from composer.render.run import plan_mattes
from composer.render.scene import Scene
from composer.render.shots import plate_shot

HERE = Path(__file__).parent
RESULT = HERE / "results" / "effects.json"
THREADS = 2
HEADER = """composer: 1
sources: {{plate: plate.mp4, still: still.png, clip: moving.mp4}}
mattes:
  subject: {{file: matte.mkv}}
regions:
  board: {{corners: [[0.3, 0.3], [0.64, 0.28], [0.62, 0.6], [0.31, 0.58]]}}
edits:
  - {edit}
output: {{file: out.mkv, audio: none}}
"""
# What each effect is asked to do; an effect without a line here is an error.
RECIPES: dict[str, tuple[str, ...]] = {
    "background": (
        "background: {source: still, keep: subject}",
        "background: {source: clip, keep: subject}",
        "background: {blur: 12px, keep: subject}",
    ),
    "blur": ("blur: {outside: subject, radius: 12px}", "blur: {region: board, radius: 12px}"),
    "box": ("box: {inside: subject}",),
    "captions": ("captions: {file: captions.srt, box: {}}",),
    "clones": ("clones: {matte: subject, shifts: [-0.2s, 0.2s], behind: subject}",),
    "desaturate": ("desaturate: {outside: subject}",),
    "ffmpeg": ("ffmpeg: {filter: hue, args: {h: 40}, inside: subject}",),
    "freeze": ("freeze: {matte: subject, at: [0.1s]}",),
    "glow": ("glow: {matte: subject}",),
    "grade": ("grade: {exposure: 0.3, saturation: 1.2, outside: subject}",),
    "insert": (
        "insert: {source: still, region: board, behind: subject}",
        "insert: {source: clip, region: board, behind: subject}",
        "insert: {source: still, region: board, behind: subject, blend: screen}",
        "insert: {source: still, region: board, behind: subject, shadow: {}, match_color: 0.5, light_wrap: 0.3, grain: 1}",
    ),
    "mosaic": ("mosaic: {inside: subject}",),
    "moviepy": ("moviepy: {effect: Painting, inside: subject}",),
    "outline": ("outline: {matte: subject}",),
    "remove": ("remove: {matte: subject}",),
    "restore": ("restore: {inside: subject}",),
    "solid": ("solid: {matte: subject, color: orange, opacity: 0.5}",),
    "spotlight": ("spotlight: {subject: subject, darken: 0.6}",),
    "text": ("text: {text: WALK, size: 0.4, behind: subject}",),
    "trail": ("trail: {matte: subject, count: 3, step: 2f}",),
}


def plain(folder: Path) -> float:
    """Seconds of processor time for decoding and encoding one frame."""
    before, count = time.process_time(), 0
    with av.open(str(folder / "plate.mp4")) as source, av.open(str(folder / "plain.mp4"), "w") as target:
        video = source.streams.video[0]
        video.thread_type, video.codec_context.thread_count = "AUTO", THREADS
        options = {"preset": "veryfast", "crf": "20", "threads": str(THREADS)}
        stream = target.add_stream("libx264", rate=video.average_rate, options=options)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        for frame in source.decode(video):
            frame.pict_type = 0
            target.mux(stream.encode(frame))
            count += 1
        target.mux(stream.encode())
    return (time.process_time() - before) / count


@contextmanager
def scene_of(folder: Path, edit: str) -> Iterator[tuple[Plan, Scene]]:
    """A recipe of one edit, ready to composite."""
    recipe = folder / "recipe.yaml"
    (folder / "captions.srt").write_text("1\n00:00:00,000 --> 00:01:00,000\nSomebody walks home.\n", encoding="utf-8")
    recipe.write_text(HEADER.format(edit=edit), encoding="utf-8")
    plan = make_plan(load_recipe(recipe), use_cache=False)
    with plan_mattes(plan) as mattes, Scene(plan, mattes) as scene:
        yield plan, scene


def seconds_of(folder: Path, edit: str) -> tuple[float, float]:
    """Seconds of processor time for one frame of an edit, and what it takes beside that once in a shot."""
    with scene_of(folder, edit) as (plan, scene):
        plates = list(plate_shot(plan).frames())
        spent = []
        for index, plate in enumerate(plates):
            before = time.process_time()
            scene.frame_at(index, plate)
            spent.append(time.process_time() - before)
    usual = median(spent)
    return usual, max(0.0, sum(spent) - usual * len(spent))


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("effects", nargs="*", help="some effects; all by default")
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    edits = [(kind, edit) for kind in asked.effects or EFFECTS for edit in RECIPES[kind]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, str(HERE / "compositing" / "media.py"), name]
        subprocess.run([*command, "--height", str(asked.height), "--frames", str(asked.frames)], check=True)
        base: list[float] = []
        spent: dict[str, list[tuple[float, float]]] = {edit: [] for _, edit in edits}
        for _ in range(asked.rounds):
            base.append(plain(folder))
            for _, edit in edits:
                spent[edit].append(seconds_of(folder, edit))
    peer = median(base)
    rows = []
    for kind, edit in edits:
        usual, once = (median(each) for each in zip(*spent[edit], strict=True))
        row = {"effect": kind, "edit": edit, "ms": round(1000 * usual, 2), "ratio": round(usual / peer, 3)}
        rows.append({**row, "once_ms": round(1000 * once)})
        print(f"{row['ms']:8.1f} ms  {row['ratio']:6.2f} of decode and encode  {rows[-1]['once_ms']:6} ms once  {edit}")
    print(f"{1000 * peer:8.1f} ms  decode and encode")
    result = {
        "command": "python " + " ".join(["benchmarks/effects.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "measure": f"processor time a frame at {asked.height}p",
        "load_before": round(os.getloadavg()[0], 2),
        "peer": {"what": "PyAV decode and x264 veryfast encode", "ms": round(1000 * peer, 2)},
        "rows": rows,
    }
    if not asked.no_write and not asked.effects:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
