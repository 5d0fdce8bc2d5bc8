"""Pictures of one place laid over each other to a fraction of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.motion.align import aligned, farthest
from composer.values import Homography


def texture(height=160, width=240):
    noise = np.random.default_rng(4).integers(0, 256, (height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return cv2.normalize(soft, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def moved(picture, matrix):
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return cv2.warpPerspective(
        picture, np.linalg.inv(centre) @ matrix @ centre, picture.shape[::-1], flags=cv2.INTER_CUBIC
    )


@pytest.mark.parametrize(
    "matrix",
    [
        np.eye(3),
        np.array([[1, 0, 7.3], [0, 1, -4.6], [0, 0, 1.0]]),
        np.array([[1.03, -0.02, 3], [0.02, 1.03, -2], [1e-5, 2e-5, 1.0]]),
    ],
)
def test_a_known_map_is_found_to_a_quarter_of_a_pixel_at_the_corners(matrix):
    picture = texture()
    found = aligned(picture, moved(picture, matrix))
    apart = Homography(found.matrix @ np.linalg.inv(matrix))
    assert farthest(apart, 160, 240) < 0.25
    if np.array_equal(matrix, np.eye(3)):
        assert np.array_equal(found.matrix, matrix)


def test_a_guess_leads_where_nothing_else_would_find_it():
    """The picture repeats every 40 pixels: only the guess tells by how many of them it moved."""
    picture = np.tile(texture(160, 40), (1, 6))
    shifted = np.roll(picture, 80, axis=1)
    guess = Homography(np.array([[1, 0, 79.0], [0, 1, 0], [0, 0, 1]]))
    found = aligned(picture, shifted, guess=guess)
    assert found.matrix[0, 2] == pytest.approx(80, abs=0.2)
    assert np.array_equal(aligned(picture, shifted).matrix, np.eye(3))


def test_what_is_not_to_be_looked_at_has_no_say():
    picture = texture()
    second = picture.copy()
    second[:, :180] = np.roll(picture, 6, axis=1)[:, :180]
    use = np.zeros(picture.shape, bool)
    use[:, 185:] = True
    assert aligned(picture, second).matrix[0, 2] == pytest.approx(6, abs=0.2)
    assert np.array_equal(aligned(picture, second, use_first=use).matrix, np.eye(3))


def test_a_bare_wall_tells_nothing():
    assert aligned(np.full((60, 80), 9, np.uint8), np.full((60, 80), 9, np.uint8)) is None
