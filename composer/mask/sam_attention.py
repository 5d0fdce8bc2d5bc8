"""Attention of segment-anything's image encoder without the table of all pairs of places in memory.

Segment-anything writes out, adds to and reads back 16.8 million numbers for each head of each global block, 0.8 GB at a
time. torch's fused attention takes the same sum of content and relative position head by head: the same answers up to
round-off, in three fifths of the time on a CPU (measured 2026-11-25, benchmarks/sam_encoders.py).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from composer.mask.sam_parts import modeling

#: Numbers of relative positions written out at once; a global block of a 1024 x 1024 picture has as many for a head.
_AT_ONCE = 1 << 24


def fuse(encoder: Any) -> None:
    """Make the blocks of a ViT encoder attend the quick way.

    Args:
        encoder: a ``segment_anything.modeling.ImageEncoderViT``; its tensors stay as they are.
    """
    for block in encoder.blocks:
        block.attn.forward = partial(_attended, block.attn)


def _attended(layer: Any, x: Any) -> Any:
    """What the layer's own forward gives for (B, h, w, C).

    Source: segment_anything/modeling/image_encoder.py; decomposed relative positions, arXiv 2112.01526.
    """
    import torch  # noqa: PLC0415  # optional and slow to import

    count, height, width, _ = x.shape
    q, k, v = layer.qkv(x).reshape(count, height * width, 3, layer.num_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    down, across = _relative(layer, q.unflatten(2, (height, width)))
    heads = max(1, _AT_ONCE // (count * (height * width) ** 2))
    parts = [part.split(heads, dim=1) for part in (q, k, v, down, across)]
    seen = [
        torch.nn.functional.scaled_dot_product_attention(
            *qkv, attn_mask=(rows[..., None] + columns[..., None, :]).flatten(4).flatten(2, 3), scale=layer.scale
        )
        for *qkv, rows, columns in zip(*parts, strict=True)
    ]
    return layer.proj(torch.cat(seen, dim=1).transpose(1, 2).reshape(count, height, width, -1))


def _relative(layer: Any, q: Any) -> tuple[Any, Any]:
    """What each place makes of being so many rows and so many columns from another: (B, heads, h, w, h) and (.., w)."""
    import torch  # noqa: PLC0415  # optional and slow to import

    height, width = q.shape[2:4]
    steps = modeling().image_encoder.get_rel_pos
    down = torch.einsum("bnhwc,hkc->bnhwk", q, steps(height, height, layer.rel_pos_h))
    across = torch.einsum("bnhwc,wkc->bnhwk", q, steps(width, width, layer.rel_pos_w))
    return down, across
