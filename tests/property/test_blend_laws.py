"""Laws of blend modes, whatever the colours."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from composer.fields.easing import CURVES
from composer.pixels.blend import BlendMode, blend

MODES = get_args(BlendMode)
colors = arrays(np.float32, (4, 3), elements=st.floats(0, 1, width=32))
quick = settings(deadline=None, max_examples=40)
ONE, ZERO = np.ones((4, 3), np.float32), np.zeros((4, 3), np.float32)


@pytest.mark.parametrize("mode", MODES)
@quick
@given(below=colors, above=colors)
def test_colours_stay_colours(mode, below, above):
    result = blend(mode, below, above)
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize("mode", ["multiply", "screen", "add", "difference", "exclusion", "darken", "lighten"])
@quick
@given(below=colors, above=colors)
def test_some_modes_do_not_care_which_is_above(mode, below, above):
    np.testing.assert_array_equal(blend(mode, below, above), blend(mode, above, below))


@pytest.mark.parametrize(
    ("mode", "neutral"),
    [
        ("multiply", 1),
        ("darken", 1),
        ("color_burn", 1),
        ("divide", 1),
        ("screen", 0),
        ("lighten", 0),
        ("color_dodge", 0),
        ("add", 0),
        ("subtract", 0),
        ("difference", 0),
        ("exclusion", 0),
        ("hard_light", 0.5),
        ("soft_light", 0.5),
    ],
)
@quick
@given(below=colors)
def test_every_mode_has_a_colour_that_changes_nothing(mode, neutral, below):
    np.testing.assert_allclose(blend(mode, below, np.full_like(below, neutral)), below, atol=2e-7)


@quick
@given(below=colors, above=colors)
def test_overlay_is_hard_light_the_other_way_round(below, above):
    np.testing.assert_array_equal(blend("overlay", below, above), blend("hard_light", above, below))


@quick
@given(below=colors, above=colors)
def test_screen_is_multiply_of_what_is_missing(below, above):
    negative = 1 - blend("multiply", 1 - below, 1 - above)
    np.testing.assert_allclose(blend("screen", below, above), negative, atol=1e-6)


@pytest.mark.parametrize("mode", ["multiply", "screen", "overlay", "hard_light", "soft_light", "add", "color_dodge"])
@quick
@given(below=colors, above=colors, more=colors)
def test_a_brighter_layer_never_darkens(mode, below, above, more):
    brighter = np.minimum(above + more, 1)
    assert (blend(mode, below, brighter) >= blend(mode, below, above) - 1e-6).all()


@pytest.mark.parametrize("mode", ["color", "hue", "saturation"])
@quick
@given(below=colors, above=colors)
def test_modes_of_colour_keep_the_luminosity_of_the_plate(mode, below, above):
    weights = np.array([0.3, 0.59, 0.11], np.float32)
    np.testing.assert_allclose(blend(mode, below, above) @ weights, below @ weights, atol=2e-6)


@pytest.mark.parametrize("name", CURVES)
def test_every_easing_goes_from_nothing_to_all(name):
    curve = CURVES[name]
    assert abs(curve(0.0)) < 1e-3  # Penner's exponential starts at 2 to the power of -10
    assert abs(curve(1.0) - 1) < 1e-3
    if "back" not in name and "elastic" not in name and "bounce" not in name:
        values = [curve(share / 50) for share in range(51)]
        assert values == sorted(values)


@pytest.mark.parametrize(
    ("name", "share", "wanted"),
    [
        ("in_cubic", 0.5, 0.125),
        ("out_cubic", 0.5, 0.875),
        ("in_out_cubic", 0.25, 0.0625),
        ("in_sine", 1 / 3, 1 - 3**0.5 / 2),
        ("out_sine", 1 / 3, 0.5),
        ("in_out_sine", 0.25, 0.5 - 2**0.5 / 4),
        ("in_expo", 0.9, 0.5),
        ("out_expo", 0.1, 0.5),
        ("in_out_expo", 0.45, 0.25),
        ("in_back", 0.5, -0.0876975),
        ("out_back", 0.5, 1.0876975),
        ("in_out_back", 0.25, -0.04384875),
        ("out_elastic", 0.075, 1.0),
        ("out_bounce", 1 / 2.75, 1.0),
        ("out_bounce", 1.5 / 2.75, 0.75),
        ("ease", 0.5, 0.80240),
    ],
)
def test_easings_on_values(name, share, wanted):
    assert CURVES[name](share) == pytest.approx(wanted, abs=1e-5)
