"""The ``prompt`` matte: outlined where it was pointed at, followed both ways, outlined again at full size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import DecodeError
from composer.mask import look
from composer.mask.cut import coverage, in_order
from composer.mask.deck import Deck
from composer.mask.follow import Followed, follow
from composer.mask.propose import prompt_for
from composer.mask.segment import Segmenter
from composer.mask.shot import Shot
from composer.mask.sources import PromptSource
from composer.mask.store import MatteWriter, StoredMatte
from composer.mask.summary import ObjectSummary
from composer.mask.tools import Tools
from composer.values import Frame, Prompt, Size

#: The object is followed on pictures this much wider than those that motion is judged on.
FOLLOW_SCALE = 1.5
#: Below this confidence the end of the shot is not to be trusted without a look.
DOUBTFUL = 0.5


@dataclass(frozen=True, eq=False)
class _Pointed:
    """The frame that was pointed at.

    Args:
        index: which.
        frame: its picture.
        late: whether the shot ended before the time asked for.
    """

    index: int
    frame: Frame
    late: bool


def analyse_pointed(shot: Shot, source: PromptSource, tools: Tools, writer: MatteWriter) -> dict[str, Any]:
    """Write the mattes of something pointed at.

    Args:
        shot: the plate.
        source: where it was pointed at.
        tools: segmenter, folder, whom to tell.
        writer: takes the mattes.

    Returns:
        What is known about it; JSON.
    """
    segmenter = tools.choice.load()
    with Deck(tools.folder) as pictures, Deck(tools.folder) as masks:
        pointed = _looked_at(shot, source, tools, pictures)
        first, quality = _first_mask(pointed.frame, source, tools, segmenter)
        places, confidences = _follow(pictures, masks, pointed.index, first, tools)
        jobs = _jobs(shot, masks, places)
        areas: dict[int, float] = {}
        for index, (area, result) in enumerate(in_order(partial(_outline, segmenter), jobs)):
            tools.tick("mattes: outlines", index + 1, len(places))
            areas[index] = area
            writer.add(result)
    return _facts(areas, quality, confidences, pointed)


def _looked_at(shot: Shot, source: PromptSource, tools: Tools, pictures: Deck) -> _Pointed:
    """First look: reduced pictures go on the deck, and the frame that was pointed at is kept."""
    size = _follow_size(shot.size)
    wanted = source.at.moment.seconds_at(shot.rate)
    pointed: _Pointed | None = None
    start = elapsed = Fraction(0)
    for index, frame in enumerate(shot.frames()):
        if index == 0:
            start = frame.at.seconds
        passed = frame.at.seconds - start
        elapsed = passed if passed > 0 else index / shot.rate.value
        pictures.put_picture(look.small_bgr(frame, size))
        if pointed is None or elapsed <= wanted:
            pointed = _Pointed(index, frame, late=False)
        tools.tick("mattes: look", index + 1, shot.count)
    if pointed is None:
        raise DecodeError("the shot has no frames")
    return _Pointed(pointed.index, pointed.frame, late=wanted > elapsed + 1 / shot.rate.value)


def _follow_size(size: Size) -> Size:
    return look.small_size(size).scaled(FOLLOW_SCALE)


def prompt_of(source: PromptSource, size: Size, *, proxy: float = 1.0) -> Prompt:
    """A recipe's prompt in pixels of a picture.

    Args:
        source: as the recipe spells it.
        size: the picture worked on.
        proxy: its scale against full size.
    """
    points = [[x.pixels(size.width, proxy=proxy), y.pixels(size.height, proxy=proxy)] for x, y in source.points]
    return Prompt(
        points=np.asarray(points, np.float32).reshape(-1, 2),
        labels=np.asarray(source.point_labels, np.int8),
        box=None if source.box is None else source.box.box(size, proxy=proxy),
        object_id=1,
    )


def _first_mask(
    frame: Frame, source: PromptSource, tools: Tools, segmenter: Segmenter
) -> tuple[NDArray[np.float32], float]:
    prompt = prompt_of(source, frame.size, proxy=tools.proxy)
    candidate = segmenter.predict(segmenter.embed(look.rgb(frame)), [prompt])[0]
    size = _follow_size(frame.size)
    alpha = coverage(candidate.logits)
    reduced = cv2.resize(alpha, (size.width, size.height), interpolation=cv2.INTER_AREA)
    return reduced.astype(np.float32) / np.float32(255), candidate.quality


def _follow(
    pictures: Deck, masks: Deck, start: int, first: NDArray[np.float32], tools: Tools
) -> tuple[dict[int, int], dict[int, float]]:
    """Second look, at the reduced pictures only. Returns where on the deck each frame's mask lies."""
    places: dict[int, int] = {}
    confidences: dict[int, float] = {}

    def put(index: int, followed: Followed) -> None:
        places[index] = len(masks)
        confidences[index] = followed.confidence
        masks.put(np.rint(followed.mask * 255).astype(np.uint8))
        tools.tick("mattes: follow", len(masks), len(pictures))

    follow(pictures.picture_at, len(pictures), start, first, put)
    return places, confidences


def _jobs(shot: Shot, masks: Deck, places: dict[int, int]) -> Iterator[tuple[Frame, NDArray[np.float32]]]:
    """Third look: every frame with the followed outline."""
    for index, frame in zip(range(len(places)), shot.frames(), strict=False):
        yield frame, masks.at(places[index]).astype(np.float32) / np.float32(255)


def _outline(segmenter: Segmenter, job: tuple[Frame, NDArray[np.float32]]) -> tuple[float, StoredMatte]:
    """The followed outline at full size, and its share of the picture."""
    frame, mask = job
    inside = mask > 0.5
    if not inside.any():
        return 0.0, StoredMatte.of(np.zeros(frame.size.shape, np.uint8), None, ())
    prompt = prompt_for(mask, inside, frame.size, score=0.0, object_id=1)
    candidate = segmenter.predict(segmenter.embed(look.rgb(frame)), [prompt])[0]
    return float(inside.mean()), StoredMatte.of(coverage(candidate.logits), None, (1,))


def _facts(
    areas: dict[int, float],
    quality: float,
    confidences: dict[int, float],
    pointed: _Pointed,
) -> dict[str, Any]:
    seen = [index for index, area in areas.items() if area > 0]
    if not seen:
        words = "nothing was found where the prompt points; the matte is empty"
        return {"objects": [], "warnings": [words], "confidence": 0.0}
    summary = ObjectSummary(
        object_id=1,
        first=seen[0],
        last=seen[-1],
        frames=len(seen),
        mean_area=round(float(np.mean([areas[index] for index in seen])), 6),
        moving_score=0.0,
        quality=round(quality, 4),
    )
    confidence = min(confidences[index] for index in seen)
    return {
        "objects": [asdict(summary)],
        "warnings": _warnings(seen, len(areas), confidences, pointed, quality),
        "confidence": round(confidence, 4),
    }


def _warnings(
    seen: list[int], count: int, confidences: dict[int, float], pointed: _Pointed, quality: float
) -> list[str]:
    said = []
    if pointed.late:
        said.append(f"the prompt's time lies beyond the end; it was taken to mean the last frame, {pointed.index}")
    if quality < 0.5:
        said.append(f"the outline on frame {pointed.index} is unsure (quality {quality:.2f}); add points or a box")
    if seen[0] > 0 or seen[-1] < count - 1:
        said.append(f"the object is seen on frames {seen[0]} to {seen[-1]} of {count}")
    doubtful = [index for index in seen if confidences[index] < DOUBTFUL]
    if doubtful:
        said.append(
            f"following is unsure on {len(doubtful)} frames, worst at frame "
            f"{min(doubtful, key=lambda index: confidences[index])}; check them, or point again nearer by"
        )
    return said
