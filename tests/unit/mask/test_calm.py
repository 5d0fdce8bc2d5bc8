"""The frame before has a say where the picture rests, in the band, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.mask.calm import MEMORY, Seen, calmed

SHAPE = (40, 56)
BAND = np.zeros(SHAPE, np.bool_)
BAND[10:30, 15:40] = True
STILL = np.zeros((20, 28, 2), np.float32)


def texture(seed):
    rng = np.random.default_rng(seed)
    return np.rint(cv2.GaussianBlur(rng.random((*SHAPE, 3), np.float32) * 255, (0, 0), 2)).astype(np.uint8)


def seen(index, alpha, picture, dtype=np.uint8):
    return Seen(index, np.zeros((20, 28), np.uint8), picture, np.full(SHAPE, alpha, dtype))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_at_rest_the_band_follows_the_frame_before_and_the_rest_stays_to_the_bit(dtype):
    now, before = (seen(index, alpha, texture(1), dtype) for index, alpha in ((1, 100), (0, 200)))
    result = calmed(now, before, STILL, BAND)
    assert result.dtype == dtype
    assert (result[BAND] == round(100 + MEMORY * 100)).all()
    assert (result[~BAND] == 100).all()
    assert (now.alpha == 100).all()


def test_where_the_picture_is_another_the_matte_stays_as_it_was_found():
    result = calmed(seen(1, 100, texture(1)), seen(0, 200, 255 - texture(1)), STILL, BAND)
    assert (result == 100).all()


def test_noise_hardly_takes_away_from_the_say():
    rng = np.random.default_rng(3)
    pictures = [np.clip(texture(1) + rng.normal(0, 1.5, (*SHAPE, 3)), 0, 255).astype(np.uint8) for _ in range(2)]
    result = calmed(seen(1, 100, pictures[0]), seen(0, 200, pictures[1]), STILL, BAND)
    assert result[BAND].mean() > 100 + 0.7 * MEMORY * 100


def test_what_moves_is_followed_and_not_taken_to_rest():
    matrix = np.array([[1, 0, 1.0], [0, 1, 0]])
    moved = cv2.warpAffine(texture(1), matrix, SHAPE[::-1], borderMode=cv2.BORDER_REPLICATE)
    flow = STILL + np.array([-0.5, 0], np.float32)  # a pixel of the full picture is half of one of the reduced
    before = seen(0, 200, texture(1))
    before.alpha[:, 27:] = 0
    result = calmed(seen(1, 100, moved), before, flow, BAND)[BAND].reshape(20, 25)
    assert (result[:, 2:12] == round(100 + MEMORY * 100)).mean() > 0.9
    assert (result[:, 14:-2] == round(100 - MEMORY * 100)).mean() > 0.9


def test_a_matte_without_a_band_comes_back_as_it_is():
    now = seen(1, 100, texture(1))
    assert calmed(now, seen(0, 200, texture(1)), STILL, np.zeros(SHAPE, np.bool_)) is now.alpha
