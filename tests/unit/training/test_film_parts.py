"""What films are made with: looping paths, shutters, photography, and the files that they are written to."""

from __future__ import annotations

import json
import sys

import cv2
import numpy as np
import pytest

from composer.render.truth import sequences_in
from training import film as command
from training.deliver import finished, write_davis, write_film
from training.scenes.colours import ColourPool
from training.scenes.film import make_film
from training.scenes.loops import Loop, stretched
from training.scenes.photography import Development, Wire
from training.scenes.shutter import Shutter


@pytest.fixture(scope="module")
def pool():
    return ColourPool(3, size=6)


def loop():
    times = np.array([0.0, 10, 30, 50, 80])
    values = np.array([[0.0, 1], [4, 1], [4, 3], [-2, 5], [0, 1]])
    return Loop(times, values)


def test_a_loop_passes_its_knots_and_comes_round():
    path = loop()
    for time, value in zip(path.times, path.values, strict=True):
        np.testing.assert_allclose(path.at(float(time)), value, atol=1e-12)
        np.testing.assert_allclose(path.at(float(time) + 3 * path.period), value, atol=1e-9)


def test_between_equal_knots_a_loop_rests_exactly_and_nowhere_overshoots():
    path = loop()
    moments = np.linspace(0, 80, 400)
    values = np.stack([path.at(float(time)) for time in moments])
    np.testing.assert_array_equal(values[(moments > 10) & (moments < 30), 0], 4)
    assert values[:, 0].min() >= -2
    assert values[:, 0].max() <= 4
    assert values[:, 1].max() <= 5


def test_a_loop_has_no_kinks():
    path = loop()
    for knot in (*path.times, path.period):
        before, after = (path.at(knot + step) - path.at(knot + step - 1e-4) for step in (0.0, 1e-4))
        np.testing.assert_allclose(before, after, atol=1e-6)


def test_a_loop_that_winds_adds_its_rise_in_every_round():
    path = Loop(np.array([0.0, 4, 10]), np.array([[0.0], [5], [7]]))
    assert path.at(24.0)[0] == pytest.approx(2 * 7 + 5)
    assert (np.diff([path.at(float(time))[0] for time in range(30)]) > 0).all()


def test_legs_fill_the_period():
    np.testing.assert_allclose(stretched([1, 2, 1], 40), [0, 10, 30, 40])


@pytest.mark.parametrize("pace", [0.0, 3.0, 40.0])
@pytest.mark.parametrize(("opened", "readout"), [(0.0, 0.0), (0.9, 0.0), (0.0, 0.8), (0.4, 0.7)])
def test_every_row_gathers_light_about_its_own_time(opened, readout, pace):
    shutter = Shutter(opened, readout).paced(pace)
    weights = shutter.weights(50)
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-6)
    cell = (opened + readout) / shutter.moments
    middle = (weights * shutter.offsets[:, None]).sum(0)
    assert np.abs(middle - shutter.row_times(50)).max() <= cell / 2 + 1e-6
    covered = [row for _, rows in shutter.bands(50) for row in range(rows.start, rows.stop)]
    assert covered == list(range(50))


def test_a_rolling_shutter_leans_what_passes(pool):
    film = make_film(8, 0, size=(72, 128), frames=None, effects=False, camera="pan", pool=pool)
    number = max(range(0, 200, 5), key=film.camera.speed)
    pictures = []
    for readout in (0.0, 0.9):
        object.__setattr__(film, "shutter", Shutter(0.0, readout))
        pictures.append(film.expose(number).picture)
    change = np.abs(pictures[0] - pictures[1]).mean((1, 2))
    assert change[:15].mean() > 2 * change[30:42].mean()
    assert change[-15:].mean() > 2 * change[30:42].mean()


def test_the_wire_gives_back_every_frame_at_once_at_odd_sizes_too():
    rows, columns = np.mgrid[0:35, 0:51]
    outs = []
    for _ in range(2):
        wire = Wire((35, 51), 20)
        frames = [np.dstack([rows * 5, columns * 4, rows + columns + 3 * n]).astype(np.uint8) for n in range(6)]
        outs.append([wire.passed(number, frame) for number, frame in enumerate(frames)])
    for frame, one, two in zip(frames, *outs, strict=True):
        np.testing.assert_array_equal(one, two)
        assert 0 < np.abs(one.astype(int) - frame).mean() < 8


def test_photography_depends_on_seed_and_number_only_and_some_casts_colour():
    clean = np.full((32, 48, 3), 120, np.float32)
    casts = []
    for index in range(12):
        one, two = (Development((1, index), (32, 48)).develop(0, clean) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        mean = one.astype(float).mean((0, 1))
        casts.append(mean[0] - mean[2])
    assert np.std(casts) > 2
    assert abs(np.mean(casts)) < 20


def test_a_film_is_written_whole(pool, tmp_path):
    film = make_film(4, 7, size=(48, 64), frames=7, pool=pool)
    write_film(film, tmp_path / "film")
    frames = list(film)
    names = {path.name for path in (tmp_path / "film").iterdir()}
    assert {"film.mp4", "flow.npz", "truth.json", "contact.png"} <= names
    assert sum(name.startswith("alpha-") for name in names) == len(film.roles)
    flow = np.load(tmp_path / "film" / "flow.npz")
    np.testing.assert_allclose(flow["flow_00003"], frames[3].flow, atol=0.05, rtol=1e-3)
    np.testing.assert_array_equal(flow["valid_00003"], frames[3].valid)
    told = json.loads((tmp_path / "film" / "truth.json").read_text())
    assert len(told["frames"]) == 7
    np.testing.assert_allclose(told["frames"][2]["homography"], frames[2].camera)
    assert told["frames"][2]["order"] == list(frames[2].order)


def test_nothing_is_left_of_a_film_that_breaks_off(tmp_path):
    def breaks_off():
        with finished(tmp_path / "film") as folder:
            (folder / "film.mp4").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks_off()
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_of_films_is_one_that_eval_reads(pool, tmp_path):
    film = make_film(4, 7, size=(48, 64), frames=3, effects=False, pool=pool)
    write_davis(film, tmp_path, "s4-007")
    (sequence,) = sequences_in(tmp_path)
    assert sequence.name == "s4-007"
    masks = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted(sequence.truth.iterdir())]
    assert len(masks) == len(list(sequence.pictures.iterdir())) == 3
    moves = [not role.rests for role in film.roles]
    for frame, mask in zip(film, masks, strict=True):
        np.testing.assert_array_equal(mask > 0, frame.alpha[moves].sum(0, dtype=int) >= 128)


def test_the_command_makes_a_data_set_and_does_not_repeat_itself(tmp_path, monkeypatch, capsys):
    words = ["film", "--davis", str(tmp_path), "--seed", "2", "--count", "2", "--size", "48x32", "--frames", "2"]
    monkeypatch.setattr(sys, "argv", words)
    command.main()
    assert capsys.readouterr().out.count("camera") == 2
    assert {each.name for each in sequences_in(tmp_path)} == {"s2-000", "s2-001"}
    command.main()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", ["640", "640x", "axb", "641x360", "8x8"])
def test_a_size_that_cannot_be_is_refused_in_words(words, capsys):
    with pytest.raises(SystemExit):
        command.parser().parse_args(["--out", "x", "--size", words])
    assert "expected" in capsys.readouterr().err
