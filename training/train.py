"""Train the motion network on generated scenes; stops, resumes, and draws its curve.

    python -m training.generate --out scratch/scenes --shards 120
    python -m training.train --scenes scratch/scenes --out scratch/run

A run is its seed, its scenes and its number of steps. Scenes may still be written while it runs:
new shards are taken in every few minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.mask.motion_features import normalise
from training.examples import HELD_OUT, Pair, Shard, batches, open_shards
from training.net import MotionUNet
from training.revive import revived
from training.run import Plan, Run
from training.scenes.dice import Dice

#: Examples on which a network read back from ONNX measures its layers.
CALIBRATION = 192


def loss(logits: Tensor, moving: Tensor) -> Tensor:
    """Cross entropy plus, where something moves, one minus the soft overlap."""
    entropy = functional.binary_cross_entropy_with_logits(logits, moving, reduction="none")
    chance = torch.sigmoid(logits)
    both = (chance * moving).sum((1, 2))
    either = (chance + moving - chance * moving).sum((1, 2))
    anything = (moving.sum((1, 2)) > 30).float()
    overlap = anything * (1 - (both + 5) / (either + 5))
    return (entropy.mean((1, 2)) * 1.5 + overlap * 0.7).mean()


@torch.no_grad()
def validate(net: nn.Module, shards: list[Shard], *, count: int = 120) -> dict[str, float]:
    """Score on held-out scenes.

    Returns:
        overlap: mean intersection over union where something moves, at 0.5.
        alarm: share of pixels called moving in scenes where nothing moves.
    """
    net.eval()
    overlaps, alarms = [], []
    for shard in shards:
        for index in range(min(count, len(shard.moving))):
            planes, moving = shard.example(index)
            found = net(torch.from_numpy(normalise(planes)[None]))[0].numpy() > 0
            truth = moving > 0.5
            if truth.sum() > 100:
                overlaps.append((found & truth).sum() / (found | truth).sum())
            elif not truth.any():
                alarms.append(found.mean())
    return {"overlap": float(np.mean(overlaps)), "alarm": float(np.mean(alarms or [0.0]))}


def motion_run(plan: Plan, out: Path) -> Run:
    """A run of the motion network."""
    return Run(plan, out, make=MotionUNet, loss=loss, score="overlap")


def train(run: Run, folder: Path, *, every: int) -> None:
    """Train to the plan's last step, checking and saving every ``every`` steps."""
    while run.step < run.plan.steps:
        shards = open_shards(folder)
        known = [shard for number, shard in shards.items() if number not in HELD_OUT]
        held = [shards[number] for number in HELD_OUT if number in shards]
        began, losses = time.monotonic(), []
        stop = min(run.plan.steps, run.step + every)
        for planes, moving in _ahead(batches(known, Dice(run.plan.seed, run.step), size=run.plan.batch)):
            run.net.train()
            losses.append(run.advance(torch.from_numpy(planes), torch.from_numpy(moving)))
            if run.step >= stop:
                break
        point = {"step": run.step, "loss": float(np.mean(losses)), "shards": len(known)}
        run.curve.append(point | validate(run.average, held))
        run.save()
        pace = len(losses) * run.plan.batch / (time.monotonic() - began)
        print(f"{run.curve[-1]} {pace:.1f} examples/s", flush=True)


def _ahead(source: Iterator[Pair]) -> Iterator[Pair]:
    """Prepare the next batch while the current one is used."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, source)
        while True:
            current = upcoming.result()
            upcoming = pool.submit(next, source)
            yield current


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    parser.add_argument("--start", type=Path, help="ONNX weights of an earlier run to begin with")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    run = motion_run(Plan(seed=args.seed, steps=args.steps, rate=args.rate), args.out)
    if not run.load() and args.start:
        known = [shard for number, shard in open_shards(args.scenes).items() if number not in HELD_OUT]
        run.begin_with(revived(args.start, next(batches(known, Dice(args.seed), size=CALIBRATION))[0]))
    train(run, args.scenes, every=args.every)


if __name__ == "__main__":
    main()
