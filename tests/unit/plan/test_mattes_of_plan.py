"""What a plan decides about mattes: who outlines them, what they need, and which frames they mean."""

from __future__ import annotations

from fractions import Fraction

import pytest

from composer.errors import ModelUnavailable
from composer.mask import matting
from composer.plan import make_plan
from composer.recipe import parse_recipe
from tests.plans import PLAIN, plan_of, refused

MOVING = PLAIN.replace("edits:", "mattes:\n  it: {moving: {segmenter: sam_vit_h}}\nedits:").replace(
    "color", "matte: it, color"
)


def test_weights_that_a_matte_asks_for_and_that_are_not_here_are_refused(footage, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("COMPOSER_WEIGHTS", raising=False)
    message = refused(footage, text=MOVING)
    assert "recipe.yaml:5:" in message
    assert "sam_vit_h" in message


def test_weights_that_the_command_line_asks_for_and_that_are_not_here_are_refused(footage, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("COMPOSER_WEIGHTS", raising=False)
    loaded = parse_recipe(MOVING.replace("segmenter: sam_vit_h", ""), path=footage / "recipe.yaml")
    with pytest.raises(ModelUnavailable, match="sam_vit_b"):
        make_plan(loaded, segmenter="sam_vit_b")
    for asked, name in (("auto", "embedded"), ("classical", "classical")):
        chosen = make_plan(loaded, segmenter=asked).segmenter
        assert (chosen.name, bool(chosen.reason)) == (name, True)


FINE = PLAIN.replace("edits:", "mattes:\n  it: {moving: {}, edges: fine}\nedits:").replace("color", "matte: it, color")


def test_fine_edges_are_refused_with_their_place_where_pymatting_is_missing(footage, monkeypatch):
    fine, fast = (
        make_plan(parse_recipe(text, path=footage / "recipe.yaml"))
        for text in (FINE, FINE.replace(", edges: fine", ""))
    )
    assert fine.mattes[0].spec.edges == "fine"
    assert "pymatting" in dict(fine.versions)
    assert "pymatting" not in dict(fast.versions)
    assert fine.memory > fast.memory + (100 << 20)
    monkeypatch.setattr(matting, "is_installed", lambda: False)
    message = refused(footage, text=FINE)
    assert "recipe.yaml:5:27: edges: fine needs pymatting" in message
    assert "pip install 'composer-video[fine]'" in message


def test_a_fine_foreground_is_refused_with_its_place_where_pymatting_is_missing(footage, monkeypatch):
    text = PLAIN.replace("edits:", "mattes:\n  it: {key: {color: green}}\nedits:")
    text = text[: text.index("edits:")] + "edits:\n  - background: {color: red, keep: it, foreground: fine}\n" + OUT
    assert "pymatting" in dict(plan_of(footage, text=text).versions)
    monkeypatch.setattr(matting, "is_installed", lambda: False)
    message = refused(footage, text=text)
    assert "recipe.yaml:7:52: foreground: fine needs pymatting" in message
    assert "(edits[0].background.foreground)" in message


OUT = "output: {file: out.mp4}\n"


POINTED = PLAIN.replace("edits:", "mattes:\n  it: {prompt: {points: [[0.5, 0.5]], at: 6f}}\nedits:").replace(
    "color", "matte: it, color"
)


def test_a_prompt_means_the_same_frame_whatever_part_is_rendered(footage):
    assert plan_of(footage, text=POINTED).mattes[0].spec.prompt.at.moment.seconds == Fraction(6, 25)
    assert plan_of(footage, text=POINTED, span="4f..8f").mattes[0].spec.prompt.at.moment.seconds == Fraction(2, 25)
    late = POINTED.replace("plate: plate.mp4", "plate: {file: plate.mp4, start: 1f}")
    assert plan_of(footage, text=late, span="4f..8f").mattes[0].spec.prompt.at.moment.seconds == Fraction(2, 25)


@pytest.mark.parametrize(("span", "at"), [("0f..6f", "6f"), ("7f..9f", "6f"), (None, "10f"), (None, "99s")])
def test_a_prompt_on_a_frame_that_is_not_used_is_refused(footage, span, at):
    message = refused(footage, text=POINTED.replace("6f", at), span=span)
    assert "recipe.yaml:5:" in message
    assert "is not used (mattes.it.prompt.at)" in message


CORRECTED = POINTED.replace("at: 6f", "at: 6f, corrections: [{at: 8f, include: [[0.2, 0.2]]}]")


def test_corrections_mean_the_same_frames_whatever_part_is_rendered(footage):
    def times(**options):
        return [one.at.moment.seconds for one in plan_of(footage, **options).mattes[0].spec.prompt.corrections]

    assert times(text=CORRECTED) == [Fraction(8, 25)]
    assert times(text=CORRECTED, span="4f..9f") == [Fraction(4, 25)]
    assert times(text=CORRECTED, span="4f..8f") == []
    message = refused(footage, text=CORRECTED.replace("8f", "10f"))
    assert "is not in the shot (mattes.it.prompt.corrections[0].at)" in message


@pytest.mark.parametrize(
    ("file", "words"), [("odd.mkv", "odd.mkv is 63x47, the plate is 64x48"), ("mute.mp4", "mute.mp4 has many pictures")]
)
def test_a_prompt_s_mask_is_one_picture_of_the_plate_s_size(footage, file, words):
    text = POINTED.replace("points: [[0.5, 0.5]]", "mask: picture.png")
    assert plan_of(footage, text=text).mattes[0].info.kind == "still"
    message = refused(footage, text=text.replace("picture.png", file))
    assert words in message
    assert "(mattes.it.prompt.mask)" in message
    assert "recipe.yaml:5:" in message


@pytest.mark.parametrize(("asked", "planned"), [("auto", "none"), ("sam_vit_h", "none"), ("classical", "classical")])
def test_motion_alone_needs_no_segmenter_and_keeps_the_classical_path(footage, asked, planned):
    text = MOVING.replace("segmenter: sam_vit_h", "flow: alone")
    chosen = make_plan(parse_recipe(text, path=footage / "recipe.yaml"), segmenter=asked).segmenter
    assert (chosen.name, chosen.reason) == (planned, "flow: alone asks no segmenter")
