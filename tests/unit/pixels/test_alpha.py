"""Putting a layer over a plate."""

from __future__ import annotations

import numpy as np
import pytest

from composer.errors import ShapeError
from composer.pixels.alpha import over, over_into, over_reference
from composer.pixels.planes import copied, crop
from composer.values import Box, Frame, Layer, PixelFormat, Size


def random_frame(name, width, height, seed=0):
    random, pixels = np.random.default_rng(seed), PixelFormat.parse(name)
    shapes = [pixels.plane_shape(index, Size(width, height)) for index in range(pixels.plane_count)]
    return Frame(tuple(random.integers(0, pixels.maximum + 1, s).astype(pixels.dtype) for s in shapes), pixels)


def layer_of(frame, matte, box=None):
    box = box or Box.whole(frame.size)
    return Layer(crop(frame, box).planes, matte, box)


def test_known_values_are_rounded_to_nearest():
    plate = Frame((np.array([[0, 10, 200]], np.uint8),), PixelFormat("gray"))
    layer = Layer((np.array([[255, 20, 100]], np.uint8),), np.array([[128, 128, 1]], np.uint8), Box(0, 0, 3, 1))
    assert over(plate, layer).planes[0].tolist() == [[128, 15, 200]]


def test_a_hard_edge_inside_a_block_is_soft_in_chroma():
    plate, top = random_frame("yuv420p", 64, 8), random_frame("yuv420p", 64, 8, seed=1)
    matte = np.zeros((8, 64), np.uint8)
    matte[:, 31:] = 255  # the edge cuts a chroma cell in half
    result, wanted = over(plate, layer_of(top, matte)), over_reference(plate, layer_of(top, matte))
    assert np.array_equal(result.planes[0], wanted.planes[0])
    for plane in (1, 2):
        assert np.abs(result.planes[plane].astype(int) - wanted.planes[plane]).max() <= 1
        assert (result.planes[plane][:, 15] != plate.planes[plane][:, 15]).any()


def test_only_the_domain_is_touched():
    plate, top = random_frame("yuv420p", 40, 30), random_frame("yuv420p", 40, 30, seed=1)
    box = Box(8, 10, 24, 20)
    result = over(plate, layer_of(top, np.full((10, 16), 200, np.uint8), box))
    outside = np.ones((30, 40), bool)
    outside[box.slices] = False
    assert np.array_equal(result.planes[0][outside], plate.planes[0][outside])
    assert (result.planes[0][box.slices] != plate.planes[0][box.slices]).any()


def test_no_matte_means_covered():
    plate, top = random_frame("yuv422p10", 33, 9), random_frame("yuv422p10", 33, 9, seed=1)
    result = over(plate, layer_of(top, None))
    assert all(np.array_equal(a, b) for a, b in zip(result.planes, top.planes, strict=True))


def test_a_plate_with_alpha_grows_where_the_layer_covers():
    plate = Frame(
        (*(np.zeros((1, 3), np.uint8),) * 3, np.array([[0, 0, 255]], np.uint8)), PixelFormat("rgb", has_alpha=True)
    )
    top = (np.full((1, 3), 200, np.uint8),) * 3
    result = over(plate, Layer(top, np.array([[0, 128, 128]], np.uint8), Box(0, 0, 3, 1)))
    assert result.planes[3].tolist() == [[0, 128, 255]]
    assert result.planes[0].tolist() == [[0, 200, 100]]  # nothing of an invisible plate shows through


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_over_into_writes_views_of_larger_planes(dtype):
    whole = np.zeros((40, 200), np.uint8)
    view = whole[4:36, 8:190]
    layer = Layer(
        (np.full(view.shape, 90, np.uint8),), np.full(view.shape, np.iinfo(dtype).max, dtype), Box(0, 0, 182, 32)
    )
    over_into((view,), layer, PixelFormat("gray"))
    assert (view == 90).all()
    assert whole.sum() == 90 * view.size


def test_planes_of_another_format_are_refused():
    plate, top = random_frame("yuv420p", 8, 8), random_frame("yuv444p", 8, 8)
    with pytest.raises(ShapeError, match="layer plane 1"):
        over_into(copied(plate).planes, layer_of(top, None), plate.format)
    with pytest.raises(ShapeError, match="expected 3"):
        over_into(copied(plate).planes, Layer(top.planes[:1], None, Box(0, 0, 8, 8)), plate.format)


def test_the_plate_itself_stays():
    plate, top = random_frame("yuv420p", 70, 20), random_frame("yuv420p", 70, 20, seed=1)
    before = [plane.copy() for plane in plate.planes]
    over(plate, layer_of(top, np.full((20, 70), 77, np.uint8)))
    assert all(np.array_equal(a, b) for a, b in zip(before, plate.planes, strict=True))
