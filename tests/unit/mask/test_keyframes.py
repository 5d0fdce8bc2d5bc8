"""A segmenter that takes long is asked on few frames, nothing is lost between them, and it may be asked in parallel."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest

from composer.mask.analysis import analyse_moving
from composer.mask.asking import Asking
from composer.mask.between import Outline, Side, Step, Way, carried, ways
from composer.mask.cut import Named
from composer.mask.keyframes import Sight, sections
from composer.mask.measure import region_overlap
from composer.mask.motion_features import working_size
from composer.mask.observe import Observer
from composer.mask.pool import Pool
from composer.mask.sources import MatteSpec
from composer.mask.sparing import cut_out_sparingly
from composer.mask.stage import make_mattes
from composer.mask.tools import Tools
from composer.values import Candidate, Frame, PixelFormat, Prompt, Size
from tests.scenes import RedChoice, RedMoves, RedSegmenter, Scene, crossing


@dataclass
class Looking(Observer):
    """Notes which frames were asked about, and why."""

    reasons: dict[int, str] = field(default_factory=dict)

    def saw_keyframe(self, index, reason):
        self.reasons[index] = reason


def tools_for(folder, *, choice=None, motion=None, **asking):
    return Tools(
        choice or RedChoice(), folder, motion, 1.0, lambda _: None, lambda: False, Looking(), asking=Asking(**asking)
    )


def first_look(scene, motion):
    """What the first look finds on a scene: the truth."""
    for index in range(scene.count):
        shape = working_size(*scene.size.shape)
        labels = cv2.resize(scene.truth(index).astype(np.uint16), shape[::-1], interpolation=cv2.INTER_NEAREST)
        scores = {one: 0.9 for one in np.unique(labels).tolist() if one}
        yield Named((motion.motion(index, shape).probability * 255).astype(np.uint8), labels, scores)


def found(scene, folder, *, motion=None, **asking):
    """The mattes' frames, and why which frames were asked about."""
    tools, mattes = tools_for(folder, **asking), []
    result = cut_out_sparingly(
        scene,
        tools,
        first_look(scene, motion or RedMoves(scene)),
        lambda matte: mattes.append(matte.alpha_of(None, scene.size)),
    )
    assert result.keyframes == sorted(tools.observer.reasons)
    return mattes, tools.observer.reasons


def walk(count=30):
    """One disk on a winding way."""
    return Scene(tuple(((20.0 + 3 * t, 56.0 + 10 * np.sin(t / 4)),) for t in range(count)))


def entering(count=30, first=13):
    """One disk all along, and one that stands there all of a sudden."""
    return Scene(
        tuple(((20.0 + 2 * t, 40.0), (150.0, 30.0 + t) if t >= first else None) for t in range(count)),
    )


class TestWhichFrames:
    def test_few_are_asked_about_and_the_outline_is_right_on_all(self, tmp_path):
        scene = walk()
        mattes, reasons = found(scene, tmp_path, keyframes=8)
        assert len(reasons) <= 5
        assert list(reasons.values()).count("distance") == len(reasons) - 1
        for index, alpha in enumerate(mattes):
            assert region_overlap(alpha > 127, scene.truth(index) > 0) > 0.85

    def test_one_in_one_is_every_frame_on_which_something_moves(self, tmp_path):
        scene = Scene(tuple(((30.0 + 6 * t, 56.0) if t < 7 else None,) for t in range(12)))
        mattes, reasons = found(scene, tmp_path, keyframes=1)
        assert reasons == dict.fromkeys(range(7), "every")
        assert not any(alpha.any() for alpha in mattes[7:])

    def test_what_comes_into_sight_is_asked_about_and_found_from_its_first_frame_on(self, tmp_path):
        scene = entering(20)
        mattes, reasons = found(scene, tmp_path, keyframes=100)
        assert list(reasons.values()) == ["sight", "sight"]
        assert 13 <= max(reasons) <= 16
        assert region_overlap(mattes[13] > 127, scene.truth(13) > 0) > 0.9

    def test_a_flow_that_cannot_be_believed_is_a_change(self):
        first, second = (np.random.default_rng(seed).integers(0, 255, (36, 64)).astype(np.uint8) for seed in (1, 2))
        parts = list(sections([sight(index, first if index < 12 else second) for index in range(24)], 16))
        assert [(part.frames[0].index, part.reason) for part in parts if part.reason] == [(2, "sight"), (14, "change")]

    def test_an_outline_that_falls_off_from_the_motion_makes_another_keyframe(self, tmp_path):
        still, tools = crossing(20, step=0), tools_for(tmp_path, keyframes=100)
        moving = list(first_look(walk(20), RedMoves(walk(20))))
        for look, expected in ((list(first_look(still, RedMoves(still))), set()), (moving, {"drop"})):
            tools.observer.reasons.clear()
            cut_out_sparingly(still, tools, look, lambda _: None)
            assert set(tools.observer.reasons.values()) - {"sight"} == expected

    def test_a_scene_of_two_frames_is_asked_about_too(self, tmp_path):
        scene = crossing(2)
        mattes, reasons = found(scene, tmp_path, keyframes=8)
        assert reasons == {0: "sight"}
        assert region_overlap(mattes[1] > 127, scene.truth(1) > 0) > 0.85

    def test_sections_are_never_long_even_where_nothing_moves(self):
        still = np.zeros((36, 64), np.uint8)
        sights = [sight(index, still, moves=index > 40) for index in range(60)]
        parts = list(sections(sights, 8))
        assert max(len(part.frames) for part in parts) == 8
        assert [one.index for part in parts for one in part.frames] == list(range(60))
        assert [part.reason for part in parts if part.frames[0].index < 40] == [""] * 5

    def test_a_scene_begins_anew_at_a_cut(self):
        still = np.zeros((36, 64), np.uint8)
        sights = [sight(index, still, cut=index == 9) for index in range(20)]
        parts = [(part.frames[0].index, part.reason) for part in sections(sights, 100)]
        assert parts == [(0, ""), (2, "sight"), (9, ""), (11, "sight")]


def sight(index, grey, *, moves=True, cut=False):
    still = np.zeros((*grey.shape, 2), np.float16)
    labels = np.zeros(grey.shape, np.uint16)
    labels[8:28, 20:40] = moves
    named = Named((labels * 255).astype(np.uint8), labels, {1: 0.9} if moves else {}, cut=cut)
    return Sight(index, named, Frame((grey,), PixelFormat("gray")), grey, Step(still, still))


class TestCarrying:
    """What is between two keyframes is fetched from both along composed flow."""

    def line(self, count=5, step=3.0):
        """A picture that slides to the right."""
        wide = cv2.GaussianBlur(np.random.default_rng(0).normal(128, 60, (40, 120)), (0, 0), 2).clip(0, 255)
        greys = [np.ascontiguousarray(wide[:, 40 - int(step * t) :][:, :64]).astype(np.uint8) for t in range(count)]
        right = np.full((40, 64, 2), (step, 0), np.float16)
        return greys, [Step(right, -right)] * (count - 1)

    def test_the_way_there_is_the_sum_of_the_steps_and_is_trusted_inside_the_picture(self):
        found = ways(*self.line())
        assert np.allclose(found[4].there, (-12, 0))
        assert np.allclose(found[4].back, (12, 0))
        assert found[4].trust[:, 20:60].min() > 0.9
        assert found[4].trust[:, :10].max() == 0  # that part was outside the picture

    def test_backwards_in_time_leads_to_the_last_frame(self):
        greys, steps = self.line()
        found = ways(greys[::-1], [step.reversed for step in reversed(steps)])
        assert np.allclose(found[4].there, (12, 0))

    def test_an_outline_arrives_where_the_object_has_gone_at_full_size(self):
        inside = np.full((80, 128), -9, np.float32)
        inside[20:60, 40:80] = 9
        outline = Outline.of(Candidate(inside, 0.8, 0.7))
        side = Side({1: outline}, ways(*self.line())[4], 1.0)
        answer = carried([prompt(1)], [side], Size(128, 80))[1]
        moved = np.roll(inside, 24, axis=1) > 0
        assert region_overlap(answer.logits > 0, moved) > 0.97
        assert answer.quality == pytest.approx(0.8)
        assert answer.moving_score == pytest.approx(0.6)

    def test_the_nearer_side_counts_more_and_an_untrusted_one_hardly(self):
        low, high = (Outline.of(Candidate(np.full((8, 8), level, np.float32), 0.5, 0.5)) for level in (-3, 3))
        way = Way.standing((8, 8))
        near = carried([prompt(1)], [Side({1: low}, way, 0.75), Side({1: high}, way, 0.25)], Size(8, 8))[1]
        assert np.allclose(near.logits, -1.5, atol=0.01)
        lost = replace(way, trust=np.zeros((8, 8), np.float32))
        other = carried([prompt(1)], [Side({1: low}, lost, 0.75), Side({1: high}, way, 0.25)], Size(8, 8))[1]
        assert (other.logits > 2).all()

    def test_where_neither_side_is_trusted_the_motion_decides(self):
        outline = Outline.of(Candidate(np.full((8, 8), -3, np.float32), 0.5, 0.5))
        lost = replace(Way.standing((8, 8)), trust=np.zeros((8, 8), np.float32))
        asked = replace(prompt(1), mask=np.ones((8, 8), np.float32))
        assert (carried([asked], [Side({1: outline}, lost, 1.0)], Size(8, 8))[1].logits > 0).all()

    def test_an_object_that_neither_side_knows_is_left_out(self):
        outline = Outline.of(Candidate(np.zeros((8, 8), np.float32), 0.5, 0.5))
        assert carried([prompt(2)], [Side({1: outline}, Way.standing((8, 8)), 1.0)], Size(8, 8)) == {}


def prompt(object_id):
    return Prompt(np.empty((0, 2), np.float32), np.empty(0, np.int8), moving_score=0.6, object_id=object_id)


def stored(folder, **asking):
    """What was found, and the bytes that the store gets of every frame."""
    scene, records = entering(20, 9), []
    tools = tools_for(folder, keyframes=4, **asking)
    result = cut_out_sparingly(
        scene, tools, first_look(scene, RedMoves(scene)), lambda matte: records.append(matte.packed())
    )
    return result, records


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("serial"), workers=1)


class TestWorkers:
    """Keyframes are independent of each other: however many are asked about side by side, the bytes are the same."""

    @pytest.mark.parametrize(
        "asking",
        [{"workers": 2}, {"workers": 3}, {"workers": 2, "processes": True}],
        ids=["two", "three", "processes"],
    )
    def test_the_stored_mattes_are_those_of_the_serial_run_byte_by_byte(self, tmp_path, serial, asking):
        result, records = stored(tmp_path, **asking)
        assert len(result.keyframes) >= 5
        assert (result, records) == serial

    def test_workers_work_at_the_same_time(self):
        meeting = threading.Barrier(2, timeout=20)

        @dataclass(frozen=True)
        class Meeting(RedChoice):
            def load(self):
                class Waits(RedSegmenter):
                    def embed(self, image):
                        meeting.wait()  # breaks unless two come at once
                        return super().embed(image)

                return Waits()

        with Pool(Meeting(), Asking(workers=2)) as pool:
            asked = [pool.ask(np.zeros((8, 8, 3), np.uint8), [prompt(1)]) for _ in range(2)]
            assert [len(one.result()) for one in asked] == [1, 1]

    def test_devices_take_turns(self):
        loaded = []

        @dataclass(frozen=True)
        class Noted(RedChoice):
            def load(self):
                loaded.append(self.device)
                return RedSegmenter()

        with Pool(Noted(device="cuda:0,cuda:1"), Asking()) as pool:
            assert pool.workers == 2
            pool.ask(np.zeros((8, 8, 3), np.uint8), []).result()
        assert loaded == ["cuda:0", "cuda:1"]

    def test_no_more_is_held_than_the_keyframes_at_work_need(self, tmp_path):
        scene, alive, most = walk(120), [], []

        def seen():
            for index in range(120):
                alive.append(index)
                yield sight(index, np.zeros((36, 64), np.uint8)).named

        def add(_):
            alive.pop()
            most.append(len(alive))

        cut_out_sparingly(scene, tools_for(tmp_path, keyframes=6, workers=1), seen(), add)
        assert max(most) <= 6 * 5
        assert len(most) == 120


class TestSettings:
    def test_a_matte_may_ask_more_often_than_the_render(self):
        scene, looking = crossing(), Looking()
        raw = {"a": {"moving": {}}, "b": {"moving": {"keyframes": 3}}}
        mattes = {name: MatteSpec.model_validate(spec) for name, spec in raw.items()}
        options = {"motion": RedMoves(scene), "segmenter": "embedded", "observer": looking}
        with make_mattes(mattes, scene, asking=Asking(keyframes=100, workers=1), **options) as made:
            counts = [len(made.analyses[name].entry.facts["keyframes"]) for name in "ab"]
        assert counts == [1, 4]

    def test_the_embedded_is_asked_on_every_frame_unless_told(self):
        scene = crossing(4)
        specs = {"a": MatteSpec.model_validate({"moving": {}})}
        looking = Looking()
        with make_mattes(specs, scene, motion=RedMoves(scene), segmenter="embedded", observer=looking):
            assert looking.reasons == {}

    def test_what_is_found_with_other_keyframes_is_kept_apart(self, tmp_path):
        scene = crossing(6)
        for keyframes in (1, 3):
            tools = tools_for(tmp_path, motion=RedMoves(scene), keyframes=keyframes)
            analyse_moving(scene, tools).entry.close()
        assert len(list(tmp_path.iterdir())) == 2
