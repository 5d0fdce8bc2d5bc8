"""How steady a shaken shot becomes beside vid.stab, and how much of a subject a portrait keeps beside a still crop.

    python benchmarks/framing.py
    python benchmarks/framing.py --frames 60 --no-write

The shaken shot is the demo shot seen by a hand-held camera of known motion: noise of 0.5 to 8 Hz, 5 px and 0.4 degrees
RMS, over a slow pan. What is left is measured by flow (``estimate_camera``), which no stabiliser here uses: RMS change
of the camera's step from frame to frame, and RMS of its path beside that path under a Gaussian of 0.5 s. The peer is
vid.stab as ffmpeg ships it, two passes, smoothing 25 frames each way. The share of a subject that a 9:16 picture of the
footage's full height keeps is measured on true mattes: the demo shot's, and those of DAVIS where they lie beside the
checkout.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from composer import load_recipe, make_plan, render_recipe
from composer.media.synthetic import write_clip
from composer.motion.camera import estimate_camera
from composer.motion.flow import DisFlow
from composer.motion.stabilise import step_of
from composer.motion.steady import smoothed
from composer.render.run import plan_mattes
from composer.render.shots import plate_shot
from composer.render.view import make_view
from composer.values import FrameRate, Size

HERE = Path(__file__).parent
RESULT = HERE / "results" / "framing.json"
DEMO = HERE.parent / "assets" / "demo"
DAVIS = HERE.parent.parent / "shared" / "data" / "davis"
SHOWN = Size(560, 316)
RATE = 25
Grey = NDArray[np.uint8]
Values = NDArray[np.float64]


def hand(count: int) -> Values:
    """(N, 3) shift x, y in pixels and turn in degrees of a hand-held camera."""
    rng = np.random.default_rng(11)
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    inside = (hertz > 0.5) & (hertz < 8)
    waves = np.stack([np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * inside, count) for _ in range(3)], axis=1)
    shake = waves / waves.std(axis=0) * [5, 5, 0.4]
    return shake + np.stack([np.linspace(-12, 12, count), np.zeros(count), np.zeros(count)], axis=1)


def shaken(path: Path, count: int) -> Path:
    """The demo shot through a shaking window."""
    with av.open(str(DEMO / "street.mp4")) as source:
        frames = [
            frame.to_ndarray(format="yuv420p") for frame, _ in zip(source.decode(video=0), range(count), strict=False)
        ]
    pictures = []
    for frame, (x, y, turn) in zip(frames, hand(len(frames)), strict=True):
        move = cv2.getRotationMatrix2D((320, 180), turn, 1)
        move[:, 2] += [x - 40, y - 22]
        pictures.append(cv2.warpAffine(frame[:360], move, (SHOWN.width, SHOWN.height), flags=cv2.INTER_CUBIC))
    grey = np.full((SHOWN.height // 2, SHOWN.width // 2), 128, np.uint8)
    return write_clip(
        path,
        size=SHOWN,
        frames=len(pictures),
        rate=FrameRate(Fraction(RATE)),
        paint=lambda index: (pictures[index], grey, grey),
    )


def pictures_of(path: Path) -> list[Grey]:
    """All frames, grey."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def unsteadiness(path: Path) -> dict[str, float]:
    """What a camera does that a steady one would not, pixels RMS."""
    flow, steps = DisFlow(), []
    for first, second in pairwise(pictures_of(path)):
        matrix = estimate_camera(flow.estimate(first, second)).matrix
        steps.append(step_of(matrix, Size(first.shape[1], first.shape[0]))[:2])
    way = np.cumsum(steps, axis=0)
    shake = way - smoothed(way, RATE / 2)
    jolt = np.diff(steps, axis=0)
    return {
        name: round(float(np.sqrt(np.square(each).sum(axis=1).mean())), 3)
        for name, each in (("jolt", jolt), ("shake", shake))
    }


def ours(shot: Path, amount: float) -> tuple[Path, float, str]:
    """The shot steadied here: file, seconds a frame, and the report's words."""
    recipe, target = shot.with_suffix(".yaml"), shot.with_name(f"ours_{amount:g}.mkv")
    recipe.write_text(
        f"composer: 1\nsources: {{plate: {shot.name}}}\noutput: {{file: {target.name}, video: {{codec: ffv1}}, "
        f"frame: {{stabilise: {amount:g}}}}}\n"
    )
    before = time.process_time()
    report = render_recipe(recipe, use_cache=False)
    return target, (time.process_time() - before) / report.frames, report.framing


def peer(shot: Path) -> tuple[Path, float]:
    """The shot steadied by vid.stab: file, and seconds a frame."""
    target, moves = shot.with_name("vidstab.mkv"), shot.with_name("moves.trf")
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-threads", "1", "-i", str(shot)]
    before = time.perf_counter()
    subprocess.run([*ffmpeg, "-vf", f"vidstabdetect=result={moves}", "-f", "null", "-"], check=True)
    still = f"vidstabtransform=input={moves}:smoothing={RATE}:optzoom=1:interpol=bicubic"
    subprocess.run([*ffmpeg, "-vf", still, "-c:v", "ffv1", str(target)], check=True)
    return target, (time.perf_counter() - before) / len(pictures_of(target))


def shots() -> Iterator[tuple[str, str, str]]:
    """Name, plate and true matte of every shot with a subject to follow."""
    yield "demo", str(DEMO / "street.mp4"), str(DEMO / "truth.mkv")
    for truth in sorted((DAVIS / "Annotations" / "480p").glob("*")) if DAVIS.exists() else ():
        pictures = DAVIS / "JPEGImages" / "480p" / truth.name
        yield truth.name, str(pictures / "%05d.jpg"), str(truth / "%05d.png")


def kept(plate: str, matte: str, frame: str, folder: Path) -> tuple[float, float]:
    """Mean and least share of a subject that a framing keeps."""
    recipe = folder / "portrait.yaml"
    recipe.write_text(
        f"composer: 1\nsources: {{plate: {{file: '{plate}'}}}}\nmattes: {{subject: {{file: '{matte}'}}}}\n"
        f"edits: [{{blur: {{outside: subject, radius: 1px}}}}]\noutput: {{file: out.mkv, audio: none, frame: {frame}}}\n"
    )
    plan = make_plan(load_recipe(recipe), use_cache=False)
    origin = plan.plate.info.start + plan.plate.start
    with plan_mattes(plan) as mattes:
        view = make_view(plan, mattes, tell=lambda _: None, cancelled=lambda: False)
        stream = mattes.open("subject")
        for index, picture in enumerate(plate_shot(plan).frames()):
            view.note(stream.matte_at(index, picture), index, picture.at.seconds - origin)
    shares = view.shares
    return round(sum(shares) / len(shares), 4), round(min(shares), 4)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=125)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shot = shaken(folder / "shaken.mkv", asked.frames)
        steady = {"as it is": unsteadiness(shot)}
        for amount in (0.5, 1.0):
            target, seconds, words = ours(shot, amount)
            steady[f"stabilise: {amount:g}"] = {**unsteadiness(target), "ms": round(1000 * seconds, 1), "said": words}
        target, seconds = peer(shot)
        steady["vid.stab"] = {**unsteadiness(target), "ms": round(1000 * seconds, 1)}
        portrait = {}
        for subject, plate, matte in shots():
            still, follow = (
                kept(plate, matte, frame, folder) for frame in ("{aspect: '9:16'}", "{aspect: '9:16', follow: subject}")
            )
            portrait[subject] = {"still": still, "follow": follow}
    for what, numbers in (*steady.items(), *portrait.items()):
        print(f"{what:20} {numbers}")
    result = {
        "command": "python " + " ".join(["benchmarks/framing.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "measure": "pixels RMS of 560x316; (mean, least) share of the subject's area in the picture",
        "steady": steady,
        "portrait": portrait,
    }
    if not asked.no_write:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
