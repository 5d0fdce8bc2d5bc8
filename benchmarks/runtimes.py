"""The motion network by every runtime at hand: milliseconds of processor time a picture, and how far the answers lie.

    python benchmarks/runtimes.py [--onnxruntime FOLDER] [--rounds N]

ONNX Runtime and torch are no part of Composer; a runtime that is absent is left out and said so. ONNX Runtime can come
from a folder (pip install --target FOLDER onnxruntime). One thread each, the ways in turn, medians; inputs are those of
the demo's street clip. "answer" is the mean and the largest difference of the probability from ONNX Runtime's float32,
or from OpenCV's newer engine where that is absent.

Predictions, written 2026-11-25: OpenCV's classic engine (Winograd) 12 to 14 ms, its newer one 23 to 26, ONNX Runtime
18 to 20, torch 20 to 30; bfloat16 in torch faster than float32 on this processor; int8 in ONNX Runtime about half of
its float32, with answers off by more than 0.01 on average. Outcome, same day: as predicted, but for int8, which saves a
quarter only and is off by 0.0002.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import write_result

from composer.bundle import bundled
from composer.mask import look
from composer.mask.logits import to_probability
from composer.mask.motion_features import normalise
from composer.mask.motion_net import MotionNet, estimate_motion
from composer.render.cutouts import clip_shot

WEIGHTS = bundled("assets/weights/motion.onnx")
CLIP = bundled("assets/demo/street.mp4")
FRAMES = 24
Inputs = NDArray[np.float32]
Way = Callable[[Inputs], NDArray[Any]]


class Recorder(MotionNet):
    """Keeps what the network is asked."""

    def __init__(self) -> None:
        self.asked: list[Inputs] = []

    def predict(self, planes: Inputs) -> Inputs:
        """See ``MotionNet.predict``."""
        self.asked.append(normalise(planes)[None])
        return np.zeros((2 * planes.shape[1], 2 * planes.shape[2]), np.float32)


def questions() -> list[Inputs]:
    recorder = Recorder()
    greys = [look.grey(frame) for frame, _ in zip(clip_shot(CLIP).frames(), range(FRAMES), strict=False)]
    list(estimate_motion(greys, recorder))
    return recorder.asked


def opencv_ways() -> dict[str, Way]:
    ways: dict[str, Way] = {}
    for name, engine, winograd in (
        ("OpenCV classic engine, Winograd", "ENGINE_CLASSIC", True),
        ("OpenCV classic engine, no Winograd", "ENGINE_CLASSIC", False),
        ("OpenCV new engine", "ENGINE_NEW", True),
        ("OpenCV automatic choice", "ENGINE_AUTO", True),
    ):
        net = cv2.dnn.readNetFromONNX(str(WEIGHTS), getattr(cv2.dnn, engine))
        net.enableWinograd(winograd)

        def asked(inputs: Inputs, net: cv2.dnn.Net = net) -> NDArray[Any]:
            net.setInput(inputs)
            return net.forward().copy()

        ways[name] = asked
    return ways


def onnxruntime_ways(inputs: list[Inputs], folder: Path) -> dict[str, Way]:
    import onnxruntime as ort  # noqa: PLC0415
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static  # noqa: PLC0415

    class Examples(CalibrationDataReader):
        def __init__(self) -> None:
            self._rest = iter(inputs)

        def get_next(self) -> dict[str, Inputs] | None:
            found = next(self._rest, None)
            return None if found is None else {"planes": found}

    small = folder / "int8.onnx"
    quantize_static(WEIGHTS, small, Examples(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)  # fmt: skip
    ways: dict[str, Way] = {}
    for name, path in (("ONNX Runtime float32", WEIGHTS), ("ONNX Runtime int8", small)):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        ways[f"{name} {ort.__version__}"] = lambda one, session=session: session.run(None, {"planes": one})[0]
    return ways


def torch_ways(inputs: list[Inputs]) -> dict[str, Way]:
    import torch  # noqa: PLC0415

    from training.revive import revived  # noqa: PLC0415

    torch.set_num_threads(1)
    net = revived(WEIGHTS, np.concatenate(inputs[:4])).eval().to(memory_format=torch.channels_last)

    def asked(one: Inputs, kind: torch.dtype) -> NDArray[Any]:
        given = torch.from_numpy(one).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast("cpu", kind, enabled=kind != torch.float32):
            return net(given).float().numpy()

    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    return {
        f"torch {name} {torch.__version__}": lambda one, kind=kind: asked(one, kind) for name, kind in kinds.items()
    }


def timed(ways: dict[str, Way], inputs: list[Inputs], rounds: int) -> dict[str, dict[str, float]]:
    """Medians, the ways taken in turns, and how far the answers lie from the first way's."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, list[Inputs]] = {name: [] for name in ways}
    for number in range(rounds):
        one = inputs[number % len(inputs)]
        for name, way in ways.items():
            began = time.process_time()
            logits = way(one)
            seconds[name].append(time.process_time() - began)
            answers[name].append(to_probability(logits.reshape(2 * one.shape[2], 2 * one.shape[3])))
    reference = np.stack(next(iter(answers.values())))
    off = {name: np.abs(np.stack(found) - reference) for name, found in answers.items()}
    return {
        name: {
            "cpu_ms": 1e3 * median(found[1:]),
            "fastest_ms": 1e3 * min(found),
            "answer_mean": float(off[name].mean()),
            "answer_most": float(off[name].max()),
        }
        for name, found in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnxruntime", type=Path, help="folder that holds the package")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    if asked.onnxruntime:
        sys.path.append(str(asked.onnxruntime))
    inputs, ways = questions(), {}
    with tempfile.TemporaryDirectory() as folder:
        if importlib.util.find_spec("onnxruntime"):
            ways |= onnxruntime_ways(inputs, Path(folder))
        ways |= opencv_ways()
        if importlib.util.find_spec("torch"):
            ways |= torch_ways(inputs)
        rows = timed(ways, inputs, asked.rounds)
    fastest = min(row["cpu_ms"] for row in rows.values())
    for name, row in rows.items():
        print(f"{name:40s} {row['cpu_ms']:6.1f} ms  {row['cpu_ms'] / fastest:4.1f}  off {row['answer_mean']:.5f}")
    if not asked.no_write:
        facts = {"processor": platform.processor() or platform.machine(), "threads": 1, "load": os.getloadavg()[0]}
        # A folder of this machine says nothing to others.
        sys.argv = [word for word in sys.argv if word not in ("--onnxruntime", str(asked.onnxruntime))]
        write_result("runtimes", {**facts, "rows": rows})


if __name__ == "__main__":
    main()
