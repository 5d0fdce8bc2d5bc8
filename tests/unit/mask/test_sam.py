"""Segment Anything and MobileSAM: every tensor lands, and the answers are those of the authors' own code."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from composer.errors import ModelUnavailable
from composer.mask import sam, sam_attention, sam_parts
from composer.mask.mobile_sam import renamed
from composer.mask.sam_networks import network_of
from composer.values import Box, Prompt
from tests.sam_checkpoints import (
    DEPTHS,
    SIDE,
    WIDTHS,
    MobileReference,
    mobile_checkpoint,
    needs_mobile,
    needs_sam,
    sam_checkpoint,
)

pytestmark = pytest.mark.sam


def picture(height=SIDE, width=SIDE):
    return np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)


def asked(*, box=None, points=(), labels=(), mask=None):
    places = np.asarray(points, np.float32).reshape(-1, 2)
    return Prompt(places, np.asarray(labels, np.int8), box, mask, moving_score=0.7)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("sam") / "tiny.pth"
    sam_checkpoint(path)
    return path


@pytest.fixture(scope="module")
def mobile(tmp_path_factory):
    path = tmp_path_factory.mktemp("mobile") / "tiny.pt"
    mobile_checkpoint(path)
    return path


@pytest.fixture(scope="module")
def state(mobile):
    import torch  # noqa: PLC0415  # only where the extra is installed

    return torch.load(mobile, weights_only=True)


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

        network = sam_checkpoint(tmp_path / "again.pth")
        own = {
            "image": torch.from_numpy(picture().transpose(2, 0, 1).astype(np.float32)),
            "original_size": (SIDE, SIDE),
            "boxes": torch.tensor([[10.0, 20.0, 60.0, 90.0]]),
        }
        theirs = network([own], multimask_output=True)[0]
        segmenter = sam.load_sam(tiny, name="sam_vit_b", half=False)
        ours = segmenter.predict(segmenter.embed(picture()), [asked(box=Box(10, 20, 60, 90))])[0]
        best = int(theirs["iou_predictions"][0].clamp(0, 1).argmax())
        low = theirs["low_res_logits"][:, best : best + 1]
        expected = network.postprocess_masks(low, (SIDE, SIDE), (SIDE, SIDE))[0, 0].detach().numpy()
        assert np.allclose(ours.logits, expected, atol=1e-4)

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


@needs_mobile
class TestMobileSam:
    """MobileSAM's own file, by its own names, on timm's TinyViT."""

    def test_every_tensor_lands_and_none_is_left_untrained(self, state):
        import torch  # noqa: PLC0415  # only where the extra is installed

        network = network_of(state)
        landed = renamed(state)
        assert set(network.state_dict()) == set(landed)
        assert all(torch.equal(tensor, landed[key]) for key, tensor in network.state_dict().items())
        left = set(state) - {key for key in state if any(state[key] is tensor for tensor in landed.values())}
        assert {key.split(".")[1] for key in left} == {"head", "norm_head"}

    def test_the_shape_is_read_off_the_tensors(self, state):
        stages = network_of(state).image_encoder.stages
        assert tuple(len(stage.blocks) for stage in stages) == DEPTHS
        assert tuple(stage.out_dim for stage in list(stages)[1:]) == WIDTHS[1:]

    def test_the_encoder_answers_as_in_the_authors_own_order(self, state):
        import torch  # noqa: PLC0415  # only where the extra is installed

        pictures = torch.randn((2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1))
        with torch.inference_mode():
            ours, theirs = network_of(state).image_encoder(pictures), MobileReference(state)(pictures)
        assert theirs.shape == (2, 32, SIDE // 16, SIDE // 16)
        assert theirs.std() > 0.1
        assert torch.allclose(ours, theirs, atol=2e-4)

    def test_each_part_of_the_reference_matters(self, state):
        """The comparison above can fail: with any part's tensors mirrored it does."""
        import torch  # noqa: PLC0415  # only where the extra is installed

        pictures = torch.randn((1, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1))
        with torch.inference_mode():
            expected = MobileReference(state)(pictures)
            for part in (
                "layers.0.downsample.conv2.c",
                "layers.2.blocks.1.attn.attention_biases",
                "neck.3",
                "patch_embed",
            ):
                changed = {
                    key: tensor.flip(-1) if f".{part}" in key and tensor.ndim else tensor
                    for key, tensor in state.items()
                }
                assert not torch.allclose(network_of(changed).image_encoder(pictures), expected, atol=1e-2)

    def test_prompts_are_answered_by_the_decoder_of_the_same_file(self, mobile):
        segmenter = sam.load_sam(mobile, name="mobile_sam", resolution=SIDE)
        candidate = segmenter.predict(segmenter.embed(picture(90, 160)), [asked(points=[[80, 50]], labels=[1])])[0]
        assert candidate.logits.shape == (90, 160)
        assert candidate.logits.std() > 0

    def test_loading_it_leaves_no_trace_of_the_packages_that_were_passed_over(self):
        assert sam_parts.tiny_vit().__name__ == "TinyVit"
        assert not [name for name in sys.modules if name.partition(".")[0] in ("timm", "torchvision")]


@needs_sam
class TestResolution:
    """A smaller square: the same network, its positions spread over fewer cells."""

    def test_the_trained_side_is_left_as_it_is(self, tmp_path):
        import torch  # noqa: PLC0415  # only where the extra is installed

        state = sam_checkpoint(tmp_path / "tiny.pth").state_dict()
        assert torch.equal(network_of(state, SIDE).image_encoder.pos_embed, state["image_encoder.pos_embed"])

    def test_half_the_side_gives_half_the_cells_and_candidates_of_full_size(self, tmp_path):
        sam_checkpoint(tmp_path / "tiny.pth")
        segmenter = sam.load_sam(tmp_path / "tiny.pth", name="sam_vit_b", resolution=SIDE // 2)
        embedding = segmenter.embed(picture(90, 160))
        assert embedding.features.shape[2:] == (SIDE // 32, SIDE // 32)
        mask = np.zeros((18, 32), np.float32)
        mask[4:9, 10:20] = 1
        prompts = [asked(box=Box(10, 20, 60, 70), points=[[20, 30]], labels=[1]), asked(mask=mask)]
        for candidate in segmenter.predict(embedding, prompts):
            assert candidate.logits.shape == (90, 160)
            assert np.isfinite(candidate.logits).all()

    def test_positions_keep_their_places(self, tmp_path):
        """A ramp from left to right stays one, over half as many cells."""
        import torch  # noqa: PLC0415  # only where the extra is installed

        state = sam_checkpoint(tmp_path / "tiny.pth").state_dict()
        ramp = torch.linspace(0.5, 7.5, 8).view(1, 1, 8, 1).expand(1, 8, 8, 32)
        state["image_encoder.pos_embed"] = ramp.clone()
        halved = network_of(state, SIDE // 2).image_encoder.pos_embed
        assert halved.shape == (1, 4, 4, 32)
        assert torch.allclose(halved[0, 1, 1:3, 0], torch.tensor([3.0, 5.0]), atol=0.05)


@needs_sam
class TestTogether:
    """Prompts of one kind share a call of the decoder, pictures one of the encoder; the answers are as one by one."""

    @pytest.fixture
    def segmenter(self, tmp_path):
        sam_checkpoint(tmp_path / "tiny.pth")
        return sam.load_sam(tmp_path / "tiny.pth", name="sam_vit_b", half=False)

    def prompts(self):
        dice = np.random.default_rng(1)
        made = []
        for number in range(18):
            places = dice.uniform(5, 85, (number % 3, 2))
            box = Box(10, 20, 60 + number, 70) if number % 2 else None
            mask = (
                dice.uniform(0, 1, (9, 16)).astype(np.float32) if number % 4 > 1 or not (len(places) or box) else None
            )
            made.append(asked(points=places, labels=[1, 0][: len(places)], box=box, mask=mask))
        return made

    def test_many_prompts_are_answered_as_one_by_one(self, segmenter):
        embedding, prompts = segmenter.embed(picture(90, 160)), self.prompts()
        together = segmenter.predict(embedding, prompts)
        for prompt, candidate in zip(prompts, together, strict=True):
            alone = segmenter.predict(embedding, [prompt])[0]
            assert np.allclose(candidate.logits, alone.logits, atol=1e-4)
            assert candidate.quality == pytest.approx(alone.quality, abs=1e-5)
        assert len({candidate.logits.tobytes() for candidate in together}) == len(prompts)

    def test_a_frame_costs_one_call_of_the_decoder_for_each_kind_of_prompt(self, segmenter):
        calls = []
        segmenter._model.mask_decoder.register_forward_pre_hook(lambda *_: calls.append(1))
        same = [asked(box=Box(left, 20, left + 30, 70), points=[[left + 9, 40]], labels=[1]) for left in range(20)]
        segmenter.predict(segmenter.embed(picture(90, 160)), same)
        assert len(calls) == 1
        segmenter.predict(segmenter.embed(picture(90, 160)), [*same, asked(box=Box(1, 1, 50, 50))])
        assert len(calls) == 3

    def test_more_prompts_than_fit_together_are_all_answered_in_order(self, segmenter):
        prompts = [asked(points=[[2 * x + 3, 40]], labels=[1]) for x in range(70)]
        embedding = segmenter.embed(picture(90, 160))
        candidates = segmenter.predict(embedding, prompts)
        assert len(candidates) == 70
        alone = segmenter.predict(embedding, prompts[65:66])[0]
        assert np.allclose(candidates[65].logits, alone.logits, atol=1e-4)

    def test_pictures_of_several_sizes_are_encoded_as_one_by_one(self, segmenter):
        pictures = [picture(90, 160), picture(), picture(160, 90)]
        for image, embedding in zip(pictures, segmenter.embed_many(pictures), strict=True):
            alone = segmenter.embed(image)
            assert (embedding.original, embedding.inner) == (alone.original, alone.inner)
            assert np.allclose(embedding.features, alone.features, atol=1e-5)
        assert segmenter.embed_many([]) == []


@needs_sam
@pytest.mark.parametrize("at_once", [1, 2 * 64 * 64, 1 << 24], ids=["a head", "two heads", "all heads"])
def test_fused_attention_answers_as_segment_anythings_own(at_once, tmp_path, monkeypatch):
    import torch  # noqa: PLC0415  # only where the extra is installed

    monkeypatch.setattr(sam_attention, "_AT_ONCE", at_once)
    stock = sam_checkpoint(tmp_path / "tiny.pth")
    pictures = torch.randn((2, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        ours = network_of(stock.state_dict()).image_encoder(pictures)
        assert torch.allclose(ours, stock.image_encoder(pictures), atol=1e-5)
        moved = stock.state_dict() | {"image_encoder.blocks.1.attn.rel_pos_h": torch.zeros(15, 16)}
        assert not torch.allclose(ours, network_of(moved).image_encoder(pictures), atol=1e-2)


@needs_sam
def test_half_precision_differs_in_the_third_digit_only(tmp_path):
    sam_checkpoint(tmp_path / "tiny.pth")
    whole, half = (sam.load_sam(tmp_path / "tiny.pth", name="sam_vit_b", half=half) for half in (False, True))
    exact, quick = (segmenter.embed(picture()).features for segmenter in (whole, half))
    assert 0 < float((exact - quick).abs().mean()) < 0.02 * float(exact.abs().mean())
    assert whole.digest != half.digest


def test_the_outline_is_chosen_by_quality_and_by_overlap_with_the_motion():
    masks = np.zeros((3, 4, 4), bool)
    masks[0, :2], masks[1, 2:], masks[2] = True, True, True
    qualities = np.array([0.9, 0.8, 0.7])
    assert sam.best_of(masks, qualities, None) == 0
    assert sam.best_of(masks, qualities, masks[1]) == 1
