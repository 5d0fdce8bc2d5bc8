"""The grade effect: identity, values in the plate's own samples, and the part that it works on."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.effects import Grade, Inputs
from composer.errors import FileRefused
from composer.pixels.alpha import over
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.values import ColorTags, FrameRate, Matte, PixelFormat

IDENTITY = b"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n"


def inputs_of(rgb, *, format_="yuv444p", seconds=0, files=None):
    picture = np.full((4, 8, 3), rgb, np.uint8)
    frame = frame_from_rgb(picture, PixelFormat.parse(format_), ColorTags("bt709", "limited"))
    matte = np.zeros((4, 8), np.uint8)
    matte[:, :4] = 255
    mattes = {"walker": Matte(matte)}
    return Inputs(frame, Fraction(seconds), FrameRate(Fraction(25)), mattes=mattes, files=files or {})


def shown(words, rgb, **options):
    inputs = inputs_of(rgb, **options)
    layer = Grade.model_validate(words).apply(inputs)
    return rgb_from_frame(over(inputs.plate, layer)).astype(int)


@pytest.mark.parametrize(
    "words", [{}, {"exposure": 0, "gain": 1, "inside": "walker"}, {"amount": 0, "exposure": 2}, {"lift": [0, 0, 0]}]
)
def test_what_changes_nothing_is_no_layer(words):
    assert Grade.model_validate(words).apply(inputs_of((10, 200, 90))) is None


@pytest.mark.parametrize(
    ("words", "rgb", "wanted"),
    [
        ({"exposure": -2.4}, (200, 100, 50), (100, 50, 25)),
        ({"gain": [0.5, 1, 1]}, (200, 100, 50), (100, 100, 50)),
        ({"gamma": 2}, (64, 64, 64), (128, 128, 128)),
        ({"saturation": 0}, (200, 100, 50), (118, 118, 118)),
        ({"contrast": 0}, (200, 100, 50), (125, 125, 125)),
    ],
)
@pytest.mark.parametrize("format_", ["yuv444p", "yuv420p10le", "gbrp"])
def test_values(words, rgb, wanted, format_):
    assert np.abs(shown(words, rgb, format_=format_) - wanted).max() <= 2


def test_it_works_where_it_is_asked_to():
    picture = shown({"outside": "walker", "exposure": -2.4}, (100, 100, 100))
    assert np.abs(picture[:, :4] - 100).max() <= 1
    assert np.abs(picture[:, 4:] - 50).max() <= 1


def test_amount_and_numbers_move_along_their_keyframes():
    words = {"exposure": {"0s": 0, "2s": -4.8}, "amount": 0.5}
    assert Grade.model_validate(words).apply(inputs_of((100, 100, 100))) is None
    assert np.abs(shown(words, (100, 100, 100), seconds=1) - 75).max() <= 1


def test_a_table_is_looked_up_last():
    swap = b"LUT_1D_SIZE 2\n1 1 1\n0 0 0\n"
    picture = shown({"lut": "a.cube", "gain": 0.5}, (100, 200, 0), files={"a.cube": swap})
    assert np.abs(picture - (205, 155, 255)).max() <= 2


def test_a_table_that_is_none_is_refused_with_its_name():
    effect = Grade.model_validate({"lut": "a.cube"})
    with pytest.raises(FileRefused, match="line 2") as caught:
        effect.check_files({"a.cube": b"LUT_1D_SIZE 2\noops\n".replace(b"oops", b"0 0 x")})
    assert caught.value.file == "a.cube"
    assert effect.check_files({"a.cube": IDENTITY}) == ()


@pytest.mark.parametrize(
    "words", [{"temperature": 100}, {"gamma": 0}, {"saturation": -1}, {"gain": [1, 2]}, {"lift": 2}]
)
def test_numbers_out_of_bounds_are_refused(words):
    with pytest.raises(ValidationError):
        Grade.model_validate(words)
