"""Names of segmenters in a recipe: those of the list, or a model at a resolution."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from composer.mask.naming import split_name
from composer.mask.sources import MovingSource, PromptSource


@pytest.mark.parametrize("name", ["auto", "classical", "mobile_sam", "sam_vit_h", "mobile_sam@512", "sam_vit_b@1024"])
def test_a_recipe_takes_a_known_name_and_a_model_at_a_resolution(name):
    assert MovingSource.model_validate({"segmenter": name}).segmenter == name


@pytest.mark.parametrize("name", ["mobil_sam", "mobile_sam@500", "mobile_sam@128", "auto@512", "mobile_sam@512 "])
def test_any_other_is_refused_with_one_that_works(name):
    with pytest.raises(ValidationError, match="such as mobile_sam@512"):
        MovingSource.model_validate({"segmenter": name})


def test_what_is_pointed_at_has_no_motion_so_the_classical_path_is_refused():
    with pytest.raises(ValidationError):
        PromptSource.model_validate({"points": [[0.5, 0.5]], "segmenter": "classical"})


def test_a_name_is_split_into_model_and_side():
    assert split_name("sam_vit_h@768") == ("sam_vit_h", 768)
    assert split_name("sam_vit_h") == ("sam_vit_h", None)
