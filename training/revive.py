"""Read an exported network back for further training.

The exported file holds every normalisation folded into the convolution before it. Here each is unfolded again with
the mean and the deviation that the layer shows on examples, so that training goes on where it ended: the answers
are the same, and the normalisations have something to normalise.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from composer.mask.motion_features import INPUT_COUNT
from training.export import HALF
from training.net import MotionUNet


def revived(path: Path, planes: NDArray[np.float32]) -> MotionUNet:
    """A network that answers as the exported one does, ready to be trained.

    Args:
        path: written by training.export from a `MotionUNet` of the present shape.
        planes: (N, 35, h, w) float32 network input to measure the layers on.

    Raises:
        ValueError: the file holds another network.
    """
    net = MotionUNet().eval()
    layers = _in_order(net)
    weights = _convolutions(path)
    if [tuple(layer.weight.shape) for layer, _ in layers] != [weight.shape for weight, _ in weights]:
        message = f"{path} holds another network than training.net.MotionUNet"
        raise ValueError(message)
    with torch.no_grad():
        for (convolution, norm), (weight, offset) in zip(layers, weights, strict=True):
            convolution.weight.copy_(torch.tensor(weight))
            if norm is None and convolution.bias is not None:
                convolution.bias.copy_(torch.tensor(offset))
            elif norm is not None:
                norm.weight.fill_((1 + norm.eps) ** 0.5)
                norm.bias.copy_(torch.tensor(offset))
        _unfold(net, [norm for _, norm in layers if norm is not None], planes)
    return net


def _in_order(net: MotionUNet) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Convolutions as they are run, each with the normalisation that follows it."""
    follows = {
        first: second
        for chain in net.modules()
        if isinstance(chain, nn.Sequential)
        for first, second in pairwise(chain)
    }
    order: list[nn.Conv2d] = []
    convolutions = [module for module in net.modules() if isinstance(module, nn.Conv2d)]
    hooks = [module.register_forward_pre_hook(lambda module, _: order.append(module)) for module in convolutions]
    with torch.no_grad():
        net(torch.zeros(1, INPUT_COUNT, 16, 16))
    for hook in hooks:
        hook.remove()
    return [(one, norm if isinstance(norm := follows.get(one), nn.BatchNorm2d) else None) for one in order]


def _convolutions(path: Path) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    graph = onnx.load(str(path)).graph
    values = {one.name.removesuffix(HALF): numpy_helper.to_array(one).astype(np.float32) for one in graph.initializer}
    return [(values[n.input[1]], values[n.input[2]]) for n in graph.node if n.op_type == "Conv"]


def _unfold(net: MotionUNet, norms: list[nn.BatchNorm2d], planes: NDArray[np.float32]) -> None:
    """Give every normalisation the mean and variance it sees, and scales that undo both."""
    sums = {norm: torch.zeros(2, norm.num_features, dtype=torch.float64) for norm in norms}
    counts = dict.fromkeys(norms, 0)

    def watch(norm: nn.Module, given: tuple[Tensor, ...], _: Tensor) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        values = given[0].double()
        sums[norm] += torch.stack([values.sum((0, 2, 3)), (values**2).sum((0, 2, 3))])
        counts[norm] += values.numel() // norm.num_features

    hooks = [norm.register_forward_hook(watch) for norm in norms]
    for start in range(0, len(planes), 16):
        net(torch.from_numpy(planes[start : start + 16]))
    for hook in hooks:
        hook.remove()
    for norm in norms:
        mean, square = sums[norm] / counts[norm]
        variance = (square - mean**2).clamp(min=1e-6)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
