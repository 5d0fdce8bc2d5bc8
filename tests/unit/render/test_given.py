"""Sources that a program hands over: MoviePy clips and files in place of a recipe's own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
import numpy as np
import pytest
from moviepy import AudioClip, ColorClip, VideoClip

import composer
from composer.errors import Cancelled, InputError, RenderError
from composer.media.probe import probe
from composer.media.synthetic import write_clip
from composer.render.given import write_source
from composer.values import FrameRate, Size

SIZE = (18, 32)
WHOLE = "edits: [{insert: {source: promo, place: [0, 0, 1, 1], fit: stretch}}]"


def grey(value):
    return np.full((*SIZE, 3), value, np.uint8)


def stairs(fps=25):
    """Brighter by 20 on every frame."""
    return VideoClip(lambda t: grey(20 + 20 * round(t * fps)), duration=10 / fps).with_fps(fps)


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    write_clip(tmp_path / "plate.mkv", size=Size(32, 18), frames=10, codec="ffv1", format="gbrp")
    path = tmp_path / "recipe.yaml"
    path.write_text(f"composer: 1\nsources: {{plate: plate.mkv, promo: nowhere.mp4}}\n{WHOLE}\n")
    return path


def values(pictures):
    return [round(float(picture.mean())) for picture in pictures]


def left_over(recipe):
    return sorted((recipe.parent / "temporary").iterdir())


def test_a_clip_takes_the_place_of_a_source_frame_by_frame(recipe):
    with composer.frames(recipe, sources={"promo": stairs()}) as pictures:
        assert values(pictures) == list(range(20, 220, 20))
    assert left_over(recipe) == []


def test_a_render_takes_it_too_and_leaves_nothing_but_its_output(recipe):
    report = composer.render_recipe(recipe, output=recipe.parent / "out.mkv", sources={"promo": stairs()})
    assert report.frames == 10
    with av.open(str(recipe.parent / "out.mkv")) as container:
        found = values(frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
    assert found == pytest.approx(list(range(20, 220, 20)), abs=2)
    assert left_over(recipe) == []


def test_it_may_be_the_plate_or_a_source_that_the_recipe_does_not_declare(recipe):
    recipe.write_text(recipe.read_text().replace(", promo: nowhere.mp4", ""))
    taken = {"promo": recipe.parent / "plate.mkv", "plate": stairs()}
    with composer.frames(recipe, sources=taken, raw=True) as pictures:
        assert [float(frame.at.seconds * 25) for frame in pictures] == list(range(10))


def test_it_runs_at_its_own_rate_and_as_the_recipe_says(recipe):
    recipe.write_text(recipe.read_text().replace("nowhere.mp4", "{file: nowhere.mp4, speed: 0.5, end: trim}"))
    with composer.frames(recipe, sources={"promo": stairs(50)}) as pictures:
        assert values(pictures)[:10] == list(range(20, 220, 20))


def test_its_mask_is_its_transparency_and_its_sound_comes_along(tmp_path):
    mask = VideoClip(lambda t: np.tile(np.linspace(0, 1, 32), (18, 1)), duration=0.4, is_mask=True)
    tone = AudioClip(lambda t: np.sin(2 * np.pi * 440 * np.asarray(t))[..., None] * [0.5, 0.5], duration=0.4, fps=48000)
    clip = stairs().with_mask(mask).with_audio(tone)
    write_source(clip, tmp_path / "clip.mkv", "promo", progress=lambda _: None, cancelled=lambda: False)
    info = probe(tmp_path / "clip.mkv", scan=True)
    assert (info.format.name, info.found.frames, info.rate) == ("gbrap", 10, FrameRate.parse(25))
    assert len(info.audio) == 1
    with av.open(str(tmp_path / "clip.mkv")) as container:
        alpha = next(container.decode(video=0)).to_ndarray(format="rgba")[..., 3]
    np.testing.assert_array_equal(alpha, np.rint(np.tile(np.linspace(0, 255, 32), (18, 1))))


def test_equal_clips_are_equal_files_and_others_are_not(tmp_path):
    """What is remembered of a source goes by the content of its file."""
    digests = []
    for number, clip in enumerate((stairs(), stairs(), stairs(24), ColorClip((32, 18), (9, 9, 9)))):
        target = tmp_path / f"{number}.mkv"
        write_source(clip, target, "promo", progress=lambda _: None, cancelled=lambda: False)
        digests.append(probe(target).digest)
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_clip_of_one_colour_is_one_picture_that_holds(recipe):
    with composer.frames(recipe, sources={"promo": ColorClip((32, 18), (90, 90, 90))}) as pictures:
        assert values(pictures) == [90] * 10


def test_a_clip_from_a_recipe_is_a_source_of_another(recipe):
    plain = recipe.with_name("plain.yaml")
    plain.write_text("composer: 1\nsources: {plate: plate.mkv}\nedits: []\n")
    clip = composer.as_clip(plain)
    with composer.frames(recipe, sources={"promo": clip}) as nested, composer.frames(plain) as direct:
        for one, two in zip(nested, direct, strict=True):
            np.testing.assert_array_equal(one, two)
    clip.close()


def broken(t):
    if t > 0.1:
        raise OSError("tape torn")
    return grey(1)


@pytest.mark.parametrize(
    ("clip", "kind", "words"),
    [
        (VideoClip(lambda t: grey(1), duration=1), InputError, "source 'promo': the clip has no frame rate"),
        (grey(1), InputError, "expected a path or a MoviePy clip, got ndarray"),
        (VideoClip(broken, duration=1).with_fps(25), RenderError, "source 'promo': frame 3: OSError: tape torn"),
        (
            VideoClip(lambda t: grey(1)[: 18 - round(25 * t)], duration=1).with_fps(25),
            RenderError,
            r"frame 1 is \(17, 32, 3\), the first one \(18, 32, 3\)",
        ),
    ],
)
def test_what_cannot_be_a_source_is_refused_by_name_and_leaves_nothing(recipe, clip, kind, words):
    with pytest.raises(kind, match=words):
        composer.frames(recipe, sources={"promo": clip})
    assert left_over(recipe) == []


def test_drawing_it_tells_how_far_it_is_and_can_be_stopped(recipe):
    told = []
    with pytest.raises(Cancelled):
        composer.frames(recipe, sources={"promo": stairs()}, progress=told.append, cancelled=lambda: len(told) > 3)
    assert [(one.stage, one.done, one.total) for one in told] == [("source promo", n, 10) for n in range(1, 5)]
    assert left_over(recipe) == []


def test_a_parameter_that_the_source_stands_for_need_not_be_set(recipe):
    recipe.write_text("composer: 1\nparams: {plate: {type: file}}\nsources: {plate: '${plate}'}\nedits: []\n")
    with composer.frames(recipe, sources={"plate": Path(recipe.parent / "plate.mkv")}) as pictures:
        assert len(list(pictures)) == 10
