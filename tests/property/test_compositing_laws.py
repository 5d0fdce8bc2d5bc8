"""Laws of compositing that hold for any picture, format and matte."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.effects import Blur, Inputs
from composer.pixels.alpha import over, over_reference
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.pixels.filter import blurred, blurred_planes
from composer.pixels.layers import merged
from composer.pixels.planes import cell_mean, crop, inverted
from composer.pixels.warp import homography_between, resized_plane, warped_plane
from composer.values import Box, ColorTags, Frame, FrameRate, Layer, Matte, PixelFormat, Quad, Size

FORMATS = [
    "yuv420p",
    "yuv420p10le",
    "yuv420p16le",
    "yuv422p",
    "yuv444p12le",
    "yuv440p",
    "yuv411p",
    "yuv410p",
    "gbrp",
    "gbrp14le",
    "gray",
    "gray16le",
]
seeds = st.integers(0, 2**32 - 1)
# Sizes around the blocks that over works in (8 x 64), and far below.
sizes = st.builds(Size, st.one_of(st.integers(1, 20), st.integers(60, 200)), st.integers(1, 40))


quick = settings(deadline=None, max_examples=60)


def noise(name, size, seed):
    random, pixels = np.random.default_rng(seed), PixelFormat.parse(name)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    return Frame(tuple(random.integers(0, pixels.maximum + 1, s).astype(pixels.dtype) for s in shapes), pixels)


def patchy_matte(size, dtype, seed):
    """Empty, full and soft patches with hard edges between them."""
    random, full = np.random.default_rng(seed), np.iinfo(dtype).max
    step = int(random.integers(1, 30))
    kind = random.integers(0, 3, (size.height // step + 1, size.width // step + 1))
    kind = kind.repeat(step, 0).repeat(step, 1)[: size.height, : size.width]
    soft = random.integers(0, full + 1, size.shape)
    return np.where(kind == 0, 0, np.where(kind == 1, full, soft)).astype(dtype)


def domain_in(size, cell, seed):
    x0, y0, x1, y1 = np.random.default_rng(seed).random(4)
    box = Box(min(x0, x1) * size.width, min(y0, y1) * size.height, max(x0, x1) * size.width, max(y0, y1) * size.height)
    return box.snapped(size, step=cell)


@quick
@given(st.sampled_from(FORMATS), sizes, st.sampled_from([np.uint8, np.uint16]), seeds)
def test_over_equals_its_float_reference(name, size, dtype, seed):
    plate, picture = noise(name, size, seed), noise(name, size, seed + 1)
    box = domain_in(size, plate.format.cell, seed)
    if box.is_empty:
        box = Box.whole(size)
    layer = Layer(crop(picture, box).planes, patchy_matte(crop(picture, box).size, dtype, seed), box)
    result, wanted = over(plate, layer), over_reference(plate, layer)
    for index, (a, b) in enumerate(zip(result.planes, wanted.planes, strict=True)):
        allowed = 1 if plate.format.is_chroma(index) and plate.format.cell != (1, 1) else 0
        assert np.abs(a.astype(int) - b.astype(int)).max() <= allowed


@quick
@given(st.sampled_from([*FORMATS, "yuva420p"]), sizes, st.sampled_from([np.uint8, np.uint16]), seeds)
def test_an_empty_matte_leaves_the_plate_and_a_full_one_replaces_it(name, size, dtype, seed):
    plate, picture = noise(name, size, seed), noise(name, size, seed + 1)
    colors = picture.planes[: len(picture.planes) - picture.format.has_alpha]
    empty, full = np.zeros(size.shape, dtype), np.full(size.shape, np.iinfo(dtype).max, dtype)
    untouched = over(plate, Layer(colors, empty, Box.whole(size)))
    assert all(np.array_equal(a, b) for a, b in zip(untouched.planes, plate.planes, strict=True))
    replaced = over(plate, Layer(colors, full, Box.whole(size)))
    assert all(np.array_equal(a, b) for a, b in zip(replaced.planes, colors, strict=False))


@quick
@given(st.sampled_from(FORMATS), sizes, seeds)
def test_a_layer_equal_to_the_plate_changes_nothing(name, size, seed):
    plate = noise(name, size, seed)
    result = over(plate, Layer(plate.planes, patchy_matte(size, np.uint8, seed), Box.whole(size)))
    assert all(np.array_equal(a, b) for a, b in zip(result.planes, plate.planes, strict=True))


@quick
@given(sizes, st.sampled_from([np.uint8, np.uint16]), seeds)
def test_over_with_a_matte_is_under_with_its_complement(size, dtype, seed):
    first, second, matte = noise("gray", size, seed), noise("gray", size, seed + 1), patchy_matte(size, dtype, seed)
    one = over(first, Layer(second.planes, matte, Box.whole(size)))
    other = over(second, Layer(first.planes, inverted(matte), Box.whole(size)))
    assert np.array_equal(one.planes[0], other.planes[0])


@quick
@given(sizes, st.sampled_from([np.uint8, np.uint16]), seeds)
def test_a_matte_and_its_complement_sum_to_full(size, dtype, seed):
    matte = Matte(patchy_matte(size, dtype, seed))
    assert (matte.alpha.astype(int) + matte.complement().alpha == matte.maximum).all()


@quick
@given(sizes, st.sampled_from([(2, 2), (2, 1), (4, 1), (1, 2), (4, 4)]), st.integers(0, 255))
def test_the_mean_of_cells_of_one_value_is_that_value(size, cell, value):
    assert (cell_mean(np.full(size.shape, value, np.uint8), cell) == value).all()


@quick
@given(
    st.sampled_from(["bt709", "smpte170m", "bt470bg", "bt2020nc"]),
    st.sampled_from(["limited", "full"]),
    st.sampled_from([8, 10, 12]),
    st.sampled_from([(0, 0), (1, 1), (1, 0)]),
    st.tuples(*[st.integers(0, 255)] * 3),
)
def test_an_rgb_colour_survives_yuv_within_two_steps(matrix, span, depth, subsampling, rgb):
    frame = frame_from_rgb(
        np.full((3, 5, 3), rgb, np.uint8), PixelFormat("yuv", depth, subsampling), ColorTags(matrix, span)
    )
    assert np.abs(rgb_from_frame(frame).astype(int) - rgb).max() <= 2


@quick
@given(seeds)
def test_a_warp_there_and_back_shows_the_same_picture(seed):
    random = np.random.default_rng(seed)
    smooth = blurred(random.integers(0, 256, (80, 100)).astype(np.uint8), 12).astype(np.float32)
    square = np.array([[0.0, 0], [100, 0], [100, 80], [0, 80]])
    pinned = square * 2 + 30 + random.uniform(-15, 15, (4, 2))
    there = homography_between(Quad(square), Quad(pinned)).matrix
    back = homography_between(Quad(pinned), Quad(square)).matrix
    again = warped_plane(warped_plane(smooth, there, (260, 300)), back, (80, 100))
    assert np.abs(again - smooth)[4:-4, 4:-4].max() < 2.5


@quick
@given(sizes, sizes, st.integers(0, 255))
def test_resizing_one_value_gives_that_value(size, other, value):
    assert (resized_plane(np.full(size.shape, value, np.uint8), other.shape) == value).all()


@quick
@given(
    size=sizes,
    value=st.integers(0, 1023),
    radius=st.floats(0, 90),
    kind=st.sampled_from(["gaussian", "box", "pixelate"]),
    leaves_out=st.booleans(),
    seed=seeds,
)
def test_a_blur_of_one_value_is_that_value(*, size, value, radius, kind, leaves_out, seed):
    exclude = patchy_matte(size, np.uint8, seed) if leaves_out else None
    assert (blurred(np.full(size.shape, value, np.uint16), radius, kind, exclude=exclude) == value).all()


@quick
@given(
    st.sampled_from(["yuv420p", "yuv422p10le", "gbrp"]),
    sizes,
    st.floats(0.5, 40),
    st.sampled_from(["gaussian", "box", "pixelate"]),
    seeds,
)
def test_a_blur_never_knows_what_it_excludes(name, size, radius, kind, seed):
    one, matte = noise(name, size, seed), patchy_matte(size, np.uint8, seed)
    if matte.all():
        return  # with nothing left to look at, there is nothing to promise
    other = noise(name, size, seed + 1)
    pixels = one.format
    mixed = []
    for index, (a, b) in enumerate(zip(one.planes, other.planes, strict=True)):
        touched = cell_mean((matte > 0).astype(np.float32), pixels.cell if pixels.is_chroma(index) else (1, 1)) > 0
        mixed.append(np.where(touched, b, a))
    first = blurred_planes(one.planes, pixels, radius, kind, exclude=matte)
    second = blurred_planes(tuple(mixed), pixels, radius, kind, exclude=matte)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@quick
@given(sizes, st.integers(1, 30), seeds)
def test_the_surroundings_blur_the_same_whoever_stands_in_front(size, radius, seed):
    matte = patchy_matte(size, np.uint8, seed)
    if matte.all():
        return
    plate, other = noise("yuv444p", size, seed), noise("yuv444p", size, seed + 1)
    swapped = replace(
        plate, planes=tuple(np.where(matte > 0, b, a) for a, b in zip(plate.planes, other.planes, strict=True))
    )
    layers = [
        Blur.model_validate({"outside": "subject", "radius": f"{radius}px"}).apply(
            Inputs(frame, Fraction(0), FrameRate(Fraction(25)), mattes={"subject": Matte(matte)})
        )
        for frame in (plate, swapped)
    ]
    assert all(np.array_equal(a, b) for a, b in zip(layers[0].planes, layers[1].planes, strict=True))


@quick
@given(st.sampled_from([name for name in FORMATS if name.startswith(("yuv420p", "gbrp", "gray"))]), sizes, seeds)
def test_two_layers_as_one_are_one_over_the_other(name, size, seed):
    """To rounding: coverage of the one layer is kept in its matte's steps."""
    plate, cell = noise(name, size, seed), PixelFormat.parse(name).cell
    layers = []
    for shift in (1, 2):
        box = domain_in(size, cell, seed + shift)
        box = Box.whole(size) if box.is_empty else box
        picture = crop(noise(name, size, seed + shift), box)
        layers.append(Layer(picture.planes, patchy_matte(picture.size, np.uint16, seed + shift), box))
    upper, lower = layers
    one, both = (
        over_reference(plate, merged(upper, lower, plate.format)),
        over_reference(over_reference(plate, lower), upper),
    )
    for index, (a, b) in enumerate(zip(one.planes, both.planes, strict=True)):
        if not plate.format.is_chroma(index) or cell == (1, 1):
            assert np.abs(a.astype(int) - b.astype(int)).max() <= 1 + (plate.format.maximum >> 14)
