"""Networks of the Segment Anything family, rebuilt from the tensors of a checkpoint alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from composer.mask.mobile_sam import is_mobile, mobile_encoder, renamed
from composer.mask.sam_attention import fuse
from composer.mask.sam_parts import Shapes, modeling, numbered

#: Heads of the decoder's transformer; the one number that the tensors do not tell. Source: build_sam.py.
_DECODER_HEADS = 8
#: Mean and deviation of the colours the networks were trained with. Source: build_sam.py.
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
#: Side of the square that MobileSAM was trained on, which its tensors do not tell. Source: its build_sam.py.
_MOBILE_SIDE = 1024
#: Pixels of that square to one cell of the embedding, for every network of the family.
CELL = 16


def network_of(state: Mapping[str, Any], resolution: int | None = None) -> Any:
    """A ``segment_anything.modeling.Sam`` of the checkpoint's shape, with its tensors in it.

    Args:
        state: a state dict in segment-anything's layout, or in MobileSAM's.
        resolution: side of the square that pictures are fitted into, a multiple of 16; None for the side that the
            network was trained on.

    Raises:
        KeyError: a tensor that says how large the network is is missing.
        RuntimeError: tensors are missing, too many, or of another shape.
    """
    mobile = is_mobile(state)
    named = renamed(state) if mobile else dict(state)
    shapes = {key: tuple(tensor.shape) for key, tensor in named.items()}
    side = _MOBILE_SIDE if mobile else shapes["image_encoder.pos_embed"][1] * CELL
    encoder = mobile_encoder(shapes, side) if mobile else _vit(shapes)
    network = _assembled(encoder, shapes, side)
    network.load_state_dict(named)
    if not mobile:
        fuse(encoder)
    _resize(network, resolution or side)
    return network.eval()


def _resize(network: Any, side: int) -> None:
    """Make a network take squares of another side; relative positions follow by themselves."""
    import torch  # noqa: PLC0415  # optional and slow to import

    encoder, prompts, cells = network.image_encoder, network.prompt_encoder, side // CELL
    positions = getattr(encoder, "pos_embed", None)
    if positions is not None and positions.shape[1] != cells:
        resized = torch.nn.functional.interpolate(
            positions.detach().permute(0, 3, 1, 2), (cells, cells), mode="bicubic", antialias=True
        )
        encoder.pos_embed = torch.nn.Parameter(resized.permute(0, 2, 3, 1))
    encoder.img_size = side
    prompts.input_image_size, prompts.image_embedding_size = (side, side), (cells, cells)
    # A mask is handed in at four times the embedding's size. Source: prompt_encoder.py.
    prompts.mask_input_size = (4 * cells, 4 * cells)


def _vit(shapes: Shapes) -> Any:
    import torch  # noqa: PLC0415  # optional and slow to import

    width, _, patch, _ = shapes["image_encoder.patch_embed.proj.weight"]
    cells = shapes["image_encoder.pos_embed"][1]
    depth = numbered(shapes, "image_encoder.blocks.")
    # A block's relative positions span 2 n - 1 steps: n is its window, or the whole picture where it is global.
    spans = [(shapes[f"image_encoder.blocks.{i}.attn.rel_pos_h"][0] + 1) // 2 for i in range(depth)]
    return modeling().ImageEncoderViT(
        img_size=cells * patch,
        patch_size=patch,
        embed_dim=width,
        depth=depth,
        num_heads=width // shapes["image_encoder.blocks.0.attn.rel_pos_h"][1],
        mlp_ratio=shapes["image_encoder.blocks.0.mlp.lin1.weight"][0] / width,
        out_chans=shapes["image_encoder.neck.0.weight"][0],
        qkv_bias=True,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=next((span for span in spans if span != cells), 14),
        global_attn_indexes=tuple(i for i, span in enumerate(spans) if span == cells),
    )


def _assembled(encoder: Any, shapes: Shapes, side: int) -> Any:
    """Encoder, prompt encoder and mask decoder; the last two are the same for every encoder."""
    channels = shapes["image_encoder.neck.0.weight"][0]
    return modeling().Sam(
        image_encoder=encoder,
        prompt_encoder=modeling().PromptEncoder(
            embed_dim=channels,
            image_embedding_size=(side // CELL, side // CELL),
            input_image_size=(side, side),
            mask_in_chans=shapes["prompt_encoder.mask_downscaling.6.weight"][1],
        ),
        mask_decoder=_decoder(shapes, channels),
        pixel_mean=list(MEAN),
        pixel_std=list(DEVIATION),
    )


def _decoder(shapes: Shapes, channels: int) -> Any:
    return modeling().MaskDecoder(
        transformer_dim=channels,
        transformer=modeling().TwoWayTransformer(
            depth=numbered(shapes, "mask_decoder.transformer.layers."),
            embedding_dim=channels,
            num_heads=_DECODER_HEADS,
            mlp_dim=shapes["mask_decoder.transformer.layers.0.mlp.lin1.weight"][0],
        ),
        num_multimask_outputs=shapes["mask_decoder.mask_tokens.weight"][0] - 1,
        iou_head_depth=numbered(shapes, "mask_decoder.iou_prediction_head.layers."),
        iou_head_hidden_dim=shapes["mask_decoder.iou_prediction_head.layers.0.weight"][0],
    )
