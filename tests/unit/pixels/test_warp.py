"""Resizing, fitting and corner pins."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.pixels.warp import (
    corner_pin,
    fit_boxes,
    homography_between,
    quad_coverage,
    resize_frame,
    resized_plane,
    warped_plane,
)
from composer.values import Box, Frame, PixelFormat, Quad, Size

YUV = PixelFormat("yuv", 8, (1, 1))


def flat(values, size, pixels=YUV):
    return Frame(tuple(np.full(pixels.plane_shape(i, size), v, pixels.dtype) for i, v in enumerate(values)), pixels)


@pytest.mark.parametrize("shape", [(3, 5), (50, 31), (10, 80), (1, 1), (24, 32)])
def test_a_constant_stays_constant_at_any_size(shape):
    assert (resized_plane(np.full((24, 32), 77, np.uint8), shape) == 77).all()
    assert resized_plane(np.full((24, 32), 77, np.uint8), shape).shape == shape


def test_shrinking_averages_so_that_fine_stripes_turn_grey():
    stripes = np.tile(np.array([0, 255], np.uint8), (60, 60))
    for width in (60, 40, 30, 20, 17):
        grey = resized_plane(stripes, (60, width)).astype(int)
        assert abs(grey.mean() - 127.5) < 4
        assert grey.std() < (50 if width > 30 else 20)


def test_cover_cuts_off_contain_leaves_bars_stretch_distorts():
    assert fit_boxes(Size(400, 100), Size(100, 100), "cover") == (Box(150, 0, 250, 100), Box(0, 0, 100, 100))
    assert fit_boxes(Size(400, 100), Size(100, 100), "contain") == (Box(0, 0, 400, 100), Box(0, 37.5, 100, 62.5))
    assert fit_boxes(Size(400, 100), Size(100, 100), "stretch") == (Box(0, 0, 400, 100), Box(0, 0, 100, 100))


def test_a_homography_takes_corners_to_corners():
    source = Quad(np.array([[0.0, 0], [10, 0], [10, 20], [0, 20]]))
    target = Quad(np.array([[3.0, 1], [40, 5], [33, 44], [1, 30]]))
    there, back = homography_between(source, target), homography_between(target, source)
    assert np.allclose(there.applied(source.corners), target.corners)
    assert np.allclose(back.applied(there.applied(np.array([[2.5, 7.0]]))), [[2.5, 7.0]])


def test_an_upright_pin_of_its_own_size_copies_the_picture():
    random = np.random.default_rng(0)
    frame = Frame(tuple(random.integers(0, 256, YUV.plane_shape(i, Size(12, 8)), np.uint8) for i in range(3)), YUV)
    pinned = corner_pin(frame, Quad.of_box(Box(4, 2, 16, 10)), Size(40, 30), YUV)
    assert pinned.domain == Box(4, 2, 16, 10)
    assert all(np.array_equal(a, b) for a, b in zip(pinned.planes, frame.planes, strict=True))
    assert (pinned.coverage == 255).all()


def test_coverage_of_upright_edges_is_exact_to_a_fraction_of_a_pixel():
    coverage = quad_coverage(Quad.of_box(Box(1.25, 0.5, 3.0, 2.0)), Box(0, 0, 4, 3))
    assert coverage.tolist() == [[0, 96, 128, 0], [0, 191, 255, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("mirrored", [False, True])
def test_coverage_of_slanted_edges_has_the_area_of_the_quad(mirrored):
    corners = np.array([[5.3, 4.1], [50.2, 9.7], [44.6, 38.2], [9.9, 31.4]])
    quad = Quad(corners[::-1] if mirrored else corners)
    area = cv2.contourArea(corners.astype(np.float32))
    assert quad_coverage(quad, Box(0, 0, 60, 45)).sum() / 255 == pytest.approx(area, rel=0.002)


def test_a_pin_is_antialiased_and_its_chroma_comes_from_the_picture_alone():
    quad = Quad(np.array([[5.3, 4.1], [50.2, 9.7], [44.6, 38.2], [9.9, 31.4]]))
    pinned = corner_pin(flat((180, 30, 220), Size(64, 48)), quad, Size(60, 46), YUV)
    assert [np.unique(plane).tolist() for plane in pinned.planes] == [[180], [30], [220]]
    soft = (pinned.coverage > 0) & (pinned.coverage < 255)
    assert 60 < soft.sum() < 400


def test_a_tiny_pin_of_a_large_picture_averages_it():
    checks = np.indices((480, 640)).sum(axis=0) % 2 * 255
    frame = Frame((checks.astype(np.uint8),), PixelFormat("gray"))
    pinned = corner_pin(
        frame, Quad(np.array([[1.0, 1], [40, 3], [38, 30], [2, 27]])), Size(48, 40), PixelFormat("gray")
    )
    inside = pinned.planes[0][pinned.coverage == 255]
    assert abs(inside.astype(int) - 128).max() <= 6


def test_transparent_parts_neither_cover_nor_colour():
    pixels = PixelFormat("yuv", 8, (0, 0), has_alpha=True)
    frame = flat((200, 60, 60, 255), Size(20, 20), pixels)
    for plane, garbage in zip(frame.planes, (16, 250, 250, 0), strict=True):
        plane[:, :10] = garbage
    pinned = corner_pin(frame, Quad.of_box(Box(0.5, 0.5, 30.5, 30.5)), Size(40, 40), YUV)
    seen = pinned.coverage > 8
    assert pinned.coverage[15, 5] == 0
    assert pinned.coverage[15, 25] == 255
    assert np.abs(pinned.planes[0][seen].astype(int) - 200).max() <= 2
    assert np.abs(pinned.planes[1][:, 8:15].astype(int) - 60).max() <= 2


@pytest.mark.parametrize(
    "corners",
    [
        [[100, 100], [120, 100], [120, 120], [100, 120]],
        [[0, 0], [30, 30], [30, 0], [0, 30]],
        [[0, 0], [10, 10], [20, 20], [30, 30]],
    ],
    ids=["outside", "crossed", "flat"],
)
def test_a_pin_without_area_in_the_plate_is_nothing(corners):
    assert corner_pin(flat((1, 2, 3), Size(8, 8)), Quad(np.array(corners, float)), Size(40, 40), YUV) is None


def test_a_frame_keeps_its_format_at_another_size():
    frame = resize_frame(flat((10, 20, 30), Size(31, 17)), Size(15, 9))
    assert (frame.size, frame.format) == (Size(15, 9), YUV)
    assert [np.unique(plane).tolist() for plane in frame.planes] == [[10], [20], [30]]


def test_a_picture_with_wide_pixels_is_fitted_by_its_shape_on_the_screen():
    # 50x100 pixels, each two as wide as high, are a square.
    square, half = Size(50, 100), Size(100, 50)
    assert fit_boxes(square, Size(100, 100), "cover", aspect=2) == (Box(0, 0, 50, 100), Box(0, 0, 100, 100))
    assert fit_boxes(square, half, "cover", aspect=2) == (Box(0, 25, 50, 75), Box(0, 0, 100, 50))
    assert fit_boxes(square, half, "contain", aspect=2) == (Box(0, 0, 50, 100), Box(25, 0, 75, 50))


def test_a_whole_shift_moves_samples_and_the_borders_go_on_outside():
    plane = np.arange(12, dtype=np.uint16).reshape(3, 4) * 1000
    for x, y in [(0, 0), (1, 0), (-2, 1), (3, -2), (-9, 0), (0, 7), (20, -20)]:
        matrix = np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])
        for shape in [(3, 4), (5, 2), (1, 9)]:
            rows, columns = np.clip(np.arange(shape[0]) - y, 0, 2), np.clip(np.arange(shape[1]) - x, 0, 3)
            assert np.array_equal(warped_plane(plane, matrix, shape), plane[rows][:, columns])
