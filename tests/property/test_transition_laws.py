"""What holds of every transition, whatever the pictures, their size and their format."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.pixels import transition
from composer.values import Frame, PixelFormat, Size

FORMATS = ["yuv420p", "yuv422p10le", "yuv444p", "gbrp", "gray", "yuva420p"]
WAYS = {
    "dissolve": transition.dissolved,
    **{
        f"{way.__name__} {direction}": lambda a, b, share, way=way, direction=direction: way(
            a, b, share, direction=direction
        )
        for way in (transition.wiped, transition.slid, transition.pushed)
        for direction in ("left", "right", "up", "down")
    },
    "soft wipe": lambda a, b, share: transition.wiped(a, b, share, soft=0.5),
    "iris": transition.opened,
    "iris in a corner": lambda a, b, share: transition.opened(a, b, share, center=(0.1, 0.9), soft=0.3),
    "luma": lambda a, b, share: transition.ordered(a, b, share, ramp=_ramp(a.size)),
    "fade": lambda a, b, share: transition.faded_through(a, b, share, rgb=(255, 0, 40)),
}
SHARES = st.floats(0, 1)
SIZES = st.builds(Size, st.integers(2, 9), st.integers(2, 9))


def _ramp(size: Size) -> np.ndarray:
    return np.random.default_rng(size.width).random(size.shape, np.float32)


def frame(name: str, size: Size, seed: int) -> Frame:
    pixels, random = PixelFormat.parse(name), np.random.default_rng(seed)
    shapes = [pixels.plane_shape(index, size) for index in range(pixels.plane_count)]
    return Frame(tuple(random.integers(0, pixels.maximum + 1, shape).astype(pixels.dtype) for shape in shapes), pixels)


def same(first: Frame, second: Frame) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@given(name=st.sampled_from(FORMATS), size=SIZES)
@settings(max_examples=12, deadline=None)
def test_it_begins_with_the_first_and_ends_with_the_second_bit_for_bit(way, name, size):
    first, second = frame(name, size, 1), frame(name, size, 2)
    assert same(way(first, second, 0.0), first)
    assert same(way(first, second, 1.0), second)


@pytest.mark.parametrize("way", [WAYS[name] for name in WAYS if name != "fade"])
@given(name=st.sampled_from(["yuv420p", "yuv422p10le"]), size=SIZES, share=SHARES)
@settings(max_examples=12, deadline=None)
def test_every_value_lies_between_those_of_the_two_pictures(way, name, size, share):
    first, second = frame(name, size, 1), frame(name, size, 2)
    result = way(first, second, share)
    assert result.format == first.format
    for plane, a, b in zip(result.planes, first.planes, second.planes, strict=True):
        assert plane.min() >= min(a.min(), b.min())
        assert plane.max() <= max(a.max(), b.max())


@given(name=st.sampled_from(FORMATS), size=SIZES, share=SHARES)
@settings(max_examples=25, deadline=None)
def test_a_dissolve_between_equal_pictures_changes_nothing(name, size, share):
    picture = frame(name, size, 3)
    assert same(transition.dissolved(picture, picture, share), picture)


@given(name=st.sampled_from(["yuv420p", "yuv444p", "gbrp", "yuv422p10le"]), size=SIZES, step=st.integers(0, 64))
@settings(max_examples=25, deadline=None)
def test_a_dissolve_backwards_is_the_same_dissolve(name, size, step):
    first, second = frame(name, size, 1), frame(name, size, 2)
    there, back = (transition.dissolved(*way) for way in ((first, second, step / 64), (second, first, 1 - step / 64)))
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(there.planes, back.planes, strict=True))


@given(size=SIZES, share=SHARES, later=SHARES)
@settings(max_examples=25, deadline=None)
def test_what_a_wipe_has_shown_it_does_not_take_back(size, share, later):
    share, later = sorted((share, later))
    dark, light = (Frame((np.full(size.shape, value, np.uint8),), PixelFormat("gray")) for value in (0, 255))
    for way in (transition.wiped, transition.opened):
        assert (way(dark, light, share).planes[0] <= way(dark, light, later).planes[0]).all()


@pytest.mark.parametrize("direction", ["left", "right", "up", "down"])
@given(size=SIZES, share=SHARES)
@settings(max_examples=25, deadline=None)
def test_a_push_moves_luma_and_chroma_together(direction, size, share):
    """A picture whose chroma repeats its luma still does so after it has been pushed, also at odd sizes."""
    first, second = (_in_step(size, seed) for seed in (1, 2))
    luma, chroma, _ = transition.pushed(first, second, share, direction=direction).planes
    assert np.array_equal(luma[::2, ::2], chroma)


def _in_step(size: Size, seed: int) -> Frame:
    cells = np.random.default_rng(seed).integers(0, 256, (-(-size.height // 2), -(-size.width // 2))).astype(np.uint8)
    luma = np.repeat(np.repeat(cells, 2, 0), 2, 1)[: size.height, : size.width]
    return Frame((luma, cells, cells), PixelFormat("yuv", 8, (1, 1)))
