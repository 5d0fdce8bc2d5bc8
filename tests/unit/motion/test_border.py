"""A subject that fills the picture is not taken for the camera, as far as the border tells them apart.

Pictures are made of two textures, a subject over a background, each moved by a known matrix; flow is measured on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from composer.motion import DisFlow, camera, camera_flow, estimate_camera
from training.scenes.scene import make_scene
from training.scenes.textures import TexturePool

HEIGHT, WIDTH = 216, 384
ROOM = 120  # texture beyond the picture, for motion to bring in
CENTRES = {"centre": (0.5, 0.5), "bottom": (0.5, 0.72), "left": (0.3, 0.5)}


@dataclass(frozen=True)
class Filled:
    """A picture, a later one, and what the camera did between them."""

    first: np.ndarray
    later: np.ndarray
    truth: np.ndarray

    @property
    def error(self):
        """Pixels by which the estimate is off, at the worst corner."""
        found = estimate_camera(DisFlow().estimate(self.first, self.later)).matrix
        corners = np.array([[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]], np.float64)
        return np.abs(cv2.perspectiveTransform(corners, found) - cv2.perspectiveTransform(corners, self.truth)).max()


def texture(rng):
    picture = np.zeros((HEIGHT + 2 * ROOM, WIDTH + 2 * ROOM), np.float32)
    for size in (1.2, 3, 8, 20):
        noise = cv2.GaussianBlur(rng.normal(0, 1, picture.shape).astype(np.float32), (0, 0), size)
        picture += noise / noise.std() * size**0.4
    return np.clip(128 + 45 * (picture - picture.mean()) / picture.std(), 0, 255).astype(np.float32)


def moved(rng, slow, fast, turn):
    """A shift of ``slow`` to ``fast`` pixels a frame, with a little turning and scaling about the middle."""
    angle, speed = rng.uniform(0, 2 * np.pi), rng.uniform(slow, fast)
    turned, scaled = rng.normal(0, turn), 1 + rng.normal(0, turn)
    cosine, sine = scaled * np.cos(turned), scaled * np.sin(turned)
    step = np.array([[cosine, -sine, speed * np.cos(angle)], [sine, cosine, 0.6 * speed * np.sin(angle)], [0, 0, 1]])
    middle = np.array([[1, 0, WIDTH / 2], [0, 1, HEIGHT / 2], [0, 0, 1.0]])
    return middle @ step @ np.linalg.inv(middle)


def coverage(rng, share, place):
    """A wavy rounded box that covers ``share`` of the picture: (H + 2 ROOM, W + 2 ROOM) float32 0..1."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y = columns / WIDTH - CENTRES[place][0], rows / HEIGHT - CENTRES[place][1]
    angle, phase = np.arctan2(y, x), rng.uniform(0, 2 * np.pi, 2)
    waves = 1 + 0.05 * np.sin(3 * angle + phase[0]) + 0.03 * np.sin(5 * angle + phase[1])
    apart = (np.abs(x) ** 3 + np.abs(y) ** 3) ** (1 / 3) / waves
    inside = (apart < np.quantile(apart, share)).astype(np.float32)
    return cv2.copyMakeBorder(inside, ROOM, ROOM, ROOM, ROOM, cv2.BORDER_REPLICATE)


def filled(share, *, kind="still", place="centre", seed=0, gap=1):
    """A subject over ``share`` of the picture.

    Args:
        share: 0..1.
        kind: still, pan, or follow: a camera that keeps the subject nearly at its place.
        place: centre, or reaching over the bottom or the left border.
        seed: names the scene.
        gap: frames between the two pictures.
    """
    rng = np.random.default_rng(seed)
    motion = np.eye(3) if kind == "still" else moved(rng, 1.5, 6, 0.003)
    subject = moved(rng, 0, 0.6, 0.003) if kind == "follow" else motion @ moved(rng, 2, 7, 0.006)
    behind, before, alpha = texture(rng), texture(rng), coverage(rng, share, place)

    def shown(time):
        cut = np.array([[1, 0, -ROOM], [0, 1, -ROOM], [0, 0, 1.0]])
        world, thing = (np.linalg.matrix_power(one, time) @ cut for one in (motion, subject))
        ground, front, cover = (
            cv2.warpPerspective(one, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
            for one, matrix in ((behind, world), (before, thing), (alpha, thing))
        )
        mixed = ground + (front - ground) * cover + rng.normal(0, 2, (HEIGHT, WIDTH))
        return np.clip(mixed, 0, 255).astype(np.uint8)

    return Filled(shown(0), shown(gap), np.linalg.matrix_power(motion, gap))


@pytest.mark.parametrize(("share", "place"), [(0.3, "centre"), (0.5, "left"), (0.5, "centre"), (0.6, "centre")])
def test_a_still_camera_behind_a_subject_of_half_the_picture_and_more_is_still(share, place):
    errors = [filled(share, place=place, seed=seed, gap=gap).error for seed in range(2) for gap in (1, 2)]
    assert max(errors) < 0.3


@pytest.mark.parametrize("kind", ["pan", "follow"])
def test_a_camera_that_turns_behind_a_subject_in_the_middle_is_mostly_found(kind):
    errors = [filled(0.6, kind=kind, seed=seed).error for seed in range(6)]
    assert np.mean([error < 1 for error in errors]) >= 0.6


def test_without_the_border_the_subject_would_have_been_taken_for_the_camera(monkeypatch):
    scenes = [filled(0.6, kind="follow", seed=seed) for seed in range(3)]
    monkeypatch.setattr(camera, "_behind_subject", lambda first, *_: first)
    assert min(scene.error for scene in scenes) > 1


def test_its_limit_at_four_fifths_the_border_is_the_subjects_too():
    assert all(filled(0.85, kind="pan", place="bottom", seed=seed).error > 1 for seed in range(3))


@pytest.mark.parametrize("horizon", [0.2, 0.4, 0.5, 0.6, 0.8])
def test_a_wall_above_a_near_floor_is_judged_as_without_the_border(horizon, monkeypatch):
    """Two motions explain this picture as well; neither runs around the other."""
    flow = np.full((HEIGHT, WIDTH, 2), 2, np.float32)
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    flow[..., 0] += 20 * np.maximum(rows / HEIGHT - horizon, 0)
    found = estimate_camera(flow).matrix
    monkeypatch.setattr(camera, "_behind_subject", lambda first, *_: first)
    np.testing.assert_array_equal(found, estimate_camera(flow).matrix)


def test_ordinary_scenes_are_judged_as_without_the_border(monkeypatch):
    pool, dis = TexturePool(5, size=12), DisFlow()
    scenes = [make_scene(31, index, pool) for index in range(8)]
    flows = [dis.estimate(scene.frames[2], scene.frames[4]) for scene in scenes]
    found = [estimate_camera(flow).matrix for flow in flows]
    monkeypatch.setattr(camera, "_behind_subject", lambda first, *_: first)
    for flow, matrix in zip(flows, found, strict=True):
        np.testing.assert_array_equal(estimate_camera(flow).matrix, matrix)


def test_the_agreement_told_is_that_of_the_whole_picture():
    flow = camera_flow(np.eye(3), height=HEIGHT, width=WIDTH)
    flow[30:-30, 55:-55] = (9, 4)
    found = estimate_camera(flow)
    assert found.still
    assert found.agreement == pytest.approx(np.mean(~flow.any(axis=2)), abs=0.05)
    assert found.agreement < 0.6
