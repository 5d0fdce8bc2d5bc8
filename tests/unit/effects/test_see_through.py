"""Footage with alpha: what is altered stays as see-through as it was."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.effects import EFFECTS, Inputs, Memo
from composer.pixels.alpha import over
from composer.values import ColorTags, Frame, FrameRate, Matte, PixelFormat, Size

ALTERS = {
    "blur": {"inside": "most", "radius": "2px"},
    "desaturate": {"inside": "most"},
    "grade": {"inside": "most", "exposure": 0.5},
    "moviepy": {"effect": "InvertColors", "inside": "most"},
    "ffmpeg": {"filter": "negate", "inside": "most"},
    "restore": {"inside": "most"},
    "spotlight": {"subject": "most"},
}


@pytest.mark.parametrize("kind", ALTERS)
def test_altered_footage_stays_as_see_through_as_it_was(kind):
    pixels, size = PixelFormat.parse("yuva420p"), Size(16, 12)
    random = np.random.default_rng(5)
    planes = tuple(
        random.integers(16, 236, pixels.plane_shape(index, size)).astype(np.uint8)
        for index in range(pixels.plane_count)
    )
    plate = Frame(planes, pixels, ColorTags("bt709", "limited"))
    cover = np.full(size.shape, 255, np.uint8)
    cover[:, 8:] = 90
    inputs = Inputs(
        plate=plate, seconds=Fraction(0), rate=FrameRate(Fraction(25)), mattes={"most": Matte(cover)}, memo=Memo()
    )
    layer = EFFECTS[kind].model_validate(ALTERS[kind]).apply(inputs)
    result = over(plate, layer)
    assert np.array_equal(result.planes[-1], plate.planes[-1])
    assert not np.array_equal(result.planes[0], plate.planes[0]) or kind in ("desaturate", "restore")


def test_restore_brings_back_how_see_through_the_footage_was():
    pixels, size = PixelFormat.parse("yuva420p"), Size(8, 8)
    footage = Frame(tuple(np.full(pixels.plane_shape(i, size), 60, np.uint8) for i in range(4)), pixels)
    plate = Frame(tuple(np.full(pixels.plane_shape(i, size), 255, np.uint8) for i in range(4)), pixels)
    inputs = Inputs(
        plate=plate,
        footage=footage,
        seconds=Fraction(0),
        rate=FrameRate(Fraction(25)),
        mattes={"all": Matte(np.full(size.shape, 255, np.uint8))},
    )
    layer = EFFECTS["restore"].model_validate({"inside": "all"}).apply(inputs)
    assert all((plane == 60).all() for plane in over(plate, layer).planes)
