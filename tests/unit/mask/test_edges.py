"""Outlines follow the picture, followed objects keep up, drawings show what they say."""

from __future__ import annotations

import cv2
import numpy as np

from composer.mask.carry import Carried, known_of
from composer.mask.draw import color_of, draw_objects
from composer.mask.follow import returns, walk
from composer.mask.look import grey, rgb, small_bgr
from composer.mask.measure import region_overlap
from composer.mask.refine import guide_of, refined
from composer.mask.summary import MatteSummary, ObjectSummary
from composer.pixels.color import frame_from_rgb, rgb_from_frame
from composer.values import Box, ColorTags, Matte, PixelFormat, Size
from tests.scenes import RED, Scene, crossing


def picture():
    noise = np.random.default_rng(2).integers(80, 110, (120, 200, 1)).astype(np.uint8)
    made = np.repeat(noise, 3, axis=2)
    made[40:90, 60:130] = RED
    return made, made[..., 0] > 150


def test_a_blurred_mask_snaps_to_the_edge_of_the_object():
    image, truth = picture()
    blurred = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 4)
    guide = guide_of(image, side=200)
    assert region_overlap(refined(guide, blurred, Box.whole(guide.size), radius=10) > 0.5, truth) > 0.99
    shifted = np.roll(truth, 3, axis=1)
    snapped = refined(guide, shifted.astype(np.float32), Box.whole(guide.size), radius=10) > 0.5
    assert region_overlap(snapped, truth) > 0.97 > region_overlap(shifted, truth)


def test_a_part_is_worked_out_as_it_would_be_in_the_whole():
    image, truth = picture()
    blurred = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 3)
    guide = guide_of(image, side=200)
    whole = refined(guide, blurred, Box.whole(guide.size), radius=10)
    part = Box(50, 35, 140, 95)
    assert np.allclose(refined(guide, blurred, part, radius=10), whole[part.slices], atol=1e-4)


def test_a_reduced_guide_gives_nearly_the_full_one_s_edge():
    image, truth = picture()
    large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    wide = np.repeat(np.repeat(truth, 4, axis=0), 4, axis=1)
    guide = guide_of(large, side=200)
    coarse = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2)
    assert region_overlap(refined(guide, coarse, Box.whole(guide.size), radius=10) > 0.5, wide) > 0.97


def test_a_followed_object_is_kept_both_ways_and_confidence_falls_with_distance():
    scene = crossing(9, step=3)
    pictures = [cv2.cvtColor(scene.picture(index), cv2.COLOR_RGB2BGR) for index in range(9)]
    first = (scene.truth(4) > 0).astype(np.float32)
    known = known_of([pictures[4]], [first])
    orders = (range(4, 9), range(4, -1, -1))
    found = {index: one for order in orders for index, one in walk(pictures.__getitem__, known, first, order)}
    assert sorted(found) == [0, 1, 2, 3, 5, 6, 7, 8]
    for index, one in found.items():
        assert region_overlap(one.mask > 0.5, scene.truth(index) > 0) > 0.8
    assert found[0].confidence <= found[2].confidence <= 1


def test_an_object_that_leaves_the_picture_is_gone_from_then_on():
    scene = crossing(14, step=3)
    pictures = [cv2.cvtColor(scene.picture(index), cv2.COLOR_RGB2BGR) for index in range(14)]
    empty = cv2.cvtColor(Scene(((None,),)).picture(0), cv2.COLOR_RGB2BGR)
    pictures[6:] = [empty] * 8
    first = (scene.truth(0) > 0).astype(np.float32)
    found = dict(walk(pictures.__getitem__, known_of([pictures[0]], [first]), first, range(14)))
    assert (found[4].mask > 0.5).any()
    assert not found[13].mask.any()


def test_going_back_from_another_object_does_not_end_where_it_began():
    scene = Scene((((40.0, 56.0), (120.0, 56.0)),) * 3)
    picture = cv2.cvtColor(scene.picture(0), cv2.COLOR_RGB2BGR)
    right, wrong = ((scene.truth(0) == one).astype(np.float32) for one in (1, 2))
    still = np.zeros((*right.shape, 2), np.float16)
    start, kept, slipped = (Carried(mask, picture, still) for mask in (right, right, wrong))
    assert returns(start, [kept, kept]) == 1
    assert returns(start, [kept, slipped]) == 0


def test_the_quick_conversion_shows_the_picture_that_the_exact_one_shows():
    frame = frame_from_rgb(picture()[0], PixelFormat("yuv", 8, (1, 1)), ColorTags("smpte170m", "limited"))
    apart = cv2.absdiff(rgb(frame), rgb_from_frame(frame)).astype(int)
    assert apart.mean() < 2


def test_ten_bit_rgb_and_odd_sizes_are_looked_at_too():
    for layout in (PixelFormat("yuv", 10, (1, 1)), PixelFormat("rgb", 8), PixelFormat("gray", 8)):
        frame = frame_from_rgb(picture()[0][:119, :199], layout, ColorTags("bt709", "limited"))
        assert rgb(frame).shape == (119, 199, 3)
        assert grey(frame).dtype == np.uint8
        small = small_bgr(frame, Size(64, 48))
        assert small.shape == (48, 64, 3)
        assert abs(int(small[5, 5, 0]) - 95) < 20


def drawn(mattes, **facts):
    image, _ = picture()
    objects = tuple(ObjectSummary(m.object_id, 0, 9, 10, 0.2, 0.81, 0.9) for m in mattes)
    return image, draw_objects(image, mattes, MatteSummary(objects, **facts))


def test_objects_are_outlined_in_their_own_colour_and_the_rest_is_left_alone():
    alpha = np.where(picture()[1], 255, 0).astype(np.uint8)
    image, out = drawn([Matte(alpha, 3)])
    assert np.abs(out[60, 60].astype(int) - color_of(3)).max() < 60
    assert np.array_equal(out[100:, 150:], image[100:, 150:])
    assert not np.array_equal(out, image)


def test_two_objects_have_colours_that_can_be_told_apart():
    assert np.abs(np.subtract(color_of(1), color_of(2))).max() > 80


def test_an_empty_frame_says_so_in_the_picture():
    image, out = drawn([], nothing_moves=True)
    assert not np.array_equal(out[:40, :150], image[:40, :150])
