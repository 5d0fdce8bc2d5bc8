"""Keys cover what they name: a colour in any light, a range of brightness, what is not on the clean plate."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.mask.key import Keyed, ramp
from composer.mask.sources import KeySource
from composer.pixels.color import frame_from_rgb
from composer.values import ColorTags, PixelFormat

GREEN = (0, 177, 64)
FORMATS = [
    (PixelFormat("yuv", 8, (1, 1)), ColorTags(matrix="bt709", range="limited")),
    (PixelFormat("yuv", 8, (1, 1)), ColorTags()),
    (PixelFormat("yuv", 10, (1, 0)), ColorTags(matrix="bt2020nc", range="full")),
    (PixelFormat("rgb", 8), ColorTags()),
]


def picture(*columns):
    """Upright stripes, 8 pixels wide each."""
    row = np.repeat(np.array(columns, np.uint8), 8, axis=0)
    return np.repeat(row[None], 16, axis=0)


def keyed(rgb, source, layout=FORMATS[0], clean=None):
    frame = frame_from_rgb(rgb, *layout)
    frames = None if clean is None else iter([frame_from_rgb(clean, *layout)])
    return Keyed(KeySource.model_validate(source), frames).matte_at(0, frame).alpha[8, 4::8].tolist()


@pytest.mark.parametrize("layout", FORMATS)
def test_a_colour_key_covers_the_screen_in_shade_and_light_and_not_the_actor(layout):
    shade, bright = tuple(c // 2 for c in GREEN), (30, 200, 90)
    rgb = picture(GREEN, shade, bright, (200, 150, 120), (20, 20, 20), (250, 250, 250), (40, 60, 160))
    assert keyed(rgb, {"color": "#00b140"}, layout) == [255, 255, 255, 0, 0, 0, 0]


def test_a_grey_key_colour_is_told_apart_by_brightness():
    assert keyed(picture((128, 128, 128), (20, 20, 20), (250, 250, 250)), {"color": "#808080"}) == [255, 0, 0]


@pytest.mark.parametrize("layout", FORMATS)
def test_a_luma_key_covers_its_range_only(layout):
    rgb = picture((10, 10, 10), (128, 128, 128), (250, 250, 250))
    assert keyed(rgb, {"luma": [0.3, 0.7], "softness": 0.05}, layout) == [0, 255, 0]


@pytest.mark.parametrize("layout", FORMATS)
def test_a_difference_key_covers_what_is_not_on_the_clean_plate(layout):
    clean = picture((90, 90, 90), (90, 90, 90), (40, 80, 120))
    plate = picture((90, 90, 90), (200, 60, 50), (40, 80, 120))
    assert keyed(plate, {"clean": "empty.png"}, layout, clean) == [0, 255, 0]


def test_a_still_clean_plate_holds_for_every_frame():
    frame = frame_from_rgb(picture(GREEN), *FORMATS[0])
    key = Keyed(KeySource.model_validate({"clean": "empty.png"}), iter([frame]))
    assert not key.matte_at(0, frame).alpha.any()
    assert not key.matte_at(5, frame).alpha.any()


def test_the_ramp_is_full_to_the_tolerance_then_linear_then_nothing():
    distance = np.array([[0.0, 0.1, 0.14, 0.2, 0.9]], np.float32)
    assert ramp(distance, 0.1, 0.1).tolist() == [[255, 255, 153, 0, 0]]
    assert ramp(distance, 0.1, 0.0).tolist() == [[255, 255, 0, 0, 0]]


def test_a_matte_carries_its_frames_time():
    frame = frame_from_rgb(picture(GREEN), *FORMATS[0])
    assert Keyed(KeySource.model_validate({"color": "#00b140"})).matte_at(0, frame).at.seconds == Fraction(0)
