"""The matte stage, end to end on generated shots with a stand-in network."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from composer.errors import Cancelled, PlanError
from composer.mask import smooth
from composer.mask.measure import region_overlap
from composer.mask.motion_net import MotionFrame
from composer.mask.observe import Observer
from composer.mask.smooth import Seen, steadied
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.values import Frame, PixelFormat, Size
from tests.scenes import NothingMoves, RedMoves, Scene, crossing


def specs(**raw):
    return {name: MatteSpec.model_validate(spec) for name, spec in raw.items()}


def made(scene, **raw):
    return make_mattes(specs(**raw), scene, motion=RedMoves(scene), segmenter="embedded")


def alphas(mattes, scene, name):
    stream = mattes.open(name)
    return [stream.matte_at(index, frame).alpha for index, frame in enumerate(scene.frames())]


def test_what_moves_is_covered_and_nothing_else():
    scene = crossing()
    with made(scene, walker={"moving": {}}) as mattes:
        for index, alpha in enumerate(alphas(mattes, scene, "walker")):
            assert region_overlap(alpha > 127, scene.truth(index) > 0) > 0.85


def test_moving_and_static_sum_to_full_at_every_pixel_also_after_equal_feathers():
    scene = crossing()
    raw = {"feather": "3px"}
    with made(
        scene,
        a={"moving": {}},
        b={"static": {}},
        c={"moving": {}, **raw, "choke": 1.5},
        d={"static": {}, **raw, "spread": 1.5},
    ) as mattes:
        frames = zip(*(alphas(mattes, scene, name) for name in "abcd"), strict=True)
        for moving, static, soft_moving, soft_static in frames:
            assert (moving.astype(int) + static == 255).all()
            assert (soft_moving.astype(int) + soft_static == 255).all()


def test_moving_and_static_with_fine_edges_sum_to_full_whichever_frames_are_asked_for():
    scene = crossing()
    with made(scene, a={"moving": {}, "edges": "fine"}, b={"static": {}, "edges": "fine"}, c={"moving": {}}) as mattes:
        streams = mattes.open_all()
        changed = False
        for index, frame in zip(range(6), scene.frames(), strict=False):
            moving = streams["a"].matte_at(index, frame)
            changed |= not np.array_equal(moving.alpha, streams["c"].matte_at(index, frame).alpha)
            if index > 2:
                static = streams["b"].matte_at(index, frame)
                assert (moving.alpha.astype(int) + static.alpha == 255).all()
        assert changed


class Looking(Observer):
    """Notes what it is shown."""

    def __init__(self):
        self.seen = {"motion": {}, "steady": {}, "objects": {}, "outlines": {}}

    def saw_motion(self, index, motion):
        self.seen["motion"][index] = motion.probability > 0.5

    def saw_steady(self, index, probability):
        self.seen["steady"][index] = probability > 0.5

    def saw_objects(self, index, labels, scores):
        assert sorted(scores) == [one for one in np.unique(labels).tolist() if one]
        self.seen["objects"][index] = labels > 0

    def saw_outlines(self, index, prompts, candidates):
        assert len(prompts) == len(candidates) == 1
        self.seen["outlines"][index] = candidates[0].logits > 0


def test_an_observer_is_shown_every_step_of_every_frame_and_nothing_of_what_was_kept(tmp_path):
    scene = crossing()
    for expected in (scene.count, 0):
        looking = Looking()
        with make_mattes(
            specs(a={"moving": {}}),
            scene,
            motion=RedMoves(scene),
            segmenter="embedded",
            cache=tmp_path,
            observer=looking,
        ):
            assert [len(frames) for frames in looking.seen.values()] == [expected] * 4
        for index in range(expected):
            truth = scene.truth(index) > 0
            for found in (frames[index] for frames in looking.seen.values()):
                height, width = found.shape
                small = cv2.resize(truth.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
                assert region_overlap(found, small) > 0.75


def two():
    """A large disk that walks down on the left, and a disk on the right that leaves after half of the shot."""
    return Scene(tuple(((40.0, 30.0 + 4 * t), (150.0, 40.0 + 3 * t) if t < 8 else None) for t in range(14)))


def test_every_object_keeps_its_id_and_objects_are_disjoint():
    scene = two()
    with made(scene, all={"moving": {}}) as mattes:
        first, second = mattes.objects("all")
        assert (first.object_id, second.object_id) == (1, 2)
        on_the_left = set()
        for index, frame in enumerate(scene.frames()):
            one, other = (stream.matte_at(index, frame) for stream in (first, second))
            assert (one.object_id, other.object_id) == (1, 2)
            assert (np.minimum(one.alpha, other.alpha) == 0).all()
            on_the_left.add((one if one.alpha[:, :95].any() else other).object_id)
        assert len(on_the_left) == 1


def test_the_summary_says_where_an_object_was_seen():
    scene = two()
    with made(scene, all={"moving": {}}) as mattes:
        spans = {(one.first, one.last, one.frames) for one in mattes.summary("all").objects}
        assert spans == {(0, 13, 14), (0, 7, 8)}
        assert mattes.summary("all").segmenter == "embedded"
        assert "embedded" in mattes.summary("all").reason


def test_a_subject_that_leaves_the_shot_is_said():
    scene = Scene(tuple(((30.0 + 6 * t, 56.0) if t < 7 else None,) for t in range(12)))
    with made(scene, a={"moving": {}}, b={"static": {}}) as mattes:
        assert mattes.summary("a").warnings == (
            "what moves is seen on frames 0 to 6 of 12; on the others the matte is empty",
        )
        assert mattes.summary("b").warnings == ()


def test_pick_takes_one_object_nearest_to_a_place_longest_or_by_id():
    scene = two()
    near = {"pick": "nearest", "to": [0.8, 0.4], "at": "0s"}
    with made(
        scene, near={"moving": near}, long={"moving": {"pick": "longest"}}, two={"moving": {"object": 2}}
    ) as mattes:
        near, long = alphas(mattes, scene, "near")[0], alphas(mattes, scene, "long")[0]
        assert near[40, 150] > 200
        assert not near[:, :90].any()
        assert long[30, 40] > 200
        assert not long[:, 100:].any()
        assert len(mattes.summary("two").objects) == 1


def test_an_object_that_hides_for_a_moment_comes_back_as_itself():
    places = [((30.0 + 6 * t, 56.0) if not 6 <= t < 9 else None,) for t in range(16)]
    scene = Scene(tuple(places))
    with made(scene, all={"moving": {}}) as mattes:
        assert [(one.first, one.last, one.frames) for one in mattes.summary("all").objects] == [(0, 15, 13)]


class Cut(RedMoves):
    """The oracle, with a scene cut before one frame."""

    at = 5

    def motion(self, index, shape):
        return replace(super().motion(index, shape), cut=index == self.at)


def test_nobody_is_recognised_across_a_cut_and_no_id_is_used_twice():
    scene = crossing(10, step=3)
    with make_mattes(specs(all={"moving": {}}), scene, motion=Cut(scene), segmenter="embedded") as mattes:
        found = [(one.object_id, one.first, one.last) for one in mattes.summary("all").objects]
    assert found == [(1, 0, 4), (2, 5, 9)]


def test_nothing_is_carried_across_a_cut():
    shape, rest = (32, 48), np.zeros((32, 48, 2), np.float32)
    chances = [0.9] * 6 + [0.02] * 6

    def seen(cut):
        for index, chance in enumerate(chances):
            motion = MotionFrame(np.full(shape, chance, np.float32), rest, rest, np.eye(3), 1.0, cut and index == 6)
            yield Seen(motion, np.full((*shape, 3), 90, np.uint8))

    for cut in (False, True):
        steady = list(steadied(seen(cut)))
        assert [one.cut for one in steady].count(True) == cut
        crossed = max(abs(float(one.probability.mean()) - chance) for one, chance in zip(steady, chances, strict=True))
        assert (crossed < 0.01) == cut


def test_nothing_moves_is_said_and_the_matte_is_empty():
    scene = crossing(6)
    with make_mattes(
        specs(a={"moving": {}}, b={"static": {}}), scene, motion=NothingMoves(), segmenter="embedded"
    ) as mattes:
        summary = mattes.summary("a")
        assert summary.nothing_moves
        assert "nothing moves" in summary.warnings[0]
        assert not any(alpha.any() for alpha in alphas(mattes, scene, "a"))
        assert all((alpha == 255).all() for alpha in alphas(mattes, scene, "b"))


def test_a_threshold_nobody_reaches_says_how_near_the_best_came():
    scene = crossing(6)
    with made(scene, a={"moving": {"moving_score": 1.0}}) as mattes:
        assert "best moving score 0." in mattes.summary("a").warnings[0]
        assert mattes.summary("a").nothing_moves


class Counted(RedMoves):
    runs = 0

    def __call__(self, frames):
        type(self).runs += 1
        return super().__call__(frames)


def test_a_second_run_reads_the_cache_and_gives_the_same_pixels(tmp_path):
    scene, Counted.runs = crossing(6), 0
    results = []
    for _ in range(2):
        with make_mattes(
            specs(a={"moving": {}}), scene, motion=Counted(scene), segmenter="embedded", cache=tmp_path
        ) as mattes:
            results.append((alphas(mattes, scene, "a"), mattes.summary("a")))
    assert Counted.runs == 1
    assert results[0][1] == results[1][1]
    assert all(np.array_equal(*pair) for pair in zip(results[0][0], results[1][0], strict=True))


def test_a_damaged_cache_is_noticed_and_made_again(tmp_path):
    scene, Counted.runs = crossing(6), 0
    for _ in range(2):
        with make_mattes(
            specs(a={"moving": {}}), scene, motion=Counted(scene), segmenter="embedded", cache=tmp_path
        ) as mattes:
            assert alphas(mattes, scene, "a")[3].any()
        (stored,) = tmp_path.iterdir()
        data = bytearray(stored.read_bytes())
        data[100] ^= 255
        stored.write_bytes(data)
    assert Counted.runs == 2


def test_stopping_leaves_nothing_behind(tmp_path):
    scene = crossing(6)
    with pytest.raises(Cancelled):
        make_mattes(
            specs(a={"moving": {}}),
            scene,
            motion=RedMoves(scene),
            segmenter="embedded",
            cache=tmp_path,
            cancelled=lambda: True,
        )
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_for_every_frame_of_both_looks():
    scene, told = crossing(6), []
    with make_mattes(
        specs(a={"moving": {}}), scene, motion=RedMoves(scene), segmenter="embedded", progress=told.append
    ):
        stages = [one.stage for one in told]
    assert stages.count("mattes: motion") == 6
    assert stages.count("mattes: outlines") == 6


def test_a_prompt_is_followed_both_ways_from_the_middle():
    scene = crossing(9, step=3)
    spec = {"prompt": {"box": ["24px", "38px", "60px", "74px"], "at": "4f"}}
    with made(scene, disk=spec) as mattes:
        for index, alpha in enumerate(alphas(mattes, scene, "disk")):
            assert region_overlap(alpha > 127, scene.truth(index) > 0) > 0.75
        summary = mattes.summary("disk")
        assert (summary.objects[0].first, summary.objects[0].last) == (0, 8)
        assert summary.confidence > 0.2


def test_a_prompt_that_points_past_the_end_says_so():
    scene = crossing(6)
    with made(scene, disk={"prompt": {"points": [["70px", "56px"]], "at": "9s"}}) as mattes:
        assert any("beyond the end" in words for words in mattes.summary("disk").warnings)


def test_a_frame_at_proxy_size_gets_a_matte_of_its_size():
    scene = crossing(3)
    small = Frame((np.zeros((56, 96), np.uint8),), PixelFormat("gray"))
    with made(scene, a={"moving": {}}) as mattes:
        assert mattes.open("a").matte_at(0, small).size == Size(96, 56)


def test_a_matte_made_of_unknown_or_of_itself_is_refused_by_name():
    scene = crossing(3)
    with pytest.raises(PlanError, match="'a' is made of 'b'"):
        made(scene, a={"invert": "b"})
    with pytest.raises(PlanError, match="a -> b -> a"):
        made(scene, a={"invert": "b"}, b={"invert": "a"})


def test_memory_holds_one_window_however_long_the_shot():
    scene = crossing(3)
    alive = []

    def frames():
        motion = RedMoves(scene)
        for index in range(90):
            alive.append(index)
            yield Seen(motion.motion(index % 3, (32, 48)), np.zeros((32, 48, 3), np.uint8))

    given = 0
    for given, _ in enumerate(steadied(frames(), window=20, margin=5), start=1):
        assert len(alive) - given < 20 + 2 * 5
    assert given == 90
    assert smooth.WINDOW + 2 * smooth.MARGIN < 300
