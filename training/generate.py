"""Generate training examples: scenes, flow measured on them, the planes the network sees.

    python -m training.generate --out scratch/scenes --shards 40

Examples are written in shards, each made from its own seed; a shard that is there is not made
again, so the command can be stopped and repeated, and run several times at once on disjoint
ranges. Flow is measured on the generated frames, not taken from the scene, because the network
must know the flow's real errors.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.mask.motion_features import GAPS, PLANE_COUNT, measure
from composer.mask.motion_net import FLOW_SCALE
from composer.motion.flow import DisFlow
from training.scenes.scene import TIMES, Scene, make_scene
from training.scenes.textures import TexturePool

SHARD_SIZE = 250
SHAPES = ((144, 256), (144, 256), (144, 256), (144, 256), (144, 256), (256, 144))
#: Of ten shards six are painted and measured as large as footage is in use, four at the working size: their flow has
#: other errors, and there are more of them to the hour.
SCALES = (FLOW_SCALE, 1.0, FLOW_SCALE, 1.0, FLOW_SCALE, FLOW_SCALE, 1.0, FLOW_SCALE, 1.0, FLOW_SCALE)
#: Beyond this a velocity says no more; keeps float16 safe.
LIMIT = 200.0


def planes_of(scene: Scene, flow: DisFlow, size: tuple[int, int]) -> NDArray[np.float16]:
    """Measure a scene's middle frame for a working picture of ``size`` (H, W): (20, H/2, W/2) float16."""
    frames = dict(zip(TIMES, scene.frames, strict=True))
    flows = {(0, gap): flow.estimate(frames[0], frames[gap]) for gap in GAPS}
    flows |= {(gap, 0): flow.estimate(frames[gap], frames[0]) for gap in (-1, 1)}
    planes = measure(frames, flows, height=size[0], width=size[1]).planes
    return np.clip(np.nan_to_num(planes), -LIMIT, LIMIT * 1.275).astype(np.float16)


def make_shard(seed: int, shard: int, *, count: int = SHARD_SIZE) -> dict[str, NDArray[np.generic]]:
    """Make one shard: planes (count, 20, H/2, W/2) float16, moving (count, H, W) uint8."""
    size, scale = SHAPES[shard % len(SHAPES)], SCALES[shard % len(SCALES)]
    painted = (round(size[0] * scale), round(size[1] * scale))
    pool = TexturePool(seed * 100_003 + shard)
    flow = DisFlow()
    planes = np.zeros((count, PLANE_COUNT, size[0] // 2, size[1] // 2), np.float16)
    moving = np.zeros((count, *size), np.uint8)
    for i in range(count):
        scene = make_scene(seed, shard * SHARD_SIZE + i, pool, size=painted)
        planes[i] = planes_of(scene, flow, size)
        moving[i] = cv2.resize(scene.moving, size[::-1], interpolation=cv2.INTER_AREA)
    return {"planes": planes, "moving": moving}


def write_shard(folder: Path, seed: int, shard: int) -> None:
    """Make a shard and put each file in place in one step, the labels last."""
    for name, array in make_shard(seed, shard).items():
        partial = folder / f".{shard:05d}-{name}-{os.getpid()}.npy"
        np.save(partial, array)
        partial.rename(folder / f"{shard:05d}-{name}.npy")


def main() -> None:
    """Parse the command line and write the shards asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--step", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    for shard in range(args.first, args.first + args.shards * args.step, args.step):
        if (args.out / f"{shard:05d}-moving.npy").exists():
            continue
        began = time.monotonic()
        write_shard(args.out, args.seed, shard)
        print(f"shard {shard}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
