"""A training run of any of the networks: its plan, its state, its checkpoint and its curve."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

#: From what the network answers and what is true to a number to make small.
Loss = Callable[[Tensor, Tensor], Tensor]


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

    def __init__(self, plan: Plan, out: Path, *, make: Callable[[], nn.Module], loss: Loss, score: str) -> None:
        """Set up network, average and optimiser from the plan's seed.

        Args:
            plan: what decides the outcome.
            out: folder of the checkpoint and the curve.
            make: builds the network.
            loss: of answers and truths.
            score: which validated number, 0..1, is drawn beside the loss.
        """
        torch.manual_seed(plan.seed)
        self.plan, self.out, self.step = plan, out, 0
        self.loss, self.score = loss, score
        self.net = make().to(memory_format=torch.channels_last)
        self.average = make()
        self.average.load_state_dict(self.net.state_dict())
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=plan.rate, weight_decay=plan.decay)
        self.curve: list[dict[str, float]] = []

    def begin_with(self, net: nn.Module) -> None:
        """Start from a trained network in place of a random one."""
        self.net.load_state_dict(net.state_dict())
        self.average.load_state_dict(net.state_dict())

    def advance(self, planes: Tensor, truth: Tensor) -> float:
        """Take one optimiser step; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.plan)
        planes = planes.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.net(planes)
        value = self.loss(logits.float(), truth)
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
        draw_curve(self.curve, self.out / "curve.png", score=self.score)

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


def draw_curve(curve: list[dict[str, float]], path: Path, *, score: str) -> None:
    """Draw loss (dark) and a score on held-out scenes (light) over steps, both 0..1."""
    height, width = 360, 640
    picture = np.full((height, width, 3), 255, np.uint8)
    for tenth in range(1, 10):
        cv2.line(picture, (0, tenth * 36), (width, tenth * 36), (230, 230, 230), 1)
    last = max((point["step"] for point in curve), default=1.0)
    for name, colour in (("loss", (60, 60, 60)), (score, (40, 140, 240))):
        line = [(p["step"] / last * width, (1 - p[name]) * height) for p in curve]
        points = np.array(line, np.float64).reshape(-1, 1, 2)
        cv2.polylines(picture, [points.astype(np.int32)], False, colour, 2, cv2.LINE_AA)
    cv2.putText(picture, f"loss, {score} to step {int(last)}", (8, 20), 0, 0.5, (0, 0, 0), 1)
    cv2.imwrite(str(path), picture)
