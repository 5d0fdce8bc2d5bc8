"""What every effect promises, run over every effect in the list and over every form its parameters can take."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from composer.bundle import bundled
from composer.effects import EFFECTS, Inputs, Memo, Picture
from composer.effects.clean import Cleaned
from composer.effects.cover import Covered
from composer.pixels.alpha import over, over_reference
from composer.pixels.area import hard
from composer.values import Box, ColorTags, Frame, FrameRate, Matte, PixelFormat, Placement, Quad, Size, Timestamp

# Forms beyond each effect's own example; the keys must be the effects that exist.
FORMS = {
    "background": [
        "{source: logo, keep: walker, fit: contain}",
        "{source: clip, keep: walker, fit: stretch, clean_edges: false, opacity: {0s: 0, 2s: 1}}",
        "{color: '#204060', keep: deep}",
        "{source: clip, keep: walker, despill: 0.8, edge_extend: 3px, light_wrap: 0.6, match_color: 0.5}",
        "{source: logo, keep: deep, attach: camera, overscan: 1.2, match: background, match_color: 0.7, foreground: local}",
        "{color: '#e0e060', keep: walker, light_wrap: 1, wrap_radius: 4px, despill: 1, screen: blue, clean_edges: false}",
        "{gradient: {colors: [black, '#ffcc00', white], angle: 30}, keep: walker}",
        "{blur: 3px, keep: walker}",
    ],
    "blur": [
        "{inside: walker, radius: 2px, kind: pixelate}",
        "{outside: deep, radius: 0.2, kind: box}",
        "{region: wall, radius: {0s: 1px, 2s: 4px}}",
    ],
    "box": ["{region: wall, color: '#804020'}", "{inside: deep, shape: outline, grow: 1px, unsure: picture}"],
    "captions": [
        "{file: talk.srt, position: {0s: [0.4, 0.5], 1s: [0.6, 0.5]}, size: 0.4}",
        "{file: talk.srt, region: wall, size: 0.5, font: rubik-bold, outline: none, behind: deep}",
    ],
    "clones": [
        "{matte: deep, shifts: 12f}",
        "{matte: walker, shifts: [-1s, -0.5s, 1s], opacity: {0s: 0, 2s: 1}, behind: [deep, walker]}",
    ],
    "desaturate": ["{}", "{inside: deep, amount: {0s: 0.2, 1s: 1}}", "{region: wall, amount: 0.4}"],
    "ffmpeg": [
        "{filter: gblur, args: {sigma: {0s: 1, 2s: 4}}, outside: deep}",
        "{filter: negate, region: wall}",
        "{filter: negate}",
        "{filter: edgedetect, inside: deep}",
        "{filter: selectivecolor, args: {whites: '0 0 0 1', neutrals: '0 0 0 0.5', blacks: '0 0 0 -1'}, inside: walker}",
    ],
    "freeze": ["{matte: deep, at: 0}", "{matte: walker, at: [0s, 10f], opacity: 0.5, from: 0s, to: 9s}"],
    "moviepy": [
        "{effect: MirrorX, region: wall}",
        "{effect: HeadBlur, args: {fx: {0s: 0, 1s: 10}, fy: 8, radius: 9}, outside: deep}",
        "{effect: FadeIn, args: {duration: 2, initial_color: orange}, inside: walker}",
    ],
    "glow": [
        "{matte: walker, color: '#4080ff80', radius: 2px, strength: 3}",
        "{matte: deep, color: orange, strength: {0s: 0, 1s: 2}}",
    ],
    "grade": [
        "{lut: look.cube, region: wall}",
        "{gain: [1.2, 1, 0.8], gamma: 1.3, lift: -0.1, contrast: {0s: 0.5, 1s: 1.5}, inside: deep, amount: 0.5}",
    ],
    "insert": [
        "{source: logo, place: [0.1, 0.2, 0.9, 0.8], behind: [walker, deep]}",
        "{source: clip, place: [-2px, 1px, 0.5, 0.6], fit: cover, opacity: 0.5}",
        "{source: clip, region: wall, from: 0s, to: 10s}",
        "{source: logo, region: wall, blend: multiply, fit: contain, crop: [0.2, 0, 1, 0.9], mirror: both}",
        "{source: clip, position: {0s: [0.2, 0.4], 1s: [0.6, 0.5]}, rotation: 30, scale: {0s: 0.2, 1s: 0.8}, blend: difference}",
        "{source: logo, place: [0.2, 0.1, 0.7, 0.8], shadow: {}, match_color: 0.7, light_wrap: 0.5, grain: 1, behind: deep}",
        "{source: clip, place: [0.2, 0.1, 0.7, 0.8], shadow: {kind: contact, color: '#203040c0', blur: 3px, offset: [1px, 0]}}",
        "{source: clip, position: {0s: [0.2, 0.4], 1s: [20.0, 0.5]}, scale: 0.5, shutter: 0.5, light_wrap: 1}",
        "{source: clip, place: [0.1, 0.1, 0.9, 0.8], blend: overlay, edge: 2px, fit: cover, anchor: [0, 1]}",
    ],
    "mosaic": ["{region: wall, size: 4px}", "{inside: deep, size: 0.3, grow: 0, hold: 1f}"],
    "outline": [
        "{matte: walker, width: 2px, color: '#ff000080', soft: 2px}",
        "{matte: deep, width: 0.2, color: black, behind: walker, opacity: {0s: 0.2, 2s: 1}}",
    ],
    "restore": ["{outside: deep}", "{inside: walker, opacity: {0s: 0, 1s: 1}}"],
    "remove": [
        "{matte: deep, grow: 0, feather: 0}",
        "{matte: walker, grow: 0.1, feather: 2px, samples: 2, shadow: 0.2}",
    ],
    "solid": ["{color: orange, matte: walker}", "{color: '#00ff0080', region: wall}", "{color: white}"],
    "spotlight": [
        "{region: wall, softness: 0}",
        "{subject: deep, darken: 0.3, desaturate: 1, blur: 2px, softness: 0.3}",
    ],
    "text": [
        "{text: שלום עולם, place: [0, 0, 1, 1], size: 0.5, align: right, box: {}, opacity: {0s: 0, 2s: 1}}",
        "{text: Hi, region: wall, size: 0.8, color: '#ff0000', shadow: {}, behind: [deep, walker]}",
        "{text: 'a b', position: [0.5, 0.5], size: 6px, wrap: 1px, anchor: top_left, outline: {width: 1px}}",
    ],
    "trail": ["{matte: deep, step: 0.1s, count: 2, behind: walker}", "{matte: walker, step: 1f, fade: 1}"],
}
CUBE = b"LUT_3D_SIZE 2\n" + b"".join(
    b"%d %d %d\n" % (1 - red, green, blue) for blue in (0, 1) for green in (0, 1) for red in (0, 1)
)
TALK = b"1\n00:00:00,000 --> 00:00:02,000\nI see\n"
FONTS = {name: bundled(f"assets/fonts/{name}.ttf").read_bytes() for name in ("rubik", "rubik-bold")}
PLATES = [
    ("yuv420p", Size(48, 32)),
    ("yuv420p", Size(8, 8)),
    ("yuv420p", Size(33, 17)),
    ("yuv420p10le", Size(33, 17)),
    ("yuv444p", Size(21, 15)),
    ("yuv422p12le", Size(20, 9)),
    ("gbrp", Size(19, 14)),
    ("gray", Size(21, 15)),
    ("yuva420p", Size(18, 11)),
]
EDITS = [(kind, form) for kind in EFFECTS for form in ["example", *FORMS[kind]]]


def parsed(kind, form):
    if form != "example":
        return EFFECTS[kind].model_validate(YAML(typ="safe").load(form))
    edit = YAML(typ="safe").load(EFFECTS[kind].example)
    assert list(edit) == [kind]
    return EFFECTS[kind].model_validate(edit[kind])


CLEANS = tuple(asked for kind, form in EDITS for asked in parsed(kind, form).clean_plates())
COVERS = tuple(cover for kind, form in EDITS for cover in parsed(kind, form).covers())
COLORLESS = {"desaturate"}  # nothing to do on grey footage
MOMENTS = tuple(other for kind, form in EDITS for other in parsed(kind, form).others())


def random_frame(name, size, seed):
    random, pixels = np.random.default_rng(seed), PixelFormat.parse(name)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    planes = tuple(random.integers(0, pixels.maximum + 1, shape).astype(pixels.dtype) for shape in shapes)
    return Frame(planes, pixels, ColorTags("bt709", "limited"))


def soft_matte(size, dtype, at):
    y, x = np.mgrid[: size.height, : size.width] + 0.5
    distance = np.hypot(x / size.width - at, y / size.height - 0.5)
    return Matte(np.rint(np.clip((0.35 - distance) * 6, 0, 1) * np.iinfo(dtype).max).astype(dtype))


def inputs_for(name, size, *, ended=False):
    pictures = {
        "logo": Picture(random_frame("gbrap", Size(12, 10), 2), "logo"),
        "clip": Picture(random_frame("yuv420p", Size(26, 18), 3), 7),
        "sky.png": Picture(random_frame("gbrp", Size(40, 24), 4), "sky"),
        "promo.mp4": Picture(random_frame("yuv422p10le", Size(30, 20), 5), 1),
    }
    corners = np.array([[0.15, 0.2], [0.8, 0.1], [0.9, 0.7], [0.2, 0.9]]) * [size.width, size.height]
    return Inputs(
        plate=random_frame(name, size, 1),
        seconds=Fraction(1, 2),
        rate=FrameRate(Fraction(25)),
        mattes={"walker": soft_matte(size, np.uint8, 0.4), "deep": soft_matte(size, np.uint16, 0.6)}
        | {"left_half": soft_matte(size, np.uint8, 0.2)},
        regions={"wall": Placement(Quad(corners))},
        sources=dict.fromkeys(pictures) if ended else pictures,
        memo=Memo(),
        footage=random_frame(name, size, 6),
        others=others_for(name, size),
        cleaned=dict.fromkeys(CLEANS, Cleaned(random_frame(name, size, 8), "clean", is_still=True)),
        files={"look.cube": CUBE, "talk.srt": TALK, **FONTS},
        covered=dict.fromkeys(COVERS, Covered(hard(soft_matte(size, np.uint8, 0.4).alpha))),
    )


def others_for(name, size):
    """Other moments: the same one for all that any effect here asks for."""
    then = Inputs(
        plate=random_frame(name, size, 9),
        seconds=Fraction(0),
        rate=FrameRate(Fraction(25)),
        mattes={"walker": soft_matte(size, np.uint8, 0.55), "deep": soft_matte(size, np.uint16, 0.5)},
    )
    return dict.fromkeys(MOMENTS, then)


def arrays_of(inputs):
    pictures = [picture.frame for picture in inputs.sources.values() if picture]
    others = [other for other in inputs.others.values() if other]
    cleaned = [each.frame for each in inputs.cleaned.values()]
    frames = [inputs.plate, *pictures, *cleaned, *(other.plate for other in others)]
    mattes = [matte for each in (inputs, *others) for matte in each.mattes.values()]
    return [plane for frame in frames for plane in frame.planes] + [matte.alpha for matte in mattes]


def test_every_effect_has_forms_here_and_documentation():
    assert set(FORMS) == set(EFFECTS)
    for kind, effect in EFFECTS.items():
        assert effect.kind == kind
        assert (effect.__doc__ or "").strip()
        for name, field in effect.model_fields.items():
            assert field.description, f"{kind}.{name} has no description"


@pytest.mark.parametrize(("name", "size"), PLATES, ids=[f"{name}-{size}" for name, size in PLATES])
@pytest.mark.parametrize(("kind", "form"), EDITS, ids=[f"{kind}-{form[:40]}" for kind, form in EDITS])
class TestEveryEffect:
    def test_it_draws_a_layer_that_fits_the_plate(self, kind, form, name, size):
        inputs = inputs_for(name, size)
        plate, layer = inputs.plate, parsed(kind, form).apply(inputs)
        assert (layer is None) == (kind in COLORLESS and name == "gray")
        if layer is None:
            return
        assert layer.domain == layer.domain.intersected(Box.whole(size)).snapped(size, step=plate.format.cell)
        assert all(plane.dtype == plate.format.dtype and plane.max() <= plate.format.maximum for plane in layer.planes)
        result = over(plate, layer)
        assert (result.format, result.size, result.at) == (plate.format, size, plate.at)
        assert any((a != b).any() for a, b in zip(result.planes, plate.planes, strict=True))
        if not plate.format.has_alpha:
            wanted = over_reference(plate, layer)
            for a, b in zip(result.planes, wanted.planes, strict=True):
                assert np.abs(a.astype(int) - b.astype(int)).max() <= 1

    def test_it_is_pure(self, kind, form, name, size):
        inputs, effect = inputs_for(name, size), parsed(kind, form)
        for array in arrays_of(inputs):
            array.flags.writeable = False
        before = [array.copy() for array in arrays_of(inputs)]
        first, again, fresh = effect.apply(inputs), effect.apply(inputs), effect.apply(inputs_for(name, size))
        assert all(np.array_equal(a, b) for a, b in zip(before, arrays_of(inputs), strict=True))
        for other in (again, fresh) if first is not None else ():
            assert other.domain == first.domain
            assert all(np.array_equal(a, b) for a, b in zip(first.planes, other.planes, strict=True))
            assert (first.matte is None) == (other.matte is None)
            assert first.matte is None or np.array_equal(first.matte, other.matte)


def padded(frame):
    """The same picture with line padding, as decoders hand it out."""
    planes = [np.pad(plane, ((0, 0), (0, 13)))[:, : plane.shape[1]] for plane in frame.planes]
    return replace(frame, planes=tuple(planes))


@pytest.mark.parametrize(("kind", "form"), EDITS, ids=[f"{kind}-{form[:40]}" for kind, form in EDITS])
def test_line_padding_makes_no_difference(kind, form):
    tight = inputs_for("yuv420p", Size(70, 40))
    sources = {name: replace(picture, frame=padded(picture.frame)) for name, picture in tight.sources.items()}
    loose = replace(tight, plate=padded(tight.plate), sources=sources, memo=Memo())
    first, second = (over(inputs.plate, parsed(kind, form).apply(inputs)) for inputs in (tight, loose))
    assert all(np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


@pytest.mark.parametrize("kind", EFFECTS)
class TestEveryKind:
    def test_an_ended_source_draws_nothing(self, kind):
        effect = parsed(kind, "example")
        if not hasattr(effect, "source"):
            pytest.skip("takes no source")
        assert effect.apply(inputs_for("yuv420p", Size(16, 16), ended=True)) is None

    def test_its_span_is_half_open(self, kind):
        effect = parsed(kind, "example").model_copy(update={"from_": None})
        body = effect.model_dump(by_alias=True) | {"from": "1s", "to": "50f"}
        timed = EFFECTS[kind].model_validate(body)
        inputs = inputs_for("yuv420p", Size(16, 16))
        shown = [timed.is_active(replace(inputs, seconds=Fraction(s))) for s in ("0.998", "1", "1.998", "2")]
        assert shown == [False, True, True, False]

    def test_times_that_a_file_rounds_to_milliseconds_mean_their_own_frame(self, kind):
        """At 30 frames a second Matroska keeps frame 1 at 0.033 s, which is before 1/30 s."""
        effect = parsed(kind, "example").model_copy(update={"from_": None})
        timed = EFFECTS[kind].model_validate(effect.model_dump(by_alias=True) | {"from": "1f", "to": "2f"})
        inputs = replace(inputs_for("yuv420p", Size(16, 16)), rate=FrameRate(Fraction(30)))
        shown = [timed.is_active(replace(inputs, seconds=Fraction(s))) for s in ("0", "0.033", "0.067", "0.1")]
        assert shown == [False, True, False, False]

    def test_unknown_keys_are_refused(self, kind):
        body = parsed(kind, "example").model_dump(by_alias=True)
        with pytest.raises(ValidationError, match="colour"):
            EFFECTS[kind].model_validate(body | {"colour": 1})

    def test_what_it_spells_parses_to_itself(self, kind):
        for form in ["example", *FORMS[kind]]:
            effect = parsed(kind, form)
            assert EFFECTS[kind].model_validate(effect.model_dump(by_alias=True)) == effect

    def test_its_time_is_the_plates(self, kind):
        inputs = inputs_for("yuv420p", Size(16, 16))
        inputs = replace(inputs, plate=replace(inputs.plate, at=Timestamp(7, Fraction(1, 90))))
        layer = parsed(kind, "example").apply(inputs)
        assert over(inputs.plate, layer).at == Timestamp(7, Fraction(1, 90))
