"""The eight promises of docs/promises.md, each proved by rendering real files."""

from __future__ import annotations

import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from composer.errors import Cancelled, ComposerError, NoMovingObject
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.media import open_reader, probe
from composer.media.synthetic import write_clip
from composer.render import render_recipe, report_path
from composer.values import ColorTags, FrameRate, Size, Span
from tests.scenes import RedMoves, crossing

FORMATS = ["yuv420p", "yuv444p", "yuv422p", "yuv420p10le", "yuv444p10le"]
TAGS = [
    ColorTags(matrix, range_, "bt709", "bt709")
    for matrix in ("bt709", "smpte170m", "bt2020nc")
    for range_ in ("limited", "full")
]


def recipe(folder: Path, body: str, *, output: str = "out.mkv", video: str = "{codec: ffv1}") -> Path:
    """Write a recipe whose plate is plate.mkv in the same folder."""
    text = f"composer: 1\nsources:\n  plate: plate.mkv\n{body}\noutput:\n  file: {output}\n  video: {video}\n"
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


SOLID = "edits:\n  - solid: {color: '#ff0000', region: patch}\nregions:\n  patch: {box: [0.25, 0.25, 0.5, 0.75]}"


def frames_of(path: Path):
    with open_reader(path) as reader:
        return [(frame.at, [plane.copy() for plane in frame.planes]) for frame in reader.frames(Span())]


@pytest.mark.parametrize("name", FORMATS)
def test_1_untouched_is_untouched_in_every_format(tmp_path, name):
    """Where no edit reaches, decoded output equals the decoded source bit for bit."""
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=4, codec="ffv1", format=name)
    render_recipe(recipe(tmp_path, SOLID), use_cache=False)
    for (_, before), (_, after) in zip(frames_of(tmp_path / "plate.mkv"), frames_of(tmp_path / "out.mkv"), strict=True):
        for old, new in zip(before, after, strict=True):
            height, width = old.shape
            rows, columns = slice(height // 4, -(-3 * height // 4)), slice(width // 4, -(-width // 2))
            changed = old != new
            changed[rows, columns] = False
            assert not changed.any()
        assert (before[0][10:25, 17:31] != after[0][10:25, 17:31]).any()


@pytest.mark.parametrize("tags", TAGS, ids=lambda tags: f"{tags.matrix}-{tags.range}")
def test_1_and_3_no_edit_at_all_keeps_every_bit_and_every_tag(tmp_path, tags):
    """A recipe without edits gives back the same samples and the same colour tags."""
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=3, codec="ffv1", format="yuv420p", color=tags)
    render_recipe(recipe(tmp_path, "edits: []"), use_cache=False)
    assert probe(tmp_path / "out.mkv").color == probe(tmp_path / "plate.mkv").color
    for (_, before), (_, after) in zip(frames_of(tmp_path / "plate.mkv"), frames_of(tmp_path / "out.mkv"), strict=True):
        assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_2_variable_frame_rate_stays_variable(tmp_path):
    """Every output frame has its source pts."""
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=6, codec="ffv1", pts=[0, 40, 100, 110, 300, 340])
    render_recipe(recipe(tmp_path, SOLID), use_cache=False)
    before = [at.seconds for at, _ in frames_of(tmp_path / "plate.mkv")]
    assert len(set(np.diff([float(second) for second in before]).round(6))) > 1
    assert [at.seconds for at, _ in frames_of(tmp_path / "out.mkv")] == before


def test_2_ntsc_rates_do_not_drift_in_mp4(tmp_path):
    """30000/1001 comes out as 30000/1001, frame by frame."""
    rate = FrameRate(Fraction(30000, 1001))
    write_clip(tmp_path / "plate.mp4", size=Size(64, 36), frames=40, codec="h264", rate=rate)
    path = recipe(tmp_path, SOLID, output="out.mp4", video="{codec: h264, preset: ultrafast}")
    path.write_text(path.read_text().replace("plate.mkv", "plate.mp4"))
    render_recipe(path, use_cache=False)
    times = [at.seconds for at, _ in frames_of(tmp_path / "out.mp4")]
    assert times == [index / rate.value for index in range(40)]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_3_a_rotated_picture_arrives_upright(tmp_path, rotation):
    """Rotation is applied to the samples, never lost."""
    write_clip(tmp_path / "plate.mp4", size=Size(64, 36), frames=2, codec="h264", rotation=rotation)
    path = recipe(tmp_path, "edits: []")
    path.write_text(path.read_text().replace("plate.mkv", "plate.mp4"))
    render_recipe(path, use_cache=False)
    info = probe(tmp_path / "out.mkv")
    assert info.rotation == 0
    assert info.size == (Size(36, 64) if rotation in (90, 270) else Size(64, 36))
    for (_, before), (_, after) in zip(frames_of(tmp_path / "plate.mp4"), frames_of(tmp_path / "out.mkv"), strict=True):
        assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_3_odd_sizes_are_kept_or_refused_by_name(tmp_path):
    """An odd size is kept where the codec can, and refused with the fix where it cannot."""
    write_clip(tmp_path / "plate.mkv", size=Size(63, 35), frames=2, codec="ffv1", format="yuv420p")
    render_recipe(recipe(tmp_path, "edits: []"), use_cache=False)
    assert probe(tmp_path / "out.mkv").size == Size(63, 35)
    with pytest.raises(ComposerError, match="63x35"):
        render_recipe(recipe(tmp_path, "edits: []", output="out.mp4", video="{codec: h264}"), use_cache=False)
    assert not (tmp_path / "out.mp4").exists()


def test_4_static_is_the_complement_of_what_moves():
    """moving + static is full coverage at every pixel of every frame, also where either is soft."""
    scene = crossing(6)
    specs = {"moving": {"moving": {}, "feather": "3px"}, "static": {"static": {}, "feather": "3px"}}
    made = {name: MatteSpec.model_validate(spec) for name, spec in specs.items()}
    with make_mattes(made, scene, segmenter="embedded", motion=RedMoves(scene)) as mattes:
        moving, static = mattes.open("moving"), mattes.open("static")
        for index, frame in enumerate(scene.frames()):
            covered = moving.matte_at(index, frame)
            total = covered.alpha.astype(int) + static.matte_at(index, frame).alpha
            assert (total == covered.maximum).all()
            assert 0 < covered.alpha.astype(float).mean() / covered.maximum < 0.5


def test_5_a_render_that_is_stopped_leaves_nothing(tmp_path):
    """Cancelling, like failing, leaves no file but the sources."""
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=30, codec="ffv1")
    path = recipe(tmp_path, SOLID)
    before = sorted(tmp_path.iterdir())
    seen = []
    with pytest.raises(Cancelled):
        render_recipe(path, use_cache=False, progress=seen.append, cancelled=lambda: len(seen) > 5)
    assert sorted(tmp_path.iterdir()) == before
    assert not [thread for thread in threading.enumerate() if thread.name in ("encode", "decode plate")]


def test_5_an_older_output_survives_a_render_that_fails(tmp_path):
    """The output is replaced at the end only."""
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=30, codec="ffv1")
    path = recipe(tmp_path, SOLID)
    (tmp_path / "out.mkv").write_bytes(b"older")
    seen = []
    with pytest.raises(Cancelled):
        render_recipe(path, use_cache=False, progress=seen.append, cancelled=lambda: len(seen) > 5)
    assert (tmp_path / "out.mkv").read_bytes() == b"older"


def test_6_same_recipe_same_bytes(tmp_path):
    """A reproducible output has the same bytes and the same picture hash on every run."""
    write_clip(tmp_path / "plate.mkv", size=Size(160, 90), frames=20, codec="ffv1")
    path = recipe(tmp_path, SOLID, video="{codec: h264, preset: veryfast}")
    path.write_text(path.read_text() + "  reproducible: true\n")
    runs = []
    for _ in range(2):
        report = render_recipe(path, use_cache=False)
        runs.append((report.picture_hash, (tmp_path / "out.mkv").read_bytes()))
    assert runs[0][0]
    assert runs[0] == runs[1]


@pytest.mark.slow
def test_7_memory_does_not_grow_with_length(tmp_path):
    """Ten times the footage takes the same memory, within a few megabytes."""
    peaks = []
    for frames in (60, 600):
        write_clip(tmp_path / "plate.mkv", size=Size(320, 180), frames=frames, codec="h264")
        path = recipe(tmp_path, SOLID, video="{codec: h264, preset: ultrafast}")
        code = (
            "import resource, sys; from composer.render import render_recipe; "
            "render_recipe(sys.argv[1], use_cache=False); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        out = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
        peaks.append(int(out.stdout.split()[-1]) / 1024)
    assert peaks[1] - peaks[0] < 25


def test_8_nothing_moves_is_said_and_no_video_is_made(tmp_path):
    """A still picture has no moving subject: an error in words with status 3, no silent black picture."""
    still = [np.tile(np.arange(160, dtype=np.uint8), (90, 1)), *(np.full((45, 80), 128, np.uint8) for _ in range(2))]
    write_clip(tmp_path / "plate.mkv", size=Size(160, 90), frames=6, codec="ffv1", paint=lambda _: still)
    body = "mattes:\n  walker: {moving: {}}\nedits:\n  - background: {color: black, keep: walker}"
    with pytest.raises(NoMovingObject, match="nothing moves") as caught:
        render_recipe(recipe(tmp_path, body), use_cache=False)
    assert caught.value.exit_status == 3
    assert not (tmp_path / "out.mkv").exists()


def test_8_no_audio_is_said_in_the_report(tmp_path):
    """A plate without sound gives a video without sound, and the report says so."""
    write_clip(tmp_path / "plate.mkv", size=Size(64, 36), frames=3, codec="ffv1")
    report = render_recipe(recipe(tmp_path, SOLID), use_cache=False)
    assert report.sound == "none: the plate has no sound"
    assert report_path(tmp_path / "out.mkv").exists()
