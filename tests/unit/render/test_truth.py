"""Ground truth: where it is looked for, what its levels mean, which frames count, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from composer.errors import InputError
from composer.render.truth import Sequence, Truths, chosen, published, sequences_in, truth_of
from composer.values import Size

SEQUENCES = [Sequence(name, Path(name), Path(name)) for name in ("cat", "dog")]
SIZE = Size(64, 48)


def clip_in(folder, *, count=5, shape=(48, 64), ends=True):
    for kind in ("input", "groundtruth"):
        (folder / kind).mkdir(parents=True)
        for index in range(count):
            size = (48, 64, 3) if kind == "input" else shape
            cv2.imwrite(str(folder / kind / f"{kind[0]}{index:06d}.png"), np.zeros(size, np.uint8))
    return Sequence("clip", folder / "input", folder / "groundtruth", ends)


def test_without_names_all_sequences_are_taken_and_with_them_those():
    assert chosen(SEQUENCES, None) == SEQUENCES
    assert chosen(SEQUENCES, ["dog"]) == SEQUENCES[1:]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="no such sequence: cow") as refused:
        chosen(SEQUENCES, ["dog", "cow"])
    assert "cat, dog" in str(refused.value.hint)


@pytest.mark.parametrize("sizes", [["480p"], ["1080p"], ["Full-Resolution"], ["1080p", "480p"]])
def test_davis_is_found_at_any_resolution_and_at_the_official_one_where_there_are_several(tmp_path, sizes):
    for size in sizes:
        for kind in ("JPEGImages", "Annotations"):
            (tmp_path / kind / size / "dog").mkdir(parents=True)
    (found,) = sequences_in(tmp_path)
    assert (found.name, found.ends, found.pictures) == ("dog", False, tmp_path / "JPEGImages" / sizes[-1] / "dog")
    assert found.truth == tmp_path / "Annotations" / sizes[-1] / "dog"


def test_folders_with_input_and_groundtruth_count_to_their_ends(tmp_path):
    clip_in(tmp_path / "highway")
    (found,) = sequences_in(tmp_path)
    assert (found.name, found.ends) == ("highway", True)
    assert sequences_in(tmp_path / "highway")[0].pictures == found.pictures


def test_a_folder_without_either_is_refused(tmp_path):
    with pytest.raises(InputError, match="no sequences with ground truth"):
        sequences_in(tmp_path)


def test_the_first_and_last_frame_do_not_count_in_davis(tmp_path):
    inner = Truths(clip_in(tmp_path / "davis", ends=False), SIZE)
    whole = Truths(clip_in(tmp_path / "cdnet", ends=True), SIZE)
    assert [index for index in range(5) if inner.at(index) is not None] == [1, 2, 3]
    assert [index for index in range(5) if whole.at(index) is not None] == [0, 1, 2, 3, 4]


def test_levels_of_cdnet_keep_their_meaning_and_its_white_may_be_a_little_grey():
    truth = truth_of(np.array([[255, 250, 50, 85, 170, 0]], np.uint8))
    assert truth.inside.tolist() == [[True, True, False, False, False, False]]
    assert truth.ignored.tolist() == [[False, False, False, True, True, False]]


def test_a_mask_with_soft_edges_is_cut_at_half_of_white_and_ignores_nothing():
    truth = truth_of(np.array([[255, 246, 190, 128, 127, 70, 5, 0, 170, 85]], np.uint8))
    assert truth.inside.tolist() == [[True] * 4 + [False] * 4 + [True, False]]
    assert truth.ignored is None


def test_a_frame_of_which_nothing_is_known_says_nothing():
    assert truth_of(np.full((4, 6), 85, np.uint8)) is None
    assert truth_of(np.zeros((4, 6), np.uint8)).inside.sum() == 0


def test_truth_at_another_size_goes_by_the_larger_share_of_a_pixel():
    levels = np.zeros((8, 8), np.uint8)
    levels[:, :3], levels[:4, 6:] = 255, 170
    inside, known = truth_of(levels).at((4, 4))
    assert inside[0].tolist() == [True, False, False, False]
    assert known[0].tolist() == [True, True, True, False]
    assert known[3].all()


def test_a_mask_that_is_no_picture_is_refused_before_any_work(tmp_path):
    clip = clip_in(tmp_path)
    (clip.truth / "g000001.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"g000001\.png: cannot be read as a mask"):
        Truths(clip, SIZE)


def test_a_mask_that_breaks_off_is_refused_when_it_is_read(tmp_path):
    clip = clip_in(tmp_path)
    noise = np.random.default_rng(1).integers(0, 255, (48, 64), np.uint8)
    whole = cv2.imencode(".png", noise)[1].tobytes()
    (clip.truth / "g000001.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"g000001\.png: cannot be read as a mask"):
        Truths(clip, SIZE).at(1)


def test_a_mask_of_another_size_is_refused_with_frame_and_sizes(tmp_path):
    with pytest.raises(InputError, match="clip: frame 0 is 64x48, its ground truth 20x10"):
        Truths(clip_in(tmp_path, shape=(10, 20)), SIZE)


def test_masks_that_belong_to_no_frame_are_refused(tmp_path):
    clip = clip_in(tmp_path)
    for path in clip.truth.iterdir():
        path.rename(path.with_name(f"mask{int(path.stem[1:]) + 100}.png"))
    with pytest.raises(InputError, match="clip: no frame has ground truth"):
        Truths(clip, SIZE)


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


@pytest.mark.parametrize(
    "text",
    ["{}", "not json", "[]", '{"sequences": {"cat": {"new": {"J": 1}}}}', '{"sequences": {"cat": {"new": "good"}}}',
     '{"sequences": {"cat": 3}}', '{"sequences": {"cat": {"new": {"J": "much", "F": 1}}}}'],
)  # fmt: skip
def test_broken_published_scores_are_refused_by_name(tmp_path, text):
    (tmp_path / "published.json").write_text(text)
    with pytest.raises(InputError, match=r"published\.json: cannot be read as published scores"):
        published(tmp_path, ["cat"])
