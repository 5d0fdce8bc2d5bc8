"""Is grey input faster, and what does it cost? Brightness alone against colour.

    python benchmarks/grey.py --films scratch/films     # all parts
    python benchmarks/grey.py --part cost               # or cost, encoders, still, films, contrast alone

Cost: a clip of real footage at three sizes; processor time of a frame by ingredient, one thread, colour and grey in
turns, beside decoding alone. Encoders: Segment Anything's, with random weights, on one picture: as they are, and with a
stem that takes one channel, which for grey in three equal channels answers the same. Scores: three sequences with a
still camera, generated films, and the demo clip as it is, with a quarter of its contrast in brightness, and with none
of its colour; the ten DAVIS sequences are in benchmarks/flow_uses.py, beside the ways to use flow.

Predictions, written 2026-11-25 before the measurements (but breakdance had been seen to fall from .80 to .59): grey
saves under 3 % of a frame's time at any size, the most of it in the small picture and the clip's look, nothing in
decoding, flow and network; under 1 % of an encoder even with a stem of one channel. J falls by 3 to 5 points on DAVIS
and by 1 to 2 with a still camera, since the clip's own look is colour for the most part; on the demo with a quarter of
its contrast colour holds and grey falls.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np
import torch
from moving_cost import SIZES, Stopwatch, clip_of
from pictures import DATA, RESULTS, measured, write_result
from torch.utils.flop_counter import FlopCounterMode

from composer.mask.sam_parts import modeling, tiny_vit
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.ways import INPUT_KINDS
from composer.media import open_reader
from composer.render.cutouts import clip_shot

DEMO = Path(__file__).parents[1] / "assets" / "demo"
STILL = ("CAVIAR1", "HighwayI", "IBMtest2")
#: The demo clip's variants: FFmpeg filters.
CONTRASTS = {
    "as it is": "null",
    "a quarter of the contrast in brightness": "lutyuv=y='(val-126)/4+126'",
    "no colour": "lutyuv=u=128:v=128",
}


def made(path: Path, kind: str) -> int:
    """Make the mattes of a file; how many frames it has."""
    spec = MatteSpec.model_validate({"moving": {"input": kind}})
    with make_mattes({"asked": spec}, clip_shot(path), segmenter="embedded") as mattes:
        return len(mattes.analyses["asked"].entry)


def decoded(path: Path, kind: str) -> int:
    return sum(1 for _ in clip_shot(path).frames(luma=kind == "grey"))


def timed(work: Callable[[], int]) -> float:
    """Milliseconds of processor time a frame."""
    began = time.process_time()
    frames = work()
    return 1e3 * (time.process_time() - began) / frames


def cost(frames: int, sizes: Sequence[str], found: dict[str, Any], *, rounds: int = 2) -> dict[str, Any]:
    """By size: decoding, every ingredient and the whole, colour and grey in turns; the least of the rounds."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        for size in sizes:
            path = clip_of(Path(place), size, frames)
            rows: dict[str, dict[str, float]] = {kind: {} for kind in INPUT_KINDS}
            for _ in range(rounds):
                for kind in INPUT_KINDS:
                    watch = Stopwatch()
                    with watch.watching():
                        whole = timed(lambda path=path, kind=kind: made(path, kind))
                    parts = {name: 1e3 * seconds / frames for name, seconds in watch.seconds.items()}
                    alone = timed(lambda path=path, kind=kind: decoded(path, kind))
                    for name, value in {"decoding alone": alone, **parts, "whole": whole}.items():
                        rows[kind][name] = min(value, rows[kind].get(name, value))
            found[size] = {**rows, "whole, grey to colour": rows["grey"]["whole"] / rows["color"]["whole"]}
            print(size, json.dumps(found[size], indent=1), flush=True)
    return found


def encoders(side: int, rounds: int = 1) -> dict[str, Any]:
    """Seconds of processor time a picture, and the stem's share of the multiplications."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = {}
    for name, (encoder, stem) in shapes(side).items():
        picture = torch.rand(1, 1, side, side).repeat(1, 3, 1, 1)
        spent: dict[str, list[float]] = {"three channels": [], "one channel": []}
        with torch.inference_mode():
            with FlopCounterMode(display=False) as whole:
                answer = encoder(picture)
            with FlopCounterMode(display=False) as first:
                stem(picture)
            narrow = torch.nn.Conv2d(1, stem.out_channels, stem.kernel_size, stem.stride, stem.padding, bias=False)
            narrow.weight.copy_(stem.weight.sum(1, keepdim=True))
            narrow.bias = stem.bias
            for _ in range(rounds):
                spent["three channels"].append(seconds(encoder, picture)[0])
                swap(encoder, stem, narrow)
                taken, again = seconds(encoder, picture[:, :1])
                spent["one channel"].append(taken)
                swap(encoder, narrow, stem)
        least = {way: min(each) for way, each in spent.items()}
        found[name] = {
            "side": side,
            "cpu_seconds": spent,
            "one channel to three": least["one channel"] / least["three channels"],
            "stem_share_of_operations": first.get_total_flops() / whole.get_total_flops(),
            "largest_difference": float((again - answer).abs().max()),
        }
        print(name, json.dumps(found[name], indent=1), flush=True)
    return found


def seconds(encoder: Any, picture: Any) -> tuple[float, Any]:
    """Of processor time, and the answer."""
    began = time.process_time()
    answer = encoder(picture)
    return time.process_time() - began, answer


def swap(encoder: Any, old: Any, new: Any) -> None:
    """Put another layer in a layer's place."""
    for module in encoder.modules():
        for name, child in module.named_children():
            if child is old:
                setattr(module, name, new)


def shapes(side: int) -> dict[str, tuple[Any, Any]]:
    """Encoders with random weights, and their stems."""
    vit = modeling().ImageEncoderViT(
        img_size=side, patch_size=16, embed_dim=768, depth=12, num_heads=12, mlp_ratio=4, out_chans=256,
        use_rel_pos=True, window_size=14, global_attn_indexes=(2, 5, 8, 11),
    )  # fmt: skip
    tiny = tiny_vit()(
        num_classes=0, embed_dims=(64, 128, 160, 320), depths=(2, 2, 6, 2), num_heads=(2, 4, 5, 10),
        window_sizes=(7, 7, 14, 7), mlp_ratio=4.0, drop_path_rate=0.0,
    )  # fmt: skip
    tiny.stages[-1].downsample.conv2.conv.stride = (1, 1)
    return {
        "TinyViT (mobile_sam)": (tiny.eval(), tiny.patch_embed.conv1.conv),
        "ViT-B (sam_vit_b)": (vit.eval(), vit.patch_embed.proj),
    }


def scores(folder: Path, names: list[str] | None) -> dict[str, Any]:
    """Colour and grey on a data set."""
    found = {}
    for kind in INPUT_KINDS:
        rows, mean = measured(folder, names, input_kind=kind)
        print(f"{kind:32s}" + "  ".join(f"{key} {value:.3f}" for key, value in mean.items()), flush=True)
        found[kind] = {"mean": mean, "sequences": rows}
    return found


def contrast(frames: int, names: Sequence[str], found: dict[str, Any]) -> dict[str, Any]:
    """The demo clip with less contrast, and with less colour."""
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            folder = Path(place) / name.replace(" ", "_")
            laid_out(folder, CONTRASTS[name], frames)
            found[name] = scores(folder, None)
    return found


def laid_out(folder: Path, words: str, frames: int) -> None:
    """The demo clip, filtered, with its truth, as a data set."""
    inside = {part: folder / "demo" / part for part in ("input", "groundtruth")}
    for part in inside.values():
        part.mkdir(parents=True)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(DEMO / "street.mp4"), "-vf", words]
    command += ["-frames:v", str(frames), "-q:v", "2", "-start_number", "0", str(inside["input"] / "in%06d.jpg")]
    subprocess.run(command, check=True)
    with open_reader(DEMO / "truth.mkv") as reader:
        for index, frame in zip(range(frames), reader.frames(), strict=False):
            level = np.where(frame.planes[0] > frame.format.maximum // 2, 255, 0).astype(np.uint8)
            cv2.imwrite(str(inside["groundtruth"] / f"gt{index:06d}.png"), level)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "cost": lambda: cost(asked.frames, asked.sizes, result.get("cost", {})),
        "encoders": lambda: encoders(asked.side),
        "still": lambda: scores(DATA / "static_gt", list(STILL)),
        "films": lambda: scores(asked.films, None),
        "contrast": lambda: contrast(asked.frames, asked.contrasts, result.get("contrast", {})),
    }
    parser.add_argument("--part", choices=list(parts), action="append")
    parser.add_argument("--films", type=Path)
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--contrasts", nargs="*", default=list(CONTRASTS), choices=list(CONTRASTS))
    parser.add_argument("--side", type=int, default=1024, help="of the encoders' pictures")
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    kept = RESULTS / "grey.json"
    result = json.loads(kept.read_text()) if kept.exists() else {}
    for part in asked.part or [part for part in parts if part != "films" or asked.films]:
        result[part] = parts[part]()
        if not asked.no_write:
            write_result("grey", {name: value for name, value in result.items() if name in parts})


if __name__ == "__main__":
    main()
