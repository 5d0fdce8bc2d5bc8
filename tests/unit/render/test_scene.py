"""Rendering a part shows what the whole shows there, and what a codec cannot hold is converted at the end."""

import threading
from fractions import Fraction
from itertools import islice

import numpy as np

from composer.media import open_reader, probe
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes, render_recipe
from composer.render.shots import plate_shot
from composer.values import Size, Span

FADE = """composer: 1
sources: {plate: plate.mkv, other: other.mkv}
edits:
  - insert: {source: other, place: [0, 0, 1, 1], opacity: {0s: 0, 0.3s: 1}, from: 2f}
output: {file: out.mkv, video: {codec: ffv1}}
"""


def planes_of(path):
    with open_reader(path) as reader:
        return [[plane.copy() for plane in frame.planes] for frame in reader.frames(Span())]


def test_a_span_shows_what_the_whole_render_shows_there(tmp_path):
    write_clip(tmp_path / "plate.mkv", size=Size(32, 16), frames=10)
    write_clip(tmp_path / "other.mkv", size=Size(16, 32), frames=10)
    (tmp_path / "recipe.yaml").write_text(FADE)
    render_recipe(tmp_path / "recipe.yaml", output=tmp_path / "whole.mkv", use_cache=False)
    start = 4 / probe(tmp_path / "plate.mkv").rate.value
    render_recipe(tmp_path / "recipe.yaml", output=tmp_path / "part.mkv", span=Span(start), use_cache=False)
    whole, part = planes_of(tmp_path / "whole.mkv"), planes_of(tmp_path / "part.mkv")
    assert len(part) == 6
    for expected, actual in zip(whole[4:], part, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(expected, actual, strict=True))
    assert probe(tmp_path / "part.mkv").start == 0


def test_a_picture_sequence_becomes_a_video_in_the_codecs_own_format(tmp_path):
    folder = tmp_path / "shot"
    recipe = "composer: 1\nsources: {plate: shot}\nedits: []\noutput: {file: out.mp4, video: {quality: 1}}\n"
    write_clip(tmp_path / "plate.mkv", size=Size(32, 16), frames=3)
    (tmp_path / "to_png.yaml").write_text(
        "composer: 1\nsources: {plate: plate.mkv}\nedits: []\noutput: {file: shot/}\n"
    )
    render_recipe(tmp_path / "to_png.yaml", output=folder, use_cache=False)
    (tmp_path / "recipe.yaml").write_text(recipe)
    render_recipe(tmp_path / "recipe.yaml", use_cache=False)
    before, after = planes_of(tmp_path / "plate.mkv"), planes_of(tmp_path / "out.mp4")
    assert len(after) == 3
    assert probe(tmp_path / "out.mp4").format.name == "yuv420p"
    assert np.abs(before[1][0].astype(int) - after[1][0]).mean() < 4


PTS = [0, 40, 90, 100, 200, 260, 300, 350, 400, 500]
MATTE = """composer: 1
sources: {plate: plate.mkv}
mattes: {disc: {file: matte.mkv}}
edits: [{solid: {color: white, matte: disc}}]
output: {file: out.mkv, video: {codec: ffv1}}
"""


def test_a_matte_file_follows_the_plate_into_a_span_and_a_proxy(tmp_path):
    size = Size(32, 16)

    def growing(index):
        return [np.repeat(np.where(np.arange(32) < 2 * index, 255, 0).astype(np.uint8)[None], 16, axis=0)]

    write_clip(tmp_path / "plate.mkv", size=size, frames=10, time_base=Fraction(1, 1000), pts=PTS)
    write_clip(tmp_path / "matte.mkv", size=size, frames=10, format="gray", paint=growing)
    (tmp_path / "recipe.yaml").write_text(MATTE)
    render_recipe(tmp_path / "recipe.yaml", span=Span(Fraction(2, 10)), use_cache=False)
    part = planes_of(tmp_path / "out.mkv")
    covered = [int((planes[0][8] == 235).sum()) for planes in part]
    assert covered == [8, 10, 12, 14, 16, 18]
    render_recipe(tmp_path / "recipe.yaml", scale=0.5, use_cache=False)
    assert planes_of(tmp_path / "out.mkv")[8][0].shape == (8, 16)
    assert abs(int((planes_of(tmp_path / "out.mkv")[8][0][4] == 235).sum()) - 8) <= 1


def test_a_matte_file_is_read_ahead_in_order_and_its_thread_ends_with_the_render(tmp_path):
    def counted(index):
        return [np.full((16, 32), 10 * index + 40, np.uint8)]

    write_clip(tmp_path / "plate.mkv", size=Size(32, 16), frames=10)
    write_clip(tmp_path / "matte.mkv", size=Size(32, 16), frames=10, format="gray", paint=counted)
    (tmp_path / "recipe.yaml").write_text(MATTE)
    plan = make_plan(load_recipe(tmp_path / "recipe.yaml"), use_cache=False)
    with plan_mattes(plan) as mattes:
        stream = mattes.open("disc")
        plates = islice(plate_shot(plan).frames(), 6)
        levels = [int(stream.matte_at(index, plate).alpha[0, 0]) for index, plate in enumerate(plates)]
        assert any(thread.name == "decode disc" for thread in threading.enumerate())
    assert levels == [40, 50, 60, 70, 80, 90]
    assert not any(thread.name == "decode disc" for thread in threading.enumerate())


def test_damaged_frames_of_the_plate_are_counted_in_the_report(tmp_path):
    path = write_clip(tmp_path / "plate.mp4", codec="h264", frames=40, size=Size(320, 180))
    (tmp_path / "recipe.yaml").write_text("composer: 1\nsources: {plate: plate.mp4}\noutput: {file: out.mkv}\n")
    assert not any("damaged" in line for line in render_recipe(tmp_path / "recipe.yaml").warnings)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(255 - byte for byte in data[middle : middle + 8])
    path.write_bytes(bytes(data))
    said = render_recipe(tmp_path / "recipe.yaml").warnings
    assert any(line.startswith("plate.mp4 is damaged: its decoder flagged") for line in said)
