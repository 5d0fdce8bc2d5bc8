"""What takes long on a CPU is said before it begins."""

from __future__ import annotations

from fractions import Fraction

from composer.mask.sources import MatteSpec
from composer.plan.effort import slow_searches
from composer.plan.model import MattePlan, SegmenterPlan
from composer.values import FrameRate


def said(raw, name="sam_vit_b", device="cpu", frames=100):
    matte = MattePlan("things", MatteSpec.model_validate(raw))
    chosen = SegmenterPlan(name, "asked for", device)
    return list(slow_searches([matte], chosen, frames=frames, rate=FrameRate(Fraction(25))))


def test_a_search_with_segment_anything_on_a_cpu_is_told_with_its_minutes():
    (line,) = said({"automatic": {"every": "1s"}})
    assert "'things' asks sam_vit_b on a CPU at a grid of 8 points" in line
    assert "on 5 key frames: some 3 minutes or more" in line
    (line,) = said({"static_objects": {"grid": 32, "segmenter": "sam_vit_h"}}, name="embedded", frames=None)
    assert "sam_vit_h on a CPU at a grid of 32 points" in line
    assert "half a minute a key frame" in line


def test_what_is_quick_is_not_talked_about():
    assert said({"automatic": {}}, name="embedded") == []
    assert said({"automatic": {}}, device="cuda") == []
    assert said({"automatic": {"segmenter": "embedded"}}) == []
    assert said({"moving": {}}) == []
