"""What a second worker is worth to a segmenter that takes long, and that it changes no bit.

    python benchmarks/workers.py [--pictures N] [--rounds N] [--no-write]

The segmenter has an encoder of ViT-B's shape (12 blocks, 768 wide, 12 heads) with random weights, over 16x16 tokens so
that a picture takes some tenths of a second. The same pictures go through one worker, two threads and two processes, in
turns and in the same run; a worker computes on one processor. The machine is shared, so the best of the rounds counts,
and the load before each is told. Loading is not counted: every pool is asked once before the clock starts.

Prediction, written 2026-11-25 before the first measurement: two threads 1.9 times as fast as one worker on two idle
processors, two processes as well; on a busy machine less, both alike.

Outcome, same day, on an idle machine: 2.0 times, threads and processes alike.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pictures import write_result

from composer.mask.asking import Asking
from composer.mask.choose import SegmenterChoice
from composer.mask.pool import Pool
from composer.values import Candidate, Prompt

SIDE, PATCH, WIDTH, HEADS, DEPTH = 256, 16, 768, 12, 12
KINDS = {"one worker": Asking(workers=1), "two threads": Asking(workers=2), "two processes": Asking(1, 2, True)}


@dataclass(frozen=True)
class EncoderChoice(SegmenterChoice):
    """Chooses the encoder with random weights."""

    name: str = "encoder"
    reason: str = "a benchmark"
    digest: str = "encoder"

    def load(self) -> EncoderSegmenter:
        """Make it; the same weights every time."""
        return EncoderSegmenter()


class EncoderSegmenter:
    """Runs the encoder and answers with its features."""

    name = "encoder"
    digest = "encoder"

    def __init__(self) -> None:
        import torch  # noqa: PLC0415  # the workers of a segmenter bring it in

        torch.manual_seed(0)
        layer = torch.nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, activation="gelu", batch_first=True)
        blocks = torch.nn.TransformerEncoder(layer, DEPTH, enable_nested_tensor=False)
        self._net = torch.nn.Sequential(
            torch.nn.Conv2d(3, WIDTH, PATCH, PATCH), torch.nn.Flatten(2), _Turned(), blocks
        ).eval()

    def embed(self, image: NDArray[np.uint8]) -> Any:
        """See ``Segmenter``."""
        import torch  # noqa: PLC0415  # likewise

        with torch.inference_mode():
            return self._net(torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255))

    def predict(self, embedding: Any, prompts: Sequence[Prompt]) -> list[Candidate]:
        """See ``Segmenter``."""
        return [Candidate(embedding[0].numpy().copy(), 0.5, prompt.moving_score) for prompt in prompts]


def _Turned() -> Any:  # noqa: N802  # stands for a module
    import torch  # noqa: PLC0415  # likewise

    class Turned(torch.nn.Module):
        """(N, C, P) to (N, P, C)."""

        def forward(self, features: Any) -> Any:
            return features.transpose(1, 2)

    return Turned()


def timed(pool: Pool, pictures: list[NDArray[np.uint8]]) -> tuple[float, bytes]:
    """Seconds for all pictures, and the bytes of all answers."""
    began = time.perf_counter()
    answers = [pool.ask(picture, [ASKED]) for picture in pictures]
    logits = [answer.result()[0].logits for answer in answers]
    return time.perf_counter() - began, b"".join(each.tobytes() for each in logits)


ASKED = Prompt(np.empty((0, 2), np.float32), np.empty(0, np.int8))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8) for _ in range(asked.pictures)]
    rounds, answers = [], set()
    pools = {kind: Pool(EncoderChoice(), asking) for kind, asking in KINDS.items()}
    try:
        for pool in pools.values():  # loaded and warm before the clock starts
            timed(pool, pictures[: pool.workers])
        for _ in range(asked.rounds):
            row: dict[str, float] = {"load": os.getloadavg()[0]}
            for kind, pool in pools.items():
                row[kind], said = timed(pool, pictures)
                answers.add(said)
            rounds.append(row)
            print("  ".join(f"{key} {value:.2f}" for key, value in row.items()), flush=True)
    finally:
        for pool in pools.values():
            pool.close()
    gains = {kind: [row["one worker"] / row[kind] for row in rounds] for kind in KINDS if kind != "one worker"}
    for kind, each in gains.items():
        print(f"{kind}: {max(each):.2f} times at best, {np.median(each):.2f} in the median")
    print(f"answers alike bit for bit: {len(answers) == 1}")
    if not asked.no_write:
        facts = {"processors": os.cpu_count(), "pictures": asked.pictures, "rounds": rounds}
        best = {kind: {"best": max(each), "median": float(np.median(each))} for kind, each in gains.items()}
        write_result("workers", {**facts, "times as fast": best, "alike": len(answers) == 1})


if __name__ == "__main__":
    main()
