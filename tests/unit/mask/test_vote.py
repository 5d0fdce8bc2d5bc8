"""Neighbours vote on a matte along the flow, where it can be believed."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from composer.mask.store import StoredMatte
from composer.mask.vote import ROUNDS, Neighbours, Vote
from composer.values import Size

SIZE, SMALL = Size(320, 192), (96, 160)
EMPTY = StoredMatte.of(np.zeros(SIZE.shape, np.uint8), None, ())


def grey(shift=0):
    noise = np.random.default_rng(5).integers(0, 256, (SMALL[0], SMALL[1] + 40), dtype=np.uint8)
    return np.ascontiguousarray(cv2.GaussianBlur(noise, (0, 0), 3)[:, shift : shift + SMALL[1]])


def beside(dx=0.0, shift=0):
    """A frame whose picture moves by dx working pixels a frame."""
    flow = np.zeros((*SMALL, 2), np.float16)
    flow[..., 0] = dx
    return Neighbours(grey(shift), flow, -flow)


def disk(x=160.0, radius=50.0, y=96.0):
    rows, columns = np.mgrid[0 : SIZE.height, 0 : SIZE.width]
    away = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    return np.clip((radius - away + 0.5) * 255, 0, 255).astype(np.uint8)


def stored(alpha, labels=None, ids=(1,)):
    return StoredMatte.of(alpha, labels, ids)


def after(frames, rounds=ROUNDS):
    """Alphas after the vote on (matte, neighbours) or (matte, neighbours, cut)."""
    mattes = []
    vote = Vote(SIZE, lambda voter: mattes.append(voter.matte), rounds=rounds)
    for matte, near, *cut in frames:
        vote.add(matte, near, cut=bool(cut))
    vote.finish()
    assert len(mattes) == len(frames)
    return mattes


def alphas(frames, rounds=ROUNDS):
    return [matte.alpha_of(None, SIZE) for matte in after(frames, rounds)]


def test_an_edge_that_trembles_over_a_still_picture_comes_to_rest():
    radii = [50, 52, 49, 51, 50, 52]
    found = alphas([(stored(disk(radius=radius)), beside()) for radius in radii])
    areas = [int((alpha > 127).sum()) for alpha in found]
    spread = np.ptp(np.pi * np.square(radii))
    assert np.ptp(areas[1:-1]) < 0.35 * spread


def test_a_matte_that_moves_with_its_picture_stays_as_it_is():
    """Two working pixels a frame are four of the full picture."""
    found = alphas([(stored(disk(100 + 4 * i)), beside(2.0, 20 - 2 * i)) for i in range(5)])
    for i, alpha in enumerate(found):
        assert np.abs(alpha.astype(int) - disk(100 + 4 * i)).mean() < 0.5


def test_where_the_flow_leads_astray_the_frame_stands_alone():
    other = Neighbours(grey() // 3, *(np.zeros((*SMALL, 2), np.float16) for _ in range(2)))
    frames = [(stored(disk()), beside()), (stored(disk(radius=20)), other), (stored(disk()), beside())]
    assert np.abs(alphas(frames)[1].astype(int) - disk(radius=20)).mean() < 0.5


def test_nobody_votes_across_a_cut():
    frames = [
        (stored(disk()), beside()),
        (stored(disk(radius=20)), beside(), True),
        (stored(disk(radius=20)), beside()),
    ]
    first, second, third = alphas(frames)
    assert_array_equal(first, disk())
    assert_array_equal(second, disk(radius=20))
    assert_array_equal(third, disk(radius=20))


def test_without_neighbours_nothing_changes():
    assert_array_equal(alphas([(stored(disk()), beside())])[0], disk())
    assert_array_equal(alphas([(stored(disk()), None), (stored(disk(radius=20)), None)])[0], disk())
    assert after([]) == []


def test_a_frame_without_objects_stays_empty_and_objects_keep_their_pixels():
    two = disk(90, 30) | disk(230, 30)
    labels = np.where(np.arange(SIZE.width)[None] < 160, np.uint8(1), np.uint8(2)).repeat(SIZE.height, 0)
    frames = [(stored(two, labels, (4, 7)), beside()), (EMPTY, beside()), (stored(two, labels, (4, 7)), beside())]
    first, empty, last = after(frames, rounds=1)
    assert empty.box.is_empty
    for matte in (first, last):
        left = matte.alpha_of(frozenset({4}), SIZE)
        assert left[:, :160].any()
        assert not left[:, 160:].any()
        assert_array_equal(left + matte.alpha_of(frozenset({7}), SIZE), matte.alpha_of(None, SIZE))


def test_what_only_a_neighbour_has_is_given_to_nobody_else():
    other = disk(280, 20)
    frames = [(stored(disk(90, 40)), beside()), (stored(disk(90, 40) | other, None, (1, 2)), beside())]
    assert not alphas(frames)[0][:, 200:].any()


def test_what_both_neighbours_have_is_no_ghost_of_the_only_object_here():
    """The one object reaches around the place where another was and will be."""
    corner = np.zeros(SIZE.shape, np.uint8)
    corner[20:40, 20:300] = corner[20:180, 20:40] = 255
    ball = disk(220, 20, 130)
    labels = np.where(ball > 0, np.uint8(2), np.uint8(1))
    both, alone = stored(corner | ball, labels, (1, 2)), stored(corner)
    found = after([(one, beside()) for one in (both, both, alone, both, both)])
    assert_array_equal(found[2].alpha_of(frozenset({1}), SIZE), corner)


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_part_lost_on_one_frame_is_two_thirds_given_back(rounds):
    hole = disk()
    hole[:, :160] = 0
    found = alphas(
        [(stored(disk()), beside())] * 3 + [(stored(hole), beside())] + [(stored(disk()), beside())] * 3, rounds
    )
    shares = [found[i][96, 140] / 255 for i in (2, 3)]
    assert shares == pytest.approx([2 / 3, 2 / 3] if rounds == 1 else [7 / 9, 2 / 3], abs=0.01)
