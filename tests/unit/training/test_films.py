"""Films are their seed, are made frame by frame, and what they say about every pixel is true."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest

from composer.motion import DisFlow, estimate_camera
from composer.motion.flow import warp_by_flow
from training.scenes.colours import ColourPool
from training.scenes.film import make_film
from training.scenes.layers import Piece, Surface
from training.scenes.ledger import Group, painted
from training.scenes.shutter import Shutter

SMALL = (72, 128)


@pytest.fixture(scope="module")
def pool():
    return ColourPool(3, size=6)


def grey(picture):
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def same(one, two):
    for name in ("picture", "alpha", "moving", "flow", "valid", "camera", "nearness"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_film_is_its_seed(pool):
    ways = (pool, ColourPool(3, size=6))
    one, two = (list(make_film(4, 7, size=(48, 64), frames=3, pool=each)) for each in ways)
    for first, second in zip(one, two, strict=True):
        same(first, second)
    other = next(iter(make_film(4, 8, size=(48, 64), frames=1, pool=pool)))
    assert (other.picture != one[0].picture).mean() > 0.5


def test_a_frame_does_not_depend_on_how_many_are_asked_for(pool):
    short, endless = (make_film(4, 9, size=(48, 64), frames=frames, pool=pool) for frames in (3, None))
    for one, two in zip(short, islice(endless, 3), strict=True):
        same(one, two)


def test_memory_does_not_grow_with_length(pool):
    peaks = []
    for frames in (3, 12):
        film = make_film(4, 3, size=(48, 64), frames=frames, pool=pool)
        tracemalloc.start()
        for _ in film:
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 60_000


def test_frames_and_truth_have_the_sizes_they_promise(pool):
    film = make_film(4, 2, size=(48, 66), frames=1, pool=pool)
    frame = next(iter(film))
    assert frame.picture.shape == (48, 66, 3)
    assert frame.alpha.shape == (len(film.roles), 48, 66)
    assert frame.flow.shape == (48, 66, 2)
    assert frame.valid.shape == frame.moving.shape == (48, 66)


def flat(film, colours):
    """The same film with nothing but its bodies, each in one colour, before scenery in another."""

    def dyed(layer, colour):
        if isinstance(layer, Surface):
            return replace(layer, texture=np.full_like(layer.texture, colour))
        dress = layer.sprite.copy()
        dress[..., :-1] = colour
        return replace(layer, sprite=dress)

    def kept(group, colour):
        layers = [
            dyed(each, colour) for each in group.layers if isinstance(each, Surface | Piece) and not is_thin(each)
        ]
        return replace(group, layers=tuple(layers))

    scenery = tuple(kept(group, colours[0]) for group in film.scenery)
    roles = tuple(replace(role, group=kept(role.group, colours[1 + n])) for n, role in enumerate(film.roles))
    return replace(film, scenery=scenery, roles=roles)


def is_thin(layer):
    return isinstance(layer, Piece) and layer.thin


@pytest.mark.parametrize("shutter", [Shutter(), Shutter(0.8, 0.6)])
def test_a_frame_is_the_sum_of_its_objects_times_their_alphas(pool, shutter):
    colours = np.array([(20, 90, 40), (240, 30, 60), (40, 60, 250), (250, 240, 20), (200, 10, 220)], np.float32)
    touched = 0.0
    for index in range(4):
        film = make_film(6, index, size=SMALL, frames=None, effects=False, objects=3, pool=pool)
        film = replace(flat(film, colours), shutter=shutter)
        for number in (0, 60, 130):
            exposure = film.expose(number)
            alpha = exposure.alpha
            law = np.tensordot(alpha, colours[1 : 1 + len(alpha)], ((0,), (0,)))
            law += (1 - alpha.sum(0))[..., None] * colours[0]
            np.testing.assert_allclose(exposure.picture, law, atol=0.5)
            assert alpha.min() >= -1e-5
            assert alpha.sum(0).max() <= 1 + 1e-4
            touched += ((alpha > 0.02) & (alpha < 0.98)).mean()
    assert touched > 0.01


def test_the_nearer_of_two_hides_the_other_whichever_it_is_at_the_time():
    def square(light):
        return Piece(np.full((20, 20, 4), (light, light, light, 255), np.uint8), lambda _: np.eye(3), moves=True)

    groups = [Group((square(50),), lambda time: 0.5 + 0.1 * time, 0), Group((square(200),), lambda _: 1.0, 1)]
    for time, seen in ((0.0, 1), (9.0, 0)):
        ledger = painted(groups, (24, 24), time, objects=2)
        assert ledger.alphas[seen, 5:15, 5:15].min() == 1
        assert ledger.alphas[1 - seen, 5:15, 5:15].max() == 0
        assert ledger.picture[10, 10, 0] == (50, 200)[seen]


def test_the_picture_follows_the_flow_to_the_next_frame(pool):
    """Clean frames fetched back along the true flow differ by what interpolation loses, and by far more without it."""
    followed, stayed = [], []
    for index, camera in enumerate(("still", "pan", "travel", "drive", "hand")):
        frames = list(make_film(7, index, size=(144, 256), frames=2, effects=False, camera=camera, pool=pool))
        one, two = (frame.picture.astype(np.float32) for frame in frames)
        inside = cv2.erode(frames[0].valid.astype(np.uint8), np.ones((5, 5))) > 0
        inside &= np.hypot(*np.moveaxis(frames[0].flow, 2, 0)) > 0.5
        if inside.mean() > 0.01:
            followed.append(np.abs(warp_by_flow(two, frames[0].flow) - one)[inside].mean())
            stayed.append(np.abs(two - one)[inside].mean())
    assert len(followed) >= 3
    assert np.mean(followed) < 0.35 * np.mean(stayed)
    assert (np.array(followed) < 0.7 * np.array(stayed)).all()


def liveliest(film):
    """The number of a frame before which and after which the camera moves most."""
    return max(range(0, int(film.period), 4), key=film.camera.speed)


def pairs_of(kind, pool, count=3):
    """Two consecutive clean frames of films with a kind of camera, taken where it moves most."""
    for index in range(count):
        film = make_film(8, index, size=(144, 256), effects=False, camera=kind, pool=pool)
        number = liveliest(film)
        yield film.frame(number), film.frame(number + 1)


def test_flow_estimated_on_a_film_is_near_its_truth(pool):
    errors = []
    for one, two in pairs_of("pan", pool):
        found = DisFlow().estimate(grey(one.picture), grey(two.picture))
        errors.append(np.linalg.norm(found - one.flow, axis=-1)[one.valid].mean())
    assert np.mean(errors) < 0.6


def corner_error(found, truth, size):
    corners = np.array([[0, 0, 1], [size[1], 0, 1], [size[1], size[0], 1], [0, size[0], 1.0]])
    one, two = corners @ found.T, corners @ truth.T
    return np.abs(one[:, :2] / one[:, 2:] - two[:, :2] / two[:, 2:]).max()


def test_the_camera_estimated_on_a_film_is_near_its_truth(pool):
    errors = []
    for one, two in pairs_of("pan", pool):
        found = estimate_camera(DisFlow().estimate(grey(one.picture), grey(two.picture)))
        assert not one.still
        errors.append(corner_error(found.matrix, one.camera, one.valid.shape))
    assert np.median(errors) < 1


def test_a_camera_on_a_tripod_stays_the_identity_and_is_found_to(pool):
    for one, two in pairs_of("still", pool):
        assert one.still
        np.testing.assert_array_equal(one.camera, np.eye(3))
        found = estimate_camera(DisFlow().estimate(grey(one.picture), grey(two.picture)))
        assert found.still


def test_a_turning_camera_moves_all_that_stands_as_the_homography_says(pool):
    for index in range(3):
        film = make_film(9, index, size=SMALL, frames=None, effects=False, camera="pan", objects=0, pool=pool)
        plain = replace(film, scenery=tuple(still_layers(group) for group in film.scenery), roles=())
        frame = plain.frame(liveliest(plain))
        assert not frame.still
        rows, columns = np.mgrid[0 : SMALL[0], 0 : SMALL[1]]
        places = np.stack([columns, rows, np.ones_like(rows)], -1) @ frame.camera.T
        expected = places[..., :2] / places[..., 2:] - np.stack([columns, rows], -1)
        np.testing.assert_allclose(frame.flow, expected, atol=2e-3)


def still_layers(group):
    return replace(group, layers=tuple(replace(layer, wobble=None) for layer in group.layers))


def test_objects_rest_leave_and_come_back_within_a_story(pool):
    rested, left, back = 0, 0, 0
    for index in range(8):
        film = make_film(10, index, size=(36, 64), frames=None, effects=False, camera="still", objects=2, pool=pool)
        for role in film.roles:
            if role.rests:
                continue
            moments = np.arange(0, film.period, 8)
            moves = np.array([role.group.moves(float(time)) for time in moments])
            seen = [painted([role.group], film.size, float(time), objects=2 + 1).alphas.any() for time in moments]
            changes = np.diff(np.array(seen, int))
            rested += not moves.all()
            left += (changes < 0).any()
            back += (changes > 0).any()
            assert moves.mean() > 0.3
    assert rested >= 8
    assert left >= 4
    assert back >= 4
