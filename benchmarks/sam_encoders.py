"""Image encoders of the Segment Anything family: pictures a second, segment-anything's own forward beside Composer's.

    python benchmarks/sam_encoders.py [--models sam_vit_b mobile_sam] [--device cpu] [--rounds N]

Weights are random, which changes neither time nor memory. The ways take turns, medians are kept. On a CPU time is
processor time of one thread, so that a busy machine does not count; on a graphics card it is wall time. "off" is the
mean difference of the embedding from stock over stock's mean size: how far the numbers move, not what that does to an
outline, which only trained weights can tell (none were at hand); at another resolution there is nothing to compare.
MobileSAM's stock is timm's TinyViT in
float32 at 1024. Rows of a graphics card are made where there is one.

Predictions, written 2026-11-25 before the first run: fused attention saves a quarter of ViT-B's time; bfloat16 doubles
the speed on a processor that has instructions for it; int8 linear layers (torch's dynamic quantisation) gain less than
bfloat16; 512 pixels instead of 1024 give 4.5 times the speed of ViT-B and 4 times that of MobileSAM. Outcome, same day:
fused attention saves two fifths; bfloat16 is 1.7 times as fast on top (2.8 times stock), 1.4 for MobileSAM; int8 gains
a little less and is four to ten times further off, so Composer does not offer it; 512 gives 5.0 and 3.6 times.
"""

from __future__ import annotations

import argparse
import platform
import re
import time
import warnings
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pictures import write_result

from composer.mask.sam import SamSegmenter
from composer.mask.sam_networks import DEVIATION, MEAN, network_of
from composer.mask.sam_parts import modeling, tiny_vit

Picture = NDArray[np.uint8]
Way = Callable[[Picture], Any]
State = dict[str, Any]
#: Width, blocks, heads and global blocks of each ViT. Source: segment_anything/build_sam.py.
VITS = {
    "sam_vit_b": (768, 12, 12, (2, 5, 8, 11)),
    "sam_vit_l": (1024, 24, 16, (5, 11, 17, 23)),
    "sam_vit_h": (1280, 32, 16, (7, 15, 23, 31)),
}
#: MobileSAM's names for timm's, as composer.mask.mobile_sam undoes them.
BACK = (
    (r"patch_embed\.conv1\.", "patch_embed.seq.0."),
    (r"patch_embed\.conv2\.", "patch_embed.seq.2."),
    (r"stages\.(\d+)\.downsample\.", lambda found: f"layers.{int(found[1]) - 1}.downsample."),
    (r"stages\.(\d+)\.blocks\.", r"layers.\1.blocks."),
    (r"\.conv\.", ".c."),
)
FRAME = (720, 1280)


def sam_of(encoder: Any) -> Any:
    """A whole network around an encoder."""
    prompts = modeling().PromptEncoder(
        embed_dim=256, image_embedding_size=(64, 64), input_image_size=(1024, 1024), mask_in_chans=16
    )
    transformer = modeling().TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8)
    decoder = modeling().MaskDecoder(transformer_dim=256, transformer=transformer, num_multimask_outputs=3)
    return modeling().Sam(encoder, prompts, decoder, list(MEAN), list(DEVIATION))


def stock_vit(name: str) -> Any:
    """segment-anything's own network with random weights."""
    width, depth, heads, everywhere = VITS[name]
    encoder = modeling().ImageEncoderViT(
        depth=depth,
        embed_dim=width,
        img_size=1024,
        mlp_ratio=4,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        num_heads=heads,
        patch_size=16,
        qkv_bias=True,
        use_rel_pos=True,
        global_attn_indexes=everywhere,
        window_size=14,
        out_chans=256,
    )
    return sam_of(encoder).eval()


def mobile_state() -> State:
    """MobileSAM's state dict with random weights."""
    widths = (64, 128, 160, 320)
    body = tiny_vit()(num_classes=0, embed_dims=widths, num_heads=(2, 4, 5, 10), window_sizes=(7, 7, 14, 7))
    state = {}
    for name, tensor in body.state_dict().items():
        for ours, theirs in BACK:
            name = re.sub(ours, theirs, name)  # noqa: PLW2901  # word after word
        if not name.startswith("head."):
            # Each block's last norm starts at 0, which would switch the block off.
            state[f"image_encoder.{name}"] = torch.ones_like(tensor) if name.endswith("bn.weight") else tensor
    norm = modeling().common.LayerNorm2d
    neck = torch.nn.Sequential(
        torch.nn.Conv2d(widths[-1], 256, 1, bias=False),
        norm(256),
        torch.nn.Conv2d(256, 256, 3, padding=1, bias=False),
        norm(256),
    )
    state |= {f"image_encoder.neck.{name}": tensor for name, tensor in neck.state_dict().items()}
    return state | sam_of(torch.nn.Identity()).state_dict()


def ways_of(name: str, device: str) -> dict[str, Callable[[], Way]]:
    """How an embedding can be made, the first being stock; each is built when asked for."""
    torch.manual_seed(0)
    stock = None if name == "mobile_sam" else stock_vit(name)
    state = mobile_state() if stock is None else stock.state_dict()

    def composer(*, resolution: int | None = None, half: bool = False) -> Way:
        return SamSegmenter(network_of(state, resolution).to(device), name=name, device=device, half=half).embed

    def eight_bit() -> Way:
        network = network_of(state)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says that this way of it is going
            network.image_encoder = quantised(network.image_encoder)
        return SamSegmenter(network, name=name, device=device).embed

    first = partial(composer) if stock is None else (lambda: partial(stock_embed, stock.to(device), device))
    ways: dict[str, Callable[[], Way]] = {"stock": first}
    if stock is not None:
        ways["float32"] = composer
    ways["bfloat16"] = partial(composer, half=True)
    if device == "cpu":
        ways["int8"] = eight_bit
    ways["float32@512"] = partial(composer, resolution=512)
    ways["bfloat16@512"] = partial(composer, resolution=512, half=True)
    return ways


def quantised(encoder: Any) -> Any:
    """The encoder with its linear layers in 8 bits."""
    side = encoder.img_size
    made = torch.ao.quantization.quantize_dynamic(deepcopy(encoder), {torch.nn.Linear}, dtype=torch.qint8)
    made.img_size = side
    return made


def stock_embed(network: Any, device: str, picture: Picture) -> Any:
    """segment-anything's own: preprocess and encode, float32."""
    import cv2  # noqa: PLC0415  # the same resizing as in Composer, so that the encoders alone differ

    scale = 1024 / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        batch = torch.from_numpy(small.transpose(2, 0, 1).astype(np.float32))[None].to(device)
        return network.image_encoder(network.preprocess(batch))


def features(answer: Any) -> Any:
    """An embedding's tensor on the CPU."""
    return getattr(answer, "features", answer).float().cpu()


def seconds(way: Way, picture: Picture, device: str) -> tuple[float, Any]:
    """Time of one picture, and its embedding."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    started = clock()
    found = features(way(picture))
    return clock() - started, found


def compare(name: str, device: str, rounds: int) -> dict[str, dict[str, float]]:
    """All ways of one model, in turn."""
    dice = np.random.default_rng(0)
    picture = dice.integers(0, 255, (*FRAME, 3)).astype(np.uint8)
    ways = {way: build() for way, build in ways_of(name, device).items()}
    times: dict[str, list[float]] = {way: [] for way in ways}
    found: dict[str, Any] = {}
    for turn in range(rounds + (device != "cpu")):
        for way, run in ways.items():
            took, found[way] = seconds(run, picture, device)
            if turn or device == "cpu":  # the first on a card loads its kernels
                times[way].append(took)
    stock, base = found["stock"], median(times["stock"])
    rows = {}
    for way, took in times.items():
        row = {
            "seconds": round(median(took), 3),
            "images/s": round(1 / median(took), 3),
            "times stock": base / median(took),
        }
        if found[way].shape == stock.shape:
            row["off"] = float((found[way] - stock).abs().mean() / stock.abs().mean())
        rows[way] = {key: round(value, 4) for key, value in row.items()}
        print(f"{name:<10} {way:<14} {rows[way]}", flush=True)
    return rows


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=["sam_vit_b", "mobile_sam"])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.device == "cpu":
        torch.set_num_threads(1)
    facts = {"torch": torch.__version__, "machine": platform.machine(), "device": asked.device, "rounds": asked.rounds}
    models = {name: compare(name, asked.device, asked.rounds) for name in asked.models}
    write_result("sam_encoders" if asked.device == "cpu" else "sam_encoders_gpu", {**facts, "models": models})


if __name__ == "__main__":
    main()
