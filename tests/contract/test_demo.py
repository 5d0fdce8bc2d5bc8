"""The demo's mattes against the truth that its script wrote beside it."""

from __future__ import annotations

import numpy as np
import pytest

from composer.bundle import bundled
from composer.mask.measure import region_overlap
from composer.media import open_reader
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes
from composer.values import Span

#: Measured .857 on 2026-11-23, over frames that show at least this many pixels of the walker. The aim is .90: what
#: misses is the frames in which the walker enters, the soles of white shoes on light stone, and the shadow at them.
AT_LEAST, SHOWN = 0.84, 50


@pytest.mark.slow
def test_the_demos_mattes_follow_the_walker(tmp_path):
    plan = make_plan(load_recipe(bundled("assets/demo/demo.yaml")), output=tmp_path / "out.mp4", use_cache=False)
    with open_reader(bundled("assets/demo/truth.mkv")) as reader:
        truths = [frame.planes[0] > 127 for frame in reader.frames(Span())]
    with plan_mattes(plan) as mattes, open_reader(plan.plate.path) as reader:
        stream = mattes.open(plan.mattes[0].name)
        found = [stream.matte_at(index, frame).alpha > 127 for index, frame in enumerate(reader.frames(Span()))]
    scores = [region_overlap(mine, truth) for mine, truth in zip(found, truths, strict=True) if truth.sum() > SHOWN]
    assert len(scores) > 100
    assert float(np.mean(scores)) >= AT_LEAST
