"""Promises for mattes from keys, files and other mattes: they come in the plate's size, paired by index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from composer.errors import DecodeError, PlanError
from composer.mask.sources import MATTE_KINDS, MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.text_prompt import Detection
from composer.values import Box, ColorTags, Frame, FrameRate, PixelFormat, Size, Timestamp
from tests.scenes import RedMoves, crossing

SIZE = Size(32, 24)
RATE = FrameRate(Fraction(25))
FULL = ColorTags(range="full")
GRAY, GRAY16 = PixelFormat("gray"), PixelFormat("gray", 16)


@dataclass(frozen=True)
class Given:
    """A shot made of given planes."""

    planes: tuple[tuple[np.ndarray, ...], ...]
    layout: PixelFormat = GRAY
    color: ColorTags = FULL
    key: str = "given"
    rate: FrameRate = RATE

    @property
    def size(self) -> Size:
        height, width = self.planes[0][0].shape
        return Size(width, height)

    @property
    def count(self) -> int | None:
        return len(self.planes)

    def frames(self) -> Iterator[Frame]:
        for index, planes in enumerate(self.planes):
            yield Frame(planes, self.layout, self.color, Timestamp(index, Fraction(1, 25)))


def flat(*values, size=SIZE, dtype=np.uint8, layout=GRAY):
    return Given(tuple((np.full(size.shape, value, dtype),) for value in values), layout)


def specs(**raw):
    return {name: MatteSpec.model_validate(spec) for name, spec in raw.items()}


PLATE = flat(100, 100, 100)

#: One matte of every kind there is.
EVERY_KIND = {
    "moving": {"moving": {}},
    "static": {"static": {}},
    "automatic": {"automatic": {}},
    "static_objects": {"static_objects": {}},
    "text": {"text": "red disk"},
    "prompt": {"prompt": {"points": [[0.2, 0.5]]}},
    "key": {"key": {"luma": [0.3, 0.5]}},
    "shape": {"shape": {"ellipse": [0.1, 0.1, 0.6, 0.8]}},
    "file": {"file": "x"},
    "union": {"union": ["key", "file"]},
    "intersection": {"intersection": ["moving", "file"]},
    "minus": {"minus": ["file", "text"]},
    "invert": {"invert": "automatic"},
}


class EveryRed:
    """A fake detector: the red disk's box."""

    digest = "red"

    def detect(self, picture, text):
        rows, columns = np.nonzero((picture[..., 0] > 150) & (picture[..., 1] < 90))
        return [Detection(Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), 0.9)]


@pytest.fixture(scope="module")
def every_kind():
    scene = crossing(3)
    file = flat(255, 128, 0, size=scene.size)
    with make_mattes(
        specs(**EVERY_KIND),
        scene,
        files={"file": file},
        motion=RedMoves(scene),
        segmenter="embedded",
        detector=EveryRed(),
    ) as mattes:
        yield scene, mattes


class TestEveryKind:
    """Promises that every way of asking for a matte keeps."""

    def test_there_is_one_of_every_kind_here(self):
        assert list(EVERY_KIND) == list(MATTE_KINDS)

    @pytest.mark.parametrize("kind", MATTE_KINDS)
    def test_it_comes_in_the_plates_size_at_the_frames_time_and_the_same_when_opened_again(self, every_kind, kind):
        scene, mattes = every_kind
        one, again = mattes.open(kind), mattes.open(kind)
        for index, frame in enumerate(scene.frames()):
            made, repeated = one.matte_at(index, frame), again.matte_at(index, frame)
            assert made.size == scene.size
            assert made.alpha.dtype == np.uint8
            assert made.at == frame.at
            assert np.array_equal(made.alpha, repeated.alpha)

    @pytest.mark.parametrize("kind", MATTE_KINDS)
    def test_its_objects_have_unique_ids_share_no_pixel_and_make_up_the_matte(self, every_kind, kind):
        scene, mattes = every_kind
        objects, summary = mattes.objects(kind), mattes.summary(kind)
        ids = [one.object_id for one in objects]
        assert len(ids) == len(set(ids))
        assert kind == "static" or ids == [one.object_id for one in summary.objects]
        assert 0 <= summary.confidence <= 1
        whole = mattes.open(kind)
        for index, frame in enumerate(scene.frames()):
            alpha = whole.matte_at(index, frame).alpha
            parts = [one.matte_at(index, frame).alpha for one in objects]
            if parts:
                assert (np.sum([part > 0 for part in parts], axis=0) <= 1).all()
                assert np.array_equal(np.max(parts, axis=0), alpha)


def values(mattes, name, count=3):
    stream = mattes.open(name)
    return [
        int(stream.matte_at(index, frame).alpha[5, 5])
        for index, frame in zip(range(count), PLATE.frames(), strict=False)
    ]


def test_a_files_frames_are_paired_by_index_and_its_luma_is_the_matte():
    with make_mattes(specs(a={"file": "x"}), PLATE, files={"a": flat(0, 128, 255)}) as mattes:
        assert values(mattes, "a") == [0, 128, 255]
        assert mattes.summary("a").warnings == ()


def test_every_open_starts_at_the_first_frame_and_frames_may_be_skipped():
    with make_mattes(specs(a={"file": "x"}), PLATE, files={"a": flat(0, 128, 255)}) as mattes:
        frame = next(PLATE.frames())
        stream = mattes.open("a")
        assert [stream.matte_at(index, frame).alpha[0, 0] for index in (0, 2)] == [0, 255]
        assert values(mattes, "a")[0] == 0


def test_asking_backwards_is_refused_instead_of_answered_wrongly():
    with make_mattes(specs(a={"file": "x"}), PLATE, files={"a": flat(0, 128, 255, 7, 8)}) as mattes:
        frame, stream = next(PLATE.frames()), mattes.open("a")
        for index in (0, 1, 2, 3):
            stream.matte_at(index, frame)
        with pytest.raises(DecodeError, match="frame 0 was asked for after frame 3"):
            stream.matte_at(0, frame)


def test_a_matte_file_of_another_size_is_refused_by_name():
    with pytest.raises(PlanError, match=r"'a'.*16x12.*32x24"):
        make_mattes(specs(a={"file": "x"}), PLATE, files={"a": flat(0, size=Size(16, 12))})


def test_a_full_size_matte_file_serves_a_proxy_of_the_plate():
    full = flat(0, 255, 255, size=Size(64, 48))
    with make_mattes(specs(a={"file": "x"}), PLATE, files={"a": full}, proxy=0.5) as mattes:
        assert values(mattes, "a") == [0, 255, 255]


def test_too_few_or_too_many_frames_are_said_and_the_last_one_holds():
    with make_mattes(specs(a={"file": "x"}, b={"invert": "a"}), PLATE, files={"a": flat(0, 255)}) as mattes:
        assert values(mattes, "a") == [0, 255, 255]
        assert "2 frames, the plate has 3" in mattes.summary("a").warnings[0]
        assert mattes.summary("b").warnings == mattes.summary("a").warnings


def test_a_still_matte_holds_silently():
    with make_mattes(specs(a={"file": "x"}), PLATE, files={"a": flat(77)}) as mattes:
        assert values(mattes, "a") == [77, 77, 77]
        assert mattes.summary("a").warnings == ()


def test_alpha_is_taken_where_the_file_has_it_and_luma_where_asked():
    plane = np.full(SIZE.shape, 255, np.uint8)
    picture = Given(
        ((plane, plane, plane, np.full(SIZE.shape, 9, np.uint8)),), PixelFormat("rgb", has_alpha=True), ColorTags()
    )
    raw = {"a": {"file": "x"}, "b": {"file": {"source": "x", "channel": "luma"}}}
    with make_mattes(specs(**raw), PLATE, files={"a": picture, "b": picture}) as mattes:
        assert values(mattes, "a", 1) == [9]
        assert values(mattes, "b", 1) == [255]


def test_alpha_asked_of_a_file_without_one_is_refused():
    raw = {"a": {"file": {"source": "x", "channel": "alpha"}}}
    with make_mattes(specs(**raw), PLATE, files={"a": flat(0)}) as mattes, pytest.raises(DecodeError, match="no alpha"):
        values(mattes, "a", 1)


def test_limited_range_luma_is_stretched_so_that_white_is_full():
    luma = tuple(
        (np.full(SIZE.shape, value, np.uint8), *(np.full((12, 16), 128, np.uint8),) * 2) for value in (16, 235, 250)
    )
    video = Given(luma, PixelFormat("yuv", 8, (1, 1)), ColorTags(range="limited"))
    with make_mattes(specs(a={"file": "x"}), PLATE, files={"a": video}) as mattes:
        assert values(mattes, "a") == [0, 255, 255]


def test_booleans_are_pointwise_most_least_and_remainder():
    raw = {
        "a": {"file": "x"},
        "b": {"file": "y"},
        "u": {"union": ["a", "b"]},
        "i": {"intersection": ["a", "b"]},
        "m": {"minus": ["a", "b"]},
        "n": {"invert": "a"},
    }
    files = {"a": flat(200, 0, 255), "b": flat(100, 50, 255)}
    with make_mattes(specs(**raw), PLATE, files=files) as mattes:
        assert values(mattes, "u") == [200, 50, 255]
        assert values(mattes, "i") == [100, 0, 255]
        assert values(mattes, "m") == [155, 0, 0]
        assert values(mattes, "n") == [55, 255, 0]


def test_a_16_bit_matte_stays_16_bit_and_full_stays_full_beside_8_bit():
    raw = {"a": {"file": "x"}, "b": {"file": "y"}, "u": {"union": ["a", "b"]}}
    files = {"a": flat(65535, 300, 0, dtype=np.uint16, layout=GRAY16), "b": flat(0, 1, 255)}
    with make_mattes(specs(**raw), PLATE, files=files) as mattes:
        assert values(mattes, "u") == [65535, 300, 65535]


def test_a_key_needs_no_analysis_and_the_mattes_time_is_the_frames():
    with make_mattes(specs(k={"key": {"luma": [0.3, 0.5]}}), PLATE) as mattes:
        made = mattes.open("k").matte_at(1, list(PLATE.frames())[1])
        assert (made.alpha == 255).all()
        assert made.at == Timestamp(1, Fraction(1, 25))


def test_a_difference_key_reads_its_clean_plate_from_the_files():
    with make_mattes(specs(k={"key": {"clean": "x"}}), PLATE, files={"k": flat(100)}) as mattes:
        assert values(mattes, "k") == [0, 0, 0]
