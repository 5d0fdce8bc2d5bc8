"""What is to be hidden in whole renders: a matte that drops out hides more, and the report says so."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from composer.effects import Inputs
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes, render_recipe
from composer.render.covers import Covers
from composer.render.frames import frames
from composer.render.stills import still
from composer.values import Box, Placement, Quad, Size, Span

SIZE, COUNT = Size(64, 48), 12
LOST = (5, 6, 7)  # frames on which the matte is empty although the subject is there
RECIPE = """composer: 1
sources: {plate: plate.mkv}
mattes: {face: {file: matte.mkv}}
edits:
  - box: {inside: face, grow: 2px, hold: 1f, pace: 60px%s}
output: {file: out.mkv, video: {codec: ffv1}}
"""


def subject(index):
    """Rows and columns of the bright subject."""
    return np.s_[16:28, 10 + 2 * index : 20 + 2 * index]


def written(folder, more="", *, first=0):
    def frame(index):
        luma = np.full(SIZE.shape, 90, np.uint8)
        luma[subject(index)] = 220
        return [luma, np.full((24, 32), 128, np.uint8), np.full((24, 32), 128, np.uint8)]

    def matte(index):
        alpha = np.zeros(SIZE.shape, np.uint8)
        if index not in LOST and index >= first:
            alpha[subject(index)] = 255
        return [alpha]

    write_clip(folder / "plate.mkv", size=SIZE, frames=COUNT, format="yuv420p", paint=frame)
    write_clip(folder / "matte.mkv", size=SIZE, frames=COUNT, format="gray", paint=matte)
    (folder / "recipe.yaml").write_text(RECIPE % more)
    return folder / "recipe.yaml"


def lumas(path):
    with open_reader(path) as reader:
        return [frame.planes[0] for frame in reader.frames()]


def test_the_subject_is_never_seen_and_the_report_counts_the_doubt(tmp_path):
    report = render_recipe(written(tmp_path), use_cache=False)
    pictures = lumas(tmp_path / "out.mkv")
    assert len(pictures) == COUNT
    assert all((picture != 220).all() for picture in pictures)
    assert all((picture == 90).any() for picture in pictures)
    hidden = report.hidden["face"]
    assert (hidden.frames, hidden.unsure, hidden.whole) == (COUNT, 3, 0)
    said = json.loads((tmp_path / "out.mkv.report.json").read_text())
    assert said["hidden"]["face"]["unsure"] == 3
    (words,) = (line for line in report.warnings if line.startswith("face:"))
    assert words == (
        "face: not surely found on 3 of 12 frames on which it is hidden, first at 0.20 s; "
        "covered there: the last known area, grown, on 3"
    )


def test_what_moves_faster_than_its_pace_is_what_the_guarantee_leaves_out(tmp_path):
    recipe = written(tmp_path)
    recipe.write_text(recipe.read_text().replace("pace: 60px", "pace: 1px"))
    render_recipe(recipe, use_cache=False)
    seen = [index for index, picture in enumerate(lumas(tmp_path / "out.mkv")) if (picture == 220).any()]
    assert seen == [6]


def test_unsure_picture_and_what_is_not_found_yet_cover_the_picture(tmp_path):
    report = render_recipe(written(tmp_path, ", unsure: picture", first=2), use_cache=False)
    black = [bool((picture == 16).all()) for picture in lumas(tmp_path / "out.mkv")]
    assert [index for index, whole in enumerate(black) if whole] == [0, 1, *LOST]
    assert report.hidden["face"].whole == 5


@pytest.mark.parametrize("edges", [(8, 9), (5, 8), (6, 7), (1, 3), (10, 12)])
def test_a_span_is_covered_like_the_whole(tmp_path, edges):
    """What is found on frames around the span, which it does not show, is covered in it too."""
    recipe = written(tmp_path)
    recipe.write_text(recipe.read_text().replace("hold: 1f", "hold: 2f"))
    render_recipe(recipe, use_cache=False)
    whole = lumas(tmp_path / "out.mkv")
    span = Span(*(Fraction(edge, 25) for edge in edges))
    report = render_recipe(recipe, span=span, use_cache=False)
    part = lumas(tmp_path / "out.mkv")
    assert report.frames == report.hidden["face"].frames == len(part) == edges[1] - edges[0]
    assert all(np.array_equal(one, other) for one, other in zip(part, whole[slice(*edges)], strict=True))
    pictures = frames(recipe, span=span, use_cache=False, raw=True)
    assert [frame.at.pts for frame in pictures] == [40 * index for index in range(len(part))]


def test_a_still_of_a_span_counts_from_its_start(tmp_path):
    recipe = written(tmp_path)
    whole, part = (make_plan(load_recipe(recipe), span=span, use_cache=False) for span in (None, "6f..10f"))
    with plan_mattes(whole) as mattes, plan_mattes(part) as fewer:
        wanted = still(whole, mattes, at=Fraction(7, 25), cancelled=lambda: False)
        assert np.array_equal(still(part, fewer, at=Fraction(1, 25), cancelled=lambda: False), wanted)


def test_a_still_from_the_middle_is_covered_like_the_render(tmp_path):
    recipe = written(tmp_path)
    render_recipe(recipe, use_cache=False)
    plan = make_plan(load_recipe(recipe), use_cache=False)
    with plan_mattes(plan) as mattes:
        picture = still(plan, mattes, at=6 / plan.plate.info.rate.value, cancelled=lambda: False)
    wanted = lumas(tmp_path / "out.mkv")[6] == 16
    assert np.array_equal(picture.max(axis=2) < 10, wanted)


def test_a_region_that_is_lost_or_followed_unsurely_is_unsure(tmp_path):
    """Frames 4 and 5: lost; frame 7: found with little confidence. Covers ask for regions as effects do."""
    recipe = written(tmp_path)
    box = "box: {region: plate_, hold: 0s, grow: 0, pace: 1px, sure: 0.5}"
    text = recipe.read_text().replace(
        "mattes: {face: {file: matte.mkv}}", "regions: {plate_: {box: [0, 0, 0.25, 0.25]}}"
    )
    recipe.write_text(text.split("edits:")[0] + f"edits: [{{{box}}}]\noutput: {{file: out.mkv}}\n")
    plan = make_plan(load_recipe(recipe), use_cache=False)

    def build(kept, mattes):
        quad = Quad.of_box(Box(kept.index, 0, kept.index + 4, 4))
        found = None if kept.index in (4, 5) else Placement(quad, 0.3 if kept.index == 7 else 0.9)
        seconds = kept.frame.at.seconds
        return Inputs(kept.frame, seconds, plan.plate.info.rate, regions={"plate_": found}, mattes=mattes)

    (asked,) = plan.edits[0].covers()
    with plan_mattes(plan) as mattes:
        covers = Covers(plan, mattes, build)
        covered = [covers.at(index, Fraction(index, 25))[asked] for index in range(10)]
        covers.close()
    assert [each.is_sure for each in covered] == [True] * 4 + [False] * 2 + [True, False, True, True]
    assert [int(np.flatnonzero(each.area[0])[0]) for each in covered] == [0, 1, 2, 3, 3, 3, 6, 6, 8, 9]
    assert covers.hidden()["plate_"].unsure == 3


@pytest.mark.parametrize(
    ("edits", "counts"),
    [
        (("to: 6f, shape: outline", "from: 6f, shape: outline"), (COUNT, 3, 0)),
        (("shape: outline", "shape: box"), (COUNT, 3, 0)),
        (("unsure: picture, to: 6f", "unsure: picture, from: 7f, to: 10f"), (9, 2, 2)),
    ],
)
def test_covers_of_one_name_are_counted_together(tmp_path, edits, counts):
    recipe = written(tmp_path)
    boxes = "".join(f"  - box: {{inside: face, grow: 2px, hold: 1f, pace: 60px, {each}}}\n" for each in edits)
    recipe.write_text(f"{recipe.read_text().split('edits:')[0]}edits:\n{boxes}output: {{file: out.mkv}}\n")
    report = render_recipe(recipe, use_cache=False)
    hidden = report.hidden["face"]
    assert (hidden.frames, hidden.unsure, hidden.whole) == counts
    assert hidden.first_unsure == pytest.approx(0.2)
    assert len([line for line in report.warnings if line.startswith("face: not surely found")]) == 1


@pytest.mark.parametrize(
    "edit", ["restore: {inside: face}", "insert: {source: plate, place: [0, 0, 1, 1]}", "freeze: {matte: face, at: 0s}"]
)
def test_the_plan_warns_of_edits_that_bring_the_footage_back(tmp_path, edit):
    recipe = written(tmp_path)
    recipe.write_text(recipe.read_text().replace("output:", f"  - {edit}\noutput:"))
    warnings = make_plan(load_recipe(recipe), use_cache=False).warnings
    kind = edit.split(":")[0]
    assert any(line.startswith(f"edits[1].{kind} shows untouched footage over what edits[0].box") for line in warnings)


@pytest.mark.parametrize(
    "source",
    [
        "{clean_plate: {without: face}}",
        "plate.mkv",
        "copy.mkv",
        "{file: plate.mkv, start: 2f}",
        "{timeline: [{clip: plate.mkv}]}",
        "{timeline: [{recipe: inner.yaml}]}",
    ],
)
@pytest.mark.parametrize(
    "edit", ["insert: {source: again, place: [0, 0, 1, 1]}", "background: {source: again, keep: face}"]
)
def test_the_plan_warns_of_the_footage_under_another_name(tmp_path, source, edit):
    recipe = written(tmp_path)
    (tmp_path / "copy.mkv").write_bytes((tmp_path / "plate.mkv").read_bytes())
    inner = "composer: 1\nsources: {plate: matte.mkv, x: plate.mkv}\n"
    inner += "edits: [{insert: {source: x, place: [0, 0, 1, 1]}}]\noutput: {file: in.mkv}\n"
    (tmp_path / "inner.yaml").write_text(inner)
    text = recipe.read_text().replace("{plate: plate.mkv}", f"\n  plate: plate.mkv\n  again: {source}")
    recipe.write_text(text.replace("output:", f"  - {edit}\noutput:"))
    kind = edit.split(":")[0]
    assert _undone(recipe) == [f"edits[1].{kind}"]


@pytest.mark.parametrize(
    ("edit", "is_missed"),
    [
        ("trail: {matte: face, step: 1f}", True),
        ("freeze: {matte: face, at: 0s}", True),
        ("insert: {source: again, place: [0, 0, 0.5, 0.5]}", True),
        ("insert: {source: empty, place: [0, 0, 1, 1]}", False),
        ("remove: {matte: face}", False),
    ],
)
def test_the_plan_warns_of_footage_in_other_places_below_a_cover(tmp_path, edit, is_missed):
    recipe = written(tmp_path)
    sources = "{plate: plate.mkv, again: plate.mkv, empty: {clean_plate: {without: face}}}"
    text = recipe.read_text().replace("{plate: plate.mkv}", sources)
    recipe.write_text(text.replace("edits:", f"edits:\n  - {edit}"))
    warnings = make_plan(load_recipe(recipe), use_cache=False).warnings
    start = f"edits[0].{edit.split(':')[0]} may show what edits[1].box hides in another place"
    assert any(line.startswith(start) for line in warnings) == is_missed


def test_a_clip_of_the_plate_is_footage_too_and_other_files_are_not(tmp_path):
    recipe = written(tmp_path)
    sources = "\n  plate: {timeline: [{clip: plate.mkv}, {title: End, for: 2f}]}\n  again: %s"
    text = recipe.read_text().replace("mattes: {face: {file: matte.mkv}}", "regions: {face: {box: [0, 0, 0.25, 0.25]}}")
    text = text.replace("inside: face", "region: face").replace(
        "output:", "  - insert: {source: again, place: [0, 0, 1, 1]}\noutput:"
    )
    for source, found in (
        ("plate.mkv", ["edits[1].insert"]),
        ("matte.mkv", []),
        ("{timeline: [{title: End, for: 2f}], size: [64, 48]}", []),
    ):
        recipe.write_text(text.replace("{plate: plate.mkv}", sources % source))
        assert _undone(recipe) == found


def _undone(recipe):
    warnings = make_plan(load_recipe(recipe), use_cache=False).warnings
    return [line.split(" ")[0] for line in warnings if "shows untouched footage over what edits[0].box" in line]
