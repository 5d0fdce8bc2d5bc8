"""One frame: layers in order, untouched samples bit for bit, nothing computed that nobody asks for."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from composer.effects.base import Effect, Inputs, Memo
from composer.render.compose import Lazy, compose
from composer.values import Box, Frame, FrameRate, Layer, PixelFormat


class Patch(Effect):
    """Paints one value on a box of whole pixels."""

    value: int
    box: tuple[int, int, int, int]

    def apply(self, inputs):
        box = Box(*self.box)
        rows, columns = box.slices
        plane = np.full((rows.stop - rows.start, columns.stop - columns.start), self.value, np.uint8)
        return Layer((plane, plane, plane), None, box)


class Nothing(Effect):
    """Draws nothing."""

    def apply(self, inputs):
        return None


def frame_444() -> Frame:
    rng = np.random.default_rng(1)
    planes = tuple(rng.integers(0, 256, (8, 8), dtype=np.uint8) for _ in range(3))
    for plane in planes:
        plane.flags.writeable = False
    return Frame(planes, PixelFormat.parse("yuv444p"), origin=object())


def inputs(plate: Frame) -> Inputs:
    return Inputs(
        plate=plate,
        seconds=Fraction(0),
        rate=FrameRate(Fraction(25)),
        proxy=1.0,
        mattes={},
        regions={},
        sources={},
        memo=Memo(),
    )


def test_a_frame_that_no_edit_touches_is_the_plates_own_frame():
    plate = frame_444()
    assert compose((Nothing(),), inputs(plate)) is plate


def test_later_edits_lie_on_top_and_the_rest_is_untouched():
    plate = frame_444()
    result = compose((Patch(value=10, box=(0, 0, 4, 4)), Patch(value=20, box=(2, 2, 6, 6))), inputs(plate))
    expected = plate.planes[0].copy()
    expected[0:4, 0:4] = 10
    expected[2:6, 2:6] = 20
    assert np.array_equal(result.planes[0], expected)
    assert result.at == plate.at
    assert result.origin is None


def test_an_edit_sees_what_the_edits_below_it_made():
    class Copy(Effect):
        def apply(self, inputs):
            seen = tuple(plane[0:2, 0:2].copy() for plane in inputs.plate.planes)
            return Layer(seen, None, Box(4, 4, 6, 6))

    result = compose((Patch(value=77, box=(0, 0, 4, 4)), Copy()), inputs(frame_444()))
    assert (result.planes[0][4:6, 4:6] == 77).all()


def test_an_edit_outside_its_span_does_nothing():
    plate = frame_444()
    edit = Patch.model_validate({"value": 1, "box": (0, 0, 2, 2), "from": "1s"})
    assert compose((edit,), inputs(plate)) is plate
    later = replace(inputs(plate), seconds=Fraction(1))
    assert compose((edit,), later) is not plate


def test_a_lazy_mapping_makes_each_value_once_and_only_when_asked():
    made = []
    lazy = Lazy({"a": lambda: made.append("a") or 1, "b": lambda: made.append("b") or 2})
    assert (lazy["a"], lazy["a"]) == (1, 1)
    assert made == ["a"]
    with pytest.raises(KeyError):
        lazy["c"]
