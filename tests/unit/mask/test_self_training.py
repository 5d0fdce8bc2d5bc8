"""A clip's own look: learned from what surely moves, used where motion is in doubt, silent where it tells nothing."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.pixel_net import MEASURES, learn_pixel_net, look_of
from composer.mask.self_training import _without_doubt, self_trained, separation


def striped_on_plain(count=4, size=(48, 64)):
    """A square of fine stripes walks over grain of the same mean colour: texture alone tells them apart."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(110, 130, (count, *size, 3)).astype(np.uint8)
    truth = np.zeros((count, *size), np.float32)
    stripes = np.where(np.arange(20) % 4 < 2, 40, 200).astype(np.uint8)[None, :, None]
    for t in range(count):
        pictures[t, 12:32, 10 + 4 * t : 30 + 4 * t] = stripes
        truth[t, 12:32, 10 + 4 * t : 30 + 4 * t] = 1
    return list(pictures), list(truth)


def test_texture_brings_back_a_part_that_motion_missed():
    pictures, truth = striped_on_plain()
    seen = [0.02 + 0.96 * one for one in truth]
    for t, one in enumerate(seen):
        one[24:32, 10 + 4 * t : 30 + 4 * t] = 0.4  # rests for a moment
    found = self_trained(pictures, seen)
    for t, one in enumerate(found):
        assert one[25:31, 13 + 4 * t : 27 + 4 * t].mean() > 0.6
        assert one[:8].max() < 0.1


def test_the_guard_silences_pupils_that_cannot_tell_movers_from_the_rest():
    rng = np.random.default_rng(1)
    pictures = list(rng.integers(0, 255, (16, 72, 96, 3)).astype(np.uint8))
    chances = [np.full((72, 96), 0.05, np.float32) for _ in pictures]
    for t, one in enumerate(chances):
        one[20:40, 4 * t : 4 * t + 30] = 0.95
    found = self_trained(pictures, chances)
    assert np.abs(np.stack(found) - np.stack(chances)).mean() < 0.02


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_clip_where_nothing_or_everything_moves_is_left_alone(chance):
    pictures, truth = striped_on_plain()
    given = [np.full_like(one, chance) for one in truth]
    assert learn_pixel_net([look_of(one) for one in pictures], given) is None
    np.testing.assert_array_equal(self_trained(pictures, given), given)


def test_the_same_clip_teaches_the_same_bytes():
    pictures, truth = striped_on_plain()
    one, two = (np.stack(self_trained(pictures, truth)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_words_stay_within_their_limit():
    pictures, truth = striped_on_plain()
    looks = [look_of(one) for one in pictures]
    net = learn_pixel_net(looks, truth)
    assert net is not None
    words = net.judge(looks[0])
    assert words.shape == truth[0].shape
    assert np.abs(words).max() <= 3.0
    assert words[16:28, 14:26].mean() > 2 > -2 > words[40:].mean()


def test_words_are_those_of_the_network_layer_by_layer():
    pictures, truth = striped_on_plain()
    looks = [look_of(one) for one in pictures]
    net = learn_pixel_net(looks, truth)
    assert net is not None
    rows = (looks[1].reshape(-1, MEASURES).astype(np.float64) - net.centre) / net.spread
    for weight, offset in zip(net.weights[:-1], net.offsets[:-1], strict=True):
        rows = np.maximum(rows @ weight + offset, 0)
    expected = np.clip(rows @ net.weights[-1] + net.offsets[-1], -3, 3).reshape(truth[1].shape)
    np.testing.assert_allclose(net.judge(looks[1]), expected, atol=2e-3)


def test_every_other_pixel_is_judged_as_it_is_among_all():
    pictures, truth = striped_on_plain()
    looks = [look_of(one) for one in pictures]
    net = learn_pixel_net(looks, truth)
    assert net is not None
    thin = np.ascontiguousarray(looks[2][::2, ::2])
    np.testing.assert_allclose(net.judge(thin), net.judge(looks[2])[::2, ::2], atol=1e-4)


def test_the_look_of_a_plain_picture_is_its_color_and_no_texture():
    look = look_of(np.full((32, 40, 3), 90, np.uint8))
    assert look.shape == (32, 40, MEASURES)
    np.testing.assert_array_equal(look[..., 12:], 0)
    np.testing.assert_array_equal(look[..., :3], look[..., 9:12])


def test_separation_is_the_distance_of_means_and_zero_without_both_kinds():
    words = [np.array([[2.0, -1.0, 0.5]], np.float32)]
    assert separation(words, [np.array([[0.9, 0.1, 0.5]], np.float32)]) == pytest.approx(3.0)
    assert separation(words, [np.array([[0.9, 0.9, 0.5]], np.float32)]) == 0


def test_what_is_in_doubt_teaches_nothing():
    chance = np.array([[0.05, 0.3, 0.59, 0.9]], np.float32)
    np.testing.assert_array_equal(_without_doubt(chance, (0.1, 0.6)), np.array([[0.05, 0.5, 0.5, 0.9]], np.float32))
