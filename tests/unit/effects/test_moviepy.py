"""MoviePy's effects on single frames: every class is judged, and the judgements are those of the installed MoviePy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from moviepy import VideoClip
from moviepy.video import fx
from pydantic import ValidationError

from composer.effects import Inputs, Moviepy
from composer.effects.clip_effects import REFUSED, SUPPORTED
from composer.pixels.alpha import over
from composer.values import ColorTags, Frame, FrameRate, Matte, PixelFormat

PICTURE = np.random.default_rng(3).integers(0, 256, (12, 16, 3)).astype(np.uint8)
NOTHING = VideoClip(lambda t: np.zeros((12, 16)), duration=4, is_mask=True)
ARGS = {
    "AccelDecel": {"new_duration": 2, "soonness": 0.5},
    "Blink": {"duration_on": 1, "duration_off": 1},
    "Crop": {"x1": 4, "width": 8},
    "CrossFadeIn": {"duration": 3},
    "CrossFadeOut": {"duration": 3},
    "FadeIn": {"duration": 3},
    "FadeOut": {"duration": 3},
    "Freeze": {"t": 1, "freeze_duration": 1},
    "FreezeRegion": {"t": 1, "region": (0, 0, 4, 4)},
    "GammaCorrection": {"gamma": 2},
    "HeadBlur": {"fx": lambda t: 5, "fy": lambda t: 5, "radius": 4},
    "Loop": {"n": 2},
    "LumContrast": {"lum": 20},
    "MakeLoopable": {"overlap_duration": 1},
    "Margin": {"margin_size": 2},
    "MasksAnd": {"other_clip": NOTHING},
    "MasksOr": {"other_clip": NOTHING},
    "MultiplyColor": {"factor": 0.5},
    "MultiplySpeed": {"factor": 2},
    "Resize": {"new_size": 0.5},
    "Rotate": {"angle": 30, "expand": False},
    "Scroll": {"w": 8, "h": 6},
    "SlideIn": {"duration": 1, "side": "left"},
    "SlideOut": {"duration": 1, "side": "left"},
    "SuperSample": {"d": 0.2, "n_frames": 3},
}


def applied(name):
    """The clip after an effect, the times that were asked of the clip before, and that clip."""
    asked = []
    clip = VideoClip(lambda t: asked.append(float(t)) or PICTURE, duration=4).with_fps(25)
    if name.startswith("Masks"):
        clip = clip.with_mask(NOTHING).mask
    asked.clear()
    return getattr(fx, name)(**ARGS.get(name, {})).apply(clip), asked


def test_every_effect_of_the_installed_moviepy_is_judged():
    assert set(fx.__all__) == set(SUPPORTED) | set(REFUSED)
    assert not set(SUPPORTED) & set(REFUSED)


@pytest.mark.parametrize("name", SUPPORTED)
def test_what_is_supported_needs_one_frame_and_keeps_size_and_duration(name):
    made, asked = applied(name)
    asked.clear()  # MoviePy asks for frame 0 to know the size
    frame = made.get_frame(1.5)
    if made.mask is not None:
        made.mask.get_frame(1.5)
    assert frame.shape == PICTURE.shape
    assert set(asked) <= {1.5}
    assert made.duration == 4


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_for_its_reason(name):
    reason = REFUSED[name]
    if "another clip" in reason:
        assert "other_clip" in fx.__dict__[name].__dataclass_fields__
        return
    if name == "EvenSize":  # even pictures stay as they are
        odd = VideoClip(lambda t: PICTURE[:11, :15], duration=4)
        assert fx.EvenSize().apply(odd).get_frame(0).shape == (10, 14, 3)
        return
    made, asked = applied(name)
    frame = made.get_frame(1.5)
    if "size" in reason:
        assert frame.shape != PICTURE.shape
    elif "speed" in reason or "duration" in reason:
        assert made.duration != 4
    elif "other moments" in reason:
        assert set(asked) - {0.0, 1.5} or made.duration != 4
    else:
        assert "moves a whole clip" in reason
        np.testing.assert_array_equal(frame, PICTURE)


def given(*, seconds=0.0, matte=255, picture=PICTURE):
    planes = tuple(np.ascontiguousarray(picture[..., index]) for index in range(3))
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[:, 8:] = matte
    return Inputs(
        plate=Frame(planes, PixelFormat("rgb"), ColorTags("rgb", "full")),
        seconds=Fraction(seconds),
        rate=FrameRate(Fraction(25)),
        mattes={"right": Matte(alpha), "all": Matte(np.full(picture.shape[:2], 255, np.uint8))},
    )


def shown(body, inputs):
    layer = Moviepy.model_validate({"inside": "right"} | body).apply(inputs)
    planes = inputs.plate.planes if layer is None else over(inputs.plate, layer).planes
    return np.dstack(planes)


class TestPictures:
    def test_inverting_mirrors_every_value_inside_the_matte_and_no_other(self):
        picture = shown({"effect": "InvertColors"}, given())
        np.testing.assert_array_equal(picture[:, 8:], 255 - PICTURE[:, 8:])
        np.testing.assert_array_equal(picture[:, :8], PICTURE[:, :8])

    @pytest.mark.parametrize(("seconds", "share"), [(1, 0.0), (2, 0.25), (3, 0.5), (5, 1.0)])
    def test_a_fade_counts_from_the_start_of_the_edit(self, seconds, share):
        picture = shown({"effect": "FadeIn", "args": {"duration": 4}, "from": "1s"}, given(seconds=seconds))
        assert np.abs(picture[:, 8:] - share * PICTURE[:, 8:].astype(float)).max() <= 1

    @pytest.mark.parametrize(("seconds", "share"), [(1, 1.0), (4, 0.5), (4.5, 0.25)])
    def test_a_fade_out_ends_where_the_edit_does(self, seconds, share):
        body = {"effect": "FadeOut", "args": {"duration": 2}, "from": "1s", "to": "5s"}
        assert np.abs(shown(body, given(seconds=seconds))[:, 8:] - share * PICTURE[:, 8:].astype(float)).max() <= 1

    def test_blinking_goes_to_black_and_back(self):
        body = {"effect": "Blink", "args": {"duration_on": 0.5, "duration_off": 0.5}}
        on, off = (shown(body, given(seconds=seconds))[:, 8:] for seconds in (1.25, 1.75))
        np.testing.assert_array_equal(on, PICTURE[:, 8:])
        assert not off.any()

    def test_keyframes_move_a_head_blur(self):
        big = np.random.default_rng(1).integers(0, 256, (40, 60, 3)).astype(np.uint8)
        body = {"effect": "HeadBlur", "args": {"fx": {"0s": 10, "1s": 50}, "fy": 20, "radius": 8}, "inside": "all"}
        places = []
        for seconds in (0, 0.5, 1):
            changed = (shown(body, given(seconds=seconds, picture=big)) != big).any(2)
            places.append(np.nonzero(changed)[1].mean())
        assert places == [pytest.approx(10, abs=2), pytest.approx(30, abs=2), pytest.approx(50, abs=2)]

    def test_a_mirror_is_that_of_the_whole_picture_seen_through_the_matte(self):
        picture = shown({"effect": "MirrorX"}, given())
        np.testing.assert_array_equal(picture[:, 8:], PICTURE[:, ::-1][:, 8:])

    @pytest.mark.parametrize("name", [name for name, reach in SUPPORTED.items() if reach is not None])
    def test_what_sees_only_a_part_of_the_picture_draws_what_it_would_of_all(self, name):
        big = np.random.default_rng(1).integers(0, 256, (40, 60, 3)).astype(np.uint8)
        body = {"effect": name, "args": ARGS.get(name, {}), "to": "4s"}
        parts = [shown(body | {"inside": place}, given(seconds=1.5, picture=big)) for place in ("right", "all")]
        np.testing.assert_array_equal(parts[0][:, 8:], parts[1][:, 8:])

    @pytest.mark.parametrize("body", [{"effect": "MultiplyColor", "args": {"factor": 1}}, {"effect": "LumContrast"}])
    def test_what_changes_nothing_touches_no_sample(self, body):
        assert Moviepy.model_validate({"inside": "all"} | body).apply(given()) is None

    def test_an_empty_matte_leaves_the_plate_alone(self):
        assert Moviepy.model_validate({"effect": "InvertColors", "inside": "right"}).apply(given(matte=0)) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"effect": "Paintng"}, "unknown effect 'Paintng'; did you mean 'Painting'?"),
        ({"effect": "TimeMirror"}, "TimeMirror cannot be used on a frame: it shows other moments"),
        ({"effect": "Resize"}, "it changes the size of the picture"),
        ({"effect": "GammaCorrection"}, "GammaCorrection needs gamma"),
        ({"effect": "GammaCorrection", "args": {"gama": 2}}, "GammaCorrection takes no 'gama'; did you mean 'gamma'?"),
        ({"effect": "GammaCorrection", "args": {"gamma": "much"}}, "GammaCorrection fails with these arguments"),
        ({"effect": "Rotate", "args": {"angle": 30, "expand": True}}, "it changes the size of the picture"),
        ({"effect": "FadeOut", "args": {"duration": 1}}, "say when that is with to:"),
        ({"effect": "Painting", "outside": "right"}, "got inside and outside"),
    ],
)
def test_what_cannot_be_is_refused_by_name(body, words):
    with pytest.raises(ValidationError) as refused:
        Moviepy.model_validate({"inside": "right"} | body)
    assert words in str(refused.value)
