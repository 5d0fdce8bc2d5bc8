"""Where an insert's picture goes: fit, crop, mirror, keyframed position, scale and rotation, soft edges, blending."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.effects import Inputs, Insert, Picture
from composer.effects.transform import in_quad
from composer.pixels.alpha import over
from composer.pixels.color import color_planes, frame_from_rgb, rgb_from_frame
from composer.values import Box, ColorTags, Frame, FrameRate, PixelFormat, Placement, Quad, Size

SIZE, YUV, TAGS = Size(64, 48), PixelFormat("yuv", 8, (0, 0)), ColorTags("bt709", "limited")
RED, GREEN, BLUE, WHITE, BLACK, GREY = (200, 0, 0), (0, 200, 0), (0, 0, 200), (255,) * 3, (0,) * 3, (128,) * 3


def quarters(width=20, height=20):
    """Red, green over blue, white."""
    rgb = np.zeros((height, width, 3), np.uint8)
    half_high, half_wide = height // 2, width // 2
    rgb[:half_high, :half_wide], rgb[:half_high, half_wide:] = RED, GREEN
    rgb[half_high:, :half_wide], rgb[half_high:, half_wide:] = BLUE, WHITE
    return Picture(frame_from_rgb(rgb, PixelFormat("rgb"), ColorTags("rgb", "full")), "quarters")


def given(rgb=GREY, seconds=0, picture=None, **named):
    values = color_planes(rgb, YUV, TAGS)
    plate = Frame(tuple(np.full(SIZE.shape, value, np.uint8) for value in values), YUV, TAGS)
    return Inputs(plate, Fraction(seconds), FrameRate(Fraction(25)), sources={"it": picture or quarters()}, **named)


def shown(inputs, **body):
    layer = Insert.model_validate({"source": "it", **body}).apply(inputs)
    return rgb_from_frame(over(inputs.plate, layer)).astype(int)


def near(pixels, rgb):
    return np.abs(pixels - rgb).max() <= 4


CORNERS = (slice(2, 8), slice(2, 8)), (slice(2, 8), slice(12, 18)), (slice(12, 18), slice(2, 8)), (slice(12, 18),) * 2


@pytest.mark.parametrize(
    ("mirror", "colors"),
    [
        (None, (RED, GREEN, BLUE, WHITE)),
        ("horizontal", (GREEN, RED, WHITE, BLUE)),
        ("vertical", (BLUE, WHITE, RED, GREEN)),
        ("both", (WHITE, BLUE, GREEN, RED)),
    ],
)
def test_mirroring_swaps_sides(mirror, colors):
    picture = shown(given(), place=["0px", "0px", "20px", "20px"], mirror=mirror)
    assert all(near(picture[corner], color) for corner, color in zip(CORNERS, colors, strict=True))


@pytest.mark.parametrize(("angle", "colors"), [(90, (BLUE, RED, WHITE, GREEN)), (180, (WHITE, BLUE, GREEN, RED))])
def test_rotation_turns_clockwise_about_the_middle(angle, colors):
    picture = shown(given(), place=["0px", "0px", "20px", "20px"], rotation=angle)
    assert all(near(picture[corner], color) for corner, color in zip(CORNERS, colors, strict=True))


def test_a_crop_shows_only_that_part_and_a_position_keeps_its_own_size():
    inputs = given()
    body = {"position": ["32px", "24px"], "crop": [0.5, 0.5, 1, 1]}
    assert Insert.model_validate({"source": "it", **body}).apply(inputs).domain == Box(27, 19, 37, 29)
    assert near(shown(inputs, **body)[20:28, 28:36], WHITE)


@pytest.mark.parametrize(
    ("seconds", "box"), [("0", (10, 14, 30, 34)), ("0.5", (17, 14, 37, 34)), ("1", (24, 14, 44, 34))]
)
def test_a_position_moves_with_its_keyframes(seconds, box):
    effect = Insert.model_validate({"source": "it", "position": {"0s": ["20px", 0.5], "1s": ["34px", 0.5]}})
    assert effect.apply(given(seconds=seconds)).domain == Box(*box)


def test_scale_is_about_the_anchor():
    body = {"source": "it", "position": [0.25, "40px"], "anchor": [0, 1], "scale": {"0s": 1, "1s": 2}}
    effect = Insert.model_validate(body)
    assert effect.apply(given(seconds=0)).domain == Box(16, 20, 36, 40)
    assert effect.apply(given(seconds=1)).domain == Box(16, 0, 56, 40)


def test_half_the_size_is_half_of_everything():
    """Pixels of a recipe are those of the full-size plate, and so is a picture's own size."""
    effect = Insert.model_validate(
        {"source": "it", "position": ["20px", "16px"], "anchor": ["4px", "4px"], "scale": 0.8}
    )
    full = effect.pin(given(), Size(20, 20), 1.0).quad.corners
    half = effect.pin(replace(given(), proxy=0.5), Size(20, 20), 1.0).quad.corners
    np.testing.assert_allclose(half, full / 2)


def test_cover_and_contain_in_a_region_are_measured_on_its_sides():
    quad = Quad(np.array([[0, 0], [40, 0], [40, 20], [0, 20]], np.float64))
    part, where = in_quad(Box(0, 0, 20, 20), quad, "contain", 1.0)
    assert (part, where.bounds) == (Box(0, 0, 20, 20), Box(10, 0, 30, 20))
    part, where = in_quad(Box(0, 0, 20, 20), quad, "cover", 1.0)
    assert (part, where) == (Box(0, 5, 20, 15), quad)


def test_contain_in_perspective_lies_in_the_middle_of_the_region():
    quad = Quad(np.array([[10, 10], [50, 4], [52, 44], [8, 30]], np.float64))
    _, where = in_quad(Box(0, 0, 10, 30), quad, "contain", 1.0)
    lines = [where.corners[[0, 2]], where.corners[[1, 3]], quad.corners[[0, 2]], quad.corners[[1, 3]]]
    crossings = [_crossing(*lines[:2]), _crossing(*lines[2:])]
    np.testing.assert_allclose(*crossings, atol=1e-9)  # diagonals of both cross where the middle of the wall is


def _crossing(first, second):
    (a, b), (c, d) = first, second
    along = np.linalg.solve(np.column_stack([b - a, c - d]), c - a)
    return a + along[0] * (b - a)


def test_edges_fade_inwards_from_nothing_to_all():
    inputs = given(BLACK, picture=Picture(quarters().frame, "white"))
    layer = Insert.model_validate({"source": "it", "place": ["4px", "4px", "44px", "44px"], "edge": "8px"}).apply(
        inputs
    )
    row = layer.matte[20].astype(int)
    assert row[0] < 32
    assert row[12] == row[20] == 255
    assert (np.diff(row[:13]) >= 0).all()
    assert abs(row[4] - 189) <= 5  # 4.5 of 8 pixels in: 2 * Phi(4.5 / 4) - 1
    np.testing.assert_array_equal(row, row[::-1])


def test_an_edge_at_the_border_of_the_plate_does_not_fade():
    layer = Insert.model_validate({"source": "it", "place": [-1.0, -1.0, "30px", 1.0], "edge": "6px"}).apply(given())
    assert (layer.matte[:36, :16] == 255).all()


def test_blending_with_white_and_black_ends():
    inputs = given((100, 150, 200))
    picture = shown(inputs, place=["0px", "0px", "20px", "20px"], blend="multiply")
    assert near(picture[12:18, 12:18], (100, 150, 200))
    assert near(picture[2:8, 2:8], (78, 0, 0))
    layer = Insert.model_validate({"source": "it", "region": "wall", "blend": "multiply"})
    wall = {"wall": Placement(Quad.of_box(Box(0, 0, 20, 20)))}
    result = over(inputs.plate, layer.apply(replace(inputs, regions=wall)))
    assert np.array_equal(result.planes[0][11:, 11:], inputs.plate.planes[0][11:, 11:])


def test_where_the_plate_is_see_through_blending_shows_the_layer_itself():
    pixels = PixelFormat("rgb", 8, has_alpha=True)
    planes = [np.full(SIZE.shape, value, np.uint8) for value in (0, 0, 0, 0)]
    plate = Frame(tuple(planes), pixels, ColorTags("rgb", "full"))
    picture = shown(replace(given(), plate=plate), place=["0px", "0px", "20px", "20px"], blend="multiply")
    assert near(picture[2:8, 2:8], RED)


def test_a_still_in_a_resting_place_is_pinned_once():
    inputs = given()
    effect = Insert.model_validate({"source": "it", "place": [0.1, 0.1, 0.6, 0.6]})
    first, second = effect.apply(inputs), effect.apply(replace(inputs, seconds=Fraction(1)))
    assert first.planes[0] is second.planes[0]
    changed = replace(inputs, sources={"it": replace(quarters(), version="other")})
    assert effect.apply(changed).planes[0] is not first.planes[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"region": "wall", "scale": 2}, "a region says where every corner goes"),
        ({"region": "wall", "rotation": {"0s": 0, "1s": 9}}, "a region says where every corner goes"),
        ({"position": [0.5, 0.5], "fit": "cover"}, "nothing to fit into"),
        ({"position": [0.5, 0.5], "scale": -1}, "expected 0 or more"),
        ({"position": [0.5, 0.5], "place": [0, 0, 1, 1]}, "only one of them; got place and position"),
        ({"place": [0, 0, 1, 1], "blend": "multiple"}, "multiply"),
    ],
)
def test_what_contradicts_itself_is_refused(body, words):
    with pytest.raises(ValidationError, match=words):
        Insert.model_validate({"source": "it", **body})


@pytest.mark.parametrize(
    "body",
    [
        {"edge": "2000px"},
        {"shadow": {"blur": "2000px"}},
        {"light_wrap": 1, "wrap_radius": "2000px"},
        {"place": ["0px", "0px", "20px", "20px"], "edge": "2000px", "shadow": {"blur": "2000px"}},
    ],
)
def test_softness_beyond_the_picture_takes_no_more_memory_than_the_picture(body):
    tracemalloc.start()
    try:
        shown(given(), **({"place": [0.25, 0.25, 0.75, 0.75]} | body))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000  # without a bound about 64 MB a plane
    finally:
        tracemalloc.stop()
