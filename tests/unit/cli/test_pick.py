"""preview --pick: what a click would take, drawn, and spelled as a recipe."""

from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from composer.cli.app import app
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.media import open_reader
from composer.media.synthetic import disc_mask, write_clip
from composer.render.cutouts import clip_shot
from composer.render.stills import rgb_of
from composer.values import Candidate, FrameRate, Size

SIZE = Size(160, 96)
DISC = disc_mask(3, SIZE)
X, Y = (round(float(places.mean())) for places in np.nonzero(DISC)[::-1])


def run(*args, status=0):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exit_code == status, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pick")
    write_clip(folder / "disc.mkv", size=SIZE, frames=6, rate=FrameRate(Fraction(25)))
    (folder / "recipe.yaml").write_text("composer: 1\nsources: {plate: disc.mkv}\nedits: [{solid: {color: red}}]\n")
    return folder


class Blind:
    """A fake: outlines nothing."""

    def __init__(self, *_):
        pass

    def first(self, frame, source):
        return Candidate(np.full(frame.size.shape, -4, np.float32), 0.0, 0.0)


def frame_of(path, index):
    with open_reader(path) as reader:
        return rgb_of(list(reader.frames())[index])[..., ::-1]


def test_a_pick_shows_what_a_click_would_take_and_prints_the_lines_that_ask_for_it(folder):
    target = folder / "pick.png"
    shown = run("preview", folder / "disc.mkv", "--pick", f"{X}px,{Y}px@3f", "--pick-off", "2px,90px", "-o", target)
    assert (
        shown.stdout == f"mattes:\n  picked: {{prompt: {{points: [[{X}px, {Y}px]], exclude: [[2px, 90px]], at: 3f}}}}\n"
    )
    assert "frame 3:" in shown.stderr
    clean = frame_of(folder / "disc.mkv", 3).astype(int)
    changed = np.abs(cv2.imread(str(target)).astype(int) - clean).max(axis=2) > 24
    assert changed[DISC].mean() > 0.5
    assert changed.mean() < 0.5
    said = json.loads(run("preview", folder / "disc.mkv", "--pick", f"{X}px,{Y}px@3f", "-o", target, "--json").stdout)
    assert said["frame"] == 3
    assert said["area"] == pytest.approx(DISC.mean(), rel=0.3)
    assert YAML(typ="safe").load(said["recipe"])["mattes"]["picked"]["prompt"]["at"] == "3f"


@pytest.mark.parametrize("index", [2, 5])
def test_times_of_a_file_that_keeps_milliseconds_mean_their_own_frames(folder, index):
    write_clip(folder / "thirty.mkv", size=SIZE, frames=6, rate=FrameRate(Fraction(30)))
    (folder / "thirty.yaml").write_text(
        "composer: 1\nsources: {plate: thirty.mkv}\nedits: [{solid: {color: red, opacity: 0}}]\n"
    )
    pick = ("--pick", f"{X}px,{Y}px@{index}f", "-o", folder / "thirty.png", "--json")
    assert json.loads(run("preview", folder / "thirty.mkv", *pick).stdout)["frame"] == index
    shot = clip_shot(folder / "thirty.mkv")
    prompt = {"box": [0, 0, 1, 1], "at": f"{index}f"}
    with make_mattes({"disc": MatteSpec.model_validate({"prompt": prompt})}, shot, segmenter="embedded") as mattes:
        trace = mattes.analyses["disc"].entry.facts["trace"]["objects"]["1"]
        asked = [at for at, quality in zip(trace["index"], trace["quality"], strict=True) if quality is not None]
        assert asked == [index]
    run("preview", folder / "thirty.yaml", "--at", f"{index}f", "-o", folder / "still.png", "--no-cache")
    still = cv2.imread(str(folder / "still.png")).astype(int)
    off = [np.abs(still - frame_of(folder / "thirty.mkv", one).astype(int)).mean() for one in (index - 1, index)]
    assert off[1] < 1 < off[0]


def test_a_pick_on_a_recipe_means_its_plate(folder):
    target = folder / "small.png"
    pick = ("--pick", f"{X}px,{Y}px@3f", "--scale", 0.5)
    assert json.loads(run("preview", folder / "recipe.yaml", *pick, "-o", target, "--json").stdout)["frame"] == 3
    assert cv2.imread(str(target)).shape == (48, 80, 3)


def test_a_click_on_nothing_says_so_and_exits_with_3(folder, monkeypatch):
    monkeypatch.setattr("composer.render.picked.Pointer", Blind)
    target = folder / "nothing.png"
    shown = run("preview", folder / "disc.mkv", "--pick", "0.5,0.5@2f", "-o", target, status=3)
    assert "nothing was found at the click" in shown.stderr
    assert "mattes:" in shown.stdout
    assert target.exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--pick", "0.5@2f"], "expected x,y@time"),
        (["--pick", "0.5,0.5@soon"], "expected a time"),
        (["--pick", "0.5,0.5@1f", "--pick", "0.5,0.5@2f"], "different frames: 1f and 2f"),
        (["--pick", "900px,5px"], "outside the picture"),
        (["--pick", "0.5,0.5@9s"], "no frame at 9s"),
        (["--pick-off", "0.5,0.5"], "at least one point"),
        (["--pick", "0.5,0.5", "--at", "2f"], "--at does not go with --pick"),
    ],
)
def test_a_pick_that_means_no_place_on_a_frame_is_refused(folder, args, words):
    assert words in run("preview", folder / "disc.mkv", *args, "-o", folder / "a.png", status=2).stderr
    assert not (folder / "a.png").exists()
