"""Closed-form matting in a band finds the true alpha, leaves the rest alone, and keeps its head where colours agree."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.errors import ModelUnavailable
from composer.mask import matting
from composer.mask.matting import HAZE, check_installed, solved

SIDE = 72


@pytest.fixture(scope="module")
def scene():
    """A disk with a wide soft edge between two smooth pictures: picture, true alpha, a matte 3 pixels too small."""
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    away = np.hypot(rows - 36, columns - 36)
    truth, small = (np.clip((edge - away) / 8 + 0.5, 0, 1).astype(np.float32) for edge in (22, 19))
    front, behind = (cv2.GaussianBlur(rng.random((SIDE, SIDE, 3), np.float32), (0, 0), 6) for _ in range(2))
    front, behind = front * 0.4 + (0.6, 0.3, 0.0), behind * 0.4 + (0.0, 0.1, 0.5)
    picture = front * truth[..., None] + behind * (1 - truth[..., None])
    band = (away > 10) & (away < 32)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8), truth, small, band


def test_the_true_alpha_is_found_from_a_matte_that_is_off(scene):
    picture, truth, matte, band = scene
    before, after = (np.abs(alpha - truth)[band].mean() for alpha in (matte, solved(picture, matte, band)))
    assert after < before / 2


def test_nothing_outside_the_band_changes_by_a_bit(scene):
    picture, _, matte, band = scene
    for most in (10**6, 500):
        assert np.array_equal(solved(picture, matte, band, most=most)[~band], matte[~band])


def test_tiles_leave_no_seam(scene, monkeypatch):
    picture, _, matte, band = scene
    whole = solved(picture, matte, band)
    monkeypatch.setattr(matting, "TILE", 20)
    assert np.abs(solved(picture, matte, band) - whole).max() < 1e-4


def test_a_band_that_is_too_large_is_solved_smaller_and_comes_out_alike(scene):
    picture, _, matte, band = scene
    few = int(np.count_nonzero(band) / 3)
    assert np.abs(solved(picture, matte, band, most=few) - solved(picture, matte, band))[band].mean() < 0.05


def test_where_the_picture_says_nothing_the_matte_is_kept(scene):
    _, _, matte, band = scene
    flat = np.full((SIDE, SIDE, 3), 90, np.uint8)
    kept = np.clip((matte - HAZE) / (1 - 2 * HAZE), 0, 1)
    assert np.abs(solved(flat, matte, band) - kept)[band].mean() < 0.05


def test_the_same_comes_out_every_time(scene):
    picture, _, matte, band = scene
    assert np.array_equal(solved(picture, matte, band), solved(picture, matte, band))


def test_without_its_library_it_is_refused_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(matting, "is_installed", lambda: False)
    with pytest.raises(ModelUnavailable, match=r"pip install 'composer-video\[fine\]'"):
        check_installed("edges: fine")
