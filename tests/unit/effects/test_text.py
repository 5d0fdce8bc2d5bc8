"""Text and captions in the plate: where they are, in which colour, behind whom, and what is refused."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.bundle import bundled
from composer.effects import Captions, Inputs, Text
from composer.errors import FileRefused
from composer.pixels import text as shaping
from composer.pixels.alpha import over
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.pixels.planes import bounds
from composer.values import ColorTags, FrameRate, Matte, PixelFormat, Placement, Quad

FONT = {"rubik": bundled("assets/fonts/rubik.ttf").read_bytes()}
TALK = b"1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:01,500 --> 00:00:03,000\nTwo\n"
HIGH, WIDE = 60, 120


def inputs_of(seconds=0, **more):
    plate = frame_from_rgb(
        np.full((HIGH, WIDE, 3), 60, np.uint8), PixelFormat.parse("yuv444p"), ColorTags("bt709", "limited")
    )
    return Inputs(plate, Fraction(seconds), FrameRate(Fraction(25)), files={**FONT, "talk.srt": TALK}, **more)


def shown(words, kind=Text, inputs=None):
    """The picture, and where it differs from the plate."""
    inputs = inputs or inputs_of()
    layer = kind.model_validate(words).apply(inputs)
    if layer is None:
        return None, None
    picture = rgb_from_frame(over(inputs.plate, layer)).astype(int)
    return picture, bounds((np.abs(picture - 60).max(axis=2) > 8).astype(np.uint8))


@pytest.mark.parametrize(
    ("words", "x", "y"),
    [
        ({"anchor": "top_left", "margin": "6px"}, "left", "top"),
        ({"anchor": "bottom_right", "margin": "6px"}, "right", "bottom"),
        ({}, "middle", "middle"),
        ({"place": [0, 0, 0.5, 1], "anchor": "left"}, "left", "middle"),
        ({"position": [0.75, 0.25]}, "right", "top"),
    ],
)
def test_it_goes_where_it_is_asked_to(words, x, y):
    _, box = shown({"text": "Ho", "size": "16px", **words})
    middle = (box.x0 + box.x1) / 2 / WIDE, (box.y0 + box.y1) / 2 / HIGH
    for share, word in zip(middle, (x, y), strict=True):
        low, high = {"left": (0, 0.3), "top": (0, 0.35), "middle": (0.4, 0.6)}.get(word, (0.65, 1))
        assert low <= share <= high, (word, share)


def test_the_colours_are_exact_inside():
    """On the I of a large letter: its colour, the outline's beside it, the box's further out."""
    words = {"text": "I", "size": "40px", "color": "#ff0000", "outline": {"width": "4px", "color": "#0000ff"}}
    picture, box = shown({**words, "box": {"color": "#00ff00", "padding": "3px", "radius": 0}})
    row = picture[HIGH // 2]
    reds = [c for c in range(WIDE) if np.abs(row[c] - [255, 0, 0]).max() <= 3]
    blues = [c for c in range(WIDE) if np.abs(row[c] - [0, 0, 255]).max() <= 3]
    greens = [c for c in range(WIDE) if np.abs(row[c] - [0, 255, 0]).max() <= 3]
    assert len(reds) >= 3
    assert min(blues) < min(reds) < max(reds) < max(blues)
    assert greens
    assert box.x0 <= min(greens + blues)


def test_what_stands_in_front_stays_in_front():
    alpha = np.zeros((HIGH, WIDE), np.uint8)
    alpha[:, : WIDE // 2] = 255
    _, box = shown(
        {"text": "HHHH", "size": "30px", "behind": "walker"}, inputs=inputs_of(mattes={"walker": Matte(alpha)})
    )
    assert box.x0 >= WIDE // 2


def test_a_region_takes_it_in_perspective_and_a_lost_one_nothing():
    quad = Quad(np.array([[10.0, 10], [110, 20], [110, 40], [10, 50]]))
    inputs = inputs_of(regions={"wall": Placement(quad), "lost": None})
    picture, _ = shown({"text": "HHHHH", "region": "wall", "size": 0.8}, inputs=inputs)
    heights = [
        np.flatnonzero(np.abs(picture[:, part] - 60).max(axis=(1, 2)) > 60) for part in (np.s_[10:50], np.s_[70:110])
    ]
    assert np.ptp(heights[0]) > np.ptp(heights[1])
    assert shown({"text": "H", "region": "lost"}, inputs=inputs) == (None, None)


def test_opacity_and_position_move():
    words = {
        "text": "H",
        "size": "30px",
        "opacity": {"0s": 0, "1s": 1},
        "position": {"0s": [0.2, 0.5], "1s": [0.8, 0.5]},
    }
    assert shown(words) == (None, None)
    half, first = shown(words, inputs=inputs_of(Fraction(1, 2)))
    full, second = shown(words, inputs=inputs_of(1))
    assert second.x0 > first.x0 + 20
    assert abs((half.max() - 60) - (full.max() - 60) / 2) <= 3


def test_captions_are_shown_in_their_time_and_stacked():
    assert shown({"file": "talk.srt"}, Captions, inputs_of(0)) == (None, None)
    one, both, two = (
        shown({"file": "talk.srt", "size": "14px"}, Captions, inputs_of(Fraction(at)))[1] for at in ("1", "1.5", "2")
    )
    assert both.y1 - both.y0 > 1.5 * (one.y1 - one.y0)
    assert abs(one.y1 - two.y1) <= 2
    assert one.y0 > HIGH / 2
    assert shown({"file": "talk.srt"}, Captions, inputs_of(3)) == (None, None)


def test_a_missing_glyph_is_refused_by_name():
    with pytest.raises(FileRefused, match=r"has no .☕. .U\+2615 HOT BEVERAGE") as caught:
        Text.model_validate({"text": "Tea ☕"}).check_files(FONT)
    assert caught.value.file == "rubik"
    assert Text.model_validate({"text": "Tea"}).check_files(FONT) == ()


def test_captions_tell_missing_glyphs_and_refuse_what_is_no_caption():
    effect = Captions.model_validate({"file": "talk.srt"})
    (said,) = effect.check_files({**FONT, "talk.srt": TALK.replace(b"One", "漢字".encode())})
    assert said.startswith("the font 'rubik' has no '漢' (U+6F22")
    with pytest.raises(FileRefused, match="line 1: expected times") as caught:
        effect.check_files({**FONT, "talk.srt": b"oops"})
    assert caught.value.file == "talk.srt"


def test_a_file_that_is_no_font_is_refused():
    with pytest.raises(FileRefused, match="not a TrueType or OpenType font"):
        Text.model_validate({"text": "a", "font": "x.ttf"}).check_files({"x.ttf": b"no font"})


@pytest.mark.parametrize(
    "more",
    [
        {"outline": {"width": "1000px"}},
        {"shadow": {"blur": "1000px"}},
        {"shadow": {"offset": ["1000px", "-1000px"]}},
        {"box": {"padding": "1000px"}},
    ],
)
def test_lengths_beyond_the_picture_take_no_more_memory_than_the_picture(more):
    inputs = inputs_of()
    tracemalloc.start()
    try:
        layer = Text.model_validate({"text": "a", "size": "8px", **more}).apply(inputs)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000  # without a bound more than 150 MB
    finally:
        tracemalloc.stop()
    assert layer is not None


def test_without_complex_layout_text_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(shaping.features, "check", lambda _: False)
    with pytest.raises(FileRefused, match="raqm") as caught:
        Text.model_validate({"text": "a"}).check_files(FONT)
    assert "composer doctor" in caught.value.hint


@pytest.mark.parametrize(
    "words", [{}, {"text": ""}, {"text": "a", "size": 0}, {"text": "a", "region": "w", "place": [0, 0, 1, 1]}]
)
def test_what_cannot_be_is_refused(words):
    with pytest.raises(ValidationError):
        Text.model_validate(words)
