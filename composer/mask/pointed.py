"""The ``prompt`` matte: outlined where it was pointed at, followed both ways, outlined again at full size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import DecodeError
from composer.mask import look
from composer.mask.anchors import DOUBTFUL, Anchor, follow_all
from composer.mask.ask import Pointer, follow_size, reduced
from composer.mask.cut import coverage, in_order
from composer.mask.deck import Deck
from composer.mask.follow import Followed
from composer.mask.pointing import Correction, PromptSource
from composer.mask.propose import prompt_for
from composer.mask.scenes import marked
from composer.mask.segment import Segmenter
from composer.mask.shot import Shot
from composer.mask.store import MatteWriter, StoredMatte
from composer.mask.summary import ObjectSummary
from composer.mask.tools import Tools
from composer.mask.tracks import Track, Tracks
from composer.values import ROUNDED, Candidate, Frame

#: Raise when what is followed changes for the same footage and prompt.
VERSION = 5


@dataclass(frozen=True, eq=False)
class _Pointed:
    """A frame that was pointed at.

    Args:
        index: which.
        frame: its picture.
        late: whether the shot ended before the time asked for.
    """

    index: int
    frame: Frame
    late: bool


class _Masks:
    """What following says of every frame, on disk; see ``composer.mask.anchors.Track``.

    Args:
        deck: takes the outlines.
        tell: told how many frames were put.
    """

    def __init__(self, deck: Deck, tell: Callable[[int], None]) -> None:
        self._deck, self._tell = deck, tell
        self._places: dict[int, int] = {}
        self.confidences: dict[int, float] = {}

    def put(self, index: int, followed: Followed) -> None:
        self._places[index] = len(self._deck)
        self.confidences[index] = followed.confidence
        self._deck.put(np.rint(followed.mask * 255).astype(np.uint8))
        self._tell(len(self._places))

    def at(self, index: int) -> Followed:
        mask = self._deck.at(self._places[index]).astype(np.float32) / np.float32(255)
        return Followed(mask, self.confidences[index])


def analyse_pointed(
    shot: Shot, source: PromptSource, tools: Tools, writer: MatteWriter, *, mask: Frame | None = None
) -> dict[str, Any]:
    """Write the mattes of something pointed at.

    Args:
        shot: the plate.
        source: where it was pointed at.
        tools: segmenter, folder, whom to tell.
        writer: takes the mattes.
        mask: the picture that ``source.mask`` names.

    Returns:
        What is known about it; JSON.
    """
    segmenter = tools.choice.load()
    with Deck(tools.folder) as pictures, Deck(tools.folder) as deck:
        pointed = _looked_at(shot, source, tools, pictures)
        masks = _Masks(deck, lambda done: tools.tick("mattes: follow", done, len(pictures)))
        cuts = _cuts(pictures)
        qualities = _follow(source, pointed, Pointer(segmenter, tools.proxy, mask), pictures, masks, cuts=cuts)
        tracks = Tracks()
        jobs = zip((masks.at(index).mask for index in range(len(pictures))), shot.frames(), strict=False)
        for index, (inside, result) in enumerate(in_order(partial(_outline, segmenter), jobs)):
            tools.tick("mattes: outlines", index + 1, len(pictures))
            if inside.any():
                tracks.note(1, index, inside, 0.0)
            writer.add(result)
    return _facts(tracks, qualities, masks.confidences, pointed, cuts)


def _cuts(pictures: Deck) -> list[int]:
    greys = (cv2.cvtColor(pictures.picture_at(index), cv2.COLOR_BGR2GRAY) for index in range(len(pictures)))
    marks = marked(grey.astype(np.uint8, copy=False) for grey in greys)
    return [index for index, (_, cut) in enumerate(marks) if cut]


def _follow(
    source: PromptSource, pointed: list[_Pointed], pointer: Pointer, pictures: Deck, masks: _Masks, *, cuts: list[int]
) -> dict[int, float]:
    """Second look, at the reduced pictures only. Returns the segmenter's quality by frame that was pointed at."""
    qualities: dict[int, float] = {}

    def noted(index: int, candidate: Candidate) -> NDArray[np.float32]:
        qualities[index] = candidate.quality
        return reduced(candidate)

    def correct(one: _Pointed, asked: Correction, guess: NDArray[np.float32]) -> NDArray[np.float32]:
        return noted(one.index, pointer.corrected(one.frame, asked, guess))

    first, *later = pointed
    start = noted(first.index, pointer.first(first.frame, source))
    anchors = [
        Anchor(one.index, partial(correct, one, asked)) for one, asked in zip(later, source.corrections, strict=True)
    ]
    follow_all(pictures.picture_at, len(pictures), first.index, start, anchors=anchors, track=masks, cuts=cuts)
    return qualities


def _looked_at(shot: Shot, source: PromptSource, tools: Tools, pictures: Deck) -> list[_Pointed]:
    """First look: reduced pictures go on the deck, and the frames that were pointed at are kept."""
    size = follow_size(shot.size)
    asked: list[PromptSource | Correction] = [source, *source.corrections]
    wanted = [one.at.moment.seconds_at(shot.rate) for one in asked]
    found: list[tuple[int, Frame]] = []
    start = elapsed = Fraction(0)
    for index, frame in enumerate(shot.frames()):
        if index == 0:
            start = frame.at.seconds
            found = [(index, frame)] * len(asked)
        passed = frame.at.seconds - start
        elapsed = passed if passed > 0 else index / shot.rate.value
        pictures.put_picture(look.small_bgr(frame, size))
        found = [(index, frame) if elapsed <= time + ROUNDED else one for one, time in zip(found, wanted, strict=True)]
        tools.tick("mattes: look", index + 1, shot.count)
    if not found:
        raise DecodeError("the shot has no frames")
    end = elapsed + 1 / shot.rate.value
    return [_Pointed(index, frame, late=time > end) for (index, frame), time in zip(found, wanted, strict=True)]


def _outline(segmenter: Segmenter, job: tuple[NDArray[np.float32], Frame]) -> tuple[NDArray[np.bool_], StoredMatte]:
    """Where the object was followed to, and its outline at full size."""
    mask, frame = job
    inside = mask > 0.5
    if not inside.any():
        return inside, StoredMatte.of(np.zeros(frame.size.shape, np.uint8), None, ())
    prompt = prompt_for(mask, inside, frame.size, score=0.0, object_id=1)
    candidate = segmenter.predict(segmenter.embed(look.rgb(frame)), [prompt])[0]
    return inside, StoredMatte.of(coverage(candidate.logits), None, (1,))


def _facts(
    tracks: Tracks,
    qualities: dict[int, float],
    confidences: dict[int, float],
    pointed: list[_Pointed],
    cuts: list[int],
) -> dict[str, Any]:
    each = [round(confidences[index], 4) for index in sorted(confidences)]
    if not tracks.by_id:
        words = "nothing was found where the prompt points; the matte is empty"
        return {"objects": [], "warnings": [words], "confidence": 0.0, "confidences": [0.0] * len(each)}
    track = tracks.by_id[1]
    summary = ObjectSummary(
        object_id=1,
        first=track.first,
        last=track.last,
        frames=track.frames,
        mean_area=round(track.mean_area, 6),
        moving_score=0.0,
        quality=round(float(np.mean(list(qualities.values()))), 4),
    )
    return {
        "objects": [asdict(summary)],
        "warnings": _warnings(track.index, confidences, pointed, qualities, cuts),
        "confidence": min(each[index] for index in track.index),
        "confidences": each,
        "trace": {"cuts": cuts, "objects": {"1": _trace(track, qualities, each)}},
    }


def _trace(track: Track, qualities: dict[int, float], each: list[float]) -> dict[str, Any]:
    """What is known of every frame that the object is on; see ``composer.mask.trace``."""
    return {
        "index": track.index,
        "side": track.sides,
        "area": [round(area, 4) for area in track.areas],
        "moving_score": [None] * track.frames,
        "quality": [None if index not in qualities else round(qualities[index], 4) for index in track.index],
        "flicker": [None] * track.frames,
        "confidence": [each[index] for index in track.index],
    }


def _warnings(
    seen: list[int],
    confidences: dict[int, float],
    pointed: list[_Pointed],
    qualities: dict[int, float],
    cuts: list[int],
) -> list[str]:
    count = len(confidences)
    said = [
        f"a time of the prompt lies beyond the end; it was taken to mean the last frame, {one.index}"
        for one in pointed
        if one.late
    ]
    for index, quality in sorted(qualities.items()):
        if quality < DOUBTFUL:
            said.append(f"the outline on frame {index} is unsure (quality {quality:.2f}); add points or a box")
    if len(seen) < seen[-1] + 1 - seen[0]:
        said.append(f"the object is out of sight on {seen[-1] + 1 - seen[0] - len(seen)} frames in between")
    if seen[0] > 0 or seen[-1] < count - 1:
        said.append(f"the object is seen on frames {seen[0]} to {seen[-1]} of {count}")
    said += [
        f"nothing is followed across the scene cut at frame {cut}; correct the prompt beyond it"
        for cut in cuts
        if cut in (seen[0], seen[-1] + 1)
    ]
    doubtful = [index for index in seen if confidences[index] < DOUBTFUL]
    if doubtful:
        said.append(
            f"following is unsure on {len(doubtful)} frames, worst at frame "
            f"{min(doubtful, key=lambda index: confidences[index])}; check them, or correct the prompt nearer by"
        )
    return said
