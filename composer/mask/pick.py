"""Which of the objects that were found a matte asks for."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from composer.mask.score import combined_score
from composer.mask.sources import MatteSpec, MovingSource, StaticSource
from composer.mask.summary import ObjectSummary
from composer.mask.wanted import ObjectsSource

if TYPE_CHECKING:
    from composer.mask.analysis import Analysis
    from composer.mask.shot import Shot


def picked(spec: MatteSpec, analysis: Analysis, shot: Shot, *, proxy: float = 1.0) -> frozenset[int]:
    """The ids of the objects that a matte covers, or leaves out if it is static.

    Args:
        spec: a matte of a kind that needs analysis.
        analysis: what was found in the shot.
        shot: the plate, for times and sizes.
        proxy: scale of the shot against full size, whose pixels a recipe means.
    """
    objects = analysis.summary.objects
    source = spec.static or spec.looks_for
    if source is None:
        return frozenset(one.object_id for one in objects)
    able = [one for one in objects if source.takes(one.moving_score, one.mean_area)]
    if isinstance(source, StaticSource):
        return frozenset(one.object_id for one in able)
    if source.named:
        return source.named.intersection(one.object_id for one in objects)
    if source.pick == "all" or not able:
        return frozenset(one.object_id for one in able)
    return frozenset({_best(source, able, analysis, shot, proxy)})


def moving_ids(analysis: Analysis) -> frozenset[int]:
    """The objects that ``moving`` takes where a recipe says nothing more.

    Args:
        analysis: of what moves.
    """
    plain = MovingSource.model_validate({})
    objects = analysis.summary.objects
    return frozenset(one.object_id for one in objects if plain.takes(one.moving_score, one.mean_area))


def _best(source: ObjectsSource, objects: list[ObjectSummary], analysis: Analysis, shot: Shot, proxy: float) -> int:
    if source.pick == "nearest":
        return _nearest(source, objects, analysis, shot, proxy)
    if source.pick == "largest":
        return max(objects, key=lambda one: (one.mean_area * one.frames, -one.object_id)).object_id
    if source.pick == "surest":
        return max(objects, key=lambda one: (combined_score(one.moving_score, one.quality), -one.object_id)).object_id
    return max(objects, key=lambda one: (one.frames, one.mean_area, -one.object_id)).object_id


def _nearest(source: ObjectsSource, objects: list[ObjectSummary], analysis: Analysis, shot: Shot, proxy: float) -> int:
    """The object closest to a place on one frame, or on the frame nearest in time where there is any."""
    entry = analysis.entry
    at = source.at.moment.seconds_at(shot.rate) if source.at is not None else Fraction(0)
    start = min(len(entry) - 1, max(0, round(at * shot.rate.value)))
    size, shape = entry.size, shot.size.shape[::-1]
    to = [length.pixels(whole, proxy=proxy) for length, whole in zip(source.to or (), shape, strict=True)]
    x, y = to[0] * size.width / shape[0], to[1] * size.height / shape[1]
    able = {one.object_id for one in objects}
    for index in sorted(range(len(entry)), key=lambda i: (abs(i - start), i)):
        stored = entry.read(index)
        distances = {}
        for one in able.intersection(stored.ids):
            rows, columns = np.nonzero(stored.alpha_of(frozenset({one}), size) > 127)
            if len(rows):
                distances[one] = float(np.hypot(columns + 0.5 - x, rows + 0.5 - y).min())
        if distances:
            return min(distances, key=lambda one: (distances[one], one))
    return objects[0].object_id
