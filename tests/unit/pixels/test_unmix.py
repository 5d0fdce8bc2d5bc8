"""Colours in a soft edge are parted in the plate's own planes; where the matte is sure the plate's samples stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.pixels.planes import cell_mean
from composer.pixels.unmix import edge_colors
from composer.values import Frame, PixelFormat, Size

SIZE = Size(76, 58)
FORMATS = [
    PixelFormat("yuv", 8, (1, 1)),
    PixelFormat("yuv", 10, (1, 0)),
    PixelFormat("rgb", 8),
    PixelFormat("gray", 12),
    PixelFormat("yuv", 8, (0, 0), has_alpha=True),
]


def alpha():
    rows, columns = np.mgrid[: SIZE.height, : SIZE.width]
    return np.rint(255 * np.clip((16 - np.hypot(rows - 28, columns - 36)) / 9 + 0.5, 0, 1)).astype(np.uint8)


def mixed(pixels):
    """A frame, and the planes of its subject and of what is behind it."""
    rng = np.random.default_rng(5)
    sides = []
    for low in (0.55, 0.1):
        wide = [cv2.GaussianBlur(rng.random(SIZE.shape, np.float32), (0, 0), 7) for _ in range(pixels.plane_count)]
        sides.append([(low + 0.3 * plane) * pixels.maximum for plane in wide])
    share = alpha() / 255.0
    planes, parted = [], ([], [])
    for index, (front, behind) in enumerate(zip(*sides, strict=True)):
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        whole = cell_mean((behind + (front - behind) * share).astype(np.float32), cell)
        planes.append(np.rint(whole).astype(pixels.dtype))
        for side, plane in zip(parted, (front, behind), strict=True):
            side.append(cell_mean(plane.astype(np.float32), cell))
    return Frame(tuple(planes), pixels), parted


@pytest.mark.parametrize("pixels", FORMATS, ids=lambda pixels: pixels.name)
def test_both_sides_of_a_known_mixture_are_found(pixels):
    frame, (front, behind) = mixed(pixels)
    colors = edge_colors(frame, alpha())
    rows, columns = colors.domain.slices
    for index in range(3 if pixels.model != "gray" else 1):
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        part = (
            slice(rows.start // cell[1], -(-rows.stop // cell[1])),
            slice(columns.start // cell[0], -(-columns.stop // cell[0])),
        )
        share = cell_mean(alpha()[rows, columns].astype(np.float32) / 255, cell)
        for found, true, soft in (
            (colors.subject[index], front[index][part], (share > 0.2) & (share < 1)),
            (colors.behind[index], behind[index][part], (share < 0.8) & (share > 0)),
        ):
            off = np.abs(found - true)[soft].mean()
            assert off < 0.25 * np.abs(frame.planes[index][part] - true)[soft].mean()


@pytest.mark.parametrize("pixels", FORMATS, ids=lambda pixels: pixels.name)
def test_where_the_matte_is_sure_the_plates_own_samples_stay(pixels):
    frame, _ = mixed(pixels)
    colors = edge_colors(frame, alpha())
    inside = alpha()[colors.domain.slices]
    assert np.array_equal(colors.subject[0][inside == 255], colors.mixed[0][inside == 255])
    assert np.array_equal(colors.behind[0][inside == 0], colors.mixed[0][inside == 0])
    assert np.array_equal(colors.mixed[0], frame.planes[0][colors.domain.slices])
    assert len(colors.subject) == (1 if pixels.model == "gray" else 3)


def test_the_domain_lies_on_chroma_cells_and_holds_everything_soft():
    frame, _ = mixed(FORMATS[0])
    domain = edge_colors(frame, alpha()).domain
    assert domain.x0 % 2 == domain.y0 % 2 == 0
    outside = alpha()
    outside[domain.slices] = 0
    assert not ((outside > 0) & (outside < 255)).any()


def test_a_hard_matte_has_no_edge_colours():
    frame, _ = mixed(FORMATS[0])
    assert edge_colors(frame, np.where(alpha() > 128, 255, 0).astype(np.uint8)) is None


def test_a_picture_of_a_few_pixels_is_no_exception():
    pixels = PixelFormat("yuv", 8, (1, 1))
    frame = Frame(tuple(np.full(pixels.plane_shape(index, Size(2, 2)), 90, np.uint8) for index in range(3)), pixels)
    colors = edge_colors(frame, np.array([[255, 128], [0, 0]], np.uint8))
    assert [plane.shape for plane in colors.subject] == [(2, 2), (1, 1), (1, 1)]
