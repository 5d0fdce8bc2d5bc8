"""Train the motion network on generated scenes; stops, resumes, and draws its curve.

    python -m training.generate --out scratch/scenes --shards 120
    python -m training.train --scenes scratch/scenes --out scratch/run

A run is its seed, its scenes and its number of steps. Scenes may still be written while it runs:
new shards are taken in every few minutes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
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
from training.scenes.dice import Dice

#: Examples on which a network read back from ONNX measures its layers.
CALIBRATION = 192


@dataclass(frozen=True)
class Plan:
    """Everything that decides a run's outcome besides its scenes."""

    seed: int = 1
    steps: int = 3000
    batch: int = 16
    rate: float = 2e-3
    warm_up: int = 100
    decay: float = 1e-3
    #: Share of the steps at the end over which the rate falls to a hundredth. Until then a run
    #: can be made longer or shorter without starting again.
    landing: float = 0.3
    #: Weights are averaged over about this many steps; the average is what is exported.
    average: int = 200


class Run:
    """A training run with its state; `save` and `load` make it resumable."""

    def __init__(self, plan: Plan, out: Path) -> None:
        """Set up network, average and optimiser from the plan's seed."""
        torch.manual_seed(plan.seed)
        self.plan, self.out, self.step = plan, out, 0
        self.net = MotionUNet().to(memory_format=torch.channels_last)
        self.average = MotionUNet()
        self.average.load_state_dict(self.net.state_dict())
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=plan.rate, weight_decay=plan.decay)
        self.curve: list[dict[str, float]] = []

    def begin_with(self, net: MotionUNet) -> None:
        """Start from a trained network in place of a random one."""
        self.net.load_state_dict(net.state_dict())
        self.average.load_state_dict(net.state_dict())

    def advance(self, planes: Tensor, moving: Tensor) -> float:
        """Take one optimiser step; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.plan)
        planes = planes.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.net(planes)
        value = loss(logits.float(), moving)
        self.optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return value.item()

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(1 - 1 / self.plan.average, self.step / (self.step + 10))
        ours, theirs = self.average.state_dict(), self.net.state_dict()
        for name, value in ours.items():
            if value.dtype.is_floating_point:
                value.lerp_(theirs[name], 1 - keep)
            else:
                value.copy_(theirs[name])

    def save(self) -> None:
        """Write the checkpoint in one step."""
        partial = self.out / "checkpoint.partial"
        state = {
            "plan": asdict(self.plan),
            "step": self.step,
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "curve": self.curve,
        }
        torch.save(state, partial)
        partial.rename(self.out / "checkpoint.pt")
        (self.out / "curve.json").write_text(json.dumps(self.curve, indent=1))
        draw_curve(self.curve, self.out / "curve.png")

    def load(self) -> bool:
        """Take up the checkpoint if there is one."""
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.step, self.curve = state["step"], state["curve"]
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        return True


def rate_at(step: int, plan: Plan) -> float:
    """Learning rate: a short rise, a long level stretch, a straight fall to a hundredth."""
    rise = min(1.0, (step + 1) / plan.warm_up)
    left = (plan.steps - step) / (plan.landing * plan.steps)
    return plan.rate * rise * (0.01 + 0.99 * min(1.0, max(0.0, left)))


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


def draw_curve(curve: list[dict[str, float]], path: Path) -> None:
    """Draw loss (dark) and overlap on held-out scenes (light) over steps, both 0..1."""
    height, width = 360, 640
    picture = np.full((height, width, 3), 255, np.uint8)
    for tenth in range(1, 10):
        cv2.line(picture, (0, tenth * 36), (width, tenth * 36), (230, 230, 230), 1)
    last = max((point["step"] for point in curve), default=1.0)
    for name, colour in (("loss", (60, 60, 60)), ("overlap", (40, 140, 240))):
        line = [(p["step"] / last * width, (1 - p[name]) * height) for p in curve]
        points = np.array(line, np.float64).reshape(-1, 1, 2)
        cv2.polylines(picture, [points.astype(np.int32)], False, colour, 2, cv2.LINE_AA)
    cv2.putText(picture, f"loss, overlap to step {int(last)}", (8, 20), 0, 0.5, (0, 0, 0), 1)
    cv2.imwrite(str(path), picture)


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
    run = Run(Plan(seed=args.seed, steps=args.steps, rate=args.rate), args.out)
    if not run.load() and args.start:
        known = [shard for number, shard in open_shards(args.scenes).items() if number not in HELD_OUT]
        run.begin_with(revived(args.start, next(batches(known, Dice(args.seed), size=CALIBRATION))[0]))
    train(run, args.scenes, every=args.every)


if __name__ == "__main__":
    main()
