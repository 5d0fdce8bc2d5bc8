"""What is hidden stays hidden: nothing under a cover has a say in the picture, and doubt covers more, not less."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from composer.effects import Box, Inputs, Mosaic
from composer.effects.cover import Cover, Covered
from composer.fields import Length
from composer.pixels.alpha import over
from composer.pixels.area import around, grown, on_blocks
from composer.pixels.filter import block_side
from composer.render.covers import Keeper
from composer.values import ColorTags, Frame, FrameRate, Moment, PixelFormat, Size

FORMATS = ["yuv420p", "yuv422p10le", "yuv410p", "gbrp", "gray", "yuva420p"]
quick = settings(deadline=None, max_examples=40)


def noise(name, size, seed):
    random, pixels = np.random.default_rng(seed), PixelFormat.parse(name)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    planes = tuple(random.integers(0, pixels.maximum + 1, shape).astype(pixels.dtype) for shape in shapes)
    return Frame(planes, pixels, ColorTags("bt709", "limited"))


def covering(effect, plate, area):
    inputs = Inputs(plate, Fraction(0), FrameRate(Fraction(25)), covered={effect.cover: Covered(area)})
    layer = effect.apply(inputs)
    return plate if layer is None else over(plate, layer)


def spots(size, seed):
    random = np.random.default_rng(seed)
    return np.where(random.random(size.shape) < 0.02, np.uint8(255), np.uint8(0))


def touched(area, pixels, index):
    """Samples of a plane that the area reaches into."""
    cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
    return on_blocks(area, cell)[:: cell[1], :: cell[0]] > 0


def swapped(plate, other, area):
    """The plate with other samples wherever an area reaches; alpha stays."""
    planes = [
        np.where(touched(area, plate.format, index), b, a)
        for index, (a, b) in enumerate(zip(plate.planes, other.planes, strict=True))
    ]
    if plate.format.has_alpha:
        planes[-1] = plate.planes[-1]
    return replace(plate, planes=tuple(planes))


@quick
@given(
    st.sampled_from(FORMATS),
    st.integers(1, 40),
    st.integers(1, 30),
    st.sampled_from(["box", "outline"]),
    st.integers(0, 999),
)
def test_no_pixel_under_a_box_has_a_say(name, width, height, shape, seed):
    size = Size(width, height)
    area, plate, other = spots(size, seed), noise(name, size, seed + 1), noise(name, size, seed + 2)
    effect = Box.model_validate({"inside": "walker", "shape": shape})
    full = on_blocks(around(area) if shape == "box" else area, plate.format.cell)
    first, second = (covering(effect, each, area) for each in (plate, swapped(plate, other, full)))
    assert all(np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


@quick
@given(st.sampled_from(FORMATS), st.integers(1, 40), st.integers(1, 30), st.floats(4, 20), st.integers(0, 999))
def test_a_mosaic_shows_means_of_its_blocks_and_nothing_else(name, width, height, side, seed):
    """Every covered block is one value, and pixels that change places within a block give the same picture."""
    size = Size(width, height)
    area, plate = spots(size, seed), noise(name, size, seed + 1)
    effect = Mosaic.model_validate({"inside": "walker", "size": f"{side:.2f}px"})
    step = block_side(float(f"{side:.2f}"), plate.format.cell)
    full = on_blocks(area, (step, step))
    result = covering(effect, plate, area)
    for index, plane in enumerate(result.planes[: 3 if plate.format.model != "gray" else 1]):
        cell = plate.format.cell if plate.format.is_chroma(index) else (1, 1)
        down, across = step // cell[1], step // cell[0]
        hidden = touched(full, plate.format, index)
        for top in range(0, plane.shape[0], down):
            for left in range(0, plane.shape[1], across):
                block = np.s_[top : top + down, left : left + across]
                if hidden[block].any():
                    assert hidden[block].all()
                    assert np.ptp(plane[block].astype(int)) == 0
                else:
                    assert np.array_equal(plane[block], plate.planes[index][block])


def test_a_mosaic_forgets_the_order_of_the_pixels_in_a_block():
    plate = noise("yuv444p", Size(32, 24), 3)
    area = np.full((24, 32), 255, np.uint8)
    effect = Mosaic.model_validate({"inside": "walker", "size": "8px"})
    blocks = [plane.reshape(3, 8, 4, 8)[:, ::-1, :, ::-1].reshape(24, 32) for plane in plate.planes]
    first, second = covering(effect, plate, area), covering(effect, replace(plate, planes=tuple(blocks)), area)
    assert all(np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


def test_blocks_stay_where_they_are_while_the_subject_moves():
    plate = noise("yuv420p", Size(48, 32), 4)
    effect = Mosaic.model_validate({"inside": "walker", "size": "8px"})
    results = []
    for left in (9, 10, 13):
        area = np.zeros((32, 48), np.uint8)
        area[10:20, left : left + 10] = 255
        results.append(covering(effect, plate, area).planes[0][8:24, 8:24])
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[1], results[2])


def test_the_cover_is_hard_and_grown():
    area = np.zeros((9, 9), np.uint8)
    area[4, 4] = 255
    assert grown(area, 0) is area
    disk = grown(area, 2)
    assert set(np.unique(disk)) == {0, 255}
    assert (disk > 0).sum() == 13
    assert on_blocks(area, (4, 4))[4:8, 4:8].all()
    assert (on_blocks(area, (4, 4)) > 0).sum() == 16
    assert (around(np.eye(9, dtype=np.uint8)[:4] * 255) > 0).sum() == 16


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Box, {"inside": "a", "color": "#00000080"}),
        (Box, {}),
        (Box, {"inside": "a", "region": "b"}),
        (Mosaic, {"inside": "a", "size": "3px"}),
        (Mosaic, {"inside": "a", "grow": "-2px"}),
        (Mosaic, {"inside": "a", "unsure": "show"}),
    ],
)
def test_what_would_hide_nothing_is_refused(effect, words):
    with pytest.raises(ValidationError):
        effect.model_validate(words)


def keeper(*, unsure="hold", hold="0.2s", grow=1.0):
    moment = Moment.parse(hold)
    cover = Cover("walker", None, Length.parse("1px"), moment, Length.parse("2px"), unsure, 0.5)
    return Keeper(cover, Size(40, 9), moment.seconds_at(FrameRate(Fraction(25))), grow, 2.0)


def dot(column):
    area = np.zeros((9, 40), np.uint8)
    area[4, column] = 255
    return area


def columns(covered):
    return [int(index) for index in np.flatnonzero(covered.area[4])]


def played(keeper_, areas, *, rate=10):
    """What is covered on every frame, of areas that are all noted before."""
    for index, area in enumerate(areas):
        keeper_.add(index, Fraction(index, rate), area, now=Fraction(0))
    return [keeper_.at(index, Fraction(index, rate)) for index in range(len(areas))]


def test_what_is_found_nearby_is_covered_too():
    covered = played(keeper(hold="0.1s"), [dot(5), dot(15), dot(25)])
    assert columns(covered[1]) == [4, 5, 6, 14, 15, 16, 24, 25, 26]
    assert columns(covered[0]) == [4, 5, 6, 14, 15, 16]
    assert all(each.is_sure for each in covered)


def test_where_it_is_lost_the_last_known_area_grows():
    kept = keeper(hold="0s")
    covered = played(kept, [dot(20), None, None, None, None, None, dot(3)])
    widths = [len(columns(each)) for each in covered]
    assert widths[0] == 3
    assert widths[5] == 2 * 2 + 1  # half a second after it was known: 1 px and 2 px a second
    assert widths[1:6] == sorted(widths[1:6])
    assert columns(covered[6]) == [2, 3, 4]
    assert (kept.tally.hidden.frames, kept.tally.hidden.unsure, kept.tally.hidden.whole) == (7, 5, 0)
    assert kept.tally.hidden.first_unsure == pytest.approx(0.1)


def test_lost_for_long_ends_in_the_whole_picture_covered():
    covered = played(keeper(hold="0s"), [dot(20), *[None] * 200])
    assert covered[-1].area.all()


def test_before_it_is_first_found_the_whole_picture_is_covered():
    kept = keeper()
    covered = played(kept, [None, None, dot(7)])
    assert covered[0].area.all()
    assert not covered[2].area.all()
    assert kept.tally.hidden.whole == 2


def test_unsure_picture_covers_the_picture():
    covered = played(keeper(unsure="picture", hold="0s"), [dot(7), None, dot(7)])
    assert [bool(each.area.all()) for each in covered] == [False, True, False]


def test_memory_does_not_grow_with_the_time_before_a_cover_is_asked_for():
    kept, other = keeper(hold="0.2s"), keeper(hold="0.2s")
    for index in range(100):
        kept.add(index, Fraction(index, 10), dot(index % 40) if index < 90 else None, now=Fraction(95, 10))
        other.add(index, Fraction(index, 10), dot(index % 40) if index < 90 else None, now=Fraction(0))
    assert len(kept._near) == 7
    assert np.array_equal(kept.at(95, Fraction(95, 10)).area, other.at(95, Fraction(95, 10)).area)


def test_a_block_larger_than_the_picture_covers_it_and_takes_no_more_memory():
    size = Size(24, 16)
    plate, area = noise("yuv420p", size, 3), spots(size, 4)
    tracemalloc.start()
    try:
        result = covering(Mosaic(inside="m", size=Length.parse("6000px")), plate, area)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert [len(np.unique(plane)) for plane in result.planes] == [1, 1, 1]
