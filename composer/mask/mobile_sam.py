"""MobileSAM's image encoder: timm's TinyViT and segment-anything's neck, under MobileSAM's own weights.

Its other two parts are segment-anything's. TinyViT differs from timm's in two ways: the last of the three steps that
halve the picture does not (so the embedding is 64 x 64), and each of those steps is stored at the end of the layer
before it, where timm has it at the start of the next.

Source: github.com/ChaoningZhang/MobileSAM, arXiv 2306.14289; TinyViT, arXiv 2207.10666.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from composer.mask.sam_parts import Shapes, modeling, numbered, tiny_vit

_PREFIX = "image_encoder."
_STAGES = f"{_PREFIX}stages."
#: MobileSAM's words for timm's, in the order they are replaced.
_WORDS = (
    (r"\.patch_embed\.seq\.0\.", ".patch_embed.conv1."),
    (r"\.patch_embed\.seq\.2\.", ".patch_embed.conv2."),
    (r"\.layers\.(\d+)\.downsample\.", lambda found: f".stages.{int(found[1]) + 1}.downsample."),
    (r"\.layers\.(\d+)\.blocks\.", r".stages.\1.blocks."),
    (r"\.c\.", ".conv."),
)
#: The classifier it was trained with at first, of which nothing is used.
_UNUSED = tuple(_PREFIX + name for name in ("head.", "norm_head."))


def is_mobile(state: Mapping[str, Any]) -> bool:
    """Whether a state dict has MobileSAM's encoder.

    Args:
        state: by MobileSAM's names or segment-anything's.
    """
    return f"{_PREFIX}patch_embed.seq.0.c.weight" in state


def renamed(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state dict of MobileSAM under timm's names.

    Args:
        state: as its authors saved it.

    Example:
        >>> list(renamed({"image_encoder.layers.0.downsample.conv2.c.weight": 1, "image_encoder.head.bias": 2}))
        ['image_encoder.stages.1.downsample.conv2.conv.weight']
    """
    return {_timm_name(key): tensor for key, tensor in state.items() if not key.startswith(_UNUSED)}


def _timm_name(key: str) -> str:
    if key.startswith(_PREFIX):
        for theirs, ours in _WORDS:
            key = re.sub(theirs, ours, key)
    return key


def mobile_encoder(shapes: Shapes, side: int) -> Any:
    """An untrained encoder of a checkpoint's shape.

    Args:
        shapes: of the tensors, by timm's names.
        side: of the square picture that it takes, in pixels.
    """
    import torch  # noqa: PLC0415  # optional and slow to import

    body = tiny_vit()(num_classes=0, drop_path_rate=0.0, **_sizes(shapes))
    body.stages[-1].downsample.conv2.conv.stride = (1, 1)
    # The classifier's norm stays behind: only what MobileSAM has tensors for is taken over.
    parts = OrderedDict(patch_embed=body.patch_embed, stages=body.stages, neck=_neck(shapes))
    encoder = torch.nn.Sequential(parts)
    encoder.img_size = side  # where segment-anything's encoder has it
    return encoder


def _sizes(shapes: Shapes) -> dict[str, Any]:
    stages = numbered(shapes, _STAGES)
    first = shapes[f"{_STAGES}0.blocks.0.conv1.conv.weight"]
    biases = [shapes[f"{_STAGES}{i}.blocks.0.attn.attention_biases"] for i in range(1, stages)]
    widths = [shapes[f"{_STAGES}{i}.blocks.0.attn.norm.weight"][0] for i in range(1, stages)]
    return {
        "embed_dims": (first[1], *widths),
        "depths": tuple(numbered(shapes, f"{_STAGES}{i}.blocks.") for i in range(stages)),
        # The first stage has convolutions alone: neither heads nor windows.
        "num_heads": (1, *(heads for heads, _ in biases)),
        "window_sizes": (1, *(math.isqrt(offsets) for _, offsets in biases)),
        "mlp_ratio": shapes[f"{_STAGES}1.blocks.0.mlp.fc1.weight"][0] / widths[0],
        "mbconv_expand_ratio": first[0] / first[1],
        "local_conv_size": shapes[f"{_STAGES}1.blocks.0.local_conv.conv.weight"][2],
    }


def _neck(shapes: Shapes) -> Any:
    """As in segment-anything's own encoder."""
    import torch  # noqa: PLC0415  # optional and slow to import

    channels, width, _, _ = shapes[f"{_PREFIX}neck.0.weight"]
    norm = modeling().common.LayerNorm2d
    return torch.nn.Sequential(
        torch.nn.Conv2d(width, channels, kernel_size=1, bias=False),
        norm(channels),
        torch.nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
        norm(channels),
    )
