"""Mattes with ``edges: fine``: only the band changes, complements stay exact, finishing comes after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import ModelUnavailable
from composer.mask import matting
from composer.mask.band import band_of
from composer.mask.fine import Fine, fine_alpha
from composer.mask.finish import Finish, finished
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.streams import FromFile
from composer.values import ColorTags, Frame, FrameRate, PixelFormat, Size, Timestamp

SIZE = Size(96, 64)
RATE = FrameRate(Fraction(25))


@dataclass(frozen=True)
class Made:
    """A shot of given planes."""

    pictures: tuple[np.ndarray, ...]
    layout: PixelFormat
    key: str = "made"
    rate: FrameRate = RATE
    size: Size = SIZE

    @property
    def count(self) -> int | None:
        return len(self.pictures)

    def frames(self) -> Iterator[Frame]:
        for index, picture in enumerate(self.pictures):
            planes = tuple(picture) if picture.ndim == 3 else (picture,)
            yield Frame(planes, self.layout, ColorTags(range="full"), Timestamp(index, Fraction(1, 25)))


def disk(centre, *, width):
    rows, columns = np.mgrid[: SIZE.height, : SIZE.width]
    return np.clip((16 - np.hypot(rows - 32, columns - centre)) / width + 0.5, 0, 1).astype(np.float32)


def textures():
    rng = np.random.default_rng(2)
    made = [cv2.GaussianBlur(rng.random((*SIZE.shape, 3), np.float32), (0, 0), 5) for _ in range(2)]
    return made[0] * 0.3 + (0.6, 0.3, 0.1), made[1] * 0.3 + (0.1, 0.2, 0.5)


CENTRES = (40, 44, 48)


@pytest.fixture(scope="module")
def plate():
    front, behind = textures()
    mixed = [behind + (front - behind) * disk(centre, width=8)[..., None] for centre in CENTRES]
    return Made(
        tuple(np.rint(np.moveaxis(picture, 2, 0) * 255).astype(np.uint8) for picture in mixed), PixelFormat("rgb")
    )


@pytest.fixture(scope="module")
def rough():
    """A matte whose edge is too steep."""
    return Made(tuple(np.rint(disk(centre, width=2) * 255).astype(np.uint8) for centre in CENTRES), PixelFormat("gray"))


def mattes_of(plate, rough, **raw):
    specs = {name: MatteSpec.model_validate(spec) for name, spec in raw.items()}
    return make_mattes(specs, plate, files={name: rough for name, spec in specs.items() if spec.file is not None})


def alphas(mattes, name, plate):
    stream = mattes.open(name)
    return [stream.matte_at(index, frame).alpha for index, frame in enumerate(plate.frames())]


def test_a_matte_gets_the_edge_that_the_picture_has(plate, rough):
    with mattes_of(plate, rough, fast={"file": "x"}, fine={"file": "x", "edges": "fine"}) as mattes:
        truth = [disk(centre, width=8) for centre in CENTRES]
        fast, fine = (
            np.mean([np.abs(alpha / 255 - true).mean() for alpha, true in zip(found, truth, strict=True)])
            for found in (alphas(mattes, name, plate) for name in ("fast", "fine"))
        )
        assert fine < 0.7 * fast


def test_a_fine_matte_and_what_inverts_it_sum_to_full_at_every_pixel(plate, rough):
    raw = {"it": {"file": "x", "edges": "fine", "feather": "2px"}, "rest": {"invert": "it"}}
    with mattes_of(plate, rough, **raw) as mattes:
        pairs = zip(alphas(mattes, "it", plate), alphas(mattes, "rest", plate), strict=True)
        assert all((it.astype(int) + rest == 255).all() for it, rest in pairs)


def test_the_colours_of_the_edge_come_along_and_change_sides_with_the_complement(plate, rough):
    raw = {"it": {"file": "x", "edges": "fine", "choke": "1px"}, "rest": {"invert": "it"}}
    with mattes_of(plate, rough, **raw) as mattes:
        frame = next(plate.frames())
        it, rest = (mattes.open(name).matte_at(0, frame) for name in ("it", "rest"))
    assert it.colors.domain == rest.colors.domain
    assert all(np.array_equal(*pair) for pair in zip(it.colors.subject, rest.colors.behind, strict=True))
    front = np.moveaxis(textures()[0] * 255, 2, 0)[(slice(None), *it.colors.domain.slices)]
    soft = (it.alpha > 50) & (it.alpha < 200)
    off = [
        np.abs(planes - front)[:, soft[it.colors.domain.slices]].mean()
        for planes in (it.colors.subject, it.colors.mixed)
    ]
    assert off[0] < 0.7 * off[1]


def test_choke_and_feather_come_after(plate, rough):
    raw = {"fine": {"file": "x", "edges": "fine"}, "choked": {"file": "x", "edges": "fine", "choke": "2px"}}
    with mattes_of(plate, rough, **raw) as mattes:
        fine, choked = (alphas(mattes, name, plate) for name in ("fine", "choked"))
    assert np.array_equal(choked[0], finished(fine[0], Finish(-2)))


def test_every_opening_gives_the_same_frames(plate, rough):
    with mattes_of(plate, rough, it={"file": "x", "edges": "fine"}) as mattes:
        assert np.array_equal(alphas(mattes, "it", plate), alphas(mattes, "it", plate))


@given(st.integers(0, 2**16), st.sampled_from([np.uint8, np.uint16]))
@settings(max_examples=8, deadline=None)
def test_outside_its_band_no_matte_changes_by_a_bit(seed, dtype):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (30, 44, 3)).astype(np.uint8)
    alpha = np.zeros((30, 44), dtype)
    left, top = rng.integers(0, 30), rng.integers(0, 20)
    alpha[top : top + 8, left : left + 9] = rng.integers(0, np.iinfo(dtype).max, endpoint=True)
    fine = fine_alpha(picture, alpha, band_of(alpha))
    away = ~band_of(alpha)
    assert fine.dtype == dtype
    assert np.array_equal(fine[away], alpha[away])


def test_motion_is_taken_from_the_frame_before_and_only_from_that(plate, rough):
    frames = list(plate.frames())
    straight, jumped = (Fine(FromFile("m", rough.frames())) for _ in range(2))
    straight.matte_at(0, frames[0])
    jumped.matte_at(0, frames[0])
    straight.matte_at(1, frames[1])
    lone = Fine(FromFile("m", rough.frames())).matte_at(2, frames[2])
    assert np.array_equal(jumped.matte_at(2, frames[2]).alpha, lone.alpha)
    assert not np.array_equal(straight.matte_at(2, frames[2]).alpha, lone.alpha)


def test_it_is_refused_before_the_first_frame_where_its_library_is_missing(plate, rough, monkeypatch):
    monkeypatch.setattr(matting, "is_installed", lambda: False)
    with pytest.raises(ModelUnavailable, match="matte 'it': edges: fine needs pymatting"):
        mattes_of(plate, rough, it={"file": "x", "edges": "fine"})
