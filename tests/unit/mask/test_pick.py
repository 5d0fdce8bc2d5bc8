"""Which objects a matte takes: by score and area, by place, by length, by id."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from composer.mask.analysis import Analysis
from composer.mask.pick import picked
from composer.mask.score import combined_score
from composer.mask.sources import MATTE_KINDS, MatteSpec
from composer.mask.store import MatteEntry, MatteWriter, StoredMatte
from composer.mask.summary import MatteSummary, ObjectSummary
from composer.mask.wanted import ObjectsSource
from composer.values import Size
from tests.scenes import RATE

#: Every kind of matte that picks among objects.
PICKING = [kind for kind, model in MATTE_KINDS.items() if model is not None and issubclass(model, ObjectsSource)]
SIZE = Size(40, 20)
#: id: (left, right) columns, frames it is on, moving score.
OBJECTS = {1: ((2, 12), 4, 0.9), 2: ((20, 24), 6, 0.6), 3: ((30, 31), 2, 0.5)}


def summary(one):
    (left, right), frames, score = OBJECTS[one]
    return ObjectSummary(one, 0, frames - 1, frames, (right - left) / 40, score, 0.9)


@pytest.fixture
def analysis(tmp_path):
    """Three upright bars, stored at half of the shot's size."""
    with MatteWriter(tmp_path / "a.mattes", SIZE) as writer:
        for index in range(6):
            here = [one for one, (_, frames, _) in OBJECTS.items() if index < frames]
            labels = np.zeros(SIZE.shape, np.uint8)
            for number, one in enumerate(here, start=1):
                (left, right), _, _ = OBJECTS[one]
                labels[:, left:right] = number
            alpha = (labels > 0).astype(np.uint8) * 255
            left = int(np.flatnonzero(alpha.any(axis=0))[0])
            assert left == 2 or index >= 4
            writer.add(StoredMatte.of(alpha, labels, tuple(here)))
        writer.finish({})
    entry = MatteEntry(tmp_path / "a.mattes")
    yield Analysis(entry, MatteSummary(objects=tuple(summary(one) for one in OBJECTS)))
    entry.close()


class Twice:
    """A shot twice as large as what was stored."""

    size = Size(80, 40)
    rate = RATE


def ids(analysis, kind="moving", proxy=1.0, **raw):
    raw = {"words": "bar", **raw} if kind == "text" else raw
    return set(picked(MatteSpec.model_validate({kind: raw}), analysis, Twice(), proxy=proxy))


@pytest.mark.parametrize("kind", PICKING)
def test_one_way_of_picking_serves_every_kind_that_finds_objects(analysis, kind):
    anything = {"moving_score": 1.0 if kind == "static_objects" else 0.0, "min_area": 0.0}
    assert ids(analysis, kind, **anything) == {1, 2, 3}
    assert ids(analysis, kind, pick="largest", **anything) == {1}
    assert ids(analysis, kind, pick="longest", **anything) == {2}
    assert ids(analysis, kind, pick="nearest", to=[0.76, 0.5], **anything) == {3}
    assert ids(analysis, kind, object=2) == {2}
    assert ids(analysis, kind, object=[2, 3]) == {2, 3}
    assert ids(analysis, kind, **{**anything, "min_area": 0.05}) == {1, 2}


def test_of_what_moves_the_sure_is_taken(analysis):
    assert ids(analysis, moving_score=0.55, min_area=0) == {1, 2}
    assert ids(analysis, moving_score=0.95) == set()


def test_static_leaves_out_exactly_what_moving_takes(analysis):
    settings = {"moving_score": 0.55, "min_area": 0.05}
    assert ids(analysis, "static", **settings) == ids(analysis, **settings)


def test_a_place_in_pixels_means_those_of_the_full_size_picture_also_in_a_proxy(analysis):
    # The shot is a proxy at half size: 100px of the full picture are 50 of its pixels, 25 of the stored ones.
    assert ids(analysis, pick="nearest", to=["100px", "10px"], proxy=0.5) == {2}
    assert ids(analysis, pick="nearest", to=["4px", "10px"], proxy=0.5) == {1}


def test_nearest_looks_at_its_time_and_else_at_the_nearest_frame_that_has_any(analysis):
    assert ids(analysis, pick="nearest", to=[0.1, 0.5], at="5f") == {2}
    assert ids(analysis, pick="nearest", to=[0.1, 0.5], at="0f") == {1}


def test_an_id_that_is_not_there_picks_nothing(analysis):
    assert ids(analysis, object=[7, 9]) == set()


def test_an_empty_list_of_ids_and_id_nought_are_refused():
    for wrong in ([], 0, [1, 0], "two"):
        with pytest.raises(ValidationError):
            MatteSpec.model_validate({"moving": {"object": wrong}})


def test_surest_weighs_how_surely_a_thing_moves_and_how_well_it_is_outlined_alike(analysis):
    """The one that moves most surely is outlined worst, and the other way round: the middle one has more in all."""
    qualities = {1: 0.3, 2: 0.95, 3: 0.99}
    objects = tuple(replace(summary(one), quality=quality) for one, quality in qualities.items())
    scores = {one.object_id: combined_score(one.moving_score, one.quality) for one in objects}
    assert max(scores, key=scores.get) == 2
    assert ids(replace(analysis, summary=MatteSummary(objects=objects)), pick="surest") == {2}
