"""The media under assets/ is what its page says, stays small, and comes from the scripts beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
MEDIA = [path for path in sorted(ASSETS.rglob("*")) if path.suffix in {".png", ".mp4", ".mkv", ".onnx", ".ttf"}]


def frames(path: Path, format_: str) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format=format_) for frame in container.decode(video=0)]


def test_every_file_has_its_row_in_the_licence_page_and_every_row_its_file():
    page = (ASSETS / "LICENSES.md").read_text(encoding="utf-8")
    named = {row.split("`")[1] for row in page.splitlines() if row.startswith("| `")}
    assert {path.relative_to(ASSETS).as_posix() for path in MEDIA} <= named
    assert [name for name in sorted(named) if not (ASSETS / name.rstrip("/")).exists()] == []


def test_the_media_together_stay_below_4_megabytes():
    assert sum(path.stat().st_size for path in MEDIA if path.suffix != ".onnx") < 4_000_000


def test_the_fonts_stay_below_half_a_megabyte():
    assert 0 < sum(path.stat().st_size for path in MEDIA if path.suffix == ".ttf") < 500_000


def test_the_demo_shot_pairs_frame_by_frame_with_its_true_matte():
    pictures, mattes = frames(ASSETS / "demo" / "street.mp4", "rgb24"), frames(ASSETS / "demo" / "truth.mkv", "gray")
    assert len(pictures) == len(mattes) == 130
    assert {picture.shape[:2] for picture in pictures} == {matte.shape for matte in mattes} == {(360, 640)}
    empty = pictures[0].astype(int)
    for index in (30, 60, 90):
        changed = np.abs(pictures[index] - empty).max(2) > 25
        assert changed[mattes[index] > 200].mean() > 0.6
        assert changed[cv2.dilate(mattes[index], np.ones((25, 25))) == 0].mean() < 0.01


def test_the_demo_shot_says_its_colours_and_has_sound():
    with av.open(str(ASSETS / "demo" / "street.mp4")) as container:
        video, (audio,) = container.streams.video[0].codec_context, container.streams.audio
        assert (video.colorspace, video.color_range, video.color_primaries, video.color_trc) == (1, 1, 1, 1)
        assert audio.codec_context.name == "aac"
        loud = [float(np.sqrt(np.mean(block.to_ndarray() ** 2))) for block in container.decode(audio=0)]
    assert 0.005 < np.mean(loud) < 0.3


def test_the_sign_is_solid_inside_and_clear_at_its_corners():
    sign = cv2.imread(str(ASSETS / "sign.png"), cv2.IMREAD_UNCHANGED)
    assert sign[320, 480, 3] == 255
    assert {int(sign[y, x, 3]) for y in (0, -1) for x in (0, -1)} == {0}


def test_the_loop_ends_where_it_begins():
    pictures = [picture.astype(int) for picture in frames(ASSETS / "loop.mp4", "rgb24")]
    seam, step = (np.abs(a - b).mean() for a, b in ((pictures[-1], pictures[0]), (pictures[30], pictures[31])))
    assert seam < 1.5 * step


REMAKE = """
import sys, numpy as np
sys.path.insert(0, sys.argv[1])
from scripts.street import HIGH, WIDE, film
_, cover = film(60, np.ones((HIGH, WIDE, 3), np.float32))
np.save(sys.argv[2], np.rint(cover * 255).astype(np.uint8))
"""


@pytest.mark.slow
def test_the_scripts_still_make_the_matte_that_is_committed(tmp_path):
    subprocess.run([sys.executable, "-c", REMAKE, str(ASSETS), str(tmp_path / "cover.npy")], check=True)
    made, known = np.load(tmp_path / "cover.npy"), frames(ASSETS / "demo" / "truth.mkv", "gray")[60]
    assert np.abs(made.astype(int) - known).mean() < 0.05
