"""Titles of a timeline: words on a colour, as large and as long as they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from composer.errors import ComposerError
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.plan.tell import as_json, as_text
from composer.recipe import parse_recipe
from composer.render.timeline import open_source
from composer.values import Size

SIZE = Size(96, 54)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("titles")
    write_clip(folder / "a.mkv", size=SIZE, frames=4)
    return folder


def planned(folder, *entries, extra=""):
    lines = "\n".join(f"      - {entry}" for entry in entries)
    text = f"composer: 1\nsources:\n  plate:\n{extra}    timeline:\n{lines}\nedits: []\noutput: {{file: out.mkv}}\n"
    return make_plan(parse_recipe(text, path=folder / "recipe.yaml"), use_cache=False)


def shown(plan):
    with open_source(plan.plate) as reader:
        return list(reader.frames())


def refused(folder, *entries, **options):
    with pytest.raises(ComposerError) as caught:
        planned(folder, *entries, **options)
    assert caught.value.exit_status == 2
    return str(caught.value)


def test_a_title_stands_on_its_color_in_the_middle(folder):
    plan = planned(folder, "{title: Part one, for: 3f, color: white, on: black, size: 0.3}", "a.mkv")
    frames = shown(plan)
    assert len(frames) == 7
    assert (frames[0].size, frames[0].format.name) == (SIZE, "yuv420p")
    luma = frames[0].planes[0]
    rows, columns = np.nonzero(luma > 200)
    assert luma.max() == 235
    assert (luma[:8] == 16).all()
    assert abs((columns.min() + columns.max()) / 2 - 48) < 4
    assert abs((rows.min() + rows.max()) / 2 - 27) < 6
    assert all(np.array_equal(frames[0].planes[0], each.planes[0]) for each in frames[1:3])


def test_size_color_and_place_are_as_asked(folder):
    small = shown(planned(folder, "{title: I, for: 1f, size: 0.2, on: '#ff0000', anchor: top}", "a.mkv"))[0]
    large = shown(planned(folder, "{title: I, for: 1f, size: 0.6, on: '#ff0000', anchor: top}", "a.mkv"))[0]
    assert [int(plane[-1, -1]) for plane in small.planes] == [63, 102, 240]
    heights = [np.ptp(np.nonzero((frame.planes[0] > 200).any(axis=1))[0]) for frame in (small, large)]
    assert 2.5 < heights[1] / heights[0] < 4


def test_titles_alone_need_a_size(folder):
    assert "titles alone do not say how large the picture is" in refused(folder, "{title: Hello, for: 1s}")
    plan = planned(folder, "{title: Hello, for: 1s}", extra="    size: [64, 36]\n")
    assert (plan.frames, plan.size, plan.plate.info.format.name) == (25, Size(64, 36), "yuv420p")


def test_titles_take_part_in_transitions(folder):
    plan = planned(folder, "{title: X, for: 4f, on: white}", "{transition: fade, for: 2f}", "a.mkv")
    assert plan.frames == 6
    assert [int(frame.planes[0][0, 0]) for frame in shown(plan)[:2]] == [235, 235]


def test_the_plan_names_it(folder):
    plan = planned(folder, "{title: Part one, for: 3f}", "a.mkv")
    assert "frames 0..2: title 'Part one'" in as_text(plan)
    assert "Part one" in as_json(plan)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{title: Hello}", "missing key 'for'"),
        ("{title: Hello, for: 1s, font: none.ttf}", "recipe.yaml:5:39: there is no file"),
        ("{title: Hello, for: 1s, font: a.mkv}", "a.mkv: not a TrueType or OpenType font"),
        ("{title: 漢, for: 1s}", "recipe.yaml:5:17: rubik-bold.ttf: the font has no '漢'"),
        ("{title: Hello, for: 1s, colour: red}", "did you mean 'color'?"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_line(folder, entry, words):
    assert words in refused(folder, entry, "a.mkv")


def test_other_words_make_another_digest(folder):
    first, second = (planned(folder, f"{{title: {word}, for: 1s}}", "a.mkv").plate.info.digest for word in "ab")
    assert first != second
