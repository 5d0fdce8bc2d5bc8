"""Clones, freeze and trail: the subject of other moments, sample by sample."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.effects import Clones, Freeze, Inputs, Remove, Trail
from composer.effects.clean import Cleaned
from composer.effects.other import Other
from composer.pixels.alpha import over
from composer.values import Box, ColorTags, EdgeColors, Frame, FrameRate, Homography, Matte, Moment, PixelFormat

RATE = FrameRate(Fraction(25))
PIXELS = PixelFormat.parse("yuv420p")


def moment(start, *, value=200, behind=50, alpha=255, seconds=1):
    """A subject of 8x8 pixels, ``value`` bright, at a column of a picture ``behind`` bright; its edge column is soft."""
    luma, matte = np.full((16, 48), behind, np.uint8), np.zeros((16, 48), np.uint8)
    matte[4:12, start : start + 8] = alpha
    luma[4:12, start : start + 8] = behind + (value - behind) * (alpha / 255)
    planes = (luma, np.full((8, 24), 128, np.uint8), np.full((8, 24), 90, np.uint8))
    return Inputs(
        Frame(planes, PIXELS, ColorTags("bt709", "limited")), Fraction(seconds), RATE, mattes={"a": Matte(matte)}
    )


def seen(inputs, effect, others):
    """The luma of row 8 after an effect."""
    told = dict(zip(effect.others(), others, strict=True))
    layer = effect.apply(replace(inputs, others=told))
    return inputs.plate.planes[0][8] if layer is None else over(inputs.plate, layer).planes[0][8]


def columns(row, value):
    return sorted(np.flatnonzero(row == value).tolist())


def test_a_clone_stands_where_the_subject_was_and_nothing_else_changes():
    now = moment(24, value=180)
    row = seen(now, Clones.model_validate({"matte": "a", "shifts": ["-1s", "12f"]}), [moment(2), moment(38, value=210)])
    assert columns(row, 200) == list(range(2, 10))
    assert columns(row, 210) == list(range(38, 46))
    assert columns(row, 180) == list(range(24, 32))


def test_later_clones_lie_on_top_and_mattes_in_front_hold_them_back():
    now, others = moment(24, value=180), [moment(20), moment(16, value=210)]
    effect = Clones.model_validate({"matte": "a", "shifts": ["-1s", "-2s"]})
    row = seen(now, effect, others)
    assert columns(row, 210) == list(range(16, 24))
    assert columns(row, 200) == list(range(24, 28))
    row = seen(now, effect.model_copy(update={"behind": ("a",)}), others)
    assert columns(row, 180) == list(range(24, 32))
    assert columns(row, 210) == list(range(16, 24))


def test_where_the_footage_has_no_such_moment_there_is_no_clone():
    effect = Clones.model_validate({"matte": "a", "shifts": "-1s"})
    assert effect.apply(replace(moment(24), others={effect.others()[0]: None})) is None


def test_a_half_opaque_clone_is_half_of_either():
    effect = Clones.model_validate({"matte": "a", "shifts": "-1s", "opacity": 0.5})
    assert columns(seen(moment(24, value=180), effect, [moment(2)]), 125) == list(range(2, 10))


def test_a_soft_clone_brings_nothing_of_the_background_it_stood_before():
    """Half covered it shows 125 on black 50; over 100 its own 200 makes it 150."""
    then = moment(2)
    then.mattes["a"].alpha[4:12, 2:4] = 128
    then.plate.planes[0][4:12, 2:4] = 125
    row = seen(moment(38, behind=100), Clones.model_validate({"matte": "a", "shifts": "-1s"}), [then])
    assert row[2:12].tolist() == pytest.approx([150, 150, *[200] * 6, 100, 100], abs=2)


def test_a_matte_that_knows_its_colours_gives_them():
    then = moment(2, alpha=128)
    domain = Box(2, 4, 10, 12)
    own = tuple(np.full(shape, value, np.uint8) for shape, value in (((8, 8), 230), ((4, 4), 128), ((4, 4), 90)))
    mixed = tuple(plane[4:12, 2:10] if index == 0 else plane[2:6, 1:5] for index, plane in enumerate(then.plate.planes))
    then = replace(then, mattes={"a": replace(then.mattes["a"], colors=EdgeColors(own, own, mixed, domain))})
    row = seen(moment(38), Clones.model_validate({"matte": "a", "shifts": "-1s"}), [then])
    assert row[2:10].tolist() == pytest.approx([140] * 8, abs=1)


def test_a_clone_of_now_changes_nothing_even_where_it_is_soft():
    now = moment(10, alpha=77)
    assert (
        Clones.model_validate({"matte": "a", "shifts": 0}).apply(
            replace(now, others={Other(shift=Moment(seconds=Fraction(0))): now})
        )
        is None
    )


def test_a_frozen_subject_comes_at_its_moment_and_stays():
    effect = Freeze.model_validate({"matte": "a", "at": ["1s", "2s"]})
    others = [moment(2), moment(12, value=210)]
    shown = {
        second: [
            columns(seen(moment(30, value=180, seconds=Fraction(second)), effect, others), value)
            for value in (200, 210)
        ]
        for second in ("0.9", "0.9995", "1", "2", "9")
    }
    first, second = list(range(2, 10)), list(range(12, 20))
    assert shown == {
        "0.9": [[], []],
        "0.9995": [first, []],
        "1": [first, []],
        "2": [first, second],
        "9": [first, second],
    }


def test_a_trail_fades_backwards_in_time_and_stays_behind_the_subject():
    effect = Trail.model_validate({"matte": "a", "count": 3, "step": "2f", "opacity": 0.8, "fade": 0.5})
    assert [other.shift.frames for other in effect.others()] == [-2, -4, -6]
    row = seen(moment(34, value=180), effect, [moment(30), moment(16), moment(4)])
    assert [int(row[column]) for column in (4, 16, 30, 34)] == [80, 110, 170, 180]


@pytest.mark.parametrize(
    ("effect", "body", "words"),
    [
        (Clones, {"matte": "a", "shifts": []}, "at least 1"),
        (Clones, {"matte": "a", "shifts": ["soon"]}, "time from now"),
        (Trail, {"matte": "a", "step": "0s"}, "more than 0"),
        (Trail, {"matte": "a", "step": "1s", "count": 13}, "less than or equal to 12"),
        (Freeze, {"matte": "a", "at": ["1s"] * 17}, "at most 16"),
    ],
)
def test_what_makes_no_sense_is_refused(effect, body, words):
    with pytest.raises(ValidationError, match=words):
        effect.model_validate(body)


def shaded(*, is_still):
    """The subject's shadow lies at columns 10 to 14, and another, farther off, at 40 to 46."""
    now, luma = moment(2), np.full((16, 48), 120, np.uint8)
    now.plate.planes[0][:] = np.where(now.mattes["a"].alpha > 0, 200, 120)
    now.plate.planes[0][6:12, 10:15] = now.plate.planes[0][6:12, 40:47] = 80
    clean = replace(now.plate, planes=(luma, *now.plate.planes[1:]))
    asked = Remove.model_validate({"matte": "a", "grow": "1px", "feather": 0, "shadow": "16px"})
    inputs = replace(now, cleaned=dict.fromkeys(asked.clean_plates(), Cleaned(clean, 0, is_still=is_still)))
    return over(now.plate, asked.apply(inputs)).planes[0][9]


def test_a_shadow_goes_with_its_subject_within_reach_and_where_the_camera_rests():
    row = shaded(is_still=True)
    assert row[:40].tolist() == pytest.approx([120] * 40, abs=2)
    assert columns(row, 80) == list(range(40, 47))
    moving = shaded(is_still=False)
    assert moving[:11].tolist() == [120] * 11
    assert columns(moving, 80) == [11, 12, 13, 14, *range(40, 47)]


def panned(inputs, x):
    """As seen by a camera that has moved the picture by so many pixels since the first frame."""
    return replace(inputs, camera=lambda: Homography(np.array([[1, 0, x], [0, 1, 0], [0, 0, 1.0]])))


@pytest.mark.parametrize(("align", "start"), [("camera", 8), ("screen", 2)])
def test_a_ghost_stays_with_the_world_or_with_the_screen(align, start):
    effect = Clones.model_validate({"matte": "a", "shifts": "-1s", "align": align})
    row = seen(panned(moment(34, value=180), 10), effect, [panned(moment(2), 4)])
    assert columns(row, 200) == list(range(start, start + 8))
    assert effect.needs_camera == (align == "camera")


def test_a_ghost_that_the_camera_has_left_behind_is_gone_and_an_unknown_camera_is_none():
    effect = Clones.model_validate({"matte": "a", "shifts": "-1s"})
    now, then = panned(moment(34, value=180), 0), panned(moment(2), 60)
    assert effect.apply(replace(now, others={effect.others()[0]: then})) is None
    assert columns(seen(moment(34, value=180), effect, [then]), 200) == list(range(2, 10))


def test_half_a_pixel_of_pan_makes_a_soft_edge_of_both():
    effect = Clones.model_validate({"matte": "a", "shifts": "-1s"})
    row = seen(panned(moment(34, value=180), 0.5), effect, [panned(moment(2), 0)])
    assert row[2] == pytest.approx(125, abs=6)
    assert columns(row, 200) == list(range(3, 10))
