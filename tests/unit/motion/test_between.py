"""Pictures between two pictures, against the true ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.motion.between import interpolated, motion_between
from composer.pixels.transition import dissolved
from composer.values import Frame, PixelFormat


def scene(shift, *, depth=8, texture=3):
    """A textured square that has moved over another texture, 4:2:0."""
    back, front = (
        cv2.GaussianBlur(np.random.default_rng(seed).uniform(0, 255, (64, 96)).astype(np.float32), (0, 0), texture) * 3
        for seed in (1, 2)
    )
    picture = np.clip(back - 255, 0, 255)
    picture[20:44, 20 + shift : 44 + shift] = np.clip(front - 255, 0, 255)[20:44, 20:44]
    luma = np.rint(picture).astype(np.uint8)
    planes = (luma, luma[::2, ::2].copy(), luma[1::2, 1::2].copy())
    if depth > 8:
        planes = tuple(plane.astype(np.uint16) << (depth - 8) for plane in planes)
    return Frame(planes, PixelFormat("yuv", depth, (1, 1)))


def apart(first, second, index=0):
    return float(np.abs(first.planes[index].astype(float) - second.planes[index]).mean())


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_the_picture_between_shows_what_moves_on_its_way(share, depth):
    first, second, true = (scene(shift, depth=depth) for shift in (0, 8, int(8 * share)))
    found = interpolated(first, second, share, motion_between(first, second))
    for index in (0, 1):
        assert apart(found, true, index) < 0.35 * apart(dissolved(first, second, share), true, index)
    assert found.format == first.format


def test_at_its_ends_it_is_the_two_pictures_bit_for_bit():
    first, second = scene(0), scene(6)
    motion = motion_between(first, second)
    assert interpolated(first, second, 0.0, motion) is first
    ending = interpolated(first, second, 1.0, motion)
    assert all(np.array_equal(a, b) for a, b in zip(ending.planes, second.planes, strict=True))


def test_between_equal_pictures_nothing_moves():
    first = scene(3)
    found = interpolated(first, scene(3), 0.4, motion_between(first, scene(3)))
    assert all(np.array_equal(a, b) for a, b in zip(found.planes, first.planes, strict=True))


def test_between_pictures_that_have_nothing_in_common_it_stays_between_their_values():
    dark, light = (Frame((np.full((40, 40), value, np.uint8),), PixelFormat("gray")) for value in (20, 220))
    found = interpolated(dark, light, 0.5, motion_between(dark, light)).planes[0]
    assert (np.abs(found.astype(int) - 120) <= 1).all()
