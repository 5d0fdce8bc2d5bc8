"""Subtitle files: what is read from each kind, and that errors name their line."""

from __future__ import annotations

from fractions import Fraction

import pytest

from composer.effects.subtitles import Cue, parse_subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> &amp; <font color="#fff">welcome</font>
to {\\an8}you

2
01:00:00,5 --> 01:00:01,25 X1:10 X2:20
5 < 6 > 4

00:00:00,000 --> 00:00:00,400
No number
"""
VTT = """WEBVTT - a talk
Kind: captions

STYLE
::cue { color: red }

NOTE nothing
to see

intro
00:01.000 --> 00:02.500 line:0 align:left
<v Ann>Hello</v> <00:01.500><c.loud>you</c>
"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:03.00,0:00:04.25,Default,,0,0,0,,{\\i1}Well,{\\i0} yes\\Nand no
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,First\\hof all
"""


def test_subrip():
    assert parse_subtitles(SRT.encode()) == (
        Cue(Fraction(0), Fraction(2, 5), "No number"),
        Cue(Fraction(1), Fraction(5, 2), "Hello & welcome\nto you"),
        Cue(Fraction(7201, 2), Fraction(14405, 4), "5 < 6 > 4"),
    )


def test_webvtt():
    assert parse_subtitles(VTT.encode()) == (Cue(Fraction(1), Fraction(5, 2), "Hello you"),)


def test_substation_alpha():
    assert parse_subtitles(ASS.encode()) == (
        Cue(Fraction(1), Fraction(2), "First\u00a0of all"),
        Cue(Fraction(3), Fraction(17, 4), "Well, yes\nand no"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends(encoding):
    text = "1\r\n00:00:00,000 --> 00:00:01,000\r\nZażółć שלום\r\n\r\n"
    assert parse_subtitles(text.encode(encoding))[0].text == "Zażółć שלום"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no caption found"),
        (b"1\n00:00:01,000 -> 00:00:02,000\nx\n", "line 2: expected times like"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\n00:00:04,000 --> 00:00:03,000\ny\n", "line 6: the caption ends"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nnat\xefve\n", "line 3: not UTF-8"),
        (b"[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,never,x\n", "line 3: expected times"),
        (b"just words\n", "line 1: expected times"),
    ],
)
def test_errors_name_the_line(content, words):
    with pytest.raises(ValueError, match=words):
        parse_subtitles(content)
