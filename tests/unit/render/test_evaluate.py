"""Evaluation: sequences by name, and published methods over the same sequences only."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from composer.errors import InputError
from composer.render.evaluate import Sequence, _truths, chosen, measure, published

SEQUENCES = [Sequence(name, Path(name), Path(name)) for name in ("cat", "dog")]


def test_without_names_all_sequences_are_taken_and_with_them_those():
    assert chosen(SEQUENCES, None) == SEQUENCES
    assert chosen(SEQUENCES, ["dog"]) == SEQUENCES[1:]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="no such sequence: cow") as refused:
        chosen(SEQUENCES, ["dog", "cow"])
    assert "cat, dog" in str(refused.value.hint)


def test_published_methods_are_averaged_over_the_same_sequences_and_sorted(tmp_path):
    scores = {
        "cat": {"old": {"J": 0.2, "F": 0.1}, "new": {"J": 0.8, "F": 0.6}, "some": {"J": 1.0, "F": 1.0}},
        "dog": {"new": {"J": 0.6, "F": 0.4}, "old": {"J": 0.4, "F": 0.3}},
    }
    (tmp_path / "published.json").write_text(json.dumps({"sequences": scores}))
    found = published(tmp_path, ["cat", "dog"])
    assert list(found) == ["old", "new"]
    assert found["new"] == pytest.approx((0.7, 0.5))
    assert found["old"] == pytest.approx((0.3, 0.2))


def test_nothing_is_published_on_other_sequences_or_without_the_file(tmp_path):
    assert published(tmp_path, ["cat"]) == {}
    (tmp_path / "published.json").write_text(json.dumps({"sequences": {"cat": {"new": {"J": 1, "F": 1}}}}))
    assert published(tmp_path, ["cat", "cow"]) == {}
    assert published(tmp_path, []) == {}


def test_frames_that_are_wholly_ignored_do_not_count_and_shadow_is_background(tmp_path):
    pictures, truth = tmp_path / "input", tmp_path / "groundtruth"
    pictures.mkdir()
    truth.mkdir()
    for index in range(5):
        cv2.imwrite(str(pictures / f"in{index:06d}.png"), np.zeros((4, 6, 3), np.uint8))
        mask = np.full((4, 6), 85, np.uint8)
        if index >= 2:
            mask[:, :2], mask[:, 2:4], mask[0, 5] = 255, 50, 170
        cv2.imwrite(str(truth / f"gt{index:06d}.png"), mask)
    found = dict(_truths(Sequence("clip", pictures, truth)))
    assert list(found) == [2, 3]  # 0 and 4 are the ends, 1 is ignored as a whole
    moving, ignored = found[2]
    assert moving[:, :2].all()
    assert not moving[:, 2:].any()
    assert ignored[:, 4:].all()
    assert not ignored[:, :4].any()


@pytest.mark.parametrize("text", ["{}", "not json", "[]"])
def test_broken_published_scores_are_refused_by_name(tmp_path, text):
    (tmp_path / "published.json").write_text(text)
    with pytest.raises(InputError, match=r"published\.json: cannot be read as published scores"):
        published(tmp_path, ["cat"])


def clip_with_truth(folder, *, size=(48, 64)):
    for kind, shape in (("input", (48, 64, 3)), ("groundtruth", size)):
        (folder / kind).mkdir()
        for index in range(3):
            cv2.imwrite(str(folder / kind / f"{index:06d}.png"), np.zeros(shape, np.uint8))
    return Sequence("clip", folder / "input", folder / "groundtruth")


def test_a_mask_that_is_no_picture_is_refused_by_name(tmp_path):
    clip = clip_with_truth(tmp_path)
    (tmp_path / "groundtruth" / "000001.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"000001\.png: cannot be read as a mask"):
        measure(clip)


def test_a_mask_of_another_size_is_refused_with_frame_and_sizes(tmp_path):
    with pytest.raises(InputError, match="clip: frame 1 is 64x48, its ground truth 20x10"):
        measure(clip_with_truth(tmp_path, size=(10, 20)))
