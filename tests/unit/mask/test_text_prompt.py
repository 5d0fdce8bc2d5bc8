"""What is named in words: refused in words where the extra or the model is absent; found with a small fake detector."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from composer.errors import ModelUnavailable
from composer.mask import text_prompt
from composer.mask.measure import region_overlap
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.text_prompt import MODEL, Detection, Words, ZeroShotDetector, by_text, load_detector
from composer.values import Box, Size
from tests.scenes import RedMoves, RedSegmenter, Scene, crossing


class ColorWords:
    """A fake detector: knows the word red, and is unsure of the whole picture."""

    digest = "colors"

    def __init__(self):
        self.asked = []

    def detect(self, picture, text):
        self.asked.append(text)
        found = [Detection(Box(0, 0, picture.shape[1], picture.shape[0]), 0.1)]
        if "red" in text:
            red = (picture[..., 0] > 150) & (picture[..., 1] < 90)
            rows, columns = np.nonzero(red)
            if len(rows):
                box = Box(columns.min() - 2.0, rows.min() - 2.0, columns.max() + 3.0, rows.max() + 3.0)
                found.append(Detection(box, 0.8))
        return found


def made(scene, detector=None, **raw):
    specs = {name: MatteSpec.model_validate(spec) for name, spec in raw.items()}
    return make_mattes(specs, scene, motion=RedMoves(scene), segmenter="embedded", detector=detector or ColorWords())


def test_what_words_name_is_one_object_that_is_followed_between_the_key_frames():
    scene, detector = crossing(7), ColorWords()
    with made(scene, detector, car={"text": {"words": "red car", "every": "3f"}}) as mattes:
        (car,) = mattes.summary("car").objects
        assert (car.first, car.last) == (0, 6)
        assert car.moving_score > 0.5
        stream = mattes.open("car")
        for index, frame in enumerate(scene.frames()):
            assert region_overlap(stream.matte_at(index, frame).alpha > 127, scene.truth(index) > 0) > 0.75
    assert detector.asked == ["red car"] * 3


def test_nothing_of_that_name_is_said_and_the_matte_is_empty():
    scene = crossing(3)
    with made(scene, boat={"text": "blue boat"}) as mattes:
        assert mattes.summary("boat").objects == ()
        assert mattes.summary("boat").warnings == ("nothing was found in this shot; the matte is empty",)
        assert not any(mattes.open("boat").matte_at(i, frame).alpha.any() for i, frame in enumerate(scene.frames()))


def test_unsure_detections_are_left_out_and_boxes_are_cut_at_the_pictures_edge():
    scene = Scene((((3.0, 50.0),),))
    picture = scene.picture(0)
    found = by_text(ColorWords(), RedSegmenter(), picture, Words("red car", 0.2, 0.001, "colors"), Size(192, 112))
    assert len(found) == 1
    assert found[0].quality == 0.8
    assert region_overlap(found[0].mask, scene.truth(0) > 0) > 0.95
    lax = by_text(ColorWords(), RedSegmenter(), picture, Words("blue boat", 0.05, 0.001, "colors"), Size(192, 112))
    assert [one.quality for one in lax] == [0.1]


def test_without_the_extra_the_install_line_is_told(tmp_path):
    with pytest.raises(ModelUnavailable, match="text extra") as caught:
        load_detector(tmp_path, "cpu", installed=lambda: False)
    assert caught.value.hint == 'pip install "composer-video[text]"'
    assert caught.value.exit_status == 2


def test_without_the_model_the_command_that_fetches_it_is_told_and_nothing_is_fetched(tmp_path):
    (tmp_path / MODEL).mkdir()
    (tmp_path / MODEL / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=MODEL) as caught:
        load_detector(tmp_path, "cpu", installed=lambda: True)
    assert "hf download google/owlv2" in caught.value.hint
    assert caught.value.exit_status == 2


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """A folder with a model, and a stand-in for transformers that notes how it is asked."""
    folder = tmp_path / MODEL
    folder.mkdir()
    for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
        (folder / name).write_bytes(b"x" * 7)
    asked = []

    def pipeline(task, **options):
        asked.append((task, options))
        if options["device"] == "broken":
            raise OSError("config.json is no model\nmore words")

        def detect(image, *, candidate_labels, threshold):
            assert image.size == (64, 48)
            assert candidate_labels == ["dog"]
            assert threshold < 0.2
            return [{"score": 0.6, "label": "dog", "box": {"xmin": 1, "ymin": 2, "xmax": 30, "ymax": 40}}]

        return detect

    stand_in = types.ModuleType("transformers")
    stand_in.pipeline = pipeline
    monkeypatch.setitem(sys.modules, "transformers", stand_in)
    return tmp_path, asked


def test_an_offline_folder_is_all_that_is_read(offline):
    folder, asked = offline
    detector = load_detector(folder, "cpu", installed=lambda: True)
    assert asked == []  # nothing is loaded before the first question
    picture = np.zeros((48, 64, 3), np.uint8)
    assert detector.detect(picture, "dog") == [Detection(Box(1, 2, 30, 40), 0.6)]
    detector.detect(picture, "dog")
    ((task, options),) = asked
    assert task == "zero-shot-object-detection"
    assert options["model"] == str(folder / MODEL)
    assert options["model_kwargs"] == {"local_files_only": True, "use_safetensors": True}
    assert detector.digest == f"{MODEL}:7"


def test_of_several_cards_the_first_is_taken(offline):
    folder, asked = offline
    load_detector(folder, "cuda:0,cuda:1", installed=lambda: True).detect(np.zeros((48, 64, 3), np.uint8), "dog")
    assert asked[0][1]["device"] == "cuda:0"


def test_a_folder_that_is_no_model_is_told_with_the_way_to_get_one(offline):
    folder, _ = offline
    with pytest.raises(ModelUnavailable, match=r"config\.json is no model\n") as caught:
        ZeroShotDetector(folder / MODEL, "broken").detect(np.zeros((48, 64, 3), np.uint8), "dog")
    assert "hf download" in caught.value.hint


def test_make_mattes_refuses_before_it_looks_at_the_shot(monkeypatch):
    monkeypatch.setattr(text_prompt, "text_is_installed", lambda: False)
    spec = {"car": MatteSpec.model_validate({"text": "red car"})}
    with pytest.raises(ModelUnavailable, match="text extra"):
        make_mattes(spec, crossing(2), motion=None, segmenter="embedded")


def test_short_form_and_empty_words():
    assert MatteSpec.model_validate({"text": "red car"}).text.words == "red car"
    with pytest.raises(ValueError, match="at least 1 character"):
        MatteSpec.model_validate({"text": ""})
