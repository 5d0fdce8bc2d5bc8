"""What part of the picture is written: sizes and windows by value, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.plan import as_text
from composer.plan.framing import FramingPlan
from composer.recipe.framing import Framing
from composer.values import FrameRate, Size
from tests.plans import PLAIN, plan_of, refused

RATE = FrameRate(Fraction(25))
PLATE = Size(1280, 720)


def framing(raw, *, size=None, plate=PLATE, proxy=1.0):
    asked = Framing.model_validate(raw)
    shape = Fraction(*asked.size) if asked.size else asked.shape()
    return FramingPlan(asked, plate, size or plate, shape, proxy, (2, 2))


def corners(plan, seconds=0):
    return plan.window_at(Fraction(seconds), RATE).corners.tolist()


def test_a_shape_takes_the_largest_part_from_the_middle_on_whole_cells():
    assert corners(framing({"aspect": "9:16"})) == [[438, 0], [842, 0], [842, 720], [438, 720]]
    assert corners(framing({"aspect": "2:1"})) == [[0, 40], [1280, 40], [1280, 680], [0, 680]]


def test_a_crop_pans_and_zooms_by_keyframes():
    plan = framing({"crop": {"0s": [0, 0, 1, 1], "2s": [0.5, 0.5, 1, 1]}, "size": [640, 360]})
    assert corners(plan, 0) == [[0, 0], [1280, 0], [1280, 720], [0, 720]]
    assert corners(plan, 1) == [[320, 180], [1280, 180], [1280, 720], [320, 720]]
    assert corners(plan, 2) == [[640, 360], [1280, 360], [1280, 720], [640, 720]]


def test_zoom_shows_less_of_the_middle():
    assert corners(framing({"zoom": 2})) == [[320, 180], [960, 180], [960, 540], [320, 540]]


@pytest.mark.parametrize("degrees", [-170, -30, 3, 45, 90])
def test_a_turned_window_keeps_its_shape_and_stays_inside(degrees):
    points = framing({"rotate": degrees}).window_at(Fraction(0), RATE).corners
    assert points.min() >= -1e-6
    assert (points <= np.array([1280, 720]) + 1e-6).all()
    across, down = np.linalg.norm(points[1] - points[0]), np.linalg.norm(points[3] - points[0])
    assert across / down == pytest.approx(16 / 9)


def test_the_picture_turns_with_the_clock():
    top_left, top_right, *_ = framing({"rotate": 10}).window_at(Fraction(0), RATE).corners
    assert top_right[1] < top_left[1]  # the window turns against it


def test_a_crop_beyond_the_picture_ends_at_its_border():
    box = framing({"crop": ["640px", 0, "2000px", 1]}).box_at(Fraction(0), RATE)
    assert (box.x0, box.y0, box.x1, box.y1) == (640, 0, 1280, 720)


def shapes(plan, *, seconds):
    boxes = [plan.box_at(Fraction(index, 20) * seconds, RATE) for index in range(21)]
    assert all(0 <= box.x0 < box.x1 <= plan.plate.width and 0 <= box.y0 < box.y1 <= plan.plate.height for box in boxes)
    return {round((box.x1 - box.x0) / (box.y1 - box.y0), 6) for box in boxes}


def test_crops_of_several_shapes_keep_the_one_that_is_written(footage):
    frame = "file: out.mp4\n  frame: {crop: {0s: [0, 0, 0.5, 1], 0.4s: [0, 0, 1, 0.5]}}"
    plan = plan_of(footage, "file: out.mp4", frame, text=PLAIN)
    assert plan.output.size == Size(32, 48)
    assert shapes(plan.framing, seconds=Fraction(2, 5)) == {round(32 / 48, 6)}
    assert corners(plan.framing, Fraction(2, 5)) == [[24, 0], [40, 0], [40, 24], [24, 24]]


def test_a_crop_that_pans_over_the_border_stops_there():
    plan = framing({"crop": {"0s": [0, 0, 0.5, 0.5], "1s": ["960px", 0, "1600px", 0.5]}, "aspect": "16:9"})
    assert shapes(plan, seconds=1) == {round(16 / 9, 6)}
    assert corners(plan, 1) == [[640, 0], [1280, 0], [1280, 360], [640, 360]]


@pytest.mark.parametrize("ease", ["in_back", "in_out_back", "out_back", "out_elastic"])
def test_an_easing_that_overshoots_shows_no_window_inside_out(ease):
    crop = {"0s": [0, 0, 1, 1], "1s": [0.49, 0.49, 0.51, 0.51], "ease": ease}
    assert shapes(framing({"crop": crop, "aspect": "16:9"}), seconds=1) == {round(16 / 9, 6)}
    zoomed = framing({"zoom": {"0s": 1, "1s": 40, "ease": ease}})
    for index in range(21):
        left, right = (zoomed.window_at(Fraction(index, 20), RATE).corners[corner, 0] for corner in (0, 1))
        assert 0 <= left < right <= 1280


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"size": [640, 360], "aspect": "9:16"}, "either size or aspect"),
        ({"aspect": "wide"}, "expected a shape such as '9:16'"),
        ({"aspect": "0:5"}, "expected a shape"),
        ({"zoom": 0.5}, "1 or more"),
        ({"size": [1, 1]}, "greater than or equal to 2"),
    ],
)
def test_what_is_no_framing_is_refused(raw, words):
    with pytest.raises(ValidationError, match=words):
        Framing.model_validate(raw)


def test_a_framed_plan_writes_the_part_in_its_own_size_and_says_so(footage):
    plan = plan_of(footage, "file: out.mp4", "file: out.mp4\n  frame: {crop: [0.25, 0, 0.75, 1]}", text=PLAIN)
    assert plan.output.size == Size(32, 48)
    assert "the part 16,0 to 48,48 of 64x48" in as_text(plan)


def test_a_proxy_is_framed_the_same(footage):
    frame = "file: out.mp4\n  frame: {size: [48, 80]}"
    assert plan_of(footage, "file: out.mp4", frame, text=PLAIN, scale=0.5).output.size == Size(24, 40)


def test_a_crop_outside_the_picture_is_refused_with_its_line(footage):
    said = refused(footage, "file: out.mp4", "file: out.mp4\n  frame: {crop: [70px, 0, 90px, 1]}", text=PLAIN)
    assert "recipe.yaml:8:" in said
    assert "lies outside the picture, which is 64x48" in said
