"""What composer otio writes is read by OpenTimelineIO itself, and means what a render does."""

from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import opentimelineio as otio
import pytest
from typer.testing import CliRunner

from composer.cli.app import app
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.plan.otio import otio_of
from composer.recipe import load_recipe
from composer.values import Size

SMALL = Size(32, 18)


@pytest.fixture
def footage(tmp_path):
    for name, frames in (("plate", 50), ("promo", 20), ("b", 40)):
        write_clip(tmp_path / f"{name}.mkv", size=SMALL, frames=frames, codec="ffv1", audio=name == "plate")
    cv2.imwrite(str(tmp_path / "card.png"), np.full((18, 32, 3), 90, np.uint8))
    return tmp_path


def timeline_of(folder, body, **options):
    """The document of a recipe as the library reads it, after the library has written it again itself."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"composer: 1\n{body}\n")
    plan = make_plan(load_recipe(recipe), output=folder / "out.mkv", use_cache=False, **options)
    read = otio.adapters.read_from_string(json.dumps(otio_of(plan)), "otio_json")
    return otio.adapters.read_from_string(otio.adapters.write_to_string(read, "otio_json"), "otio_json")


def seconds(time):
    return time.value / time.rate


def pieces(track):
    """(name, start in the file, length) of every item that takes time, in seconds."""
    return [
        (item.name, seconds(item.source_range.start_time), seconds(item.source_range.duration))
        for item in track
        if not isinstance(item, otio.schema.Transition)
    ]


PLATE = "sources: {plate: plate.mkv}\n"


def test_the_plate_is_a_clip_with_its_sound_under_it(footage):
    timeline = timeline_of(footage, PLATE + "edits: []")
    video, sound = timeline.tracks
    assert (video.kind, sound.kind) == ("Video", "Audio")
    assert pieces(video) == [("plate", 0, 2)]
    assert pieces(sound) == [("plate.mkv", 0, 2)]
    assert video[0].media_reference.target_url == (footage / "plate.mkv").as_uri()
    assert video[0].media_reference.available_range.duration == otio.opentime.RationalTime(50, 25)
    assert timeline.duration() == otio.opentime.RationalTime(50, 25)


def test_a_span_takes_the_same_frames_as_a_render(footage):
    (video, *_) = timeline_of(footage, PLATE + "edits: []", span="0.4s..1.2s").tracks
    assert pieces(video) == [("plate", 0.4, 0.8)]


def test_edits_and_mattes_go_along_as_metadata_with_markers_where_they_begin_and_end(footage):
    edits = (
        "edits:\n  - blur: {inside: key, radius: 4px, from: 0.4s, to: 1.2s}\n  - solid: {color: red, opacity: 0.5}\n"
    )
    timeline = timeline_of(footage, PLATE + "mattes: {key: {key: {color: '#00ff00'}}}\n" + edits)
    plate = timeline.tracks[0]
    assert [effect.effect_name for effect in plate.effects] == ["composer:blur", "composer:solid"]
    assert plate.effects[0].metadata["composer"]["radius"] == "4px"
    assert timeline.metadata["composer"]["mattes"]["key"]["key"]["color"] == "#00ff00"
    (marker,) = timeline.tracks.markers
    assert (marker.name, seconds(marker.marked_range.start_time)) == ("blur", 0.4)
    assert seconds(marker.marked_range.duration) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{file: promo.mkv, end: trim}", [("", 0, 0.4), ("promo", 0.4, 0.4), ("", 0, 1.2)]),
        ("{file: promo.mkv, start: 0.2s, end: trim}", [("", 0, 0.4), ("promo", 0.6, 0.2), ("", 0, 1.4)]),
        ("{file: promo.mkv}", [("", 0, 0.4), ("promo", 0.4, 0.4), ("promo", 0.76, 1.2)]),
        ("{file: promo.mkv, loop: true}", [("", 0, 0.4), ("promo", 0.4, 0.4), ("promo", 0, 0.8), ("promo", 0, 0.4)]),
        ("{file: promo.mkv, speed: 0.5}", [("", 0, 0.4), ("promo", 0.2, 1.2), ("promo", 0.76, 0.4)]),
        ("card.png", [("", 0, 0.4), ("promo", 0, 1.6)]),
    ],
)
def test_a_source_stands_where_it_is_shown_and_does_at_its_end_what_the_recipe_says(footage, source, wanted):
    body = f"sources: {{plate: plate.mkv, promo: {source}}}\n"
    timeline = timeline_of(footage, body + "edits: [{insert: {source: promo, place: [0, 0, 0.5, 0.5], from: 0.4s}}]")
    track = timeline.tracks[1]
    assert track.name == "insert: promo"
    assert [(name, pytest.approx(start), pytest.approx(length)) for name, start, length in wanted] == pieces(track)
    assert seconds(track.duration()) == pytest.approx(2)


def test_speed_and_hold_are_the_librarys_own(footage):
    body = "sources: {plate: plate.mkv, promo: {file: promo.mkv, speed: 2}}\n"
    (_, track, _) = timeline_of(footage, body + "edits: [{insert: {source: promo, place: [0, 0, 1, 1]}}]").tracks
    first, last = track
    assert isinstance(first.effects[0], otio.schema.LinearTimeWarp)
    assert first.effects[0].time_scalar == 2
    assert isinstance(last.effects[0], otio.schema.FreezeFrame)


TIMELINE = """sources:
  plate:
    timeline:
      - {clip: plate.mkv, start: 0.4s, stop: 1.6s}
      - {transition: dissolve, for: 0.4s}
      - {clip: b.mkv, speed: 2, stop: 1.6s}
      - {transition: wipe, for: 0.2s, direction: up}
      - {clip: card.png, for: 1s}
edits: []
"""


class TestTimelines:
    def test_clips_meet_in_the_middle_of_their_transitions(self, footage):
        timeline = timeline_of(footage, TIMELINE)
        video = timeline.tracks[0]
        names = [item.name for item in video]
        assert names == ["plate.mkv", "dissolve", "b.mkv", "wipe", "card.png"]
        # 30 frames, 10 shared with the next 20, of which 5 are shared with the last 25
        assert [(item[0], pytest.approx(item[1]), pytest.approx(item[2])) for item in pieces(video)] == [
            ("plate.mkv", 0.4, 1.0),
            ("b.mkv", 0.4, 0.48),
            ("card.png", 0, 0.92),
        ]
        dissolve, wipe = video[1], video[3]
        assert dissolve.transition_type == otio.schema.TransitionTypes.SMPTE_Dissolve
        assert (dissolve.in_offset.value, dissolve.out_offset.value) == (5, 5)
        assert (wipe.in_offset.value, wipe.out_offset.value) == (2, 3)
        assert wipe.metadata["composer"]["direction"] == "up"
        assert video[2].effects[0].time_scalar == 2
        assert timeline.duration().value == 60

    def test_the_length_is_that_of_the_render(self, footage):
        recipe = footage / "recipe.yaml"
        timeline = timeline_of(footage, TIMELINE)
        plan = make_plan(load_recipe(recipe), output=footage / "out.mkv", use_cache=False)
        assert timeline.tracks[0].duration().value == plan.frames

    def test_a_span_cuts_clips_and_transitions(self, footage):
        timeline = timeline_of(footage, TIMELINE, span="0.8s..1.52s")
        video = timeline.tracks[0]
        assert [item.name for item in video] == ["plate.mkv", "dissolve", "b.mkv", "wipe", "card.png"]
        assert [item.source_range.duration.value for item in (video[0], video[2], video[4])] == [5, 12, 1]
        assert (video[1].in_offset.value, video[3].out_offset.value) == (5, 1)
        timeline = timeline_of(footage, TIMELINE, span="1s..1.2s")
        assert [item.name for item in timeline.tracks[0]] == ["b.mkv"]


def test_numbered_pictures_are_an_image_sequence(footage):
    folder = footage / "hand"
    folder.mkdir()
    for number in range(7, 12):
        cv2.imwrite(str(folder / f"take_{number:04d}.png"), np.full((18, 32, 3), number, np.uint8))
    timeline = timeline_of(footage, "sources: {plate: {file: hand/take_%04d.png, rate: 24}}\nedits: []")
    media = timeline.tracks[0][0].media_reference
    assert isinstance(media, otio.schema.ImageSequenceReference)
    assert media.target_url_for_image_number(2) == f"{folder.as_uri()}/take_0009.png"
    assert (media.rate, timeline.duration().value) == (24, 5)


def test_the_command_writes_the_file_or_says_why_not(footage):
    recipe = footage / "recipe.yaml"
    recipe.write_text("composer: 1\n" + PLATE + "edits: []\n")
    run = CliRunner().invoke
    wrong = run(app, ["otio", str(recipe), "-o", str(footage / "out.xml")])
    assert wrong.exit_code == 2
    assert "end the name in .otio" in wrong.stderr
    done = run(app, ["otio", str(recipe), "-o", str(footage / "out.otio")])
    assert done.exit_code == 0
    read = otio.adapters.read_from_file(str(footage / "out.otio"))
    assert read.duration() == otio.opentime.RationalTime(50, 25)
    assert Fraction(read.tracks[0][0].source_range.duration.value) == 50
