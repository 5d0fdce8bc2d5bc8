"""FFmpeg filters as effects: what is listed works, what is not is refused, and no value becomes a filter."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from av.filter import Filter, filters_available
from pydantic import ValidationError

from composer.effects import Ffmpeg, Inputs
from composer.effects.filter_graph import FilterGraph, Unfit, form_tags, working_form
from composer.effects.filters import FILTERS, INSTEAD
from composer.pixels.alpha import over
from composer.values import Box, ColorTags, Frame, FrameRate, Matte, PixelFormat, Placement, Quad, Size

SIZE = Size(32, 24)
TAGS = ColorTags("bt709", "limited")


def random_planes(pixels, size, seed):
    random = np.random.default_rng(seed)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    return tuple(random.integers(0, pixels.maximum + 1, shape).astype(pixels.dtype) for shape in shapes)


def given(name="yuv420p", *, seconds=0, planes=None, size=SIZE):
    pixels = PixelFormat.parse(name)
    half = np.zeros(size.shape, np.uint8)
    half[:, size.width // 2 :] = 255
    return Inputs(
        plate=Frame(planes or random_planes(pixels, size, 1), pixels, TAGS),
        seconds=Fraction(seconds),
        rate=FrameRate(Fraction(25)),
        mattes={"right": Matte(half), "all": Matte(np.full(size.shape, 255, np.uint8)), "none": Matte(half * 0)},
        regions={"patch": Placement(Quad.of_box(Box(4, 4, 12, 10))), "lost": None},
    )


def shown(body, inputs):
    place = {} if "region" in body else {"inside": "all"}
    layer = Ffmpeg.model_validate(place | body).apply(inputs)
    return inputs.plate.planes if layer is None else over(inputs.plate, layer).planes


@pytest.mark.parametrize("name", FILTERS)
class TestEveryListedFilter:
    def test_it_takes_one_picture_and_gives_one(self, name):
        spec = Filter(name)
        assert (len(spec.inputs), len(spec.outputs)) == (1, 1)

    @pytest.mark.parametrize("form", ["yuv420p", "yuv422p10le", "gbrp", "gray"])
    def test_equal_pictures_give_equal_pictures_of_their_size_whatever_came_between(self, name, form):
        settings = FILTERS[name].settings({})
        works, packed = working_form(name, settings, PixelFormat.parse(form))
        graph = FilterGraph(name, settings, SIZE, works, form_tags(works, TAGS, SIZE), packed)
        first, other = (random_planes(works, SIZE, seed) for seed in (1, 2))
        once = graph(first)
        graph(other)
        again = graph(first)
        fresh = FilterGraph(name, settings, SIZE, works, form_tags(works, TAGS, SIZE), packed)(first)
        for one, two, three in zip(once, again, fresh, strict=True):
            np.testing.assert_array_equal(one, two)
            np.testing.assert_array_equal(one, three)

    def test_ffmpeg_takes_every_option_at_both_ends(self, name):
        spec = FILTERS[name]
        samples = {"flag": (True, False), "color": ("orange", "#ff800080"), "numbers": ("0.1 0 0 0",)}
        samples |= {"curve": ("0/0 0.5/0.6 1/1",), "formula": ("clip(val*1.2,minval,maxval)",)}
        works, packed = working_form(name, spec.settings({}), PixelFormat("yuv"))
        for option in spec.options.values():
            for value in samples.get(option.kind) or option.words or (option.low, option.high):
                if option.name.endswith("m") and name == "convolution":
                    value = "0 -1 0 -1 5 -1 0 -1 0"  # noqa: PLW2901 - a matrix has 9, 25 or 49 numbers
                FilterGraph(
                    name, spec.settings({option.name: value}), SIZE, works, form_tags(works, TAGS, SIZE), packed
                )

    def test_an_empty_matte_and_a_lost_region_leave_the_plate_alone(self, name):
        for place in ({"inside": "none"}, {"outside": "all"}, {"region": "lost"}):
            assert Ffmpeg.model_validate({"filter": name} | place).apply(given()) is None


def test_the_reasons_given_are_those_of_this_build():
    missing = {name for name, words in INSTEAD.items() if "built without it" in words}
    assert missing == {name for name in INSTEAD if name not in filters_available}
    assert not set(INSTEAD) & set(FILTERS)


class TestPictures:
    def test_negate_mirrors_every_sample_inside_and_leaves_the_rest(self):
        inputs = given()
        before, after = inputs.plate.planes, shown({"filter": "negate", "inside": "right"}, inputs)
        np.testing.assert_array_equal(after[0][:, 16:], 255 - before[0][:, 16:])
        np.testing.assert_array_equal(after[1][:, 8:], 255 - before[1][:, 8:])
        np.testing.assert_array_equal(after[0][:, :16], before[0][:, :16])

    def test_ten_bits_stay_ten_bits(self):
        inputs = given("yuv420p10le")
        after = shown({"filter": "lutyuv", "args": {"y": "maxval-val+minval"}}, inputs)
        np.testing.assert_array_equal(after[0], np.maximum(1004 - inputs.plate.planes[0].astype(int), 0))
        np.testing.assert_array_equal(after[1], np.clip(inputs.plate.planes[1], 64, 960))

    def test_hue_turned_half_way_mirrors_chroma(self):
        inputs = given()
        after = shown({"filter": "hue", "args": {"h": 180}}, inputs)
        wanted = 256 - inputs.plate.planes[1].astype(int)
        assert np.abs(after[1].astype(int) - np.clip(wanted, 0, 255)).max() <= 1
        np.testing.assert_array_equal(after[0], inputs.plate.planes[0])

    def test_a_filter_of_rgb_sees_the_plates_own_red(self):
        red = (np.full((24, 32), 63, np.uint8), np.full((12, 16), 102, np.uint8), np.full((12, 16), 240, np.uint8))
        args = {"rr": 0, "rb": 1, "bb": 0, "br": 1}  # red and blue change places
        after = shown({"filter": "colorchannelmixer", "args": args}, given(planes=red))
        assert [float(plane.mean()) for plane in after] == pytest.approx([32, 240, 118], abs=1)

    def test_pixelize_makes_blocks_that_lie_where_they_lie_in_the_whole_picture(self):
        inputs = given("yuv444p")
        after = shown({"filter": "pixelize", "args": {"width": 8, "height": 8}, "region": "patch"}, inputs)
        assert len(np.unique(after[0][4:8, 4:8])) == 1
        assert len(np.unique(after[0][4:8, 8:12])) == 1
        assert after[0][5, 5] == pytest.approx(inputs.plate.planes[0][:8, :8].mean(), abs=1)

    def test_numbers_may_be_keyframes(self):
        fade = {"filter": "hue", "args": {"s": {"0s": 1, "2s": 0}}}
        spread = [float(np.std(shown(fade, given(seconds=seconds))[1])) for seconds in (0, 1, 2)]
        assert spread[0] > 1.9 * spread[1] > 0
        assert spread[2] < 1

    def test_one_render_makes_the_graph_once_and_again_when_an_argument_moves(self):
        inputs, made = given(), []
        once = inputs.memo.once
        inputs.memo.once = lambda key, make, version: once(key, lambda: made.append(key) or make(), version=version)
        still = Ffmpeg.model_validate({"filter": "gblur", "args": {"sigma": 2}, "inside": "all"})
        for _ in range(3):
            still.apply(inputs)
        assert len(made) == 1

    @pytest.mark.parametrize(
        ("name", "args"),
        [
            ("hue", {}),
            ("unsharp", {"luma_amount": 0}),
            ("gblur", {"sigma": 0}),
            ("chromashift", {}),
            ("noise", {"all_strength": 0}),
            ("colorbalance", {}),
            ("curves", {}),
            ("rotate", {"angle": 0}),
        ],
    )
    @pytest.mark.parametrize("form", ["yuv420p", "yuv420p10le", "gbrp"])
    def test_neutral_arguments_change_no_bit(self, name, args, form):
        inputs = given(form)
        after = shown({"filter": name, "args": args}, inputs)
        assert all(np.array_equal(a, b) for a, b in zip(after, inputs.plate.planes, strict=True))


HOSTILE = [
    "a:b=c,movie=/etc/passwd",
    "0/0 1/1:psfile=/etc/passwd",
    "red[x];movie=/etc/passwd[y]",
    "val'\\,movie=x",
    "%{expr}",
]


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"filter": "gblurr"}, "unknown filter 'gblurr'; did you mean 'gblur'?"),
            ({"filter": "eq"}, "eq cannot be used: the FFmpeg inside PyAV is built without it; use colorlevels"),
            ({"filter": "movie"}, "movie cannot be used: it opens a file"),
            ({"filter": "gblur", "args": {"sigm": 1}}, "gblur takes no 'sigm'; did you mean 'sigma'?"),
            ({"filter": "gblur", "args": {"sigma": -1}}, "sigma: expected a number from 0 to 1024, got -1"),
            ({"filter": "gblur", "args": {"sigma": {"0s": 1, "1s": 9999}}}, "sigma: expected a number from 0 to 1024"),
            ({"filter": "gblur", "args": {"sigma": "big"}}, "sigma: expected a number from 0 to 1024, got 'big'"),
            ({"filter": "curves", "args": {"psfile": "x.acv"}}, "curves takes no 'psfile'"),
            ({"filter": "lutyuv", "args": {"y": "while(1,1)"}}, "y: expected a formula of val"),
            ({"filter": "edgedetect", "args": {"mode": "neon"}}, "expected one of wires, colormix, canny"),
            ({"filter": "curves", "args": {"master": "0.9/0 0.1/1"}}, "FFmpeg refuses curves with these arguments"),
            ({"filter": "negate", "args": {"a": 1}}, "negate takes no 'a'; it takes nothing"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, body, words):
        with pytest.raises(ValidationError) as refused:
            Ffmpeg.model_validate({"inside": "all"} | body)
        assert words in str(refused.value)

    @pytest.mark.parametrize("value", HOSTILE)
    @pytest.mark.parametrize(
        ("name", "option"), [("curves", "master"), ("lutyuv", "y"), ("drawgrid", "color"), ("convolution", "0m")]
    )
    def test_a_value_never_becomes_another_option_or_filter(self, name, option, value):
        with pytest.raises(ValidationError, match="expected"):
            Ffmpeg.model_validate({"filter": name, "args": {option: value}, "inside": "all"})
        with pytest.raises(Unfit):  # and were it let through, FFmpeg would take it as one value
            working_form(name, ((option, value),), PixelFormat("yuv"))
