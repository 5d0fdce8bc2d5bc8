"""What is known about a matte once it is made: which objects, how sure, made by what."""

from __future__ import annotations

from dataclasses import dataclass

from composer.mask.score import combined_score


def confidence_of(moving_score: float | None, quality: float | None, agreement: float | None) -> float:
    """How far an object's matte on one frame can be trusted: as its two scores say, and no further than it is steady.

    Args:
        moving_score: 0..1, how surely it moves by itself; None where nobody asked for motion.
        quality: 0..1, the segmenter's own predicted overlap; None where it was not asked.
        agreement: 0..1, share of the matte that agrees with the matte of the frame before, carried here along the
            flow; None where there is none to compare with.

    Returns:
        0..1; 1 where nothing is known.

    Source: of eight ways compared on generated films, this and the two scores alone follow the true overlap best
    (benchmarks/confidence.py, measured 2026-11-25).
    """
    scores = [one for one in (moving_score, quality) if one is not None]
    scores = [combined_score(*scores)] if len(scores) == 2 else scores
    return min([*scores, *([] if agreement is None else [agreement])], default=1.0)


@dataclass(frozen=True)
class ObjectSummary:
    """One object of a shot.

    Args:
        object_id: 1 and up, the same through the shot.
        first: index of the first frame it is seen on.
        last: index of the last one.
        frames: on how many frames it is seen; fewer than last - first + 1 when it was gone for a while.
        mean_area: share of the picture it covers on the frames where it is seen, 0..1.
        moving_score: 0..1, how surely it moves by itself.
        quality: 0..1, the segmenter's own predicted overlap.
    """

    object_id: int
    first: int
    last: int
    frames: int
    mean_area: float
    moving_score: float
    quality: float

    def words(self) -> str:
        """One line for people."""
        gone = self.last - self.first + 1 - self.frames
        away = f", gone for {gone} in between" if gone else ""
        return (
            f"object {self.object_id}: frames {self.first} to {self.last}{away}, "
            f"{self.mean_area:.1%} of the picture, moving score {self.moving_score:.2f}, quality {self.quality:.2f}"
        )


@dataclass(frozen=True)
class MatteSummary:
    """What one matte is made of.

    Args:
        objects: the objects in it; empty for keys, files and mattes made of others.
        segmenter: which segmenter drew the edges, or empty where none was needed.
        reason: why that one, in a sentence.
        warnings: what the user should know, in sentences.
        nothing_moves: True where motion was asked for and none was found; the matte is empty.
        confidence: 0..1 for the matte as a whole: mean over the frames of what was found (``composer.mask.report``), how
            surely a prompt was followed to the end; 1 for keys and files.
    """

    objects: tuple[ObjectSummary, ...] = ()
    segmenter: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()
    nothing_moves: bool = False
    confidence: float = 1.0
