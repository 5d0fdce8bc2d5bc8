"""One set of promises for every segmenter: those that ship, Segment Anything, and the fake that tests use."""

from __future__ import annotations

import numpy as np
import pytest

from composer.errors import InputError, ModelUnavailable, ShapeError
from composer.mask import choose
from composer.mask.automatic import Asked, propose_all
from composer.mask.choose import choose_segmenter
from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.measure import region_overlap
from composer.mask.sam import load_sam
from composer.values import Box, Prompt
from tests.sam_checkpoints import SIDE, mobile_checkpoint, needs_mobile, needs_sam, sam_checkpoint
from tests.scenes import RED, RedSegmenter

SHAPE = (90, 160)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("sam") / "tiny.pth"
    sam_checkpoint(path)
    return path


@pytest.fixture(scope="module")
def tiny_mobile(tmp_path_factory):
    path = tmp_path_factory.mktemp("mobile") / "tiny.pt"
    mobile_checkpoint(path)
    return path


@pytest.fixture(
    params=[
        "fake",
        "embedded",
        "classical",
        pytest.param("sam", marks=[pytest.mark.sam, needs_sam]),
        pytest.param("mobile", marks=[pytest.mark.sam, needs_mobile]),
    ]
)
def segmenter(request):
    if request.param == "sam":
        return load_sam(request.getfixturevalue("tiny"), name="sam_vit_b")
    if request.param == "mobile":
        return load_sam(request.getfixturevalue("tiny_mobile"), name="mobile_sam", resolution=SIDE)
    return RedSegmenter() if request.param == "fake" else choose_segmenter(request.param).load()


def scene(left=60):
    grey = np.random.default_rng(3).integers(70, 110, (*SHAPE, 1)).astype(np.uint8)
    picture = np.repeat(grey, 3, axis=2)
    picture[30:70, left : left + 40] = RED
    return picture, picture[..., 0] > 150


def asked(*, mask=None, box=None, points=(), labels=()):
    places = np.asarray(points, np.float32).reshape(-1, 2)
    return Prompt(places, np.asarray(labels, np.int8), box, mask, moving_score=0.7)


BOX = asked(box=Box(54, 24, 106, 76))
POINT = asked(points=[[80, 50]], labels=[1])


class TestEverySegmenter:
    """What the rest of Composer relies on."""

    def test_it_has_a_name_and_a_digest(self, segmenter):
        assert segmenter.name
        assert segmenter.digest

    @pytest.mark.parametrize("prompt", [BOX, POINT], ids=["box", "point"])
    def test_one_candidate_per_prompt_at_the_pictures_size(self, segmenter, prompt):
        candidates = segmenter.predict(segmenter.embed(scene()[0]), [prompt, BOX])
        assert len(candidates) == 2
        for candidate in candidates:
            assert candidate.logits.shape == SHAPE
            assert candidate.logits.dtype == np.float32
            assert np.isfinite(candidate.logits).all()
            assert 0 <= candidate.quality <= 1

    def test_the_moving_score_is_taken_over_untouched(self, segmenter):
        candidate = segmenter.predict(segmenter.embed(scene()[0]), [BOX])[0]
        assert candidate.moving_score == pytest.approx(0.7)

    def test_a_mask_of_any_resolution_may_come_with_the_prompt(self, segmenter):
        truth = scene()[1].astype(np.float32)
        for mask in (truth, truth[::5, ::5]):
            prompt = asked(box=Box(54, 24, 106, 76), mask=mask)
            assert segmenter.predict(segmenter.embed(scene()[0]), [prompt])[0].logits.shape == SHAPE

    def test_it_keeps_no_state_an_old_embedding_answers_as_before(self, segmenter):
        first = segmenter.embed(scene()[0])
        before = segmenter.predict(first, [BOX])[0].logits
        other = segmenter.embed(scene(left=100)[0])
        segmenter.predict(other, [POINT])
        assert np.array_equal(segmenter.predict(first, [BOX])[0].logits, before)

    def test_it_does_not_write_into_the_picture(self, segmenter):
        picture, _ = scene()
        kept = picture.copy()
        segmenter.predict(segmenter.embed(picture), [BOX])
        assert np.array_equal(picture, kept)

    def test_no_prompts_give_no_candidates(self, segmenter):
        assert segmenter.predict(segmenter.embed(scene()[0]), []) == []


class TestEmbedded:
    """The one that needs no download is also any good on plain pictures."""

    def overlap(self, prompt):
        picture, truth = scene()
        segmenter = EmbeddedSegmenter()
        candidate = segmenter.predict(segmenter.embed(picture), [prompt])[0]
        return region_overlap(candidate.logits > 0, truth), candidate.quality

    def test_a_box_finds_the_object_in_it(self):
        overlap, quality = self.overlap(BOX)
        assert overlap > 0.95
        assert quality > 0.9

    def test_a_point_finds_the_object_under_it(self):
        assert self.overlap(POINT)[0] > 0.95

    def test_a_click_whose_colour_is_nowhere_else_finds_what_is_around_it(self):
        picture, truth = scene()
        picture[30:70, 60:100] = np.random.default_rng(1).integers(0, 255, (40, 40, 3))
        picture[48:52, 78:82] = 100
        segmenter = EmbeddedSegmenter()
        candidate = segmenter.predict(segmenter.embed(picture), [POINT])[0]
        assert region_overlap(candidate.logits > 0, truth) > 0.8

    @pytest.mark.parametrize("place", [(160, 90), (900, 40), (-30, -30)])
    def test_a_click_on_the_border_or_beyond_it_means_the_pixel_next_to_it(self, place):
        picture, _ = scene()
        segmenter = EmbeddedSegmenter()
        nearest = [min(max(along, 0), side - 1) for along, side in zip(place, SHAPE[::-1], strict=True)]
        asks = [asked(points=[at], labels=[1]) for at in (place, nearest)]
        first, second = segmenter.predict(segmenter.embed(picture), asks)
        assert np.array_equal(first.logits, second.logits)

    def test_a_point_beside_the_object_is_left_out(self):
        picture, _ = scene()
        picture[30:70, 110:150] = RED
        segmenter = EmbeddedSegmenter()
        prompt = asked(box=Box(54, 24, 156, 76), points=[[80, 50], [130, 50]], labels=[1, 0])
        logits = segmenter.predict(segmenter.embed(picture), [prompt])[0].logits
        assert logits[50, 130] < 0 < logits[50, 80]

    def test_a_coarse_mask_snaps_to_the_edge_of_the_picture(self):
        truth = scene()[1]
        coarse = truth.astype(np.float32)[2::5, 2::5]  # every 5th pixel: edges off by up to 4
        overlap, _ = self.overlap(asked(mask=coarse))
        assert overlap > 0.97

    def test_quality_is_low_where_inside_and_outside_look_alike(self):
        grey = np.full((*SHAPE, 3), 90, np.uint8)
        grey += np.random.default_rng(0).integers(0, 30, (*SHAPE, 1)).astype(np.uint8)
        segmenter = EmbeddedSegmenter()
        assert segmenter.predict(segmenter.embed(grey), [BOX])[0].quality < 0.6

    def test_an_empty_mask_covers_nothing_at_quality_zero(self):
        segmenter = EmbeddedSegmenter()
        candidate = segmenter.predict(segmenter.embed(scene()[0]), [asked(mask=np.zeros((9, 16), np.float32))])[0]
        assert (candidate.logits < 0).all()
        assert candidate.quality == 0

    def test_a_picture_that_is_not_8_bit_rgb_is_refused(self):
        with pytest.raises(ShapeError, match="uint8 RGB"):
            EmbeddedSegmenter().embed(np.zeros((4, 4), np.uint8))


class TestChoice:
    """Which segmenter runs is decided before anything is loaded, and said."""

    def test_auto_without_the_extra_takes_the_embedded_and_says_why(self, tmp_path):
        choice = choose_segmenter("auto", weights=tmp_path, installed=lambda _: False)
        assert choice.name == "embedded"
        assert "needs no download" in choice.reason

    @pytest.mark.parametrize(("device", "name"), [("cpu", "mobile_sam"), ("cuda", "sam_vit_h")])
    def test_auto_takes_the_quickest_on_a_cpu_and_the_largest_elsewhere(self, device, name, tmp_path, monkeypatch):
        monkeypatch.setattr(choose, "find_weights", lambda model, _: tmp_path / model.file)
        choice = choose_segmenter("auto", device=device, installed=lambda _: True)
        assert choice.name == name
        assert "installed" in choice.reason

    def test_auto_passes_over_a_model_whose_modules_are_not_there(self, tmp_path, monkeypatch):
        monkeypatch.setattr(choose, "find_weights", lambda model, _: tmp_path / model.file)
        choice = choose_segmenter("auto", installed=lambda modules: "timm" not in modules)
        assert choice.name == "sam_vit_b"

    def test_auto_with_weights_but_no_extra_says_what_to_install(self, tmp_path, monkeypatch):
        monkeypatch.setattr(choose, "find_weights", lambda model, _: tmp_path / model.file)
        choice = choose_segmenter("auto", installed=lambda _: False)
        assert choice.name == "embedded"
        assert 'pip install "composer-video[sam]"' in choice.reason

    def test_a_model_asked_for_without_the_extra_names_the_exact_install_line(self):
        with pytest.raises(ModelUnavailable) as refusal:
            choose_segmenter("sam_vit_b", installed=lambda _: False)
        assert refusal.value.hint == 'pip install "composer-video[sam]"'

    def test_a_model_asked_for_without_weights_names_the_command_that_gets_them(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("COMPOSER_WEIGHTS", raising=False)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        with pytest.raises(ModelUnavailable, match=r"sam_vit_b_01ec64.pth") as refusal:
            choose_segmenter("sam_vit_b", weights=tmp_path, installed=lambda _: True)
        assert refusal.value.hint == "run: composer models download sam_vit_b"

    def test_the_embedded_can_be_asked_for_by_name(self):
        assert choose_segmenter("embedded", installed=lambda _: True).load().name == "embedded"

    def test_a_model_at_a_smaller_resolution_is_another_segmenter(self, tmp_path, monkeypatch):
        monkeypatch.setattr(choose, "find_weights", lambda model, _: tmp_path / model.file)
        whole, half = (choose_segmenter(name, installed=lambda _: True) for name in ("mobile_sam", "mobile_sam@512"))
        assert (half.name, half.resolution, half.path) == ("mobile_sam@512", 512, whole.path)
        assert half.digest != whole.digest

    @pytest.mark.parametrize(
        "name", ["mobile_sam@500", "mobile_sam@2048", "mobile_sam@", "embedded@512", "sam_vit_b@@512"]
    )
    def test_a_resolution_that_no_model_has_is_refused_with_one_that_works(self, name):
        with pytest.raises(InputError, match="such as mobile_sam@512"):
            choose_segmenter(name, installed=lambda _: True)


def test_everything_in_a_picture_can_be_asked_for_and_what_is_known_is_left_alone(segmenter):
    picture = np.full((*SHAPE, 3), 70, np.uint8)
    picture[20:70, 90:140] = RED
    known = np.zeros((45, 80), np.bool_)
    known[:, :10] = True
    asked = Asked(grid=4, quality=0.0, stability=0.0)
    found, again = (propose_all(segmenter, picture, asked, known) for _ in range(2))
    assert all(one.mask.shape == (45, 80) and one.mask.dtype == np.bool_ and 0 <= one.quality <= 1 for one in found)
    assert not any((one.mask & known).any() for one in found)
    assert [one.quality for one in found] == sorted((one.quality for one in found), reverse=True)
    assert [one.mask.tobytes() for one in again] == [one.mask.tobytes() for one in found]
    if segmenter.name not in ("sam_vit_b", "mobile_sam"):  # those of the tests have never learned anything
        square = np.zeros((45, 80), np.bool_)
        square[10:35, 45:70] = True
        assert max(region_overlap(one.mask, square) for one in found) > 0.9
