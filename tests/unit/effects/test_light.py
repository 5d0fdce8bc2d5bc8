"""Spotlight and desaturate, in values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.effects import Desaturate, Inputs, Spotlight
from composer.pixels.alpha import over
from composer.pixels.area import falloff
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.pixels.tone import toned
from composer.values import ColorTags, Frame, FrameRate, Matte, PixelFormat, Placement, Quad, Size

LIMITED = ColorTags("bt709", "limited")


def plate_of(name, values, size=(4, 6)):
    pixels = PixelFormat.parse(name)
    shape = Size(size[1], size[0])
    planes = tuple(np.full(pixels.plane_shape(i, shape), v, pixels.dtype) for i, v in enumerate(values))
    return Frame(planes, pixels, LIMITED)


def inputs_of(plate, **mattes):
    named = {name: Matte(alpha) for name, alpha in mattes.items()}
    return Inputs(plate, Fraction(0), FrameRate(Fraction(25)), mattes=named, regions={"lost": None})


@pytest.mark.parametrize(
    ("name", "values", "light", "chroma", "wanted"),
    [
        ("yuv444p", (116, 148, 108), 1, 0, (116, 128, 128)),
        ("yuv444p", (116, 148, 108), 1, 0.5, (116, 138, 118)),
        ("yuv444p", (116, 148, 108), 0.5, 1, (66, 138, 118)),
        ("yuv444p", (116, 148, 108), 0, 1, (16, 128, 128)),
        ("yuv420p10le", (464, 592, 432), 0.5, 0.5, (264, 532, 492)),
        ("gbrp", (116, 16, 16), 0.5, 1, (66, 16, 16)),
        ("gray", (116,), 0.25, 1, (41,)),
    ],
)
def test_light_and_colour_are_scaled_about_black_and_neutral(name, values, light, chroma, wanted):
    plate = plate_of(name, values)
    planes = toned(plate.planes, plate.format, LIMITED, light=light, chroma=chroma)
    assert tuple(int(plane[0, 0]) for plane in planes) == wanted
    assert all((plane == plane[0, 0]).all() for plane in planes)


def test_darkening_in_yuv_is_darkening_in_rgb():
    rgb = np.random.default_rng(1).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    frame = frame_from_rgb(rgb, PixelFormat.parse("yuv444p12le"), LIMITED)
    planes = toned(frame.planes, frame.format, LIMITED, light=0.4)
    dark = rgb_from_frame(Frame(planes, frame.format, LIMITED))
    assert np.abs(dark - rgb * 0.4).max() <= 1


def test_grey_of_rgb_keeps_its_luma():
    planes = toned(plate_of("gbrp", (200, 100, 50)).planes, PixelFormat.parse("gbrp"), LIMITED, chroma=0)
    assert {int(plane[0, 0]) for plane in planes} == {round(0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50)}


def test_desaturate_leaves_luma_and_what_the_matte_covers_alone():
    plate, matte = plate_of("yuv420p", (90, 140, 100)), np.zeros((4, 6), np.uint8)
    matte[:, :2] = 255
    layer = Desaturate.model_validate({"outside": "walker"}).apply(inputs_of(plate, walker=matte))
    result = over(plate, layer)
    assert np.array_equal(result.planes[0], plate.planes[0])
    assert [plane[0].tolist() for plane in result.planes[1:]] == [[140, 128, 128], [100, 128, 128]]


@pytest.mark.parametrize("words", [{"amount": 0}, {"region": "lost"}])
def test_nothing_to_take_is_no_layer(words):
    assert Desaturate.model_validate(words).apply(inputs_of(plate_of("yuv420p", (90, 140, 100)))) is None


def test_the_slope_of_light_is_smooth_and_never_below_the_matte():
    matte = np.zeros((1, 9), np.uint8)
    matte[0, 0] = 255
    slope = falloff(matte, 4)[0]
    assert slope.tolist() == [255, 215, 128, 40, 0, 0, 0, 0, 0]
    assert falloff(matte, 0) is matte
    deep = falloff(matte.astype(np.uint16) * 257, 4)[0]
    assert np.abs(deep / 257.0 - slope).max() <= 0.5


def test_a_spotlight_keeps_the_subject_and_darkens_the_rest():
    plate, matte = plate_of("yuv420p", (116, 148, 108), (8, 40)), np.zeros((8, 40), np.uint8)
    matte[:, :8] = 255
    effect = Spotlight.model_validate({"subject": "walker", "darken": 0.5, "softness": "8px"})
    result = over(plate, effect.apply(inputs_of(plate, walker=matte)))
    row = result.planes[0][4].astype(int)
    assert (row[:8] == 116).all()
    assert (row[16:] == 66).all()
    assert (np.diff(row) <= 0).all()
    assert result.planes[1][2, -1] == 138


def test_a_spotlight_that_changes_nothing_is_no_layer():
    matte = np.zeros((4, 6), np.uint8)
    inputs = inputs_of(plate_of("yuv420p", (90, 140, 100)), walker=matte)
    assert Spotlight.model_validate({"subject": "walker", "darken": 0}).apply(inputs) is None
    assert Spotlight.model_validate({"region": "lost"}).apply(inputs) is None
    full = inputs_of(inputs.plate, walker=np.full((4, 6), 255, np.uint8))
    assert Spotlight.model_validate({"subject": "walker"}).apply(full) is None


def test_a_spotlight_on_a_place_lights_that_place():
    plate = plate_of("yuv420p", (116, 128, 128), (16, 16))
    quad = Quad(np.array([[4.0, 4], [8, 4], [8, 8], [4, 8]]))
    inputs = Inputs(plate, Fraction(0), FrameRate(Fraction(25)), regions={"spot": Placement(quad)})
    effect = Spotlight.model_validate({"region": "spot", "darken": 1, "softness": 0})
    luma = over(plate, effect.apply(inputs)).planes[0]
    assert (luma[4:8, 4:8] == 116).all()
    assert (luma == 116).sum() == 16
    assert luma[0, 0] == 16


@pytest.mark.parametrize("words", [{}, {"subject": "a", "region": "b"}, {"subject": "a", "blur": "-1px"}])
def test_a_spotlight_needs_one_subject(words):
    with pytest.raises(ValidationError):
        Spotlight.model_validate(words)
