"""Scene cuts: found where they are, and not where a flash, a fast subject or a swinging camera only looks like one."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from composer.mask.scenes import AROUND, STRANGERS, likeness, marked
from composer.motion import DisFlow
from training.scenes.colours import ColourPool
from training.scenes.film import make_film


def world(seed, width=128, height=72):
    noise = np.random.default_rng(seed).normal(128, 60, (height, width)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 3.0) * 4 - 380, 0, 255).astype(np.uint8)


def standing(seed, count):
    """One view with noise of its own on every frame."""
    noise = np.random.default_rng(seed + 1000)
    return [cv2.add(world(seed), noise.integers(0, 6, (72, 128)).astype(np.uint8)) for _ in range(count)]


def panned(speeds, seed=3):
    """A camera that turns over a wide world, so many pixels a frame, with the blur of its motion."""
    wide, place, frames = world(seed, width=2000), 0, []
    for speed in speeds:
        blurred = cv2.blur(wide, (max(1, speed // 2), 1))
        frames.append(blurred[:, place : place + 128])
        place += speed
    return frames


def cuts(pictures):
    return [index for index, (_, cut) in enumerate(marked(pictures)) if cut]


def test_every_picture_comes_back_in_order_and_only_a_few_wait():
    pictures, taken = standing(1, 12), []
    for index, (picture, _) in enumerate(marked(taken.append(one) or one for one in pictures)):
        assert picture is pictures[index]
        assert len(taken) - index <= AROUND


@pytest.mark.parametrize("lengths", [(5, 5), (1, 6), (6, 1), (3, 3, 3), (20, 2, 9)])
def test_a_cut_is_found_at_its_frame_however_short_the_scenes(lengths):
    pictures = [one for seed, length in enumerate(lengths) for one in standing(10 * seed, length)]
    assert cuts(pictures) == np.cumsum(lengths)[:-1].tolist()


def test_scenes_of_generated_films_are_told_apart_and_nothing_within_them():
    pool, greys = ColourPool(5, size=8), []
    for index in range(4):
        film = make_film(5, index, size=(72, 128), frames=5, pool=pool)
        greys += [cv2.cvtColor(frame.picture, cv2.COLOR_RGB2GRAY) for frame in film]
    assert cuts(greys) == [5, 10, 15]


@pytest.mark.parametrize("lasts", [1, 2])
@pytest.mark.parametrize("at", [2, 6])
def test_a_flash_is_no_cut(lasts, at):
    pictures = standing(2, 14)
    bare = [np.clip(one.astype(int) * 6 + 120, 0, 255).astype(np.uint8) for one in pictures]
    pictures[at : at + lasts] = bare[at : at + lasts]
    assert likeness(pictures[at], pictures[at - 1], DisFlow()) < STRANGERS
    assert cuts(pictures) == []


def test_a_change_of_light_is_no_cut():
    bright = [cv2.convertScaleAbs(one, alpha=0.5, beta=90) for one in standing(2, 5)]
    assert cuts(standing(2, 5) + bright) == []


def test_a_whip_pan_is_no_cut_though_neighbours_on_it_are_strangers():
    pictures = panned([0] * 4 + [20, 50, 90, 110, 110, 110, 90, 50, 20] + [0] * 4)
    flow = DisFlow()
    assert min(likeness(one, other, flow) for one, other in pairwise(pictures)) < STRANGERS
    assert cuts(pictures) == []


def test_a_subject_that_darts_through_most_of_the_picture_is_no_cut():
    pictures = standing(4, 10)
    for index, left in ((4, -40), (5, 10), (6, 70)):
        body = world(77, width=80)
        start, end = max(0, left), min(128, left + 80)
        pictures[index][:, start:end] = body[:, start - left : end - left]
    assert cuts(pictures) == []


def test_black_between_two_scenes_is_a_scene():
    black = [np.full((72, 128), 16, np.uint8)] * 4
    assert cuts([*standing(5, 5), *black, *standing(6, 5)]) == [5, 9]


def test_pictures_without_texture_have_no_cut():
    assert cuts([np.full((32, 48), level, np.uint8) for level in (0, 90, 90, 255, 3)]) == []
