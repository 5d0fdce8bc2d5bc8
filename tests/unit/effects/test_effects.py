"""What each effect draws, on pictures small enough to know the answer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.effects import Background, Blur, Inputs, Insert, Memo, Picture, Solid
from composer.errors import InputError
from composer.fields import Place
from composer.pixels.alpha import over
from composer.pixels.color import color_planes, rgb_from_frame
from composer.values import Box, ColorTags, Frame, FrameRate, Matte, PixelFormat, Placement, Quad, Size

SIZE, YUV, TAGS = Size(64, 48), PixelFormat("yuv", 8, (1, 1)), ColorTags("bt709", "limited")
RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def flat(rgb, size=SIZE, pixels=YUV):
    values = color_planes(rgb, pixels, TAGS)
    return Frame(
        tuple(np.full(pixels.plane_shape(i, size), v, pixels.dtype) for i, v in enumerate(values)), pixels, TAGS
    )


def still(rgb, size, alpha=None):
    planes = [np.full(size.shape, value, np.uint8) for value in rgb]
    if alpha is not None:
        planes.append(np.full(size.shape, alpha, np.uint8))
    return Picture(
        Frame(tuple(planes), PixelFormat("rgb", has_alpha=alpha is not None), ColorTags("rgb", "full")), "still"
    )


def half():
    matte = np.zeros(SIZE.shape, np.uint8)
    matte[:, 32:] = 255
    return matte


def given(plate=None, seconds=0, **named):
    mattes = {"right": Matte(half())} | named.pop("mattes", {})
    return Inputs(plate or flat(GREEN), Fraction(seconds), FrameRate(Fraction(25)), mattes=mattes, **named)


def shown(effect, inputs):
    """RGB of the plate with the effect's layer over it."""
    layer = effect.apply(inputs)
    return rgb_from_frame(over(inputs.plate, layer)).astype(int)


def near(pixels, rgb):
    return np.abs(pixels - rgb).max() <= 3


class TestBackground:
    def test_it_replaces_all_but_what_the_matte_keeps(self):
        inputs = given(sources={"sky": still(BLUE, Size(30, 20))})
        picture = shown(Background(source="sky", keep="right"), inputs)
        assert near(picture[:, :30], BLUE)
        assert near(picture[:, 34:], GREEN)

    def test_what_is_kept_stays_bit_for_bit(self):
        inputs = given(sources={"sky": still(BLUE, Size(30, 20))})
        result = over(inputs.plate, Background(source="sky", keep="right").apply(inputs))
        assert np.array_equal(result.planes[0][:, 32:], inputs.plate.planes[0][:, 32:])
        assert np.array_equal(result.planes[1][:, 16:], inputs.plate.planes[1][:, 16:])

    def test_contain_leaves_black_bars_and_cover_does_not(self):
        inputs = given(
            mattes={"nothing": Matte(np.zeros(SIZE.shape, np.uint8))}, sources={"sky": still(RED, Size(10, 40))}
        )
        contained = shown(Background(source="sky", keep="nothing", fit="contain"), inputs)
        assert near(contained[:, :20], BLACK)
        assert near(contained[:, 30:34], RED)
        assert near(shown(Background(source="sky", keep="nothing", fit="cover"), inputs), RED)

    def test_a_matching_video_of_the_plates_size_is_taken_sample_for_sample(self):
        random = np.random.default_rng(0)
        planes = tuple(random.integers(16, 235, YUV.plane_shape(i, SIZE)).astype(np.uint8) for i in range(3))
        inputs = given(
            sources={"clip": Picture(Frame(planes, YUV, TAGS), 1)},
            mattes={"nothing": Matte(np.zeros(SIZE.shape, np.uint8))},
        )
        layer = Background(source="clip", keep="nothing", clean_edges=False).apply(inputs)
        assert all(np.array_equal(a, b) for a, b in zip(layer.planes, planes, strict=True))

    def test_a_still_is_fitted_once_and_a_video_per_picture(self):
        made = []

        class Counting(Memo):
            def once(self, key, make, *, version=None):
                return super().once(key, lambda: made.append(key) or make(), version=version)

        memo, effect = Counting(), Background(source="sky", keep="right")
        for version in (1, 1, 2):
            picture = Picture(still(BLUE, Size(9, 9)).frame, version)
            effect.apply(given(sources={"sky": picture}, memo=memo))
        assert len([key for key in made if key[0] == "fitted"]) == 2

    def test_opacity_fades_the_old_background_out(self):
        effect = Background.model_validate({"color": "blue", "keep": "right", "opacity": {"0s": 0, "2s": 1}})
        assert effect.apply(given(seconds=0)) is None
        assert near(shown(effect, given(seconds=2))[:, :30], BLUE)
        middle = over(flat(GREEN), effect.apply(given(seconds=1))).planes[0][0, 0]
        green, blue = (color_planes(rgb, YUV, TAGS)[0] for rgb in (GREEN, BLUE))
        assert abs(int(middle) - (green + blue) / 2) <= 1

    def test_a_gradient_runs_from_the_first_colour_to_the_last(self):
        effect = Background.model_validate(
            {"gradient": {"colors": ["black", "white"]}, "keep": "right", "clean_edges": False}
        )
        luma = effect.apply(given()).planes[0].astype(int)
        assert luma[0, 0] < 20
        assert luma[0, -1] > 230
        assert (np.diff(luma, axis=1) >= 0).all()
        assert np.ptp(luma, axis=0).max() == 0

    def test_the_transparent_part_of_a_source_shows_the_old_background(self):
        inputs = given(sources={"logo": still(RED, Size(64, 48), alpha=0)})
        assert near(shown(Background(source="logo", keep="right"), inputs), GREEN)

    @pytest.mark.parametrize("body", [{}, {"source": "a", "color": "red"}])
    def test_exactly_one_picture_is_asked_for(self, body):
        with pytest.raises(ValidationError, match="expected one of source, color, gradient, blur"):
            Background.model_validate({"keep": "right", **body})


class TestBlur:
    def test_inside_and_outside_leave_the_rest_alone(self):
        random = np.random.default_rng(0)
        planes = tuple(random.integers(0, 256, YUV.plane_shape(i, SIZE)).astype(np.uint8) for i in range(3))
        plate = Frame(planes, YUV, TAGS)
        inside = over(plate, Blur(inside="right", radius="6px").apply(given(plate))).planes[0]
        outside = over(plate, Blur(outside="right", radius="6px").apply(given(plate))).planes[0]
        assert np.array_equal(inside[:, :32], planes[0][:, :32])
        assert np.array_equal(outside[:, 32:], planes[0][:, 32:])
        assert inside[:, 40:].std() < planes[0].std() / 2
        assert outside[:, :24].std() < planes[0].std() / 2

    def test_the_subject_leaves_no_halo_in_its_surroundings(self):
        plate = flat(GREEN)
        for plane, value in zip(plate.planes, color_planes(RED, YUV, TAGS), strict=True):
            plane[:, plane.shape[1] // 2 :] = value
        result = over(plate, Blur(outside="right", radius="10px").apply(given(plate)))
        assert all(np.array_equal(a, b) for a, b in zip(result.planes, plate.planes, strict=True))

    def test_blocks_do_not_move_with_what_is_pixelated(self):
        random = np.random.default_rng(0)
        planes = tuple(random.integers(0, 256, YUV.plane_shape(i, SIZE)).astype(np.uint8) for i in range(3))
        plate = Frame(planes, YUV, TAGS)
        pictures = []
        for left in (10, 13):
            matte = np.zeros(SIZE.shape, np.uint8)
            matte[10:40, left:50] = 255
            layer = Blur.model_validate({"inside": "m", "radius": "4px", "kind": "pixelate"}).apply(
                given(plate, mattes={"m": Matte(matte)})
            )
            pictures.append(over(plate, layer).planes[0][12:38, 16:48])
        assert np.array_equal(*pictures)

    def test_a_share_is_of_the_height_and_pixels_shrink_with_the_proxy(self):
        plate = flat(GREEN)
        plate.planes[0][:, ::7] = 30
        full = Blur(inside="right", radius=0.125).apply(given(plate))
        same = Blur(inside="right", radius="12px").apply(given(plate, proxy=0.5))
        assert np.array_equal(full.planes[0], same.planes[0])

    def test_no_radius_draws_nothing(self):
        assert Blur(inside="right", radius=0).apply(given()) is None

    def test_a_region_covers_its_box_only(self):
        quad = Quad.of_box(Box(10, 6, 30, 22))
        layer = Blur(region="wall", radius="3px").apply(given(regions={"wall": Placement(quad)}))
        assert layer.domain == Box(10, 6, 30, 22)
        assert (layer.matte == 255).all()


class TestInsert:
    def test_it_appears_in_its_place_and_nowhere_else(self):
        inputs = given(sources={"promo": still(RED, Size(20, 20))})
        effect = Insert.model_validate({"source": "promo", "place": ["8px", "8px", "28px", "28px"]})
        picture = shown(effect, inputs)
        assert effect.apply(inputs).domain == Box(8, 8, 28, 28)
        assert near(picture[10:26, 10:26], RED)
        picture[6:30, 6:30] = GREEN  # chroma is interpolated across the edge when it is shown
        assert near(picture, GREEN)

    def test_what_moves_in_front_hides_it(self):
        inputs = given(
            sources={"promo": still(RED, Size(20, 20))}, regions={"wall": Placement(Quad.of_box(Box(20, 10, 44, 30)))}
        )
        picture = shown(Insert(source="promo", region="wall", behind="right"), inputs)
        assert near(picture[12:28, 22:31], RED)
        assert near(picture[12:28, 33:42], GREEN)

    def test_several_mattes_may_stand_in_front(self):
        left = Matte(np.where(np.arange(64) < 24, 255, 0).astype(np.uint8) * np.ones(SIZE.shape, np.uint8))
        inputs = given(
            sources={"promo": still(RED, Size(20, 20))},
            regions={"wall": Placement(Quad.of_box(Box(16, 10, 44, 30)))},
            mattes={"left": left},
        )
        picture = shown(Insert(source="promo", region="wall", behind=["right", "left"]), inputs)
        assert near(picture[12:28, 16:23], GREEN)
        assert near(picture[12:28, 26:31], RED)
        assert near(picture[12:28, 33:44], GREEN)

    def test_contain_keeps_the_shape_of_the_picture(self):
        inputs = given(sources={"promo": still(RED, Size(40, 10))})
        layer = Insert.model_validate({"source": "promo", "place": [0, 0, 1, 1]}).apply(inputs)
        assert layer.domain == Box(0, 16, 64, 32)

    def test_transparency_is_kept(self):
        inputs = given(sources={"logo": still(RED, Size(20, 20), alpha=0)})
        assert near(shown(Insert.model_validate({"source": "logo", "place": [0, 0, 1, 1]}), inputs), GREEN)

    @pytest.mark.parametrize("body", [{}, {"region": "wall", "place": [0, 0, 1, 1]}])
    def test_it_needs_one_place(self, body):
        with pytest.raises(ValidationError, match="expected region, place or position"):
            Insert.model_validate({"source": "promo", **body})


class TestSolid:
    def test_it_colours_a_matte_a_region_or_everything(self):
        inputs = given(regions={"wall": Placement(Quad.of_box(Box(10, 10, 20, 20)))})
        assert near(shown(Solid(color="blue"), inputs), BLUE)
        assert near(shown(Solid(color="blue", matte="right"), inputs)[:, 34:], BLUE)
        assert near(shown(Solid(color="blue", matte="right"), inputs)[:, :30], GREEN)
        assert near(shown(Solid(color="blue", region="wall"), inputs)[11:19, 11:19], BLUE)

    def test_a_transparent_colour_lets_the_plate_through(self):
        luma = over(flat(BLACK), Solid(color="#ffffff80").apply(given(flat(BLACK)))).planes[0]
        assert np.unique(luma).tolist() == [16 + round(219 * 128 / 255)]

    def test_it_takes_one_place_only(self):
        with pytest.raises(ValidationError, match="expected matte or region"):
            Solid(color="red", matte="a", region="b")


def test_an_unknown_name_is_said_with_the_names_there_are():
    with pytest.raises(InputError, match=r"unknown matte 'waker'\n.*right"):
        Solid(color="red", matte="waker").apply(given())


def test_the_memo_forgets_the_oldest_and_replaces_old_versions():
    memo, made = Memo(limit=2), []
    for key, version in [("a", 1), ("a", 1), ("a", 2), ("b", 1), ("c", 1), ("a", 2)]:
        memo.once(key, lambda key=key, version=version: made.append((key, version)), version=version)
    assert made == [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("effect", "body", "words"),
    [
        (Background, {"keep": "a", "blur": "-4px"}, "blur: expected 0 or more"),
        (Background, {"keep": "a", "color": "#00000080"}, "expected one without transparency"),
        (Background, {"keep": "a", "gradient": {"colors": ["red", "#00f8"]}}, "expected one without transparency"),
        (Solid, {"color": "red", "from": "2s", "to": "1s"}, "to: expected a moment after from"),
        (Solid, {"color": "red", "from": "48f", "to": "48f"}, "to: expected a moment after from"),
        (Insert, {"source": "x.png", "place": [0.5, 0, 0.2, 1]}, "with some room inside"),
    ],
)
def test_what_would_draw_nothing_or_something_else_is_refused(effect, body, words):
    with pytest.raises(ValidationError, match=words):
        effect.model_validate(body)


def test_a_source_with_wide_pixels_keeps_its_shape_in_a_place():
    wide = Picture(still(RED, Size(10, 20)).frame, 1, aspect=2.0)
    picture = shown(Insert(source="promo", place=Place.parse(["0px", "0px", 64, 48])), given(sources={"promo": wide}))
    assert near(picture[:, 9:55], RED)
    assert near(picture[:, :7], GREEN)
    assert near(picture[:, 57:], GREEN)


QUAD = Quad.of_box(Box(10, 10, 20, 20))
IN_REGION = {
    "insert": lambda: Insert(source="promo", region="wall"),
    "blur": lambda: Blur(region="wall", radius="3px"),
    "solid": lambda: Solid(color="red", region="wall"),
}


@pytest.mark.parametrize("kind", IN_REGION)
def test_a_region_that_is_lost_or_has_left_the_picture_shows_nothing(kind):
    effect, sources = IN_REGION[kind](), {"promo": still(RED, Size(20, 20))}
    gone = Placement(Quad(np.add(QUAD.corners, [0, 500])))
    shown = [effect.apply(given(sources=sources, regions={"wall": each})) for each in (Placement(QUAD), None, gone)]
    assert [layer is not None and not layer.domain.is_empty for layer in shown] == [True, False, False]
