"""Timelines read: the right pictures at the right times, untouched where nothing asks for more."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from composer.errors import InputError
from composer.media import open_reader, probe
from composer.media.synthetic import clip_planes, write_clip
from composer.plan import make_plan
from composer.recipe import parse_recipe
from composer.render import render_plan
from composer.render.shots import plate_shot
from composer.render.timeline import TimelineReader, open_source
from composer.values import ColorTags, FrameRate, PixelFormat, Size, Span

SIZE = Size(16, 8)
NTSC = FrameRate(Fraction(30000, 1001))


def numbered(size=SIZE, *, base=40, step=2):
    """Clips whose every frame is one grey that tells its number."""

    def paint(index):
        luma = np.full(size.shape, base + step * index, np.uint8)
        chroma = np.full((-(-size.height // 2), -(-size.width // 2)), 128, np.uint8)
        return (luma, chroma, chroma)

    return paint


def planned(folder, *entries, extra="", edits="[]", **options):
    lines = "\n".join(f"      - {entry}" for entry in entries)
    text = f"composer: 1\nsources:\n  plate:\n{extra}    timeline:\n{lines}\nedits: {edits}\n"
    text += "output: {file: out.mkv, video: {codec: ffv1}}\n"
    return make_plan(parse_recipe(text, path=folder / "recipe.yaml"), use_cache=False, **options)


def shown(plan, span=None):
    """The grey of every frame."""
    with open_source(plan.plate) as reader:
        return [int(frame.planes[0][0, 0]) for frame in reader.frames(span or Span())]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    write_clip(folder / "a.mkv", size=SIZE, frames=10, paint=numbered())
    write_clip(folder / "b.mkv", size=SIZE, frames=10, paint=numbered(base=140))
    write_clip(folder / "ntsc.mp4", size=SIZE, frames=12, rate=NTSC, paint=numbered(step=4), codec="h264", quality=0)
    write_clip(folder / "thirty.mkv", size=SIZE, frames=12, rate=FrameRate(Fraction(30)), paint=numbered())
    vfr = [0, 40, 160, 200, 210, 400]
    write_clip(folder / "vfr.mkv", size=SIZE, pts=vfr, time_base=Fraction(1, 1000), paint=numbered())
    return folder


def test_a_single_clip_of_the_same_size_and_rate_comes_out_bit_for_bit(tmp_path):
    for pixels in ("yuv420p", "yuv422p10le", "gbrp"):
        write_clip(tmp_path / "a.mkv", size=Size(15, 9) if "422" in pixels else SIZE, frames=4, format=pixels)
        render_plan(planned(tmp_path, "a.mkv"))
        with open_reader(tmp_path / "a.mkv") as source, open_reader(tmp_path / "out.mkv") as output:
            pairs = list(zip(source.frames(), output.frames(), strict=True))
        assert len(pairs) == 4
        for before, after in pairs:
            assert (before.format, before.at.seconds) == (after.format, after.at.seconds)
            assert all(np.array_equal(a, b) for a, b in zip(before.planes, after.planes, strict=True))


def test_clips_follow_one_another(clips):
    plan = planned(clips, "{clip: a.mkv, start: 2f, stop: 4f}", "{clip: b.mkv, for: 2f}", "{clip: a.mkv, start: 9f}")
    assert shown(plan) == [44, 46, 140, 142, 58]


def test_frames_lie_on_the_grid_of_the_rate(clips):
    plan = planned(clips, "ntsc.mp4", "a.mkv")
    with open_source(plan.plate) as reader:
        frames = list(reader.frames())
    assert [(frame.at.pts, frame.at.time_base, frame.duration) for frame in frames] == [
        (index, Fraction(1001, 30000), 1) for index in range(24)
    ]
    assert all(frame.color == frames[0].color and frame.size == SIZE for frame in frames)


def test_a_rate_is_changed_by_the_last_picture_that_is_not_later(clips):
    greys = shown(planned(clips, "ntsc.mp4", extra="    rate: 25\n"))
    expected = [40 + 4 * int(Fraction(index, 25) * NTSC.value) for index in range(len(greys))]
    assert greys == expected
    assert len(greys) == 11  # 12 * 1001 / 30000 s, at 25 a second


def test_a_container_that_rounds_times_to_milliseconds_loses_no_picture(clips):
    assert shown(planned(clips, "thirty.mkv")) == [40 + 2 * index for index in range(12)]
    assert shown(planned(clips, "{clip: thirty.mkv, start: 2f, stop: 8f}")) == [44, 46, 48, 50, 52, 54]


def test_uneven_pictures_are_shown_when_it_is_their_time(clips):
    greys = shown(planned(clips, "vfr.mkv", extra="    rate: 25\n"))
    assert greys[:11] == [40, 42, 42, 42, 44, 46, 48, 48, 48, 48, 50]
    assert shown(planned(clips, "{clip: vfr.mkv, start: 0.36s, stop: 0.44s}", extra="    rate: 25\n")) == [48, 50]


def test_speed_repeats_or_leaves_out_pictures(clips):
    assert shown(planned(clips, "{clip: a.mkv, speed: 0.5, for: 5f}")) == [40, 40, 42, 42, 44]
    assert shown(planned(clips, "{clip: a.mkv, speed: 3}")) == [40, 46, 52, 58]


def test_between_two_pictures_a_blend_takes_its_share_of_both(clips):
    greys = shown(planned(clips, "{clip: a.mkv, speed: 0.5, between: blend}"))
    assert greys == [*range(40, 59), 58]


def test_flow_between_two_pictures_moves_what_a_blend_doubles(tmp_path):
    """A disc at half speed: between its places it is one disc, where a blend shows two half ones."""
    size = Size(64, 48)

    def disc(index):
        x, y = np.meshgrid(np.arange(64) + 0.5, np.arange(48) + 0.5)
        noise = np.random.default_rng(0).integers(60, 80, size.shape)
        luma = np.where(np.hypot(x - 16 - 6 * index, y - 24) < 8, 220, noise).astype(np.uint8)
        return (luma, np.full((24, 32), 128, np.uint8), np.full((24, 32), 128, np.uint8))

    write_clip(tmp_path / "disc.mkv", size=size, frames=3, paint=disc)
    true = disc(0.5)[0].astype(int)
    errors = {}
    for between in ("nearest", "blend", "flow"):
        plan = planned(tmp_path, f"{{clip: disc.mkv, speed: 0.5, between: {between}}}")
        with open_source(plan.plate) as reader:
            frames = list(reader.frames())
        assert np.array_equal(frames[2].planes[0], disc(1)[0])
        errors[between] = np.abs(frames[1].planes[0] - true).mean()
    assert errors["flow"] < 0.5 * min(errors["blend"], errors["nearest"])


def test_a_ramp_of_speed_takes_the_pictures_of_its_integral(clips):
    ramp = "{clip: b.mkv, speed: {0f: 2, 4f: 1}}"
    places = [Fraction(index * 2) - Fraction(index * index, 8) for index in range(4)]
    assert shown(planned(clips, ramp))[:6] == [140 + 2 * int(place) for place in [*places, 6, 7]]


def test_a_transition_shares_the_frames_of_both_clips(clips):
    plan = planned(clips, "{clip: a.mkv, stop: 4f}", "{transition: dissolve, for: 2f}", "{clip: b.mkv, stop: 4f}")
    assert plan.frames == 6
    assert shown(plan) == [40, 42, round(44 * 0.75 + 140 * 0.25), round(46 * 0.25 + 142 * 0.75), 144, 146]


def test_a_still_stands_and_a_luma_picture_leads(clips, tmp_path):
    import cv2  # noqa: PLC0415 - this test alone needs it

    for name in ("a.mkv", "b.mkv"):
        (tmp_path / name).symlink_to(clips / name)
    cv2.imwrite(str(tmp_path / "card.png"), np.full((8, 16, 3), 255, np.uint8))
    cv2.imwrite(str(tmp_path / "ramp.png"), np.repeat(np.array([[0, 255]], np.uint8), 8, 1).repeat(8, 0))
    assert shown(planned(tmp_path, "{clip: a.mkv, stop: 1f}", "{clip: card.png, for: 2f}")) == [40, 235, 235]
    luma = "{transition: luma, picture: ramp.png, for: 2f, soft: 0}"
    plan = planned(tmp_path, "{clip: a.mkv, stop: 2f}", luma, "{clip: b.mkv, stop: 2f}")
    with open_source(plan.plate) as reader:
        first, second = list(reader.frames())
    assert first.planes[0][0, [0, 15]].tolist() == [140, 40]
    assert second.planes[0][0, [0, 15]].tolist() == [142, 42]


def test_a_span_in_the_middle_opens_only_its_own_clips(clips, monkeypatch):
    plan = planned(clips, "a.mkv", "b.mkv", "thirty.mkv")
    opened = []
    real = open_reader
    monkeypatch.setattr(
        "composer.render.clip.open_reader", lambda path, **o: opened.append(path.name) or real(path, **o)
    )
    assert shown(plan, Span(Fraction(12, 25), Fraction(14, 25))) == [144, 146]
    assert opened == ["b.mkv"]
    whole = shown(plan)
    assert shown(plan, Span(Fraction(7, 25))) == whole[7:]


def test_never_more_than_two_clips_are_open(clips, monkeypatch):
    plan = planned(clips, *["{clip: a.mkv, for: 4f}", "{transition: dissolve, for: 2f}"] * 5, "{clip: b.mkv, for: 4f}")
    counts: list[int] = []
    with TimelineReader(plan.plate.timeline, plan.plate.info) as reader:
        counts.extend(len(reader._decks[0]._open) for _ in reader.frames())
    assert len(counts) == 14
    assert max(counts) == 2
    assert reader._decks == []


def test_brightness_alone_is_that_of_the_frames(clips):
    plan = planned(clips, "{clip: a.mkv, stop: 3f}", "{transition: wipe, for: 2f}", "b.mkv")
    with open_source(plan.plate) as reader:
        whole, grey = list(reader.frames()), list(reader.frames(luma=True))
    assert grey[0].format == PixelFormat("gray")
    assert all(np.array_equal(a.planes[0], b.planes[0]) for a, b in zip(whole, grey, strict=True))


def test_sizes_shapes_depths_and_turns_come_together(tmp_path):
    write_clip(tmp_path / "first.mkv", size=SIZE, frames=2)
    write_clip(tmp_path / "odd.mkv", size=Size(21, 11), frames=2)
    write_clip(tmp_path / "deep.mkv", size=SIZE, frames=2, format="yuv444p10le")
    write_clip(tmp_path / "turned.mp4", size=SIZE, frames=2, rotation=90, codec="h264", quality=0)
    write_clip(tmp_path / "wide.mp4", size=Size(8, 8), frames=2, sample_aspect=Fraction(2), codec="h264")
    plan = planned(tmp_path, "first.mkv", "odd.mkv", "deep.mkv", "turned.mp4", "wide.mp4")
    with open_source(plan.plate) as reader:
        frames = list(reader.frames())
    assert len(frames) == 10
    assert {(frame.size, frame.format.name, frame.color) for frame in frames} == {(SIZE, "yuv420p", frames[0].color)}
    bars = [int((frame.planes[0] == 16).all(axis=0).sum()) for frame in frames[::2]]
    assert bars == [0, 0, 0, 12, 0]  # 8x16 into 16x8 is 4 wide
    expected = clip_planes(0, SIZE, PixelFormat("yuv", 10))[0]
    assert np.abs(frames[4].planes[0].astype(int) - expected / 4).max() <= 1


def test_edits_and_mattes_work_on_a_timeline_and_in_a_span(clips):
    edits = "[{solid: {color: white, from: 12f}}]"
    plan = planned(clips, "a.mkv", "b.mkv", edits=edits, span=Span(Fraction(9, 25), Fraction(14, 25)))
    render_plan(plan)
    with open_reader(clips / "out.mkv") as reader:
        greys = [int(frame.planes[0][0, 0]) for frame in reader.frames()]
    assert greys == [58, 140, 142, 235, 235]
    assert probe(clips / "out.mkv").start == 0


def test_a_timeline_is_a_source_like_any_other(clips):
    text = """composer: 1
sources:
  plate: a.mkv
  other: {timeline: [{clip: b.mkv, stop: 2f}, {clip: b.mkv, start: 8f}], loop: true}
edits: [{insert: {source: other, place: [0, 0, 1, 1], fit: stretch}}]
output: {file: out.mkv, video: {codec: ffv1}}
"""
    render_plan(make_plan(parse_recipe(text, path=clips / "recipe.yaml"), use_cache=False))
    with open_reader(clips / "out.mkv") as reader:
        greys = [int(frame.planes[0][0, 0]) for frame in reader.frames()]
    assert greys == [140, 142, 156, 158, 140, 142, 156, 158, 140, 142]


def test_at_a_proxy_every_frame_is_the_whole_one_scaled(clips):
    plan = planned(clips, "a.mkv", "b.mkv", scale=0.5)
    frames = list(plate_shot(plan).frames())
    assert [int(frame.planes[0][0, 0]) for frame in frames] == shown(plan)
    assert {frame.size for frame in frames} == {Size(8, 4)}


def test_a_clip_that_breaks_off_is_an_error_and_leaves_nothing(tmp_path):
    write_clip(tmp_path / "a.mkv", size=SIZE, frames=2)
    whole = write_clip(tmp_path / "b.mp4", size=Size(64, 48), frames=30, codec="h264", quality=5)
    plan = planned(tmp_path, "a.mkv", "b.mp4")
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"b\.mp4"):
        render_plan(plan)
    assert not (tmp_path / "out.mkv").exists()


def test_a_matte_file_pairs_with_a_timeline_frame_by_frame_also_in_a_span(clips):
    def growing(index):
        return [np.repeat(np.where(np.arange(16) < index, 255, 0).astype(np.uint8)[None], 8, axis=0)]

    write_clip(clips / "matte.mkv", size=SIZE, frames=14, format="gray", paint=growing)
    text = """composer: 1
sources: {plate: {timeline: [a.mkv, {clip: b.mkv, for: 4f}]}}
mattes: {part: {file: matte.mkv}}
edits: [{solid: {color: white, matte: part}}]
output: {file: out.mkv, video: {codec: ffv1}}
"""
    loaded = parse_recipe(text, path=clips / "recipe.yaml")
    for span, expected in ((None, range(14)), (Span(Fraction(9, 25)), range(9, 14))):
        render_plan(make_plan(loaded, use_cache=False, span=span))
        with open_reader(clips / "out.mkv") as reader:
            covered = [int((frame.planes[0][4] == 235).sum()) for frame in reader.frames()]
        assert covered == list(expected)


def test_a_color_key_sees_the_colors_of_the_canvas(tmp_path):
    """Green of another matrix is the same green once the clips are one timeline."""
    green = {"bt709": (173, 42, 26), "smpte170m": (145, 54, 34)}
    for matrix, values in green.items():
        tags = ColorTags(matrix, "limited")
        shapes = (SIZE.shape, (4, 8), (4, 8))

        def paint(_, values=values, shapes=shapes):
            return tuple(np.full(shape, value, np.uint8) for shape, value in zip(shapes, values, strict=True))

        write_clip(tmp_path / f"{matrix}.mkv", size=SIZE, frames=2, color=tags, paint=paint)
    with open_source(planned(tmp_path, "bt709.mkv", "smpte170m.mkv").plate) as reader:
        first, *_, last = list(reader.frames())
    assert all(abs(int(a[0, 0]) - int(b[0, 0])) <= 1 for a, b in zip(first.planes, last.planes, strict=True))


def test_memory_is_that_of_two_clips_however_many_there_are(clips):
    few, many = (planned(clips, *["a.mkv", "b.mkv"] * count) for count in (1, 20))
    assert few.memory == many.memory > planned(clips, "a.mkv").memory
