"""The recipe of docs/text.md writes what it says, and what its fonts lack is what the page says."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

from composer import render_recipe
from composer.bundle import bundled
from composer.media import open_reader
from composer.pixels.glyphs import characters_of, missing
from composer.values import Span

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import recipes  # noqa: E402 - docs/ is made importable just above


def test_the_words_are_behind_the_walker_and_before_the_wall(tmp_path):
    (text,) = recipes(ROOT / "docs" / "text.md").values()
    (tmp_path / "talk.srt").write_text("1\n00:00:00,000 --> 00:00:09,000\nHello\n")
    truth = f"{{file: {ROOT}/assets/demo/truth.mkv}}"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text.replace("assets/", f"{ROOT}/assets/", 1).replace("{moving: {}}", truth))
    span = Span(Fraction(2), Fraction(52, 25))
    report = render_recipe(recipe, output=tmp_path / "out.mkv", span=span, use_cache=False, scale=0.5)
    with open_reader(report.output) as reader:
        luma = next(iter(reader.frames())).planes[0]
    assert (luma > 225).sum() > 2000


def test_the_shipped_fonts_have_the_scripts_that_the_page_names():
    for path in bundled("assets/fonts").glob("*.ttf"):
        characters = characters_of(path.read_bytes())
        assert missing("Zażółć Привет שלום مرحبا Türkçe ÅØß €“”—…", characters) == ()
        assert missing("Ω漢☕", characters) == ("Ω", "漢", "☕")
