"""Everything in one picture: by a grid of questions, and by regions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.mask.automatic import (
    Asked,
    Proposal,
    apart,
    by_grid,
    by_regions,
    grid_points,
    propose_all,
    stability,
    without_doubles,
)
from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.label_flow import carried_labels, voted
from composer.mask.measure import region_overlap
from composer.mask.regions import tree_of
from composer.values import Candidate, Size

SIZE = Size(128, 72)


def things():
    """A picture of three things on textured grey, and their masks."""
    rng = np.random.default_rng(3)
    grey = cv2.GaussianBlur(rng.integers(60, 140, SIZE.shape).astype(np.uint8), (0, 0), 1.5)
    picture = cv2.merge([grey] * 3)
    masks = [np.zeros(SIZE.shape, np.uint8) for _ in range(3)]
    cv2.circle(masks[0], (28, 36), 15, 1, -1)
    cv2.rectangle(masks[1], (60, 12), (88, 40), 1, -1)
    cv2.ellipse(masks[2], (104, 54), (14, 9), 0, 0, 360, 1, -1)
    for mask, color in zip(masks, ((210, 40, 40), (30, 60, 200), (230, 200, 40)), strict=True):
        picture[mask > 0] = color
    return picture, [mask > 0 for mask in masks]


class OneThingPerColor:
    """A fake: outlines what has the colour that was clicked; the blue thing is a rest of doubt, the grey none at all."""

    name = digest = "colors"

    def __init__(self):
        self.asked = 0

    def embed(self, image):
        return image

    def predict(self, embedding, prompts):
        return [self.outline(embedding, prompt) for prompt in prompts]

    def outline(self, image, prompt):
        self.asked += 1
        x, y = prompt.points[0].astype(int)
        red, _, blue = image[y, x].astype(int)
        alike = (np.abs(image.astype(int) - image[y, x]).sum(axis=2) < 20).astype(np.float32)
        sure = np.where(alike > 0, 6.0, -6.0).astype(np.float32)
        unsteady = cv2.GaussianBlur(sure, (0, 0), 6)
        return Candidate(unsteady if blue > 150 else sure, 0.95 if red > 150 or blue > 150 else 0.3, 0.0)


def overlaps(proposals, masks):
    return [max((region_overlap(one.mask, mask) for one in proposals), default=0.0) for mask in masks]


def test_a_grid_finds_what_is_sure_and_steady_once_each():
    picture, masks = things()
    found = by_grid(OneThingPerColor(), picture, grid_points(SIZE, 16), Asked(), SIZE)
    assert len(found) == 2
    assert overlaps(found, [masks[0], masks[2]]) == [1.0, 1.0]
    lax = by_grid(OneThingPerColor(), picture, grid_points(SIZE, 16), Asked(stability=0.1), SIZE)
    assert len(lax) == 3


def test_specks_are_left_out():
    picture, masks = things()
    found = by_grid(OneThingPerColor(), picture, grid_points(SIZE, 16), Asked(min_area=0.07), SIZE)
    assert overlaps(found, masks)[0] == 1.0
    assert len(found) == 1


def test_the_order_of_the_grid_does_not_matter():
    picture, _ = things()
    points = grid_points(SIZE, 12)
    first = by_grid(OneThingPerColor(), picture, points, Asked(stability=0.1), SIZE)
    for seed in range(3):
        other = by_grid(
            OneThingPerColor(), picture, np.random.default_rng(seed).permutation(points), Asked(stability=0.1), SIZE
        )
        assert [one.quality for one in other] == [one.quality for one in first]
        assert all((one.mask == two.mask).all() for one, two in zip(first, other, strict=True))


def test_the_cells_of_a_grid_are_squares_and_their_middles_lie_in_the_picture():
    points = grid_points(Size(640, 360), 32)
    assert len(points) == 32 * 18
    assert points.min() == 10.0
    assert points[:, 0].max() == 630.0
    assert points[:, 1].max() == 350.0


def test_stability_falls_with_the_softness_of_the_edge():
    step = np.where(np.arange(100) < 50, 8.0, -8.0).astype(np.float32)[None]
    ramp = np.linspace(4, -4, 100, dtype=np.float32)[None]
    assert stability(step) == 1.0
    assert stability(ramp) == pytest.approx(37.5 / 62.5, abs=0.02)
    assert stability(np.full((2, 2), -9, np.float32)) == 0.0


def test_regions_find_things_that_stand_out_without_any_model():
    picture, masks = things()
    found = by_regions(picture, Asked(), SIZE)
    assert min(overlaps(found, masks)) > 0.85
    # Among the first few, and the texture between them is not cut up.
    assert min(overlaps(apart(found, np.zeros(SIZE.shape, np.bool_))[:6], masks)) > 0.85


def test_regions_of_a_flat_picture_are_none():
    assert by_regions(np.full((*SIZE.shape, 3), 90, np.uint8), Asked(), SIZE) == []


def test_a_tree_ends_in_the_whole_picture_and_every_pixel_has_one_leaf():
    picture, _ = things()
    tree = tree_of(picture)
    assert tree.areas[-1] == tree.leaves.size
    assert tree.areas[: tree.leaf_count].sum() == tree.leaves.size
    assert sorted(tree.children.ravel().tolist()) == list(range(len(tree.areas) - 1))
    assert sorted(tree.members()[-1].tolist()) == list(range(tree.leaf_count))


@pytest.mark.parametrize("segmenter", [EmbeddedSegmenter(), OneThingPerColor()], ids=["embedded", "grid"])
def test_what_is_known_already_is_not_outlined_again(segmenter):
    picture, masks = things()
    found = propose_all(segmenter, picture, Asked(grid=16, stability=0.1), masks[0])
    assert found
    assert not any((one.mask & masks[0]).any() for one in found)
    assert min(overlaps(found, masks[1:])) > 0.8


BOXES = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 15), st.integers(1, 20), st.integers(1, 12), st.integers(1, 9)),
    min_size=1,
    max_size=12,
)


def boxes(drawn):
    found = []
    for x, y, wide, high, quality in drawn:
        mask = np.zeros((24, 40), np.bool_)
        mask[y : y + high, x : x + wide] = True
        found.append(Proposal(mask, quality / 10))
    return found


@settings(max_examples=60, deadline=None)
@given(BOXES, st.randoms(use_true_random=False))
def test_law_no_two_that_are_left_are_the_same_whatever_the_order(drawn, random):
    proposals = boxes(drawn)
    kept = without_doubles(proposals, Size(40, 24), same=0.6)
    for number, one in enumerate(kept):
        assert all(region_overlap(one.mask, other.mask) <= 0.6 for other in kept[:number])
    # Nothing is lost: whatever was dropped is nearly something that was kept and is at least as good.
    for one in proposals:
        assert any(k.quality >= one.quality and region_overlap(one.mask, k.mask) > 0.6 for k in kept) or any(
            (one.mask == k.mask).all() for k in kept
        )
    shuffled = list(proposals)
    random.shuffle(shuffled)
    again = without_doubles(shuffled, Size(40, 24), same=0.6)
    assert [one.mask.tobytes() for one in again] == [one.mask.tobytes() for one in kept]


@settings(max_examples=60, deadline=None)
@given(BOXES)
def test_law_apart_shares_no_pixel_and_covers_only_what_was_proposed(drawn):
    proposals, taken = boxes(drawn), np.zeros((24, 40), np.bool_)
    taken[:5] = True
    found = apart(proposals, taken)
    stacked = np.sum([one.mask for one in found], axis=0) if found else np.zeros((24, 40))
    assert stacked.max() <= 1
    assert not (stacked[:5] > 0).any()
    assert not ((stacked > 0) & ~np.logical_or.reduce([one.mask for one in proposals])).any()


def test_labels_go_with_the_flow_and_end_at_the_border():
    labels = np.zeros((6, 8), np.int32)
    labels[2:4, 5:8] = 7
    flow = np.zeros((6, 8, 2), np.float32)
    flow[..., 0] = 2
    moved = carried_labels(labels, flow)
    assert (moved[2:4, 3:6] == 7).all()
    assert np.count_nonzero(moved) == 6


def test_a_vote_goes_to_the_weightier_and_says_by_how_much():
    one, other = np.full((1, 3), 1, np.int32), np.array([[1, 2, 2]], np.int32)
    weights = np.array([[0.2, 0.9, 0.1]], np.float32)
    labels, sure = voted(one, weights, other, np.float32(0.3) * np.ones((1, 3), np.float32))
    assert labels.tolist() == [[1, 1, 2]]
    assert sure[0].tolist() == pytest.approx([1, 0.75, 0.75])
