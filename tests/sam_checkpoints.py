"""Small untrained networks of the Segment Anything family, saved as their authors save theirs, and what they answer.

MobileSAM's encoder is computed here from its own names, in its own order, by plain functions: a reference that shares
nothing with the loader but the checkpoint.
"""

from __future__ import annotations

import importlib.util
import math
from functools import partial
from itertools import product

import pytest

from composer.mask import sam_parts

SIDE = 128
CHANNELS = 32
#: MobileSAM's encoder, small: widths, blocks, heads and windows of its four layers; the first has no attention.
WIDTHS, DEPTHS, HEADS, WINDOWS = (8, 16, 24, 32), (2, 1, 2, 1), (0, 2, 3, 4), (0, 3, 2, 5)


def needs(modules):
    """Skips a test where a module is missing."""
    here = all(importlib.util.find_spec(name) is not None for name in modules)
    return pytest.mark.skipif(not here, reason=f"the sam extra is not installed: {sam_parts.INSTALL_LINE}")


needs_sam, needs_mobile = needs(sam_parts.SAM_MODULES), needs(sam_parts.MOBILE_MODULES)


def sam_checkpoint(path, *, seed=0):
    """A Segment Anything network, saved as segment-anything saves its own."""
    import torch  # noqa: PLC0415  # only where the extra is installed

    torch.manual_seed(seed)
    encoder = sam_parts.modeling().ImageEncoderViT(
        img_size=SIDE,
        patch_size=16,
        embed_dim=32,
        depth=3,
        num_heads=2,
        mlp_ratio=4,
        out_chans=CHANNELS,
        qkv_bias=True,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=4,
        global_attn_indexes=(1,),
    )
    network = _with_decoder(encoder, SIDE)
    with torch.no_grad():  # all start at 0, where a lost or shifted position would not show
        for name, tensor in network.named_parameters():
            if "pos" in name:
                tensor.normal_(0, 0.5)
    torch.save(network.state_dict(), path)
    return network.eval()


def _with_decoder(encoder, side):
    import torch  # noqa: PLC0415  # only where the extra is installed

    modeling = sam_parts.modeling()
    return modeling.Sam(
        image_encoder=encoder or torch.nn.Identity(),
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=CHANNELS,
            image_embedding_size=(side // 16, side // 16),
            input_image_size=(side, side),
            mask_in_chans=8,
        ),
        mask_decoder=modeling.MaskDecoder(
            transformer_dim=CHANNELS,
            transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=CHANNELS, num_heads=8, mlp_dim=64),
            num_multimask_outputs=3,
            iou_head_depth=3,
            iou_head_hidden_dim=32,
        ),
    )


def mobile_checkpoint(path, *, seed=0):
    """A MobileSAM network under MobileSAM's names; returns its state dict."""
    import torch  # noqa: PLC0415  # only where the extra is installed

    torch.manual_seed(seed)
    state = {f"image_encoder.{key}": value for key, value in _mobile_encoder().items()}
    state |= _with_decoder(None, SIDE).state_dict()
    torch.save(state, path)
    return state


def _mobile_encoder():
    """Tensors of the encoder as MobileSAM names and orders them, the classifier's unused ones too."""
    tensors = _conv("patch_embed.seq.0", 3, WIDTHS[0] // 2, 3) | _conv(
        "patch_embed.seq.2", WIDTHS[0] // 2, WIDTHS[0], 3
    )
    for layer, (width, depth) in enumerate(zip(WIDTHS, DEPTHS, strict=True)):
        for block in range(depth):
            name = f"layers.{layer}.blocks.{block}"
            tensors |= _attention(name, width, layer) if layer else _bottleneck(name, width, 4 * width, width)
        if layer < 3:
            tensors |= _bottleneck(f"layers.{layer}.downsample", width, WIDTHS[layer + 1], WIDTHS[layer + 1])
    tensors |= _norm("norm_head", WIDTHS[-1]) | _linear("head", WIDTHS[-1], 10)
    tensors["neck.0.weight"] = _weights(CHANNELS, WIDTHS[-1], 1, 1)
    tensors["neck.2.weight"] = _weights(CHANNELS, CHANNELS, 3, 3)
    return tensors | _norm("neck.1", CHANNELS) | _norm("neck.3", CHANNELS)


def _attention(name, width, layer):
    tensors = {f"{name}.attn.attention_biases": _weights(HEADS[layer], WINDOWS[layer] ** 2)}
    tensors |= _norm(f"{name}.attn.norm", width) | _linear(f"{name}.attn.qkv", width, 3 * width)
    tensors |= _linear(f"{name}.attn.proj", width, width) | _norm(f"{name}.mlp.norm", width)
    tensors |= _linear(f"{name}.mlp.fc1", width, 4 * width) | _linear(f"{name}.mlp.fc2", 4 * width, width)
    return tensors | _conv(f"{name}.local_conv", 1, width, 3)


def _bottleneck(name, width, inner, out):
    return (
        _conv(f"{name}.conv1", width, inner, 1)
        | _conv(f"{name}.conv2", 1, inner, 3)
        | _conv(f"{name}.conv3", inner, out, 1)
    )


def _weights(*shape):
    import torch  # noqa: PLC0415  # only where the extra is installed

    return torch.randn(shape) / math.prod(shape[1:]) ** 0.5


def _conv(name, into, out, side):
    import torch  # noqa: PLC0415  # only where the extra is installed

    return {
        f"{name}.c.weight": _weights(out, into, side, side),
        f"{name}.bn.weight": torch.rand(out) + 0.5,
        f"{name}.bn.bias": 0.1 * torch.randn(out),
        f"{name}.bn.running_mean": 0.1 * torch.randn(out),
        f"{name}.bn.running_var": torch.rand(out) + 0.5,
        f"{name}.bn.num_batches_tracked": torch.tensor(7),
    }


def _norm(name, width):
    import torch  # noqa: PLC0415  # only where the extra is installed

    return {f"{name}.weight": torch.rand(width) + 0.5, f"{name}.bias": 0.1 * torch.randn(width)}


def _linear(name, into, out):
    import torch  # noqa: PLC0415  # only where the extra is installed

    return {f"{name}.weight": _weights(out, into), f"{name}.bias": 0.1 * torch.randn(out)}


def echoing(state, *, quality):
    """A checkpoint whose decoder gives back the mask of the prompt, with a fixed quality; the encoder has no say.

    One channel carries the mask's sign through the mask encoder, past the transformer, whose answer is switched off,
    and through the enlargement; the heads are their biases alone.
    """
    import torch  # noqa: PLC0415  # only where the extra is installed

    state = {key: tensor.clone() for key, tensor in state.items()}
    signs = torch.tensor([1.0, -1.0])
    into, up = "prompt_encoder.mask_downscaling", "mask_decoder.output_upscaling"
    for name in (f"{into}.0", f"{into}.3", f"{into}.6", f"{up}.0", f"{up}.3"):
        state[f"{name}.weight"].zero_()
        state[f"{name}.bias"].zero_()
    state[f"{into}.0.weight"][:, 0] = signs.view(-1, 1, 1) / 4
    state[f"{into}.3.weight"][:] = torch.outer(signs.repeat(4), signs).view(8, 2, 1, 1) / 4
    state[f"{into}.6.weight"][0, :, 0, 0] = 30 * signs.repeat(4)
    state[f"{up}.0.weight"][0] = signs.repeat(CHANNELS // 8).view(-1, 1, 1)
    state[f"{up}.3.weight"][:, :2] = torch.outer(signs.repeat(CHANNELS // 8), signs).view(-1, 2, 1, 1) / 4
    for key, tensor in state.items():
        head = "output_hypernetworks_mlps" in key and ".layers.2." in key
        if head or "cross_attn_image_to_token.out_proj" in key or "iou_prediction_head.layers.2." in key:
            tensor.zero_()
        if head and key.endswith("bias"):
            tensor[:2] = 5 * signs
        if "iou_prediction_head.layers.2.bias" in key:
            tensor.fill_(quality)
    return state


class MobileReference:
    """MobileSAM's encoder in its own order, straight from a state dict."""

    def __init__(self, state):
        self.state = {key.removeprefix("image_encoder."): value for key, value in state.items()}

    def __call__(self, pictures):
        x = self._normed_conv(self._gelu(self._normed_conv(pictures, "patch_embed.seq.0", 2)), "patch_embed.seq.2", 2)
        for layer in range(4):
            for block in range(DEPTHS[layer]):
                name = f"layers.{layer}.blocks.{block}"
                x = self._attended(x, name, layer) if layer else self._gelu(x + self._bottleneck(x, name))
            if layer < 3:  # at the layer's end; the last one does not halve the picture
                x = self._bottleneck(x, f"layers.{layer}.downsample", stride=1 if layer == 2 else 2)
        x = self._channel_norm(self._conv(x, self.state["neck.0.weight"]), "neck.1")
        return self._channel_norm(self._conv(x, self.state["neck.2.weight"]), "neck.3")

    def _gelu(self, x):
        return x * 0.5 * (1 + (x / 2**0.5).erf())

    def _conv(self, x, weight, stride=1):
        import torch  # noqa: PLC0415  # only where the extra is installed

        groups = x.shape[1] // weight.shape[1]
        return torch.conv2d(x, weight, None, stride, weight.shape[2] // 2, 1, groups)

    def _normed_conv(self, x, name, stride=1):
        x = self._conv(x, self.state[f"{name}.c.weight"], stride)
        weight, bias, mean, variance = (
            self.state[f"{name}.bn.{key}"].view(1, -1, 1, 1)
            for key in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / (variance + 1e-5).sqrt() * weight + bias

    def _bottleneck(self, x, name, stride=1):
        x = self._gelu(self._normed_conv(x, f"{name}.conv1"))
        x = self._gelu(self._normed_conv(x, f"{name}.conv2", stride))
        return self._normed_conv(x, f"{name}.conv3")

    def _channel_norm(self, x, name):
        mean = x.mean(1, keepdim=True)
        x = (x - mean) / ((x - mean).square().mean(1, keepdim=True) + 1e-6).sqrt()
        return x * self.state[f"{name}.weight"].view(1, -1, 1, 1) + self.state[f"{name}.bias"].view(1, -1, 1, 1)

    def _row_norm(self, x, name):
        mean = x.mean(-1, keepdim=True)
        x = (x - mean) / ((x - mean).square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return x * self.state[f"{name}.weight"] + self.state[f"{name}.bias"]

    def _linear(self, x, name):
        return x @ self.state[f"{name}.weight"].T + self.state[f"{name}.bias"]

    def _attended(self, x, name, layer):
        """Attention inside windows, a convolution over all, two linear layers; each but the second added on."""
        x = x + self._windowed(x.permute(0, 2, 3, 1), name, layer).permute(0, 3, 1, 2)
        x = self._normed_conv(x, f"{name}.local_conv").permute(0, 2, 3, 1)
        inner = self._gelu(self._linear(self._row_norm(x, f"{name}.mlp.norm"), f"{name}.mlp.fc1"))
        return (x + self._linear(inner, f"{name}.mlp.fc2")).permute(0, 3, 1, 2)

    def _windowed(self, x, name, layer):
        """Window by window; those at the right and bottom are filled up with zeros."""
        import torch  # noqa: PLC0415  # only where the extra is installed

        side, (_, height, width, _) = WINDOWS[layer], x.shape
        filled = torch.nn.functional.pad(x, (0, 0, 0, -width % side, 0, -height % side))
        out = torch.empty_like(filled)
        for top, left in product(range(0, filled.shape[1], side), range(0, filled.shape[2], side)):
            window = filled[:, top : top + side, left : left + side].flatten(1, 2)
            seen = self._attention(window, name, layer).view(-1, side, side, x.shape[3])
            out[:, top : top + side, left : left + side] = seen
        return out[:, :height, :width]

    def _attention(self, x, name, layer):
        import torch  # noqa: PLC0415  # only where the extra is installed

        heads, width = HEADS[layer], x.shape[2] // HEADS[layer]
        per_head = self._linear(self._row_norm(x, f"{name}.attn.norm"), f"{name}.attn.qkv").view(
            *x.shape[:2], heads, -1
        )
        q, k, v = (part.transpose(1, 2) for part in per_head.split(width, dim=3))
        scores = q @ k.transpose(2, 3) * width**-0.5 + self._biases(name, layer)
        mixed = (torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2)
        return self._linear(mixed, f"{name}.attn.proj")

    def _biases(self, name, layer):
        """One number per head and step between two places of a window, steps numbered as they first turn up."""
        places = list(product(range(WINDOWS[layer]), repeat=2))
        steps = [(abs(a[0] - b[0]), abs(a[1] - b[1])) for a in places for b in places]
        numbers = {step: number for number, step in enumerate(dict.fromkeys(steps))}
        biases = self.state[f"{name}.attn.attention_biases"]
        return biases[:, [numbers[step] for step in steps]].view(HEADS[layer], len(places), len(places))
