"""Composites are their seed and hold their truth; the edges network learns, resumes and is exported as trained."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.edge_net import PLANE_COUNT, blended, draft_of
from training.edges.coarse import draw_coarse, draw_small
from training.edges.composites import make_composite
from training.edges.cutouts import draw_cutout
from training.edges.examples import CROP, batches, held_out, truth_of
from training.scenes.dice import Dice
from training.scenes.textures import TexturePool


@pytest.fixture(scope="module")
def pool():
    return TexturePool(3, size=6)


@pytest.fixture(scope="module")
def made(pool):
    return [make_composite(Dice(5, index), pool, size=128) for index in range(24)]


def test_a_composite_is_its_dice(pool):
    one, two = (make_composite(Dice(4, 7), stock, size=96) for stock in (pool, TexturePool(3, size=6)))
    np.testing.assert_array_equal(one.picture, two.picture)
    np.testing.assert_array_equal(one.alpha, two.alpha)
    other = make_composite(Dice(4, 8), pool, size=96)
    assert (one.picture != other.picture).mean() > 0.5


def test_the_clean_picture_is_front_over_behind(made):
    for one in made:
        alpha = one.alpha[..., None]
        np.testing.assert_allclose(one.clean, one.front * alpha + one.behind * (1 - alpha), atol=1e-3)
        assert one.alpha.dtype == np.float32
        assert 0 <= one.alpha.min() <= one.alpha.max() <= 1


def test_the_photograph_is_of_the_clean_picture(made):
    for one in made:
        seen, clean = (picture.reshape(-1, 3).mean(1) for picture in (one.picture.astype(float), one.clean))
        assert np.corrcoef(seen, clean)[0, 1] > 0.8


def test_there_are_crisp_and_soft_edges_and_things_a_pixel_thin(made):
    soft = [((one.alpha > 0.05) & (one.alpha < 0.95)).sum() / max(1, (one.alpha > 0.5).sum()) for one in made]
    assert min(soft) < 0.2
    assert max(soft) > 0.5


def test_a_cutout_without_an_outline_is_drawn_all_the_same():
    for index in range(30):
        alpha = draw_cutout(Dice(8, index), 32)
        assert alpha.shape == (32, 32)
        assert np.isfinite(alpha).all()


def test_coarse_mattes_are_near_the_truth_but_not_it(made):
    overlaps = []
    for index, one in enumerate(made):
        coarse = draw_coarse(Dice(6, index), one.alpha)
        assert coarse.shape == one.alpha.shape
        assert 0 <= coarse.min() <= coarse.max() <= 1
        truth, found = one.alpha > 0.5, coarse > 0.5
        if truth.sum() > 400:
            overlaps.append((truth & found).sum() / (truth | found).sum())
    assert 0.6 < np.median(overlaps) < 0.97


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_and_everything_have_coarse_mattes_too(value):
    small = draw_small(Dice(1), np.full((90, 160), value, np.float32), 2.5)
    assert small.shape == (36, 64)
    assert np.isfinite(small).all()


def test_a_batch_is_the_same_wherever_a_run_stopped():
    source = batches(2, 0, size=4)
    next(source)
    planes, truth = next(source)
    again = next(batches(2, 1, size=4))
    np.testing.assert_array_equal(planes, again[0])
    np.testing.assert_array_equal(truth, again[1])
    assert planes.shape == (4, PLANE_COUNT, CROP, CROP)
    assert planes.dtype == np.float32


def test_examples_show_the_edge():
    _, truth = next(batches(2, 0, size=8))
    assert (truth[:, 2].mean((1, 2)) > 0.02).mean() > 0.7


def test_held_out_composites_are_the_same_every_time():
    one, two = (next(held_out(1)) for _ in range(2))
    np.testing.assert_array_equal(one[0].picture, two[0].picture)
    np.testing.assert_array_equal(one[1], two[1])


class TestRun:
    """The run, which needs torch."""

    @pytest.fixture(autouse=True)
    def torch(self):
        self.torch = pytest.importorskip("torch", reason="training needs torch")
        from training.edges import train  # noqa: PLC0415  # imports torch
        from training.run import Plan  # noqa: PLC0415  # imports torch

        self.train, self.plan = train, Plan

    def test_the_truth_costs_nothing_and_less_than_the_guided_filter(self):
        alpha = np.zeros((64, 64), np.float32)
        alpha[:, 20:40] = 1
        noise = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)
        draft = draft_of(noise, np.roll(alpha, 5, axis=1))
        truth = self.torch.from_numpy(truth_of(alpha, draft)[None])
        right = self.torch.logit(0.02 + 0.96 * truth[:, 0]) - self.torch.logit(truth[:, 1].clamp(0.02, 0.98))
        assert self.train.loss(right, truth) < 0.01 < self.train.loss(0 * right, truth) < self.train.loss(-right, truth)

    def test_it_begins_as_the_guided_filter(self):
        from training.edges.net import EdgeUNet  # noqa: PLC0415  # imports torch

        composite, _, draft = next(held_out(1))
        net = EdgeUNet().eval()
        with self.torch.no_grad():
            change = net(self.torch.from_numpy(draft.planes[None]))[0].numpy()
        assert change.shape == composite.alpha.shape
        np.testing.assert_allclose(blended(draft, change), draft.guided, atol=0.021)
        assert sum(p.numel() for p in net.parameters()) <= 150_000

    def test_a_run_resumed_ends_where_one_without_a_stop_does(self, tmp_path):
        plan = self.plan(steps=4, batch=4, warm_up=1)
        whole, stopped = (tmp_path / name for name in ("whole", "stopped"))
        for folder in (whole, stopped):
            folder.mkdir()
        one = self.train.edges_run(plan, whole)
        self.train.train(one, every=4, held=1)
        half = self.train.edges_run(plan, stopped)
        self.train.train(half, every=2, held=1, until=2)
        two = self.train.edges_run(plan, stopped)
        assert two.load()
        assert two.step == 2
        self.train.train(two, every=2, held=1)
        ours, theirs = one.average.state_dict(), two.average.state_dict()
        assert all(self.torch.equal(ours[name], theirs[name]) for name in ours)
        assert {"loss", "error", "kept", "overlap"} <= set(two.curve[-1])
        assert (stopped / "curve.png").stat().st_size > 0

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_the_exported_network_answers_as_the_trained_one(self, tmp_path):
        pytest.importorskip("onnx", reason="export needs onnx")
        from composer.mask.edge_net import EdgeNet  # noqa: PLC0415  # beside what imports torch
        from training.edges.net import EdgeUNet  # noqa: PLC0415  # imports torch
        from training.export import averaged, write_onnx  # noqa: PLC0415  # imports torch and onnx

        run = self.train.edges_run(self.plan(steps=2, batch=4, warm_up=1, average=1), tmp_path)
        self.train.train(run, every=2, held=1)
        write_onnx(averaged(EdgeUNet(), tmp_path / "checkpoint.pt"), tmp_path / "net.onnx", planes=PLANE_COUNT)
        assert (tmp_path / "net.onnx").stat().st_size < 1_000_000
        _, _, draft = next(held_out(1))
        with self.torch.no_grad():
            change = run.average.eval()(self.torch.from_numpy(draft.planes[None]))[0].numpy()
        np.testing.assert_allclose(EdgeNet(tmp_path / "net.onnx").predict(draft), blended(draft, change), atol=5e-3)
