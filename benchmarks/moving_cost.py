"""What the `moving` matte costs: processor time by ingredient, frames a second, and peak memory over length.

    python benchmarks/moving_cost.py                 # 480p, 720p, 1080p; 100 frames each; memory at 480p
    python benchmarks/moving_cost.py --quick         # 720p only, 60 frames, no memory

The clip is real footage, scaled and looped to length with ffmpeg. Ingredients are timed inside the running pipeline by
processor time of the thread that works on them, less what ingredients inside them take, with OpenCV and BLAS held to
one thread; a machine that is busy with something else stretches them by some tenths through its caches, and frames a
second by as much as it is busy. So everything is also told as a ratio to peers that run in the same process on the same
file: bare decoding, and MOG2 background subtraction at full size, the usual cheap way to a moving mask.

Predictions, written 2026-11-25 before the first measurement: flow, camera, network (twice, with the mirror) and
recursion under 90 ms at each size; the clip's look under 20 ms; 12 frames a second at 720p on two idle cores; memory
within a tenth for four times the length.

Outcome, same day: motion 70 to 73 ms at all three sizes and the look 16, as predicted; 9.4 and 11.2 frames a second at
720p for 100 frames in two runs, 12.7 at 480p for 960, fewer than predicted; memory grew by an eighth from 240 to 960
frames, more than predicted: a window of frames may wait between two stages.

With a last word on every window and neighbours that vote, later that day: motion 74 ms at all three sizes on this clip, whose
camera stands still (a moving one takes a third judgement, 13 ms more); the vote 10 and the report 1 ms at 720p; 10.2 frames
a second there, 10.7 at 480p for 960; memory grows by a fifth from 240 to 960 frames.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import imageio_ffmpeg
from pictures import DATA, write_result

from composer.mask import analysis, cut, look, motion_features, motion_net, self_training, smooth, trace, vote
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.motion.flow import DisFlow
from composer.render.cutouts import clip_shot

CLIP = DATA / "video" / "static" / "edgetam_05_default_juggle.mp4"
SIZES = {"480p": (854, 480), "720p": (1280, 720), "1080p": (1920, 1080)}
#: Ingredient to the functions that make it, where the pipeline looks them up.
INGREDIENTS: dict[str, list[tuple[Any, str]]] = {
    "grey, small picture": [(look, "grey"), (look, "small_bgr"), (motion_net, "_prepared")],
    "flow": [(DisFlow, "estimate")],
    "camera": [(motion_features, "estimate_camera")],
    "epipolar distance": [(motion_features, "epipolar_distance")],
    "other planes": [(motion_net, "measure")],
    "normalise": [(motion_net, "normalise"), (motion_net, "mirror_inputs")],
    "network": [(motion_net.MotionNet, "_judge")],
    "recursion": [(smooth, "smooth_in_time")],
    "last word": [(smooth, "settled")],
    "look": [(smooth, "self_trained"), (self_training, "look_of")],
    "plate": [(smooth, "learn_plate"), (smooth, "with_plate")],
    "names": [(analysis, "associate"), (analysis, "things"), (analysis, "moving_score")],
    "outlines": [(cut, "candidates_for"), (cut, "outlined")],
    "vote": [(vote, "linked"), (vote, "voted")],
    "report": [(trace.Trace, "note_matte")],
}
#: What the target of 90 ms covers.
MOTION = ("flow", "camera", "epipolar distance", "other planes", "normalise", "network", "recursion", "last word")


class Stopwatch:
    """Processor time per ingredient; what runs inside another ingredient is taken off that one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = threading.local()
        self._lock = threading.Lock()

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, its time noted under a name."""

        @functools.wraps(work)
        def timed(*args: Any, **options: Any) -> Any:
            outside = getattr(self._inner, "seconds", 0.0)
            self._inner.seconds = 0.0
            began = time.thread_time()
            try:
                return work(*args, **options)
            finally:
                spent = time.thread_time() - began
                with self._lock:
                    self.seconds[name] += spent - self._inner.seconds
                self._inner.seconds = outside + spent

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While this is open, every ingredient is timed."""
        patches = [
            patch.object(owner, name, self.timed(ingredient, getattr(owner, name)))
            for ingredient, places in INGREDIENTS.items()
            for owner, name in places
        ]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()


def clip_of(folder: Path, name: str, frames: int) -> Path:
    """The clip, scaled and looped to a number of frames."""
    width, height = SIZES[name]
    path = folder / f"{name}-{frames}.mp4"
    scale = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "-1", "-i", str(CLIP), "-vf", scale]
    command += ["-frames:v", str(frames), "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", str(path)]
    subprocess.run(command, check=True)
    return path


def mattes(path: Path) -> int:
    """Make the mattes of a file; how many frames it has."""
    shot = clip_shot(path)
    with make_mattes({"asked": MatteSpec.model_validate({"moving": {}})}, shot, segmenter="embedded") as made:
        return len(made.analyses["asked"].entry)


def decoded(path: Path) -> None:
    for frame in clip_shot(path).frames():
        look.grey(frame)


def subtracted(path: Path) -> None:
    model = cv2.createBackgroundSubtractorMOG2()
    for frame in clip_shot(path).frames():
        model.apply(look.rgb(frame))


def by_ingredient(path: Path) -> dict[str, Any]:
    """Milliseconds of processor time a frame, one thread, and ratios to the peers."""
    cv2.setNumThreads(1)
    watch, began = Stopwatch(), time.process_time()
    with watch.watching():
        frames = mattes(path)
    whole = time.process_time() - began
    peers: dict[str, float] = {}
    for name, way in (("decoding alone", decoded), ("MOG2", subtracted)):
        began = time.process_time()
        way(path)
        peers[name] = 1e3 * (time.process_time() - began) / frames
    each = {name: 1e3 * watch.seconds[name] / frames for name in INGREDIENTS}
    return {
        "frames": frames,
        "cpu_ms": {**each, "all else": 1e3 * whole / frames - sum(each.values()), "whole": 1e3 * whole / frames},
        "motion_cpu_ms": sum(each[name] for name in MOTION),
        "peers_cpu_ms": peers,
        "ratio": {name: 1e3 * whole / frames / value for name, value in peers.items()},
    }


def in_process(*words: str) -> dict[str, Any]:
    """Run this file in a process of its own, BLAS held to one thread."""
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    found = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True, env=alone)
    answer: dict[str, Any] = json.loads(found.stdout.strip().splitlines()[-1])
    return answer


def speed(path: Path) -> dict[str, Any]:
    """Frames a second from file to mattes, all threads, and peak memory."""
    busy, began, worked = os.getloadavg()[0], time.perf_counter(), time.process_time()
    frames = mattes(path)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    return {
        "frames_per_second": frames / seconds,
        "all_threads_cpu_ms": 1e3 * cpu / frames,
        "cores_used": cpu / seconds,
        "load_before": busy,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--memory-frames", type=int, default=240, help="0 leaves memory out")
    parser.add_argument("--no-write", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        what, path = asked.one
        print(json.dumps({"ingredients": by_ingredient, "speed": speed}[what](Path(path))))
        return
    names = ["720p"] if asked.quick else list(SIZES)
    result: dict[str, Any] = {"clip": CLIP.name, "cores": os.cpu_count(), "sizes": {}, "memory": {}}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in names:
            path = str(clip_of(folder, name, 60 if asked.quick else asked.frames))
            result["sizes"][name] = {**in_process("--one", "ingredients", path), **in_process("--one", "speed", path)}
            print(name, json.dumps(result["sizes"][name], indent=1), flush=True)
            if not asked.no_write:
                write_result("moving_cost", result)
        for times in () if asked.quick or not asked.memory_frames else (1, 4):
            path = str(clip_of(folder, "480p", times * asked.memory_frames))
            result["memory"][f"{times * asked.memory_frames} frames"] = in_process("--one", "speed", path)
            print(times, result["memory"], flush=True)
            if not asked.no_write:
                write_result("moving_cost", result)


if __name__ == "__main__":
    main()
