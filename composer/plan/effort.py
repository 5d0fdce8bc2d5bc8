"""Work that takes so long that the user should know before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from composer.mask.searches import grid_of
from composer.plan.model import MattePlan, SegmenterPlan
from composer.values import FrameRate

#: Minutes that Segment Anything's base model takes to look at one picture on two CPU cores; the larger ones take more.
_MINUTES = 0.5


def slow_searches(
    mattes: Sequence[MattePlan], chosen: SegmenterPlan, *, frames: int | None, rate: FrameRate
) -> Iterator[str]:
    """What to know of mattes that ask Segment Anything about everything in a picture, on a CPU.

    Args:
        mattes: those that are used.
        chosen: the segmenter of the render.
        frames: how many there are, where that is known.
        rate: frames per second.
    """
    for matte in mattes:
        search = matte.spec.automatic or matte.spec.static_objects
        name = matte.spec.segmenter or chosen.name
        if search is None or chosen.device != "cpu" or not name.startswith("sam_"):
            continue
        grid = grid_of(search, chosen.device)
        asked = f"'{matte.name}' asks {name} on a CPU at a grid of {grid} points along the picture"
        if frames is None:
            yield f"{asked}, half a minute a key frame or more; segmenter: embedded is quick"
            continue
        keys = ceil(frames / max(1, round(search.every.moment.seconds_at(rate) * rate.value))) + 1
        yield f"{asked}, on {keys} key frames: some {ceil(keys * _MINUTES)} minutes or more; segmenter: embedded is quick"
