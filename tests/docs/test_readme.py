"""Everything that the documentation shows runs."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
import typer
from PIL import Image

from composer import load_recipe, render_recipe
from composer.cli.app import app

ROOT = Path(__file__).parents[2]
sys.path[:0] = [path for path in (str(ROOT / "docs"),) if path not in sys.path]

from blocks import blocks, recipes  # noqa: E402 - docs/ is made importable just above
from make_reference import pages  # noqa: E402

README, GUIDE = ROOT / "README.md", ROOT / "docs" / "guide.md"
PAGES = [
    README,
    GUIDE,
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
RECIPES = recipes(README)
FRAGMENTS = recipes(GUIDE)


@pytest.fixture(scope="module")
def short_shot(tmp_path_factory) -> Path:
    """Twelve frames of the demo shot at half size, in which the walker passes the place of the sign."""
    target = tmp_path_factory.mktemp("shot") / "street.mkv"
    with av.open(str(ROOT / "assets" / "demo" / "street.mp4")) as source, av.open(str(target), "w") as container:
        stream = container.add_stream("ffv1", 25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for frame in islice(source.decode(video=0), 50, 62):
            container.mux(stream.encode(frame.reformat(width=320, height=180)))
        container.mux(stream.encode())
    return target


def placed(text: str, shot: Path) -> str:
    """A documented recipe with its plate shortened and its other files found from anywhere."""
    return text.replace("assets/demo/street.mp4", str(shot)).replace(" assets/", f" {ROOT}/assets/")


def pictures(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_of_the_readme_renders_and_changes_the_picture(name, tmp_path, short_shot):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(placed(RECIPES[name], short_shot))
    render_recipe(recipe, output=tmp_path / "out.mkv", segmenter="embedded", use_cache=False)
    before, after = pictures(short_shot), pictures(tmp_path / "out.mkv")
    assert before.shape == after.shape
    assert (np.abs(before.astype(int) - after) > 16).mean() > 0.005


def test_the_python_of_the_readme_runs(tmp_path, short_shot, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPOSER_CACHE", str(tmp_path / "cache"))
    Path("recipe.yaml").write_text(placed(RECIPES["swap"], short_shot))
    (block,) = blocks(README, "python")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block.text, str(README), "exec"), {})  # noqa: S102 - this project's own README
    assert said.getvalue().startswith("12 frames in")
    assert "walker [" in said.getvalue()


@pytest.mark.parametrize("name", FRAGMENTS)
def test_every_fragment_of_the_guide_is_a_valid_piece_of_a_recipe(name, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    rest = "edits:\n  - solid: {color: black, opacity: 0}\n" if "edits:" not in FRAGMENTS[name] else ""
    recipe.write_text("composer: 1\nsources: {plate: plate.mp4}\n" + FRAGMENTS[name] + rest)
    assert load_recipe(recipe).recipe.edits


def test_the_mistake_that_the_readme_shows_is_told_as_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("recipe.yaml").write_text(RECIPES["swap"].replace("keep: walker", "keep: waker"))
    (block,) = blocks(README, "text")
    with pytest.raises(Exception, match=re.escape(block.text.strip())):
        load_recipe(Path("recipe.yaml"))


OUTPUTS = re.findall(r"^\| `([\w./%]+)`(?: with `([^`]+)`)? \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("name", "options"), OUTPUTS)
def test_every_kind_of_output_that_the_guide_lists_can_be_written(name, options, tmp_path, short_shot):
    video = f"  video: {{{options}}}\n" if options else "  audio: none\n"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"composer: 1\nsources: {{plate: {short_shot}}}\nedits:\n  - solid: {{color: teal}}\noutput:\n{video}"
    )
    (tmp_path / "made" / name).parent.mkdir(parents=True)
    report = render_recipe(recipe, output=tmp_path / "made" / name)
    assert report.frames == 12
    written = sorted(path for path in (tmp_path / "made").rglob("*") if path.suffix == Path(name).suffix)
    assert len(written) == (12 if "%" in name else 1)
    np.testing.assert_allclose(pictures(written[0])[0].mean((0, 1)), (0, 128, 128), atol=4)


def commands(page: Path) -> list[str]:
    """Shell lines of a page that call this project, in blocks and in running text."""
    lines = [line for block in blocks(page, "sh") for line in block.text.splitlines()]
    lines += re.findall(r"`((?:composer|make) [^`]+)`", page.read_text(encoding="utf-8"))
    return [line.split("  #")[0].strip() for line in lines if line.startswith(("composer ", "make "))]


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in commands(page)}))
def test_every_documented_command_exists_with_its_options(line):
    tool, *words = shlex.split(line)
    if tool == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return
    command = typer.main.get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{line}: no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_and_picture_of_the_documentation_is_there(page):
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_every_recipe_of_the_readme_has_its_picture_and_pictures_stay_small():
    shown = {path.stem: path for path in (ROOT / "docs" / "pictures").glob("*.jpg")}
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(RECIPES) <= set(shown)
    for path in shown.values():
        assert f"pictures/{path.name}" in text, f"no page shows {path.name}"
        assert path.stat().st_size < 150_000
        with Image.open(path) as picture:
            assert picture.width <= 1200


def test_the_reference_is_what_the_models_say():
    """After a change of models, ``make docs`` writes it again."""
    for page, content in pages().items():
        assert page.read_text(encoding="utf-8") == content, f"{page.name} is out of date: run make docs"
