"""Subtitle files: SubRip, WebVTT and the dialogue of SubStation Alpha, read as words with times.

Tags for italics, colours, voices and places are left out; line breaks are kept. Source: W3C "WebVTT: The Web Video Text
Tracks Format", 2019; SubStation Alpha v4.00+ script format; SubRip as its many writers have it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from fractions import Fraction

_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
_TAG = re.compile(r"</?[a-zA-Z0-9.:][^<>]*>|\{\\[^}]*\}")
_OVERRIDE = re.compile(r"\{[^}]*\}")
_NOT_CUES = ("NOTE", "STYLE", "REGION", "WEBVTT")


@dataclass(frozen=True)
class Cue:
    """Words and when they are shown.

    Args:
        start: seconds, included.
        end: seconds, not included.
        text: plain; lines parted by line breaks.
    """

    start: Fraction
    end: Fraction
    text: str


def parse_subtitles(content: bytes) -> tuple[Cue, ...]:
    """Read a subtitle file; what it is shows in its content.

    Args:
        content: UTF-8, with or without a byte order mark, or UTF-16 with one.

    Returns:
        Cues in order of their start.

    Raises:
        ValueError: naming the line and what was expected.
    """
    text = _decoded(content)
    cues = _dialogue(text) if "[Events]" in text else _blocks(text)
    if not cues:
        raise ValueError("no caption found; expected SubRip (.srt), WebVTT (.vtt) or SubStation Alpha (.ass)")
    return tuple(sorted(cues, key=lambda cue: cue.start))


def _decoded(content: bytes) -> str:
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: not UTF-8; save the file as UTF-8") from error


def _blocks(text: str) -> list[Cue]:
    """SubRip and WebVTT: blocks parted by empty lines, each with a line of times."""
    cues = []
    lines = [*text.splitlines(), ""]
    number = 0
    while number < len(lines):
        end = next(index for index in range(number, len(lines)) if not lines[index].strip())
        if end > number and not lines[number].startswith(_NOT_CUES):
            cues.append(_cue(lines[number:end], number + 1))
        number = end + 1
    return [cue for cue in cues if cue.text]


def _cue(lines: list[str], number: int) -> Cue:
    """One block; a first line without times is its name or number."""
    named = len(lines) > 1 and "-->" not in lines[0]
    match = _TIMES.fullmatch(lines[named])
    if match is None:
        words = lines[named].strip()[:40]
        raise ValueError(f"line {number + named}: expected times like 00:00:01,000 --> 00:00:02,500, got {words!r}")
    start, end = (_seconds(match.groups()[at : at + 4]) for at in (0, 4))
    if end <= start:
        raise ValueError(f"line {number + named}: the caption ends before it begins")
    shown = html.unescape(_TAG.sub("", "\n".join(lines[named + 1 :])))
    return Cue(start, end, shown.strip())


def _seconds(parts: tuple[str | None, ...]) -> Fraction:
    hours, minutes, seconds, rest = parts
    whole = 3600 * int(hours or 0) + 60 * int(minutes or 0) + int(seconds or 0)
    return whole + Fraction(int(rest or 0), 10 ** len(rest or "0"))


def _dialogue(text: str) -> list[Cue]:
    """SubStation Alpha: lines of dialogue, their fields named by the line of their format."""
    cues: list[Cue] = []
    fields = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        key, _, rest = line.partition(":")
        if line.strip().startswith("["):
            inside = line.strip() == "[Events]"
        elif inside and key.strip() == "Format":
            fields = [field.strip().lower() for field in rest.split(",")]
        elif inside and key.strip() == "Dialogue":
            cues += _spoken(dict(zip(fields, rest.split(",", len(fields) - 1), strict=False)), number)
    return cues


def _spoken(row: dict[str, str], number: int) -> list[Cue]:
    clocks = [re.fullmatch(rf"\s*{_CLOCK}\s*", row.get(name, "")) for name in ("start", "end")]
    if clocks[0] is None or clocks[1] is None or "text" not in row:
        raise ValueError(f"line {number}: expected times like 0:00:01.00 and a text, as the line Format names them")
    start, end = (_seconds(clock.groups()) for clock in clocks if clock is not None)
    if end <= start:
        raise ValueError(f"line {number}: the caption ends before it begins")
    plain = _OVERRIDE.sub("", row["text"]).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")
    return [Cue(start, end, plain.strip())] if plain.strip() else []
