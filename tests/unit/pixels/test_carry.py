"""Parts of a picture moved with the camera: whole pixels exactly, nothing from beyond the border."""

from __future__ import annotations

import numpy as np

from composer.pixels.carry import carried, carried_matte, is_nothing, landing
from composer.values import Box, Homography, PixelFormat, Size

SHIFT = Homography(np.array([[1, 0, 4], [0, 1, -2], [0, 0, 1.0]]))
YUV = PixelFormat.parse("yuv420p10le")


def test_a_shift_by_whole_cells_moves_every_plane_exactly():
    random = np.random.default_rng(2)
    planes = tuple(random.integers(0, 1024, shape).astype(np.uint16) for shape in ((8, 10), (4, 5), (4, 5)))
    origin = Box(6, 4, 16, 12)
    moved = carried(planes, YUV, SHIFT, origin=origin, domain=Box(10, 2, 20, 10))
    assert all(np.array_equal(a, b) for a, b in zip(moved, planes, strict=True))
    assert landing(SHIFT, origin, Size(18, 40), (2, 2)) == Box(10, 2, 18, 10)


def test_a_matte_ends_where_its_box_does():
    matte = np.full((4, 4), 255, np.uint8)
    moved = carried_matte(matte, SHIFT, origin=Box(0, 4, 4, 8), domain=Box(0, 0, 12, 8))
    assert moved.sum() == 16 * 255
    assert (moved[2:6, 4:8] == 255).all()


def test_overshoot_stays_within_what_the_format_holds():
    planes = (np.where(np.arange(12) < 6, 0, 1023).astype(np.uint16)[None].repeat(4, 0),)
    half = Homography(np.array([[1, 0, 0.5], [0, 1, 0], [0, 0, 1.0]]))
    (moved,) = carried(planes, PixelFormat.parse("gray10le"), half, origin=Box(0, 0, 12, 4), domain=Box(0, 0, 12, 4))
    assert moved.max() == 1023


def test_what_lies_behind_the_camera_lands_nowhere_and_a_breath_is_nothing():
    behind = Homography(np.array([[1, 0, 0], [0, 1, 0], [-0.2, 0, 1.0]]))
    assert landing(behind, Box(0, 0, 10, 10), Size(20, 20), (1, 1)).is_empty
    breath = Homography(np.array([[1, 0, 0.1], [0, 1, 0.1], [0, 0, 1.0]]))
    assert is_nothing(breath, Box(0, 0, 9, 9))
    assert not is_nothing(SHIFT, Box(0, 0, 9, 9))
