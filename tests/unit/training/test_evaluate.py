"""Scores mean what they say: whole, half and nothing, with unknown pixels left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.evaluate import davis, overlap, still


def write(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture)


def left_half(value=255):
    truth = np.zeros((20, 40), np.uint8)
    truth[:, :20] = value
    return truth


def probability(columns):
    found = np.zeros((1, 20, 40), np.float32)
    found[0, :, :columns] = 1
    return found


@pytest.mark.parametrize(("columns", "score"), [(20, 100), (10, 50), (40, 50), (0, 0)])
def test_overlap_is_intersection_over_union(tmp_path, columns, score):
    write(tmp_path / "gt.png", left_half())
    for pooled in (False, True):
        found = overlap(probability(columns), [(0, tmp_path / "gt.png")], pooled=pooled)
        assert found == pytest.approx(score)


def test_pixels_marked_unknown_count_neither_way_and_shadow_counts_as_rest(tmp_path):
    truth = left_half()
    truth[:, 20:30] = 170
    write(tmp_path / "unknown.png", truth)
    assert overlap(probability(30), [(0, tmp_path / "unknown.png")], pooled=True) == pytest.approx(100)
    truth[:, 20:30] = 50
    write(tmp_path / "shadow.png", truth)
    assert overlap(probability(30), [(0, tmp_path / "shadow.png")], pooled=True) == pytest.approx(100 * 20 / 30)


def test_nothing_there_and_nothing_found_is_right(tmp_path):
    write(tmp_path / "gt.png", np.zeros((20, 40), np.uint8))
    assert overlap(probability(0), [(0, tmp_path / "gt.png")], pooled=False) == 100


def test_davis_leaves_out_the_first_and_last_frame(tmp_path):
    for i in range(5):
        write(tmp_path / f"JPEGImages/480p/dog/{i:05d}.jpg", left_half())
        write(tmp_path / f"Annotations/480p/dog/{i:05d}.png", left_half())
    (dog,) = davis(tmp_path)
    assert dog.name == "dog"
    assert {i: p.name for i, p in dog.truth.items()} == {i: f"{i:05d}.png" for i in (1, 2, 3)}


def test_still_sequences_pair_frames_and_truth_by_number(tmp_path):
    for number in (40, 41, 42):
        write(tmp_path / f"hall/input/in{number:06d}.jpg", left_half())
    write(tmp_path / "hall/groundtruth/gt000041.png", left_half())
    (hall,) = still(tmp_path)
    assert {i: p.name for i, p in hall.truth.items()} == {1: "gt000041.png"}
