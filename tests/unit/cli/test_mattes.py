"""The mattes and eval commands: files by name, one per frame, and an exit status that says when nothing moves."""

from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from composer.cli.app import app
from composer.media import open_reader, probe
from composer.media.synthetic import disc_mask, write_clip
from composer.values import FrameRate, Size

SIZE = Size(160, 96)
COUNT = 8


def run(*args: object, status: int = 0):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert status is None or result.exit_code == status, result.output
    return result


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shot")
    write_clip(folder / "clip.mkv", size=SIZE, frames=COUNT, rate=FrameRate(Fraction(25)), format="yuv420p10le")
    (folder / "frames").mkdir()
    (folder / "truth").mkdir()
    with open_reader(folder / "clip.mkv") as reader:
        for index, frame in enumerate(reader.frames()):
            grey = (frame.planes[0] >> 2).astype(np.uint8)
            cv2.imwrite(str(folder / "frames" / f"shot_{index + 5:03d}.png"), np.dstack([grey] * 3))
    return folder


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("COMPOSER_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


def overlap(found, index) -> float:
    truth = disc_mask(index, SIZE)
    return np.count_nonzero((found > 127) & truth) / np.count_nonzero((found > 127) | truth)


def test_a_clip_gives_one_numbered_grey_picture_per_frame(shot, tmp_path):
    result = run("mattes", shot / "clip.mkv", "-o", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{index:05d}.png" for index in range(COUNT)]
    pictures = [cv2.imread(str(tmp_path / "out" / name), cv2.IMREAD_UNCHANGED) for name in names]
    assert all(picture.shape == (96, 160) and picture.dtype == np.uint8 for picture in pictures)
    assert np.mean([overlap(picture, index) for index, picture in enumerate(pictures)]) > 0.7
    assert f"{COUNT} frames" in result.stdout
    assert "moving" in result.stdout
    assert sorted(tmp_path.iterdir()) == [tmp_path / "out"]


def test_a_sequence_keeps_the_names_of_its_pictures(shot, tmp_path):
    run("mattes", shot / "frames", "-o", tmp_path / "out", "--span", "2f..5f")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"shot_{n:03d}.png" for n in (7, 8, 9)]


def test_the_report_is_a_file_of_its_own_and_told_in_words(shot, tmp_path):
    result = run(
        "mattes",
        shot / "clip.mkv",
        "-o",
        tmp_path / "out",
        "--report",
        tmp_path / "report.json",
        "--sheet",
        tmp_path / "sheet.png",
    )
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[1] == 1600
    found = json.loads((tmp_path / "report.json").read_text())
    assert found["frames"] == COUNT
    assert found["seconds"][3] == pytest.approx(3 / 25)
    (disc,) = found["objects"]
    assert disc["index"] == list(range(COUNT))
    assert found["confidence"] == pytest.approx(np.mean(found["confidences"]), abs=1e-3)
    assert "object 1 is there from frame 0 (0.00 s), stays to frame 7 (0.28 s)" in result.stdout


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_computed(shot, tmp_path):
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "out", "--report", tmp_path / "report.txt", status=2)
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "out", "--report", tmp_path / "no" / "report.json", status=2)
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "out", "--sheet", tmp_path / "sheet.jpg", status=2)
    assert list(tmp_path.iterdir()) == []


def test_objects_get_a_folder_each_and_sum_up_to_all(shot, tmp_path):
    found = run("mattes", shot / "clip.mkv", "-o", tmp_path / "each", "--objects", "--json").stdout
    facts = json.loads(found.splitlines()[-1])
    ids = [one["object_id"] for one in facts["objects"]]
    assert sorted(path.name for path in (tmp_path / "each").iterdir()) == [f"object_{one}" for one in ids]
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "all")
    whole = cv2.imread(str(tmp_path / "all" / "00003.png"), cv2.IMREAD_UNCHANGED)
    parts = [cv2.imread(str(tmp_path / "each" / f"object_{one}" / "00003.png"), cv2.IMREAD_UNCHANGED) for one in ids]
    assert np.array_equal(whole > 127, np.maximum.reduce(parts) > 127)


def test_moving_and_static_are_exact_complements(shot, tmp_path):
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "moving")
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "static", "--static")
    for index in range(COUNT):
        pair = [cv2.imread(str(tmp_path / kind / f"{index:05d}.png"), -1).astype(int) for kind in ("moving", "static")]
        assert (sum(pair) == 255).all()


def test_a_matte_video_is_lossless_and_equals_the_pictures(shot, tmp_path):
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "matte.mkv")
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "out")
    with open_reader(tmp_path / "matte.mkv") as reader:
        frames = list(reader.frames())
    assert probe(tmp_path / "matte.mkv").format.name == "gray"
    for index, frame in enumerate(frames):
        assert np.array_equal(frame.planes[0], cv2.imread(str(tmp_path / "out" / f"{index:05d}.png"), -1))
    assert len(frames) == COUNT


@pytest.mark.parametrize(("name", "into"), [("png16", "deep"), ("exr", "deep"), ("ffv1", "deep.mkv")])
def test_formats_of_16_bits_hold_the_same_matte(shot, tmp_path, name, into):
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "out")
    run("mattes", shot / "clip.mkv", "-o", tmp_path / into, "--format", name)
    with open_reader(tmp_path / into) as reader:
        planes = [frame.planes[0] for frame in reader.frames()]
    assert {plane.dtype.name for plane in planes} == {"uint16"}
    for index, plane in enumerate(planes):
        flat = cv2.imread(str(tmp_path / "out" / f"{index:05d}.png"), -1).astype(int)
        assert np.abs(plane.astype(int) - 257 * flat).max() <= 129
    assert len(planes) == COUNT


@pytest.mark.parametrize(("name", "codec", "maximum"), [("cut.mov", "prores", 1023), ("cut.webm", "vp9", 255)])
def test_a_cut_out_carries_the_matte_as_alpha(shot, tmp_path, name, codec, maximum):
    run("mattes", shot / "clip.mkv", "-o", tmp_path / name)
    run("mattes", shot / "clip.mkv", "-o", tmp_path / "out")
    with open_reader(tmp_path / name) as reader:
        assert codec in reader.info.codec
        assert reader.info.format.has_alpha
        frames = list(reader.frames())
    matte = cv2.imread(str(tmp_path / "out" / "00003.png"), -1)
    depth = (1 << frames[3].format.depth) - 1
    alpha = frames[3].planes[3] / depth * 255
    assert np.abs(alpha - matte).mean() < 2
    with open_reader(shot / "clip.mkv") as reader:
        plate = list(reader.frames())[3]
    inside = cv2.erode(matte, np.ones((9, 9))) == 255
    assert np.abs(frames[3].planes[0] / depth - plate.planes[0] / 1023)[inside].mean() < 0.02


def test_things_of_any_kind_come_with_ids_that_pick_them_again(shot, tmp_path):
    clip = shot / "clip.mkv"
    said = json.loads(
        run("mattes", clip, "-o", tmp_path / "a", "--kind", "automatic", "--json").stdout.splitlines()[-1]
    )
    ids = [one["object_id"] for one in said["objects"]]
    assert len(ids) == len(set(ids)) >= 1
    mover = max(said["objects"], key=lambda one: one["moving_score"])["object_id"]
    run("mattes", clip, "-o", tmp_path / "b", "--kind", "automatic", "--object", mover)
    picture = cv2.imread(str(tmp_path / "b" / "00004.png"), cv2.IMREAD_UNCHANGED)
    assert overlap(picture, 4) > 0.6
    still = run("mattes", clip, "-o", tmp_path / "c", "--kind", "static_objects", "--json", status=None)
    assert mover not in [one["object_id"] for one in json.loads(still.stdout.splitlines()[0]).get("objects", [])]


def test_footage_in_which_nothing_moves_is_told_by_the_exit_status(tmp_path):
    still = np.random.default_rng(3).integers(60, 190, (96, 160), np.uint8)
    chroma = np.full((48, 80), 128, np.uint8)
    write_clip(tmp_path / "still.mkv", size=SIZE, frames=6, paint=lambda _: (still, chroma, chroma))
    result = run("mattes", tmp_path / "still.mkv", "-o", tmp_path / "out", status=3)
    assert "nothing moves by itself" in result.stderr
    assert not any(cv2.imread(str(path), -1).any() for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["gone.mp4", "-o", "out"], "no such file"),
        (["clip.mkv", "-o", "out.mp4"], "no alpha goes in there"),
        (["clip.mkv", "-o", "gone/out"], "there is no folder"),
        (["clip.mkv", "-o", "clip"], "is a file, not a folder"),
        (["clip.mkv", "-o", "out", "--span", "9s.."], "there are 0.32s to use"),
        (["clip.mkv", "-o", "out", "--rate", "fast"], "frame rate"),
        (["clip.mkv", "-o", "out", "--objects", "--static"], "exclude each other"),
        (["clip.mkv", "-o", "out", "--kind", "things"], "--kind things"),
        (["clip.mkv", "-o", "out", "--kind", "automatic", "--static"], "exclude each other"),
        (["clip.mkv", "-o", "out", "--text", "car", "--static"], "exclude each other"),
        (["clip.mkv", "-o", "out", "--pick", "nearest"], "belong together"),
        (["clip.mkv", "-o", "out", "--static", "--pick", "largest"], "--pick does not fit a matte of kind static"),
        (["clip.mkv", "-o", "out", "--object", "0"], "--object does not fit"),
        (["clip.mkv", "-o", "out", "--text", "red car"], 'pip install "composer-video[text]"'),
        (["clip.mkv", "-o", "out", "--rate", "25"], "has times of its own"),
        (["clip.mkv", "-o", "out.mkv", "--objects"], "--objects writes one folder per object"),
        (["clip.mkv", "-o", "out", "--format", "ffv1"], "end the name in .mkv"),
        (["clip.mkv", "-o", "out.mov", "--format", "png16"], "name a folder"),
        (["clip.mkv", "-o", "out", "--format", "tiff"], "one of png8, png16, exr, ffv1, prores, vp9"),
        (["clip.mkv", "-o", "clip.mkv"], "is also an input"),
        (["clip.mkv", "-o", "folder.mkv"], "is a folder"),
        (["frames", "-o", "frames"], "is also an input"),
    ],
)
def test_what_cannot_work_is_refused_and_leaves_nothing(shot, tmp_path, monkeypatch, args, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mkv").symlink_to(shot / "clip.mkv")
    (tmp_path / "clip").write_text("a file")
    (tmp_path / "frames").symlink_to(shot / "frames")
    (tmp_path / "folder.mkv").mkdir()
    before = sorted(tmp_path.iterdir())
    result = run("mattes", *args, status=2)
    assert words in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def dataset_in(folder, shot, names=("disc",)):
    for name in names:
        (folder / name / "groundtruth").mkdir(parents=True)
        (folder / name / "input").symlink_to(shot / "frames")
        for index in range(COUNT):
            mask = disc_mask(index, SIZE).astype(np.uint8) * 255
            cv2.imwrite(str(folder / name / "groundtruth" / f"gt{index + 5:06d}.png"), mask)
    return folder


def events_of(result):
    rows = [json.loads(line, parse_constant=pytest.fail) for line in result.stdout.splitlines()]
    return {kind: [row for row in rows if row["event"] == kind] for kind in {row["event"] for row in rows}}


def test_eval_measures_against_ground_truth_and_writes_a_page(shot, tmp_path):
    folder = dataset_in(tmp_path / "set", shot)
    events = events_of(run("eval", folder, "--json", "--report", tmp_path / "page.html"))
    (found,), (mean,) = events["sequence"], events["mean"]
    assert (found["name"], found["frames"]) == ("disc", COUNT)  # folders count to their ends
    assert found["J"] > 0.7
    assert found["J_recall"] == 1
    assert abs(found["IoU"] - found["J"]) < 0.1
    assert 0 < found["T"] < 1
    assert [row[0] for row in found["curve"]] == list(range(COUNT))
    assert np.mean([row[1] for row in found["curve"]]) == pytest.approx(found["J"])
    assert mean["J"] == found["J"]
    assert list(mean["stages"]) == ["flow", "net", "steady", "prompts", "masks", "mattes"]
    assert mean["stages"]["mattes"]["J"] == found["J"]
    assert mean["stages"]["masks"]["J"] == pytest.approx(found["J"], abs=0.05)
    assert mean["stages"]["prompts"]["points"] == 1
    (score,), (network,) = events["moving_score"], events["network"]
    assert score["count"] == sum(count for *_, count in score["curve"]) >= COUNT - 1
    assert network["calibration_error"] < 0.1
    assert "published" not in events
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("data:image/jpeg;base64,") == 2
    assert f"{found['J']:.3f}" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "set"]


def test_eval_tells_the_stages_asked_for_and_leaves_out_of_the_mean_what_stands_apart(shot, tmp_path):
    folder = dataset_in(tmp_path, shot, ("disc", "other"))
    for index in range(COUNT):  # as if all of it moved
        whole = np.full((SIZE.height, SIZE.width), 255, np.uint8)
        cv2.imwrite(str(folder / "other" / "groundtruth" / f"gt{index + 5:06d}.png"), whole)
    lines = run("eval", folder, "--stage", "net", "--apart", "other").stdout.splitlines()
    disc, mean = (next(line for line in lines if line.startswith(name)) for name in ("disc", "mean"))
    assert "J 0." in disc
    assert disc.split("J ")[1].split()[0] == mean.split("J ")[1].split()[0]
    assert mean.endswith("(without other)")
    assert len([line for line in lines if line.startswith("  net ")]) == 3
    assert not [line for line in lines if line.startswith("  flow ")]
    assert any(line.startswith("moving score: AUC") for line in lines)


def test_eval_compares_the_uses_of_flow_and_the_inputs_in_one_table(shot, tmp_path):
    folder = dataset_in(tmp_path, shot)
    ways = ("--flow", "alone,prompts", "--input", "color", "--input", "grey")
    lines = run("eval", folder, *ways, "--segmenter", "classical").stdout.splitlines()
    assert [line for line in lines if line.startswith("flow:")] == [
        f"flow: {flow}, input: {kind}" for flow in ("alone", "prompts") for kind in ("color", "grey")
    ]
    table = [line.split() for line in lines[-5:]]
    assert table[0] == ["flow", "input", "J", "F", "T", "flicker", "IoU"]
    assert [row[:2] for row in table[1:]] == [[f, i] for f in ("alone", "prompts") for i in ("color", "grey")]
    scores = [float(row[2]) for row in table[1:]]
    assert min(scores) > 0.3
    # The clip is grey already.
    assert (scores[0], scores[2]) == (scores[1], scores[3])
    assert scores[0] != scores[2]


def test_mattes_of_motion_alone_ask_no_segmenter(shot, tmp_path):
    result = run("mattes", shot / "clip.mkv", "-o", tmp_path / "out", "--flow", "alone", "--input", "grey")
    assert "segmenter none (flow: alone asks no segmenter)" in result.stdout
    words = "--flow prompt: expected one of prompts, picture, alone"
    assert words in run("mattes", shot / "clip.mkv", "-o", tmp_path / "x", "--flow", "prompt", status=2).stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--sequence", "nobody"], "no such sequence: nobody\n  the data set has disc"),
        (["--apart", "nobody"], "no such sequence: nobody"),
        (["--flow", "prompts,none"], "--flow none: expected one of prompts, picture, alone"),
        (["--input", "gray"], "--input gray: expected one of color, grey"),
        (["--flow", "picture,alone", "--report", "page.html"], "--report shows one way, got 2 of --flow and --input"),
        (["--stage", "nets"], "no such stage: nets\n  one of flow, net"),
        (["--report", "page.txt"], "page.txt: the report is a page"),
    ],
)
def test_eval_refuses_what_is_not_there_before_any_work(shot, tmp_path, args, words):
    folder = dataset_in(tmp_path, shot)
    assert words in run("eval", folder, *args, status=2).stderr
    assert "no sequences with ground truth" in run("eval", shot, status=2).stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("published.json", b"{", "published.json: cannot be read as published scores"),
        ("disc/groundtruth/gt000006.png", b"no picture", "gt000006.png: cannot be read as a mask"),
        (
            "disc/groundtruth/gt000006.png",
            cv2.imencode(".png", np.zeros((10, 20), np.uint8))[1].tobytes(),
            "disc: frame 1 is 160x96, its ground truth 20x10",
        ),
    ],
)
def test_eval_refuses_broken_ground_truth_by_name(shot, tmp_path, name, content, words):
    folder = dataset_in(tmp_path, shot)
    (folder / name).write_bytes(content)
    assert words in run("eval", folder, status=2).stderr


def test_eval_refuses_ground_truth_that_says_nothing(shot, tmp_path):
    folder = dataset_in(tmp_path, shot)
    for path in (folder / "disc" / "groundtruth").iterdir():
        cv2.imwrite(str(path), np.full((SIZE.height, SIZE.width), 170, np.uint8))
    assert "disc: its ground truth says nothing of any frame" in run("eval", folder, status=2).stderr
