"""Recipes that plans are made of in the tests, and what a plan or a refusal of them is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from composer.errors import ComposerError
from composer.plan import make_plan
from composer.recipe import parse_recipe
from composer.values import FrameRate, Size

SIZE = Size(64, 48)
RATE = FrameRate(Fraction(25))

BASE = """\
composer: 1
sources:
  plate: plate.mp4
  pic: picture.png
  promo: {file: mute.mp4, loop: true, start: 0.2s, speed: 0.5}
mattes:
  unused: {static: {}}
  other:  {invert: hand}
  hand:   {key: {color: "#00b140"}}
regions:
  wall: {corners: [[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [8px, 24px]]}
edits:
  - background: {source: pic, keep: other}
  - insert: {source: promo, region: wall, behind: hand}
output:
  file: out.mp4
"""

PLAIN = "composer: 1\nsources:\n  plate: plate.mp4\nedits:\n  - solid: {color: red}\noutput:\n  file: out.mp4\n"


def plan_of(footage, old="", new="", *, text=BASE, **options):
    assert old in text
    loaded = parse_recipe(text.replace(old, new, 1), path=footage / "recipe.yaml")
    options.setdefault("use_cache", False)
    return make_plan(loaded, **options)


def refused(footage, old="", new="", **options) -> str:
    with pytest.raises(ComposerError) as caught:
        plan_of(footage, old, new, **options)
    assert caught.value.exit_status == 2
    return str(caught.value)
