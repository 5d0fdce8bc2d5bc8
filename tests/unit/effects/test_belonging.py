"""What makes an insert belong: shadow, matched colours, light from behind, grain, motion blur."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from composer.effects import Inputs, Insert, Picture
from composer.pixels.alpha import over
from composer.pixels.grain import noise_level
from composer.values import Box, ColorTags, Frame, FrameRate, Matte, PixelFormat, Placement, Quad, Size, Timestamp

SIZE, RGB, TAGS = Size(64, 48), PixelFormat("rgb"), ColorTags("rgb", "full")
BOX = ["20px", "16px", "40px", "32px"]


def flat(rgb, size=SIZE):
    return Frame(tuple(np.full(size.shape, value, np.uint8) for value in rgb), RGB, TAGS)


def given(plate=(200, 200, 200), layer=(100, 0, 0), seconds=0, **named):
    frame = plate if isinstance(plate, Frame) else flat(plate)
    picture = layer if isinstance(layer, Frame) else flat(layer, Size(20, 16))
    return Inputs(frame, Fraction(seconds), FrameRate(Fraction(25)), sources={"it": Picture(picture, "it")}, **named)


def insert(**body):
    return Insert.model_validate({"source": "it", **({} if "region" in body else {"place": BOX}), **body})


def shown(effect, inputs):
    layer = effect.apply(inputs)
    return np.stack(over(inputs.plate, layer).planes, axis=-1).astype(int)


class TestShadow:
    def test_a_hard_drop_shadow_is_the_outline_moved_and_mixed_with_the_plate(self):
        shadow = {"offset": ["6px", "4px"], "blur": "0px", "opacity": 0.5, "color": "#000064"}
        picture = shown(insert(shadow=shadow), given())
        assert (picture[16:32, 20:40] == (100, 0, 0)).all()  # above its own shadow
        assert (np.abs(picture[33:35, 27:45] - (100, 100, 150)) <= 1).all()
        assert (np.abs(picture[22:35, 41:45] - (100, 100, 150)) <= 1).all()
        assert (picture[37:] == 200).all()
        assert (picture[:16] == 200).all()

    def test_blur_softens_both_ways_and_keeps_the_amount_of_shadow(self):
        hard, soft = (
            200 - shown(insert(shadow={"offset": [0, "20px"], "blur": blur, "color": "black"}), given())[32:, :, 0]
            for blur in ("0px", "4px")
        )
        assert soft.max() <= hard.max()
        assert soft[:, 24].max() > soft[:, 18].max() > 0 == hard[:, 18].max()

    def test_a_contact_shadow_lies_at_its_feet(self):
        picture = shown(insert(shadow={"kind": "contact", "blur": "2px", "opacity": 1}), given())
        dark = 200 - picture[..., 1]
        dark[16:32, 20:40] = 0
        assert dark[32, 30] > 40
        assert dark[36:].max() == 0
        assert dark[:16].max() == dark[16:28, 41:].max() == 0

    def test_it_is_held_out_by_what_stands_in_front(self):
        front = np.zeros(SIZE.shape, np.uint8)
        front[:, 30:] = 255
        inputs = given(mattes={"front": Matte(front)})
        picture = shown(insert(shadow={"offset": [0, "10px"]}, behind="front"), inputs)
        assert (picture[:, 30:] == 200).all()
        assert picture[38, 26, 0] < 150

    def test_a_fading_picture_takes_its_shadow_along(self):
        body = {"shadow": {"offset": [0, "12px"], "blur": "0px", "opacity": 0.5}}
        half = shown(insert(opacity=0.5, **body), given())
        assert abs(half[40, 30, 0] - 150) <= 1

    def test_it_lies_on_the_plate_that_is_there_and_beyond_the_picture_is_none(self):
        body = {"place": ["50px", "16px", "90px", "32px"], "shadow": {"offset": [0, "8px"]}}
        layer = Insert.model_validate({"source": "it", **body}).apply(given())
        assert layer.domain == layer.domain.intersected(Box.whole(SIZE))


class TestMatchedColors:
    def test_a_flat_picture_takes_the_mean_around_it(self):
        for amount, wanted in ((0, (100, 0, 0)), (0.5, (110, 90, 40)), (1, (120, 180, 80))):
            picture = shown(insert(match_color=amount), given(plate=(120, 180, 80)))
            assert (picture[20:30, 24:36] == wanted).all()

    def test_contrast_follows_but_at_most_doubles(self):
        stripes = np.tile(np.array([90, 110], np.uint8), (16, 10))
        plate = np.tile(np.array([60, 140], np.uint8), (48, 32))
        inputs = given(Frame((plate,) * 3, RGB, TAGS), Frame((stripes,) * 3, RGB, TAGS))
        picture = shown(insert(match_color=1), inputs)
        assert set(np.unique(picture[20:30, 24:36])) == {80, 120}

    def test_who_stands_in_front_is_not_asked(self):
        plate = flat((120, 180, 80))
        plate.planes[0][:, 44:] = 255
        front = np.zeros(SIZE.shape, np.uint8)
        front[:, 44:] = 255
        inputs = given(plate, mattes={"front": Matte(front)})
        assert (shown(insert(match_color=1, behind="front"), inputs)[20:30, 24:36] == (120, 180, 80)).all()
        assert shown(insert(match_color=1), inputs)[25, 30, 0] > 130

    def test_a_picture_without_surroundings_stays(self):
        picture = shown(insert(place=[0, 0, 1, 1], fit="fill", match_color=1), given())
        assert (picture == (100, 0, 0)).all()


class TestLightFromBehind:
    def test_a_bright_plate_lights_the_edge_and_not_the_middle(self):
        picture = shown(insert(light_wrap=1, wrap_radius="4px"), given((255, 255, 255), (100, 100, 100)))
        row = picture[24, 20:40, 0]
        assert row[0] > 200
        assert (row[8:12] == 100).all()
        assert (np.diff(row[:9]) <= 0).all()

    def test_a_black_plate_gives_no_light(self):
        inputs = given((0, 0, 0), (100, 100, 100))
        assert (shown(insert(light_wrap=1), inputs)[16:32, 20:40] == 100).all()


class TestGrain:
    def noisy(self, sigma, size=None, seed=1):
        size = size or Size(160, 120)
        noise = np.random.default_rng(seed).normal(120, sigma, (3, *size.shape))
        return Frame(tuple(np.rint(np.clip(noise, 0, 255)).astype(np.uint8)), RGB, TAGS)

    @pytest.mark.parametrize("amount", [0.5, 1])
    def test_it_is_as_noisy_as_the_plate(self, amount):
        inputs = given(self.noisy(6), flat((100, 100, 100), Size(100, 80)))
        layer = insert(place=[0.1, 0.1, 0.9, 0.9], fit="fill", grain=amount).apply(inputs)
        assert noise_level(layer.planes[1]) == pytest.approx(6 * amount, rel=0.12)
        assert layer.planes[1].std() == pytest.approx(6 * amount, rel=0.12)
        assert abs(layer.planes[1].mean() - 100) < 0.5

    def test_what_is_noisy_enough_gets_none(self):
        inputs = given(self.noisy(6), self.noisy(9, Size(128, 96), 2))
        body = {"place": ["16px", "12px", "144px", "108px"], "fit": "fill"}
        plain, grained = (insert(grain=grain, **body).apply(inputs) for grain in (0, 1))
        assert np.array_equal(plain.planes[0], grained.planes[0])

    def test_it_is_other_grain_on_every_frame_and_the_same_on_every_run(self):
        effect, layer = insert(place=[0.1, 0.1, 0.9, 0.9], grain=1), flat((100, 100, 100), Size(100, 80))
        frames = [given(self.noisy(6), layer, seconds=second) for second in (0, 1, 1)]
        first, second, again = (effect.apply(inputs).planes[0] for inputs in frames)
        assert np.array_equal(second, again)
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05

    def test_a_drawn_plate_asks_for_none(self):
        drawn = given(flat((200, 200, 200), Size(160, 120)))
        plain, grained = (insert(grain=grain).apply(drawn) for grain in (0, 1))
        assert all(np.array_equal(a, b) for a, b in zip(plain.planes, grained.planes, strict=True))

    @pytest.mark.parametrize("sigma", [1.5, 4, 10])
    def test_the_level_is_that_of_the_noise_and_not_of_the_picture(self, sigma):
        y, x = np.mgrid[:200, :300]
        drawn = 90 + 0.2 * x + 0.1 * y + 30 * ((x // 60 + y // 50) % 2)
        noisy = np.rint(drawn + np.random.default_rng(4).normal(0, sigma, drawn.shape)).clip(0, 255).astype(np.uint8)
        assert noise_level(noisy) == pytest.approx(sigma, rel=0.12)

    def test_the_footage_is_measured_and_not_what_edits_made_of_it(self):
        inputs = given(flat((120, 120, 120), Size(160, 120)), flat((100, 100, 100), Size(100, 80)))
        before = replace(self.noisy(6), at=Timestamp(3, Fraction(1, 25)))
        layer = insert(place=[0.1, 0.1, 0.9, 0.9], grain=1).apply(replace(inputs, footage=before))
        assert noise_level(layer.planes[0]) > 5


class TestShutter:
    def wall(self, x, *, reach=None):
        quads = [Quad.of_box(Box(at, 16, at + 12, 32)) for at in (x - (reach or 0), x, x + (reach or 0))]
        return Placement(quads[1], 1.0, *((quads[0], quads[2]) if reach else ()))

    def test_a_moving_region_blurs_along_its_way_only_when_asked(self):
        inputs = given(regions={"wall": self.wall(24, reach=8)})
        sharp, blurred = (insert(region="wall", shutter=shutter).apply(inputs) for shutter in (0, 1))
        assert sharp.domain == Box(24, 16, 36, 32)
        assert blurred.domain == Box(16, 16, 44, 32)
        row = blurred.matte[8].astype(int)
        assert row[13:15].min() >= 180  # 12 of the 16 pixels of its way cover the middle
        assert (np.diff(row[:13]) >= 0).all()
        assert abs(row.sum() / 255 - 12) < 0.5  # as much picture as before
        assert (blurred.planes[0] == 100).all()

    def test_half_a_shutter_blurs_half_as_far(self):
        inputs = given(regions={"wall": self.wall(24, reach=8)})
        assert insert(region="wall", shutter=0.5).apply(inputs).domain == Box(20, 16, 40, 32)

    def test_what_rests_is_not_blurred(self):
        inputs = given(regions={"wall": self.wall(24)})
        sharp, open_ = (insert(region="wall", shutter=shutter).apply(inputs) for shutter in (0, 1))
        assert np.array_equal(sharp.matte, open_.matte)

    def test_a_keyframed_way_blurs_too(self):
        body = {"position": {"0s": ["0px", "24px"], "1s": ["250px", "24px"]}, "scale": 0.5, "shutter": 1}
        inputs = replace(given(seconds="0.12"))
        assert Insert.model_validate({"source": "it", **body}).apply(inputs).domain == Box(20, 20, 40, 28)

    def test_a_lost_region_shows_nothing(self):
        assert insert(region="wall", shutter=1).apply(given(regions={"wall": None})) is None
