"""Subjects taken out of whole renders: what is behind them comes back, and what nobody saw is said."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from composer.errors import Cancelled, ComposerError
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.plan import as_text, make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes, render_recipe
from composer.render.scene import Scene
from composer.render.shots import plate_shot
from composer.render.stills import still
from composer.values import PixelFormat, Size, Span

SIZE = Size(96, 64)
RECIPE = """composer: 1
sources: {plate: plate.mkv}
mattes: {box: {file: matte.mkv}}
edits: [{remove: {matte: box, grow: 2px, feather: 1px}}]
output: {file: out.mkv, video: {codec: ffv1}}
"""


def place(seed, width=96, *, depth=8):
    noise = np.random.default_rng(seed).integers(0, 256, (64, width)).astype(np.float32)
    soft = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.6), None, 40, 210, cv2.NORM_MINMAX)
    return np.rint(soft * 2 ** (depth - 8)).astype(np.uint8 if depth == 8 else np.uint16)


def written(folder, luma, left, *, count=12, format="yuv420p"):  # noqa: A002
    """A clip whose frames show ``luma(index)`` behind a bright box of 12x20 whose left side is at ``left(index)``."""
    pixels = PixelFormat.parse(format)

    def frame(index):
        picture = luma(index).copy()
        picture[20:40, left(index) : left(index) + 12] = 230 * (pixels.maximum // 255)
        chroma = [np.full((32, 48), value * (pixels.maximum // 255), pixels.dtype) for value in (110, 140)]
        for plane, value in zip(chroma, (60, 200), strict=True):
            plane[10:20, left(index) // 2 : left(index) // 2 + 6] = value
        return [picture, *chroma]

    def matte(index):
        alpha = np.zeros((64, 96), np.uint8)
        alpha[20:40, left(index) : left(index) + 12] = 255
        return [alpha]

    write_clip(folder / "plate.mkv", size=SIZE, frames=count, format=format, paint=frame)
    write_clip(folder / "matte.mkv", size=SIZE, frames=count, format="gray", paint=matte)
    (folder / "recipe.yaml").write_text(RECIPE)
    return folder / "recipe.yaml"


def rendered(recipe, **options):
    report = render_recipe(recipe, use_cache=False, **options)
    with open_reader(recipe.parent / "out.mkv") as reader:
        return report, [[plane.copy() for plane in frame.planes] for frame in reader.frames(Span())]


@pytest.mark.parametrize(("format", "depth"), [("yuv420p", 8), ("yuv420p10le", 10)])
def test_what_a_still_camera_saw_behind_the_subject_comes_back_bit_for_bit(tmp_path, format, depth):  # noqa: A002
    behind = place(1, depth=depth)
    report, frames = rendered(written(tmp_path, lambda _: behind, lambda index: 4 + 6 * index, format=format))
    for luma, *rest in frames:
        assert np.array_equal(luma, behind)
        assert [int(plane.min()) for plane in rest] == [int(plane.max()) for plane in rest]
    assert report.unseen["box"].share == 0
    assert report.unseen["box"].frames == 12
    assert not report.warnings


def test_what_is_never_seen_is_guessed_and_said(tmp_path):
    behind = place(2)
    report, frames = rendered(written(tmp_path, lambda _: behind, lambda index: 40 + index // 3))
    assert abs(int(frames[5][0][30, 46]) - 230) > 20
    kept = np.ones((64, 96), bool)
    kept[15:46, 34:62] = False
    assert all(np.array_equal(frame[0][kept], behind[kept]) for frame in frames)
    assert 0.6 < report.unseen["box"].share < 1
    assert [line for line in report.warnings if line.startswith("behind box: ") and "was guessed" in line]
    told = json.loads((tmp_path / "out.mkv.report.json").read_text())
    assert told["unseen"]["box"]["worst_frame"] is not None


def test_clean_plates_without_the_same_subject_are_reported_together(tmp_path):
    """The first half leaves much unseen; the second asks for another clean plate, after the subject has moved on."""
    behind = place(2)
    recipe = written(tmp_path, lambda _: behind, lambda index: 40 + index // 3)
    alone, _ = rendered(recipe)
    twice = "{remove: {matte: box, grow: 2px, to: 6f}}, {remove: {matte: box, grow: 3px, from: 6f}}"
    recipe.write_text(recipe.read_text().replace("{remove: {matte: box, grow: 2px, feather: 1px}}", twice))
    both, _ = rendered(recipe)
    assert (alone.unseen["box"].frames, both.unseen["box"].frames) == (12, 12)
    recipe.write_text(recipe.read_text().replace(", from: 6f", "").replace(", to: 6f", ""))
    over, _ = rendered(recipe)
    assert over.unseen["box"].frames == 12
    assert over.unseen["box"].share == pytest.approx(both.unseen["box"].share, abs=0.1)


def test_a_cut_ends_what_is_looked_at(tmp_path):
    scenes = place(3), 255 - place(4)
    report, frames = rendered(
        written(tmp_path, lambda index: scenes[index // 10], lambda index: 4 + 7 * (index % 10), count=20)
    )
    assert all(np.array_equal(frame[0], scenes[index // 10]) for index, frame in enumerate(frames))
    assert report.unseen["box"].share == 0


def test_a_moving_camera_sees_it_from_the_frames_around(tmp_path):
    wide = place(5, 160)
    left = lambda index: 8 + 5 * index  # noqa: E731
    report, frames = rendered(written(tmp_path, lambda index: wide[:, 3 * index : 3 * index + 96], left))
    for index, (luma, *_) in enumerate(frames):
        error = luma.astype(float) - wide[:, 3 * index : 3 * index + 96]
        part = error[18:42, left(index) - 2 : left(index) + 14]
        assert np.sqrt((part**2).mean()) < 6, index
        error[14:46, max(0, left(index) - 8) : left(index) + 20] = 0
        assert not error.any()
    assert report.unseen["box"].share < 0.02


def test_a_preview_shows_what_the_render_shows(tmp_path):
    recipe = written(tmp_path, lambda _: place(6), lambda index: 4 + 6 * index)
    plan = make_plan(load_recipe(recipe), use_cache=False)
    with plan_mattes(plan) as mattes:
        whole = [still(plan, mattes, index / plan.plate.info.rate.value, cancelled=lambda: False) for index in (0, 7)]
    assert np.array_equal(whole[0], whole[1])


def test_memory_goes_by_the_samples_and_not_by_the_length(tmp_path):
    recipe = written(tmp_path, lambda _: place(7), lambda index: 4 + 2 * (index % 38), count=80)
    recipe.write_text(recipe.read_text().replace("feather: 1px", "feather: 1px, samples: 9"))
    plan = make_plan(load_recipe(recipe), use_cache=False)
    with plan_mattes(plan) as mattes, Scene(plan, mattes) as scene:
        scene.frame_at(0, next(plate_shot(plan).frames()))
        assert [sample.index for sample in scene.clean._shot.samples] == list(range(0, 80, 16))


def test_reading_ahead_can_be_stopped(tmp_path):
    plan = make_plan(load_recipe(written(tmp_path, lambda _: place(8), lambda index: 4 + index)), use_cache=False)
    with plan_mattes(plan) as mattes, Scene(plan, mattes, cancelled=lambda: True) as scene, pytest.raises(Cancelled):
        scene.frame_at(0, next(plate_shot(plan).frames()))


def test_no_colour_of_the_subject_and_no_black_is_left_where_chroma_is_never_seen_whole(tmp_path):
    """The box moves by a pixel a frame: most of what is behind it is seen at its edge only."""
    report, frames = rendered(written(tmp_path, lambda _: place(9), lambda index: 30 + index))
    assert report.unseen["box"].share > 0
    for _, *chroma in frames:
        for plane, value in zip(chroma, (110, 140), strict=True):
            assert np.abs(plane.astype(int) - value).max() <= 2


SOURCE = """composer: 1
sources: {plate: plate.mkv, empty: {clean_plate: {without: [box], grow: 2px}}}
mattes: {box: {file: matte.mkv}, unused: {invert: box}}
edits: [{insert: {source: empty, place: [0, 0, 1, 1], fit: stretch}}]
output: {file: out.mkv, video: {codec: ffv1}}
"""


def test_a_clean_plate_is_a_source_like_any_other(tmp_path):
    behind = place(1)
    recipe = written(tmp_path, lambda _: behind, lambda index: 4 + 6 * index)
    recipe.write_text(SOURCE)
    plan = make_plan(load_recipe(recipe), use_cache=False)
    assert [matte.name for matte in plan.mattes] == ["box"]
    assert "the plate without box" in as_text(plan)
    _, frames = rendered(recipe)
    assert all(np.array_equal(frame[0], behind) for frame in frames)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[box]", "[bix]", "unknown matte 'bix'"),
        ("{clean_plate: {without: [box], grow: 2px}}", "{clean_plate: {without: box}, loop: true}", "leave out loop"),
        ("{clean_plate: {", "{file: x.png, clean_plate: {", "only one of them"),
        ("plate: plate.mkv", "plate: {clean_plate: {without: box}}", "the plate is footage"),
        (
            "invert: box}}",
            "invert: box}, k: {key: {clean: empty}}}\nrequire: {seen: 0.1, mattes: [k]}",
            "made of mattes",
        ),
    ],
)
def test_a_clean_plate_that_cannot_be_is_refused_with_its_line(tmp_path, old, new, words):
    recipe = written(tmp_path, lambda _: place(1), lambda index: 4 + 6 * index, count=2)
    assert old in SOURCE
    recipe.write_text(SOURCE.replace(old, new))
    with pytest.raises(ComposerError, match=words) as caught:
        make_plan(load_recipe(recipe), use_cache=False)
    assert caught.value.exit_status == 2
