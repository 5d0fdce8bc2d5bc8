"""What a recipe may write under ``mattes``."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from composer.mask.sources import BARE_KINDS, MATTE_KINDS, MatteSpec

GOOD = {
    "moving": {"moving": {"pick": "nearest", "to": [0.6, 0.5], "at": "2s"}},
    "static": {"static": {}},
    "automatic": {"automatic": {"grid": 16, "every": "1s", "object": [1, 4]}},
    "static_objects": {"static_objects": {"pick": "largest", "moving_score": 0.2}},
    "text": {"text": {"words": "red car", "pick": "largest"}},
    "prompt": {"prompt": {"box": [0.4, 0.1, 0.6, 0.4], "points": [[0.5, 0.2]], "labels": [1], "at": "1.5s"}},
    "key": {"key": {"color": "#00b140", "tolerance": 0.1}},
    "shape": {"shape": {"polygon": [[0, 0], [1, 0], [1, 0.4], [0, 0.4]]}},
    "file": {"file": "roto/hand_%05d.png"},
    "union": {"union": ["a", "b"]},
    "intersection": {"intersection": ["a", "b"]},
    "minus": {"minus": ["a", "b"]},
    "invert": {"invert": "a"},
}


@pytest.mark.parametrize("kind", MATTE_KINDS)
def test_every_kind_can_be_written_and_carries_any_finishing(kind):
    spec = MatteSpec.model_validate({**GOOD[kind], "feather": "2px", "spread": 3, "garbage": [0, 0, 0.5, 1]})
    assert spec.kind == kind
    assert spec.feather.pixels(100) == 2


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "exactly one of"),
        ({"moving": {}, "static": {}}, "got moving and static"),
        ({"key": {}}, "exactly one of color, luma and clean"),
        ({"key": {"color": "red", "luma": [0, 1]}}, "exactly one of color, luma and clean"),
        ({"key": {"luma": [0.7, 0.2]}}, "from < to"),
        ({"prompt": {}}, "needs a box, a mask, a scribble, or at least one point"),
        ({"prompt": {"exclude": [[0.5, 0.5]]}}, "needs a box, a mask, a scribble, or at least one point"),
        ({"prompt": {"scribble": {}, "points": [[0.5, 0.5]]}}, "a scribble needs a stroke"),
        ({"prompt": {"scribble": {"include": [[]]}}}, "at least 1 item"),
        ({"prompt": {"box": [0, 0, 1, 1], "mask": "a.png"}}, "either a box or a mask"),
        ({"prompt": {"box": [0, 0, 1, 1], "corrections": [{"at": "1s"}]}}, "a correction needs"),
        ({"prompt": {"box": [0, 0, 1, 1], "corrections": [{"box": [0, 0, 1, 1]}]}}, "Field required"),
        ({"prompt": {"points": [[0.5, 0.5]], "labels": [0]}}, "must lie on the object"),
        ({"prompt": {"points": [[0.5, 0.5]], "labels": [1, 0]}}, "one label per point"),
        ({"moving": {"pick": "nearest"}}, "belong together"),
        ({"moving": {"pick": "largest", "object": 2}}, "not both"),
        ({"automatic": {"grid": 1}}, "greater than or equal to 2"),
        ({"static_objects": {"pick": "nearest"}}, "belong together"),
        ({"moving": {}, "choke": 1, "spread": 1}, "either choke or spread"),
        ({"moving": {}, "feather": "-2px"}, "at least 0"),
        ({"moving": {}, "fether": "2px"}, "Extra inputs"),
        ({"union": []}, "at least 1 item"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(raw, words):
    with pytest.raises(ValidationError, match=words):
        MatteSpec.model_validate(raw)


def test_short_forms_mean_the_long_ones():
    for kind in BARE_KINDS:
        assert MatteSpec.model_validate(kind) == MatteSpec.model_validate({kind: None})
    assert MatteSpec.model_validate({"file": "a.png"}) == MatteSpec.model_validate({"file": {"source": "a.png"}})


def test_a_luma_range_has_no_tolerance_unless_asked_for():
    assert MatteSpec.model_validate({"key": {"luma": [0.2, 0.8]}}).key.tolerance == 0


def test_names_that_a_matte_depends_on_are_listed():
    assert MatteSpec.model_validate({"minus": ["a", "b"]}).inputs == ("a", "b")
    assert MatteSpec.model_validate({"invert": "a"}).inputs == ("a",)
    assert MatteSpec.model_validate({"key": {"clean": "empty.png"}}).external == "empty.png"
    assert MatteSpec.model_validate({"prompt": {"mask": "first.png"}}).external == "first.png"
