"""What is pointed at: the words of a recipe in pixels, guesses put right, answers of several anchors joined."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.errors import PlanError
from composer.mask.anchors import Anchor, follow_all, joined
from composer.mask.ask import Pointer
from composer.mask.follow import Followed
from composer.mask.measure import region_overlap
from composer.mask.mend import mended
from composer.mask.pointing import MOST, Correction, PromptSource
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.values import Candidate, Frame, PixelFormat, Prompt, Size
from tests.scenes import RedMoves, Scene, crossing


def source(**raw):
    return PromptSource.model_validate(raw)


def test_points_boxes_and_exclusions_become_pixels_with_labels():
    asked = source(points=[[0.5, 0.25], ["20px", "30px"]], labels=[1, 0], exclude=[[0.1, 0.1]], box=[0, 0, 0.5, 1])
    clicks = asked.clicks(Size(200, 100))
    assert clicks.points.tolist() == [[100, 25], [20, 30], [20, 10]]
    assert clicks.labels.tolist() == [1, 0, 0]
    assert clicks.box.x1 == 100
    assert asked.clicks(Size(100, 50), proxy=0.5).points[1].tolist() == [10, 15]


def test_a_scribble_becomes_points_at_even_steps_along_its_strokes():
    asked = source(scribble={"include": [[[0.1, 0.5], [0.5, 0.5], [0.5, 0.9]], [[0.7, 0.7]]], "exclude": [[[0, 0]]]})
    clicks = asked.clicks(Size(100, 100))
    assert clicks.labels.tolist() == [1] * (len(clicks.points) - 1) + [0]
    assert clicks.points[0].tolist() == [10, 50]
    assert [50, 90] in np.rint(clicks.points).tolist()
    steps = np.hypot(*np.diff(clicks.points[:-2], axis=0).T)
    assert 2 < steps.min() <= steps.max() < 4
    assert clicks.points[-2:].tolist() == [[70, 70], [0, 0]]


def test_a_long_scribble_is_not_more_points_than_a_segmenter_can_take():
    zigzag = [[x / 40, x % 2] for x in range(41)]
    clicks = source(scribble={"include": [zigzag]}).clicks(Size(100, 100))
    assert len(clicks.points) <= MOST


def two_halves():
    """An object of two colours beside another of the second; (picture BGR, its truth)."""
    noise = np.random.default_rng(4).integers(60, 80, (90, 160, 1)).astype(np.uint8)
    picture = np.repeat(noise, 3, axis=2)
    picture[30:60, 20:60] = (40, 40, 200)
    picture[30:60, 60:90] = (200, 60, 40)
    picture[30:60, 120:150] = (200, 60, 40)
    truth = np.zeros((90, 160), np.bool_)
    truth[30:60, 20:90] = True
    return picture, truth


def clicked(*points):
    places = np.array([[x, y] for x, y, _ in points], np.float32).reshape(-1, 2)
    return Prompt(places, np.array([label for _, _, label in points], np.int8))


def test_what_is_clicked_in_comes_in_with_what_looks_like_it_and_hangs_together_with_it():
    picture, truth = two_halves()
    guess = truth.astype(np.float32)
    guess[:, 60:] = 0
    right = mended(picture, guess, clicked((75, 45, 1)))
    assert region_overlap(right > 0.5, truth) > 0.95
    assert not (right[:, 110:] > 0.5).any()


def test_what_is_clicked_out_goes():
    picture, truth = two_halves()
    guess = truth.astype(np.float32)
    guess[30:60, 120:150] = 1
    right = mended(picture, guess, clicked((135, 45, 0)))
    assert region_overlap(right > 0.5, truth) > 0.95


def test_a_click_that_the_guess_agrees_with_changes_nothing():
    picture, truth = two_halves()
    guess = truth.astype(np.float32)
    assert np.array_equal(mended(picture, guess, clicked((40, 45, 1), (5, 5, 0))), guess)


def jumping(count=14, jump=7, *, twin=False):
    """A disk that walks, and from one frame on is somewhere else; with a twin that stands still."""
    places = [(30 + 3.0 * t + (90 if t >= jump else 0), 50.0 + (25 if t >= jump else 0)) for t in range(count)]
    return Scene(tuple((place, (120.0, 25.0)) if twin else (place,) for place in places))


class Notes(dict):
    """Keeps what is followed."""

    def put(self, index, followed):
        self[index] = followed

    def at(self, index):
        return self[index]


def followed_through(scene, start, *corrected, pictures=None):
    """Follow a scene's disk from the truth of one frame; corrected frames get theirs. Also the guesses they got."""
    pictures = pictures or [cv2.cvtColor(scene.picture(index), cv2.COLOR_RGB2BGR) for index in range(scene.count)]
    truths = [(scene.truth(index) == 1).astype(np.float32) for index in range(scene.count)]
    notes, guesses = Notes(), {}

    def corrector(index):
        def correct(guess):
            guesses[index] = guess
            return truths[index]

        return correct

    anchors = [Anchor(index, corrector(index)) for index in corrected]
    follow_all(pictures.__getitem__, scene.count, start, truths[start], anchors=anchors, track=notes)
    overlaps = [region_overlap(notes[index].mask > 0.5, truths[index] > 0.5) for index in range(scene.count)]
    return notes, guesses, overlaps


def test_a_correction_repairs_a_slip_from_where_it_happened_and_confidence_rises():
    scene = jumping(twin=True)
    alone, _, before = followed_through(scene, 2)
    notes, guesses, after = followed_through(scene, 2, 11)
    assert min(before[:7]) > 0.8
    assert max(before[8:]) < 0.3
    assert min(after) > 0.8
    assert region_overlap(guesses[11] > 0.5, alone[11].mask > 0.5) > 0.95
    assert notes[11].confidence == 1
    assert min(notes[index].confidence for index in range(7, 14)) > max(
        alone[index].confidence for index in range(8, 14)
    )


def test_corrections_before_and_after_and_on_the_frame_itself_each_get_what_was_followed_to_them():
    scene = crossing(12, step=3)
    notes, guesses, overlaps = followed_through(scene, 5, 10, 5, 1, 8)
    assert list(guesses) == [5, 8, 10, 1]
    assert all(guesses[index].any() for index in guesses)
    assert min(overlaps) > 0.85
    assert sorted(notes) == list(range(12))


def test_a_thing_that_comes_back_can_be_pointed_at_again():
    places = [(30 + 3.0 * t, 50.0) if t < 5 else None if t < 10 else (100 + 3.0 * (t - 10), 70.0) for t in range(15)]
    scene = Scene(tuple((place,) for place in places))
    notes, _, overlaps = followed_through(scene, 0, 12)
    assert min(overlaps) > 0.8
    assert not any(notes[index].mask.any() for index in range(5, 10))


def test_what_comes_back_and_looks_like_itself_is_found_again_and_trusted_less():
    notes, _, overlaps = followed_through(jumping(), 2)
    assert min(overlaps[:7] + overlaps[9:]) > 0.85
    assert notes[6].confidence > 0.9
    assert max(notes[index].confidence for index in range(8, 14)) < 0.5


def block(left, confidence):
    mask = np.zeros((20, 60), np.float32)
    if left is not None:
        mask[5:15, left : left + 20] = 1
    return Followed(mask, confidence)


def test_two_anchors_that_agree_are_mixed_and_trusted_and_the_surer_one_wins_where_they_do_not():
    mixed = joined(block(10, 0.4), block(11, 0.4), 0.5)
    assert mixed.confidence == 1
    assert (mixed.mask[10, 12:29] == 1).all()
    first, second = block(0, 0.9), block(35, 0.5)
    assert joined(first, second, 0.5) is first
    assert joined(first, second, 0.9) is second


def test_a_lone_answer_counts_if_it_is_sure_and_else_the_thing_is_away():
    nothing = block(None, 1.0)
    assert joined(block(10, 0.8), nothing, 0.9).mask.any()
    doubted = joined(nothing, block(10, 0.2), 0.9)
    assert not doubted.mask.any()
    assert doubted.confidence == pytest.approx(0.8)


class Listening:
    """A fake segmenter: answers with the mask it is handed, and notes the question."""

    def embed(self, image):
        return image.shape[:2]

    def predict(self, shape, prompts):
        self.asked = prompts
        masks = [np.zeros(shape, np.float32) if one.mask is None else one.mask for one in prompts]
        sized = [cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_LINEAR) for mask in masks]
        return [Candidate(8 * mask - 4, 0.7, 0.0) for mask in sized]


def test_a_correction_asks_with_the_guess_and_the_clicks_and_a_box_makes_the_guess_count_for_nothing():
    frame = next(crossing(1).frames())
    guess = (crossing(1).truth(0) > 0).astype(np.float32)
    segmenter = Listening()
    asked = Correction.model_validate({"at": 0, "include": [["30px", "56px"]], "exclude": [["100px", "20px"]]})
    Pointer(segmenter).corrected(frame, asked, guess)
    (question,) = segmenter.asked
    assert question.mask.max() == 1
    assert question.points[-2:].tolist() == [[30, 56], [100, 20]]
    assert question.labels.tolist()[-2:] == [1, 0]
    boxed = Correction.model_validate({"at": 0, "box": [0, 0, 0.5, 0.5]})
    Pointer(segmenter).corrected(frame, boxed, guess)
    assert segmenter.asked[0].mask is None
    assert segmenter.asked[0].box.x1 == 96


def test_excluding_where_nothing_was_followed_to_asks_nobody_and_finds_nothing():
    frame = next(crossing(1).frames())
    asked = Correction.model_validate({"at": 0, "exclude": [[0.5, 0.5]]})
    answer = Pointer(None).corrected(frame, asked, np.zeros((10, 10), np.float32))
    assert (answer.logits < 0).all()
    assert answer.quality == 0


def made(scene, prompt, **options):
    spec = MatteSpec.model_validate({"prompt": prompt})
    return make_mattes({"disk": spec}, scene, motion=RedMoves(scene), segmenter="embedded", **options)


class OnePicture:
    """A matte file of one picture."""

    key, count, rate = "mask", 1, crossing(1).rate

    def __init__(self, alpha):
        self.alpha = alpha
        self.size = Size(alpha.shape[1], alpha.shape[0])

    def frames(self):
        yield Frame((self.alpha,), PixelFormat("gray"))


def test_a_prompt_that_finds_nothing_is_trusted_on_no_frame():
    scene = crossing(4)
    black = OnePicture(np.zeros(scene.size.shape, np.uint8))
    with made(scene, {"mask": "black.png"}, files={"disk": black}) as mattes:
        facts = mattes.analyses["disk"].entry.facts
        assert "nothing was found" in mattes.summary("disk").warnings[0]
        assert facts["confidence"] == 0
        assert facts["confidences"] == [0, 0, 0, 0]


def test_a_mask_says_what_is_followed():
    scene = crossing(6, step=3)
    alpha = np.where(scene.truth(3) > 0, 255, 0).astype(np.uint8)
    with made(scene, {"mask": "first.png", "at": "3f"}, files={"disk": OnePicture(alpha)}) as mattes:
        stream = mattes.open("disk")
        for index, frame in enumerate(scene.frames()):
            assert region_overlap(stream.matte_at(index, frame).alpha > 127, scene.truth(index) > 0) > 0.8


def test_a_mask_of_another_size_is_refused_with_both_sizes():
    scene = crossing(2)
    with pytest.raises(PlanError, match=r"mask 'first\.png' is 40x20, the plate is 192x112"):
        made(scene, {"mask": "first.png"}, files={"disk": OnePicture(np.zeros((20, 40), np.uint8))})


@pytest.mark.parametrize("place", [["5000px", 0.5], ["-50px", 0.5], [0.5, "300px"]])
@pytest.mark.parametrize("late", [False, True], ids=["prompt", "correction"])
def test_a_click_outside_the_picture_is_refused_with_its_place(place, late):
    raw = {"box": [0, 0, 0.5, 1], "exclude": [] if late else [place]}
    raw |= {"corrections": [{"at": "1f", "include": [place]}]} if late else {}
    with pytest.raises(PlanError, match=r"'disk': the click at .* lies outside the picture, which is 192x112"):
        made(crossing(2), raw)


def test_a_click_on_the_border_of_a_scaled_picture_is_in_it():
    half = crossing(2, size=Size(95, 55))
    with made(half, {"box": [0, 0, 1, 1], "exclude": [["191px", "112px"]]}, proxy=0.5) as mattes:
        assert mattes.summary("disk").objects


def test_a_corrected_prompt_is_followed_through_a_recipe_and_every_frame_has_its_confidence():
    scene = jumping(10, 5)
    raw = {"box": ["14px", "34px", "46px", "66px"], "at": "0f"}
    with made(scene, {**raw, "corrections": [{"at": "7f", "box": ["123px", "57px", "159px", "93px"]}]}) as mattes:
        stream, analysis = mattes.open("disk"), mattes.analyses["disk"]
        for index, frame in enumerate(scene.frames()):
            assert region_overlap(stream.matte_at(index, frame).alpha > 127, scene.truth(index) > 0) > 0.7
        each = analysis.entry.facts["confidences"]
        assert len(each) == 10
        assert each[0] == each[7] == 1
        assert mattes.summary("disk").confidence == min(each)
