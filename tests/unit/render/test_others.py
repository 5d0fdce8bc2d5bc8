"""Other moments of the footage: the right picture, with the matte of its own frame, in bounded memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest

from composer.effects import Effect
from composer.effects.other import Other
from composer.errors import PlanError
from composer.fields import Shift
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes
from composer.render.scene import Scene
from composer.render.shots import plate_shot, shown
from composer.values import FrameRate, Moment, Size, Span

RECIPE = """composer: 1
sources: {plate: plate.mkv}
mattes: {disc: {file: matte.mkv}}
edits: [{solid: {color: white, matte: disc}}]
output: {file: out.mkv, video: {codec: ffv1}}
"""
UNEVEN = [0, 40, 90, 100, 200, 260, 300, 350, 400, 500]
SIZE = Size(16, 8)


class Peek(Effect):
    """Notes which picture and which matte it is shown of other moments."""

    kind: ClassVar[str] = "peek"
    moments: tuple[Other, ...]
    seen: ClassVar[list[list[tuple[int, int] | None]]] = []

    def others(self):
        return self.moments

    def apply(self, inputs):
        row = []
        for other in self.moments:
            found = inputs.other(other)
            row.append(found and (int(found.plate.planes[0][0, 0]), int(found.matte("disc").alpha[0, 0])))
        Peek.seen.append(row)


def shifts(*words):
    return tuple(Other(shift=Shift.parse(word).moment) for word in words)


def moments(*words):
    return tuple(Other(at=Moment.parse(word)) for word in words)


@pytest.fixture
def clip(tmp_path):
    def write(count=10, **options):
        options.setdefault("rate", FrameRate(Fraction(25)))
        write_clip(
            tmp_path / "plate.mkv",
            size=SIZE,
            frames=count,
            paint=lambda index: [np.full((8, 16), 40 + index, np.uint8), *[np.full((4, 8), 128, np.uint8)] * 2],
            **options,
        )
        paint = lambda index: [np.full((8, 16), 100 + index, np.uint8)]  # noqa: E731
        write_clip(tmp_path / "matte.mkv", size=SIZE, frames=count, format="gray", paint=paint)
        (tmp_path / "recipe.yaml").write_text(RECIPE)
        return tmp_path / "recipe.yaml"

    return write


def planned(recipe, *others, span=None):
    loaded = load_recipe(recipe)
    peek = Peek(moments=others)
    edits = (peek, *loaded.recipe.edits)
    loaded = replace(loaded, recipe=loaded.recipe.model_copy(update={"edits": edits}))
    return make_plan(loaded, span=span, use_cache=False)


def looked(plan, *, only=None, scene_of=Scene):
    """Frame numbers that were shown for every other moment, per looked-at frame; a matte must be of the same frame."""
    Peek.seen.clear()
    with plan_mattes(plan) as mattes, scene_of(plan, mattes) as scene:
        for index, plate in shown(plan, plate_shot(plan).frames()):
            if only is None or index in only:
                scene.frame_at(index, plate)
    for row in Peek.seen:
        assert all(found is None or found[0] - 40 == found[1] - 100 for found in row)
    return [[found and found[0] - 40 for found in row] for row in Peek.seen]


@pytest.mark.parametrize("rate", [25, 30, Fraction(30000, 1001)])
def test_shifts_in_frames_and_seconds_show_the_frame_that_many_away(clip, rate):
    recipe = clip(rate=FrameRate(Fraction(rate)), time_base=Fraction(1, 1000))
    two = f"{float(2 / Fraction(rate)):.4f}s"
    rows = looked(planned(recipe, *shifts("-3f", "3f", f"-{two}", two, "0s")))
    for index, row in enumerate(rows):
        wanted = [index - 3, index + 3, index - 2, index + 2, index]
        assert row == [each if 0 <= each < 10 else None for each in wanted]


def test_uneven_frames_are_found_by_their_own_times(clip):
    recipe = clip(time_base=Fraction(1, 1000), pts=UNEVEN)
    rows = looked(planned(recipe, *shifts("-0.1s", "0.1s", "1f")))
    for index, (earlier, later, following) in enumerate(rows):
        assert following == (index + 1 if index < 9 else None)
        for found, at in ((earlier, UNEVEN[index] - 100), (later, UNEVEN[index] + 100)):
            assert found == (max(n for n in range(10) if UNEVEN[n] <= at) if 0 <= at < 600 else None)


def test_moments_stay_whatever_the_order_they_are_asked_in(clip):
    rows = looked(planned(clip(), *moments("0.2s", "0s", "3f")))
    assert rows == [[5, 0, 3]] * 10


def test_a_preview_of_single_frames_sees_what_the_whole_render_sees(clip):
    plan = planned(clip(), *shifts("-3f", "-1f", "2f"), *moments("4f"))
    whole = looked(plan)
    assert looked(plan, only={1, 6, 9}) == [whole[1], whole[6], whole[9]]


def test_a_span_sees_shifts_beyond_it_and_counts_moments_from_the_recipes_start(clip):
    plan = planned(clip(20), *shifts("-2f", "3f"), *moments("9f", "1f"), span=Span(Fraction(8, 25), Fraction(11, 25)))
    assert looked(plan) == [[index - 2, index + 3, 9, None] for index in (8, 9, 10)]
    assert [line for line in plan.warnings if "0.04s lies outside" in line]
    whole = planned(clip(20), *shifts("-2f", "3f"))
    assert [row[:2] for row in looked(plan)] == looked(whole)[8:11]


def test_a_span_reads_no_more_than_the_recipe_uses(clip):
    recipe = clip(20)
    recipe.write_text(recipe.read_text().replace("plate: plate.mkv", "plate: {file: plate.mkv, start: 4f, stop: 12f}"))
    plan = planned(recipe, *shifts("-3f", "3f"), span=Span(Fraction(2, 25), Fraction(5, 25)))
    assert looked(plan) == [[None, 9], [4, 10], [5, 11]]
    assert planned(recipe, span=Span(Fraction(2, 25))).read == Span(Fraction(6, 25), Fraction(12, 25))


def test_memory_is_bounded_by_what_the_plan_states(clip, monkeypatch):
    plan = planned(clip(40), *shifts("-4f", "2f"))
    (window,) = plan.others.windows
    kept = []

    class Watched(Scene):
        def frame_at(self, index, plate):
            frame = super().frame_at(index, plate)
            kept.append(max(len(reading.kept) for reading in self._others._along.values()))
            return frame

    looked(plan, scene_of=Watched)
    assert max(kept) == 7 <= window.frames
    assert planned(clip(40), *shifts("-4f", "2f")).others.bytes == plan.others.bytes
    monkeypatch.setattr("composer.plan.others.WINDOW_BYTES", 0)
    apart = planned(clip(40), *shifts("-4f", "2f"))
    assert [len(window.others) for window in apart.others.windows] == [1, 1]
    assert looked(apart) == looked(plan)


def test_footage_that_is_faster_than_it_says_is_read_once_per_shift_instead(clip):
    """At 5 frames a second a window of 0.2 s may keep few pictures; here 30 of them fall into it."""
    ticks = [*range(0, 300, 10), 2000, 4000]
    plan = planned(
        clip(len(ticks), rate=FrameRate(Fraction(5)), time_base=Fraction(1, 1000), pts=ticks), *shifts("-0.2s", "0s")
    )
    assert plan.others.windows[0].frames < 20
    rows = looked(plan)
    assert [row[1] for row in rows] == list(range(32))
    assert rows[25][0] == 5


@pytest.mark.parametrize(
    ("other", "words"), [(moments("2s"), "2s lies outside"), (shifts("-9s"), "longer than the footage")]
)
def test_a_moment_that_the_footage_does_not_have_is_refused(clip, other, words):
    with pytest.raises(PlanError, match=words):
        planned(clip(), *other)
