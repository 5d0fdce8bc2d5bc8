"""Flicker is what motion does not explain, and nothing else."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from composer.mask.flicker import FlickerMeter, trust_in, unexplained
from composer.values import Size

SIZE = Size(160, 96)


def texture(shift=0):
    rng = np.random.default_rng(7)
    coarse = rng.integers(40, 220, (12, 30), dtype=np.uint8)
    return np.ascontiguousarray(np.kron(coarse, np.ones((8, 8), np.uint8))[:, shift : shift + SIZE.width])


def disk(x, radius=20, level=255):
    rows, columns = np.mgrid[0 : SIZE.height, 0 : SIZE.width]
    return (np.hypot(columns - x, rows - 48) < radius).astype(np.uint8) * np.uint8(level)


def measured(pairs):
    meter = FlickerMeter(SIZE)
    for grey, alpha in pairs:
        meter.see(grey, alpha)
    return meter


def test_a_matte_that_moves_with_the_picture_does_not_flicker():
    meter = measured([(texture(shift), disk(100 - shift)) for shift in range(0, 20, 3)])
    assert meter.mean < 0.06


def test_a_matte_that_stays_while_the_picture_moves_does():
    meter = measured([(texture(shift), disk(90)) for shift in range(0, 20, 3)])
    assert meter.mean > 0.12


def test_a_matte_that_comes_and_goes_flickers_wholly():
    meter = measured([(texture(), disk(80, level=level)) for level in (255, 0, 255, 0)])
    assert_allclose([change.share for change in meter.changes], 1, atol=1e-6)


def test_an_edge_that_crawls_counts_by_its_share_of_the_area():
    meter = measured([(texture(), disk(80, radius)) for radius in (20, 22, 20, 22)])
    assert_allclose(meter.mean, 1 - (20 / 22) ** 2, atol=0.02)


def test_a_veil_that_pulses_counts_by_its_depth():
    meter = measured([(texture(), disk(80, level=level)) for level in (255, 204, 255)])
    assert_allclose(meter.mean, 0.2, atol=0.01)


def test_nothing_at_all_has_no_flicker():
    meter = measured([(texture(), disk(80, 0)) for _ in range(3)])
    assert np.isnan(meter.mean)
    assert np.isnan(meter.changes[0].share)


def test_what_the_flow_cannot_explain_is_no_evidence():
    size = (24, 32)
    before, now = np.ones(size, np.float32), np.zeros(size, np.float32)
    still = np.zeros((*size, 2), np.float32)
    assert np.isnan(unexplained(before, now, still, np.zeros(size, np.float32)).share)
    assert unexplained(before, now, still, np.ones(size, np.float32)).share == 1


def test_a_changed_picture_is_not_trusted():
    dark, bright = np.full((24, 32), 20, np.uint8), np.full((24, 32), 200, np.uint8)
    still = np.zeros((24, 32, 2), np.float32)
    assert trust_in(still, still, dark, bright).max() < 1e-3
    assert trust_in(still, still, dark, dark).min() == pytest.approx(1)


def test_frames_that_do_not_follow_each_other_are_not_compared():
    meter = FlickerMeter(SIZE)
    meter.see(texture(), disk(80))
    meter.forget()
    meter.see(texture(), disk(30))
    assert meter.changes == []
