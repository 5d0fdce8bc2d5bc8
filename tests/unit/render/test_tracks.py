"""Regions followed through a clip: where they land, what is said, what is kept."""

from __future__ import annotations

import json
from typing import ClassVar

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from composer.cli.app import app
from composer.effects.base import Effect
from composer.errors import Cancelled, InputError, NothingFound
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.motion.plane import homographies
from composer.motion.points import mapped
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render import plan_mattes, render_recipe, tracks
from composer.render.scene import Scene
from composer.render.shots import plate_shot
from composer.render.tracks import plan_tracks
from composer.values import Size
from tests.tracking import HEIGHT, QUAD, WIDTH, moved, picture, texture

SIZE, COUNT = Size(WIDTH, HEIGHT), 10
QUADS = [moved(0.2 * index) for index in range(COUNT)]
RECIPE = """composer: 1
sources: {plate: plate.mkv}
mattes: {hand: {file: matte.mkv}}
regions:
  wall: WALL
edits:
  - solid: {color: "#ff0000", region: wall}
output: {file: out.mkv, video: {codec: ffv1}}
"""


def spelled(quad):
    return [[f"{x + 0.5:.4f}px", f"{y + 0.5:.4f}px"] for x, y in quad.tolist()]


def written(folder, wall, *, greys=None, left=lambda index: 400):
    """A clip of the moving surface, a matte whose left side is at ``left(index)``, and a recipe."""
    greys = greys or [picture(quad) for quad in QUADS]
    grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)

    def frame(index):
        luma = greys[index].copy()
        luma[:, left(index) : left(index) + 40] = texture(9)[
            :HEIGHT, 20 : 20 + luma[:, left(index) : left(index) + 40].shape[1]
        ]
        return [luma, grey, grey]

    def matte(index):
        alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
        alpha[20:, left(index) : left(index) + 40] = 255
        return [alpha]

    write_clip(folder / "plate.mkv", size=SIZE, frames=COUNT, paint=frame)
    write_clip(folder / "matte.mkv", size=SIZE, frames=COUNT, format="gray", paint=matte)
    (folder / "recipe.yaml").write_text(RECIPE.replace("WALL", wall))
    return folder / "recipe.yaml"


def followed(recipe, *, use_cache=False, **options):
    plan = make_plan(load_recipe(recipe), use_cache=use_cache)
    with plan_mattes(plan) as mattes:
        return plan_tracks(plan, mattes, **options)


def errors(path, quads=QUADS):
    return [float(np.abs(path.placement(index).quad.corners - 0.5 - quad).max()) for index, quad in enumerate(quads)]


@pytest.mark.parametrize("at", [0, 4, 9])
def test_a_surface_is_followed_from_any_frame_in_both_directions(tmp_path, at):
    recipe = written(tmp_path, f"{{corners: {spelled(QUADS[at])}, at: {at}f, track: planar}}")
    path = followed(recipe).paths["wall"]
    assert max(errors(path)) < 0.5
    assert path.placement(at).confidence == 1
    assert errors(path)[at] < 1e-3


def test_backwards_in_parts_is_the_same_as_at_once(tmp_path, monkeypatch):
    recipe = written(tmp_path, f"{{corners: {spelled(QUADS[9])}, at: 9f, track: planar}}")
    whole = followed(recipe).paths["wall"]
    monkeypatch.setattr(tracks, "BACKWARD_BYTES", 3 * 2 * WIDTH * HEIGHT)
    parts = followed(recipe).paths["wall"]
    assert np.array_equal(whole.corners, parts.corners)


def test_a_matte_keeps_what_it_covers_out_of_it(tmp_path):
    recipe = written(
        tmp_path,
        f"{{corners: {spelled(QUADS[0])}, track: planar, without: [hand]}}",
        left=lambda index: 10 + 18 * index,
    )
    assert max(errors(followed(recipe).paths["wall"])) < 1.0


def test_what_a_matte_covers_can_be_what_it_moves_with(tmp_path):
    box = np.array([[84, 40], [120, 40], [120, 110], [84, 110]], np.float64)
    recipe = written(
        tmp_path, f"{{corners: {spelled(box)}, track: matte, on: hand}}", left=lambda index: 82 + 6 * index
    )
    placed = [np.add(box, [6 * index, 0]) for index in range(COUNT)]
    assert max(errors(followed(recipe).paths["wall"], placed)) < 0.7


def test_a_blank_wall_moves_with_the_camera(tmp_path):
    wide = texture(4, 600)
    greys = [
        np.ascontiguousarray(wide[50 + i : 50 + i + HEIGHT, 50 + 3 * i : 50 + 3 * i + WIDTH]) for i in range(COUNT)
    ]
    recipe = written(tmp_path, f"{{corners: {spelled(QUAD)}, at: 5f, track: camera}}", greys=greys)
    placed = [QUAD - [3 * (index - 5), index - 5] for index in range(COUNT)]
    assert max(errors(followed(recipe).paths["wall"], placed)) < 0.6


def test_a_box_is_pinned_to_a_subject(tmp_path):
    wall = "{follow: hand, anchor: top, size: [24px, 10px], offset: [0, -8px], smooth: 0.1s}"
    recipe = written(tmp_path, wall, left=lambda index: 40 + 10 * index)
    path = followed(recipe).paths["wall"]
    for index in range(COUNT):
        x, y = 40 + 10 * index + 20, 20 - 8
        wanted = np.array([[x - 12, y - 5], [x + 12, y - 5], [x + 12, y + 5], [x - 12, y + 5]])
        assert np.abs(path.placement(index).quad.corners - wanted).max() < 1e-6


def test_a_lost_region_is_not_drawn_and_said(tmp_path):
    greys = [picture(quad) for quad in QUADS]
    greys[4:6] = [texture(7)[:HEIGHT, :WIDTH]] * 2
    recipe = written(tmp_path, f"{{corners: {spelled(QUADS[0])}, track: planar}}", greys=greys)
    report = render_recipe(recipe, use_cache=False)
    (said,) = [line for line in report.warnings if line.startswith("region wall")]
    assert said == "region wall: lost on 2 of 10 frames, 4-5: nothing is drawn into it there"
    assert (report.regions["wall"].seen, report.regions["wall"].lost) == (8, 2)
    assert json.loads((tmp_path / "out.mkv.report.json").read_text())["regions"]["wall"]["lost"] == 2
    with open_reader(tmp_path / "out.mkv") as reader:
        reds = [int(np.count_nonzero(frame.planes[2] > 200)) for frame in reader.frames()]
    assert [red > 800 for red in reds] == [True] * 4 + [False] * 2 + [True] * 4


@pytest.mark.parametrize(
    ("wall", "left", "kind", "said"),
    [
        ("track: planar", lambda index: 400, NothingFound, "no texture to hold on to on frame 0"),
        ("track: planar, without: [hand]", lambda index: 70 + 20 * index, InputError, "hidden by hand"),
        ("track: matte, on: hand", lambda index: 120 if index else 400, NothingFound, "'hand' covers too little"),
    ],
)
def test_nothing_to_hold_on_to_is_told_with_its_line(tmp_path, wall, left, kind, said):
    corners = QUAD if kind is not InputError else np.array([[72, 40], [108, 40], [108, 100], [72, 100]], np.float64)
    greys = [np.full((HEIGHT, WIDTH), 99, np.uint8)] * COUNT if "no texture" in said else None
    recipe = written(tmp_path, f"{{corners: {spelled(corners)}, {wall}}}", greys=greys, left=left)
    with pytest.raises(kind, match=said) as caught:
        render_recipe(recipe, use_cache=False)
    assert f"{recipe}:5:3" in str(caught.value)
    assert not (tmp_path / "out.mkv").exists()


class TestCache:
    def stages(self, recipe):
        told = []
        path = followed(recipe, use_cache=True, progress=lambda one: told.append(one.stage)).paths["wall"]
        return path, set(told)

    def test_a_track_is_made_once_and_read_again(self, tmp_path, monkeypatch):
        monkeypatch.setenv("COMPOSER_CACHE", str(tmp_path / "cache"))
        recipe = written(tmp_path, f"{{corners: {spelled(QUADS[3])}, at: 3f, track: planar}}")
        first, made = self.stages(recipe)
        again, told = self.stages(recipe)
        assert (made, told) == ({"tracks", "tracks: backwards"}, set())
        assert np.array_equal(first.corners, again.corners)
        recipe.write_text(recipe.read_text().replace("at: 3f", "at: 4f"))
        assert self.stages(recipe)[1]

    def test_a_damaged_file_is_made_again(self, tmp_path, monkeypatch):
        monkeypatch.setenv("COMPOSER_CACHE", str(tmp_path / "cache"))
        recipe = written(tmp_path, f"{{corners: {spelled(QUADS[0])}, track: planar}}")
        self.stages(recipe)
        (file,) = (tmp_path / "cache").glob("*.track")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(bytes(content))
        assert self.stages(recipe)[1] == {"tracks"}
        assert self.stages(recipe)[1] == set()

    def test_another_matte_makes_another_track(self, tmp_path, monkeypatch):
        monkeypatch.setenv("COMPOSER_CACHE", str(tmp_path / "cache"))
        recipe = written(tmp_path, f"{{corners: {spelled(QUADS[0])}, track: planar, without: [hand]}}")
        self.stages(recipe)
        recipe.write_text(recipe.read_text().replace("{file: matte.mkv}", "{file: matte.mkv, spread: 3px}"))
        assert self.stages(recipe)[1] == {"tracks"}


def test_it_stops_when_asked(tmp_path):
    recipe = written(tmp_path, f"{{corners: {spelled(QUADS[0])}, track: planar}}")
    with pytest.raises(Cancelled):
        followed(recipe, cancelled=lambda: True)


class Watch(Effect):
    """Keeps what it is told of the camera."""

    kind: ClassVar[str] = "watch"
    example: ClassVar[str] = "watch: {}"
    seen: ClassVar[list] = []

    @property
    def needs_camera(self):
        return True

    def apply(self, inputs):
        self.seen.append(inputs.camera())


def test_an_effect_that_asks_for_the_camera_is_told_it(tmp_path):
    wide = texture(4, 600)
    greys = [np.ascontiguousarray(wide[50:186, 50 + 4 * i : 50 + 4 * i + WIDTH]) for i in range(COUNT - 2)]
    greys += [texture(8)[:HEIGHT, :WIDTH]] * 2
    loaded = load_recipe(written(tmp_path, "{box: [0, 0, 0.5, 0.5]}", greys=greys))
    object.__setattr__(loaded, "recipe", loaded.recipe.model_copy(update={"edits": (Watch(),)}))
    plan = make_plan(loaded, use_cache=False)
    Watch.seen.clear()
    with plan_mattes(plan) as mattes, Scene(plan, mattes) as scene:
        for index, frame in enumerate(plate_shot(plan).frames()):
            scene.frame_at(index, frame)
    assert [one is None for one in Watch.seen] == [False] * 8 + [True] * 2
    for index, one in enumerate(Watch.seen[:8]):
        assert np.abs(one.applied(np.array([[120.0, 68.0]])) - [120 - 4 * index, 68]).max() < 0.2


def test_large_pictures_are_looked_at_smaller_and_coordinates_come_back():
    scale, small = tracks.Scale.of(Size(7680, 4320))
    assert small == Size(1920, 1080)
    corners = np.array([[0, 0], [400, 0], [400, 300], [0, 300]], np.float64)
    onto = homographies(corners, np.add(corners, [8, 4])[None])
    edges = scale.edges(onto)[0]
    assert np.allclose(mapped(edges, np.array([[100.0, 200.0]])), [[132, 216]])


def test_a_preview_draws_where_it_is_and_how_surely(tmp_path):
    recipe = written(tmp_path, f"{{corners: {spelled(QUADS[0])}, track: planar}}")
    recipe.write_text(recipe.read_text().replace("solid: {", "solid: {opacity: 0, "))
    sheet = tmp_path / "sheet.png"
    ran = CliRunner().invoke(app, ["preview", str(recipe), "-o", str(sheet), "--frames", "2", "--no-cache"])
    assert ran.exit_code == 0, ran.output
    tile = cv2.imread(str(sheet))[: HEIGHT * 2, :480]
    assert np.count_nonzero(np.ptp(tile.astype(int), axis=2) > 60) > 200
