"""Segment Anything (ViT-B, L, H) as a ``Segmenter``; needs the ``sam`` extra and downloaded weights.

Only the network modules of the segment-anything package are used, and they are loaded without running the
package's own ``__init__``, which imports torchvision for helpers that Composer does not need. Checkpoints are
read with ``weights_only=True`` and the network's shape is read off their tensors.
"""

from __future__ import annotations

import importlib.util
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import ModelUnavailable, ShapeError
from composer.values import Candidate, Prompt

#: What must be importable for this segmenter.
EXTRA_MODULES = ("torch", "segment_anything")
#: How to get it.
INSTALL_LINE = 'pip install "composer-video[sam]"'
#: Heads of the decoder's transformer; the one number that the tensors do not tell. Source: build_sam.py.
_DECODER_HEADS = 8
#: Mean and deviation of the colours the networks were trained with. Source: build_sam.py.
_MEAN, _DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
#: A motion mask is handed in as logits of at most this: an opinion, not an order.
_PROMPT_LOGIT = 6.0


@dataclass(frozen=True, eq=False)
class SamEmbedding:
    """What ``embed`` gives back.

    Args:
        features: (1, C, h, w) tensor.
        original: (height, width) of the picture.
        inner: (height, width) it was resized to, inside the network's padded square.
    """

    features: Any
    original: tuple[int, int]
    inner: tuple[int, int]


class SamSegmenter:
    """A loaded network; ``load_sam`` makes it. Keeps no state between calls.

    Args:
        model: a ``segment_anything.modeling.Sam``.
        name: such as sam_vit_b.
        device: where it lies.
    """

    def __init__(self, model: Any, *, name: str, device: str) -> None:
        self._model, self._device = model, device
        self.name = name
        self.digest = f"{name}:{device}"

    def embed(self, image: NDArray[np.uint8]) -> SamEmbedding:
        """Run the image encoder; see ``Segmenter.embed``."""
        import torch  # noqa: PLC0415  # optional and slow to import

        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ShapeError("image", expected="(H, W, 3) uint8 RGB", actual=f"{image.shape} {image.dtype}")
        side = int(self._model.image_encoder.img_size)
        height, width = image.shape[:2]
        scale = side / max(height, width)
        inner = (max(1, round(height * scale)), max(1, round(width * scale)))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        resized = cv2.resize(image, inner[::-1], interpolation=method).astype(np.float32)
        padded = np.zeros((side, side, 3), np.float32)
        padded[: inner[0], : inner[1]] = (resized - np.asarray(_MEAN, np.float32)) / np.asarray(_DEVIATION, np.float32)
        with torch.inference_mode():
            batch = torch.from_numpy(padded.transpose(2, 0, 1)[None]).to(self._device)
            return SamEmbedding(self._model.image_encoder(batch), (height, width), inner)

    def predict(self, embedding: SamEmbedding, prompts: Sequence[Prompt]) -> list[Candidate]:
        """Run the mask decoder; see ``Segmenter.predict``."""
        import torch  # noqa: PLC0415  # optional and slow to import

        with torch.inference_mode():
            return [self._answered(embedding, prompt) for prompt in prompts]

    def _answered(self, embedding: SamEmbedding, prompt: Prompt) -> Candidate:
        encoder, prior = self._model.prompt_encoder, self._prior(embedding, prompt)
        points, boxes = self._places(embedding, prompt)
        mask = None if prior is None else self._tensor(_logit(prior)[None, None])
        sparse, dense = encoder(points=points, boxes=boxes, masks=mask)
        low, qualities = self._model.mask_decoder(
            image_embeddings=embedding.features,
            image_pe=encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
        )
        quality = np.clip(qualities[0].float().cpu().numpy(), 0, 1)
        chosen = best_of(low[0].float().cpu().numpy() > 0, quality, None if prior is None else prior > 0.5)
        full = self._model.postprocess_masks(low[:, chosen : chosen + 1], embedding.inner, embedding.original)
        logits = full[0, 0].float().cpu().numpy()
        return Candidate(logits, float(quality[chosen]), prompt.moving_score)

    def _places(self, embedding: SamEmbedding, prompt: Prompt) -> tuple[Any, Any]:
        scale = np.array([embedding.inner[1] / embedding.original[1], embedding.inner[0] / embedding.original[0]])
        points = boxes = None
        if len(prompt.points):
            places = self._tensor((prompt.points * scale)[None].astype(np.float32))
            points = (places, self._tensor(prompt.labels[None].astype(np.int32)))
        if prompt.box is not None:
            corners = np.array([[prompt.box.x0, prompt.box.y0], [prompt.box.x1, prompt.box.y1]]) * scale
            boxes = self._tensor(corners.reshape(1, 4).astype(np.float32))
        return points, boxes

    def _prior(self, embedding: SamEmbedding, prompt: Prompt) -> NDArray[np.float32] | None:
        """The prompt's mask where the decoder's own masks lie: a padded square of a quarter of its size."""
        if prompt.mask is None:
            return None
        height, width = (int(side) for side in self._model.prompt_encoder.mask_input_size)
        share = height / float(self._model.image_encoder.img_size)
        inner = (max(1, round(embedding.inner[0] * share)), max(1, round(embedding.inner[1] * share)))
        prior = np.zeros((height, width), np.float32)
        prior[: inner[0], : inner[1]] = cv2.resize(prompt.mask.astype(np.float32), inner[::-1])
        return prior

    def _tensor(self, array: NDArray[Any]) -> Any:
        import torch  # noqa: PLC0415  # optional and slow to import

        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


def best_of(masks: NDArray[np.bool_], qualities: NDArray[np.floating], prior: NDArray[np.bool_] | None) -> int:
    """Which of several outlines is meant: the best by the network's word and by overlap with the motion.

    Args:
        masks: (N, h, w) bool.
        qualities: (N,) predicted overlaps, 0..1.
        prior: (h, w) bool, what moved there, or None.

    Returns:
        Its number.
    """
    if prior is None:
        return int(np.argmax(qualities))
    both = (masks & prior).sum(axis=(1, 2))
    either = np.maximum((masks | prior).sum(axis=(1, 2)), 1)
    return int(np.argmax(qualities * (both / either)))


def load_sam(path: Path, *, name: str, device: str = "cpu") -> SamSegmenter:
    """Bring a checkpoint in segment-anything's format into memory.

    Args:
        path: a state dict saved by torch.
        name: such as sam_vit_b.
        device: cpu, cuda, cuda:1, mps.

    Raises:
        ModelUnavailable: the extra, the device or a readable checkpoint is missing.
    """
    if any(importlib.util.find_spec(module) is None for module in EXTRA_MODULES):
        raise ModelUnavailable(f"segmenter {name} needs the sam extra, which is not installed", hint=INSTALL_LINE)
    import torch  # noqa: PLC0415  # optional and slow to import

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ModelUnavailable(f"segmenter {name}: there is no CUDA device here", hint="use --device cpu")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        model = _built(_modeling(), state)
        model.load_state_dict(state)
    except (OSError, EOFError, pickle.UnpicklingError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read as a Segment Anything checkpoint: {str(error).splitlines()[0]}",
            hint=f"remove it, then run: composer models get {name}",
        ) from error
    return SamSegmenter(model.eval().to(device), name=name, device=device)


def _modeling() -> ModuleType:
    """segment_anything.modeling under a name of our own, without the package around it."""
    alias = "composer_segment_anything_modeling"
    if alias in sys.modules:
        return sys.modules[alias]
    package = importlib.util.find_spec("segment_anything")
    folder = Path(cast("str", cast("Any", package).origin)).parent / "modeling"
    spec = importlib.util.spec_from_file_location(
        alias, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ModelUnavailable("segment-anything has no modeling package", hint=INSTALL_LINE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[alias] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[alias]
        raise
    return module


def _built(modeling: Any, state: Mapping[str, Any]) -> Any:
    """An untrained network of the checkpoint's shape."""
    import torch  # noqa: PLC0415  # optional and slow to import

    shape = {key: tuple(tensor.shape) for key, tensor in state.items()}
    width, _, patch, _ = shape["image_encoder.patch_embed.proj.weight"]
    cells = shape["image_encoder.pos_embed"][1]
    channels = shape["image_encoder.neck.0.weight"][0]
    depth = _count(shape, "image_encoder.blocks.")
    # A block's relative positions span 2 n - 1 steps: n is its window, or the whole picture where it is global.
    spans = [(shape[f"image_encoder.blocks.{i}.attn.rel_pos_h"][0] + 1) // 2 for i in range(depth)]
    encoder = modeling.ImageEncoderViT(
        img_size=cells * patch,
        patch_size=patch,
        embed_dim=width,
        depth=depth,
        num_heads=width // shape["image_encoder.blocks.0.attn.rel_pos_h"][1],
        mlp_ratio=shape["image_encoder.blocks.0.mlp.lin1.weight"][0] / width,
        out_chans=channels,
        qkv_bias=True,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=next((span for span in spans if span != cells), 14),
        global_attn_indexes=tuple(i for i, span in enumerate(spans) if span == cells),
    )
    return modeling.Sam(
        image_encoder=encoder,
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=channels,
            image_embedding_size=(cells, cells),
            input_image_size=(cells * patch, cells * patch),
            mask_in_chans=shape["prompt_encoder.mask_downscaling.6.weight"][1],
        ),
        mask_decoder=_decoder(modeling, shape, channels),
        pixel_mean=list(_MEAN),
        pixel_std=list(_DEVIATION),
    )


def _decoder(modeling: Any, shape: Mapping[str, tuple[int, ...]], channels: int) -> Any:
    return modeling.MaskDecoder(
        transformer_dim=channels,
        transformer=modeling.TwoWayTransformer(
            depth=_count(shape, "mask_decoder.transformer.layers."),
            embedding_dim=channels,
            num_heads=_DECODER_HEADS,
            mlp_dim=shape["mask_decoder.transformer.layers.0.mlp.lin1.weight"][0],
        ),
        num_multimask_outputs=shape["mask_decoder.mask_tokens.weight"][0] - 1,
        iou_head_depth=_count(shape, "mask_decoder.iou_prediction_head.layers."),
        iou_head_hidden_dim=shape["mask_decoder.iou_prediction_head.layers.0.weight"][0],
    )


def _count(shape: Mapping[str, tuple[int, ...]], prefix: str) -> int:
    return 1 + max(int(key[len(prefix) :].split(".")[0]) for key in shape if key.startswith(prefix))


def _logit(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    least = 1 / (1 + np.exp(np.float32(_PROMPT_LOGIT)))
    clipped = np.clip(probability, least, 1 - least)
    return np.log(clipped / (1 - clipped)).astype(np.float32)
