"""The camera's motion is recovered from flow, moving subject or not."""

from __future__ import annotations

import numpy as np
import pytest

from composer.motion import camera as camera_module
from composer.motion import (
    camera_flow,
    epipolar_distance,
    estimate_camera,
    residual_flow,
    resized_camera,
    warp_by_camera,
    warp_by_flow,
)

HEIGHT, WIDTH = 144, 256
TURN = np.array([[1.01, 0.012, -4.0], [-0.011, 1.008, 2.5], [2e-5, -1e-5, 1.0]])


def flow_of(matrix):
    return camera_flow(matrix, height=HEIGHT, width=WIDTH)


def corner_error(found, truth):
    corners = np.array([[0, 0, 1], [WIDTH, 0, 1], [WIDTH, HEIGHT, 1], [0, HEIGHT, 1.0]])
    one, two = corners @ found.T, corners @ truth.T
    return np.abs(one[:, :2] / one[:, 2:] - two[:, :2] / two[:, 2:]).max()


def test_a_known_homography_is_recovered_to_a_fifth_of_a_pixel_at_the_corners():
    assert corner_error(estimate_camera(flow_of(TURN)).matrix, TURN) < 0.2


def test_a_subject_over_a_third_of_the_picture_does_not_bend_it():
    flow = flow_of(TURN)
    flow[20:120, 60:180] += (7, 3)
    found = estimate_camera(flow)
    assert corner_error(found.matrix, TURN) < 0.3
    residual = np.linalg.norm(residual_flow(flow, found.matrix), axis=-1)
    assert np.median(residual[30:110, 70:170]) == pytest.approx(np.hypot(7, 3), abs=0.3)
    assert residual[:, :50].max() < 0.3


def test_equal_flow_gives_an_equal_matrix():
    flow = flow_of(TURN) + np.random.default_rng(1).normal(0, 0.3, (HEIGHT, WIDTH, 2)).astype(np.float32)
    np.testing.assert_array_equal(estimate_camera(flow).matrix, estimate_camera(flow).matrix)


def test_a_camera_on_a_tripod_gives_the_identity_exactly():
    flow = np.random.default_rng(2).normal(0, 0.05, (HEIGHT, WIDTH, 2)).astype(np.float32)
    flow[40:100, 80:140] = (9, 0)
    found = estimate_camera(flow)
    assert found.still
    np.testing.assert_array_equal(found.matrix, np.eye(3))


def test_a_slow_pan_is_not_taken_for_a_still_camera():
    flow = np.full((HEIGHT, WIDTH, 2), 0.5, np.float32)
    found = estimate_camera(flow)
    assert not found.still
    np.testing.assert_allclose(found.matrix[:2, 2], 0.5, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (9, 7)])
def test_too_little_flow_to_fit_still_gives_a_usable_matrix(shape):
    matrix = estimate_camera(np.ones((*shape, 2), np.float32)).matrix
    assert np.isfinite(matrix).all()


def test_pure_noise_gives_a_plausible_matrix():
    flow = np.random.default_rng(3).normal(0, 40, (HEIGHT, WIDTH, 2)).astype(np.float32)
    assert corner_error(estimate_camera(flow).matrix, np.eye(3)) < 256


def test_parallax_of_a_static_world_lies_on_epipolar_lines_and_a_mover_does_not():
    flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    columns = np.arange(WIDTH, dtype=np.float32)
    flow[..., 0] = 1 + 5 * (np.sin(columns / 9) > 0) + columns * 0.01  # travel to the side past posts
    flow[60:90, 100:150, 1] = 8
    distance = epipolar_distance(flow)
    assert np.median(distance[:50]) < 0.5
    assert np.median(distance[62:88, 102:148]) > 3


def test_a_camera_of_another_size_causes_the_same_flow_shrunk():
    small = camera_flow(resized_camera(TURN, (HEIGHT, WIDTH), (48, 64)), height=48, width=64)
    whole = flow_of(TURN).reshape(48, 3, 64, 4, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(small, whole / (4, 3), atol=2e-3)


def test_a_picture_fetched_by_camera_is_the_one_fetched_by_the_flow_it_causes():
    picture = np.random.default_rng(5).integers(0, 255, (HEIGHT // 8, WIDTH // 8), np.uint8)
    picture = np.kron(picture, np.ones((8, 8), np.uint8))
    off = warp_by_camera(picture, TURN).astype(int) - warp_by_flow(picture, flow_of(TURN))
    assert np.abs(off).max() <= 4  # both interpolate at thirty-seconds of a pixel, between steps of up to 255
    assert (off != 0).mean() < 0.02


def test_distance_from_the_epipolar_line_is_sampson_s():
    flow = flow_of(TURN) + np.random.default_rng(6).normal(0, 0.5, (HEIGHT, WIDTH, 2)).astype(np.float32)
    matrix = np.random.default_rng(7).normal(0, 1, (3, 3)).astype(np.float32)
    found = camera_module._sampson(flow, matrix)
    for y, x in ((0, 0), (70, 31), (143, 255)):
        first = np.array([x, y, 1.0])
        second = np.array([x + flow[y, x, 0], y + flow[y, x, 1], 1.0])
        line, back = matrix @ first, matrix.T @ second
        sampson = abs(second @ line) / np.sqrt((line[:2] ** 2).sum() + (back[:2] ** 2).sum())
        assert found[y, x] == pytest.approx(min(sampson, 60), rel=1e-3)


def test_a_richer_model_is_not_fitted_where_a_simple_one_explains_nearly_all(monkeypatch):
    monkeypatch.delattr(camera_module, "_homography")  # would be a NameError
    assert not estimate_camera(np.full((HEIGHT, WIDTH, 2), 3, np.float32)).still
