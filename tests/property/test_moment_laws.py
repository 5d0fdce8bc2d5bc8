"""Laws of putting other moments into a picture."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.effects import Clones, Freeze, Inputs, Remove, Trail
from composer.effects.clean import Cleaned
from composer.pixels.alpha import over, over_into
from composer.pixels.planes import copied
from composer.pixels.stack import stacked
from composer.values import ColorTags, FrameRate, Layer, Matte, Size
from tests.property.test_compositing_laws import domain_in, noise, patchy_matte

quick = settings(deadline=None, max_examples=40)
seeds = st.integers(0, 2**32 - 3)
sizes = st.builds(Size, st.integers(2, 90), st.integers(2, 30))
formats = st.sampled_from(["yuv420p", "yuv420p10le", "yuv444p12le", "gbrp", "gray16le"])
dtypes = st.sampled_from([np.uint8, np.uint16])


def now(name, size, dtype, seed):
    plate = replace(noise(name, size, seed), color=ColorTags("bt709", "limited"))
    matte = Matte(patchy_matte(size, dtype, seed))
    return Inputs(plate, Fraction(1), FrameRate(Fraction(25)), mattes={"a": matte})


@quick
@given(formats, sizes, dtypes, seeds)
def test_the_subject_of_this_very_moment_is_there_already(name, size, dtype, seed):
    """Clones with shift 0 are the plate, whatever the matte; so is what is frozen at its own moment."""
    inputs = now(name, size, dtype, seed)
    for effect in (
        Clones.model_validate({"matte": "a", "shifts": "0s"}),
        Freeze.model_validate({"matte": "a", "at": "1s"}),
        Trail.model_validate({"matte": "a", "step": "1f", "count": 1}),
    ):
        assert effect.apply(replace(inputs, others=dict.fromkeys(effect.others(), inputs))) is None


@quick
@given(formats, sizes, dtypes, seeds)
def test_opacity_0_and_an_empty_matte_change_nothing(name, size, dtype, seed):
    inputs, then = now(name, size, dtype, seed), now(name, size, dtype, seed + 1)
    empty = replace(then, mattes={"a": Matte(np.zeros(size.shape, dtype))})
    for form, other in (({"opacity": 0}, then), ({}, empty)):
        effect = Clones.model_validate({"matte": "a", "shifts": "-1s", **form})
        assert effect.apply(replace(inputs, others=dict.fromkeys(effect.others(), other))) is None


@quick
@given(formats, sizes, dtypes, seeds, st.integers(1, 4))
def test_stacked_layers_look_like_one_after_the_other(name, size, dtype, seed, count):
    plate, layers = noise(name, size, seed), []
    pixels = plate.format
    for number in range(count):
        box = domain_in(size, pixels.cell, seed + number)
        if not box.is_empty:
            picture = noise(name, size, seed + 10 + number)
            planes = tuple(plane[_part(box, pixels, index)] for index, plane in enumerate(picture.planes))
            part = Size(int(box.x1 - box.x0), int(box.y1 - box.y0))
            layers.append(Layer(planes, patchy_matte(part, dtype, seed + number), box))
    one = stacked(layers, pixels)
    wanted = copied(plate)
    for layer in layers:
        over_into(wanted.planes, layer, pixels)
    if one is None:
        assert not layers
        return
    result = over(plate, one)
    steps = max(
        1, pixels.maximum // (255 if dtype == np.uint8 else 65535)
    )  # a step of the matte, in the picture's levels
    for index, (a, b) in enumerate(zip(result.planes, wanted.planes, strict=True)):
        if not (pixels.is_chroma(index) and pixels.cell != (1, 1)):
            assert np.abs(a.astype(int) - b.astype(int)).max() <= 2 * count * steps


def _part(box, pixels, index):
    sx, sy = pixels.subsampling if pixels.is_chroma(index) else (0, 0)
    return slice(int(box.y0) >> sy, -(-int(box.y1) >> sy)), slice(int(box.x0) >> sx, -(-int(box.x1) >> sx))


@quick
@given(formats, sizes, dtypes, seeds)
def test_removing_what_is_not_there_changes_nothing(name, size, dtype, seed):
    """An empty matte asks for no clean plate at all; a clean plate that equals the plate leaves it bit for bit."""
    inputs = now(name, size, dtype, seed)
    effect = Remove.model_validate({"matte": "a", "grow": "1px", "feather": "2px"})
    assert effect.apply(replace(inputs, mattes={"a": Matte(np.zeros(size.shape, dtype))})) is None
    layer = effect.apply(replace(inputs, cleaned=dict.fromkeys(effect.clean_plates(), Cleaned(inputs.plate, 0))))
    if layer is not None:
        result = over(inputs.plate, layer)
        assert all(np.array_equal(a, b) for a, b in zip(result.planes, inputs.plate.planes, strict=True))
