"""One set of promises for every segmenter: those that ship, Segment Anything, and the fake that tests use."""

from __future__ import annotations

import importlib.util
from functools import partial

import numpy as np
import pytest

from composer.errors import ModelUnavailable, ShapeError
from composer.mask import choose, sam
from composer.mask.choose import choose_segmenter
from composer.mask.embedded import EmbeddedSegmenter
from composer.mask.measure import region_overlap
from composer.values import Box, Prompt
from tests.scenes import RED, RedSegmenter

HAS_SAM = all(importlib.util.find_spec(name) is not None for name in sam.EXTRA_MODULES)
needs_sam = pytest.mark.skipif(not HAS_SAM, reason=f"the sam extra is not installed: {sam.INSTALL_LINE}")
SHAPE = (90, 160)


def tiny_checkpoint(path):
    """A small untrained network, saved as segment-anything saves its own."""
    import torch  # noqa: PLC0415  # only where the extra is installed

    modeling = sam._modeling()
    torch.manual_seed(0)
    encoder = modeling.ImageEncoderViT(
        img_size=128,
        patch_size=16,
        embed_dim=32,
        depth=3,
        num_heads=2,
        mlp_ratio=4,
        out_chans=32,
        qkv_bias=True,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=4,
        global_attn_indexes=(1,),
    )
    network = modeling.Sam(
        image_encoder=encoder,
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=32, image_embedding_size=(8, 8), input_image_size=(128, 128), mask_in_chans=8
        ),
        mask_decoder=modeling.MaskDecoder(
            transformer_dim=32,
            transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=32, num_heads=8, mlp_dim=64),
            num_multimask_outputs=3,
            iou_head_depth=3,
            iou_head_hidden_dim=32,
        ),
    )
    torch.save(network.state_dict(), path)
    return network


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("sam") / "tiny.pth"
    tiny_checkpoint(path)
    return path


@pytest.fixture(params=["fake", "embedded", "classical", pytest.param("sam", marks=[pytest.mark.sam, needs_sam])])
def segmenter(request):
    if request.param == "sam":
        return sam.load_sam(request.getfixturevalue("tiny"), name="sam_vit_b")
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


@pytest.mark.sam
@needs_sam
class TestSam:
    """The checkpoint's shape is read off its tensors, and prompts reach the network in its own coordinates."""

    def test_the_network_is_rebuilt_from_the_tensors_alone(self, tiny):
        import torch  # noqa: PLC0415  # only where the extra is installed

        state = torch.load(tiny, weights_only=True)
        rebuilt = sam.load_sam(tiny, name="sam_vit_b")._model
        assert [block.window_size for block in rebuilt.image_encoder.blocks] == [4, 0, 4]
        assert all(torch.equal(tensor, state[key]) for key, tensor in rebuilt.state_dict().items())

    def test_it_answers_like_segment_anything_itself_on_a_square_picture(self, tiny, tmp_path):
        import torch  # noqa: PLC0415  # only where the extra is installed

        network = tiny_checkpoint(tmp_path / "again.pth").eval()
        picture = np.random.default_rng(0).integers(0, 255, (128, 128, 3)).astype(np.uint8)
        own = {
            "image": torch.from_numpy(picture.transpose(2, 0, 1).astype(np.float32)),
            "original_size": (128, 128),
            "boxes": torch.tensor([[10.0, 20.0, 60.0, 90.0]]),
        }
        theirs = network([own], multimask_output=True)[0]
        segmenter = sam.load_sam(tiny, name="sam_vit_b")
        ours = segmenter.predict(segmenter.embed(picture), [asked(box=Box(10, 20, 60, 90))])[0]
        best = int(theirs["iou_predictions"][0].clamp(0, 1).argmax())
        low = theirs["low_res_logits"][:, best : best + 1]
        expected = network.postprocess_masks(low, (128, 128), (128, 128))[0, 0].detach().numpy()
        assert np.allclose(ours.logits, expected, atol=1e-4)

    def test_the_outline_is_chosen_by_quality_and_by_overlap_with_the_motion(self):
        masks = np.zeros((3, 4, 4), bool)
        masks[0, :2], masks[1, 2:], masks[2] = True, True, True
        qualities = np.array([0.9, 0.8, 0.7])
        assert sam.best_of(masks, qualities, None) == 0
        assert sam.best_of(masks, qualities, masks[1]) == 1

    def test_a_file_that_is_no_checkpoint_is_refused_in_words(self, tmp_path):
        path = tmp_path / "bad.pth"
        path.write_bytes(b"not a checkpoint")
        with pytest.raises(ModelUnavailable, match="cannot be read as a Segment Anything checkpoint"):
            sam.load_sam(path, name="sam_vit_b")

    def test_a_checkpoint_that_carries_code_is_not_run(self, tmp_path):
        import torch  # noqa: PLC0415  # only where the extra is installed

        path = tmp_path / "evil.pth"
        torch.save({"model": Evil()}, path)
        with pytest.raises(ModelUnavailable):
            sam.load_sam(path, name="sam_vit_b")
        assert not Evil.ran


class Evil:
    """Would run code when unpickled without care."""

    ran = False

    def __reduce__(self):
        return (_run, ())


def _run():
    Evil.ran = True


class TestChoice:
    """Which segmenter runs is decided before anything is loaded, and said."""

    def test_auto_without_the_extra_takes_the_embedded_and_says_why(self, tmp_path):
        choice = choose_segmenter("auto", weights=tmp_path, installed=lambda: False)
        assert choice.name == "embedded"
        assert "needs no download" in choice.reason

    def test_auto_with_extra_and_weights_takes_segment_anything(self, tmp_path, monkeypatch):
        monkeypatch.setattr(choose, "find_weights", lambda model, _: tmp_path / model.file)
        choice = choose_segmenter("auto", installed=lambda: True)
        assert choice.name == "sam_vit_h"
        assert "installed" in choice.reason

    def test_a_model_asked_for_without_the_extra_names_the_exact_install_line(self):
        with pytest.raises(ModelUnavailable) as refusal:
            choose_segmenter("sam_vit_b", installed=lambda: False)
        assert refusal.value.hint == 'pip install "composer-video[sam]"'

    def test_a_model_asked_for_without_weights_names_the_command_that_gets_them(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("COMPOSER_WEIGHTS", raising=False)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        with pytest.raises(ModelUnavailable, match=r"sam_vit_b_01ec64.pth") as refusal:
            choose_segmenter("sam_vit_b", weights=tmp_path, installed=lambda: True)
        assert refusal.value.hint == "run: composer models get sam_vit_b"

    def test_the_embedded_can_be_asked_for_by_name(self):
        assert choose_segmenter("embedded", installed=lambda: True).load().name == "embedded"
