"""The edges network in use: a picture and a coarse matte in, the matte in a band around its edge out.

A guided filter first gives the coarse matte an edge of the picture. The network corrects that answer near the edge:
parts that the motion lost or took too many, and how soft the edge is. Away from the edge the guided filter's answer
stays what it is. The network was trained on composites that this project generates (training/edges,
docs/models/edges.md) and runs in OpenCV's own inference engine.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from composer.mask.inference import load_net
from composer.mask.logits import to_logits, to_probability
from composer.mask.refine import Guide, Map, brought_up, refined
from composer.values import Box

#: Longest side of the picture that the network sees.
EDGE_SIDE = 640
#: Window radius of the guided filter that goes before it, in pixels of half that picture.
WIDE = 7
#: Steepness given to its answer: what it finds is softer than the edge it finds. Source: by eye (2026-11-23).
CRISP = 3.0
#: The band: how far in pixels the network may reach from where the matte is in doubt, and over how many it fades out.
REACH, FADE = 20.0, 6.0
#: A matte within this of 0 or 1 is not in doubt.
SURE = 0.02
#: Planes the network is given: the picture, the coarse matte, the guided filter's answer.
PLANE_COUNT = 5
#: Sides of its input are multiples of this.
STEP = 16
#: Pixels around the part asked for that the network sees as well.
MARGIN = 24


@dataclass(frozen=True, eq=False)
class Draft:
    """What is known before the network is asked, all (h, w) float32.

    Args:
        planes: (5, h, w), the network's input.
        guided: 0..1, the guided filter's answer.
        band: 0..1, how much the network's word counts.
    """

    planes: Map
    guided: Map
    band: Map


def draft_of(picture: Map, coarse: Map) -> Draft:
    """Filter a coarse matte and say where its edge may be.

    Args:
        picture: (h, w, 3) float32 0..1, 640 long or a part of that.
        coarse: (h, w) float32 0..1.
    """
    found = found_edge(picture, coarse)
    guided = np.clip((found - np.float32(0.5)) * np.float32(CRISP) + np.float32(0.5), 0, 1)
    planes = np.concatenate([np.moveaxis(picture, 2, 0), coarse[None], guided[None]]) * np.float32(2) - np.float32(1)
    return Draft(planes, guided, _band(coarse, guided))


def found_edge(picture: Map, coarse: Map) -> Map:
    """The edge of the picture near that of a coarse matte, by a guided filter fitted at half the size.

    Args:
        picture: (h, w, 3) float32 0..1.
        coarse: (h, w) float32 0..1.

    Returns:
        (h, w) float32 0..1, soft.
    """
    height, width = coarse.shape
    half = (max(1, width // 2), max(1, height // 2))
    small = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
    matte = np.asarray(cv2.resize(coarse, half, interpolation=cv2.INTER_AREA), np.float32)
    return refined(Guide(picture, small), matte, Box(0, 0, width, height), radius=WIDE)


def _band(coarse: Map, guided: Map) -> Map:
    """1 where either matte is in doubt and near it, falling to 0 beyond the reach."""
    doubt = (np.abs(coarse - 0.5) < 0.5 - SURE) | (np.abs(guided - 0.5) < 0.5 - SURE)
    if not doubt.any():
        return np.zeros_like(coarse)
    away = cv2.distanceTransform((~doubt).view(np.uint8), cv2.DIST_L2, 3)
    return np.clip((np.float32(REACH) - away) / np.float32(FADE), 0, 1)


def blended(draft: Draft, change: Map) -> Map:
    """The answer: the network's in the band, the guided filter's elsewhere.

    Args:
        draft: what the network was asked about.
        change: (h, w) float32, what it adds to the guided filter's logits.

    Returns:
        (h, w) float32 0..1.
    """
    alpha = widened(to_probability(to_logits(draft.guided) + change))
    return np.asarray(draft.guided + (alpha - draft.guided) * draft.band, np.float32)


def widened(probability: Map) -> Map:
    """Probabilities beyond 2 and 98 % taken as none and all: a network never quite says so."""
    return np.clip((probability - np.float32(SURE)) / np.float32(1 - 2 * SURE), 0, 1)


class EdgeNet:
    """The trained network; may be asked from several threads, each of which reads the file once."""

    def __init__(self, path: Path) -> None:
        """Read the weights.

        Args:
            path: an ONNX file, normally assets/weights/edges.onnx.

        Raises:
            ModelUnavailable: the file is missing or cannot be read as a network.
        """
        self._path = path
        self._own = threading.local()
        self._own.net = load_net(path, what="edges network", trained_by="training/edges/train.py")

    def predict(self, draft: Draft) -> Map:
        """Correct a draft.

        Args:
            draft: of any size.

        Returns:
            (h, w) float32 0..1: the matte.
        """
        height, width = draft.guided.shape
        below, beside = -height % STEP, -width % STEP
        planes = np.pad(draft.planes, ((0, 0), (0, below), (0, beside)), mode="edge")
        if not hasattr(self._own, "net"):  # OpenCV's networks are not shared between threads
            self._own.net = load_net(self._path, what="edges network", trained_by="training/edges/train.py")
        self._own.net.setInput(planes[None])
        change = self._own.net.forward().reshape(planes.shape[1:])[:height, :width]
        return blended(draft, change)


def outlined(net: EdgeNet, guide: Guide, coarse: Map, part: Box) -> Map:
    """The matte of a part of a picture.

    Args:
        net: the network.
        guide: the picture, brought to EDGE_SIDE.
        coarse: (h, w) float32 0..1 at the guide's reduced size.
        part: whole pixels of the full picture; only this part is worked out.

    Returns:
        (height, width) of the part, float32 0..1.
    """
    window = window_of(guide, part)
    draft = draft_of(np.ascontiguousarray(guide.small[window.slices]), np.ascontiguousarray(coarse[window.slices]))
    return brought_up(guide, net.predict(draft), window, part)


def window_of(guide: Guide, part: Box) -> Box:
    """The whole pixels of the reduced picture that decide about a part of the full one.

    Args:
        guide: the prepared picture.
        part: whole pixels of the full picture.
    """
    size, reduced = guide.size, guide.small_size
    small = part.scaled(reduced.width / size.width, reduced.height / size.height)
    around = Box(small.x0 - MARGIN, small.y0 - MARGIN, small.x1 + MARGIN, small.y1 + MARGIN)
    return around.snapped(reduced, step=(STEP, STEP))
