"""Write a trained checkpoint as ONNX, and check that OpenCV reads the same answers from it.

python -m training.export --checkpoint scratch/run/checkpoint.pt --out assets/weights/motion.onnx
"""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from composer.mask.inference import load_net
from composer.mask.motion_features import INPUT_COUNT
from training.net import MotionUNet

#: Largest difference in logits between the trained network and the exported file.
TOLERANCE = 2e-2
#: Arrays up to this many numbers stay float32; the names of the others get this ending.
SMALL, HALF = 64, "_half"

Net = TypeVar("Net", bound=nn.Module)


def export(checkpoint: Path, out: Path) -> str:
    """Write the averaged weights of a motion network's checkpoint as an ONNX file; see `write_onnx`."""
    return write_onnx(averaged(MotionUNet(), checkpoint), out, planes=INPUT_COUNT)


def averaged(net: Net, checkpoint: Path) -> Net:
    """Fill a network with the averaged weights of a checkpoint.

    Args:
        net: of the shape that was trained.
        checkpoint: written by training.run.
    """
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    return net.eval()


def write_onnx(net: nn.Module, out: Path, *, planes: int) -> str:
    """Write a network as an ONNX file of any height and width.

    Args:
        net: takes (N, planes, h, w), ready to be used.
        out: the file to write; replaced in one step, and only by a file that passed the check.
        planes: how many planes its input has.

    Returns:
        The file's sha256.

    Raises:
        RuntimeError: OpenCV's answer differs from the trained network's.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{os.getpid()}-{out.name}")
    sides = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        net,
        (torch.zeros(1, planes, 72, 128),),
        str(partial),
        input_names=["planes"],
        output_names=["logits"],
        dynamic_axes={"planes": sides},
        opset_version=17,
        dynamo=False,
    )
    spell_out(partial)
    _halve(partial)
    worst = max(_difference(net, partial, (1, planes, *size)) for size in ((72, 128), (128, 72), (96, 96)))
    if worst > TOLERANCE:
        partial.unlink()
        message = f"the exported network is off by {worst:.3g}, more than {TOLERANCE}"
        raise RuntimeError(message)
    partial.rename(out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def spell_out(path: Path) -> None:
    """Name what OpenCV's faster engine does not read when it is written by axes and computed shapes.

    A message to every place is added as it is, one pixel large; a bare sum would be folded into the convolution before
    it by the other engine, which then fails, so a node that does nothing stands between.

    Args:
        path: an ONNX file, rewritten; one that was spelled out before stays as it is.
    """
    model = onnx.load(str(path))
    names = {"ReduceMean": "GlobalAveragePool", "ReduceMax": "GlobalMaxPool", "Expand": "Identity"}
    for node in model.graph.node:
        if node.op_type in names:
            node.CopyFrom(helper.make_node(names[node.op_type], node.input[:1], node.output, node.name))
    used = {name for node in model.graph.node for name in node.input}
    for node in [node for node in model.graph.node if node.op_type == "Shape" and node.output[0] not in used]:
        model.graph.node.remove(node)
    onnx.save(model, str(path))


def _halve(path: Path) -> None:
    """Keep weights as float16, widened where they are used: half the file for 0.004 in logits."""
    model = onnx.load(str(path))
    graph = model.graph
    wide = [one for one in graph.initializer if one.data_type == TensorProto.FLOAT and np.prod(one.dims) > SMALL]
    for one in wide:
        half = numpy_helper.from_array(numpy_helper.to_array(one).astype(np.float16), f"{one.name}{HALF}")
        graph.initializer.remove(one)
        graph.initializer.append(half)
        graph.node.insert(0, helper.make_node("Cast", [half.name], [one.name], to=TensorProto.FLOAT))
    onnx.save(model, str(path))


def _difference(net: nn.Module, path: Path, shape: tuple[int, int, int, int]) -> float:
    planes = np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)
    with torch.no_grad():
        expected: NDArray[np.float32] = net(torch.from_numpy(planes)).numpy()
    reader = load_net(path, what="trained network", trained_by="training/train.py")
    reader.setInput(planes)
    found = reader.forward().reshape(expected.shape)
    return float(np.abs(found - expected).max())


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    digest = export(args.checkpoint, args.out)
    print(f"{args.out}: {args.out.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
