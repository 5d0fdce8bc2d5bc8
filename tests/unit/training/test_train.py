"""The training run learns, resumes where it stopped, and exports what OpenCV reads alike."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

import cv2  # noqa: E402

from composer.mask.motion_features import INPUT_COUNT, PLANE_COUNT  # noqa: E402
from training.export import export  # noqa: E402
from training.net import MotionUNet  # noqa: E402
from training.run import Plan, rate_at  # noqa: E402
from training.train import loss, motion_run, train  # noqa: E402


def write_scenes(folder):
    """Shards in which a fast square moves, so that there is something to learn."""
    rng = np.random.default_rng(0)
    for shard in (0, 1, 5):
        planes = np.abs(rng.normal(0, 0.1, (4, PLANE_COUNT, 16, 24))).astype(np.float16)
        moving = np.zeros((4, 32, 48), np.uint8)
        for i in range(4):
            x = rng.integers(0, 12)
            planes[i, :8, 4:12, x : x + 8] += 4
            moving[i, 8:24, 2 * x : 2 * x + 16] = 255
        np.save(folder / f"{shard:05d}-planes.npy", planes)
        np.save(folder / f"{shard:05d}-moving.npy", moving)


def test_the_network_answers_at_twice_the_size_with_about_a_million_weights():
    net = MotionUNet()
    assert net(torch.zeros(2, INPUT_COUNT, 16, 24)).shape == (2, 32, 48)
    assert 0.9e6 < sum(p.numel() for p in net.parameters()) < 1.1e6


def test_a_right_answer_costs_less_than_a_wrong_one():
    truth = torch.zeros(1, 16, 16)
    truth[:, :, :8] = 1
    assert loss(truth * 20 - 10, truth) < 0.05
    assert loss(10 - truth * 20, truth) > 1


def test_the_learning_rate_rises_stays_and_falls_to_a_hundredth():
    plan = Plan(steps=1000, warm_up=100, rate=1.0, landing=0.3)
    assert rate_at(0, plan) == pytest.approx(0.01)
    assert rate_at(300, plan) == rate_at(699, plan) == 1.0
    assert rate_at(1000, plan) == pytest.approx(0.01)


def test_a_run_learns_and_goes_on_where_it_stopped(tmp_path):
    write_scenes(tmp_path)
    out = tmp_path / "run"
    out.mkdir()
    first = motion_run(Plan(steps=6, batch=4, warm_up=1), out)
    train(first, tmp_path, every=3)
    assert first.curve[-1]["loss"] < first.curve[0]["loss"]
    assert (out / "curve.png").stat().st_size > 0
    again = motion_run(Plan(steps=6, batch=4, warm_up=1), out)
    assert again.load()
    assert again.step == 6
    assert again.curve == first.curve
    one, two = first.average.state_dict(), again.average.state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_exported_network_answers_as_the_trained_one(tmp_path):
    pytest.importorskip("onnx", reason="export needs onnx")
    run = motion_run(Plan(), tmp_path)
    run.save()
    digest = export(tmp_path / "checkpoint.pt", tmp_path / "net.onnx")
    assert len(digest) == 64
    numbers = sum(p.numel() for p in run.average.parameters())
    assert (tmp_path / "net.onnx").stat().st_size < 2.2 * numbers  # two bytes each, and the graph
    planes = np.random.default_rng(1).normal(0, 1, (1, INPUT_COUNT, 40, 24)).astype(np.float32)
    with torch.no_grad():
        expected = run.average.eval()(torch.from_numpy(planes)).numpy()
    for engine in (cv2.dnn.ENGINE_CLASSIC, cv2.dnn.ENGINE_NEW):
        reader = cv2.dnn.readNetFromONNX(str(tmp_path / "net.onnx"), engine)
        reader.setInput(planes)
        np.testing.assert_allclose(reader.forward().reshape(expected.shape), expected, atol=1e-2)
