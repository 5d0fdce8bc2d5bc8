"""Pictures are turned upright without changing one value."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageOps

from composer.media import open_reader
from composer.media.orient import Orientation
from composer.media.synthetic import clip_planes, write_clip
from composer.values import ColorTags, PixelFormat, Size

TURNS = {0: 0, 90: -1, 180: 2, 270: 1}


class TestRotatedFiles:
    @pytest.mark.parametrize("degrees", TURNS)
    @pytest.mark.parametrize("format_", ["yuv420p", "yuv422p10le", "yuv444p"])
    def test_come_back_upright_value_for_value(self, tmp_path, degrees, format_):
        path = write_clip(tmp_path / "a.mp4", codec="h264", format=format_, quality=0, frames=3, rotation=degrees)
        with open_reader(path) as reader:
            frames = list(reader.frames())
        stored = PixelFormat.parse(format_)
        for index, frame in enumerate(frames):
            for found, plane in zip(frame.planes, clip_planes(index, Size(64, 36), stored), strict=True):
                assert np.array_equal(found, np.rot90(plane, TURNS[degrees]))
        assert reader.info.rotation == degrees
        assert reader.info.size == (Size(36, 64) if degrees in (90, 270) else Size(64, 36))

    def test_422_lying_down_is_440_standing_up(self, tmp_path):
        path = write_clip(tmp_path / "a.mp4", codec="h264", format="yuv422p", rotation=90)
        with open_reader(path) as reader:
            assert reader.info.format.name == "yuv440p"

    def test_oblong_pixels_turn_along(self, tmp_path):
        path = write_clip(tmp_path / "a.mp4", codec="h264", rotation=270, sample_aspect=Fraction(4, 3))
        with open_reader(path) as reader:
            assert reader.info.sample_aspect == Fraction(3, 4)

    def test_chroma_keeps_its_place_in_the_scene(self, tmp_path):
        path = write_clip(tmp_path / "a.mp4", codec="h264", rotation=90)
        with open_reader(path) as reader:
            assert reader.info.color.chroma_location == "top"


class TestOrientation:
    def test_the_eight_exif_orientations_are_pillows(self):
        picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
        for number in range(1, 9):
            image = Image.fromarray(picture)
            image.getexif()[274] = number
            expected = np.asarray(ImageOps.exif_transpose(image))
            assert np.array_equal(Orientation.of_exif(number).planes((picture,))[0], expected)

    def test_a_display_matrix_says_where_each_pixel_goes(self):
        one = 1 << 16
        picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
        for across, down, is_swapped in product((1, -1), (1, -1), (False, True)):
            # (x, y) maps to (a x + c y, b x + d y)
            a, b, c, d = (0, down, across, 0) if is_swapped else (across, 0, 0, down)
            matrix = np.array([[a * one, b * one, 0], [c * one, d * one, 0], [0, 0, 1 << 30]])
            (turned,) = Orientation.of_matrix(matrix).planes((picture,))
            places = {(a * x + c * y, b * x + d * y): picture[y, x] for y in range(2) for x in range(3)}
            left, top = min(x for x, _ in places), min(y for _, y in places)
            assert all(turned[y - top, x - left] == value for (x, y), value in places.items())

    def test_a_chroma_place_that_no_tag_can_tell_becomes_unknown(self):
        half_turn = Orientation(False, True, True)
        assert half_turn.color(ColorTags(chroma_location="left")).chroma_location == "unknown"
        assert half_turn.color(ColorTags(chroma_location="center")).chroma_location == "center"
