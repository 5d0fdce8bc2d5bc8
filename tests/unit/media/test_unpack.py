"""Every stored pixel format becomes planes without changing one value."""

from __future__ import annotations

import av
import numpy as np
import pytest

from composer.errors import DecodeError
from composer.media.unpack import luma_of, planar_format, planes_of
from composer.values import PixelFormat

WIDTH, HEIGHT = 37, 11  # odd, so that line padding and rounded-up chroma show


def filled_frame(name: str) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, name)
    random = np.random.default_rng(3)
    for plane in frame.planes:
        stored = np.frombuffer(plane, np.uint8)
        stored[:] = random.integers(0, 256, stored.size, np.uint8)
    return frame


def rows(frame: av.VideoFrame, index: int = 0) -> np.ndarray:
    plane = frame.planes[index]
    return np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)


@pytest.mark.parametrize(
    ("name", "order"), [("rgb24", (0, 1, 2)), ("bgr24", (2, 1, 0)), ("bgra", (2, 1, 0, 3)), ("argb", (1, 2, 3, 0))]
)
def test_packed_rgb_is_taken_apart(name, order):
    frame = filled_frame(name)
    channels = 3 if name.endswith("24") else 4
    pixels = rows(frame)[:, : WIDTH * channels].reshape(HEIGHT, WIDTH, channels)
    assert planar_format(name) == PixelFormat("rgb", 8, has_alpha=len(order) == 4)
    for plane, index in zip(planes_of(frame), order, strict=True):
        assert np.array_equal(plane, pixels[..., index])


@pytest.mark.parametrize(("name", "depth", "shift"), [("p010le", 10, 6), ("p016le", 16, 0)])
def test_deep_semi_planar_keeps_its_values(name, depth, shift):
    frame = av.VideoFrame(WIDTH + 1, HEIGHT + 1, name)
    values = np.random.default_rng(4).integers(0, 1 << depth, ((HEIGHT + 1) * 3 // 2, WIDTH + 1)).astype(np.uint16)
    for index, part in enumerate((values[: HEIGHT + 1], values[HEIGHT + 1 :])):
        stored = rows(frame, index).view("<u2")
        stored[:, : WIDTH + 1] = part << shift
    luma, u, v = planes_of(frame)
    assert planar_format(name) == PixelFormat("yuv", depth, (1, 1))
    assert np.array_equal(luma, values[: HEIGHT + 1])
    assert np.array_equal(u, values[HEIGHT + 1 :, ::2])
    assert np.array_equal(v, values[HEIGHT + 1 :, 1::2])


@pytest.mark.parametrize(("name", "u_first"), [("nv12", True), ("nv21", False)])
def test_semi_planar_is_taken_apart(name, u_first):
    frame = filled_frame(name)
    pairs = rows(frame, 1)[:, : 2 * ((WIDTH + 1) // 2)].reshape(-1, (WIDTH + 1) // 2, 2)
    luma, u, v = planes_of(frame)
    assert np.array_equal(luma, rows(frame)[:, :WIDTH])
    assert np.array_equal(u, pairs[..., 0 if u_first else 1])
    assert np.array_equal(v, pairs[..., 1 if u_first else 0])


def test_packed_yuv_is_taken_apart():
    frame = av.VideoFrame(8, 2, "yuyv422")
    stored = rows(frame)
    stored[:, :16] = np.arange(32, dtype=np.uint8).reshape(2, 16)
    luma, u, v = planes_of(frame)
    assert luma[0].tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    assert u[0].tolist() == [1, 5, 9, 13]
    assert v[0].tolist() == [3, 7, 11, 15]


def test_big_endian_is_turned_around():
    frame = av.VideoFrame(4, 1, "gray16be")
    np.frombuffer(frame.planes[0], ">u2")[:4] = [1, 256, 65535, 4660]
    assert planes_of(frame)[0].tolist() == [[1, 256, 65535, 4660]]


@pytest.mark.parametrize("name", ["yuv420p", "yuv444p10le", "gbrp", "yuva420p", "gray"])
def test_planar_formats_are_views_not_copies(name):
    frame = filled_frame(name)
    planes = planes_of(frame)
    order = (2, 0, 1) if name == "gbrp" else range(len(planes))
    for plane, index in zip(planes, order, strict=True):
        assert np.shares_memory(plane, np.frombuffer(frame.planes[index], np.uint8))


@pytest.mark.parametrize("name", ["gbrpf32le", "xyz12le", "bayer_rggb8"])
def test_formats_without_a_lossless_home_are_refused_by_name(name):
    with pytest.raises(DecodeError, match=name):
        planar_format(name)


@pytest.mark.parametrize(
    "name", ["yuv420p", "yuvj422p", "yuva444p", "yuv420p10le", "yuv422p10be", "nv12", "p010le", "uyvy422", "yuyv422"]
)
def test_brightness_alone_is_the_first_plane(name):
    frame = filled_frame(name)
    luma = luma_of(frame)
    assert np.array_equal(luma, planes_of(frame)[0])
    assert not luma.flags.writeable
