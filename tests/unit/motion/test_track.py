"""Following a surface: against motions that are known."""

from __future__ import annotations

import numpy as np
import pytest

from composer.motion.landmark import compared, landmark_in
from composer.motion.pan import opened, panned
from composer.motion.path import Path, standing
from composer.motion.plane import common_motion, fitted, homographies, is_surface, similarity
from composer.motion.points import Look, mapped
from composer.motion.track import Status, begun, step
from tests.tracking import HEIGHT, QUAD, WIDTH, look, moved, picture, texture

TIMES = np.arange(1, 26) * 0.15


def followed(looks, quad=QUAD):
    """What is found on each of some pictures after the first."""
    state, found = begun(looks[0], quad), []
    for each in looks[1:]:
        state, one = step(state, each)
        found.append(one)
    return found


def errors(found, quads):
    """Mean distance of the corners from where they are, for every picture."""
    placed = [mapped(one.matrix, quads[0]) for one in found]
    return [float(np.hypot(*(at - true).T).mean()) for at, true in zip(placed, quads[1:], strict=True)]


def test_what_stands_still_stays_exactly_where_it_is():
    random = np.random.default_rng(3)
    looks = [
        Look(np.clip(picture(QUAD) + random.normal(0, 2, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)) for _ in range(5)
    ]
    found = followed(looks)
    assert all(np.array_equal(one.matrix, np.eye(3)) and one.status == Status.SEEN for one in found)
    assert min(one.confidence for one in found) > 0.9


def test_corners_are_found_to_a_third_of_a_pixel_on_every_picture_of_a_known_motion():
    quads = [moved(time) for time in (0, *TIMES)]
    found = followed([look(quad) for quad in quads])
    assert max(errors(found, quads)) < 0.33
    assert all(one.status == Status.SEEN for one in found)


def test_it_does_not_drift_however_long_it_is_followed():
    quads = [moved(time) for time in (0, *TIMES, *TIMES[::-1], 0)]
    off = errors(followed([look(quad) for quad in quads]), quads)
    assert off[-1] < 0.1


def test_both_directions_of_time_find_the_same():
    quads = [moved(time) for time in (0, *TIMES[:10])]
    off = errors(followed([look(quad) for quad in quads[::-1]], quads[-1]), quads[::-1])
    assert max(off) < 0.33


def test_light_that_changes_does_not_matter():
    quads = [moved(time) for time in (0, *TIMES[:10])]
    looks = [look(quad, light=1 - 0.05 * index) for index, quad in enumerate(quads)]
    assert max(errors(followed(looks), quads)) < 0.4


def test_what_passes_in_front_does_not_pull_it_along():
    quads = [moved(time) for time in (0, *TIMES[:20])]
    looks = [look(quad, covered=(x, x + 40)) for x, quad in zip(range(20, 200, 10), quads, strict=False)]
    found = followed(looks)
    assert max(errors(found, quads[: len(looks)])) < 1.0
    assert min(one.confidence for one in found) > 0.25


def test_covered_altogether_it_is_carried_along_by_what_is_around_and_found_again():
    shifts = [np.array([2.0 * index, 0]) for index in range(14)]
    behind = [np.roll(texture(2)[:HEIGHT], 2 * index, axis=1)[:, :WIDTH] // 2 for index in range(14)]
    looks = [
        look(QUAD + shift, background=back, covered=(60, 200) if 4 <= index < 9 else None)
        for index, (shift, back) in enumerate(zip(shifts, behind, strict=True))
    ]
    found = followed(looks)
    assert [one.status for one in found] == [Status.SEEN] * 3 + [Status.CARRIED] * 5 + [Status.SEEN] * 5
    assert max(errors(found, [QUAD + shift for shift in shifts])) < 0.8
    assert all(one.confidence <= 0.25 for one in found[3:8])


def test_at_a_cut_it_is_lost_and_found_again_when_the_scene_returns():
    other = Look(texture(7)[:HEIGHT, :WIDTH])
    looks = [look(moved(0)), look(moved(0.1)), other, other, look(moved(0.5)), look(moved(0.6))]
    found = followed(looks)
    assert [one.status for one in found] == [Status.SEEN, Status.LOST, Status.LOST, Status.SEEN, Status.SEEN]
    assert [one.matrix is None for one in found] == [False, True, True, False, False]
    assert [one.confidence == 0 for one in found] == [False, True, True, False, False]
    assert errors(found[-1:], [moved(0), moved(0.6)])[0] < 0.4


def test_a_surface_without_texture_is_none():
    plain = np.full((HEIGHT, WIDTH), 120, np.uint8)
    noise = np.clip(plain + np.random.default_rng(1).normal(0, 2, plain.shape), 0, 255).astype(np.uint8)
    shown = [begun(Look(grey), QUAD).is_textureless for grey in (plain, noise, picture(QUAD))]
    assert shown == [True, True, False]


def test_a_mask_leaves_no_points_to_compare():
    assert len(landmark_in(look(QUAD, covered=(0, WIDTH)), QUAD, np.eye(3)).points) == 0


def test_a_comparison_says_how_many_points_agree():
    landmark = landmark_in(look(QUAD), QUAD, np.eye(3))
    answer, other = compared(landmark, look(QUAD), np.eye(3)), compared(landmark, look(QUAD, seed=5), np.eye(3))
    assert answer.confidence > 0.95
    assert other.confidence < 0.2


def test_a_camera_is_known_from_the_first_picture_until_a_cut():
    wide = texture(4, 600)
    offsets = [(3 * index, index) for index in range(30)]
    greys = [wide[50 + y : 50 + y + HEIGHT, 50 + x : 50 + x + WIDTH] for x, y in offsets]
    pan, seen = opened(Look(greys[0]))
    for (x, y), grey in zip(offsets[1:], greys[1:], strict=True):
        pan, seen = panned(pan, Look(np.ascontiguousarray(grey)))
        middle = mapped(seen.matrix, np.array([[WIDTH / 2 + x, HEIGHT / 2 + y]]))
        assert np.abs(middle - [WIDTH / 2, HEIGHT / 2]).max() < 0.3
        assert seen.scene == 0
    pan, seen = panned(pan, Look(texture(8)[:HEIGHT, :WIDTH]))
    assert (seen.scene, seen.matrix.tolist()) == (1, np.eye(3).tolist())


class TestFits:
    def test_points_outweigh_the_pull_and_unseen_corners_stay(self):
        random, target = np.random.default_rng(2), np.add(QUAD, [[4, 0], [0, 0], [0, 0], [0, 3]])
        true = homographies(QUAD, target[None])[0]
        everywhere, corner = random.uniform([80, 40], [155, 95], (60, 2)), random.uniform([80, 34], [95, 50], (20, 2))
        fit = fitted(everywhere, mapped(true, everywhere), QUAD, np.eye(3), give=2.0)
        assert np.abs(mapped(fit, QUAD) - target).max() < 0.1
        near = fitted(corner, np.add(corner, [1.0, 0]), QUAD, np.eye(3), give=0.05)
        assert np.abs(mapped(near, QUAD[2:3]) - QUAD[2]).max() < 0.5

    def test_strays_do_not_count(self):
        random = np.random.default_rng(4)
        start = random.uniform(0, 100, (40, 2))
        end = np.add(start, [5.0, 2.0])
        end[:12] += random.uniform(5, 20, (12, 2))
        common = common_motion(start, end)
        assert common.agrees.tolist() == [False] * 12 + [True] * 28
        assert np.abs(mapped(common.matrix, start[12:]) - end[12:]).max() < 0.01

    def test_a_similarity_is_exact(self):
        start = np.array([[0, 0], [10, 0], [0, 10.0]])
        assert np.allclose(
            mapped(similarity(start, start @ [[0, 2], [-2, 0]] + [3, 4]), start), start @ [[0, 2], [-2, 0]] + [3, 4]
        )

    @pytest.mark.parametrize(
        ("quad", "said"),
        [(QUAD, True), (QUAD[::-1], False), (QUAD * np.nan, False), (QUAD[[0, 2, 1, 3]], False), (QUAD * 0, False)],
    )
    def test_a_surface_is_convex_and_not_mirrored(self, quad, said):
        assert is_surface(quad) is said


class TestPaths:
    def path(self, *xs):
        matrices = np.array([np.full((3, 3), np.nan) if x is None else [[1, 0, x], [0, 1, 0], [0, 0, 1]] for x in xs])
        return standing(QUAD, matrices, np.array([0.0 if x is None else 0.5 for x in xs]))

    def test_where_it_was_and_will_be_half_a_frame_away(self):
        placed = self.path(0, 4, 6).placement(1)
        assert (placed.before.corners - QUAD)[:, 0].tolist() == [2.0] * 4
        assert (placed.after.corners - QUAD)[:, 0].tolist() == [5.0] * 4

    def test_at_an_end_the_motion_goes_on(self):
        first, last = self.path(0, 4, 6).placement(0), self.path(0, 4, 6).placement(2)
        assert (first.before.corners - QUAD)[0, 0] == -2
        assert (last.after.corners - QUAD)[0, 0] == 7

    def test_alone_nothing_is_known_of_its_motion(self):
        path = self.path(None, 4, None)
        assert [path.placement(index) is None for index in range(3)] == [True, False, True]
        assert (path.placement(1).before, path.placement(1).after) == (None, None)

    def test_a_summary_counts_the_frames(self):
        path = Path(np.zeros((4, 4, 2)), np.array([0.9, 0.2, 0, 0.7]), np.array([2, 1, 0, 2], np.uint8))
        summary = path.summary
        assert (summary.frames, summary.seen, summary.carried, summary.lost, summary.lowest) == (4, 2, 1, 1, 0.2)
