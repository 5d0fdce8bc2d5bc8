"""Recipes inside a timeline: what they make, taken before any encoder."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.errors import ComposerError
from composer.media import open_reader
from composer.media.synthetic import disc_mask, write_clip
from composer.plan import make_plan
from composer.plan.tell import as_text
from composer.recipe import load_recipe, parse_recipe
from composer.render import render_plan
from composer.values import Size, Span

SIZE = Size(32, 16)
INNER = """composer: 1
params: {shade: {type: color, default: white}}
sources: {plate: a.mkv}
mattes: {disc: {file: disc.mkv}}
edits: [{solid: {color: "${shade}", matte: disc}}]
output: {file: inner.mkv, video: {codec: ffv1}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nested")

    def grey(index):
        return (np.full((16, 32), 40 + index, np.uint8), *[np.full((8, 16), 128, np.uint8)] * 2)

    def disc(index):
        return (np.where(disc_mask(index, SIZE), 255, 0).astype(np.uint8),)

    write_clip(folder / "a.mkv", size=SIZE, frames=10, paint=grey, audio=True)
    write_clip(folder / "b.mkv", size=SIZE, frames=4, paint=grey)
    write_clip(folder / "disc.mkv", size=SIZE, frames=10, format="gray", paint=disc)
    (folder / "inner.yaml").write_text(INNER)
    return folder


def planned(folder, *entries, **options):
    lines = "\n".join(f"      - {entry}" for entry in entries)
    text = f"composer: 1\nsources:\n  plate:\n    timeline:\n{lines}\nedits: []\n"
    text += "output: {file: out.mkv, video: {codec: ffv1}}\n"
    return make_plan(parse_recipe(text, path=folder / "recipe.yaml"), use_cache=False, **options)


def refused(folder, *entries):
    with pytest.raises(ComposerError) as caught:
        planned(folder, *entries)
    assert caught.value.exit_status == 2
    return str(caught.value)


def planes(path):
    with open_reader(path) as reader:
        return [frame.planes[0].copy() for frame in reader.frames()]


@pytest.fixture(scope="module")
def alone(folder):
    """What the inner recipe makes by itself."""
    render_plan(make_plan(load_recipe(folder / "inner.yaml"), use_cache=False))
    return planes(folder / "inner.mkv")


def test_a_recipe_shows_what_it_makes_by_itself_bit_for_bit(folder, alone):
    plan = planned(folder, "b.mkv", "{recipe: inner.yaml}")
    render_plan(plan)
    shown = planes(folder / "out.mkv")
    assert len(shown) == plan.frames == 14
    assert (alone[3][disc_mask(3, SIZE)] == 235).all()
    assert all(np.array_equal(a, b) for a, b in zip(shown[4:], alone, strict=True))


def test_a_part_of_it_and_a_span_of_the_whole_are_that_part(folder, alone):
    render_plan(planned(folder, "{recipe: inner.yaml, start: 2f, stop: 8f}", span=Span(Fraction(3, 25))))
    shown = planes(folder / "out.mkv")
    assert len(shown) == 3
    assert all(np.array_equal(a, b) for a, b in zip(shown, alone[5:8], strict=True))


def test_its_parameters_are_told_and_its_speed_changed(folder):
    render_plan(planned(folder, "{recipe: inner.yaml, set: {shade: black}, speed: 2}"))
    shown = planes(folder / "out.mkv")
    assert [int(plane[0, 31]) for plane in shown] == [40, 42, 44, 46, 48]
    assert (shown[1][disc_mask(2, SIZE)] == 16).all()


def test_its_sound_goes_along(folder):
    sounds = planned(folder, "b.mkv", "{recipe: inner.yaml, start: 2f}").output.audio.sounds
    assert [(sound.path.name, sound.at, sound.start) for sound in sounds] == [
        ("a.mkv", Fraction(4, 25), Fraction(2, 25))
    ]


def test_recipes_may_lie_in_one_another_and_their_files_are_known(folder):
    (folder / "middle.yaml").write_text(
        "composer: 1\nsources: {plate: {timeline: [{recipe: inner.yaml}]}}\nedits: []\noutput: {file: m.mp4}\n"
    )
    plan = planned(folder, "{recipe: middle.yaml}")
    assert {path.name for path in plan.files} >= {"middle.yaml", "inner.yaml", "a.mkv", "disc.mkv"}
    assert "middle.yaml" in as_text(plan)
    render_plan(plan)
    assert len(planes(folder / "out.mkv")) == 10


def test_circles_and_missing_recipes_are_refused_by_name(folder):
    assert "recipe.yaml:5:18: " in refused(folder, "{recipe: none.yaml}")
    (folder / "one.yaml").write_text(
        "composer: 1\nsources: {plate: {timeline: [{recipe: two.yaml}]}}\noutput: {file: m.mp4}\n"
    )
    (folder / "two.yaml").write_text(
        "composer: 1\nsources: {plate: {timeline: [{recipe: one.yaml}]}}\noutput: {file: m.mp4}\n"
    )
    assert "a recipe inside itself: one.yaml -> two.yaml -> one.yaml" in refused(folder, "{recipe: one.yaml}")


def test_what_is_wrong_inside_is_told_with_the_inner_line(folder):
    (folder / "wrong.yaml").write_text(INNER.replace("matte: disc", "matte: disk"))
    assert "wrong.yaml:5:44: unknown matte 'disk'" in refused(folder, "{recipe: wrong.yaml}")
    assert "unknown parameter 'shad'" in refused(folder, "{recipe: inner.yaml, set: {shad: red}}")


def test_the_digest_changes_with_what_is_inside(folder):
    plain, black = (
        planned(folder, f"{{recipe: inner.yaml, set: {{shade: {shade}}}}}").plate.info.digest
        for shade in ("white", "black")
    )
    assert plain != black


def test_its_framing_and_its_tracked_regions_come_along(folder):
    """The inner recipe turns its picture upright and pins a card to a region that follows its matte."""
    inner = INNER.replace("edits:", "regions: {tag: {follow: disc, size: [0.2, 0.2], anchor: center}}\nedits:").replace(
        '{solid: {color: "${shade}", matte: disc}}', "{solid: {color: white, region: tag}}"
    )
    (folder / "framed.yaml").write_text(inner.replace("{file: inner.mkv,", "{file: f.mkv, frame: {size: [16, 16]},"))
    plan = planned(folder, "{recipe: framed.yaml, start: 2f, stop: 6f}")
    assert plan.size == Size(16, 16)
    render_plan(plan)
    shown = planes(folder / "out.mkv")
    assert [plane.shape for plane in shown] == [(16, 16)] * 4
    lit = [np.nonzero((plane > 200).any(axis=0))[0].mean() for plane in shown[1:]]
    assert lit == sorted(lit)
    assert lit[-1] > lit[0]
