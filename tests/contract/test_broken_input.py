"""Broken input: one clear message on stderr, exit status 2, and nothing left where the output would be."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from composer.cli.app import app
from composer.media.synthetic import write_clip
from composer.values import FrameRate, Size

SIZE = Size(64, 48)
RECIPE = """\
composer: 1
sources:
  plate: plate.mp4
regions:
  wall: {box: [0.25, 0.25, 0.5, 0.5]}
edits:
  - solid: {color: red, region: wall}
output:
  file: out.mp4
"""


def clip(path: Path, **changes) -> Path:
    return write_clip(path, **{"size": SIZE, "frames": 20, "rate": FrameRate(Fraction(25)), "codec": "h264"} | changes)


def truncated(folder: Path) -> str:
    data = clip(folder / "plate.mp4").read_bytes()
    (folder / "plate.mp4").write_bytes(data[: len(data) // 2])
    return RECIPE


def truncated_later(folder: Path) -> str:
    data = clip(folder / "plate.mkv", codec="ffv1").read_bytes()
    (folder / "plate.mkv").write_bytes(data[: len(data) // 2])
    return RECIPE.replace("plate.mp4", "plate.mkv")


def empty(folder: Path) -> str:
    (folder / "plate.mp4").write_bytes(b"")
    return RECIPE


def text(folder: Path) -> str:
    (folder / "plate.mp4").write_text("This is no film, it is a letter.\n" * 100)
    return RECIPE


def noise(folder: Path) -> str:
    (folder / "plate.mp4").write_bytes(np.random.default_rng(1).bytes(20_000))
    return RECIPE


def sound_only(folder: Path) -> str:
    with wave.open(str(folder / "plate.wav"), "wb") as out:
        out.setparams((1, 2, 8000, 8000, "NONE", "not compressed"))
        out.writeframes(bytes(16_000))
    return RECIPE.replace("plate.mp4", "plate.wav")


def picture(folder: Path) -> str:
    cv2.imwrite(str(folder / "plate.png"), np.full((48, 64, 3), 90, np.uint8))
    return RECIPE.replace("plate.mp4", "plate.png")


def picture_named_mp4(folder: Path) -> str:
    cv2.imwrite(str(folder / "plate.png"), np.full((48, 64, 3), 90, np.uint8))
    (folder / "plate.png").rename(folder / "plate.mp4")
    return RECIPE


def unknown_key(folder: Path) -> str:
    clip(folder / "plate.mp4")
    return RECIPE.replace("color: red", "colour: red")


def bad_color(folder: Path) -> str:
    clip(folder / "plate.mp4")
    return RECIPE.replace("color: red", "color: '#12345'")


def missing_file(folder: Path) -> str:
    return RECIPE


def other_size(folder: Path) -> str:
    clip(folder / "plate.mp4")
    clip(folder / "matte.mkv", size=Size(32, 24), codec="ffv1", format="gray")
    return RECIPE.replace("regions:", "mattes:\n  roto: {file: matte.mkv}\nregions:").replace(
        "region: wall", "matte: roto"
    )


def corners_outside(folder: Path) -> str:
    clip(folder / "plate.mp4")
    return RECIPE.replace("{box: [0.25, 0.25, 0.5, 0.5]}", "{corners: [[0, 0], [90px, 0], [90px, 0.5], [0, 0.5]]}")


CASES = {
    truncated: "plate.mp4",
    truncated_later: "plate.mkv",
    empty: "plate.mp4: is empty (0 bytes)",
    text: "plate.mp4: is text, not media",
    noise: "plate.mp4: is damaged or not a media file",
    sound_only: "plate.wav",
    picture: "plate.png is a picture; the plate has to be a video",
    picture_named_mp4: "plate.mp4 is a picture; the plate has to be a video",
    unknown_key: "unknown key 'colour' (edits[0].solid.colour)",
    bad_color: "expected a colour such as '#00b140' or 'orange', got '#12345'",
    missing_file: "plate.mp4: there is no such file",
    other_size: "matte.mkv is 32x24, the plate is 64x48",
    corners_outside: "the top-right corner of 'wall' lies outside the picture: (90, 0)",
}


@pytest.mark.parametrize("broken", CASES, ids=lambda case: case.__name__)
def test_each_broken_input_gets_one_clear_message_and_leaves_nothing(tmp_path, broken):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(broken(tmp_path))
    before = sorted(tmp_path.iterdir())
    result = CliRunner().invoke(app, ["render", str(recipe), "--no-cache"])
    assert result.exit_code == 2, result.output
    assert CASES[broken] in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert sorted(tmp_path.iterdir()) == before
    messages = [line for line in result.stderr.splitlines() if line.startswith(str(recipe)) or "plate." in line[:120]]
    assert messages


@pytest.mark.parametrize("broken", [unknown_key, bad_color, other_size, corners_outside, missing_file, picture])
def test_mistakes_of_a_recipe_point_at_their_line(tmp_path, broken):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(broken(tmp_path))
    result = CliRunner().invoke(app, ["plan", str(recipe)])
    place = result.stderr.splitlines()[0].removeprefix(f"{recipe}:").split(":")
    assert place[0].isdigit()
    assert place[1].isdigit()
    shown = recipe.read_text().splitlines()[int(place[0]) - 1]
    assert f"{place[0]:>5} | {shown}" in result.stderr
    assert "^" in result.stderr


def test_the_same_recipe_renders_once_it_is_mended(tmp_path):
    """The cases above are refused for what is broken in them, not for something else."""
    clip(tmp_path / "plate.mp4")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    result = CliRunner().invoke(app, ["render", str(tmp_path / "recipe.yaml"), "--no-cache"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.mp4").stat().st_size > 0
