"""Blend modes on tables of values worked out by hand, and on planes."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from composer.pixels.blend import BlendMode, blend, blended_planes
from composer.pixels.color import color_planes, frame_from_rgb, rgb_from_frame
from composer.values import ColorTags, PixelFormat

# (below, above, result) of one channel, by the formulas of W3C, Compositing and Blending Level 1.
TABLES = {
    "normal": [(0, 0, 0), (1, 0, 0), (0, 1, 1), (0.2, 0.7, 0.7), (1, 1, 1)],
    "multiply": [(0, 0, 0), (1, 1, 1), (0.5, 0.5, 0.25), (0.2, 1, 0.2), (1, 0.3, 0.3), (0.8, 0, 0)],
    "screen": [(0, 0, 0), (1, 1, 1), (0.5, 0.5, 0.75), (0.2, 0, 0.2), (0.4, 0.3, 0.58), (0.1, 1, 1)],
    "overlay": [(0, 1, 0), (1, 0, 1), (0.25, 0.5, 0.25), (0.75, 0.5, 0.75), (0.25, 1, 0.5), (0.75, 0, 0.5)],
    "hard_light": [(1, 0, 0), (0, 1, 1), (0.5, 0.25, 0.25), (0.5, 0.75, 0.75), (0.3, 0.5, 0.3), (0.4, 0.6, 0.52)],
    "soft_light": [
        (0, 0, 0),
        (1, 1, 1),
        (0.5, 0.5, 0.5),
        (0.5, 0, 0.25),
        (0.36, 1, 0.6),
        (0.25, 1, 0.5),
        (0.1, 1, 0.296),
    ],
    "add": [(0, 0, 0), (1, 1, 1), (0.25, 0.5, 0.75), (0.75, 0.5, 1), (0.3, 0, 0.3)],
    "subtract": [(0, 0, 0), (1, 1, 0), (0.75, 0.5, 0.25), (0.25, 0.5, 0), (0.3, 0, 0.3)],
    "difference": [(0, 0, 0), (1, 1, 0), (0.75, 0.5, 0.25), (0.25, 0.5, 0.25), (0, 1, 1)],
    "exclusion": [(0, 0, 0), (1, 1, 0), (0.5, 0.5, 0.5), (0.25, 0.5, 0.5), (0, 1, 1), (0.2, 0.3, 0.38)],
    "darken": [(0, 1, 0), (1, 0, 0), (0.4, 0.6, 0.4), (0.6, 0.4, 0.4), (1, 1, 1)],
    "lighten": [(0, 1, 1), (1, 0, 1), (0.4, 0.6, 0.6), (0.6, 0.4, 0.6), (0, 0, 0)],
    "color_dodge": [(0, 1, 0), (0.1, 1, 1), (0.25, 0.5, 0.5), (0.6, 0, 0.6), (0.8, 0.5, 1), (1, 0, 1)],
    "color_burn": [(1, 0, 1), (0.9, 0, 0), (0.75, 0.5, 0.5), (0.6, 1, 0.6), (0.2, 0.5, 0), (0, 1, 0)],
    "divide": [(0, 0, 0), (1, 0, 1), (0.25, 0.5, 0.5), (0.5, 0.25, 1), (0.3, 1, 0.3), (1, 1, 1)],
}
# (below, above, result) as red, green, blue; luminosity is 0.3 R + 0.59 G + 0.11 B.
COLORED = {
    "hue": [
        ((0, 0, 0), (1, 0, 0), (0, 0, 0)),  # black has no saturation to take the hue
        ((1, 1, 1), (1, 0, 0), (1, 1, 1)),
        ((0.5, 0.5, 0.5), (0, 1, 0), (0.5, 0.5, 0.5)),
        ((0, 0.5, 0), (1, 0, 0), (0.645, 0.145, 0.145)),  # saturation 0.5 of red, moved up by 0.295 - 0.15
        ((0.3, 0.3, 0.8), (0, 0, 1), (0.3, 0.3, 0.8)),  # its own hue
    ],
    "saturation": [
        ((0, 0, 0), (1, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (1, 0, 0), (1, 1, 1)),
        ((1, 0, 0), (0.5, 0.5, 0.5), (0.3, 0.3, 0.3)),  # grey takes the colour out
        ((0.6, 0.4, 0.4), (0.2, 0, 0), (0.6, 0.4, 0.4)),  # its own saturation
        ((0.75, 0.25, 0.25), (1, 0.75, 0.75), (0.575, 0.325, 0.325)),  # from 0.5 to 0.25, luminosity 0.4
    ],
    "color": [
        ((0, 0, 0), (1, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (0, 0, 1), (1, 1, 1)),
        ((0.3, 0.3, 0.3), (1, 0, 0), (1, 0, 0)),  # red of luminosity 0.3 is red itself
        ((0.7, 0.1, 0.9), (0.5, 0.5, 0.5), (0.368, 0.368, 0.368)),
        ((0.65, 0.65, 0.65), (1, 0, 0), (1, 0.5, 0.5)),  # half way from red to white
    ],
    "luminosity": [
        ((1, 0, 0), (0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (1, 1, 1), (1, 1, 1)),
        ((1, 0, 0), (0.3, 0.3, 0.3), (1, 0, 0)),
        ((0.5, 0.5, 0.5), (1, 0, 0), (0.3, 0.3, 0.3)),
        ((1, 0, 0), (0.65, 0.65, 0.65), (1, 0.5, 0.5)),
    ],
}
FORMATS = ["yuv420p", "yuv420p10le", "yuv422p12le", "yuv444p", "gbrp", "gray"]


def test_every_mode_has_a_table():
    assert set(TABLES) | set(COLORED) == set(get_args(BlendMode))
    assert all(len(rows) >= 5 for rows in (*TABLES.values(), *COLORED.values()))


@pytest.mark.parametrize(("mode", "row"), [(mode, row) for mode, rows in TABLES.items() for row in rows])
def test_separable_modes_on_values(mode, row):
    below, above, wanted = (np.full((1, 3), value, np.float32) for value in row)
    np.testing.assert_allclose(blend(mode, below, above), wanted, atol=2e-7)


@pytest.mark.parametrize(("mode", "row"), [(mode, row) for mode, rows in COLORED.items() for row in rows])
def test_modes_of_hue_saturation_and_luminosity_on_values(mode, row):
    below, above, wanted = (np.array([value], np.float32) for value in row)
    np.testing.assert_allclose(blend(mode, below, above), wanted, atol=1e-6)


def noise(name, seed, size=(15, 21)):
    random, pixels = np.random.default_rng(seed), PixelFormat.parse(name)
    rgb = random.integers(0, 256, (*size, 3)).astype(np.uint8)
    return frame_from_rgb(rgb, pixels, ColorTags("bt709", "limited"))


def flat(name, rgb, like):
    pixels = PixelFormat.parse(name)
    values = color_planes(rgb, pixels, ColorTags("bt709", "limited"))
    return tuple(np.full_like(plane, value) for plane, value in zip(like.planes, values, strict=True))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("mode", "color"),
    [
        ("multiply", (255, 255, 255)),
        ("screen", (0, 0, 0)),
        ("add", (0, 0, 0)),
        ("subtract", (0, 0, 0)),
        ("lighten", (0, 0, 0)),
        ("darken", (255, 255, 255)),
        ("divide", (255, 255, 255)),
        ("exclusion", (0, 0, 0)),
    ],
)
def test_what_a_mode_leaves_alone_keeps_its_samples_bit_for_bit(name, mode, color):
    """Even samples that no screen shows: the plate holds values below black and above white."""
    random, pixels = np.random.default_rng(3), PixelFormat.parse(name)
    plate = noise(name, 1)
    planes = tuple(random.integers(0, pixels.maximum + 1, p.shape).astype(pixels.dtype) for p in plate.planes)
    result = blended_planes(mode, planes, flat(name, color, plate), pixels, plate.color)
    assert all(np.array_equal(a, b) for a, b in zip(result, planes, strict=True))


@pytest.mark.parametrize("name", FORMATS)
def test_multiplying_with_black_is_black_in_every_format(name):
    plate = noise(name, 1)
    black = flat(name, (0, 0, 0), plate)
    result = blended_planes("multiply", plate.planes, black, plate.format, plate.color)
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(result, black, strict=True))


@pytest.mark.parametrize("name", ["yuv444p", "yuv420p10le", "gbrp"])
def test_planes_blend_as_their_colours_do(name):
    plate, layer = noise(name, 1, (1, 1)), noise(name, 2, (1, 1))
    below, above = (rgb_from_frame(frame, 16) / np.float32(65535) for frame in (plate, layer))
    planes = blended_planes("overlay", plate.planes, layer.planes, plate.format, plate.color)
    found = rgb_from_frame(type(plate)(planes, plate.format, plate.color), 16) / 65535
    np.testing.assert_allclose(found, blend("overlay", below, above), atol=0.01)
