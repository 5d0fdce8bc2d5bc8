"""Outline and glow, in values: they lie outside of the subject and leave its samples alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from composer.effects import Glow, Inputs, Outline
from composer.pixels.alpha import over
from composer.pixels.area import rim
from composer.values import ColorTags, Frame, FrameRate, Matte, PixelFormat

quick = settings(deadline=None, max_examples=30)


def inputs_of(alpha, luma=60):
    shape = alpha.shape
    planes = (np.full(shape, luma, np.uint8), *(np.full(shape, 128, np.uint8) for _ in range(2)))
    plate = Frame(planes, PixelFormat.parse("yuv444p"), ColorTags("bt709", "limited"))
    return Inputs(plate, Fraction(0), FrameRate(Fraction(25)), mattes={"walker": Matte(alpha)})


def square(size=40, dtype=np.uint8):
    alpha = np.zeros((size, size), dtype)
    alpha[15:25, 15:25] = np.iinfo(dtype).max
    return alpha


def drawn(effect, inputs):
    layer = effect.apply(inputs)
    return inputs.plate.planes[0] if layer is None else over(inputs.plate, layer).planes[0]


@pytest.mark.parametrize(
    ("width", "soft", "row"),
    [
        (2, 0, [255, 255, 0, 0, 0, 0]),
        (2.5, 0, [255, 255, 128, 0, 0, 0]),
        (3, 4, [255, 223, 159, 96, 32, 0]),
    ],
)
def test_a_rim_is_as_wide_as_asked(width, soft, row):
    ring = rim(square(), width, soft)
    assert np.abs(ring[20, 25:31].astype(int) - row).max() <= 1
    assert not ring[15:25, 15:25].any()
    deep = rim(square(dtype=np.uint16), width, soft)
    assert np.abs(deep[20, 25:31] / 257.0 - ring[20, 25:31]).max() <= 1


@quick
@given(st.integers(0, 999), st.floats(0.5, 6), st.floats(0, 5))
def test_rim_and_matte_together_are_never_more_than_full(seed, width, soft):
    alpha = np.random.default_rng(seed).integers(0, 256, (20, 20)).astype(np.uint8)
    assert (alpha.astype(int) + rim(alpha, width, soft)).max() <= 255


def test_an_outline_has_its_colour_and_keeps_the_subject():
    effect = Outline.model_validate({"matte": "walker", "width": "3px", "color": "white"})
    luma = drawn(effect, inputs_of(square()))
    assert luma[20, 12:28].tolist() == [235] * 3 + [60] * 10 + [235] * 3
    assert luma[20, :12].tolist() == [60] * 12


def test_a_half_transparent_outline_is_half_there():
    effect = Outline.model_validate({"matte": "walker", "width": "3px", "color": "#ffffff", "opacity": 0.5})
    assert abs(int(drawn(effect, inputs_of(square()))[20, 13]) - (60 + 235) / 2) <= 1


def test_a_glow_brightens_around_the_subject_ever_less_and_never_the_subject():
    effect = Glow.model_validate({"matte": "walker", "radius": "8px", "color": "white"})
    luma = drawn(effect, inputs_of(square())).astype(int)
    assert (luma[15:25, 15:25] == 60).all()
    row = luma[20, 25:]
    assert row[0] > 120
    assert (np.diff(row) <= 0).all()
    assert row[-1] == 60


def test_black_light_and_no_subject_are_nothing():
    black = Glow.model_validate({"matte": "walker", "color": "black"})
    assert (drawn(black, inputs_of(square())) == 60).all()
    empty = inputs_of(np.zeros((40, 40), np.uint8))
    for effect in (Outline, Glow):
        assert effect.model_validate({"matte": "walker"}).apply(empty) is None
    assert Glow.model_validate({"matte": "walker", "strength": 0}).apply(inputs_of(square())) is None
    assert Outline.model_validate({"matte": "walker", "width": 0}).apply(inputs_of(square())) is None


@pytest.mark.parametrize(
    ("effect", "words"),
    [(Outline, {"width": "-1px"}), (Outline, {"soft": "-1px"}), (Glow, {"radius": "-1px"}), (Glow, {"strength": -1})],
)
def test_negative_numbers_are_refused(effect, words):
    with pytest.raises(ValidationError):
        effect.model_validate({"matte": "walker", **words})
