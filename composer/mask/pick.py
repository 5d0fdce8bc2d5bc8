"""Which of the objects that were found a matte asks for."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from composer.mask.sources import MatteSpec, MovingSource
from composer.mask.summary import ObjectSummary

if TYPE_CHECKING:
    from composer.mask.analysis import Analysis
    from composer.mask.shot import Shot


def picked(spec: MatteSpec, analysis: Analysis, shot: Shot) -> frozenset[int]:
    """The ids of the objects that a matte covers, or leaves out if it is static.

    Args:
        spec: a matte of kind moving, static or prompt.
        analysis: what was found in the shot.
        shot: the plate, for times and sizes.
    """
    objects = analysis.summary.objects
    source = spec.moving or spec.static
    if source is None:
        return frozenset(one.object_id for one in objects)
    able = [one for one in objects if one.moving_score >= source.moving_score and one.mean_area >= source.min_area]
    if spec.moving is not None and spec.moving.object is not None:
        return frozenset({spec.moving.object}).intersection(one.object_id for one in objects)
    if spec.moving is None or spec.moving.pick == "all" or not able:
        return frozenset(one.object_id for one in able)
    return frozenset({_best(spec.moving, able, analysis, shot)})


def _best(source: MovingSource, objects: list[ObjectSummary], analysis: Analysis, shot: Shot) -> int:
    if source.pick == "nearest":
        return _nearest(source, objects, analysis, shot)
    if source.pick == "largest":
        return max(objects, key=lambda one: (one.mean_area * one.frames, -one.object_id)).object_id
    return max(objects, key=lambda one: (one.frames, one.mean_area, -one.object_id)).object_id


def _nearest(source: MovingSource, objects: list[ObjectSummary], analysis: Analysis, shot: Shot) -> int:
    """The object closest to a place on one frame, or on the frame nearest in time where there is any."""
    at = source.at.moment.seconds_at(shot.rate) if source.at is not None else Fraction(0)
    start = min(len(analysis.entry) - 1, max(0, round(at * shot.rate.value)))
    x, y = (
        length.pixels(whole) for length, whole in zip(source.to or (), (shot.size.width, shot.size.height), strict=True)
    )
    able = {one.object_id for one in objects}
    for index in sorted(range(len(analysis.entry)), key=lambda i: (abs(i - start), i)):
        stored = analysis.entry.read(index)
        distances = {}
        for one in able.intersection(stored.ids):
            rows, columns = np.nonzero(stored.alpha_of(frozenset({one}), analysis.entry.size) > 127)
            if len(rows):
                distances[one] = float(np.hypot(columns + 0.5 - x, rows + 0.5 - y).min())
        if distances:
            return min(distances, key=lambda one: (distances[one], one))
    return objects[0].object_id
