"""Text is shaped: right to left, marks on their letters, letters that join; lines break where they may."""

from __future__ import annotations

import numpy as np
import pytest

from composer.bundle import bundled
from composer.pixels.area import rounded_box
from composer.pixels.glyphs import characters_of, missing, named
from composer.pixels.text import Face, is_rtl

FONT = bundled("assets/fonts/rubik.ttf").read_bytes()


def inked(text, *, size=40, width=None, stroke=0.0):
    """The letters alone, cut to what is inked."""
    face = Face(FONT, size)
    drawn = face.drawn(face.laid_out(text, width=width, align="left", line_height=1.2), stroke=stroke)
    plane = drawn.stroke if stroke else drawn.fill
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    return plane[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def ends(text, left, right):
    """Whether the ink begins like one letter at the left and ends like another at the right."""
    whole, first, last = (inked(part).sum(axis=0, dtype=int) for part in (text, left, right))
    return np.abs(whole[:5] - first[:5]).mean() < 60 and np.abs(whole[-5:] - last[-5:]).mean() < 60


def test_hebrew_runs_from_right_to_left_and_latin_from_left_to_right():
    assert ends("אבג", "ג", "א")
    assert not ends("אבג", "א", "ג")
    assert ends("LVg", "L", "g")


def test_numbers_inside_right_to_left_keep_their_order():
    """By Unicode's rules the digits of 'א 17' stand at the left, one before seven."""
    assert ends("א 17", "1", "א")


def test_marks_sit_on_their_letters():
    assert np.array_equal(inked("e\u0301"), inked("é"))
    assert inked("בְּ").shape[1] == inked("ב").shape[1]


def test_arabic_letters_join():
    face = Face(FONT, 40)
    assert face.length("سلام", rtl=True) < 0.9 * sum(face.length(letter, rtl=True) for letter in "سلام")


@pytest.mark.parametrize(("text", "rtl"), [("abc", False), ("123 שלום", True), ("", False), ("— مرحبا abc", True)])
def test_the_first_strong_character_says_which_way_a_paragraph_runs(text, rtl):
    assert is_rtl(text) == rtl


def lines(text, width):
    block = Face(FONT, 20).laid_out(text, width=width, align="center", line_height=1.5)
    return block, [line.text for line in block.lines]


def test_lines_break_between_words_and_long_words_between_characters():
    face = Face(FONT, 20)
    width = face.length("one two ")
    block, broken = lines("one two three\nfour", width)
    assert broken == ["one two", "three", "four"]
    assert block.width <= width
    assert [line.baseline - block.lines[0].baseline for line in block.lines] == [0, 30, 60]
    _, pieces = lines("incomprehensible", width)
    assert "".join(pieces) == "incomprehensible"
    assert all(face.length(piece) <= width for piece in pieces)
    assert len(pieces) > 1


def test_lines_are_aligned():
    face = Face(FONT, 20)
    for align, share in (("left", 0), ("center", 0.5), ("right", 1)):
        block = face.laid_out("wide line\ni", width=None, align=align, line_height=1)
        assert block.lines[1].x == pytest.approx(share * (block.width - face.length("i")))


def test_letters_are_antialiased_and_a_stroke_grows_them():
    plain, stroked = inked("O"), inked("O", stroke=3)
    assert ((plain > 0) & (plain < 255)).any()
    assert plain.max() == 255
    assert stroked.shape[0] - plain.shape[0] in (5, 6, 7)


def test_a_font_says_which_characters_it_has():
    characters = characters_of(FONT)
    assert {ord(character) for character in "aZé€шשم1"} <= characters
    assert missing("Tea \u200f☕\n☕ 漢", characters) == ("☕", "漢")
    assert missing("e\u0301", frozenset(map(ord, "é"))) == ()
    assert named("☕") == "'☕' (U+2615 HOT BEVERAGE)"


@pytest.mark.parametrize("content", [b"", b"hello", FONT[:60], b"\0\1\0\0" + b"\xff" * 40])
def test_what_is_no_font_is_refused(content):
    with pytest.raises(ValueError, match="font"):
        characters_of(content)


def test_a_box_with_round_corners_is_exact_at_its_sides():
    box = rounded_box((10, 12), 2.5, 0)
    assert box[5].tolist() == [0, 0, 0.5, 1, 1, 1, 1, 1, 1, 0.5, 0, 0]
    soft = rounded_box((40, 40), 0, 20)
    assert soft.sum() == pytest.approx(np.pi * 400, rel=0.002)
