"""A still camera's empty scene is learned from the shot, and tells the subject also while it rests."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.measure import region_overlap
from composer.mask.plate import learn_plate, plate_vote, with_plate
from composer.mask.smooth import Seen, steadied
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.render.cutouts import clip_shot
from tests.scenes import RedMoves, crossing

SHAPE = (40, 60)


def walk(count=30):
    """A dark square that walks over noise, with what a perfect network says of it."""
    rng = np.random.default_rng(0)
    scene = np.repeat(rng.integers(90, 160, (*SHAPE, 1)), 3, axis=2)
    pictures, truths = [], []
    for index in range(count):
        picture = scene + rng.integers(-2, 3, scene.shape)
        left = 2 + index
        picture[10:30, left : left + 12] = 30
        truths.append(np.zeros(SHAPE, bool))
        truths[-1][10:30, left : left + 12] = True
        pictures.append(picture.astype(np.uint8))
    return scene, pictures, truths


def test_the_plate_is_the_scene_behind_the_subject():
    scene, pictures, truths = walk()
    plate = learn_plate(pictures, [truth.astype(np.float32) for truth in truths])
    assert np.abs(plate.bgr - scene)[plate.known].mean() < 2
    assert plate.known.mean() > 0.9


def test_what_stands_before_the_plate_is_found_though_the_network_missed_it():
    _, pictures, truths = walk()
    plate = learn_plate(pictures, [truth.astype(np.float32) for truth in truths])
    assert region_overlap(plate_vote(pictures[20], plate) > 0, truths[20]) > 0.8
    unsure = np.full(SHAPE, 0.3, np.float32)
    assert region_overlap(with_plate(unsure, pictures[20], plate) > 0.5, truths[20]) > 0.8


def test_a_place_the_subject_never_leaves_has_no_plate_and_keeps_silent():
    _, pictures, _ = walk()
    always = np.zeros(SHAPE, np.float32)
    always[5:20, 5:20] = 1
    plate = learn_plate(pictures, [always] * len(pictures))
    assert not plate.known[12, 12]
    assert plate_vote(pictures[3], plate)[12, 12] == pytest.approx(0, abs=0.3)


def test_a_shadow_says_less_than_a_thing_of_the_same_difference():
    _, pictures, truths = walk()
    plate = learn_plate(pictures, [truth.astype(np.float32) for truth in truths])
    empty = plate.bgr.copy()
    shadow, thing = empty * 0.8, empty.copy()
    thing[..., 0] -= 0.2 * empty.mean() * np.sqrt(3)  # as far off, but in hue
    said = [float(plate_vote(np.clip(one, 0, 255).astype(np.uint8), plate).mean()) for one in (shadow, thing)]
    assert said[0] < said[1]


def test_the_plate_speaks_only_where_the_camera_stood_still_and_then_helps():
    _, pictures, truths = walk()
    motion = RedMoves(crossing(2)).motion(0, SHAPE)
    flow = np.zeros((*SHAPE, 2), np.float32)

    def errors(still):
        chances = [np.where(truth, 0.6, 0.3).astype(np.float32) for truth in truths]
        seen = [
            Seen(type(motion)(chance, flow, flow, np.eye(3), still), picture)
            for chance, picture in zip(chances, pictures, strict=True)
        ]
        return [np.abs(one.probability - truth).mean() for one, truth in zip(steadied(seen), truths, strict=True)]

    assert np.mean(errors(1.0)) < 0.5 * np.mean(errors(0.0))
    assert errors(0.0) == errors(0.2)


@pytest.mark.data
@pytest.mark.slow
def test_a_still_camera_with_the_real_network_finds_the_man_who_walks(data_dir):
    import cv2  # noqa: PLC0415  # only here

    shot = clip_shot(data_dir / "static_gt" / "IBMtest2" / "input")
    truths = sorted((data_dir / "static_gt" / "IBMtest2" / "groundtruth").iterdir())
    with make_mattes({"man": MatteSpec.model_validate({"moving": {}})}, shot, segmenter="embedded") as mattes:
        stream = mattes.open("man")
        overlaps = []
        for index, frame in enumerate(shot.frames()):
            truth = cv2.imread(str(truths[index]), cv2.IMREAD_GRAYSCALE)
            alpha = stream.matte_at(index, frame).alpha
            if (truth == 255).mean() > 0.005:
                overlaps.append(region_overlap(alpha > 127, truth == 255, ignore=truth == 170))
    assert np.mean(overlaps) > 0.75
