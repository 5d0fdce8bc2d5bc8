"""The unknown band: soft pixels and hard edges, widened by a reach and by what the shutter smears."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.band import LONGEST_BLUR, REACH, REACH_SIDE, SHUTTER, Speed, band_of

SIDE = 320
NEAR = REACH * SIDE / REACH_SIDE


def square(dtype=np.uint8):
    alpha = np.zeros((SIDE, SIDE), dtype)
    alpha[100:220, 100:220] = np.iinfo(dtype).max
    return alpha


def flow(across, down):
    return np.full((SIDE // 2, SIDE // 2, 2), (across / 2, down / 2), np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_hard_edge_is_open_as_far_as_the_reach_and_no_further(dtype):
    band = band_of(square(dtype))
    columns = np.flatnonzero(band[160, :160])
    assert (columns.min(), columns.max()) == (99 - int(NEAR), 100 + int(NEAR))
    assert not band[160, 160]
    assert not band[:80].any()


def test_every_soft_pixel_is_open():
    alpha = np.random.default_rng(1).integers(0, 256, (40, 50)).astype(np.uint8)
    assert band_of(alpha)[(alpha > 0) & (alpha < 255)].all()


@pytest.mark.parametrize("value", [0, 255])
def test_a_matte_without_an_edge_has_no_band(value):
    assert not band_of(np.full((30, 40), value, np.uint8)).any()


def test_an_edge_that_moves_is_open_further_and_only_across_its_motion():
    alpha = square()
    resting = band_of(alpha)
    moving = band_of(alpha, Speed.of(alpha, flow(40, 0)))
    smeared = 40 * SHUTTER / 2
    width = [np.count_nonzero(band[160, :160]) for band in (resting, moving)]
    assert abs(width[1] - width[0] - 2 * smeared) <= 3
    assert np.count_nonzero(moving[:160, 160]) == np.count_nonzero(resting[:160, 160])
    assert (moving | ~resting).all()


def test_what_is_smeared_further_than_believable_is_cut_off():
    alpha = square()
    width = np.count_nonzero(band_of(alpha, Speed.of(alpha, flow(400, 0)))[160, :160])
    assert width <= 2 * (NEAR + LONGEST_BLUR * SIDE + 2)
