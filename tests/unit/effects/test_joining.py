"""How a subject and its new background come together: despill, edges from inside, light from behind, matched colours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.effects import Background, Inputs, Picture
from composer.pixels.alpha import over
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.pixels.rgb import unit_rgb
from composer.pixels.settle import extended, settled
from composer.pixels.spill import despilled
from composer.values import Box, ColorTags, Frame, FrameRate, Homography, Matte, PixelFormat, Size

SIZE, RGB, TAGS = Size(96, 64), PixelFormat("rgb"), ColorTags("rgb", "full")
YUV, TAGS_709 = PixelFormat("yuv"), ColorTags("bt709", "limited")
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def picture_of(array, pixels=RGB, tags=TAGS):
    return frame_from_rgb(np.asarray(array, np.uint8), pixels, tags)


def flat(rgb, size=SIZE):
    return picture_of(np.full((*size.shape, 3), rgb))


def soft_half(width=8):
    """0 on the left, full on the right, a ramp in the middle."""
    ramp = np.clip((np.arange(96) + 0.5 - 48) / width + 0.5, 0, 1)
    return Matte(np.tile(np.rint(ramp * 255).astype(np.uint8), (64, 1)))


def mixed(subject, behind, matte):
    share = matte.alpha[..., None] / 255
    return picture_of(np.rint(np.array(subject) * share + np.array(behind) * (1 - share)))


def given(plate, matte=None, **named):
    return Inputs(plate, Fraction(0), FrameRate(Fraction(25)), mattes={"it": matte or soft_half()}, **named)


def shown(inputs, **body):
    layer = Background.model_validate({"keep": "it", **body}).apply(inputs)
    return np.stack(over(inputs.plate, layer).planes, axis=-1).astype(int)


class TestDespill:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ((100, 100, 100), (100, 100, 100)),  # grey has no green to take
            ((200, 50, 90), (200, 50, 90)),
            ((100, 160, 100), (142.9, 142.9, 142.9)),  # 60 too much; 0.7152 of it comes back as grey
            ((80, 160, 120), (122.9, 142.9, 162.9)),
            ((0, 255, 0), (182.4, 182.4, 182.4)),
            ((0, 0, 0), (0, 0, 0)),
        ],
    )
    def test_green_is_limited_to_the_mean_of_red_and_blue_and_luma_stays(self, before, after):
        planes = despilled(flat(before).planes, "green", 1.0, RGB, TAGS)
        assert [int(plane[0, 0]) for plane in planes] == pytest.approx(after, abs=0.6)
        luma = np.array([0.2126, 0.7152, 0.0722])
        assert np.dot([int(plane[0, 0]) for plane in planes], luma) == pytest.approx(np.dot(before, luma), abs=0.6)

    def test_blue_screens_too_and_half_takes_half(self):
        planes = despilled(flat((100, 100, 180)).planes, "blue", 0.5, RGB, TAGS)
        assert [int(plane[0, 0]) for plane in planes] == pytest.approx((102.9, 102.9, 142.9), abs=0.6)

    @pytest.mark.parametrize("subsampling", [(0, 0), (1, 1)])
    def test_of_yuv_luma_stays_bit_for_bit_and_once_is_enough(self, subsampling):
        pixels = PixelFormat("yuv", 10, subsampling)
        colors = np.random.default_rng(2).integers(0, 255, (20, 22, 3)).astype(np.uint8)
        frame = frame_from_rgb(colors.repeat(2, 0).repeat(2, 1), pixels, TAGS_709)
        once = despilled(frame.planes, "green", 1.0, pixels, TAGS_709)
        again = despilled(once, "green", 1.0, pixels, TAGS_709)
        assert np.array_equal(once[0], frame.planes[0])
        assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(once, again, strict=True))
        rgb = unit_rgb(once, pixels, TAGS_709)
        assert (rgb[..., 1] - (rgb[..., 0] + rgb[..., 2]) / 2).max() < 0.005

    def test_nothing_asked_is_nothing_changed(self):
        frame = flat((30, 200, 40))
        assert all(a is b for a, b in zip(despilled(frame.planes, "green", 0, RGB, TAGS), frame.planes, strict=True))

    def test_a_background_takes_it_off_the_subject_alone(self):
        matte = soft_half()
        inputs = given(mixed((100, 140, 100), (0, 200, 0), matte))
        picture = shown(inputs, color="#0000ff", despill=1)
        assert (picture[:, :40] == (0, 0, 255)).all()
        assert (np.abs(picture[:, 56:] - 128.6) < 1.5).all()
        assert np.abs(picture[:, 40:56, 1] - picture[:, 40:56, 0]).max() <= 3  # no green left in the soft edge either


class TestForeground:
    def test_the_soft_edge_holds_the_subjects_colour_and_the_new_background(self):
        matte = soft_half()
        wanted = mixed((200, 60, 40), (20, 30, 240), matte)
        inputs = given(mixed((200, 60, 40), (0, 220, 0), matte))
        for foreground in ("auto", "local", "fine"):
            if foreground == "fine":
                pytest.importorskip("pymatting")
            picture = shown(inputs, color="#141ef0", foreground=foreground, despill=0)
            assert np.abs(picture - np.stack(wanted.planes, axis=-1)).max() <= 3

    @pytest.mark.parametrize("subsampling", [(0, 0), (1, 1), (2, 0)])
    def test_a_dark_background_leaves_no_trace_of_a_bright_one(self, subsampling):
        """What would have to be put over the plate is below black: the edge has to be finished instead."""
        pixels, matte = PixelFormat("yuv", 8, subsampling), soft_half()
        plate, wanted = (
            frame_from_rgb(np.stack(mixed((90, 60, 50), behind, matte).planes, -1), pixels, TAGS_709)
            for behind in (WHITE, BLACK)
        )
        layer = Background.model_validate({"keep": "it", "color": "black"}).apply(given(plate, matte))
        found = over(plate, layer)
        assert all(np.abs(a.astype(int) - b).max() <= 3 for a, b in zip(found.planes, wanted.planes, strict=True))

    def test_an_extended_edge_hides_a_rim_of_the_old_background(self):
        """The matte is two pixels too wide: what it keeps there is the old background's white."""
        matte = soft_half(4)
        rim = np.full((64, 96, 3), WHITE)
        rim[:, 50:] = (120, 60, 30)
        inputs = given(picture_of(rim), matte)
        plain, hidden = (shown(inputs, color="black", edge_extend=extend) for extend in ("0px", "6px"))
        assert plain[32, 48:51].max() > 120 + 10
        assert hidden[32].max() <= 120 + 10
        assert (hidden[:, 58:] == (120, 60, 30)).all()

    def test_extending_keeps_a_flat_subject(self):
        planes = extended(flat((9, 99, 199)).planes, soft_half().alpha, 5.0, RGB)
        assert [int(plane[3, 60]) for plane in planes] == [9, 99, 199]
        assert all((plane == plane[0, 0]).all() for plane in planes)


class TestLightAndColors:
    def test_light_of_the_new_background_spreads_over_the_edge_and_no_further(self):
        inputs = given(flat((60, 60, 60)), soft_half(2))
        picture = shown(inputs, color="white", light_wrap=1, wrap_radius="6px")
        row = picture[32, :, 0]
        assert (row[:46] == 255).all()
        assert row[49] > 150
        assert (np.diff(row[49:60]) <= 0).all()
        assert (row[60:] == 60).all()

    def test_black_gives_no_light(self):
        inputs = given(flat((60, 60, 60)), soft_half(2))
        lit, plain = (shown(inputs, color="black", light_wrap=amount) for amount in (1, 0))
        assert np.abs(lit - plain).max() <= 1

    def test_the_subject_comes_to_the_background_or_the_background_to_the_subject(self):
        matte = soft_half(2)
        inputs = given(mixed((100, 100, 100), (10, 20, 30), matte))
        subject = shown(inputs, color="#c86432", match_color=0.5)
        assert (subject[:, :44] == (200, 100, 50)).all()
        assert (np.abs(subject[:, 60:] - (150, 100, 75)) <= 1).all()
        background = shown(inputs, color="#c86432", match_color=0.5, match="background")
        assert (np.abs(background[:, :44] - (150, 100, 75)) <= 1).all()
        assert (background[:, 60:] == 100).all()

    def test_what_is_kept_and_not_changed_stays_bit_for_bit(self):
        frame = frame_from_rgb(
            np.random.default_rng(1).integers(0, 255, (64, 96, 3)).astype(np.uint8),
            PixelFormat("yuv", 8, (1, 1)),
            TAGS_709,
        )
        inputs = given(frame)
        body = {"keep": "it", "color": "white", "light_wrap": 1, "wrap_radius": "3px", "edge_extend": "2px"}
        result = over(frame, Background.model_validate(body).apply(inputs))
        assert np.array_equal(result.planes[0][:, 64:], frame.planes[0][:, 64:])
        assert np.array_equal(result.planes[1][:, 32:], frame.planes[1][:, 32:])

    def test_settling_an_unchanged_subject_is_plain_over(self):
        matte, plate, new = soft_half(), flat((10, 200, 90)), flat((240, 20, 60))
        planes, coverage = settled(new.planes, matte.alpha, plate.planes, plate.planes, RGB)
        assert (coverage[:, 60:] == 0).all()
        wanted = np.array((10, 200, 90)) * (matte.alpha[0, :, None] / 255) + np.array((240, 20, 60)) * (
            1 - matte.alpha[0, :, None] / 255
        )
        assert np.abs(np.stack(planes, -1)[0] - wanted).max() <= 0.51


class TestCamera:
    def given(self, shift):
        x = np.tile(np.arange(96), (64, 1))
        inputs = given(flat(BLACK), Matte(np.zeros(SIZE.shape, np.uint8)))
        stripes = Picture(picture_of(np.stack([x, x, x], -1)), "x")
        moved = None if shift is None else Homography(np.array([[1, 0, shift], [0, 1, 0], [0, 0, 1]], float))
        return replace(inputs, sources={"far": stripes}, camera=lambda: moved)

    def test_the_background_goes_where_the_camera_sees_it_and_is_mirrored_beyond(self):
        row = shown(self.given(10), source="far", attach="camera")[32, :, 0]
        assert list(row[10:]) == list(range(86))
        assert list(row[:10]) == list(range(9, -1, -1))

    def test_without_a_camera_and_on_the_screen_it_rests(self):
        for body, shift in (({"attach": "camera"}, None), ({}, 10)):
            assert list(shown(self.given(shift), source="far", **body)[32, :, 0]) == list(range(96))

    def test_overscan_leaves_room_at_the_borders(self):
        row = shown(self.given(8), source="far", attach="camera", overscan=1.25)[32, :, 0]
        assert (np.diff(row) >= 0).all()
        assert row[0] == pytest.approx((0.5 + 12 - 8) / 1.25 - 0.5, abs=1)

    def test_only_what_asks_for_the_camera_gets_it(self):
        asked = [
            Background.model_validate({"keep": "it", "source": "far", "attach": on}) for on in ("camera", "screen")
        ]
        assert [effect.needs_camera for effect in asked] == [True, False]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"color": "white", "attach": "camera"}, "takes a picture or video"),
            ({"source": "far", "attach": "camera", "fit": "contain"}, "that fills the plate"),
            ({"source": "far", "overscan": 1.5}, "only a background with attach: camera"),
            ({"source": "far", "despill": 2}, "from 0 to 1"),
            ({"source": "far", "screen": "red"}, "green"),
        ],
    )
    def test_what_contradicts_itself_is_refused(self, body, words):
        with pytest.raises(ValidationError, match=words):
            Background.model_validate({"keep": "it", **body})


def test_a_blurred_background_joins_nothing():
    inputs = given(flat((50, 60, 70)))
    layer = Background.model_validate({"keep": "it", "blur": "3px"}).apply(inputs)
    assert layer.domain == Box.whole(SIZE)
    assert isinstance(over(inputs.plate, layer), Frame)
    assert (rgb_from_frame(over(inputs.plate, layer)) == (50, 60, 70)).all()
