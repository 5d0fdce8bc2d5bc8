"""Every command: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from composer import __version__
from composer.cli.app import app
from composer.cli.options import settings_of
from composer.effects import EFFECTS
from composer.errors import RecipeError
from composer.media import open_reader
from composer.media.synthetic import write_clip
from composer.recipe.templates import list_templates
from composer.render.stills import rgb_of
from composer.values import FrameRate, Size
from composer.weights import model_file

SIZE = Size(64, 48)
RECIPE = """\
composer: 1
params:
  tint: {type: color, default: red}
sources: {plate: plate.mkv}
mattes: {disc: {key: {luma: [0.5, 1]}}}
regions: {wall: {box: [0.25, 0.25, 0.5, 0.5]}}
edits:
  - solid: {color: "${tint}", region: wall}
  - blur: {inside: disc, radius: 2px}
output: {file: out.mkv, video: {codec: ffv1}}
"""


@pytest.fixture
def folder(tmp_path):
    write_clip(tmp_path / "plate.mkv", size=SIZE, frames=6, rate=FrameRate(Fraction(25)))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path


def run(*args: object, status: int = 0):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exit_code == status, result.output
    return result


def events(stdout: str) -> list[dict]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_the_version_is_printed():
    assert run("--version").stdout.strip() == f"composer {__version__}"


def test_help_names_every_command():
    shown = run("--help").stdout
    for command in (
        "render",
        "check",
        "plan",
        "preview",
        "mattes",
        "effects",
        "schema",
        "templates",
        "new",
        "models",
        "doctor",
        "eval",
    ):
        assert command in shown


def test_check_opens_no_footage(folder):
    (folder / "plate.mkv").unlink()
    assert "fine (1 source, 1 matte, 2 edits)" in run("check", folder / "recipe.yaml").stdout
    assert events(run("check", folder / "recipe.yaml", "--json").stdout)[0]["edits"] == 2


def test_check_takes_a_template_by_its_name_without_footage():
    for each in list_templates():
        assert "fine" in run("check", each.name).stdout


def test_check_refuses_with_status_2_and_says_why_on_stderr(folder):
    (folder / "recipe.yaml").write_text(RECIPE.replace("region: wall", "region: wal"))
    result = run("check", folder / "recipe.yaml", status=2)
    assert result.stdout == ""
    assert "unknown region 'wal'" in result.stderr
    assert "did you mean 'wall'?" in result.stderr


def test_an_error_is_told_to_machines_as_well(folder):
    (folder / "recipe.yaml").write_text("composer: 9")
    event = events(run("check", folder / "recipe.yaml", "--json", status=2).stdout)[-1]
    assert (event["event"], event["status"], event["kind"]) == ("error", 2, "RecipeError")


def test_debug_shows_the_trace_and_keeps_the_status(folder):
    result = run("check", folder / "gone.yaml", "--debug", status=2)
    assert "Traceback" in result.stderr
    assert "Traceback" not in run("check", folder / "gone.yaml", status=2).output


def test_plan_prints_text_or_json(folder):
    assert "64x48" in run("plan", folder / "recipe.yaml", "--no-cache").stdout
    facts = json.loads(run("plan", folder / "recipe.yaml", "--no-cache", "--json").stdout)
    assert (facts["frames"], facts["cache"]) == (6, None)


def test_render_writes_the_output_and_reports_on_stderr(folder):
    result = run("render", folder / "recipe.yaml", "--no-cache")
    assert result.stdout == ""
    assert "6 frames" in result.stderr
    assert (folder / "out.mkv").stat().st_size > 0


def test_render_takes_output_span_scale_and_parameters(folder):
    target = folder / "cut.mkv"
    args = ["-o", target, "--span", "1f..4f", "--scale", "0.5", "--set", "tint=blue", "--no-cache", "--json"]
    found = events(run("render", folder / "recipe.yaml", *args).stdout)
    assert found[-1]["event"] == "report"
    assert found[-1]["frames"] == 3
    assert {event["stage"] for event in found if event["event"] == "progress"} >= {"render"}
    with_size = json.loads(run("plan", folder / "recipe.yaml", *args[:-2], "--json").stdout)
    assert with_size["size"] == "32x24"
    assert not (folder / "out.mkv").exists()


def test_render_says_nothing_when_asked_to_be_quiet(folder):
    assert run("render", folder / "recipe.yaml", "--no-cache", "--quiet").output == ""


def test_a_wrong_setting_is_refused(folder):
    assert "expected a colour" in run("render", folder / "recipe.yaml", "--set", "tint=gren", status=2).stderr
    assert "did you mean 'tint'?" in run("render", folder / "recipe.yaml", "--set", "tnt=red", status=2).stderr
    assert "expected NAME=VALUE" in run("render", folder / "recipe.yaml", "--set", "tint", status=2).stderr


def test_settings_are_read_in_order_and_may_hold_equals_signs():
    assert settings_of(["a=1", "b=x=y", "a=2"]) == {"a": "2", "b": "x=y"}
    with pytest.raises(RecipeError, match="NAME=VALUE"):
        settings_of(["=1"])


def test_preview_writes_the_frame_at_a_time(folder):
    target = folder / "still.png"
    run("preview", folder / "recipe.yaml", "--at", "3f", "-o", target, "--no-cache")
    picture = cv2.imread(str(target))
    assert picture.shape == (48, 64, 3)
    run("render", folder / "recipe.yaml", "--no-cache")
    assert np.abs(picture.astype(int) - rendered(folder / "out.mkv", 3).astype(int)).max() <= 2


def rendered(path: Path, index: int):
    with open_reader(path) as reader:
        frame = list(reader.frames())[index]
    return rgb_of(frame)[..., ::-1]


def test_preview_shows_the_right_frame_and_not_its_neighbour(folder):
    """The comparison above can fail: another frame is further away than that."""
    run("preview", folder / "recipe.yaml", "--at", "3f", "-o", folder / "still.png", "--no-cache")
    run("render", folder / "recipe.yaml", "--no-cache")
    picture = cv2.imread(str(folder / "still.png")).astype(int)
    assert np.abs(picture - rendered(folder / "out.mkv", 2).astype(int)).max() > 20


def test_preview_of_a_recipe_without_a_file_asks_no_encoder(folder):
    write_clip(folder / "see.mkv", size=Size(33, 17), frames=3, rate=FrameRate(Fraction(25)), format="yuva420p")
    recipe = folder / "see.yaml"
    recipe.write_text("composer: 1\nsources: {plate: see.mkv}\nedits:\n  - solid: {color: red, opacity: 0.5}\n")
    run("preview", recipe, "--at", "1f", "-o", folder / "see.png", "--no-cache")
    assert cv2.imread(str(folder / "see.png")).shape == (17, 33, 3)


def test_preview_makes_a_contact_sheet_with_outlines(folder):
    target = folder / "sheet.png"
    run("preview", folder / "recipe.yaml", "-o", target, "--frames", 5, "--columns", 3, "--no-cache")
    sheet = cv2.imread(str(target))
    assert sheet.shape == (2 * (360 + 22), 3 * 480, 3)
    orange = (np.abs(sheet.astype(int) - (0, 159, 230)).max(axis=2) < 40).sum()
    assert orange > 100
    assert not sheet[382:, 960:].any()


@pytest.mark.parametrize(("args", "words"), [(["--at", "9s"], "no frame at 9s"), (["--at", "soon"], "expected a time")])
def test_preview_refuses_a_time_that_is_not_there(folder, args, words):
    assert words in run("preview", folder / "recipe.yaml", *args, "-o", folder / "a.png", status=2).stderr
    assert not (folder / "a.png").exists()


def test_preview_refuses_what_is_no_png(folder):
    assert "a preview is a PNG" in run("preview", folder / "recipe.yaml", "-o", folder / "a.jpg", status=2).stderr


def test_effects_are_listed_and_shown(folder):
    listed = run("effects").stdout
    assert all(kind in listed for kind in EFFECTS)
    shown = run("effects", "blur").stdout
    assert "radius: length or keyframes" in shown
    assert EFFECTS["blur"].example in shown
    assert json.loads(run("effects", "blur", "--json").stdout)["properties"]["radius"]
    assert set(json.loads(run("effects", "--json").stdout)) == set(EFFECTS)
    assert "did you mean 'blur'?" in run("effects", "blurr", status=2).stderr


def test_schema_prints_json():
    assert json.loads(run("schema").stdout)["title"] == "Composer recipe"


def test_templates_are_listed_and_copied(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = [each["name"] for each in json.loads(run("templates", "--json").stdout)]
    assert len(names) >= 6
    assert "blur_background" in run("templates").stdout
    run("new", "blur_background")
    run("check", "blur_background.yaml")
    assert "exists already" in run("new", "blur_background", status=2).stderr
    assert "did you mean" in run("new", "blur_backgroun", "-o", "x.yaml", status=2).stderr


def test_models_are_listed_with_what_each_is_for(tmp_path):
    listed = events(run("models", "list", "--json", "--weights", tmp_path).stdout)
    assert {model["name"] for model in listed} >= {"sam_vit_b", "sam_vit_h"}
    assert "sam_vit_b" in run("models", "list").stdout


def test_a_model_that_is_not_here_or_not_known_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "composer models download" in run("models", "verify", "sam_vit_b", "--weights", tmp_path, status=2).stderr
    assert "no model is called" in run("models", "download", "sam", status=2).stderr
    assert "no model is called" in run("models", "get", "sam", status=2).stderr  # as it was called at first


def test_a_model_file_that_is_something_else_is_refused(tmp_path):
    model = model_file("sam_vit_b")
    with (tmp_path / model.file).open("wb") as file:
        file.truncate(model.size)
    assert "is not sam_vit_b" in run("models", "verify", "sam_vit_b", "--weights", tmp_path, status=2).stderr


def test_doctor_names_every_ffmpeg_codec_and_weight():
    rows = json.loads(run("doctor", "--json").stdout)
    names = {row["name"] for row in rows}
    assert {
        "inside av",
        "inside opencv",
        "inside imageio-ffmpeg",
        "h264",
        "vp9",
        "prores",
        "classical",
        "sam_vit_b",
    } <= names
    assert all(row["found"] for row in rows)
    assert "inside opencv" in run("doctor").stdout


def composer(*args: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "composer", *(str(arg) for arg in args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_a_stopped_render_ends_with_130_and_leaves_nothing(folder, number):
    write_clip(folder / "plate.mkv", size=Size(640, 480), frames=150, rate=FrameRate(Fraction(25)))
    before = sorted(folder.iterdir())
    process = composer("render", folder / "recipe.yaml", "--no-cache", "--json")
    for line in process.stdout:
        if json.loads(line).get("stage") == "render":
            break
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "stopped" in stderr
    assert "Traceback" not in stderr
    assert sorted(folder.iterdir()) == before


LOADED = "import sys; print(sorted({'torch', 'torchvision', 'moviepy', 'scipy'} & set(sys.modules)))"


@pytest.mark.parametrize("command", ["check", "plan"])
def test_check_and_plan_never_import_torch(folder, command):
    code = f"from composer.cli import main\ntry:\n    main(['{command}', 'recipe.yaml'])\nexcept SystemExit as e:\n    print(e.code)\n{LOADED}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    assert ran.stdout.splitlines()[-2:] == ["0", "[]"]


def test_check_loads_no_media_library(folder):
    code = "from composer.cli import main\ntry:\n    main(['check', 'recipe.yaml'])\nexcept SystemExit:\n    pass\nimport sys; print('av' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    assert ran.stdout.splitlines()[-1] == "False"


def test_help_starts_quickly():
    """Measured as processor time, so that a busy machine does not matter; the limit is 0.4 s and some room."""
    best = min(_processor_seconds() for _ in range(3))
    assert best < 0.6


def _processor_seconds() -> float:
    before = os.times()
    subprocess.run([sys.executable, "-m", "composer", "--help"], capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_output_that_nobody_reads_ends_quietly():
    process = composer("schema")
    process.stdout.close()
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sheet.jpg", "a preview is a PNG"),
        ("gone/sheet.png", "there is no folder"),
        ("sky.png", "is also an input"),
    ],
)
def test_a_preview_that_cannot_be_written_is_refused_before_anything_is_computed(folder, monkeypatch, name, words):
    monkeypatch.setattr("composer.render.run.make_mattes", None)
    cv2.imwrite(str(folder / "sky.png"), np.full((8, 8, 3), 9, np.uint8))
    before = (folder / "sky.png").read_bytes()
    (folder / "recipe.yaml").write_text(RECIPE.replace("edits:", "edits:\n  - insert: {source: sky.png, region: wall}"))
    assert words in run("preview", folder / "recipe.yaml", "-o", folder / name, status=2).stderr
    assert (folder / "sky.png").read_bytes() == before


def test_a_preview_says_what_a_render_would_warn_of(folder):
    (folder / "recipe.yaml").write_text(RECIPE.replace("codec: ffv1", "codec: ffv1, quality: 3"))
    shown = run("preview", folder / "recipe.yaml", "-o", folder / "sheet.png", "--no-cache")
    assert "warning: ffv1 has no quality: 3 is not used" in shown.stderr


def test_a_report_that_cannot_be_written_says_that_the_video_is_complete(folder):
    (folder / "out.mkv.report.json").mkdir()
    stderr = run("render", folder / "recipe.yaml", "--no-cache", status=2).stderr
    assert "out.mkv.report.json cannot be written" in stderr
    assert "is complete" in stderr
    assert sorted(path.name for path in folder.iterdir()) == [
        "out.mkv",
        "out.mkv.report.json",
        "plate.mkv",
        "recipe.yaml",
    ]


def test_a_full_disk_is_told_in_words(folder, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device", "out.mkv")

    monkeypatch.setattr("composer.render.render_plan", full)
    assert run("render", folder / "recipe.yaml", status=1).stderr == "out.mkv: No space left on device\n"


def test_a_report_has_the_time_of_every_stage(folder):
    run("render", folder / "recipe.yaml", "--no-cache")
    report = json.loads((folder / "out.mkv.report.json").read_text())
    assert set(report["stages"]) == {"mattes", "tracks", "decode", "compose", "encode"}
