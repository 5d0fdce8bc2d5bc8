"""The last word on a window: edges of the picture, and neighbours that vote."""

import cv2
import numpy as np
from numpy.testing import assert_array_equal

from composer.mask.settle import at_edges, settled

SHAPE = (96, 160)
STILL = np.zeros((*SHAPE, 2), np.float32)


def disk(radius=26, x=80):
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    return np.hypot(columns - x, rows - 48) < radius


def picture(x=80):
    scene = np.full((*SHAPE, 3), (60, 120, 70), np.uint8)
    scene[disk(x=x)] = (30, 40, 150)
    return cv2.add(scene, np.random.default_rng(3).integers(0, 9, scene.shape, dtype=np.uint8))


def overlap(found, truth):
    return np.count_nonzero(found & truth) / np.count_nonzero(found | truth)


def window(probability):
    count = len(probability)
    grey = [cv2.cvtColor(picture(), cv2.COLOR_BGR2GRAY)] * count
    return settled([picture()] * count, probability, [STILL] * count, [STILL] * count, grey)


def test_a_ragged_outline_comes_to_the_edge_of_the_picture():
    ragged = np.where(disk(26, 83), np.float32(0.8), np.float32(0.15))
    assert overlap(at_edges(picture(), ragged) > 0.5, disk()) > overlap(ragged > 0.5, disk()) + 0.04


def test_a_frame_that_lost_the_object_is_outvoted_by_its_neighbours():
    there, lost = np.where(disk(), np.float32(0.9), np.float32(0.02)), np.full(SHAPE, 0.02, np.float32)
    found = window([there, there, lost, there, there])
    assert overlap(found[2] > 0.5, disk()) > 0.9


def test_a_frame_that_made_something_up_is_outvoted_as_well():
    nothing, ghost = np.full(SHAPE, 0.02, np.float32), np.where(disk(), np.float32(0.9), np.float32(0.02))
    assert window([nothing, nothing, ghost, nothing, nothing])[2].max() < 0.5


def test_a_neighbour_that_looks_otherwise_has_no_vote():
    there, gone = np.where(disk(), np.float32(0.9), np.float32(0.02)), np.full(SHAPE, 0.02, np.float32)
    empty = np.full((*SHAPE, 3), (60, 120, 70), np.uint8)
    pictures = [picture(), empty, picture()]
    grey = [cv2.cvtColor(one, cv2.COLOR_BGR2GRAY) for one in pictures]
    found = settled(pictures, [there, gone, there], [STILL] * 3, [STILL] * 3, grey)
    assert (found[1] > 0.5).sum() < 0.1 * disk().sum()


def test_nothing_stays_nothing():
    faint = np.full(SHAPE, 0.01, np.float32)
    assert_array_equal(at_edges(picture(), faint), faint)
