"""The Segment Anything family (ViT-B, L, H and MobileSAM) as ``Segmenter``; needs the ``sam`` extra and weights.

A picture is encoded once; all prompts of one kind (so many points, a box or none, a mask or none) then go through the
decoder in one call. Checkpoints are read with ``weights_only=True``, and the network's shape off their tensors.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import ModelUnavailable, ShapeError
from composer.mask.mobile_sam import is_mobile
from composer.mask.sam_networks import DEVIATION, MEAN, network_of
from composer.mask.sam_parts import INSTALL_LINE, MOBILE_MODULES, SAM_MODULES, are_installed
from composer.values import Candidate, Prompt

#: A motion mask is handed in as logits of at most this: an opinion, not an order.
_PROMPT_LOGIT = 6.0
#: Prompts in one call of the decoder; more take memory and save nothing.
_TOGETHER = 32


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
        half: whether the encoder, nine tenths of the work, multiplies in bfloat16.
    """

    def __init__(self, model: Any, *, name: str, device: str, half: bool = False) -> None:
        self._model, self._device, self._half = model, device, half
        self.name = name
        self.digest = f"{name}:{device}:{'bfloat16' if half else 'float32'}"

    def embed(self, image: NDArray[np.uint8]) -> SamEmbedding:
        """Run the image encoder; see ``Segmenter.embed``."""
        return self.embed_many([image])[0]

    def embed_many(self, images: Sequence[NDArray[np.uint8]]) -> list[SamEmbedding]:
        """Run the image encoder over several pictures together, which keeps a graphics card busy.

        Args:
            images: (H, W, 3) uint8 RGB each; sizes may differ.

        Returns:
            One embedding per picture, as ``embed`` gives back.
        """
        import torch  # noqa: PLC0415  # optional and slow to import

        if not images:
            return []
        side = int(self._model.image_encoder.img_size)
        inners = [_inner(image, side) for image in images]
        fitted = [_fitted(image, inner, side) for image, inner in zip(images, inners, strict=True)]
        kind = torch.device(self._device).type
        with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=self._half):
            features = self._model.image_encoder(self._tensor(np.stack(fitted))).float()
        parts = zip(features.split(1), images, inners, strict=True)
        return [SamEmbedding(part, image.shape[:2], inner) for part, image, inner in parts]

    def predict(self, embedding: SamEmbedding, prompts: Sequence[Prompt]) -> list[Candidate]:
        """Run the mask decoder; see ``Segmenter.predict``."""
        import torch  # noqa: PLC0415  # optional and slow to import

        candidates: dict[int, Candidate] = {}
        with torch.inference_mode():
            for alike in _alike(prompts):
                answers = self._answered(embedding, [prompts[number] for number in alike])
                candidates.update(zip(alike, answers, strict=True))
        return [candidates[number] for number in range(len(prompts))]

    def _answered(self, embedding: SamEmbedding, prompts: Sequence[Prompt]) -> list[Candidate]:
        """Prompts of one kind, in one call of the decoder."""
        encoder, priors = self._model.prompt_encoder, [self._prior(embedding, prompt) for prompt in prompts]
        points, boxes = self._places(embedding, prompts)
        masks = [_logit(prior)[None] for prior in priors if prior is not None]
        sparse, dense = encoder(points=points, boxes=boxes, masks=self._tensor(np.stack(masks)) if masks else None)
        low, qualities = self._model.mask_decoder(
            image_embeddings=embedding.features,
            image_pe=encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
        )
        words = np.clip(qualities.float().cpu().numpy(), 0, 1)
        answers = zip(low, words, priors, prompts, strict=True)
        return [self._candidate(embedding, *answer) for answer in answers]

    def _candidate(
        self,
        embedding: SamEmbedding,
        low: Any,
        quality: NDArray[np.float32],
        prior: NDArray[np.float32] | None,
        prompt: Prompt,
    ) -> Candidate:
        """One prompt's answer at full size, from the several outlines that the decoder offers."""
        chosen = best_of(low.float().cpu().numpy() > 0, quality, None if prior is None else prior > 0.5)
        full = self._model.postprocess_masks(low[None, chosen : chosen + 1], embedding.inner, embedding.original)
        return Candidate(full[0, 0].float().cpu().numpy(), float(quality[chosen]), prompt.moving_score)

    def _places(self, embedding: SamEmbedding, prompts: Sequence[Prompt]) -> tuple[Any, Any]:
        """Points and boxes of prompts of one kind, in the network's own coordinates."""
        scale = np.array([embedding.inner[1] / embedding.original[1], embedding.inner[0] / embedding.original[0]])
        points = boxes = None
        if len(prompts[0].points):
            places = self._tensor(np.stack([prompt.points * scale for prompt in prompts]).astype(np.float32))
            points = (places, self._tensor(np.stack([prompt.labels for prompt in prompts]).astype(np.int32)))
        corners = [[(box.x0, box.y0), (box.x1, box.y1)] * scale for box in (prompt.box for prompt in prompts) if box]
        if corners:
            boxes = self._tensor(np.stack(corners).reshape(-1, 4).astype(np.float32))
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


def _inner(image: NDArray[np.uint8], side: int) -> tuple[int, int]:
    """Height and width of a picture fitted into a square."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ShapeError("image", expected="(H, W, 3) uint8 RGB", actual=f"{image.shape} {image.dtype}")
    height, width = image.shape[:2]
    scale = side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _fitted(image: NDArray[np.uint8], inner: tuple[int, int], side: int) -> NDArray[np.float32]:
    """A picture in the network's colours at the top left of its square, (3, side, side)."""
    method = cv2.INTER_AREA if inner[0] < image.shape[0] else cv2.INTER_LINEAR
    resized = cv2.resize(image, inner[::-1], interpolation=method).astype(np.float32)
    square = np.zeros((side, side, 3), np.float32)
    square[: inner[0], : inner[1]] = (resized - np.asarray(MEAN, np.float32)) / np.asarray(DEVIATION, np.float32)
    return square.transpose(2, 0, 1)


def _alike(prompts: Sequence[Prompt]) -> list[list[int]]:
    """Numbers of the prompts that can be asked together, in lists that are not too long."""
    kinds: dict[tuple[int, bool, bool], list[int]] = {}
    for number, prompt in enumerate(prompts):
        kind = (len(prompt.points), prompt.box is not None, prompt.mask is not None)
        kinds.setdefault(kind, []).append(number)
    return [numbers[i : i + _TOGETHER] for numbers in kinds.values() for i in range(0, len(numbers), _TOGETHER)]


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


def load_sam(
    path: Path, *, name: str, device: str = "cpu", resolution: int | None = None, half: bool | None = None
) -> SamSegmenter:
    """Bring a checkpoint in segment-anything's or MobileSAM's format into memory.

    Args:
        path: a state dict saved by torch.
        name: such as sam_vit_b or mobile_sam.
        device: cpu, cuda, cuda:1, mps.
        resolution: side of the square that pictures are fitted into; None for the side that it was trained on.
        half: whether the encoder multiplies in bfloat16; None where the device is made for it.

    Raises:
        ModelUnavailable: the extra, the device or a readable checkpoint is missing.
    """
    _refuse_without(SAM_MODULES, name)
    import torch  # noqa: PLC0415  # optional and slow to import

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ModelUnavailable(f"segmenter {name}: there is no CUDA device here", hint="use --device cpu")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if is_mobile(state):
            _refuse_without(MOBILE_MODULES, name)
        model = network_of(state, resolution)
    except (OSError, EOFError, pickle.UnpicklingError, RuntimeError, LookupError, AttributeError, TypeError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read as a Segment Anything checkpoint: {str(error).splitlines()[0]}",
            hint=f"remove it, then run: composer models download {name.partition('@')[0]}",
        ) from error
    half = _is_made_for_half(device) if half is None else half
    return SamSegmenter(model.to(device), name=name, device=device, half=half)


def _is_made_for_half(device: str) -> bool:
    """Whether a device multiplies bfloat16 faster than float32, as CPUs do that have instructions for it."""
    import torch  # noqa: PLC0415  # optional and slow to import

    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported())
    able: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)() if device == "cpu" else {}
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _refuse_without(modules: tuple[str, ...], name: str) -> None:
    if not are_installed(modules):
        raise ModelUnavailable(f"segmenter {name} needs the sam extra, which is not installed", hint=INSTALL_LINE)


def _logit(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    least = 1 / (1 + np.exp(np.float32(_PROMPT_LOGIT)))
    clipped = np.clip(probability, least, 1 - least)
    return np.log(clipped / (1 - clipped)).astype(np.float32)
