"""Following and steadying, in rendered files."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from composer import render_recipe
from composer.media.synthetic import write_clip
from composer.motion.align import aligned
from composer.values import FrameRate, Size
from tests.plans import PLAIN, refused

SIZE, COUNT = Size(160, 96), 40
RATE = FrameRate(Fraction(25))
RECIPE = """\
composer: 1
sources: {plate: plate.mkv}
mattes: {ball: {file: matte.mkv}}
output:
  file: out.mkv
  video: {codec: ffv1}
  frame: FRAME
"""


def wall():
    """A texture that corners are found in, larger than the picture."""
    rough = np.random.default_rng(1).integers(30, 180, (40, 60)).astype(np.uint8)
    return cv2.resize(rough, (240, 160), interpolation=cv2.INTER_CUBIC)


def clip(path, pictures):
    grey = np.full((SIZE.height // 2, SIZE.width // 2), 128, np.uint8)
    return write_clip(path, size=SIZE, frames=COUNT, rate=RATE, paint=lambda index: (pictures[index], grey, grey))


def ball_at(index):
    return 20 + 3 * index


@pytest.fixture
def rolling(tmp_path):
    """A ball that rolls from left to right."""
    mattes = [cv2.circle(np.zeros(SIZE.shape, np.uint8), (ball_at(index), 48), 12, 255, -1) for index in range(COUNT)]
    clip(tmp_path / "matte.mkv", mattes)
    clip(tmp_path / "plate.mkv", [np.where(matte > 0, np.uint8(235), wall()[:96, :160]) for matte in mattes])
    return tmp_path


@pytest.fixture
def shaking(tmp_path):
    """The wall, seen by a hand-held camera: up to 3 px and half a degree off a slow pan."""
    shake = np.random.default_rng(9).standard_normal((COUNT, 3)).clip(-2, 2) * [1.5, 1.5, 0.25]
    pictures = []
    for index, (x, y, degrees) in enumerate(shake):
        turn = cv2.getRotationMatrix2D((120, 80), degrees, 1)
        turn[:, 2] += [x - 40 - 0.5 * index + 10, y - 32]
        pictures.append(cv2.warpAffine(wall(), turn, (160, 96), flags=cv2.INTER_CUBIC))
    clip(tmp_path / "plate.mkv", pictures)
    clip(tmp_path / "matte.mkv", pictures)
    return tmp_path


def rendered(folder, frame, **options):
    (folder / "recipe.yaml").write_text(RECIPE.replace("FRAME", frame))
    report = render_recipe(folder / "recipe.yaml", use_cache=False, **options)
    return report, pictures_of(report.output)


def pictures_of(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def roughness(pictures):
    """Mean change of the camera's step from frame to frame, pixels."""
    steps = [aligned(one, two).matrix[:2, 2] for one, two in pairwise(pictures)]
    return float(np.linalg.norm(np.diff(steps, axis=0), axis=1).mean())


class TestFollow:
    def test_the_ball_stays_in_the_picture_and_the_report_says_so(self, rolling):
        report, pictures = rendered(rolling, "{aspect: '1:1', follow: ball, smooth: 0.2s}")
        assert pictures[0].shape == (96, 96)
        assert all((picture > 230).sum() > 400 for picture in pictures)
        assert report.framing == "100.0% of 'ball' kept in the picture, 100.0% at least (at 0.00s)"
        assert report.warnings[1:] == ()

    def test_without_following_it_leaves_the_picture(self, rolling):
        _, pictures = rendered(rolling, "{aspect: '1:1'}")
        assert (pictures[0] > 230).sum() < 100

    def test_what_cannot_be_kept_is_said(self, rolling):
        report, _ = rendered(rolling, "{zoom: 8, follow: ball}")
        assert any("less than half of 'ball' is in the picture" in line for line in report.warnings)

    def test_an_unseen_subject_leaves_the_view_in_the_middle(self, rolling):
        clip(rolling / "matte.mkv", [np.zeros(SIZE.shape, np.uint8)] * COUNT)
        _, followed = rendered(rolling, "{aspect: '1:1', follow: ball}")
        _, still = rendered(rolling, "{aspect: '1:1'}")
        assert all(np.array_equal(one, two) for one, two in zip(followed, still, strict=True))


class TestStabilise:
    def test_the_shake_is_gone(self, shaking):
        report, steady = rendered(shaking, "{stabilise: 1}")
        before = roughness(pictures_of(shaking / "plate.mkv"))
        assert before > 2
        assert roughness(steady) < 0.2 * before
        assert "px steadied, enlarged by 1." in report.framing
        assert all(picture.shape == SIZE.shape for picture in steady)

    def test_a_still_camera_is_left_alone_bit_for_bit(self, rolling):
        report, pictures = rendered(rolling, "{stabilise: 1}")
        assert all(
            np.array_equal(one, two) for one, two in zip(pictures, pictures_of(rolling / "plate.mkv"), strict=True)
        )
        assert "left as it is" in report.framing


class TestPlanned:
    def test_a_whole_crop_is_the_picture_itself(self, rolling):
        _, pictures = rendered(rolling, "{crop: [0, 0, 1, 1]}")
        assert all(
            np.array_equal(one, two) for one, two in zip(pictures, pictures_of(rolling / "plate.mkv"), strict=True)
        )

    @pytest.mark.parametrize(
        ("frame", "words"),
        [
            ("{follow: walker, aspect: '9:16'}", "unknown matte 'walker'"),
            ("{follow: walker}", "the view shows the whole picture"),
            ("{follow: walker, crop: [0, 0, 0.5, 1]}", "write either follow or crop"),
            ("{stabilise: 2}", "less than or equal to 1"),
            ("{stabilise: 1, smooth: 0s}", "more than 0s"),
        ],
    )
    def test_what_cannot_be_is_refused(self, tmp_path, frame, words):
        assert words in refused(tmp_path, "file: out.mp4", f"file: out.mp4\n  frame: {frame}", text=PLAIN)
