"""Train the edges network; stops, resumes, and draws its curve.

    python -m training.edges.train --out scratch/edges
    python -m training.edges.export --checkpoint scratch/edges/checkpoint.pt --out assets/weights/edges.onnx

A run is its seed and its number of steps: examples are made as they are needed, and the same again after a stop.
"""

from __future__ import annotations

import argparse
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.mask.edge_net import SURE, blended
from composer.mask.logits import DOUBT
from training.edges.examples import batches, held_out
from training.edges.net import EdgeUNet
from training.run import Plan, Run

#: Weights of the three parts of the loss: error of alpha, of its slopes, cross entropy.
ALPHA, SLOPES, ENTROPY = 2.0, 2.0, 0.5
#: Held-out composites that are scored at every stop.
HELD = 96


def loss(change: Tensor, truth: Tensor) -> Tensor:
    """Mean error in the band: of alpha and of its slopes, and cross entropy.

    Args:
        change: (N, h, w) the network's answer.
        truth: (N, 3, h, w) from `training.edges.examples.truth_of`.
    """
    alpha, guided, band = truth.unbind(1)
    logits = torch.logit(guided.clamp(DOUBT, 1 - DOUBT)) + change
    found = ((torch.sigmoid(logits) - SURE) / (1 - 2 * SURE)).clamp(0, 1)
    aim = alpha * (1 - 2 * SURE) + SURE
    # Less the entropy of the aim itself, so that a perfect answer costs nothing.
    entropy = functional.binary_cross_entropy_with_logits(logits, aim, reduction="none")
    entropy = entropy - functional.binary_cross_entropy(aim, aim, reduction="none")
    error = (found - alpha) * band
    slopes = (error[:, 1:, :-1] - error[:, :-1, :-1]).abs() + (error[:, :-1, 1:] - error[:, :-1, :-1]).abs()
    total = ALPHA * error.abs().sum() + SLOPES * slopes.sum() + ENTROPY * (entropy * band).sum()
    return total / (band.sum() + 1)


@torch.no_grad()
def validate(net: nn.Module, count: int = HELD) -> dict[str, float]:
    """Score on held-out composites.

    Returns:
        error: mean absolute error of alpha in the band; kept: the same as a share of the guided filter's;
        overlap: mean intersection over union at 0.5; overlap_before: the guided filter's.
    """
    net.eval()
    errors, overlaps = [], []
    for composite, _, draft in held_out(count):
        alpha = blended(draft, net(torch.from_numpy(draft.planes[None]))[0].numpy())
        pair = (alpha, draft.guided)
        errors.append([float((np.abs(one - composite.alpha) * draft.band).sum()) for one in pair])
        truth = composite.alpha > 0.5
        overlaps.append([(truth & (one > 0.5)).sum() / max(1, (truth | (one > 0.5)).sum()) for one in pair])
    after, before = np.sum(errors, axis=0)
    overlap, overlap_before = np.mean(overlaps, axis=0)
    return {
        "error": float(after / count), "kept": float(after / before),
        "overlap": float(overlap), "overlap_before": float(overlap_before),
    }  # fmt: skip


def edges_run(plan: Plan, out: Path) -> Run:
    """A run of the edges network."""
    return Run(plan, out, make=EdgeUNet, loss=loss, score="kept")


def train(run: Run, *, every: int, held: int = HELD, until: int | None = None) -> None:
    """Train to the plan's last step, or to ``until``, checking and saving every ``every`` steps."""
    last = run.plan.steps if until is None else min(until, run.plan.steps)
    while run.step < last:
        began, losses = time.monotonic(), []
        stop = min(last, run.step + every)
        source = batches(run.plan.seed, run.step, size=run.plan.batch)
        for planes, truth in islice(source, stop - run.step):
            run.net.train()
            losses.append(run.advance(torch.from_numpy(planes), torch.from_numpy(truth)))
        run.curve.append({"step": run.step, "loss": float(np.mean(losses))} | validate(run.average, held))
        run.save()
        pace = len(losses) * run.plan.batch / (time.monotonic() - began)
        print(f"{run.curve[-1]} {pace:.1f} examples/s", flush=True)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--until", type=int, help="stop at this step, to go on later")
    parser.add_argument("--every", type=int, default=250)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    run = edges_run(Plan(seed=args.seed, steps=args.steps), args.out)
    run.load()
    train(run, every=args.every, until=args.until)


if __name__ == "__main__":
    main()
