"""The ``automatic`` and ``static_objects`` mattes on generated shots with known things."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import pytest

from composer.errors import Cancelled
from composer.mask import searches
from composer.mask.associate import ids_in
from composer.mask.automatic import Proposal
from composer.mask.everything import unpacked
from composer.mask.measure import region_overlap
from composer.mask.resting import Names, named
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.store import StoredMatte
from composer.values import Size
from tests.scenes import RedMoves, Scene

BLUE, YELLOW = (40, 70, 210), (225, 200, 40)


@dataclass(frozen=True)
class Room(Scene):
    """A red disk that walks through a room where a blue and a yellow thing stand; all of it may pan to the left."""

    pan: float = 0.0
    cut: int = 10**6

    @property
    def key(self) -> str:
        return f"{super().key}:{self.pan}:{self.cut}"

    def standing(self, index: int) -> dict[str, np.ndarray]:
        """Where the two things are; after a cut the room is turned upside down."""
        shift = round(self.pan * index)
        blue, yellow = np.zeros(self.size.shape, np.uint8), np.zeros(self.size.shape, np.uint8)
        cv2.rectangle(blue, (24 - shift, 20), (64 - shift, 76), 1, -1)
        cv2.rectangle(yellow, (128 - shift, 60), (164 - shift, 96), 1, -1)
        if index >= self.cut:
            blue, yellow = blue[::-1, ::-1], yellow[::-1, ::-1]
        return {"blue": blue > 0, "yellow": yellow > 0}

    def picture(self, index: int) -> np.ndarray:
        noise = np.random.default_rng(5).integers(30, 80, (self.size.height, 2 * self.size.width)).astype(np.uint8)
        shift = round(self.pan * index)
        grey = cv2.GaussianBlur(noise, (0, 0), 1.5)[:, shift : shift + self.size.width]
        rgb = cv2.merge([grey if index < self.cut else 255 - grey] * 3)
        rgb[self.standing(index)["blue"]], rgb[self.standing(index)["yellow"]] = BLUE, YELLOW
        rgb[self.truth(index) > 0] = (220, 40, 40)
        return rgb


class Panned(RedMoves):
    """The disk's true shift, and the camera's everywhere else."""

    def flow(self, start, end, shape):
        flow = super().flow(start, end, shape)
        rest = cv2.resize(self.scene.truth(start).astype(np.uint8), shape[::-1], interpolation=cv2.INTER_NEAREST) == 0
        flow[rest, 0] -= (end - start) * self.scene.pan * shape[1] / self.scene.size.width
        return flow

    def motion(self, index, shape):
        motion = super().motion(index, shape)
        object.__setattr__(motion, "cut", index == self.scene.cut)
        return motion


def room(count=9, **options):
    return Room(tuple(((30.0 + 14 * t, 48.0),) for t in range(count)), **options)


def made(scene, cache=None, **raw):
    specs = {name: MatteSpec.model_validate(spec) for name, spec in raw.items()}
    return make_mattes(specs, scene, motion=Panned(scene), segmenter="embedded", cache=cache)


ROOM = room()


@pytest.fixture(scope="module")
def still_room(tmp_path_factory):
    """One analysis of the room for every test that only reads it."""
    raw = {"every": "4f"}
    with made(
        ROOM,
        tmp_path_factory.mktemp("mattes"),
        things={"automatic": raw},
        walker={"automatic": {**raw, "moving_score": 0.5}},
        still={"static_objects": raw},
        blue={"static_objects": {**raw, "pick": "nearest", "to": [0.2, 0.4]}},
        moving={"moving": {}},
    ) as mattes:
        yield mattes


def overlap_by_object(mattes, scene, name, truth_at):
    """For every object its mean overlap with a truth over the shot."""
    found = {}
    for stream in mattes.objects(name):
        each = [
            region_overlap(stream.matte_at(index, frame).alpha > 127, truth_at(index))
            for index, frame in enumerate(scene.frames())
        ]
        found[stream.object_id] = float(np.mean(each))
    return found


def check_three_things(mattes, scene):
    ids = set()
    hidden = [scene.truth(index) > 0 for index in range(scene.count)]
    for truth_at in (
        lambda index: hidden[index],
        lambda index: scene.standing(index)["blue"] & ~hidden[index],
        lambda index: scene.standing(index)["yellow"] & ~hidden[index],
    ):
        overlaps = overlap_by_object(mattes, scene, "things", truth_at)
        best = max(overlaps, key=overlaps.get)
        assert overlaps[best] > 0.8, overlaps
        ids.add(best)
    assert len(ids) == 3


def test_every_thing_is_one_object_through_the_shot_whether_it_moves_or_not(still_room):
    check_three_things(still_room, ROOM)


def test_ids_stay_with_their_things_when_the_camera_pans():
    scene = room(pan=3)
    with made(scene, things={"automatic": {"every": "4f"}}) as mattes:
        check_three_things(mattes, scene)


def test_ids_are_unique_and_objects_share_no_pixel_and_cover_the_matte(still_room):
    objects, whole = still_room.objects("things"), still_room.open("things")
    ids = [one.object_id for one in objects]
    assert ids == sorted(set(ids))
    assert ids == [one.object_id for one in still_room.summary("things").objects]
    for index, frame in enumerate(ROOM.frames()):
        parts = [one.matte_at(index, frame).alpha for one in objects]
        assert (np.sum([part > 0 for part in parts], axis=0) <= 1).all()
        assert (np.max(parts, axis=0) == whole.matte_at(index, frame).alpha).all()


def test_the_moving_score_tells_who_walks_and_both_kinds_pick_by_it(still_room):
    scores = {one.object_id: one.moving_score for one in still_room.summary("things").objects}
    walker = {one.object_id for one in still_room.summary("walker").objects}
    still = {one.object_id for one in still_room.summary("still").objects}
    assert walker == {one for one, score in scores.items() if score >= 0.5}
    assert len(walker) == 1
    assert still == set(scores) - walker
    assert not still_room.summary("still").nothing_moves


def test_static_objects_are_the_things_that_stand_without_who_walks_before_them(still_room):
    blue, moving = still_room.open("blue"), still_room.open("moving")
    for index, frame in enumerate(ROOM.frames()):
        alpha, walker = blue.matte_at(index, frame).alpha, moving.matte_at(index, frame).alpha
        assert (alpha.astype(int) + walker <= 255).all()
        if not (ROOM.truth(index)[ROOM.standing(index)["blue"]] > 0).any():
            assert region_overlap(alpha > 127, ROOM.standing(index)["blue"]) > 0.85


def test_nobody_is_recognised_across_a_cut():
    scene = room(8, cut=4)
    with made(scene, things={"automatic": {"every": "4f"}}) as mattes:
        spans = [(one.first, one.last) for one in mattes.summary("things").objects if one.moving_score < 0.4]
        assert spans
        assert all(last < 4 or first >= 4 for first, last in spans)


def test_the_search_is_made_once_and_kept_for_other_picks(tmp_path, monkeypatch):
    scene, runs = room(3), []
    monkeypatch.setattr(searches, "find_things", counted(searches.find_things, runs))
    raw = {"every": "4f"}
    with made(scene, tmp_path, a={"automatic": raw}, b={"automatic": {**raw, "pick": "largest"}}) as mattes:
        first = mattes.summary("a")
    assert len(runs) == 1
    before = sorted(path.name for path in tmp_path.iterdir())
    with made(scene, tmp_path, a={"automatic": raw}) as mattes:
        assert mattes.summary("a") == first
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def counted(function, runs):
    def call(*args):
        runs.append(args)
        return function(*args)

    return call


def test_stopping_leaves_nothing_behind(tmp_path):
    scene = room(3)
    with pytest.raises(Cancelled):
        make_mattes(
            {"a": MatteSpec.model_validate("automatic")},
            scene,
            motion=Panned(scene),
            segmenter="embedded",
            cache=tmp_path,
            cancelled=lambda: True,
        )
    assert list(tmp_path.iterdir()) == []


def test_a_picture_without_things_is_said():
    scene = room(3)
    with made(scene, a={"automatic": {"min_area": 0.9}}) as mattes:
        summary = mattes.summary("a")
        assert summary.objects == ()
        assert summary.warnings
        assert not any(mattes.open("a").matte_at(i, frame).alpha.any() for i, frame in enumerate(scene.frames()))


GREY = np.full((36, 64, 3), 90, np.uint8)


def square(x, y, side=12):
    mask = np.zeros((36, 64), np.bool_)
    mask[y : y + side, x : x + side] = True
    return mask


def painted(*masks):
    picture = GREY.copy()
    for number, mask in enumerate(masks):
        picture[mask] = ((30, 40, 220), (220, 60, 30))[number]
    return picture


def follow_on(known, labels, proposals, picture, trust=1.0):
    return named(known, labels, np.full((36, 64), trust, np.float32), proposals, picture, least=0.001)


def test_a_thing_that_was_hidden_comes_back_as_itself_and_another_does_not():
    red, blue = square(10, 10), square(40, 10)
    first = follow_on(Names(), np.zeros((36, 64), np.int32), [Proposal(red, 0.9)], painted(red))
    assert ids_in(first.labels) == [1]
    # Gone: what was carried is not trusted, and nothing is found there.
    second = follow_on(first, first.labels, [], GREY, trust=0.0)
    assert ids_in(second.labels) == []
    nothing = np.zeros((36, 64), np.int32)
    back = follow_on(second, nothing, [Proposal(square(13, 10), 0.9)], painted(square(13, 10)))
    assert ids_in(back.labels) == [1]
    picture = GREY.copy()
    picture[red] = (220, 60, 30)
    other = follow_on(second, nothing, [Proposal(red, 0.9), Proposal(blue, 0.5)], picture)
    assert ids_in(other.labels) == [2, 3]


def test_a_carried_thing_takes_the_outline_that_fits_and_stays_where_there_is_none():
    red, blue = square(10, 10), square(40, 10)
    known = follow_on(
        Names(), np.zeros((36, 64), np.int32), [Proposal(red, 0.9), Proposal(blue, 0.8)], painted(red, blue)
    )
    moved = square(12, 11)
    after = follow_on(known, known.labels, [Proposal(moved, 0.7)], painted(moved, blue))
    assert (after.labels[moved] == 1).all()
    assert (after.labels[blue] == 2).all()
    assert after.qualities == {1: 0.7, 2: 0.8}


def test_the_order_of_proposals_of_one_quality_does_not_change_who_is_who():
    red, blue = square(10, 10), square(40, 10)
    known = follow_on(
        Names(), np.zeros((36, 64), np.int32), [Proposal(red, 0.9), Proposal(blue, 0.8)], painted(red, blue)
    )
    for one, other in pairwise([Proposal(red, 0.9), Proposal(blue, 0.9), Proposal(red, 0.9)]):
        after = follow_on(known, known.labels, [one, other], painted(red, blue))
        assert (after.labels[red] == 1).all()
        assert (after.labels[blue] == 2).all()


def test_a_stored_frame_gives_its_ids_back():
    labels = np.zeros((8, 8), np.uint8)
    labels[2:4, 2:4], labels[4:6, 4:6] = 1, 2
    stored = StoredMatte.of((labels > 0).astype(np.uint8) * 200, labels, (9, 4))
    ids, sure = unpacked(stored, Size(8, 8))
    assert ids_in(ids) == [4, 9]
    assert ids[2, 2] == 9
    assert sure[4, 4] == 200
