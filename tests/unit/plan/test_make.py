"""Plans: everything resolved, everything that cannot work refused with its line."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction

import numpy as np
import pytest

from composer.errors import PlanError
from composer.media.synthetic import write_clip
from composer.plan import as_json, as_text
from composer.values import ColorTags, FrameRate, Quad, Size, Span
from tests.plans import PLAIN, RATE, SIZE, plan_of, refused


def test_a_plan_has_everything_resolved(footage):
    plan = plan_of(footage)
    assert plan.plate.path == footage / "plate.mp4"
    assert (plan.size, plan.frames, plan.span) == (SIZE, 10, Span())
    assert set(plan.sources) == {"pic", "promo"}
    promo = plan.sources["promo"]
    assert (promo.start, promo.speed, promo.end) == (Fraction(1, 5), Fraction(1, 2), "loop")
    assert [matte.name for matte in plan.mattes] == ["hand", "other"]
    assert plan.regions["wall"] == Quad(np.array([[16, 12], [32, 12], [32, 24], [8, 24]], np.float64))
    assert plan.output.path == footage / "out.mp4"
    assert plan.output.settings.codec == "h264"
    assert plan.output.audio.mode == "copy"
    assert plan.segmenter.name == "none"
    assert plan.memory > 0
    assert dict(plan.versions)["composer"]
    assert any("no edit uses the matte unused" in warning for warning in plan.warnings)


def test_equal_inputs_give_equal_plans(footage):
    assert plan_of(footage) == plan_of(footage)
    assert as_json(plan_of(footage)) == as_json(plan_of(footage))
    assert plan_of(footage) != plan_of(footage, "speed: 0.5", "speed: 0.6")


def test_the_digest_is_of_the_meaning_not_of_the_layout(footage):
    first = plan_of(footage).recipe_digest
    assert plan_of(footage, "composer: 1", "# a comment\ncomposer:   1").recipe_digest == first
    assert plan_of(footage, "#00b140", "#00b141").recipe_digest != first


def test_a_plan_reads_well_and_is_json(footage):
    text = as_text(plan_of(footage))
    assert "plate     " in text
    assert "10 frames" in text
    assert "insert source: promo" in text
    facts = json.loads(as_json(plan_of(footage)))
    assert facts["plate"]["info"]["size"] == "64x48"
    assert facts["edits"][0]["background"]["keep"] == "other"


def test_a_proxy_scales_regions_and_keeps_even_sizes(footage):
    plan = plan_of(footage, scale=0.5)
    assert plan.size == Size(32, 24)
    assert plan.output.size == Size(32, 24)
    assert plan.regions["wall"] == Quad(np.array([[8, 6], [16, 6], [16, 12], [4, 12]], np.float64))


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_a_scale_out_of_range_is_refused(footage, scale):
    assert "--scale" in refused(footage, scale=scale)


def test_a_span_is_cut_from_what_the_recipe_uses(footage):
    cut = ("plate: plate.mp4", "plate: {file: plate.mp4, start: 2f, stop: 8f}")
    plan = plan_of(footage, *cut)
    assert (plan.span, plan.frames) == (Span(Fraction(2, 25), Fraction(8, 25)), 6)
    plan = plan_of(footage, *cut, span="1f..3f")
    assert (plan.span, plan.frames) == (Span(Fraction(3, 25), Fraction(5, 25)), 2)
    plan = plan_of(footage, *cut, span="4f..99f")
    assert (plan.span, plan.frames) == (Span(Fraction(6, 25), Fraction(8, 25)), 2)
    assert plan.output.audio.mode == "encode"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("5", "expected start..end"),
        ("a..b", "expected a time"),
        ("3s..2s", "expected 0 <= start < end"),
        ("9s..", "there are 0.4s to use"),
        ("0.21s..0.22s", "no frame begins between 0.21s and 0.22s"),
        ("0.361s..", "no frame begins between 0.361s and 0.4s"),
    ],
)
def test_a_bad_span_is_refused(footage, span, words):
    assert words in refused(footage, span=span)


def test_a_span_between_two_frames_of_a_timeline_is_refused(footage):
    text = PLAIN.replace("plate: plate.mp4", "plate: {timeline: [plate.mp4]}")
    assert "no frame begins" in refused(footage, text=text, span="0.21s..0.22s")
    assert plan_of(footage, text=text, span="0.2s..0.22s").frames == 1


def test_a_short_span_of_uneven_footage_holds_what_it_holds(footage, tmp_path):
    write_clip(
        tmp_path / "plate.mp4", size=SIZE, frames=4, codec="h264", pts=[0, 30, 50, 900], time_base=Fraction(1, 1000)
    )
    assert plan_of(tmp_path, text=PLAIN, span="0.04s..0.06s").frames == 1
    assert "no frame begins" in refused(tmp_path, text=PLAIN, span="0.06s..0.07s")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("plate: plate.mp4", "plate: gone.mp4", 3, "gone.mp4: there is no such file (sources.plate)"),
        ("plate: plate.mp4", "plate: picture.png", 3, "is a picture; the plate has to be a video"),
        ("plate: plate.mp4", "plate: {file: plate.mp4, loop: true}", 3, "loop: the plate runs once"),
        ("plate: plate.mp4", "plate: {file: plate.mp4, speed: 2}", 3, "speed: the plate runs once"),
        ("plate: plate.mp4", "plate: {file: plate.mp4, start: 9s}", 3, "start (9s) is past the end"),
        ("start: 0.2s", "stop: 0.41s", 5, "stop (0.41s) is past the end of mute.mp4, which is 0.4s long"),
        ("start: 0.2s", "start: 2s, stop: 1s", 5, "stop (1s) is not after start (2s)"),
        ("plate: plate.mp4", "plate: 'http://a.b/c.mp4'", 3, "c.mp4"),
        ("source: pic,", "source: gone.png,", 13, "gone.png: there is no such file (edits[0].background.source)"),
        ('hand:   {key: {color: "#00b140"}}', "hand: {file: small.mp4}", 9, "small.mp4 is 32x24, the plate is 64x48"),
        ('hand:   {key: {color: "#00b140"}}', "hand: {file: short.mp4}", 9, "has 5 frames, the plate has 10"),
        ('hand:   {key: {color: "#00b140"}}', "hand: {key: {clean: small.mp4}}", 9, "small.mp4 is 32x24"),
        ("[0.5, 0.25]", "[1.2, 0.25]", 11, "the top-right corner of 'wall' lies outside the picture: 1.2"),
        ("[0.5, 0.25]", "[0.5, -0.25]", 11, "the top-right corner of 'wall' lies outside the picture: (32, -12)"),
        ("[0.5, 0.5]", "[900px, 0.5]", 11, "the bottom-right corner of 'wall' lies outside"),
        ("[0.5, 0.25], [0.5, 0.5]", "[0.5, 0.5], [0.5, 0.25]", 11, "its corners cross, are mirrored"),
        ("{corners: [[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [8px, 24px]]}", "{box: [0, 0, 1, 65px]}", 11, "outside"),
        ("file: out.mp4", "file: out.avi", 16, "no video file ends in '.avi'"),
        ("file: out.mp4", "file: gone/out.mp4", 16, "there is no folder"),
        ("file: out.mp4", "file: plate.mp4", 16, "the output plate.mp4 is also an input"),
        ("file: out.mp4", "file: sub/../picture.png", 16, "the output picture.png is also an input"),
        ("file: out.mp4", "file: out.mp4\n  video: {codec: vp8}", 17, "video codec 'vp8' is not known"),
        ("file: out.mp4", "file: out.mp4\n  video: {codec: ffv1}", 17, "ffv1 does not go into this kind of file"),
        ("file: out.mp4", "file: out.mp4\n  video: {preset: warp}", 17, "there is no preset 'warp'"),
        ("file: out.mp4", "file: out.mp4\n  video: {format: rgb24}", 17, "expected a planar pixel format"),
        ("file: out.mp4", "file: out.mp4\n  audio: promo", 17, "'promo' has no sound: mute.mp4"),
        ("file: out.mp4", "file: out.mp4\n  audio: some.wav", 17, "sound comes from a source with a name"),
        ("file: out.mp4", "file: one.png", 16, "takes one picture only, and there are 10"),
        ("file: out.mp4", "file: folder.mp4", 16, "folder.mp4 is a folder, and a video is one file"),
        ("file: out.mp4", "file: strangers", 16, "holds other files (notes.txt)"),
        ("file: out.mp4", "file: afile", 16, "is a file, not a folder"),
        ("speed: 0.5}", "speed: 0.5, rate: 50}", 5, "only a sequence of pictures takes a rate"),
        ("region: wall,", "place: [100px, 0, 120px, 1],", 14, "this box lies outside the picture"),
        (
            "region: wall,",
            "region: wall, crop: [900px, 0, 920px, 1],",
            14,
            "this box lies outside the picture, which is",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_its_line(footage, old, new, line, words):
    (footage / "sub").mkdir(exist_ok=True)
    (footage / "folder.mp4").mkdir(exist_ok=True)
    (footage / "strangers").mkdir(exist_ok=True)
    (footage / "strangers" / "notes.txt").write_text("mine")
    (footage / "afile").write_text("mine")
    message = refused(footage, old, new)
    assert f"recipe.yaml:{line}:" in message
    assert words in message


def test_an_odd_size_is_refused_where_the_codec_cannot_hold_it(footage):
    assert "odd size 63x47" in refused(footage, "plate: plate.mp4", "plate: odd.mkv", text=PLAIN)
    assert plan_of(footage, "out.mp4", "out.mkv", text=PLAIN.replace("plate.mp4", "odd.mkv") + FFV1).size == Size(
        63, 47
    )


FFV1 = "  video: {codec: ffv1}\n"


def test_the_plates_format_is_kept_or_refused(footage):
    assert plan_of(footage, "plate.mp4", "deep.mkv", text=PLAIN).output.format.name == "yuv420p10le"
    assert "cannot store yuv420p10le" in refused(footage, "plate: plate.mp4", "plate: deep.mkv", text=WEBM)


WEBM = PLAIN.replace("out.mp4", "out.webm")


def test_alpha_is_kept_dropped_on_demand_or_refused(footage):
    write_clip(footage / "soft.mkv", size=SIZE, frames=3, rate=RATE, format="yuva420p")
    soft = PLAIN.replace("plate.mp4", "soft.mkv")
    assert "format: yuv420p" in refused(footage, text=soft)
    assert plan_of(footage, text=soft + "  video: {format: yuv420p}\n").output.format.name == "yuv420p"
    assert plan_of(footage, text=soft.replace("out.mp4", "out.webm")).output.format.name == "yuva420p"


def test_a_sequence_of_rgb_pictures_becomes_yuv_and_says_so(footage):
    plan = plan_of(footage, "plate.mp4", "{file: frames, rate: 30000/1001}", text=PLAIN)
    assert plan.output.format.name == "yuv420p"
    assert (plan.output.color.matrix, plan.output.color.range) == ("bt709", "limited")
    assert plan.plate.info.rate == FrameRate(Fraction(30000, 1001))
    assert plan.frames == 4
    assert any("gbrp" in warning for warning in plan.warnings)


def test_the_command_lines_output_wins(footage, tmp_path):
    assert plan_of(footage, output=tmp_path / "mine.mkv").output.path == tmp_path / "mine.mkv"


def test_nowhere_to_write_says_how_to_name_it(footage):
    assert "-o out.mp4" in refused(footage, "  file: out.mp4", "  reproducible: true")


def test_a_link_to_an_input_is_an_input(footage, tmp_path):
    (tmp_path / "link.mp4").symlink_to(footage / "plate.mp4")
    assert "also an input" in refused(footage, output=tmp_path / "link.mp4")


def test_an_existing_other_file_may_be_replaced(footage, tmp_path):
    shutil.copy(footage / "plate.mp4", tmp_path / "copy.mp4")
    assert plan_of(footage, output=tmp_path / "copy.mp4").output.path == tmp_path / "copy.mp4"


def test_sound_follows_the_recipe(footage):
    assert plan_of(footage, "file: out.mp4", "file: out.mp4\n  audio: none").output.audio is None
    assert plan_of(footage, "plate.mp4", "mute.mp4", text=PLAIN).output.audio is None
    gif = plan_of(footage, "out.mp4", "out.gif", text=PLAIN)
    assert gif.output.audio is None
    assert any("no sound" in warning for warning in gif.warnings)


def test_another_sources_sound_starts_with_the_plate_and_ends_with_it(footage):
    text = (
        PLAIN.replace("plate: plate.mp4", "plate: mute.mp4\n  band: {file: plate.mp4, start: 0.08s}")
        + "  audio: band\n"
    )
    track = plan_of(footage, text=text).output.audio
    assert track.start + track.offset == 0
    assert track.end - track.start == Fraction(10, 25)
    cut = plan_of(footage, text=text, span="2f..4f").output.audio
    assert cut.start + cut.offset == 0
    assert cut.end - cut.start == Fraction(2, 25)


def test_a_reproducible_output_fixes_its_threads(footage):
    plan = plan_of(footage, "file: out.mp4", "file: out.mp4\n  reproducible: true")
    assert plan.output.settings.reproducible
    assert plan.output.settings.threads == 2


def test_a_plan_error_is_a_recipe_error_with_its_place(footage):
    with pytest.raises(PlanError) as caught:
        plan_of(footage, "plate: plate.mp4", "plate: gone.mp4")
    assert (caught.value.line, caught.value.column, caught.value.field) == (3, 10, "sources.plate")


def test_pictures_are_never_written_into_the_folder_that_they_are_read_from(footage):
    text = PLAIN.replace("plate.mp4", '"frames/%05d.png"')
    for name in ("frames", "frames/out_%05d.png"):
        assert "none are written into it" in refused(footage, "out.mp4", name, text=text)


def test_a_name_that_no_segmenter_or_device_has_is_refused_even_where_none_is_needed(footage):
    assert "banana" in refused(footage, text=PLAIN, segmenter="banana")
    assert "unknown device" in refused(footage, text=PLAIN, device="potato")


def test_settings_that_the_codec_has_no_use_for_are_said(footage):
    text = PLAIN.replace("out.mp4", "out.mkv") + "  video: {codec: ffv1, quality: 20, preset: fast}\n"
    said = plan_of(footage, text=text).warnings
    assert "ffv1 has no quality: 20 is not used" in said
    assert "ffv1 has no preset: fast is not used" in said


LOUD = """\
composer: 1
sources: {plate: plate.mp4, promo: {file: loud.mp4, speed: 2}}
edits:
  - insert: {source: promo, place: [0, 0, 0.5, 0.5]}
output: {file: out.mp4, audio: promo}
"""


def test_sound_follows_neither_speed_nor_loop_and_that_is_said(footage):
    shutil.copy(footage / "plate.mp4", footage / "loud.mp4")
    assert "runs at speed 2; sound is not stretched" in refused(footage, text=LOUD)
    assert any("is not looped" in line for line in plan_of(footage, "speed: 2", "loop: true", text=LOUD).warnings)
    assert plan_of(footage, ", speed: 2", "", text=LOUD).warnings == ()


def test_sound_that_has_ended_before_the_span_begins_is_none(footage):
    shutil.copy(footage / "plate.mp4", footage / "loud.mp4")
    assert plan_of(footage, "speed: 2", "stop: 0.1s", text=LOUD, span="0s..0.2s").output.audio.end == Fraction(1, 10)
    assert plan_of(footage, "speed: 2", "stop: 0.1s", text=LOUD, span="0.2s..").output.audio is None


ODD_MATRIX = """\
composer: 1
sources: {plate: ictcp.mkv, pic: picture.png}
mattes: {hand: {key: {luma: [0.5, 1]}}}
edits:
  - blur: {outside: hand, radius: 4px}
output: {file: out.mkv, video: {codec: ffv1}}
"""


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("blur: {outside: hand, radius: 4px}", "solid: {color: red}", "edits[0].solid"),
        ("blur: {outside: hand, radius: 4px}", "background: {source: pic, keep: hand}", "edits[0].background"),
        ("luma: [0.5, 1]", "color: '#00b140'", "mattes.hand.key"),
        ("codec: ffv1", "codec: ffv1, format: yuv444p", "output.video.format"),
    ],
)
def test_colours_that_cannot_be_converted_are_refused_where_something_would_convert_them(footage, old, new, field):
    write_clip(footage / "ictcp.mkv", size=SIZE, frames=3, rate=RATE, color=ColorTags("ictcp", "limited"))
    message = refused(footage, old, new, text=ODD_MATRIX)
    assert "colours in ictcp, which cannot be converted" in message
    assert field in message


def test_colours_that_cannot_be_converted_pass_where_nothing_converts_them(footage):
    write_clip(footage / "ictcp.mkv", size=SIZE, frames=3, rate=RATE, color=ColorTags("ictcp", "limited"))
    assert plan_of(footage, text=ODD_MATRIX).output.color.matrix == "ictcp"


def test_a_source_whose_colours_cannot_be_converted_is_refused_at_the_edit_that_shows_it(footage):
    write_clip(footage / "ictcp.mkv", size=SIZE, frames=3, rate=RATE, color=ColorTags("ictcp", "limited"))
    message = refused(footage, "source: pic,", "source: ictcp.mkv,")
    assert "edits[0].background.source" in message
