"""Finished pictures in Python: in order, by time, and as a MoviePy clip."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from fractions import Fraction

import av
import numpy as np
import pytest
from moviepy import concatenate_videoclips

import composer
from composer.errors import Cancelled, InputError
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.render.frames import Reel, plan_without_output
from composer.values import FrameRate, Size, Span

FADE = "edits: [{solid: {color: black, opacity: {0s: 0, 0.32s: 1}}}]"


def written(folder, body=FADE, **clip):
    options = {"size": Size(32, 18), "frames": 8, "codec": "ffv1", "format": "yuv420p"} | clip
    write_clip(folder / "plate.mkv", **options)
    path = folder / "recipe.yaml"
    path.write_text(f"composer: 1\nsources: {{plate: plate.mkv}}\n{body}\n")
    return path


def rendered(recipe, **options):
    target = recipe.parent / "out.mkv"
    copy = recipe.with_name("copy.yaml")
    copy.write_text(recipe.read_text() + "output: {video: {codec: ffv1}}\n")
    composer.render_recipe(copy, output=target, **options)
    with open_reader(target) as reader:
        return [(frame.at.seconds, [plane.copy() for plane in frame.planes]) for frame in reader.frames(Span())]


def threads():
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("decode")}


class TestFrames:
    @pytest.mark.parametrize("span", [None, Span(Fraction(2, 25), Fraction(6, 25))])
    def test_raw_frames_are_those_that_a_render_writes(self, tmp_path, span):
        recipe = written(tmp_path, pts=[0, 40, 100, 110, 150, 200, 260, 300], time_base=Fraction(1, 1000))
        wanted = rendered(recipe, span=span)
        with composer.frames(recipe, raw=True, span=span) as frames:
            found = [(frame.at.seconds, frame.planes) for frame in frames]
        assert [at for at, _ in found] == [at for at, _ in wanted]
        for (_, ours), (_, theirs) in zip(found, wanted, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))

    @pytest.mark.parametrize(
        "clip",
        [
            {"format": "yuva420p"},
            {"format": "gbrap"},
            {"format": "gray16le"},
            {"size": Size(33, 17)},
            {"codec": "h264", "sample_aspect": Fraction(4, 3)},
        ],
    )
    def test_no_encoder_has_a_say_where_no_file_is_written(self, tmp_path, clip):
        recipe = written(tmp_path, **clip)
        frames = list(composer.frames(recipe, raw=True))
        assert len(frames) == 8
        assert {frame.format.name for frame in frames} == {clip.get("format", "yuv420p")}
        outer = tmp_path / "outer.yaml"
        outer.write_text(f"composer: 1\nsources: {{plate: {{timeline: [{{recipe: {recipe.name}}}]}}}}\n")
        assert len(list(composer.frames(outer))) == 8

    def test_pictures_are_rgb_and_fade_to_black(self, tmp_path):
        pictures = list(composer.frames(written(tmp_path)))
        assert {(picture.shape, picture.dtype.name) for picture in pictures} == {((18, 32, 3), "uint8")}
        means = [float(picture.mean()) for picture in pictures]
        assert means == sorted(means, reverse=True)
        assert means[-1] < means[0] / 4

    def test_nothing_is_left_running_when_it_is_closed_left_or_dropped(self, tmp_path):
        recipe = written(tmp_path)
        with composer.frames(recipe) as pictures:
            next(pictures)
            assert threads()
        assert not threads()
        assert list(pictures) == []
        next(composer.frames(recipe))
        assert not threads()

    def test_progress_is_told_and_a_stop_is_heeded(self, tmp_path):
        recipe, told = written(tmp_path), []
        list(composer.frames(recipe, progress=told.append))
        assert [(one.stage, one.done, one.total) for one in told] == [("frames", n, 8) for n in range(1, 9)]
        pictures = composer.frames(recipe, cancelled=lambda: len(told) > 9, progress=told.append)
        assert next(pictures) is not None
        assert next(pictures) is not None
        with pytest.raises(Cancelled):
            next(pictures)

    def test_a_wrong_recipe_is_refused_before_the_first_picture(self, tmp_path):
        with pytest.raises(InputError, match="unknown matte"):
            composer.frames(written(tmp_path, "edits: [{solid: {color: red, matte: nobody}}]"))


class TestReel:
    def test_times_find_the_frame_that_is_shown_then_forwards_and_back(self, tmp_path):
        recipe = written(tmp_path, pts=[0, 40, 100, 110, 150, 200, 260, 300], time_base=Fraction(1, 1000))
        wanted, resources = dict(rendered(recipe)), ExitStack()
        reel = Reel(
            plan_without_output(recipe, {}, resources), resources, progress=lambda _: None, cancelled=lambda: False
        )
        asked = {0.0: 0, 0.05: 40, 0.0999: 100, 0.16: 150, 0.02: 0, 9.0: 300, 0.27: 260, -1.0: 0}
        for seconds, milliseconds in asked.items():
            frame = reel.frame_at(Fraction(seconds))
            assert frame.at.seconds == Fraction(milliseconds, 1000)
            assert all(np.array_equal(a, b) for a, b in zip(frame.planes, wanted[frame.at.seconds], strict=True))
        reel.close()
        assert not threads()


class TestClip:
    def test_it_has_the_recipes_pictures_times_and_size(self, tmp_path):
        recipe = written(tmp_path, rate=FrameRate(Fraction(30000, 1001)))
        clip, pictures = composer.as_clip(recipe), list(composer.frames(recipe))
        assert (clip.size, clip.fps) == ((32, 18), pytest.approx(30000 / 1001))
        assert clip.duration == pytest.approx(8 * 1001 / 30000, abs=2e-3)
        for index in (0, 3, 7, 1):
            assert np.array_equal(clip.get_frame(index / clip.fps), pictures[index])
        clip.close()
        assert not threads()

    def test_moviepy_edits_and_writes_it(self, tmp_path):
        clip = composer.as_clip(written(tmp_path), span="0s..0.2s")
        both = concatenate_videoclips([clip, clip.with_speed_scaled(0.5)])
        both.write_videofile(str(tmp_path / "both.mp4"), fps=25, logger=None, preset="ultrafast")
        clip.close()
        with av.open(str(tmp_path / "both.mp4")) as container:
            assert sum(1 for _ in container.decode(video=0)) == 15
